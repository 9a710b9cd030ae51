-- What readers have said of their letters: the language of what is written to them alone, none in HTML, none before when.
ALTER TABLE subscribers ADD COLUMN language TEXT;
ALTER TABLE subscribers ADD COLUMN plain BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subscribers ADD COLUMN paused_until BIGINT;
CREATE INDEX subscribers_paused ON subscribers (paused_until) WHERE paused_until IS NOT NULL;

-- What a reader does not want of a digest: all of it, or the sections with these headings, a JSON list in the order of
-- their letters. Who wants everything has no row.
CREATE TABLE choices (
    digest     TEXT    NOT NULL,
    subscriber BIGINT  NOT NULL REFERENCES subscribers (id),
    declined   BOOLEAN NOT NULL,
    left_out   TEXT    NOT NULL,
    PRIMARY KEY (digest, subscriber)
) WITHOUT ROWID;
CREATE INDEX choices_subscriber ON choices (subscriber);

-- Which text of an edition is whose: of readers who had come so far and leave these sections out. No row is for those
-- who get what most get, no variant for those for whom there is nothing in it.
CREATE TABLE edition_groups (
    edition    BIGINT NOT NULL REFERENCES editions (id),
    since      BIGINT,
    left_out   TEXT   NOT NULL,
    variant    BIGINT,
    considered BIGINT NOT NULL
);
CREATE INDEX edition_groups_edition ON edition_groups (edition, left_out);
INSERT INTO edition_groups (edition, since, left_out, variant, considered)
    SELECT v.edition, v.since, '[]', v.number, v.considered FROM variants v;

-- `excluded` by further reasons: pauses, does not want the digest, has chosen nothing that is in it.
ALTER TABLE editions ADD COLUMN away BIGINT NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN declined BIGINT NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN empty_handed BIGINT NOT NULL DEFAULT 0;

-- Addresses to which readers want to move: what opens the page that is named in the mail there, and until when.
CREATE TABLE address_changes (
    token      TEXT   NOT NULL PRIMARY KEY,
    subscriber BIGINT NOT NULL REFERENCES subscribers (id),
    key        TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    moved_at   BIGINT
) WITHOUT ROWID;
CREATE INDEX address_changes_subscriber ON address_changes (subscriber, asked_at);
CREATE INDEX address_changes_key ON address_changes (key, asked_at);
