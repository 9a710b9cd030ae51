-- What somebody has decided by hand for the next edition of a digest, as JSON, and the slot of the edition that has gone
-- out with it.
CREATE TABLE editings (
    digest  TEXT   NOT NULL PRIMARY KEY,
    editing TEXT   NOT NULL,
    kept_at BIGINT NOT NULL,
    used_by BIGINT
) WITHOUT ROWID;
