-- After 0011_reminders.sql.
DO $$
BEGIN
    ASSERT has_column_privilege('relto_policy', 'release_part', 'reminded_at', 'UPDATE');
    ASSERT NOT has_any_column_privilege('relto_ingest', 'release_part', 'SELECT, INSERT, UPDATE'), 'as before';
    ASSERT NOT has_column_privilege('relto_policy', 'release_part', 'due', 'UPDATE'), 'nobody puts off what is due';
END
$$;
