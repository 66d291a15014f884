-- The second lock with fewer questions: a plan starts every one of them before it reads a row, whether it needs it or not.

-- One number a label, counted from 1, for a class that is exempt from a record's times or waits for something: -1 exempt,
-- 0 neither, else the seconds its records wait; NULL, which shows nothing, where `waits` names a delay that there is not.
-- NULL as a whole for all other classes.
CREATE FUNCTION visible_holds(p_exempt bytea, p_waits bytea, p_delays int[]) RETURNS int[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN p_delays IS NOT NULL OR bit_count(p_exempt) > 0 THEN (
        SELECT array_agg(CASE WHEN CASE WHEN i < length(p_waits) THEN get_byte(p_waits, i) > 0 END
                                  THEN p_delays[get_byte(p_waits, i)]
                              WHEN get_bit(p_exempt, i) <> 0 THEN -1
                              ELSE 0
                         END ORDER BY i)
        FROM generate_series(0, 8 * length(p_exempt) - 1) AS i)
    END;
REVOKE EXECUTE ON FUNCTION visible_holds(bytea, bytea, int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible_holds(bytea, bytea, int[]) TO relto_policy;
DELETE FROM visible; -- made anew with the next read
ALTER TABLE visible ADD COLUMN holds int[] GENERATED ALWAYS AS (visible_holds(exempt, waits, delays)) STORED;
ALTER TABLE visible ALTER holds SET STORAGE EXTERNAL;
GRANT SELECT (holds) ON visible TO relto_reader;

-- plain: what an expiry has to lie beyond for a record to be shown without looking at `holds`.
CREATE OR REPLACE VIEW visible_now WITH (security_invoker = true, security_barrier = true) AS
    SELECT v.class, v.bits || ''::bytea AS bits, v.exempt || ''::bytea AS exempt, v.views || ''::bytea AS views,
           v.waits || ''::bytea AS waits, v.delays, v.holds || '{}'::int[] AS holds,
           CASE WHEN v.holds IS NULL THEN NULLIF(current_setting('relto.now', true), '')::timestamptz
                ELSE 'infinity' END AS plain
    FROM visible v
    WHERE v.class = NULLIF(current_setting('relto.class', true), '')::int
      AND v.epoch = (SELECT epoch FROM policy_state)
      AND v.valid_from <= NULLIF(current_setting('relto.now', true), '')::timestamptz
      AND v.valid_until > NULLIF(current_setting('relto.now', true), '')::timestamptz;

-- As before: permitted, within the record's times or exempt from them, and here for as long as the class has to wait. The
-- first arm is what nearly all rows are shown by. `<> 0` for the planner, as it was.
ALTER POLICY record_reader ON record USING (
    get_bit((SELECT bits FROM visible_now), label_id) <> 0
    AND CASE WHEN embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                  AND expires > (SELECT plain FROM visible_now) THEN 1
             WHEN (SELECT holds FROM visible_now)[label_id + 1]
                  <= CASE WHEN embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                               AND expires > (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                          THEN greatest(date_part('epoch', (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                                                           - ingested_at), 0)
                          ELSE -1
                     END THEN 1
             ELSE 0
        END <> 0);
