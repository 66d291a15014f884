-- The feed: the row that a feed's news grow in keeps its place in every index, and finds room for its next version.

-- Rows of a source are in order and do not overlap: the one that holds a number is the last that begins before it.
CREATE INDEX feed_entry_first ON feed_entry (principal, source, seq_first);
DROP INDEX feed_entry_seq;
ALTER TABLE feed_entry SET (fillfactor = 70);
ALTER TABLE feed_reader SET (fillfactor = 50);
