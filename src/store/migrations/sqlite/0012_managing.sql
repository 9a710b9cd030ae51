-- Addresses that are told by their domain (`@example.org`) or by their hash (`sha256:` and 64 digits) alone.
CREATE TABLE suppression_rules (
    key        TEXT   NOT NULL PRIMARY KEY,
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
-- The rule that a suppression follows from; NULL for one of its own. An address gets it as soon as it is known.
ALTER TABLE suppressions ADD COLUMN rule TEXT;
CREATE INDEX suppressions_rule ON suppressions (rule);
