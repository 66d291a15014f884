-- After 0028_disclosure_ends.sql.
DO $$
BEGIN
    ASSERT (SELECT a.attnotnull AND pg_get_expr(d.adbin, d.adrelid) = '0'
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = 'disclosure_end'::regclass AND a.attname = 'more'), 'rows from before are of one answer each';
END
$$;
