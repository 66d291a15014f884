-- Files behind records: what came with a record, as it came. One is written before its record, whose id says what is in
-- both, and is nobody's until that is there.

CREATE TABLE record_file (
    record uuid PRIMARY KEY, -- not a foreign key: see above
    type text NOT NULL,
    t timestamptz NOT NULL, -- of the record
    name text NOT NULL,     -- for who keeps it
    size bigint NOT NULL CHECK (size >= 0),
    written_at timestamptz NOT NULL
);
CREATE INDEX record_file_written ON record_file (written_at);
CREATE TABLE record_file_piece (
    record uuid NOT NULL REFERENCES record_file ON DELETE CASCADE,
    n int NOT NULL CHECK (n >= 0),
    bytes bytea NOT NULL CHECK (length(bytes) > 0),
    PRIMARY KEY (record, n)
);
-- Most such files are compressed already, and a reader takes a piece as a whole.
ALTER TABLE record_file_piece ALTER COLUMN bytes SET STORAGE EXTERNAL;

ALTER TABLE record_file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE record_file_piece ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Whoever sees the record, by the policy of that table.
CREATE POLICY record_file_reader ON record_file FOR SELECT TO relto_reader
    USING (EXISTS (SELECT FROM record r WHERE r.type = record_file.type AND r.t = record_file.t AND r.id = record_file.record));
CREATE POLICY record_file_piece_reader ON record_file_piece FOR SELECT TO relto_reader
    USING (EXISTS (SELECT FROM record_file f WHERE f.record = record_file_piece.record));
-- The writer appends. It never reads what is in a file.
CREATE POLICY record_file_ingest ON record_file TO relto_ingest USING (true) WITH CHECK (true);
CREATE POLICY record_file_piece_ingest ON record_file_piece FOR INSERT TO relto_ingest WITH CHECK (true);
CREATE POLICY record_file_maintenance ON record_file TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on');
GRANT SELECT ON record_file, record_file_piece TO relto_reader;
GRANT INSERT, SELECT (record, written_at), UPDATE (written_at) ON record_file TO relto_ingest;
GRANT INSERT ON record_file_piece TO relto_ingest;

-- Drops files that were written before p_before and have no record: it was never stored, or retention has dropped it.
CREATE FUNCTION record_file_retire(p_before timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM record_file f WHERE f.written_at < p_before
        AND NOT EXISTS (SELECT FROM record r WHERE r.type = f.type AND r.t = f.t AND r.id = f.record);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
REVOKE EXECUTE ON FUNCTION record_file_retire(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_file_retire(timestamptz) TO relto_policy;
