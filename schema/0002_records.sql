-- Records, their partitions, and the functions that are the only way to make, drain and drop partitions.

-- --- record types, as the daemon's descriptors have them ---

CREATE TABLE record_type (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9]{0,29}$'),
    width bigint NOT NULL CHECK (width > 0) -- microseconds of t in one partition
);
GRANT SELECT ON record_type TO relto_ingest, relto_reader, relto_policy;

CREATE TABLE record_partition (
    name text PRIMARY KEY,
    type text NOT NULL REFERENCES record_type,
    lower timestamptz, -- both NULL: the type's default partition, which exists only while it is needed
    upper timestamptz,
    CHECK ((lower IS NULL) = (upper IS NULL)),
    CHECK (lower < upper)
);
CREATE UNIQUE INDEX record_partition_lower ON record_partition (type, lower) NULLS NOT DISTINCT;
GRANT SELECT ON record_partition TO relto_ingest, relto_policy;

-- --- records ---

CREATE TABLE record (
    seq bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    label_id int NOT NULL, -- into label; not a foreign key: labels are never deleted, and a check a row is not free
    t timestamptz NOT NULL,
    object text NOT NULL DEFAULT '',
    originator text NOT NULL,
    ingested_at timestamptz NOT NULL,
    embargo_until timestamptz NOT NULL DEFAULT '-infinity',
    expires timestamptz NOT NULL DEFAULT 'infinity',
    digest bytea NOT NULL CHECK (length(digest) = 32),
    supersedes uuid,
    derived_from uuid[],
    wire text NOT NULL DEFAULT '', -- canonical wire label as posted
    body text NOT NULL,            -- canonical JSON; text because jsonb rewrites numbers
    PRIMARY KEY (id, t, type)
) PARTITION BY LIST (type);
-- In each direction exactly the orders that reads ask for. type is constant within a partition, yet PostgreSQL 15 tests
-- `type = …` for every row: an index that is to answer alone must include it.
CREATE INDEX record_time ON record (t DESC, id DESC);
CREATE INDEX record_object ON record (object, t DESC, id DESC);
CREATE INDEX record_seq ON record (seq);
CREATE INDEX record_label ON record (label_id, t DESC, id DESC) INCLUDE (embargo_until, expires, type);
-- Rows lie in the order of ingestion, so that a few pages of summary find the late ones (label_split).
CREATE INDEX record_ingested ON record USING brin (ingested_at) WITH (autosummarize = on);

ALTER TABLE record ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- `<> 0`, not `= 1`: the planner takes the latter for rare and chooses plans that cost a thousand times as much.
CREATE POLICY record_reader ON record FOR SELECT TO relto_reader USING (
    get_bit((SELECT bits FROM visible_now), label_id) <> 0
    AND ((embargo_until <= (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz)
          AND expires > (SELECT NULLIF(current_setting('relto.now', true), '')::timestamptz))
         OR get_bit((SELECT exempt FROM visible_now), label_id) <> 0));
GRANT SELECT ON record TO relto_reader;
-- The writer appends, and recognises what is there already. It never reads a body.
CREATE POLICY record_ingest_insert ON record FOR INSERT TO relto_ingest WITH CHECK (true);
CREATE POLICY record_ingest_select ON record FOR SELECT TO relto_ingest USING (true);
GRANT INSERT, SELECT (id, t, seq, digest, type) ON record TO relto_ingest;
-- The owner itself sees rows only inside the functions below.
CREATE POLICY record_maintenance ON record TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on')
    WITH CHECK ((SELECT current_setting('relto.maintenance', true)) = 'on');

-- Which record was made from which: who relabels a part finds what was derived from it.
CREATE TABLE derivation (
    part uuid NOT NULL,
    record uuid NOT NULL,
    type text NOT NULL,
    t timestamptz NOT NULL,
    PRIMARY KEY (part, record)
);
CREATE INDEX derivation_record ON derivation (record);
GRANT INSERT, SELECT ON derivation TO relto_ingest;
GRANT SELECT ON derivation TO relto_policy;

-- The feed's clock: the last seq given out. Updating it is the sequencer's lock.
CREATE TABLE sequencer (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq bigint NOT NULL CHECK (seq BETWEEN 0 AND 9007199254740991)
);
INSERT INTO sequencer (seq) VALUES (0);
GRANT SELECT, UPDATE (seq) ON sequencer TO relto_ingest;
GRANT SELECT ON sequencer TO relto_reader; -- a long list remembers how far it began

-- What is left of a record after retention has dropped it: enough to tell its owner who was sent it.
CREATE TABLE archive (
    seq bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    t timestamptz NOT NULL,
    originator text NOT NULL,
    label_id int NOT NULL,
    PRIMARY KEY (type, seq)
);
CREATE INDEX archive_id ON archive (id);
ALTER TABLE archive ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY archive_reader ON archive FOR SELECT TO relto_reader
    USING (get_bit((SELECT bits FROM visible_now), label_id) <> 0);
