-- Registers, policy epoch, label dictionary and visible sets. Runs as relto_owner; roles.sql has run before.

-- A session sees only what is in public; no role but the owner makes anything there.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO relto_ingest, relto_reader, relto_policy;
-- No role but the owner makes a table, not even a temporary one, which is PUBLIC's right by default.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO relto_ingest, relto_reader, relto_policy', current_database());
END
$$;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT SELECT ON schema_migration TO relto_ingest, relto_reader, relto_policy;

-- The node's secrets, made by the daemon at its first start.
CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);
GRANT SELECT, INSERT ON secret TO relto_ingest;

-- --- registers ---

CREATE TABLE policy_state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch bigint NOT NULL CHECK (epoch >= 0)
);
INSERT INTO policy_state (epoch) VALUES (0);
GRANT SELECT ON policy_state TO relto_ingest, relto_reader, relto_policy;
GRANT UPDATE (epoch) ON policy_state TO relto_policy;

-- One row an entry of the policy file. accepted_at: when this entry first came into force without a break since; what
-- an entry without backfill opens begins there.
CREATE TABLE register_entry (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    json text NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON register_entry TO relto_policy;

CREATE TABLE policy_audit (
    epoch bigint PRIMARY KEY, -- the one the change made
    at timestamptz NOT NULL,
    actor text NOT NULL,
    file_digest bytea NOT NULL CHECK (length(file_digest) = 32),
    diff text NOT NULL
);
GRANT SELECT, INSERT ON policy_audit TO relto_policy;

-- --- labels ---

-- A row for each distinct (originator, type, data mode, label, parts, generation); rows are never changed, so that ids can
-- be remembered. A record that was recalled or relabelled has a row of its own (record is set). ids are dense: they are
-- positions in visible.bits.
CREATE TABLE label (
    id int PRIMARY KEY CHECK (id >= 0),
    key bytea NOT NULL UNIQUE CHECK (length(key) = 32), -- SHA-256 over all that makes the row distinct
    originator text NOT NULL,
    type text NOT NULL,
    data_mode text NOT NULL,
    since timestamptz NOT NULL, -- generation: the registers' boundary at or before the records' ingestion
    json text NOT NULL,         -- canonical label
    parts int[] NOT NULL,       -- labels of what its records were derived from
    record uuid,                -- NULL: shared
    recalled boolean NOT NULL,
    records bigint NOT NULL DEFAULT 0 -- about how many records point here: an estimate for choosing plans
);
CREATE INDEX label_type ON label (type, id);
CREATE INDEX label_cap ON label (originator, since) WHERE record IS NULL;
GRANT SELECT, INSERT, UPDATE (records) ON label TO relto_policy;

-- --- visible sets ---

-- One row a class of readers (equal partner, role, clearances, caveats, data modes): which labels it sees. Good for one
-- epoch and from valid_from until valid_until. bits and exempt are longer than the highest label id (get_bit raises
-- beyond the end): who adds a label lengthens them in the same transaction. Class numbers are never used again.
CREATE TABLE visible (
    class int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    reader text NOT NULL UNIQUE,
    epoch bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    bits bytea NOT NULL,   -- permitted, times of the record apart
    exempt bytea NOT NULL, -- and embargo and expiry do not hide it
    CHECK (length(bits) = length(exempt))
);
-- Not compressed: an update writes it whole, a read takes it whole.
ALTER TABLE visible ALTER bits SET STORAGE EXTERNAL, ALTER exempt SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE, DELETE ON visible TO relto_policy;
GRANT SELECT (class, epoch, valid_from, valid_until, bits, exempt) ON visible TO relto_reader;

-- The class a session reads as, if that class is in force: the settings relto.class and relto.now are local to a
-- transaction and come back as '' afterwards, hence NULLIF. Without them, with a stale epoch or outside the class's time
-- there is no row, so that get_bit gives NULL and nothing is visible.
-- `|| ''` copies the value out of its TOAST table once a query instead of once a row.
CREATE VIEW visible_now WITH (security_invoker = true, security_barrier = true) AS
    SELECT v.class, v.bits || ''::bytea AS bits, v.exempt || ''::bytea AS exempt
    FROM visible v
    WHERE v.class = NULLIF(current_setting('relto.class', true), '')::int
      AND v.epoch = (SELECT epoch FROM policy_state)
      AND v.valid_from <= NULLIF(current_setting('relto.now', true), '')::timestamptz
      AND v.valid_until > NULLIF(current_setting('relto.now', true), '')::timestamptz;
GRANT SELECT ON visible_now TO relto_reader;

ALTER TABLE label ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY label_reader ON label FOR SELECT TO relto_reader
    USING (get_bit((SELECT bits FROM visible_now), id) <> 0);
CREATE POLICY label_policy ON label TO relto_policy USING (true) WITH CHECK (true);
GRANT SELECT (id, type, records) ON label TO relto_reader;
