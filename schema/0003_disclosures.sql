-- Who was sent what, who asked for what, and what was taken back. Appended to, never changed.

-- One row for each chunk of records sent and each owner of some of them. id grows in the order of commit.
CREATE TABLE disclosure (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    owner text NOT NULL,
    type text NOT NULL,
    principal text NOT NULL,
    partner text NOT NULL,
    route text NOT NULL,
    request_id text NOT NULL,
    view text NOT NULL,
    epoch bigint NOT NULL,
    agreements text[] NOT NULL,
    records int NOT NULL,
    seq_first bigint NOT NULL,
    seq_last bigint NOT NULL,
    seqs bytea NOT NULL, -- ascending deltas, LEB128
    PRIMARY KEY (id, owner, at)
) PARTITION BY RANGE (at);
CREATE INDEX disclosure_owner ON disclosure (owner, id);
ALTER TABLE disclosure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY disclosure_reader ON disclosure FOR SELECT TO relto_reader
    USING (owner = (SELECT NULLIF(current_setting('relto.partner', true), '')));
CREATE POLICY disclosure_ingest ON disclosure FOR INSERT TO relto_ingest WITH CHECK (true);
GRANT SELECT ON disclosure TO relto_reader;
GRANT INSERT ON disclosure TO relto_ingest;

-- How a disclosure ended. One without a row here: it is not known how much arrived.
CREATE TABLE disclosure_end (
    id bigint NOT NULL,
    at timestamptz NOT NULL, -- of the disclosure
    completed boolean NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
GRANT SELECT ON disclosure_end TO relto_reader;
GRANT INSERT ON disclosure_end TO relto_ingest;

-- The last disclosure id given out.
CREATE TABLE disclosure_position (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id bigint NOT NULL
);
INSERT INTO disclosure_position (id) VALUES (0);
GRANT SELECT, UPDATE (id) ON disclosure_position TO relto_ingest;

CREATE TABLE query_log (
    at timestamptz NOT NULL,
    principal text NOT NULL,
    partner text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    target text NOT NULL,
    request_id text NOT NULL,
    status int NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX query_log_at ON query_log (at);
GRANT INSERT ON query_log TO relto_ingest;

-- Recalls and relabels.
CREATE TABLE spill (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    principal text NOT NULL,
    request_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('recall', 'relabel')),
    type text NOT NULL,
    record uuid NOT NULL,
    old_label int NOT NULL,
    new_label int NOT NULL,
    reason text NOT NULL DEFAULT '',
    old_wire text NOT NULL DEFAULT ''
);
GRANT SELECT, INSERT ON spill TO relto_policy;

-- --- partitions of logs: a month each, and a default one that takes whatever has no month yet ---

CREATE TABLE disclosure_default PARTITION OF disclosure DEFAULT;
CREATE TABLE disclosure_end_default PARTITION OF disclosure_end DEFAULT;
CREATE TABLE query_log_default PARTITION OF query_log DEFAULT;
SELECT partition_guard('disclosure_default'), partition_guard('disclosure_end_default'),
       partition_guard('query_log_default');

-- Makes the month that holds p_at and the two after it.
CREATE FUNCTION log_partitions_ensure(p_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    log text;
    month timestamptz;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    FOREACH log IN ARRAY ARRAY['disclosure', 'disclosure_end', 'query_log'] LOOP
        FOR i IN 0..2 LOOP
            month := date_trunc('month', p_at) + make_interval(months => i);
            child := log || to_char(month, '"_"YYYYMM');
            IF to_regclass(format('%I', child)) IS NULL THEN
                PERFORM partition_attach(log, child, 'at', month, month + interval '1 month', log || '_default', true);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- Drops the months of one log that lie wholly before p_before. Returns how many.
CREATE FUNCTION log_retention(p_log text, p_before timestamptz) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    child text;
    n int := 0;
BEGIN
    IF p_log NOT IN ('disclosure', 'disclosure_end', 'query_log') THEN
        RAISE EXCEPTION 'not a log: %', p_log;
    END IF;
    PERFORM pg_advisory_xact_lock(1919249524, 5);
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(format('%I', p_log)) AND c.relname ~ '_[0-9]{6}$'
          AND to_timestamp(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= p_before
    LOOP
        EXECUTE format('DROP TABLE %I', child);
        n := n + 1;
    END LOOP;
    RETURN n;
END
$$;
GRANT EXECUTE ON FUNCTION log_partitions_ensure(timestamptz), log_retention(text, timestamptz) TO relto_policy;
