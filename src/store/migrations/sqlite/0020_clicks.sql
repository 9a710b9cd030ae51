-- Where letters lead through us to an article, and how often that was followed. No reference to the article: an old letter
-- leads there for as long as it is kept by its reader, and so the row outlives the article.
CREATE TABLE passages (
    -- A digest of article and address that nobody can make without the store's secret.
    token   TEXT   NOT NULL PRIMARY KEY,
    article BIGINT NOT NULL,
    url     TEXT   NOT NULL,
    clicks  BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX passages_clicked ON passages (article) WHERE clicks > 0;