GRANT SELECT ON archive TO relto_reader;
CREATE POLICY archive_maintenance ON archive TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on')
    WITH CHECK ((SELECT current_setting('relto.maintenance', true)) = 'on');

-- --- partitions ---
-- All functions run as relto_owner with a fixed search_path. A new partition is filled and checked before it is attached:
-- ATTACH locks only the default partition against readers, CREATE TABLE ... PARTITION OF would lock the whole table.

-- Exact for every year; multiplying an interval goes through double precision.
CREATE FUNCTION instant_from_1900(us bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    RETURN '1900-01-01T00:00:00Z'::timestamptz + make_interval(days => (us / 86400000000)::int)
           + (us % 86400000000) * interval '1 microsecond';

-- Moves the rows of [lower, upper) from `from_table` (NULL: nowhere) into a new table and attaches it to `parent`.
CREATE FUNCTION partition_attach(parent text, child text, key text, lower timestamptz, upper timestamptz,
                                 from_table text, guarded boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' SET relto.maintenance = 'on' AS $$
DECLARE
    inside text := format('%I >= %L AND %I < %L', key, lower, key, upper);
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', child, parent);
    IF guarded THEN
        PERFORM partition_guard(child);
    END IF;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT attaching CHECK (%s)', child, inside);
    IF from_table IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', from_table);
        EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %s RETURNING *) INSERT INTO %I SELECT * FROM moved',
                       from_table, inside, child);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, lower, upper);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT attaching', child);
END
$$;

-- A partition does not apply its parent's policies when it is named directly: it has its own lock, without a key.
CREATE FUNCTION partition_guard(child text) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', child);
    EXECUTE format('CREATE POLICY maintenance ON %I TO relto_owner'
                   ' USING ((SELECT current_setting(''relto.maintenance'', true)) = ''on'')'
                   ' WITH CHECK ((SELECT current_setting(''relto.maintenance'', true)) = ''on'')', child);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, relto_ingest, relto_reader, relto_policy', child);
END
$$;

