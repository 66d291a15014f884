-- After 0022_sequencer.sql.
DO $$
BEGIN
    ASSERT (SELECT c.last_value >= s.seq FROM record_clock c, sequencer s), 'numbers would be drawn again';
    ASSERT has_function_privilege('relto_ingest', 'sequencer_draw(bigint, bigint, boolean)', 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', 'sequencer_draw(bigint, bigint, boolean)', 'EXECUTE');
    ASSERT NOT has_sequence_privilege('relto_reader', 'record_clock', 'USAGE, SELECT, UPDATE');
END
$$;
