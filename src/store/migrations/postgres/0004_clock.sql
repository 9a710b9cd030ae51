-- Where the reader is, as an IANA name; NULL for where the digest is at home.
ALTER TABLE subscribers ADD COLUMN zone TEXT;
CREATE INDEX subscribers_zone ON subscribers (zone);
-- True until a reader who has just come was given the latest edition.
ALTER TABLE subscriptions ADD COLUMN welcome BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX subscriptions_welcome ON subscriptions (list) WHERE welcome;

-- Readers of one edition who get another text than most, because they were shown other articles before.
CREATE TABLE variants (
    edition     BIGINT NOT NULL REFERENCES editions (id),
    -- From 1; 0 is what stands in `editions`.
    number      BIGINT NOT NULL,
    -- What the last edition of these readers had looked at, and what this one has.
    since       BIGINT,
    considered  BIGINT NOT NULL,
    subject     TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    direction   TEXT   NOT NULL,
    html        TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    explanation TEXT   NOT NULL,
    PRIMARY KEY (edition, number)
);
ALTER TABLE deliveries ADD COLUMN variant BIGINT NOT NULL DEFAULT 0;
ALTER TABLE edition_articles ADD COLUMN variant BIGINT NOT NULL DEFAULT 0;

-- How far readers with zones of their own have come: what the last edition that was released to each had looked at,
-- and the one before it, in case that edition is cancelled.
CREATE TABLE reached (
    digest     TEXT   NOT NULL,
    subscriber BIGINT NOT NULL REFERENCES subscribers (id),
    considered BIGINT,
    before     BIGINT,
    edition    BIGINT NOT NULL,
    PRIMARY KEY (digest, subscriber)
);
CREATE INDEX reached_edition ON reached (edition);

-- Whose edition it is: a JSON list of zones, NULL for everybody's; and the zone of readers who have named none.
ALTER TABLE editions ADD COLUMN zones TEXT;
ALTER TABLE editions ADD COLUMN home_zone TEXT;
-- Until when somebody may say yes, what happens if nobody does, when somebody did, and what opens the page for it.
ALTER TABLE editions ADD COLUMN approve_by BIGINT;
ALTER TABLE editions ADD COLUMN approve_else TEXT;
ALTER TABLE editions ADD COLUMN approved_at BIGINT;
ALTER TABLE editions ADD COLUMN approval_token TEXT;
CREATE UNIQUE INDEX editions_approval ON editions (approval_token);
-- Presses ask many times a minute which are going out.
CREATE INDEX editions_state ON editions (state, slot);

-- What became of each slot: `open` in the hands of `holder`, `waiting` for a yes, `published`, `skipped`.
CREATE TABLE slots (
    digest      TEXT   NOT NULL,
    slot        BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    holder      TEXT,
    lease_until BIGINT,
    edition     BIGINT,
    reason      TEXT,
    remark      TEXT,
    explanation TEXT,
    decided_at  BIGINT NOT NULL,
    -- Asked for by hand, and no slot of the timetable.
    by_hand     BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (digest, slot)
);
CREATE INDEX slots_waiting ON slots (edition) WHERE state = 'waiting';
INSERT INTO slots (digest, slot, state, reason, explanation, decided_at, by_hand)
    SELECT digest, slot, 'skipped', '{"nothing":' || reason || '}', explanation, composed_at, TRUE FROM skipped_slots;
DROP TABLE skipped_slots;

-- The standing orders: from when on slots count, and which was the last that was looked at.
CREATE TABLE orders (
    digest    TEXT    NOT NULL PRIMARY KEY,
    timetable TEXT    NOT NULL,
    since     BIGINT  NOT NULL,
    accounted BIGINT  NOT NULL,
    paused    BOOLEAN NOT NULL DEFAULT FALSE
);

-- Numbers that only grow: when a press last looked at its slots, and how often it has published.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
