-- Operators are warned of what was stored before they were accepted, and each acceptance stands for itself.

UPDATE register_entry SET key = key || '/' || (json::json ->> 'acceptedBy') WHERE kind = 'operator';

-- Of a warning: records that were over by then are left alone.
ALTER TABLE grant_spread ADD since timestamptz NOT NULL DEFAULT '-infinity';

-- The next p_limit records, newest first, among which those are looked for that a rule to warn is about. matches: the
-- record is the owner's alone, still matters (its time is to come, or a stated expiry), is about the object, meets one of
-- the rules, and is not yet under the warning. told: under one of another object, to the same operator. Names of fields
-- come from the descriptors of record types and from the registers, which the descriptors check.
CREATE FUNCTION warning_scan(p_warning text, p_owner text, p_type text, p_partner text, p_object text,
                             p_object_field text, p_other_field text, p_fields text[], p_above boolean[],
                             p_thresholds float8[], p_since timestamptz, p_now timestamptz, p_before_t timestamptz,
                             p_before_id uuid, p_limit int)
    RETURNS TABLE (id uuid, t timestamptz, label_id int, matches boolean, told boolean)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.id, r.t, r.label_id,
           CASE WHEN (r.t >= p_since OR r.expires > p_since AND r.expires < 'infinity') AND r.expires > p_now
                     AND NOT l.recalled AND NOT p_warning = ANY (l.grants)
                     AND l.json::jsonb -> 'owners' = jsonb_build_array(p_owner)
                THEN p_object IN (b.body ->> p_object_field, b.body ->> p_other_field) IS TRUE
                     AND EXISTS (SELECT FROM unnest(p_fields, p_above, p_thresholds) AS w (field, above, threshold)
                                 WHERE CASE WHEN w.above THEN (b.body ->> w.field)::float8 > w.threshold
                                            ELSE (b.body ->> w.field)::float8 < w.threshold END)
                ELSE false END,
           EXISTS (SELECT FROM unnest(l.grants) AS g (id)
                   WHERE starts_with(g.id, 'warn/' || p_owner || '/' || p_type || '/' || p_partner || '/'))
    FROM record r JOIN label l ON l.id = r.label_id, LATERAL (SELECT r.body::json) AS b (body)
    WHERE r.type = p_type AND r.t <= p_before_t AND (r.t, r.id) < (p_before_t, p_before_id)
    ORDER BY r.t DESC, r.id DESC LIMIT p_limit
$$;
GRANT EXECUTE ON FUNCTION warning_scan(text, text, text, text, text, text, text, text[], boolean[], float8[], timestamptz,
                                       timestamptz, timestamptz, uuid, int) TO relto_policy;
