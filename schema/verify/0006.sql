-- After 0006_proposals.sql.
DO $$
BEGIN
    ASSERT NOT has_any_column_privilege('relto_reader', 'proposal', 'SELECT'), 'proposals are not read as records are';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'proposal', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_table_privilege('relto_policy', 'proposal_act', 'UPDATE, DELETE'), 'what was done stays on record';
    ASSERT NOT has_column_privilege('relto_policy', 'proposal', 'changes', 'UPDATE'), 'what was accepted stays as it was';
    ASSERT NOT has_column_privilege('relto_policy', 'proposal', 'digest', 'UPDATE');
    ASSERT NOT has_table_privilege('relto_policy', 'agreement_version', 'UPDATE, DELETE');
END
$$;
