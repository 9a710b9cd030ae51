-- What became of the pictures of articles when they were looked at, shortly before an edition.
CREATE TABLE pictures (
    article    BIGINT  NOT NULL PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    -- The address that the source names; where it names another by now, the row says nothing.
    named      TEXT    NOT NULL,
    asked_at   BIGINT  NOT NULL,
    -- FALSE where it could not be had, and whether it ever can nobody knows.
    settled    BOOLEAN NOT NULL,
    -- The picture that is shown, with its size; NULL for none.
    image      TEXT,
    -- Its copy, and how many pixels its longer side is shown with; the copy is NULL where none could be made.
    copy       TEXT,
    copy_side  BIGINT
);
CREATE INDEX pictures_asked ON pictures (asked_at);
CREATE INDEX pictures_copy ON pictures (copy) WHERE copy IS NOT NULL;

-- Copies of pictures, by a digest of their bytes.
CREATE TABLE copies (
    name    TEXT   NOT NULL PRIMARY KEY,
    kind    TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    bytes   BYTEA  NOT NULL
);
CREATE INDEX copies_made ON copies (made_at);
