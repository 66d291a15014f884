-- A statement for one type names the type's own table: PostgreSQL 15 tests `type = …` for every row of a partition, which
-- costs as much as the rest of a count. The table has the policy of `record`, word for word.

-- Who changes the policy of `record` calls this for every type in the same migration.
CREATE FUNCTION record_type_readers(child text) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS record_reader ON %I', child);
    EXECUTE format('CREATE POLICY record_reader ON %I FOR SELECT TO relto_reader USING (%s)', child,
                   (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
                    WHERE polrelid = 'record'::regclass AND polname = 'record_reader'));
    EXECUTE format('GRANT SELECT ON %I TO relto_reader', child);
END
$$;

-- As before; and readers may name it.
CREATE OR REPLACE FUNCTION record_type_ensure(p_type text, p_width bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    INSERT INTO record_type AS r (name, width) VALUES (p_type, p_width)
        ON CONFLICT (name) DO UPDATE SET width = excluded.width WHERE r.width <> excluded.width;
    IF to_regclass(format('%I', 'record_' || p_type)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF record FOR VALUES IN (%L) PARTITION BY RANGE (t)',
                       'record_' || p_type, p_type);
        PERFORM partition_guard('record_' || p_type);
        PERFORM record_type_readers('record_' || p_type);
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION record_type_readers(text) FROM PUBLIC;
DO $$
BEGIN
    PERFORM record_type_readers('record_' || name) FROM record_type
        WHERE to_regclass(format('%I', 'record_' || name)) IS NOT NULL;
END
$$;
