-- How a subscription ended by a link in a letter: when, by which way, and from which state, so that it can be undone.
-- It stands for as long as `left_at` is `changed_at`: whatever happens to the subscription later ends it.
ALTER TABLE subscriptions ADD COLUMN left_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN left_by TEXT;
ALTER TABLE subscriptions ADD COLUMN left_from TEXT;
-- Why, if the reader has said.
ALTER TABLE subscriptions ADD COLUMN reason TEXT;

-- The links of readers who were forgotten: random numbers, which tell nothing but that nobody is left to unsubscribe.
CREATE TABLE spent_links (
    token TEXT NOT NULL PRIMARY KEY
);
