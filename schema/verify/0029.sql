-- After 0029_exports.sql.
DO $$
BEGIN
    ASSERT NOT has_any_column_privilege('relto_reader', 'export', 'SELECT'), 'what others ask for is not the readers'' business';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'export', 'SELECT, INSERT, UPDATE');
    ASSERT NOT has_any_column_privilege('relto_policy', 'export', 'UPDATE');
END
$$;
