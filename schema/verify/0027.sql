-- After 0027_plain.sql.
DO $$
BEGIN
    ASSERT (SELECT pg_get_expr(polqual, polrelid) ~ 'relto.plain' AND pg_get_expr(polqual, polrelid) ~ 'holds' FROM pg_policy
            WHERE polrelid = 'record'::regclass AND polname = 'record_reader'), 'what is delayed is locked away';
    ASSERT pg_get_viewdef('visible_now') ~ 'relto.plain', 'who says wrongly what a class holds has none';
    ASSERT (SELECT count(*) = 0 FROM pg_inherits i JOIN pg_policy own ON own.polrelid = i.inhrelid
                JOIN pg_policy p ON p.polrelid = i.inhparent AND p.polname = own.polname
            WHERE i.inhparent = 'record'::regclass AND own.polname = 'record_reader'
              AND pg_get_expr(own.polqual, own.polrelid) <> pg_get_expr(p.polqual, p.polrelid)),
           'a type''s table lets through what record does';
END
$$;
