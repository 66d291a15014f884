-- As before, and for each delay that views have apart: shown are the records that have waited for so many seconds, later
-- those that will be shown when their embargo or their delay has passed.
DROP FUNCTION label_records(int[], timestamptz[], bigint, timestamptz);
CREATE FUNCTION label_records(p_labels int[], p_boundaries timestamptz[], p_delays int[], p_seq bigint, p_at timestamptz)
    RETURNS TABLE (label_id int, part int, delay int, shown bigint, later bigint)
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    counted text := 'count(*) FILTER (WHERE r.embargo_until <= $4 AND r.expires > $4'
                    ' AND r.ingested_at <= $4 - d.delay * interval ''1 second''),'
                    ' count(*) FILTER (WHERE r.expires > $4 AND r.expires > r.embargo_until'
                    ' AND (r.embargo_until > $4 OR r.ingested_at > $4 - d.delay * interval ''1 second''))';
BEGIN
    IF cardinality(p_boundaries) > 0 THEN
        RETURN QUERY EXECUTE
            'SELECT r.label_id, width_bucket(r.ingested_at, $2), d.delay, ' || counted ||
            ' FROM label l JOIN record r ON r.type = l.type AND r.label_id = l.id CROSS JOIN unnest($5) AS d (delay)'
            ' WHERE l.id = ANY ($1) AND r.seq <= $3 GROUP BY 1, 2, 3'
            USING p_labels, p_boundaries, p_seq, p_at, p_delays;
        RETURN;
    END IF;
    -- The index on labels tells all of a label's records, the one on seq the few that are too new. Each alone is fast.
    RETURN QUERY EXECUTE
        'SELECT c.label_id, 0, c.delay, sum(c.shown)::bigint, sum(c.later)::bigint FROM ('
        'SELECT r.label_id, d.delay, ' || counted || ' FROM label l JOIN record r ON r.type = l.type AND r.label_id = l.id'
        ' CROSS JOIN unnest($5) AS d (delay) WHERE l.id = ANY ($1) GROUP BY 1, 2 UNION ALL '
        'SELECT n.label_id, n.delay, -n.shown, -n.later FROM (SELECT r.label_id, d.delay, ' || counted ||
        ' FROM record r CROSS JOIN unnest($5) AS d (delay) WHERE r.seq > $3 AND r.label_id = ANY ($1) GROUP BY 1, 2)'
        ' n (label_id, delay, shown, later)) c (label_id, delay, shown, later) GROUP BY 1, 3'
        USING p_labels, p_boundaries, p_seq, p_at, p_delays;
END
$$;
GRANT EXECUTE ON FUNCTION label_records(int[], timestamptz[], int[], bigint, timestamptz) TO relto_policy;
