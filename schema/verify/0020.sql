-- After 0020_feed_moves.sql.
DO $$
BEGIN
    ASSERT NOT has_function_privilege('relto_ingest', 'feed_moved_retention(bigint, text[], timestamptz[])', 'EXECUTE');
    ASSERT has_function_privilege('relto_policy', 'feed_moved_retention(bigint, text[], timestamptz[])', 'EXECUTE');
END
$$;
