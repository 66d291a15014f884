-- After 0013_warnings.sql.
DO $$
DECLARE
    scan CONSTANT text := 'warning_scan(text, text, text, text, text, text, text, text[], boolean[], float8[],'
                          ' timestamptz, timestamptz, timestamptz, uuid, int)';
BEGIN
    ASSERT has_function_privilege('relto_policy', scan, 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', scan, 'EXECUTE'), 'it looks at every record';
    ASSERT NOT has_function_privilege('relto_ingest', scan, 'EXECUTE');
    ASSERT NOT EXISTS (SELECT FROM register_entry WHERE kind = 'operator' AND key NOT LIKE '%/%/%'),
        'an entry for each acceptance';
END
$$;
