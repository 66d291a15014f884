-- After 0002_records.sql.
DO $$
DECLARE
    missing text;
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity AND relkind = 'p' FROM pg_class WHERE oid = 'record'::regclass);
    ASSERT (SELECT count(*) = 0 FROM record), 'the owner sees no record';
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'archive'::regclass);
    ASSERT NOT has_column_privilege('relto_ingest', 'record', 'body', 'SELECT');
    ASSERT NOT has_any_column_privilege('relto_policy', 'record', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_table_privilege('relto_reader', 'record', 'INSERT');
    SELECT string_agg(c.relname, ' ') INTO missing FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'record'::regclass AND NOT (c.relrowsecurity AND c.relforcerowsecurity);
    ASSERT missing IS NULL, 'partitions without a lock: ' || missing;
    SELECT string_agg(p.proname, ' ') INTO missing FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
          AND NOT coalesce(p.proconfig::text ~ 'search_path=(public|pg_catalog), pg_temp', false);
    ASSERT missing IS NULL, 'functions without a search_path of their own: ' || missing;
END
$$;
