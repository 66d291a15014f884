-- After 0004_releases.sql.
DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'review'::regclass), 'review is locked';
    ASSERT NOT has_any_column_privilege('relto_reader', 'release_request', 'SELECT'), 'who asks is not the readers'' business';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'release_part', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_table_privilege('relto_policy', 'release_history', 'UPDATE, DELETE'), 'the history is appended to only';
    ASSERT NOT has_column_privilege('relto_policy', 'release_request', 'purpose', 'UPDATE'), 'what was asked stays asked';
END
$$;
