-- One index of disclosures instead of two: nobody looks for one but by its owner.

ALTER TABLE disclosure DROP CONSTRAINT disclosure_pkey;
ALTER TABLE disclosure ADD PRIMARY KEY (owner, id, view, at);
DROP INDEX disclosure_owner;
