-- After 0025_feed_entries.sql.
DO $$
BEGIN
    ASSERT to_regclass('feed_entry_first') IS NOT NULL AND to_regclass('feed_entry_seq') IS NULL;
END
$$;
