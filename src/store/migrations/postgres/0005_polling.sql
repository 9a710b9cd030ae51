-- The interval in milliseconds that its declaration gives a source, and the one that was found out.
ALTER TABLE sources ADD COLUMN every_ms BIGINT;
ALTER TABLE sources ADD COLUMN rest_ms BIGINT;
-- Nobody polls before, not even for an edition.
ALTER TABLE sources ADD COLUMN not_before BIGINT;
-- The first of the failures in a row.
ALTER TABLE sources ADD COLUMN failing_since BIGINT;
-- Who is polling it, and until when that is believed without a word.
ALTER TABLE sources ADD COLUMN claimed_by TEXT;
ALTER TABLE sources ADD COLUMN claimed_until BIGINT;

-- Until now this said both: what is in trouble keeps the peace that it asked for.
UPDATE sources SET not_before = next_poll, failing_since = checked_at WHERE failures > 0;
