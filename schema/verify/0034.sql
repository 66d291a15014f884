-- After 0034_acceptance.sql.
DO $$
BEGIN
    ASSERT has_function_privilege('relto_policy', 'record_type_acceptance(text)', 'EXECUTE')
           AND NOT has_function_privilege('relto_reader', 'record_type_acceptance(text)', 'EXECUTE')
           AND NOT has_function_privilege('relto_ingest', 'record_type_acceptance(text)', 'EXECUTE');
END
$$;
