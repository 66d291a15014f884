-- What a partner is told without having asked, and to whom a recall must be told.

CREATE TABLE notice (
    partner text NOT NULL,     -- who is told
    position bigint NOT NULL,  -- grows in the order of commit, for each partner by itself: nobody's gaps tell of others
    at timestamptz NOT NULL,
    sender text NOT NULL,      -- whose act it tells of: may see what became of it
    kind text NOT NULL CHECK (kind IN ('grant', 'proposal', 'recall', 'request', 'warning')),
    officers boolean NOT NULL, -- for the partner's disclosure officers and auditors only
    type text NOT NULL,        -- of the record, '' if there is none
    record uuid,
    t timestamptz,
    label_id int,              -- recall: the label that the record was sent under
    principals text[] NOT NULL, -- recall: who was sent it
    body text NOT NULL,        -- JSON object
    acknowledged_at timestamptz,
    acknowledged_by text,
    PRIMARY KEY (partner, position),
    CHECK ((record IS NULL) = (type = '') AND (record IS NULL) = (t IS NULL)),
    CHECK ((label_id IS NULL) = (kind <> 'recall')),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE INDEX notice_open ON notice (partner, position) WHERE acknowledged_at IS NULL;
CREATE INDEX notice_record ON notice (type, record) WHERE record IS NOT NULL;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- A notice that names a record is read by who is entitled to know of the record: of one that was taken back, who was sent
-- it or would have been; of one that warns, who sees it now.
CREATE POLICY notice_reader ON notice FOR SELECT TO relto_reader USING (
    sender = (SELECT NULLIF(current_setting('relto.partner', true), ''))
    OR partner = (SELECT NULLIF(current_setting('relto.partner', true), ''))
       AND CASE kind
           WHEN 'recall' THEN get_bit((SELECT bits FROM visible_now), label_id) <> 0
               OR (SELECT NULLIF(current_setting('relto.principal', true), '')) = ANY (principals)
           ELSE record IS NULL
               OR EXISTS (SELECT FROM record r WHERE r.type = notice.type AND r.id = notice.record AND r.t = notice.t)
           END);
CREATE POLICY notice_ingest ON notice FOR INSERT TO relto_ingest WITH CHECK (true);
CREATE POLICY notice_policy ON notice TO relto_policy USING (true) WITH CHECK (true);
GRANT SELECT ON notice TO relto_reader;
GRANT INSERT ON notice TO relto_ingest;
GRANT INSERT, SELECT (partner, position, acknowledged_at), UPDATE (acknowledged_at, acknowledged_by) ON notice
    TO relto_policy;

-- The last position given to each partner, and how many were drawn with it. The row's lock is held until the commit.
CREATE TABLE notice_position (
    partner text PRIMARY KEY,
    position bigint NOT NULL,
    drawn bigint NOT NULL
);
GRANT INSERT, SELECT, UPDATE (position, drawn) ON notice_position TO relto_ingest, relto_policy;

-- --- recalls ---

-- A record that was read before its recall but whose disclosure is written after it has to be found, too: who writes
-- disclosures learns from `recalled` that there is something to look for.
ALTER TABLE disclosure_position ADD recalled timestamptz NOT NULL DEFAULT '-infinity';
GRANT SELECT, UPDATE (recalled) ON disclosure_position TO relto_policy;

CREATE TABLE recall (
    type text NOT NULL,
    seq bigint NOT NULL,
    record uuid NOT NULL,
    t timestamptz NOT NULL,
    label_id int NOT NULL, -- before the recall
    sender text NOT NULL,  -- partner of the officer
    body text NOT NULL,    -- of the notices
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (type, seq)
);
CREATE INDEX recall_at ON recall (at);
GRANT SELECT ON recall TO relto_ingest;
GRANT INSERT, SELECT ON recall TO relto_policy;

CREATE POLICY disclosure_maintenance ON disclosure FOR SELECT TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on');

-- The first disclosures with ids in (p_after, p_until] that may hold a record, as one of its owners is told of them.
CREATE FUNCTION disclosures_around(p_owner text, p_type text, p_seq bigint, p_after bigint, p_until bigint, p_most int)
    RETURNS TABLE (id bigint, principal text, partner text, seqs bytea)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT d.id, d.principal, d.partner, d.seqs FROM disclosure d
    WHERE d.owner = p_owner AND d.type = p_type AND d.id > p_after AND d.id <= p_until
          AND d.seq_first <= p_seq AND d.seq_last >= p_seq
    ORDER BY d.id LIMIT p_most
$$;
GRANT EXECUTE ON FUNCTION disclosures_around(text, text, bigint, bigint, bigint, int) TO relto_policy;
