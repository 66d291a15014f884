-- What a label decides for all of its records is asked of the label, under the same row-level security.

GRANT SELECT (originator, data_mode) ON label TO relto_reader;
