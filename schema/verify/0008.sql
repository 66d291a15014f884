-- After 0008_views.sql.
DO $$
BEGIN
    ASSERT has_column_privilege('relto_reader', 'visible', 'views', 'SELECT');
    ASSERT NOT has_any_column_privilege('relto_reader', 'visible', 'INSERT, UPDATE'), 'a reader does not choose its view';
    ASSERT NOT has_any_column_privilege('relto_ingest', 'visible', 'SELECT, INSERT, UPDATE');
    ASSERT (SELECT count(*) = 0 FROM visible_now), 'without settings no class is in force';
    ASSERT view_digits(1299.5, 2) = '1200' AND view_digits(-0.00129, 2) = '-0.0012' AND view_digits(0, 3) = '0';
END
$$;
