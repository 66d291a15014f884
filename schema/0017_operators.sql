-- What the acceptance of an operator would warn of: the stored records that are not under the warning yet and still
-- matter, by label, as grant_records has them.
CREATE FUNCTION warning_records(p_warning text, p_owner text, p_type text, p_partner text, p_object text,
                                p_object_field text, p_other_field text, p_fields text[], p_above boolean[],
                                p_thresholds float8[], p_since timestamptz, p_at timestamptz, p_delays int[])
    RETURNS TABLE (label_id int, part int, delay int, shown bigint, later bigint)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.label_id, 0, d.delay,
           count(*) FILTER (WHERE r.embargo_until <= p_at AND r.ingested_at <= p_at - d.delay * interval '1 second'),
           count(*) FILTER (WHERE r.expires > r.embargo_until
                            AND (r.embargo_until > p_at OR r.ingested_at > p_at - d.delay * interval '1 second'))
    FROM warning_scan(p_warning, p_owner, p_type, p_partner, p_object, p_object_field, p_other_field, p_fields, p_above,
                      p_thresholds, p_since, p_at, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
                      2147483647) AS m
        JOIN record r ON r.type = p_type AND r.id = m.id AND r.t = m.t CROSS JOIN unnest(p_delays) AS d (delay)
    WHERE m.matches GROUP BY 1, 3
$$;
GRANT EXECUTE ON FUNCTION warning_records(text, text, text, text, text, text, text, text[], boolean[], float8[],
                                          timestamptz, timestamptz, int[]) TO relto_policy;
