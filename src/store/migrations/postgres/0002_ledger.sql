-- How often it was `uncertain`: a letter of which it is not 0 may have arrived more than once.
ALTER TABLE deliveries ADD COLUMN doubts BIGINT NOT NULL DEFAULT 0;

-- Until when its letters are tried.
ALTER TABLE editions ADD COLUMN expires_at BIGINT;
-- After how many milliseconds an uncertain letter is tried once more; NULL holds it.
ALTER TABLE editions ADD COLUMN retry_after BIGINT;
-- Why no letter of it goes out now; NULL if they go.
ALTER TABLE editions ADD COLUMN paused TEXT;
-- What had been sent and refused when it was last let go on: refusals before that are forgiven.
ALTER TABLE editions ADD COLUMN judged_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN judged_refused BIGINT NOT NULL DEFAULT 0;
-- `excluded` by reason.
ALTER TABLE editions ADD COLUMN pending BIGINT NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN unsubscribed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN suppressed BIGINT NOT NULL DEFAULT 0;

-- The journal of ended attempts: durable as soon as it is here, settled into `attempts` and `deliveries` many at a
-- time, and always before anybody claims, counts or judges.
CREATE TABLE closings (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempts TEXT NOT NULL
);

-- The pace towards a recipient domain or through a relay, shared by all who send; instants in microseconds.
CREATE TABLE lanes (
    key        TEXT   NOT NULL PRIMARY KEY,
    next_at    BIGINT NOT NULL,
    pushed_at  BIGINT NOT NULL,
    held_until BIGINT,
    strikes    BIGINT NOT NULL,
    failures   BIGINT NOT NULL,
    -- Days since 1970, and the letters of that day.
    day        BIGINT NOT NULL,
    letters    BIGINT NOT NULL
);

-- What the operator should know, one sentence for each matter.
CREATE TABLE notices (
    key  TEXT   NOT NULL PRIMARY KEY,
    text TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

-- A turn carries a handful of rows; expecting a thousand, the planner would read the ledger from end to end for them.
CREATE OR REPLACE FUNCTION json_each(list TEXT, OUT key BIGINT, OUT value JSONB) RETURNS SETOF RECORD
LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 10
AS $$ SELECT place - 1, element FROM jsonb_array_elements(list::JSONB) WITH ORDINALITY AS all_of(element, place) $$;

-- A release makes a million rows in one statement, out of subscriptions that hold these keys, for an edition that it has
-- locked; neither an edition nor a subscriber is ever deleted. Looking both up again for each row took a third of it.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_edition_fkey, DROP CONSTRAINT deliveries_subscriber_fkey;
