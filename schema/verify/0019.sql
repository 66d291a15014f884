-- After 0019_feed.sql.
DO $$
BEGIN
    ASSERT NOT has_function_privilege('relto_reader', 'feed_window(bigint, bigint)', 'EXECUTE'), 'counts what is hidden';
    ASSERT NOT has_function_privilege('relto_reader', 'feed_notice_window(text, bigint, bigint)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', 'feed_due_window(timestamptz, bigint, timestamptz, bigint)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_ingest', 'feed_retention_step(timestamptz, bigint)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_ingest', 'feed_moved_retention(bigint, text[], timestamptz[])', 'EXECUTE');
    ASSERT NOT has_table_privilege('relto_policy', 'feed_entry', 'DELETE'), 'by the function only';
    ASSERT feed_window(0, 1000000000) IS NULL;
END
$$;
