-- What each digest has shown: the edition that showed it first, what that one had looked at, and when the last one that
-- showed it was composed.
CREATE TABLE consumed (
    digest      TEXT   NOT NULL,
    article     BIGINT NOT NULL,
    considered  BIGINT NOT NULL,
    edition     BIGINT NOT NULL REFERENCES editions (id),
    composed_at BIGINT NOT NULL,
    PRIMARY KEY (digest, article)
);
CREATE INDEX consumed_edition ON consumed (edition);
INSERT INTO consumed (digest, article, considered, edition, composed_at)
    SELECT e.digest, a.article, MIN(COALESCE(v.considered, e.considered)), MIN(e.id), MAX(e.composed_at)
    FROM editions e JOIN edition_articles a ON a.edition = e.id
    LEFT JOIN variants v ON v.edition = a.edition AND v.number = a.variant
    WHERE e.state IN ('released', 'finished') GROUP BY e.digest, a.article;

-- Of all digests the newest, and the slots that somebody is at, are asked for often.
CREATE INDEX editions_slot ON editions (slot, id);
CREATE INDEX slots_open ON slots (lease_until) WHERE state = 'open';
