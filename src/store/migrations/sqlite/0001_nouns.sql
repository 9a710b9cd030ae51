-- Instants are milliseconds since 1970 in UTC; words are those of the nouns; lists of words are JSON.

-- A removed source keeps its row, so that its articles stay readable and are known again when it comes back.
CREATE TABLE sources (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    declared_url  TEXT    NOT NULL,
    title         TEXT,
    own_title     TEXT,
    site          TEXT,
    topics        TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    removed       BOOLEAN NOT NULL DEFAULT FALSE,
    etag          TEXT,
    last_modified TEXT,
    next_poll     BIGINT,
    checked_at    BIGINT,
    succeeded_at  BIGINT,
    failures      BIGINT  NOT NULL DEFAULT 0,
    trouble       TEXT
);
CREATE UNIQUE INDEX sources_name ON sources (name) WHERE NOT removed;
CREATE UNIQUE INDEX sources_declared_url ON sources (declared_url) WHERE NOT removed;

-- `date` is `published`, or `first_seen` where the source gave no date.
CREATE TABLE articles (
    id            INTEGER PRIMARY KEY,
    source        BIGINT  NOT NULL REFERENCES sources (id),
    first_seen    BIGINT  NOT NULL,
    date          BIGINT  NOT NULL,
    print_guid    BIGINT  NOT NULL,
    print_url     BIGINT  NOT NULL,
    print_content BIGINT  NOT NULL,
    url           TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    summary       TEXT    NOT NULL,
    content       TEXT    NOT NULL,
    image         TEXT,
    author        TEXT,
    published     BIGINT,
    language      TEXT,
    direction     TEXT    NOT NULL,
    topics        TEXT    NOT NULL
);
CREATE INDEX articles_guid ON articles (source, print_guid);
CREATE INDEX articles_url ON articles (source, print_url);
CREATE INDEX articles_date ON articles (date, id);

CREATE TABLE lists (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    title   TEXT NOT NULL,
    list_id TEXT NOT NULL
);

-- `key` is the address with its case folded: one reader, however the address is spelled.
CREATE TABLE subscribers (
    id         INTEGER PRIMARY KEY,
    key        TEXT   NOT NULL UNIQUE,
    address    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    token      TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE subscriptions (
    subscriber BIGINT NOT NULL REFERENCES subscribers (id),
    list       BIGINT NOT NULL REFERENCES lists (id),
    state      TEXT   NOT NULL,
    token      TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (subscriber, list)
) WITHOUT ROWID;
CREATE INDEX subscriptions_list ON subscriptions (list, state, subscriber);

CREATE TABLE suppressions (
    key        TEXT   NOT NULL PRIMARY KEY,
    address    TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- The message is frozen here: what was approved is what is sent.
CREATE TABLE editions (
    id             INTEGER PRIMARY KEY,
    digest         TEXT   NOT NULL,
    slot           BIGINT NOT NULL,
    state          TEXT   NOT NULL,
    composed_at    BIGINT NOT NULL,
    -- The highest article that was looked at; later ones are new to the next edition.
    considered     BIGINT NOT NULL,
    -- What the edition before it had looked at: two that took the same for new are never both released.
    since          BIGINT,
    released_at    BIGINT,
    candidates     BIGINT NOT NULL DEFAULT 0,
    excluded       BIGINT NOT NULL DEFAULT 0,
    token          TEXT   NOT NULL,
    subject        TEXT   NOT NULL,
    language       TEXT   NOT NULL,
    direction      TEXT   NOT NULL,
    html           TEXT   NOT NULL,
    text           TEXT   NOT NULL,
    explanation    TEXT   NOT NULL,
    UNIQUE (digest, slot)
);

-- `section` is NULL for the lead, which stands in none.
CREATE TABLE edition_articles (
    edition BIGINT NOT NULL REFERENCES editions (id),
    place   BIGINT NOT NULL,
    section TEXT,
    article BIGINT NOT NULL REFERENCES articles (id),
    PRIMARY KEY (edition, place)
) WITHOUT ROWID;

-- Whom it went to; a claim asks it which of the lists a reader is still on.
CREATE TABLE edition_lists (
    edition BIGINT NOT NULL REFERENCES editions (id),
    list    BIGINT NOT NULL REFERENCES lists (id),
    PRIMARY KEY (edition, list)
) WITHOUT ROWID;

-- Slots that brought no edition.
CREATE TABLE skipped_slots (
    digest      TEXT   NOT NULL,
    slot        BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    explanation TEXT   NOT NULL,
    composed_at BIGINT NOT NULL,
    PRIMARY KEY (digest, slot)
) WITHOUT ROWID;

-- The ledger: one row for each reader of an edition, in one state.
CREATE TABLE deliveries (
    id         INTEGER PRIMARY KEY,
    edition    BIGINT NOT NULL REFERENCES editions (id),
    subscriber BIGINT NOT NULL REFERENCES subscribers (id),
    state      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL,
    -- Who has it in hand, and until when that is believed without a word.
    holder      TEXT,
    lease_until BIGINT,
    -- When its conversation began: from then on only a reply tells how it ended.
    opened_at   BIGINT,
    ended_at   BIGINT,
    UNIQUE (edition, subscriber)
);
CREATE INDEX deliveries_state ON deliveries (edition, state, due_at, id);

CREATE TABLE attempts (
    delivery    BIGINT NOT NULL REFERENCES deliveries (id),
    -- From 1; the highest is `deliveries.attempts`.
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    step        TEXT   NOT NULL,
    code        BIGINT NOT NULL,
    enhanced    TEXT,
    text        TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    due_at      BIGINT,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;