-- Makes a type known, or changes the width of its partitions from now on.
CREATE FUNCTION record_type_ensure(p_type text, p_width bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    INSERT INTO record_type AS r (name, width) VALUES (p_type, p_width)
        ON CONFLICT (name) DO UPDATE SET width = excluded.width WHERE r.width <> excluded.width;
    IF to_regclass(format('%I', 'record_' || p_type)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF record FOR VALUES IN (%L) PARTITION BY RANGE (t)',
                       'record_' || p_type, p_type);
        PERFORM partition_guard('record_' || p_type);
    END IF;
END
$$;

-- The partition that holds t. Makes it if the type has fewer than p_most; else the type's default partition serves (made
-- if there is none), and lower and upper are NULL. A record of any date has a place after this call.
CREATE FUNCTION record_partition_ensure(p_type text, p_t timestamptz, p_most int)
    RETURNS TABLE (lower timestamptz, upper timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    parent text := 'record_' || p_type;
    v_width bigint;
    since_1900 bigint := (extract(epoch FROM p_t) * 1000000)::bigint + 2208988800000000;
    v_lower timestamptz;
    v_upper timestamptz;
    child text;
    rest text;
BEGIN
    RETURN QUERY SELECT p.lower, p.upper FROM record_partition p
                 WHERE p.type = p_type AND p.lower <= p_t AND p.upper > p_t;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    RETURN QUERY SELECT p.lower, p.upper FROM record_partition p
                 WHERE p.type = p_type AND p.lower <= p_t AND p.upper > p_t;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT width INTO STRICT v_width FROM record_type WHERE name = p_type;
    SELECT name INTO rest FROM record_partition p WHERE p.type = p_type AND p.lower IS NULL;
    IF (SELECT count(*) FROM record_partition p WHERE p.type = p_type AND p.lower IS NOT NULL) >= p_most THEN
        IF rest IS NULL THEN
            child := parent || '_default';
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', child, parent);
            PERFORM partition_guard(child);
            INSERT INTO record_partition (name, type) VALUES (child, p_type);
        END IF;
        RETURN QUERY SELECT NULL::timestamptz, NULL::timestamptz;
        RETURN;
    END IF;
    -- Floor division, also before 1900; then no further than the neighbours, which may have been made at another width.
    v_lower := instant_from_1900(since_1900 - ((since_1900 % v_width) + v_width) % v_width);
    v_upper := instant_from_1900(since_1900 - ((since_1900 % v_width) + v_width) % v_width + v_width);
    SELECT greatest(v_lower, max(p.upper)) INTO v_lower FROM record_partition p WHERE p.type = p_type AND p.upper <= p_t;
    SELECT least(v_upper, min(p.lower)) INTO v_upper FROM record_partition p WHERE p.type = p_type AND p.lower > p_t;
    child := parent || to_char(v_lower, '"_"YYYYMMDD"t"HH24MISSUS');
    PERFORM partition_attach(parent, child, 't', v_lower, v_upper, rest, true);
    INSERT INTO record_partition (name, type, lower, upper) VALUES (child, p_type, v_lower, v_upper);
    RETURN QUERY SELECT v_lower, v_upper;
END
$$;

-- Gives the oldest rows of the default partition a partition of their own, if the type may have one more; drops a default
-- partition that has become empty. Returns how many rows are left in it.
CREATE FUNCTION record_default_drain(p_type text, p_most int) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET relto.maintenance = 'on' SET lock_timeout = '2s' AS $$
DECLARE
    rest text;
    oldest timestamptz;
    n bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    SELECT name INTO rest FROM record_partition WHERE type = p_type AND lower IS NULL;
    IF rest IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT min(t) FROM %I', rest) INTO oldest;
    IF oldest IS NOT NULL THEN
        PERFORM 1 FROM record_partition_ensure(p_type, oldest, p_most);
    END IF;
    EXECUTE format('SELECT count(*) FROM %I', rest) INTO n;
    IF n = 0 THEN
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', rest);
        EXECUTE format('SELECT count(*) FROM %I', rest) INTO n; -- a writer may have been faster
    END IF;
    IF n = 0 THEN
        EXECUTE format('DROP TABLE %I', rest);
        DELETE FROM record_partition WHERE name = rest;
    END IF;
    RETURN n;
END
$$;

-- Rows in default partitions, for the operator's gauge.
CREATE FUNCTION record_default_rows() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    rest text;
    n bigint;
    total bigint := 0;
BEGIN
    FOR rest IN SELECT name FROM record_partition WHERE lower IS NULL LOOP
        EXECUTE format('SELECT count(*) FROM %I', rest) INTO n;
        total := total + n;
    END LOOP;
    RETURN total;
END
$$;

-- Drops the oldest partition that lies wholly before p_before, after archiving what disclosures refer to; once there is
-- none, deletes such rows from the default partition. Returns the number of records dropped, NULL if there was nothing.
CREATE FUNCTION record_retention_step(p_type text, p_before timestamptz) RETURNS bigint
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
                   ' links AS (DELETE FROM derivation WHERE record IN (SELECT id FROM gone))'
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

-- --- changes of a record's label ---

-- The member as it stands in a canonical body; embedded records carry the same marking as the whole. Quotes inside a
-- string of JSON have a backslash before them, so that this text is found nowhere else.
CREATE FUNCTION marking_member(p_marking text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT SET search_path = public, pg_temp AS $$
    SELECT '"classificationMarking":' || to_json(p_marking)::text
$$;

-- Points one record at another label and sets its times, wire label and marking, if it still has the label the caller
-- decided on. Under the policy role, after the caller has found the record as a reader who may do this.
CREATE FUNCTION record_relabel(p_type text, p_id uuid, p_from timestamptz, p_to timestamptz, p_old_label int,
                               p_new_label int, p_embargo_until timestamptz, p_expires timestamptz, p_wire text,
                               p_marking text)
    RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    UPDATE record SET label_id = p_new_label, embargo_until = coalesce(p_embargo_until, embargo_until),
           expires = coalesce(p_expires, expires), wire = coalesce(p_wire, wire),
           body = coalesce(replace(body, marking_member(body::json ->> 'classificationMarking'),
                                   marking_member(p_marking)), body)
        WHERE type = p_type AND id = p_id AND t >= p_from AND t < p_to AND label_id = p_old_label;
    RETURN FOUND;
END
$$;

-- What was derived from a record, directly: who changes its label gives these new parts.
CREATE FUNCTION record_dependents(p_part uuid)
    RETURNS TABLE (type text, id uuid, t timestamptz, label_id int, ingested_at timestamptz)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.type, r.id, r.t, r.label_id, r.ingested_at
    FROM derivation d JOIN record r ON r.id = d.record AND r.type = d.type AND r.t = d.t
    WHERE d.part = p_part
$$;

-- Labels that records posted at or after p_since point to although the labels' generation is older.
CREATE FUNCTION label_straddling(p_since timestamptz) RETURNS TABLE (label_id int)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT DISTINCT r.label_id FROM record r JOIN label l ON l.id = r.label_id
    WHERE r.ingested_at >= p_since AND l.since < p_since
$$;

-- Points the later records of each old label at the new one.
CREATE FUNCTION label_split(p_since timestamptz, p_old int[], p_new int[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE record r SET label_id = m.new FROM unnest(p_old, p_new) AS m (old, new)
        WHERE r.label_id = m.old AND r.ingested_at >= p_since;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

CREATE POLICY label_maintenance ON label FOR SELECT TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on');

GRANT EXECUTE ON FUNCTION record_partition_ensure(text, timestamptz, int) TO relto_ingest, relto_policy;
GRANT EXECUTE ON FUNCTION record_type_ensure(text, bigint), record_default_drain(text, int), record_default_rows(),
    record_retention_step(text, timestamptz), record_dependents(uuid), label_straddling(timestamptz),
    record_relabel(text, uuid, timestamptz, timestamptz, int, int, timestamptz, timestamptz, text, text),
    label_split(timestamptz, int[], int[]) TO relto_policy;
