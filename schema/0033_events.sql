-- Records that tell of one event, one after the other: the one made last takes the place of the others.

-- event: the same for what may be of one event, NULL for a record of none; made: when the record says it was made.
ALTER TABLE record ADD COLUMN event uuid, ADD COLUMN made timestamptz;

-- Indexes that only a type with such records needs.
CREATE FUNCTION record_type_events(p_type text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text := 'record_' || p_type;
BEGIN
    IF to_regclass(format('%I', parent || '_event')) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (event, t) WHERE event IS NOT NULL', parent || '_event', parent);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (supersedes) WHERE supersedes IS NOT NULL', parent || '_supersedes', parent);
END
$$;

REVOKE EXECUTE ON FUNCTION record_type_events(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_type_events(text) TO relto_policy;
