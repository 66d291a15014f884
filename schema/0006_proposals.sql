-- Changes of the registers that partners ask for and accept, and what agreements said before.

CREATE TABLE proposal (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    partner text NOT NULL,   -- who asks
    principal text NOT NULL,
    changes text NOT NULL,   -- canonical JSON: [{"kind","key","entry"}, …]
    digest bytea NOT NULL CHECK (length(digest) = 32), -- of kinds, keys and entries: what is accepted
    base bytea NOT NULL CHECK (length(base) = 32),     -- of the entries that it changes, as they stood
    comment text NOT NULL,
    -- As judged when last looked at: policy/proposal.h
    needs text[] NOT NULL,
    discreet text[] NOT NULL,
    subjects text[] NOT NULL,
    parties text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'applied', 'rejected', 'withdrawn')),
    closed_at timestamptz,
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX proposal_party ON proposal USING gin (parties);
CREATE INDEX proposal_open ON proposal (partner) WHERE state = 'open';
GRANT SELECT, INSERT, UPDATE (needs, discreet, subjects, parties, state, closed_at) ON proposal TO relto_policy;

-- Dry runs as they were shown to those who may accept: enough to make each again and compare.
CREATE TABLE proposal_report (
    proposal uuid NOT NULL REFERENCES proposal,
    partner text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    at timestamptz NOT NULL,
    seq bigint NOT NULL, -- of the last record it counts
    PRIMARY KEY (proposal, partner, digest)
);
GRANT SELECT, INSERT, UPDATE (at, seq) ON proposal_report TO relto_policy;

-- Acceptances that stand, each with the dry run it was given on.
CREATE TABLE proposal_acceptance (
    proposal uuid NOT NULL REFERENCES proposal,
    partner text NOT NULL,
    at timestamptz NOT NULL,
    report bytea NOT NULL CHECK (length(report) = 32),
    epoch bigint NOT NULL, -- of the registers under which the dry run last came out so
    PRIMARY KEY (proposal, partner)
);
GRANT SELECT, INSERT, UPDATE (at, report, epoch), DELETE ON proposal_acceptance TO relto_policy;

-- What was done with each proposal, by whom. Appended to only.
CREATE TABLE proposal_act (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    proposal uuid NOT NULL REFERENCES proposal,
    at timestamptz NOT NULL,
    principal text NOT NULL,
    request_id text NOT NULL,
    act text NOT NULL CHECK (act IN ('propose', 'accept', 'lapse', 'reject', 'withdraw', 'apply')),
    detail text NOT NULL -- the dry run's digest, or the reason given
);
GRANT SELECT, INSERT ON proposal_act TO relto_policy;

-- Agreements as they were in force from each epoch on.
CREATE TABLE agreement_version (
    id text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    version int NOT NULL,
    at timestamptz NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (id, epoch)
);
GRANT SELECT, INSERT ON agreement_version TO relto_policy;
INSERT INTO agreement_version (id, epoch, version, at, json)
    SELECT e.key, p.epoch, coalesce((e.json::json ->> 'version')::int, 1), e.accepted_at, e.json
    FROM register_entry e, policy_state p WHERE e.kind = 'agreement';

-- How many records with seq up to p_seq point to each label: shown at p_at, and still under embargo then. With
-- p_boundaries (ascending) apart by the time of ingestion: part 0 is before the first.
CREATE FUNCTION label_records(p_labels int[], p_boundaries timestamptz[], p_seq bigint, p_at timestamptz)
    RETURNS TABLE (label_id int, part int, shown bigint, embargoed bigint)
    LANGUAGE plpgsql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    counted text := 'count(*) FILTER (WHERE r.embargo_until <= $4 AND r.expires > $4),'
                    ' count(*) FILTER (WHERE r.embargo_until > $4 AND r.expires > r.embargo_until)';
BEGIN
    IF cardinality(p_boundaries) > 0 THEN
        RETURN QUERY EXECUTE
            'SELECT r.label_id, width_bucket(r.ingested_at, $2), ' || counted ||
            ' FROM label l JOIN record r ON r.type = l.type AND r.label_id = l.id'
            ' WHERE l.id = ANY ($1) AND r.seq <= $3 GROUP BY 1, 2'
            USING p_labels, p_boundaries, p_seq, p_at;
        RETURN;
    END IF;
    -- The index on labels tells all of a label's records, the one on seq the few that are too new. Each alone is fast.
    RETURN QUERY EXECUTE
        'SELECT c.label_id, 0, sum(c.shown)::bigint, sum(c.embargoed)::bigint FROM ('
        'SELECT r.label_id, ' || counted || ' FROM label l JOIN record r ON r.type = l.type AND r.label_id = l.id'
        ' WHERE l.id = ANY ($1) GROUP BY 1 UNION ALL '
        'SELECT n.label_id, -n.shown, -n.embargoed FROM (SELECT r.label_id, ' || counted ||
        ' FROM record r WHERE r.seq > $3 AND r.label_id = ANY ($1) GROUP BY 1) n (label_id, shown, embargoed)'
        ') c (label_id, shown, embargoed) GROUP BY 1'
        USING p_labels, p_boundaries, p_seq, p_at;
END
$$;
GRANT EXECUTE ON FUNCTION label_records(int[], timestamptz[], bigint, timestamptz) TO relto_policy;
GRANT SELECT ON sequencer TO relto_policy;
