-- After 0009_dry_runs.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) FROM pg_proc WHERE proname = 'label_records') = 1, 'one way to count';
    ASSERT NOT has_function_privilege('relto_reader', 'label_records(int[], timestamptz[], int[], bigint, timestamptz)',
                                      'EXECUTE');
END
$$;
