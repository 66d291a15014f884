-- The feed: what was posted since, found once for all who follow.

-- Keys and labels of what was posted, and moved to another label (t is NULL), above p_after: of each the 2000 lowest.
CREATE FUNCTION feed_news(p_after bigint) RETURNS TABLE (seq bigint, type text, t timestamptz, label_id int)
    LANGUAGE plpgsql SECURITY DEFINER STABLE STRICT SET search_path = public, pg_temp SET relto.maintenance = 'on'
    SET enable_seqscan = off SET enable_sort = off AS $$
BEGIN
    RETURN QUERY
        (SELECT r.seq, r.type, r.t, r.label_id FROM record r WHERE r.seq > p_after ORDER BY r.seq LIMIT 2000)
        UNION ALL
        (SELECT m.seq, m.type, NULL, m.label_id FROM record_moved m WHERE m.seq > p_after ORDER BY m.seq LIMIT 2000);
END
$$;
REVOKE EXECUTE ON FUNCTION feed_news(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_news(bigint) TO relto_ingest;
