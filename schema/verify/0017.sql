-- After 0017_operators.sql.
DO $$
DECLARE
    f text := 'warning_records(text, text, text, text, text, text, text, text[], boolean[], float8[], timestamptz,'
              ' timestamptz, int[])';
BEGIN
    ASSERT has_function_privilege('relto_policy', f, 'EXECUTE'), f;
    ASSERT NOT has_function_privilege('relto_reader', f, 'EXECUTE'), f;
    ASSERT NOT has_function_privilege('relto_ingest', f, 'EXECUTE'), f;
END
$$;
