-- After 0018_derived_recalls.sql.
DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['record_dependents(uuid)',
                             'disclosures_across(text, text, bigint, bigint, bigint, bigint, int)'] LOOP
        ASSERT has_function_privilege('relto_policy', f, 'EXECUTE'), f;
        ASSERT NOT has_function_privilege('relto_reader', f, 'EXECUTE'), f;
        ASSERT NOT has_function_privilege('relto_ingest', f, 'EXECUTE'), f;
    END LOOP;
    ASSERT has_column_privilege('relto_policy', 'notice', 'principals', 'SELECT');
    ASSERT NOT has_column_privilege('relto_policy', 'notice', 'body', 'SELECT');
    ASSERT NOT has_column_privilege('relto_ingest', 'notice', 'principals', 'SELECT');
END
$$;
