-- The article of the same edition that tells the same story and names this one's source; NULL for those that are shown.
ALTER TABLE edition_articles ADD COLUMN folded_into BIGINT;

-- What its source says of how popular an article is: comments, views, and its place in the document, from 1, where that
-- is no order by date. NULL where it says nothing.
ALTER TABLE articles ADD COLUMN comments BIGINT;
ALTER TABLE articles ADD COLUMN views BIGINT;
ALTER TABLE articles ADD COLUMN place BIGINT;
CREATE INDEX articles_place ON articles (source) WHERE place IS NOT NULL;
