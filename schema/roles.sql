-- The four roles, made once for a cluster by its superuser. May be run again at any time.
-- relto_owner owns the schema and runs migrations; the others own nothing and have no DDL.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['relto_owner', 'relto_ingest', 'relto_reader', 'relto_policy'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT', name);
        END IF;
    END LOOP;
END
$$;
-- As owner of the database it owns schema public, but only by inheriting from pg_database_owner.
ALTER ROLE relto_owner INHERIT;
-- The owner's functions turn this on for themselves; without it the owner, too, sees no record.
GRANT SET ON PARAMETER relto.maintenance TO relto_owner;
