-- The feed: for each principal a numbered list of what it came to see, in the order in which it came to see it.

-- --- what becomes visible late ---

-- Records whose embargo ends, in that order.
CREATE INDEX record_embargo ON record (embargo_until, seq) WHERE embargo_until > '-infinity';

-- Records that were pointed at another label. seq is of the same clock as theirs: who has seen the sequencer at some
-- number has seen every move below it.
CREATE TABLE record_moved (
    seq bigint PRIMARY KEY,
    label_id int NOT NULL, -- the new one
    type text NOT NULL,
    t timestamptz[] NOT NULL,
    seqs bigint[] NOT NULL,
    CHECK (cardinality(t) = cardinality(seqs))
);
ALTER TABLE record_moved ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY record_moved_reader ON record_moved FOR SELECT TO relto_reader
    USING (get_bit((SELECT bits FROM visible_now), label_id) <> 0);
CREATE POLICY record_moved_maintenance ON record_moved TO relto_owner
    USING ((SELECT current_setting('relto.maintenance', true)) = 'on')
    WITH CHECK ((SELECT current_setting('relto.maintenance', true)) = 'on');
GRANT SELECT ON record_moved TO relto_reader;

-- Writes down moves, in rows of a thousand; returns how many. NULL for none.
CREATE FUNCTION record_moved_add(p_types text[], p_ts timestamptz[], p_seqs bigint[], p_labels int[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
BEGIN
    WITH numbered AS (
        SELECT u.*, (row_number() OVER (PARTITION BY u.type, u.label_id ORDER BY u.seq) - 1) / 1000 AS part
        FROM unnest(p_types, p_ts, p_seqs, p_labels) AS u (type, t, seq, label_id)),
    events AS (
        SELECT type, label_id, array_agg(t ORDER BY seq) AS t, array_agg(seq ORDER BY seq) AS seqs,
               row_number() OVER () AS k
        FROM numbered GROUP BY type, label_id, part),
    drawn AS (
        UPDATE sequencer SET seq = seq + (SELECT count(*) FROM events) WHERE EXISTS (SELECT FROM events)
        RETURNING seq - (SELECT count(*) FROM events) AS base)
    INSERT INTO record_moved (seq, label_id, type, t, seqs)
        SELECT d.base + e.k, e.label_id, e.type, e.t, e.seqs FROM drawn d, events e;
    RETURN coalesce(cardinality(p_seqs), 0);
END
$$;

-- As before, and the moves are written down.
CREATE OR REPLACE FUNCTION record_relabel(p_type text, p_id uuid, p_from timestamptz, p_to timestamptz,
                                          p_old_label int, p_new_label int, p_embargo_until timestamptz,
                                          p_expires timestamptz, p_wire text, p_marking text)
    RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    WITH moved AS (
        UPDATE record SET label_id = p_new_label, embargo_until = coalesce(p_embargo_until, embargo_until),
               expires = coalesce(p_expires, expires), wire = coalesce(p_wire, wire),
               body = coalesce(replace(body, marking_member(body::json ->> 'classificationMarking'),
                                       marking_member(p_marking)), body)
            WHERE type = p_type AND id = p_id AND t >= p_from AND t < p_to AND label_id = p_old_label
            RETURNING type, t, seq, label_id)
    SELECT record_moved_add(array_agg(type), array_agg(t), array_agg(seq), array_agg(label_id)) INTO n FROM moved;
    RETURN n > 0;
END
$$;

CREATE OR REPLACE FUNCTION label_split(p_since timestamptz, p_old int[], p_new int[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    WITH moved AS (
        UPDATE record r SET label_id = m.new FROM unnest(p_old, p_new) AS m (old, new)
            WHERE r.label_id = m.old AND r.ingested_at >= p_since
            RETURNING r.type, r.t, r.seq, r.label_id)
    SELECT record_moved_add(array_agg(type), array_agg(t), array_agg(seq), array_agg(label_id)) INTO n FROM moved;
    RETURN n;
END
$$;

CREATE OR REPLACE FUNCTION record_regrant(p_type text, p_id uuid[], p_t timestamptz[], p_old int[], p_new int[])
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    WITH moved AS (
        UPDATE record r SET label_id = m.new FROM unnest(p_id, p_t, p_old, p_new) AS m (id, t, old, new)
            WHERE r.type = p_type AND r.id = m.id AND r.t = m.t AND r.label_id = m.old
            RETURNING r.type, r.t, r.seq, r.label_id)
    SELECT record_moved_add(array_agg(type), array_agg(t), array_agg(seq), array_agg(label_id)) INTO n FROM moved;
    RETURN n;
END
$$;

-- Labels of records whose embargo has ended in (p_after, p_until], for whoever has to be woken.
CREATE FUNCTION feed_due(p_after timestamptz, p_until timestamptz) RETURNS TABLE (label_id int)
    LANGUAGE sql SECURITY DEFINER STABLE SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT DISTINCT r.label_id FROM record r
    WHERE r.embargo_until > '-infinity' AND r.embargo_until > p_after AND r.embargo_until <= p_until
$$;
GRANT EXECUTE ON FUNCTION feed_due(timestamptz, timestamptz) TO relto_ingest;

-- How many labels there are: what has a higher number came later.
CREATE FUNCTION label_count() RETURNS int
    LANGUAGE sql SECURITY DEFINER STABLE SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
    SELECT coalesce(max(id) + 1, 0) FROM label
$$;
GRANT EXECUTE ON FUNCTION label_count() TO relto_reader;

-- --- what a principal came to see ---

-- Up to where a feed has looked. Up to `mark` every record of a label that is visible by `bits` is in the feed, or is of
-- a label that is `behind`: then up to that number only; or its embargo had not ended by (due_at, due_seq). Records up to
-- `begun` that were visible when the feed began are its history, found up to `history` (-1: not looked for yet) and
-- numbered by themselves.
CREATE TABLE feed_reader (
    principal text PRIMARY KEY,
    version bigint NOT NULL, -- moves with every change
    begun bigint NOT NULL,
    history bigint NOT NULL CHECK (history <= begun),
    mark bigint NOT NULL,
    due_at timestamptz NOT NULL,
    due_seq bigint NOT NULL,
    notices_begun bigint NOT NULL,
    notices bigint NOT NULL,
    bits bytea NOT NULL,
    waits bytea NOT NULL,
    delays int[] NOT NULL,
    labels int NOT NULL,
    behind_labels int[] NOT NULL,
    behind bigint[] NOT NULL,
    last_history bigint NOT NULL, -- positions given out
    last bigint NOT NULL,
    CHECK (cardinality(behind_labels) = cardinality(behind))
);
ALTER TABLE feed_reader ALTER bits SET STORAGE EXTERNAL, ALTER waits SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE ON feed_reader TO relto_ingest;

-- The entries [position, position + n) of a feed. source: 'm' in the order of commit, 'l' became visible late,
-- 'h' history, 'n' notices. Within 'm', and within 'h', seq ranges are in the order of positions and do not overlap.
CREATE TABLE feed_entry (
    principal text NOT NULL,
    position bigint NOT NULL,
    n int NOT NULL CHECK (n > 0),
    source "char" NOT NULL CHECK (source IN ('m', 'l', 'h', 'n')),
    seq_first bigint NOT NULL,
    seq_last bigint NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (principal, position)
);
CREATE INDEX feed_entry_seq ON feed_entry (principal, source, seq_last);
GRANT SELECT, INSERT, UPDATE ON feed_entry TO relto_ingest;

-- --- waking those who wait ---
-- Payload: labels of records separated by commas, "n" and a partner for notices, or nothing for whatever else.

CREATE FUNCTION feed_wake() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'notice' THEN
        PERFORM pg_notify('relto_feed', 'n' || NEW.partner);
    ELSIF TG_TABLE_NAME = 'record_moved' THEN
        PERFORM pg_notify('relto_feed', NEW.label_id::text);
    ELSE
        PERFORM pg_notify('relto_feed', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER feed_wake AFTER INSERT ON record_moved FOR EACH ROW EXECUTE FUNCTION feed_wake();
CREATE TRIGGER feed_wake AFTER INSERT ON notice FOR EACH ROW EXECUTE FUNCTION feed_wake();
CREATE TRIGGER feed_wake AFTER UPDATE ON policy_state FOR EACH ROW EXECUTE FUNCTION feed_wake();
