-- The feed: looks that advance however much is hidden, and an end to what nobody needs any more.

-- --- how far one look goes ---
-- Each gives the place of the p_rows-th row behind another, hidden or not; NULL if there are not that many.

CREATE FUNCTION feed_window(p_after bigint, p_rows bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER STABLE STRICT SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN least((SELECT r.seq FROM record r WHERE r.seq > p_after ORDER BY r.seq OFFSET p_rows - 1 LIMIT 1),
                 (SELECT m.seq FROM record_moved m WHERE m.seq > p_after ORDER BY m.seq OFFSET p_rows - 1 LIMIT 1));
END
$$;

CREATE FUNCTION feed_due_window(p_at timestamptz, p_seq bigint, p_until timestamptz, p_rows bigint)
    RETURNS TABLE (at timestamptz, seq bigint)
    LANGUAGE plpgsql SECURITY DEFINER STABLE STRICT SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN QUERY SELECT r.embargo_until, r.seq FROM record r
        WHERE r.embargo_until > '-infinity' AND (r.embargo_until, r.seq) > (p_at, p_seq) AND r.embargo_until <= p_until
        ORDER BY r.embargo_until, r.seq OFFSET p_rows - 1 LIMIT 1;
END
$$;

CREATE POLICY notice_maintenance ON notice FOR SELECT TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on');
CREATE FUNCTION feed_notice_window(p_partner text, p_after bigint, p_rows bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER STABLE STRICT SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN (SELECT n.position FROM notice n WHERE n.partner = p_partner AND n.position > p_after
            ORDER BY n.position OFFSET p_rows - 1 LIMIT 1);
END
$$;

REVOKE EXECUTE ON FUNCTION feed_window(bigint, bigint), feed_notice_window(text, bigint, bigint),
    feed_due_window(timestamptz, bigint, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_window(bigint, bigint), feed_notice_window(text, bigint, bigint),
    feed_due_window(timestamptz, bigint, timestamptz, bigint) TO relto_ingest;

-- --- notices that become visible late ---

-- Notices between this and `notices` are looked at once more: a label has opened that their records may have.
ALTER TABLE feed_reader ADD notices_again bigint NOT NULL DEFAULT 0;

-- --- retention ---

-- When retention has dropped all of its records. Until 0019 nobody counted; notices are never dropped.
ALTER TABLE feed_entry ADD kept_until timestamptz NOT NULL DEFAULT 'infinity';
CREATE INDEX feed_entry_kept ON feed_entry (kept_until) WHERE kept_until < 'infinity';

-- Drops up to p_rows rows of entries whose records are gone; how many. The last row of a feed stays: it may still grow.
CREATE FUNCTION feed_retention_step(p_now timestamptz, p_rows bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM feed_entry WHERE ctid = ANY (ARRAY(
        SELECT e.ctid FROM feed_entry e JOIN feed_reader f USING (principal)
        WHERE e.kept_until < 'infinity' AND e.kept_until <= p_now AND e.position + e.n - 1 <> f.last
        ORDER BY e.kept_until LIMIT p_rows));
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

-- Drops moves that every feed has seen, as long as they are not above p_seq: a feed that is just beginning may stand there;
-- and those of which retention has dropped all records: those before p_before.
CREATE FUNCTION feed_moved_retention(p_seq bigint, p_types text[], p_before timestamptz[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM record_moved m
        WHERE m.seq <= least(p_seq, (SELECT min(f.mark) FROM feed_reader f))
           OR (SELECT max(x) FROM unnest(m.t) AS x)
              < (SELECT k.before FROM unnest(p_types, p_before) AS k (type, before) WHERE k.type = m.type);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
REVOKE EXECUTE ON FUNCTION feed_retention_step(timestamptz, bigint), feed_moved_retention(bigint, text[], timestamptz[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_retention_step(timestamptz, bigint), feed_moved_retention(bigint, text[], timestamptz[])
    TO relto_policy;
