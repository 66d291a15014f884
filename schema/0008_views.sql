-- Views: which reduction of its records a class of readers is sent, for each label.

-- One byte a label in `views`: the number of the view (its place in the registers of the row's epoch), 0 for the whole
-- record. In `waits`: which of `delays` (seconds) the label's records wait for before they exist for the class,
-- counted from 1; 0 for none. `delays` is NULL, and `waits` empty, for a class that waits for nothing. sight: a digest over
-- the labels that are seen in a view, 0 if there are none: a statement made for another one is not to be believed.
ALTER TABLE visible
    ADD COLUMN views bytea NOT NULL DEFAULT '',
    ADD COLUMN waits bytea NOT NULL DEFAULT '',
    ADD COLUMN delays int[],
    ADD COLUMN sight bigint NOT NULL DEFAULT 0;
DELETE FROM visible; -- made anew with the next read
ALTER TABLE visible
    ALTER views DROP DEFAULT, ALTER waits DROP DEFAULT, ALTER sight DROP DEFAULT,
    ALTER views SET STORAGE EXTERNAL, ALTER waits SET STORAGE EXTERNAL,
    ADD CONSTRAINT visible_views CHECK (length(views) = 8 * length(bits)),
    ADD CONSTRAINT visible_waits CHECK (length(waits) = CASE WHEN delays IS NULL THEN 0 ELSE length(views) END);
GRANT SELECT (views, waits, delays, sight) ON visible TO relto_reader;

CREATE OR REPLACE VIEW visible_now WITH (security_invoker = true, security_barrier = true) AS
    SELECT v.class, v.bits || ''::bytea AS bits, v.exempt || ''::bytea AS exempt, v.views || ''::bytea AS views,
           v.waits || ''::bytea AS waits, v.delays
    FROM visible v
    WHERE v.class = NULLIF(current_setting('relto.class', true), '')::int
      AND v.epoch = (SELECT epoch FROM policy_state)
      AND v.valid_from <= NULLIF(current_setting('relto.now', true), '')::timestamptz
      AND v.valid_until > NULLIF(current_setting('relto.now', true), '')::timestamptz;

-- As before, and what is delayed has waited. The first arm is constant for a query and true for whoever waits for nothing.
-- `<> 0` for the planner, as above: it takes half of the rows for what any other truth value lets through.
ALTER POLICY record_reader ON record USING (
    get_bit((SELECT bits FROM visible_now), label_id) <> 0
    AND ((embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
          AND expires > (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz))
         OR get_bit((SELECT exempt FROM visible_now), label_id) <> 0)
    AND CASE WHEN (SELECT delays IS NULL FROM visible_now) THEN 1
             WHEN get_byte((SELECT waits FROM visible_now), label_id) = 0 THEN 1
             WHEN ingested_at <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
                  - (SELECT delays FROM visible_now)[get_byte((SELECT waits FROM visible_now), label_id)]
                  * interval '1 second' THEN 1
             ELSE 0
        END <> 0);

-- An index that is to answer alone has every column the policy names.
DROP INDEX record_label;
CREATE INDEX record_label ON record (label_id, t DESC, id DESC) INCLUDE (embargo_until, expires, type, ingested_at);

-- The first p_digits significant digits of a number as plain decimal text, the others 0, as the daemon writes it.
CREATE FUNCTION view_digits(p_number numeric, p_digits int) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN trim_scale(CASE
        WHEN abs(p_number) >= 1 THEN trunc(p_number, p_digits - length(trunc(abs(p_number))::text))
        WHEN abs(p_number) < 1e-300 THEN 0
        -- behind the point: the zeros that come first, and the digits
        ELSE trunc(p_number, p_digits + length(split_part(abs(p_number)::text, '.', 2))
                             - length(ltrim(split_part(abs(p_number)::text, '.', 2), '0')))
    END)::text;
GRANT EXECUTE ON FUNCTION view_digits(numeric, int) TO relto_reader;

-- One chunk may hold an owner's records in several views.
ALTER TABLE disclosure DROP CONSTRAINT disclosure_pkey;
ALTER TABLE disclosure ADD PRIMARY KEY (id, owner, view, at);
DROP INDEX disclosure_owner;
CREATE INDEX disclosure_owner ON disclosure (owner, id, view);

-- As before; rows of one disclosure are never parted.
CREATE OR REPLACE FUNCTION disclosures_around(p_owner text, p_type text, p_seq bigint, p_after bigint, p_until bigint,
                                              p_most int)
    RETURNS TABLE (id bigint, principal text, partner text, seqs bytea)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT d.id, d.principal, d.partner, d.seqs FROM disclosure d
    WHERE d.owner = p_owner AND d.type = p_type AND d.id > p_after AND d.id <= p_until
          AND d.seq_first <= p_seq AND d.seq_last >= p_seq
    ORDER BY d.id FETCH FIRST (p_most) ROWS WITH TIES
$$;
