-- Exports: questions that are kept, and answered when they are fetched.

CREATE TABLE export (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    principal text NOT NULL, -- whose it is, and as whom it is read
    type text NOT NULL,
    names text[] NOT NULL, -- the query's parameters
    "values" text[] NOT NULL,
    csv boolean NOT NULL,
    delimiter int NOT NULL, -- of a CSV: a character
    mark bigint NOT NULL, -- nothing above was there when it was asked for
    asked_at timestamptz NOT NULL, -- what `now` in the query means
    expires timestamptz NOT NULL,
    CHECK (cardinality(names) = cardinality("values"))
);
CREATE INDEX export_principal ON export (principal, asked_at DESC, id);
CREATE INDEX export_expires ON export (expires);
GRANT SELECT, INSERT, DELETE ON export TO relto_policy;
