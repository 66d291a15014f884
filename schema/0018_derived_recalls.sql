-- A recall is told of what was derived from the record, too: to those who were sent that and may not read it any more.

-- spared: of what was derived, who could still read it when the part was taken back.
ALTER TABLE recall ADD spared text[] NOT NULL DEFAULT '{}';
-- What was derived from several records can be closed several times, each time under another label.
ALTER TABLE recall DROP CONSTRAINT recall_pkey, ADD PRIMARY KEY (type, seq, label_id);

-- Who has been told already.
GRANT SELECT (type, record, kind, principals) ON notice TO relto_policy;

-- As before, with the numbers that disclosures tell of.
DROP FUNCTION record_dependents(uuid);
CREATE FUNCTION record_dependents(p_part uuid)
    RETURNS TABLE (type text, id uuid, t timestamptz, label_id int, ingested_at timestamptz, embargo_until timestamptz,
                   expires timestamptz, seq bigint)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT r.type, r.id, r.t, r.label_id, r.ingested_at, r.embargo_until, r.expires, r.seq
    FROM derivation d JOIN record r ON r.id = d.record AND r.type = d.type AND r.t = d.t
    WHERE d.part = p_part
$$;

-- The first disclosures with ids in (p_after, p_until] that may hold one of the records from p_first to p_last, as one of
-- their owners is told of them.
DROP FUNCTION disclosures_around(text, text, bigint, bigint, bigint, int);
CREATE FUNCTION disclosures_across(p_owner text, p_type text, p_first bigint, p_last bigint, p_after bigint,
                                   p_until bigint, p_most int)
    RETURNS TABLE (id bigint, principal text, partner text, seqs bytea)
    LANGUAGE sql SECURITY DEFINER STABLE
    SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT d.id, d.principal, d.partner, d.seqs FROM disclosure d
    WHERE d.owner = p_owner AND d.type = p_type AND d.id > p_after AND d.id <= p_until
          AND d.seq_first <= p_last AND d.seq_last >= p_first
    ORDER BY d.id FETCH FIRST (p_most) ROWS WITH TIES
$$;

GRANT EXECUTE ON FUNCTION record_dependents(uuid),
    disclosures_across(text, text, bigint, bigint, bigint, bigint, int) TO relto_policy;
