-- Records without a time of their own are listed by when they were accepted.

-- The index that only such a type needs: in the order of the list, NULLS LAST included, or no plan takes it.
CREATE FUNCTION record_type_acceptance(p_type text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text := 'record_' || p_type;
BEGIN
    IF to_regclass(format('%I', parent || '_acceptance')) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (ingested_at DESC NULLS LAST, t DESC, id DESC)',
                   parent || '_acceptance', parent);
END
$$;

REVOKE EXECUTE ON FUNCTION record_type_acceptance(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_type_acceptance(text) TO relto_policy;
