-- How a source is read: as a feed, a page or a sitemap, and by which selector.
ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed';
ALTER TABLE sources ADD COLUMN full_text BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sources ADD COLUMN selector TEXT;
-- The article pages that were read for a source, by a digest of their address, and what they were: article, other (for
-- good) or failed (tried again a few times).
CREATE TABLE pages (
    source  BIGINT NOT NULL REFERENCES sources (id),
    page    BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    found   TEXT   NOT NULL,
    tries   BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (source, page)
) WITHOUT ROWID;
