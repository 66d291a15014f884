-- After 0003_disclosures.sql.
DO $$
BEGIN
    ASSERT (SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class
            WHERE relname IN ('disclosure', 'disclosure_default', 'disclosure_end_default', 'query_log_default'));
    ASSERT (SELECT count(*) = 1 FROM disclosure_position);
    ASSERT has_table_privilege('relto_ingest', 'disclosure', 'INSERT');
    ASSERT NOT has_any_column_privilege('relto_ingest', 'disclosure', 'SELECT, UPDATE'), 'the log is appended to only';
    ASSERT NOT has_any_column_privilege('relto_reader', 'query_log', 'SELECT');
    ASSERT NOT has_table_privilege('relto_policy', 'spill', 'DELETE');
END
$$;
