-- After 0007_objects.sql.
DO $$
BEGIN
    ASSERT NOT has_any_column_privilege('relto_reader', 'object_claim', 'SELECT'), 'claims are not the readers'' business';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'object_claim', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_table_privilege('relto_policy', 'object_claim', 'UPDATE');
END
$$;
