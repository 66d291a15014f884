-- After 0015_holds.sql.
DO $$
BEGIN
    ASSERT visible_holds('\x00', '', NULL) IS NULL, 'who waits for nothing and is exempt from nothing';
    ASSERT visible_holds('\x05', '', NULL) = '{-1,0,-1,0,0,0,0,0}';
    ASSERT visible_holds('\x01', '\x0001020300000000', '{60,3600}') = '{-1,60,3600,NULL,0,0,0,0}',
           'a delay that there is not shows nothing';
    ASSERT NOT has_any_column_privilege('relto_reader', 'visible', 'INSERT, UPDATE'), 'as before';
    ASSERT (SELECT pg_get_expr(polqual, polrelid) ~ 'holds' FROM pg_policy
            WHERE polrelid = 'record'::regclass AND polname = 'record_reader'), 'what is delayed is locked away';
END
$$;
