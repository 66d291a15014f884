-- After 0024_label_columns.sql.
DO $$
BEGIN
    ASSERT has_column_privilege('relto_reader', 'label', 'originator', 'SELECT');
    ASSERT has_column_privilege('relto_reader', 'label', 'data_mode', 'SELECT');
    ASSERT NOT has_column_privilege('relto_reader', 'label', 'json', 'SELECT');
    ASSERT NOT has_column_privilege('relto_reader', 'label', 'originator', 'UPDATE');
END
$$;
