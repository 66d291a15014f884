-- After 0014_feed.sql.
DO $$
BEGIN
    ASSERT NOT has_any_column_privilege('relto_reader', 'feed_reader', 'SELECT, INSERT, UPDATE'), 'nobody reads of others';
    ASSERT NOT has_any_column_privilege('relto_reader', 'feed_entry', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_any_column_privilege('relto_policy', 'feed_entry', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_table_privilege('relto_ingest', 'feed_entry', 'DELETE');
    ASSERT NOT has_any_column_privilege('relto_reader', 'record_moved', 'INSERT, UPDATE');
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'record_moved'::regclass);
    ASSERT NOT has_function_privilege('relto_reader', 'feed_due(timestamptz, timestamptz)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_policy', 'record_moved_add(text[], timestamptz[], bigint[], int[])', 'EXECUTE');
END
$$;
