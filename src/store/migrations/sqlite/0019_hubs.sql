-- Who would push the document of a source (WebSub), the name under which the hub knows it, and until when what is pushed
-- makes up for polling; NULL while it does not.
ALTER TABLE sources ADD COLUMN hub TEXT;
ALTER TABLE sources ADD COLUMN topic TEXT;
ALTER TABLE sources ADD COLUMN pushed_until BIGINT;
CREATE INDEX sources_hub ON sources (id) WHERE hub IS NOT NULL;
-- What hubs were asked for. One row a source, beside those that are being given up (leaving).
CREATE TABLE hubs (
    id           INTEGER PRIMARY KEY,
    source       BIGINT  NOT NULL REFERENCES sources (id),
    -- Where the source was that named it.
    home         TEXT    NOT NULL,
    -- Where the hub pushes to: a random path, and the whole address.
    token        TEXT    NOT NULL UNIQUE,
    callback     TEXT    NOT NULL,
    hub          TEXT    NOT NULL,
    topic        TEXT    NOT NULL,
    -- What signs the pushes.
    secret       TEXT    NOT NULL,
    leaving      BOOLEAN NOT NULL DEFAULT FALSE,
    -- When the hub is asked next, how often that was in vain, and when it was last.
    next_at      BIGINT  NOT NULL,
    tries        BIGINT  NOT NULL DEFAULT 0,
    asked_at     BIGINT,
    -- When the hub last made sure that we want it, until when it will push, and when it last did.
    verified_at  BIGINT,
    ends_at      BIGINT,
    delivered_at BIGINT,
    -- What went wrong last, as a sentence.
    trouble      TEXT
);
CREATE UNIQUE INDEX hubs_of_source ON hubs (source) WHERE NOT leaving;
CREATE INDEX hubs_next ON hubs (next_at);
-- What was pushed and is not read yet.
CREATE TABLE pushes (
    id            INTEGER PRIMARY KEY,
    source        BIGINT NOT NULL REFERENCES sources (id),
    hub           BIGINT NOT NULL,
    content_type  TEXT,
    body          BLOB   NOT NULL,
    received_at   BIGINT NOT NULL,
    -- Until when whoever reads it is believed to live.
    claimed_until BIGINT
);
CREATE INDEX pushes_of_source ON pushes (source);
