-- After 0005_notices.sql.
DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'notice'::regclass);
    ASSERT NOT has_any_column_privilege('relto_ingest', 'notice', 'SELECT, UPDATE'), 'who writes records tells, no more';
    ASSERT NOT has_column_privilege('relto_policy', 'notice', 'body', 'SELECT, UPDATE');
    ASSERT NOT has_any_column_privilege('relto_reader', 'recall', 'SELECT');
    ASSERT NOT has_table_privilege('relto_policy', 'recall', 'UPDATE');
    ASSERT NOT has_any_column_privilege('relto_policy', 'disclosure', 'SELECT');
    ASSERT (SELECT count(*) = 1 FROM disclosure_position);
END
$$;
