-- After 0026_type_readers.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 0 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'record'::regclass
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT FROM pg_policy own, pg_policy p
                                   WHERE own.polrelid = c.oid AND p.polrelid = 'record'::regclass
                                     AND own.polname = 'record_reader' AND p.polname = 'record_reader'
                                     AND own.polcmd = p.polcmd AND own.polroles = p.polroles AND own.polpermissive
                                     AND pg_get_expr(own.polqual, own.polrelid) = pg_get_expr(p.polqual, p.polrelid)))),
           'a type''s table lets through what record does';
    ASSERT (SELECT count(*) = 0 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'record'::regclass
              AND (SELECT count(*) FROM pg_policy p
                   WHERE p.polrelid = c.oid AND 'relto_reader'::regrole = ANY (p.polroles)) <> 1),
           'and nothing else does';
    ASSERT NOT has_function_privilege('relto_policy', 'record_type_readers(text)', 'EXECUTE');
END
$$;
