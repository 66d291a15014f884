-- After 0023_disclosures.sql.
DO $$
BEGIN
    ASSERT (SELECT count(*) = 2 FROM pg_index WHERE indrelid = 'disclosure'::regclass), 'by owner, and by entry';
    ASSERT (SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class WHERE relname = 'disclosure');
END
$$;
