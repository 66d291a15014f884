-- Answers that were disclosed together end alike, most of them: one row for ids that follow each other.

ALTER TABLE disclosure_end ADD COLUMN more integer NOT NULL DEFAULT 0; -- so many ids behind `id`, of the same time
