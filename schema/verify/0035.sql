-- After 0035_scopes.sql.
DO $$
DECLARE
    scan text := 'grant_scan(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz,'
                 ' timestamptz, uuid, int)';
    records text := 'grant_records(text, text, text, uuid, text, text[], text, text[], text[], float8[], timestamptz, timestamptz,'
                    ' int[], timestamptz)';
BEGIN
    ASSERT (SELECT count(*) = 2 FROM pg_proc WHERE proname IN ('grant_scan', 'grant_records')), 'the old ones are gone';
    ASSERT has_function_privilege('relto_policy', scan, 'EXECUTE') AND has_function_privilege('relto_policy', records, 'EXECUTE');
    ASSERT NOT has_function_privilege('relto_reader', scan, 'EXECUTE') AND NOT has_function_privilege('relto_ingest', scan, 'EXECUTE')
           AND NOT has_function_privilege('relto_reader', records, 'EXECUTE')
           AND NOT has_function_privilege('relto_ingest', records, 'EXECUTE');
    ASSERT in_region(20, -156, '{20,21,-157,-156}') AND NOT in_region(20, -155.9, '{20,21,-157,-156}')
           AND NOT in_region(19.9, -156, '{20,21,-157,-156}');
    ASSERT in_region(0, -175, '{-10,10,170,-170}') AND in_region(0, 170, '{-10,10,170,-170}')
           AND NOT in_region(0, 169.9, '{-10,10,170,-170}') AND in_region(NULL, 0, '{-10,10,0,1}') IS NULL;
END
$$;
