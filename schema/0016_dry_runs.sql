-- What a grant would open: the records of its scope that are not under it yet, by label, as label_records counts them.
CREATE FUNCTION grant_records(p_grant text, p_owner text, p_type text, p_record uuid, p_object text, p_sensor_field text,
                              p_sensor text, p_latitude_field text, p_longitude_field text, p_region float8[],
                              p_from timestamptz, p_to timestamptz, p_delays int[], p_at timestamptz)
    RETURNS TABLE (label_id int, part int, delay int, shown bigint, later bigint)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.label_id, 0, d.delay,
           count(*) FILTER (WHERE r.embargo_until <= p_at AND r.expires > p_at
                            AND r.ingested_at <= p_at - d.delay * interval '1 second'),
           count(*) FILTER (WHERE r.expires > p_at AND r.expires > r.embargo_until
                            AND (r.embargo_until > p_at OR r.ingested_at > p_at - d.delay * interval '1 second'))
    FROM grant_scan(p_grant, p_owner, p_type, p_record, p_object, p_sensor_field, p_sensor, p_latitude_field,
                    p_longitude_field, p_region, p_from, p_to, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
                    2147483647) AS m
        JOIN record r ON r.type = p_type AND r.id = m.id AND r.t = m.t CROSS JOIN unnest(p_delays) AS d (delay)
    WHERE m.matches GROUP BY 1, 3
$$;

-- As before, with their times: what becomes of them when what they were made from is taken back.
DROP FUNCTION record_dependents(uuid);
CREATE FUNCTION record_dependents(p_part uuid)
    RETURNS TABLE (type text, id uuid, t timestamptz, label_id int, ingested_at timestamptz, embargo_until timestamptz,
                   expires timestamptz)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.type, r.id, r.t, r.label_id, r.ingested_at, r.embargo_until, r.expires
    FROM derivation d JOIN record r ON r.id = d.record AND r.type = d.type AND r.t = d.t
    WHERE d.part = p_part
$$;

GRANT EXECUTE ON FUNCTION record_dependents(uuid),
    grant_records(text, text, text, uuid, text, text, text, text, text, float8[], timestamptz, timestamptz, int[],
                  timestamptz) TO relto_policy;
