-- Grants that records are under, release requests, and the reviews of what is withheld.

-- --- labels ---

-- Ids of the grants and warnings the row's records are under, ascending. What the registers do not know (any more) counts
-- for nothing, so that a grant's end needs no change here.
ALTER TABLE label ADD COLUMN grants text[] NOT NULL DEFAULT '{}';

-- --- reviews ---

-- When somebody has to look again at a restriction: one row for each owner of the record.
CREATE TABLE review (
    record uuid NOT NULL,
    owner text NOT NULL,
    type text NOT NULL,
    t timestamptz NOT NULL,
    review_by timestamptz NOT NULL,
    PRIMARY KEY (record, owner)
);
CREATE INDEX review_due ON review (owner, review_by, record);
ALTER TABLE review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY review_reader ON review FOR SELECT TO relto_reader
    USING (owner = (SELECT NULLIF(current_setting('relto.partner', true), '')));
CREATE POLICY review_ingest ON review FOR INSERT TO relto_ingest WITH CHECK (true);
CREATE POLICY review_policy ON review TO relto_policy USING (true) WITH CHECK (true);
CREATE POLICY review_maintenance ON review TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on')
    WITH CHECK ((SELECT current_setting('relto.maintenance', true)) = 'on');
GRANT SELECT ON review TO relto_reader;
GRANT INSERT ON review TO relto_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON review TO relto_policy;

-- Restrictions that were posted before there was this table.
SET LOCAL relto.maintenance = 'on';
INSERT INTO review (record, owner, type, t, review_by)
    SELECT r.id, o.owner, r.type, r.t, (r.wire::json #>> '{restriction,reviewBy}')::timestamptz
    FROM record r JOIN label l ON l.id = r.label_id AND NOT l.recalled,
         LATERAL json_array_elements_text(l.json::json -> 'owners') AS o (owner)
    WHERE r.wire LIKE '%"restriction"%' AND r.wire::json #>> '{restriction,reviewBy}' IS NOT NULL;
RESET relto.maintenance;

ALTER TABLE spill DROP CONSTRAINT spill_kind_check;
ALTER TABLE spill ADD CONSTRAINT spill_kind_check CHECK (kind IN ('recall', 'relabel', 'review'));

-- As before, and the reviews of what is dropped go with it.
CREATE OR REPLACE FUNCTION record_retention_step(p_type text, p_before timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET relto.maintenance = 'on' SET lock_timeout = '2s' AS $$
DECLARE
    victim record_partition;
    n bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    SELECT * INTO victim FROM record_partition
        WHERE type = p_type AND upper <= p_before ORDER BY lower LIMIT 1;
    IF victim.name IS NULL THEN
        SELECT * INTO victim FROM record_partition WHERE type = p_type AND lower IS NULL;
    END IF;
    IF victim.name IS NULL THEN
        RETURN NULL;
    END IF;
    IF victim.lower IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', victim.name);
    END IF;
    EXECUTE format('WITH gone AS (DELETE FROM %I WHERE t < %L RETURNING seq, id, type, t, originator, label_id),'
                   ' links AS (DELETE FROM derivation WHERE record IN (SELECT id FROM gone)),'
                   ' reviews AS (DELETE FROM review WHERE record IN (SELECT id FROM gone))'
                   ' INSERT INTO archive (seq, id, type, t, originator, label_id)'
                   ' SELECT seq, id, type, t, originator, label_id FROM gone', victim.name, p_before);
    GET DIAGNOSTICS n = ROW_COUNT;
    IF victim.lower IS NOT NULL THEN
        EXECUTE format('DROP TABLE %I', victim.name);
        DELETE FROM record_partition WHERE name = victim.name;
    ELSIF n = 0 THEN
        RETURN NULL;
    END IF;
    RETURN n;
END
$$;

-- --- release requests ---

CREATE TABLE release_request (
    id uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL, -- principal
    partner text NOT NULL,  -- its partner
    owner text NOT NULL,    -- as asked; '' for a record whose owner was not named
    scope text NOT NULL,    -- canonical JSON, as a grant has it
    purpose text NOT NULL,
    view text NOT NULL,           -- as asked; '' if none was
    until timestamptz NOT NULL,   -- as asked
    due timestamptz NOT NULL,     -- what is not answered by then shows as closed
    withdrawn_at timestamptz
);
CREATE INDEX release_request_partner ON release_request (partner, asked_at, id);
CREATE INDEX release_request_due ON release_request (partner, due);

-- What each owner decides. A record that there is not, or none of the owner named, has the one part that is nobody's
-- (owner ''): asking for it leaves the same rows.
CREATE TABLE release_part (
    request uuid NOT NULL REFERENCES release_request,
    owner text NOT NULL,
    due timestamptz NOT NULL, -- the request's: what a queue is ordered by
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'denied', 'withdrawn')),
    decided_at timestamptz,
    -- conditions of an approval, also of the first of two
    approved_by text[] NOT NULL DEFAULT '{}',
    view text NOT NULL DEFAULT '',
    until timestamptz,
    onward boolean NOT NULL DEFAULT false,
    grant_id text, -- in the registers as long as it is neither withdrawn nor long over
    -- of a refusal
    reason text NOT NULL DEFAULT '',
    told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (request, owner)
);
CREATE INDEX release_part_open ON release_part (owner, due, request) WHERE state = 'open';
CREATE INDEX release_part_grant ON release_part (grant_id) WHERE grant_id IS NOT NULL;

