-- After 0010_recalls.sql.
DO $$
BEGIN
    ASSERT (SELECT qual LIKE '%waits%' AND qual LIKE '%age%' FROM pg_policies
            WHERE tablename = 'notice' AND policyname = 'notice_reader');
    ASSERT NOT has_any_column_privilege('relto_reader', 'recall', 'SELECT');
END
$$;
