-- After 0028_disclosure_ends.sql.
DO $$
BEGIN
    ASSERT (SELECT attnotnull FROM pg_attribute WHERE attrelid = 'disclosure_end'::regclass AND attname = 'more');
    ASSERT (SELECT bool_and(more = 0) IS NOT FALSE FROM disclosure_end), 'rows from before are of one answer each';
END
$$;
