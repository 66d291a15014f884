-- After 0001_policy.sql. Changes nothing; fails with an assertion if something is not as it should be.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 1 FROM policy_state), 'policy_state has one row';
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'label'::regclass), 'label is locked';
    ASSERT NOT has_table_privilege('relto_reader', 'label', 'SELECT'), 'readers see of label what they need only';
    ASSERT has_column_privilege('relto_reader', 'label', 'type', 'SELECT');
    ASSERT NOT has_column_privilege('relto_reader', 'visible', 'reader', 'SELECT'), 'readers are nobody''s business';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'visible', 'SELECT, INSERT, UPDATE');
    ASSERT has_table_privilege('relto_policy', 'visible', 'INSERT');
    ASSERT NOT has_table_privilege('relto_policy', 'label', 'DELETE'), 'labels are for ever: ids are remembered';
    ASSERT (SELECT NOT bool_or(has_database_privilege(r, current_database(), 'TEMPORARY, CREATE')
                               OR has_schema_privilege(r, 'public', 'CREATE'))
            FROM unnest('{relto_ingest,relto_reader,relto_policy}'::name[]) AS r), 'the daemon''s roles make nothing';
    ASSERT (SELECT count(*) = 0 FROM visible_now), 'without settings no class is in force';
END
$$;
