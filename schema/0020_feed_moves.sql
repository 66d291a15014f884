-- Moves that a feed may still need: a label that is closed for it is caught up, when it opens, from what moved meanwhile.

-- Drops moves that every feed has seen or has no label behind for, as long as they are not above p_seq: a feed that is just
-- beginning may stand there; and those of which retention has dropped all records: those before p_before.
CREATE OR REPLACE FUNCTION feed_moved_retention(p_seq bigint, p_types text[], p_before timestamptz[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM record_moved m
        WHERE m.seq <= least(p_seq, (SELECT min(least(f.mark, (SELECT min(b) FROM unnest(f.behind) AS b WHERE b > 0)))
                                     FROM feed_reader f))
           OR (SELECT max(x) FROM unnest(m.t) AS x)
              < (SELECT k.before FROM unnest(p_types, p_before) AS k (type, before) WHERE k.type = m.type);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
