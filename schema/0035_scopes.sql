-- Scopes of grants see both sensors of a record that two have made.

DROP FUNCTION grant_records(text, text, text, uuid, text, text, text, text, text, float8[], timestamptz, timestamptz, int[],
                            timestamptz);
DROP FUNCTION grant_scan(text, text, text, uuid, text, text, text, text, text, float8[], timestamptz, timestamptz, timestamptz,
                         uuid, int);

-- Whether a place lies in a region {south, north, west, east}; west may be greater than east: across the 180th meridian.
CREATE FUNCTION in_region(p_latitude float8, p_longitude float8, p_region float8[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT p_latitude BETWEEN p_region[1] AND p_region[2]
           AND CASE WHEN p_region[3] <= p_region[4] THEN p_longitude BETWEEN p_region[3] AND p_region[4]
                    ELSE NOT (p_longitude > p_region[4] AND p_longitude < p_region[3]) END
$$;

-- As before; of fields there are as many as a record has sensors. It is of a sensor if one of them is that sensor, and of
-- a region if every sensor is known to be there: what a grant opens must not tell of a place beyond it.
CREATE FUNCTION grant_scan(p_grant text, p_owner text, p_type text, p_record uuid, p_object text, p_sensor_fields text[],
                           p_sensor text, p_latitude_fields text[], p_longitude_fields text[], p_region float8[],
                           p_from timestamptz, p_to timestamptz, p_before_t timestamptz, p_before_id uuid, p_limit int)
    RETURNS TABLE (id uuid, t timestamptz, label_id int, matches boolean)
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT r.id, r.t, r.label_id, l.json::jsonb -> ''owners'' ? $2 AND NOT $1 = ANY (l.grants)'
        || CASE WHEN p_sensor <> '' THEN
               ' AND coalesce((SELECT bool_or(r.body::json ->> f = $7) FROM unnest($6) AS f), false)' ELSE '' END
        || CASE WHEN p_region IS NOT NULL THEN
               ' AND coalesce((SELECT bool_and(coalesce(in_region((r.body::json ->> y)::float8, (r.body::json ->> x)::float8, $10),'
               ' false)) FROM unnest($8, $9) AS f (y, x)), false)' ELSE '' END
        || ' FROM record r JOIN label l ON l.id = r.label_id'
           ' WHERE r.type = $3 AND r.t >= $11 AND r.t < $12 AND r.t <= $13 AND (r.t, r.id) < ($13, $14)'
        || CASE WHEN p_record IS NOT NULL THEN ' AND r.id = $4' ELSE '' END
        || CASE WHEN p_object <> '' THEN ' AND r.object = $5' ELSE '' END
        || ' ORDER BY r.t DESC, r.id DESC LIMIT $15'
        USING p_grant, p_owner, p_type, p_record, p_object, p_sensor_fields, p_sensor, p_latitude_fields, p_longitude_fields,
              p_region, p_from, p_to, p_before_t, p_before_id, p_limit;
END
$$;

-- What a grant would open: the records of its scope that are not under it yet, by label, as label_records counts them.
CREATE FUNCTION grant_records(p_grant text, p_owner text, p_type text, p_record uuid, p_object text, p_sensor_fields text[],
                              p_sensor text, p_latitude_fields text[], p_longitude_fields text[], p_region float8[],
                              p_from timestamptz, p_to timestamptz, p_delays int[], p_at timestamptz)
    RETURNS TABLE (label_id int, part int, delay int, shown bigint, later bigint)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.label_id, 0, d.delay,
           count(*) FILTER (WHERE r.embargo_until <= p_at AND r.expires > p_at
                            AND r.ingested_at <= p_at - d.delay * interval '1 second'),
           count(*) FILTER (WHERE r.expires > p_at AND r.expires > r.embargo_until
                            AND (r.embargo_until > p_at OR r.ingested_at > p_at - d.delay * interval '1 second'))
    FROM grant_scan(p_grant, p_owner, p_type, p_record, p_object, p_sensor_fields, p_sensor, p_latitude_fields,
                    p_longitude_fields, p_region, p_from, p_to, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
                    2147483647) AS m
        JOIN record r ON r.type = p_type AND r.id = m.id AND r.t = m.t CROSS JOIN unnest(p_delays) AS d (delay)
    WHERE m.matches GROUP BY 1, 3
$$;

REVOKE EXECUTE ON FUNCTION in_region(float8, float8, float8[]),
    grant_scan(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz, timestamptz, uuid,
               int),
    grant_records(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz, int[],
                  timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    grant_scan(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz, timestamptz, uuid,
               int),
    grant_records(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz, int[],
                  timestamptz) TO relto_policy;
