-- What somebody asked for on a page, and the proof of it once it is confirmed. Unconfirmed ones are deleted.
CREATE TABLE signups (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What the link in the mail opens; only the mailbox of `address` has seen it.
    token          TEXT   NOT NULL UNIQUE,
    key            TEXT   NOT NULL,
    address        TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    language       TEXT   NOT NULL,
    -- Where it was asked from, on which page, and what that page said.
    network        TEXT   NOT NULL,
    page           TEXT   NOT NULL,
    wording        TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    -- When a stage has seen it and sent what mail is to be sent.
    answered_at    BIGINT,
    -- When it came into force, from where (NULL if the lists ask for no confirmation), and whose it is.
    confirmed_at   BIGINT,
    confirmed_from TEXT,
    subscriber     BIGINT REFERENCES subscribers (id)
);
CREATE INDEX signups_key ON signups (key, created_at);
CREATE INDEX signups_waiting ON signups (id) WHERE answered_at IS NULL;
CREATE INDEX signups_open ON signups (created_at) WHERE confirmed_at IS NULL;
CREATE INDEX signups_subscriber ON signups (subscriber) WHERE subscriber IS NOT NULL;

CREATE TABLE signup_lists (
    signup BIGINT NOT NULL REFERENCES signups (id) ON DELETE CASCADE,
    list   BIGINT NOT NULL REFERENCES lists (id),
    PRIMARY KEY (signup, list)
);

-- How many mails an address had of late.
CREATE INDEX mails_key ON mails (key, created_at);
