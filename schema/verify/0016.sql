-- After 0016_dry_runs.sql.
DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['record_dependents(uuid)',
                             'grant_records(text, text, text, uuid, text, text, text, text, text, float8[], timestamptz,'
                             ' timestamptz, int[], timestamptz)'] LOOP
        ASSERT has_function_privilege('relto_policy', f, 'EXECUTE'), f;
        ASSERT NOT has_function_privilege('relto_reader', f, 'EXECUTE'), f;
        ASSERT NOT has_function_privilege('relto_ingest', f, 'EXECUTE'), f;
    END LOOP;
END
$$;
