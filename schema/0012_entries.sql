-- An owner is told of an answer as one entry, however many pieces it was sent in: where the pieces ended depends on what
-- else was in it.

-- The owner's first disclosure of the same answer; NULL: this one. Pieces from before stay entries of their own.
ALTER TABLE disclosure ADD entry bigint, ADD entry_at timestamptz;
ALTER TABLE disclosure ADD CONSTRAINT disclosure_entry_check
    CHECK ((entry IS NULL) = (entry_at IS NULL) AND entry < id);
CREATE INDEX disclosure_entry ON disclosure (owner, entry) WHERE entry IS NOT NULL;
