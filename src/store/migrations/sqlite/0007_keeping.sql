-- How much of an edition is still here: `all`; `some`, while its letters are being pruned; `text`, when they are;
-- `counts`, when its text is as well.
ALTER TABLE editions ADD COLUMN kept TEXT NOT NULL DEFAULT 'all';
-- How many articles it had, when they are no longer listed.
ALTER TABLE editions ADD COLUMN article_count BIGINT;
CREATE INDEX editions_kept ON editions (kept, state, composed_at);

-- What stood in `deliveries` before it was pruned, so that candidates = excluded + the deliveries in their states.
CREATE TABLE pruned_deliveries (
    edition  BIGINT NOT NULL REFERENCES editions (id),
    state    TEXT   NOT NULL,
    letters  BIGINT NOT NULL,
    doubtful BIGINT NOT NULL,
    PRIMARY KEY (edition, state)
) WITHOUT ROWID;

-- The fingerprints of articles that are pruned: what stands in its feed for years is not new when it is read again.
CREATE TABLE pruned_articles (
    id            INTEGER PRIMARY KEY,
    source        BIGINT NOT NULL REFERENCES sources (id),
    print_guid    BIGINT NOT NULL,
    print_url     BIGINT NOT NULL,
    print_content BIGINT NOT NULL
);
CREATE INDEX pruned_articles_guid ON pruned_articles (source, print_guid);
CREATE INDEX pruned_articles_url ON pruned_articles (source, print_url);

CREATE INDEX articles_first_seen ON articles (first_seen, id);
CREATE INDEX articles_newest ON articles (source, date, id);
CREATE INDEX edition_articles_article ON edition_articles (article);

-- Work that one process does at a time: who, until when that is believed without a word, and when it was last done.
CREATE TABLE chores (
    name        TEXT   NOT NULL PRIMARY KEY,
    holder      TEXT,
    lease_until BIGINT,
    done_at     BIGINT
) WITHOUT ROWID;
CREATE INDEX slots_skipped ON slots (slot) WHERE state = 'skipped';
