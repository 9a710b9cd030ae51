-- How often the last document of a source wished it to be asked: for so many milliseconds it stays as it is, and in these
-- hours and on these days (bits) nobody should ask.
ALTER TABLE sources ADD COLUMN fresh_ms BIGINT;
ALTER TABLE sources ADD COLUMN quiet_hours BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN quiet_days BIGINT NOT NULL DEFAULT 0;
-- When a document of it was last read, and when one is wanted again whole, because pages that it lists are read again.
ALTER TABLE sources ADD COLUMN listed_at BIGINT;
ALTER TABLE sources ADD COLUMN again_at BIGINT;
-- Whether its last word was that it has ended for good; until now that stood in a sentence.
ALTER TABLE sources ADD COLUMN ended BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sources SET ended = TRUE WHERE trouble LIKE '%is gone for good (status 410)%';

-- When a page last stood in a document, when it is read again, what its article is known by, and its validators.
ALTER TABLE pages ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pages ADD COLUMN again_at BIGINT;
ALTER TABLE pages ADD COLUMN canonical BIGINT;
ALTER TABLE pages ADD COLUMN etag TEXT;
ALTER TABLE pages ADD COLUMN last_modified TEXT;
UPDATE pages SET seen_at = read_at;
CREATE INDEX pages_seen ON pages (seen_at);
