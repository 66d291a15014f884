-- After 0012_entries.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 2 FROM information_schema.columns
            WHERE table_name = 'disclosure' AND column_name IN ('entry', 'entry_at') AND is_nullable = 'YES');
    ASSERT (SELECT count(*) > 0 FROM pg_index WHERE indrelid = 'disclosure'::regclass AND indpred IS NOT NULL);
    ASSERT NOT has_any_column_privilege('relto_ingest', 'disclosure', 'UPDATE'), 'what was sent to whom stays as it is';
END
$$;
