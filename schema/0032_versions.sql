-- Records that describe what lasts (a sensor, a site) keep one id through their versions.

-- entity: the id that clients know, NULL for a type without versions; supersedes names the version before.
-- client_id: the poster's own id of it, to be found by; what a reader is shown of it is decided by the body.
ALTER TABLE record ADD COLUMN entity uuid, ADD COLUMN client_id text;

-- Indexes that only a type with versions needs.
CREATE FUNCTION record_type_versions(p_type text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text := 'record_' || p_type;
BEGIN
    IF to_regclass(format('%I', parent || '_entity')) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (entity, seq DESC)', parent || '_entity', parent);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (client_id) WHERE client_id IS NOT NULL', parent || '_client', parent);
END
$$;

-- All versions of an entity, oldest first: who takes it back takes back all of them, whether it sees them or not.
CREATE FUNCTION record_versions(p_type text, p_entity uuid)
    RETURNS TABLE (id uuid, t timestamptz, label_id int, ingested_at timestamptz, embargo_until timestamptz,
                   expires timestamptz, seq bigint, wire text)
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT id, t, label_id, ingested_at, embargo_until, expires, seq, wire FROM %I'
                                ' WHERE entity = $1 ORDER BY seq', 'record_' || p_type) USING p_entity;
END
$$;

REVOKE EXECUTE ON FUNCTION record_type_versions(text), record_versions(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_type_versions(text), record_versions(text, uuid) TO relto_policy;
