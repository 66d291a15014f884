-- After 0030_own_ids.sql.
DO $$
BEGIN
    PERFORM set_config('relto.maintenance', 'on', true);
    ASSERT NOT EXISTS (SELECT FROM record WHERE type = 'elset' AND body::json ->> 'idElset' IS NOT NULL),
           'the exchange says an element set''s own id';
    ASSERT NOT EXISTS (SELECT FROM record WHERE type = 'statevector' AND body::json ->> 'idStateVector' IS NOT NULL);
    PERFORM set_config('relto.maintenance', '', true);
END
$$;
