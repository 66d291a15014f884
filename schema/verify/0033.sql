-- After 0033_events.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 0 FROM pg_partition_tree('record') p
            WHERE (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = p.relid AND NOT a.attnotnull
                   AND (a.attname, a.atttypid) IN (('event', 'uuid'::regtype), ('made', 'timestamptz'::regtype))) <> 2),
           'every table of records has the columns';
    ASSERT (SELECT count(*) = 0 FROM record WHERE event IS NOT NULL OR made IS NOT NULL), 'no record was of an event';
    ASSERT NOT has_column_privilege('relto_ingest', 'record', 'event', 'SELECT')
           AND NOT has_column_privilege('relto_ingest', 'record', 'made', 'SELECT');
    ASSERT has_function_privilege('relto_policy', 'record_type_events(text)', 'EXECUTE')
           AND NOT has_function_privilege('relto_reader', 'record_type_events(text)', 'EXECUTE')
           AND NOT has_function_privilege('relto_ingest', 'record_type_events(text)', 'EXECUTE');
END
$$;
