-- Mails to one person that are no edition. What one said is emptied when it has ended.
CREATE TABLE mails (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose     TEXT   NOT NULL,
    -- The matter, of which only one mail is ever sent.
    matter      TEXT   UNIQUE,
    -- The address with its case folded, and as it is written to.
    key         TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    sender      TEXT   NOT NULL,
    reply_to    TEXT,
    subject     TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    direction   TEXT   NOT NULL,
    html        TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    token       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    doubts      BIGINT NOT NULL DEFAULT 0,
    -- Who has it in hand, until when that is believed without a word, and when its dot was about to be said.
    holder      TEXT,
    lease_until BIGINT,
    opened_at   BIGINT,
    ended_at    BIGINT,
    -- What was said last.
    step        TEXT,
    code        BIGINT,
    enhanced    TEXT,
    reply       TEXT
);
CREATE INDEX mails_state ON mails (state, due_at);

-- What the publisher was told of a notice, and in which words.
ALTER TABLE notices ADD COLUMN told_at BIGINT;
ALTER TABLE notices ADD COLUMN told_text TEXT;
-- It has happened and does not last.
ALTER TABLE notices ADD COLUMN event BOOLEAN NOT NULL DEFAULT FALSE;
-- It was told and is taken back, since when as far as is known.
ALTER TABLE notices ADD COLUMN mended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE notices ADD COLUMN well_since BIGINT;

-- When the publisher was told something, and what the webhook is still to be told; NULL once it was.
CREATE TABLE bulletins (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT NOT NULL,
    call        TEXT,
    due_at      BIGINT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    holder      TEXT,
    lease_until BIGINT
);
