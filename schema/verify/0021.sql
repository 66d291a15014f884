-- After 0021_feed_news.sql.
DO $$
BEGIN
    ASSERT has_function_privilege('relto_ingest', 'feed_news(bigint)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', 'feed_news(bigint)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_policy', 'feed_news(bigint)', 'EXECUTE');
END
$$;
