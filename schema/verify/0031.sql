-- After 0031_files.sql.
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['record_file', 'record_file_piece'] LOOP
        ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = guarded::regclass), guarded;
        ASSERT NOT has_any_column_privilege('relto_policy', guarded, 'SELECT, INSERT, UPDATE'), guarded;
        ASSERT NOT has_any_column_privilege('relto_reader', guarded, 'INSERT, UPDATE'), guarded;
    END LOOP;
    ASSERT NOT has_any_column_privilege('relto_ingest', 'record_file_piece', 'SELECT, UPDATE'), 'who writes a file does not read it';
    ASSERT NOT has_table_privilege('relto_ingest', 'record_file', 'DELETE');
    ASSERT NOT has_function_privilege('relto_reader', 'record_file_retire(timestamptz)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_ingest', 'record_file_retire(timestamptz)', 'EXECUTE');
END
$$;
