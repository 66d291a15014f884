-- After 0032_versions.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 0 FROM pg_partition_tree('record') p
            WHERE (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = p.relid AND NOT a.attnotnull
                   AND (a.attname, a.atttypid) IN (('entity', 'uuid'::regtype), ('client_id', 'text'::regtype))) <> 2),
           'every table of records has the columns';
    ASSERT (SELECT count(*) = 0 FROM record WHERE entity IS NOT NULL OR client_id IS NOT NULL), 'no record had versions';
    ASSERT NOT has_column_privilege('relto_ingest', 'record', 'entity', 'SELECT')
           AND NOT has_column_privilege('relto_ingest', 'record', 'client_id', 'SELECT');
    ASSERT has_function_privilege('relto_policy', 'record_versions(text, uuid)', 'EXECUTE')
           AND NOT has_function_privilege('relto_reader', 'record_versions(text, uuid)', 'EXECUTE')
           AND NOT has_function_privilege('relto_ingest', 'record_versions(text, uuid)', 'EXECUTE')
           AND NOT has_function_privilege('relto_reader', 'record_type_versions(text)', 'EXECUTE');
END
$$;
