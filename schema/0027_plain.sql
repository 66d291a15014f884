-- The second lock with fewer questions still: a plan starts every one of them for each statement, and one that looks up the
-- class's row costs ten times one that takes a setting.

-- As before, and the session has said rightly what its class holds: relto.plain is relto.now if the class looks at `holds`
-- for no label, else 'infinity', so that no expiry lies beyond it. Otherwise there is no row, and nothing is visible.
-- Column `plain` stays, since a column cannot leave a view that policies hang on.
CREATE OR REPLACE VIEW visible_now WITH (security_invoker = true, security_barrier = true) AS
    SELECT v.class, v.bits || ''::bytea AS bits, v.exempt || ''::bytea AS exempt, v.views || ''::bytea AS views,
           v.waits || ''::bytea AS waits, v.delays, v.holds || '{}'::int[] AS holds,
           CASE WHEN v.holds IS NULL THEN NULLIF(current_setting('relto.now', true), '')::timestamptz
                ELSE 'infinity' END AS plain
    FROM visible v
    WHERE v.class = NULLIF(current_setting('relto.class', true), '')::int
      AND v.epoch = (SELECT epoch FROM policy_state)
      AND v.valid_from <= NULLIF(current_setting('relto.now', true), '')::timestamptz
      AND v.valid_until > NULLIF(current_setting('relto.now', true), '')::timestamptz
      AND current_setting('relto.plain', true)
          = CASE WHEN v.holds IS NULL THEN current_setting('relto.now', true) ELSE 'infinity' END;

-- What it lets through is as before. That the class is in force is asked once, with its bits; without them `holds` and
-- relto.plain open nothing. `IS NOT NULL` for the planner, as `<> 0` was: it takes nearly all rows to pass, and it is no
-- call of a function.
ALTER POLICY record_reader ON record USING (
    get_bit((SELECT bits FROM visible_now), label_id) <> 0
    AND CASE WHEN embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                  AND expires > (SELECT NULLIF(current_setting('relto.plain', true), '')::timestamptz) THEN 1
             WHEN (SELECT v.holds || '{}'::int[] FROM visible v
                   WHERE v.class = NULLIF(current_setting('relto.class', true), '')::int)[label_id + 1]
                  <= CASE WHEN embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                               AND expires > (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                          THEN greatest(date_part('epoch', (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                                                           - ingested_at), 0)
                          ELSE -1
                     END THEN 1
        END IS NOT NULL);
DO $$
BEGIN
    PERFORM record_type_readers('record_' || name) FROM record_type
        WHERE to_regclass(format('%I', 'record_' || name)) IS NOT NULL;
END
$$;
