-- Objects that partners say they operate, until the registers hold it: a registration counts once it has been accepted.
CREATE TABLE object_claim (
    object text COLLATE "C" NOT NULL CHECK (object <> ''),
    partner text NOT NULL,
    at timestamptz NOT NULL,
    principal text NOT NULL, -- who said so
    PRIMARY KEY (object, partner)
);
CREATE INDEX object_claim_partner ON object_claim (partner);
GRANT SELECT, INSERT, DELETE ON object_claim TO relto_policy;
