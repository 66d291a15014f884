-- After 0016_dry_runs.sql; grant_records is as 0035_scopes.sql has it.
DO $$
BEGIN
    ASSERT has_function_privilege('relto_policy', 'record_dependents(uuid)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', 'record_dependents(uuid)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_ingest', 'record_dependents(uuid)', 'EXECUTE');
END
$$;