-- What was done with each request, by whom. Appended to only.
CREATE TABLE release_history (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    request uuid NOT NULL REFERENCES release_request,
    owner text NOT NULL, -- whose part; '' for what the asker did
    at timestamptz NOT NULL,
    principal text NOT NULL,
    request_id text NOT NULL, -- of the HTTP request
    act text NOT NULL CHECK (act IN ('ask', 'withdraw', 'approve', 'grant', 'deny', 'withdraw grant')),
    detail text NOT NULL -- JSON
);
CREATE INDEX release_history_request ON release_history (request, id);

GRANT SELECT, INSERT ON release_request, release_part, release_history TO relto_policy;
GRANT UPDATE (withdrawn_at) ON release_request TO relto_policy;
GRANT UPDATE (state, decided_at, approved_by, view, until, onward, grant_id, reason, told) ON release_part TO relto_policy;

-- The owners of one record but for the partner that asks, '{}' if there is no such record.
CREATE FUNCTION release_owners(p_type text, p_id uuid, p_from timestamptz, p_to timestamptz, p_partner text) RETURNS text[]
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT coalesce(array_agg(o.owner), '{}')
    FROM record r JOIN label l ON l.id = r.label_id,
         LATERAL json_array_elements_text(l.json::json -> 'owners') AS o (owner)
    WHERE r.type = p_type AND r.id = p_id AND r.t >= p_from AND r.t < p_to AND o.owner <> p_partner
$$;

-- --- grants on stored records ---

-- Grants whose records are still being looked for; what lies before (t, id) in descending order is done.
CREATE TABLE grant_spread (
    grant_id text PRIMARY KEY,
    t timestamptz NOT NULL DEFAULT 'infinity',
    id uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
GRANT SELECT, INSERT, UPDATE, DELETE ON grant_spread TO relto_policy;

-- The next p_limit records, newest first, among which those of a scope are looked for. matches: the record is of the
-- scope, the owner's, and not yet under the grant. Names of fields come from the descriptors of record types; '' or NULL
-- for what the scope does not say.
CREATE FUNCTION grant_scan(p_grant text, p_owner text, p_type text, p_record uuid, p_object text, p_sensor_field text,
                           p_sensor text, p_latitude_field text, p_longitude_field text, p_region float8[],
                           p_from timestamptz, p_to timestamptz, p_before_t timestamptz, p_before_id uuid, p_limit int)
    RETURNS TABLE (id uuid, t timestamptz, label_id int, matches boolean)
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT r.id, r.t, r.label_id, l.json::jsonb -> ''owners'' ? $2 AND NOT $1 = ANY (l.grants)'
        || CASE WHEN p_sensor <> '' THEN ' AND coalesce(r.body::json ->> $6 = $7, false)' ELSE '' END
        || CASE WHEN p_region IS NULL THEN ''
                WHEN p_region[3] <= p_region[4] THEN
                    ' AND coalesce((r.body::json ->> $8)::float8 BETWEEN $10[1] AND $10[2]'
                    ' AND (r.body::json ->> $9)::float8 BETWEEN $10[3] AND $10[4], false)'
                ELSE ' AND coalesce((r.body::json ->> $8)::float8 BETWEEN $10[1] AND $10[2]'
                     ' AND NOT ((r.body::json ->> $9)::float8 > $10[4] AND (r.body::json ->> $9)::float8 < $10[3]), false)'
           END
        || ' FROM record r JOIN label l ON l.id = r.label_id'
           ' WHERE r.type = $3 AND r.t >= $11 AND r.t < $12 AND r.t <= $13 AND (r.t, r.id) < ($13, $14)'
        || CASE WHEN p_record IS NOT NULL THEN ' AND r.id = $4' ELSE '' END
        || CASE WHEN p_object <> '' THEN ' AND r.object = $5' ELSE '' END
        || ' ORDER BY r.t DESC, r.id DESC LIMIT $15'
        USING p_grant, p_owner, p_type, p_record, p_object, p_sensor_field, p_sensor, p_latitude_field, p_longitude_field,
              p_region, p_from, p_to, p_before_t, p_before_id, p_limit;
END
$$;

-- Points records at the rows that stand for the same label under one more grant, if they still have the label that was
-- looked at. Returns how many had.
CREATE FUNCTION record_regrant(p_type text, p_id uuid[], p_t timestamptz[], p_old int[], p_new int[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE record r SET label_id = m.new FROM unnest(p_id, p_t, p_old, p_new) AS m (id, t, old, new)
        WHERE r.type = p_type AND r.id = m.id AND r.t = m.t AND r.label_id = m.old;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

GRANT EXECUTE ON FUNCTION release_owners(text, uuid, timestamptz, timestamptz, text),
    grant_scan(text, text, text, uuid, text, text, text, text, text, float8[], timestamptz, timestamptz, timestamptz, uuid,
               int),
    record_regrant(text, uuid[], timestamptz[], int[], int[]) TO relto_policy;
