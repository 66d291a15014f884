-- Groups of posts are written side by side and become visible one after the other.

-- The last number drawn, whatever became of it. sequencer.seq is the last one committed: who sees it sees every smaller
-- number that will ever be.
CREATE SEQUENCE record_clock MINVALUE 0 MAXVALUE 9007199254740991;
SELECT setval('record_clock', seq) FROM sequencer;
GRANT SELECT, UPDATE ON SEQUENCE record_clock TO relto_ingest;

-- Draws numbers and returns the last of them. LOCK_DRAW is held for this moment, or, p_keep, to the end of the transaction.
-- Until then an advisory lock by the last number says that it may still commit; the next to draw finds it by what the
-- sequence said before. The lock that is not kept is the session's: after an error, who calls this lets go of all.
-- Assignments, since PERFORM would start an executor for each.
CREATE FUNCTION sequencer_draw(p_now bigint, p_n bigint, p_keep boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    before bigint;
    last bigint;
    done boolean;
BEGIN
    done := CASE WHEN p_keep THEN pg_advisory_xact_lock(1919249524, 4) ELSE pg_advisory_lock(1919249524, 4) END IS NULL;
    before := pg_sequence_last_value('record_clock');
    last := setval('record_clock', greatest(before, p_now) + p_n);
    done := pg_advisory_xact_lock(last) IS NULL;
    done := set_config('relto.before', before::text, true) IS NULL;
    done := p_keep OR pg_advisory_unlock(1919249524, 4);
    RETURN last;
END
$$;

-- Behind what was drawn, once: waits until every smaller number is visible or given up. The lock that the one before
-- held goes when its transaction has become visible. If it gave up, those before it may still be at work: their locks
-- tell. An error unless p_in_force, for whoever asks for the commit in the same breath.
CREATE FUNCTION sequencer_turn(p_in_force boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    before bigint := current_setting('relto.before');
    last bigint := currval('record_clock');
    other bigint;
    done boolean;
BEGIN
    IF NOT p_in_force THEN
        RAISE EXCEPTION 'the registers have changed' USING ERRCODE = 'RE001';
    END IF;
    done := pg_advisory_xact_lock_shared(before) IS NULL;
    UPDATE sequencer SET seq = last WHERE seq = before;
    IF FOUND THEN
        RETURN;
    END IF;
    LOOP
        SELECT max(k.number) INTO other FROM (
            SELECT l.classid::bigint << 32 | l.objid::bigint FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ExclusiveLock' AND l.granted
              AND l.pid <> pg_backend_pid()
              AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS k (number)
            WHERE k.number < last;
        EXIT WHEN other IS NULL;
        PERFORM pg_advisory_xact_lock_shared(other);
    END LOOP;
    UPDATE sequencer SET seq = last WHERE seq < last;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'number % is drawn again', last USING ERRCODE = '40001';
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION sequencer_draw(bigint, bigint, boolean), sequencer_turn(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sequencer_draw(bigint, bigint, boolean), sequencer_turn(boolean) TO relto_ingest;

-- As before, but the numbers are drawn like those of posts. Nobody draws between this and the commit: a second call in
-- the transaction would wait for who did, and he for it.
CREATE OR REPLACE FUNCTION record_moved_add(p_types text[], p_ts timestamptz[], p_seqs bigint[], p_labels int[])
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp SET relto.maintenance = 'on' AS $$
DECLARE
    n bigint;
    last bigint;
BEGIN
    IF coalesce(cardinality(p_seqs), 0) = 0 THEN
        RETURN 0;
    END IF;
    SELECT sum(ceil(c.n / 1000.0)) INTO n FROM (
        SELECT count(*) AS n FROM unnest(p_types, p_labels) AS u (type, label_id) GROUP BY u.type, u.label_id) c;
    last := sequencer_draw((SELECT s.seq FROM sequencer s), n, true);
    PERFORM sequencer_turn(true);
    WITH numbered AS (
        SELECT u.*, (row_number() OVER (PARTITION BY u.type, u.label_id ORDER BY u.seq) - 1) / 1000 AS part
        FROM unnest(p_types, p_ts, p_seqs, p_labels) AS u (type, t, seq, label_id)),
    events AS (
        SELECT type, label_id, array_agg(t ORDER BY seq) AS t, array_agg(seq ORDER BY seq) AS seqs,
               row_number() OVER () AS k
        FROM numbered GROUP BY type, label_id, part)
    INSERT INTO record_moved (seq, label_id, type, t, seqs)
        SELECT last - n + e.k, e.label_id, e.type, e.t, e.seqs FROM events e;
    RETURN cardinality(p_seqs);
END
$$;
