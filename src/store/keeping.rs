//! Keeping: what is done with is pruned a few rows at a time, and its counts stay.
//!
//! Rows are chosen before a transaction begins, so that it holds up others for no longer than it takes to delete them;
//! whether they may go is asked again inside. Each transaction leaves numbers that add up, so that pruning may end
//! after any of them and go on later.
//!
//! The last row of deliveries and of articles always stays: SQLite would give its number to the next one, and an edition
//! takes articles with low numbers for old.

use chrono::TimeDelta;

use super::articles::alone_with_articles;
use super::attempts::ONE_AFTER_THE_OTHER;
use super::consumed::{FORGET, REMEMBERED};
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Instant, Name};

/// So many of the newest articles of each source stay, however old: a first edition shows what its sources have.
const NEWEST: i64 = 50;
/// A lane that nothing went through for so long says nothing any more.
const QUIET: TimeDelta = TimeDelta::days(30);

const DONE_WITH: &str =
    "SELECT id FROM editions WHERE kept IN ('all', 'some') AND state IN ('finished', 'cancelled')
       AND composed_at < $1 ORDER BY composed_at, id";

const ENDED: &str = "SELECT id FROM deliveries WHERE edition = $1 AND COALESCE(ended_at, 0) < $2
       AND id < (SELECT MAX(id) FROM deliveries)
     ORDER BY subscriber LIMIT $3";

/// Whoever lets an edition go on waits for us, or we for them.
const STANDS: [&str; 2] = [
    "SELECT kept FROM editions WHERE id = $1 AND state IN ('finished', 'cancelled') AND kept IN ('all', 'some')",
    "SELECT kept FROM editions WHERE id = $1 AND state IN ('finished', 'cancelled') AND kept IN ('all', 'some') FOR UPDATE",
];

/// In the words of the totals.
const COUNT: &str = "INSERT INTO pruned_deliveries (edition, state, letters, doubtful)
     SELECT edition, state, COUNT(*), SUM(CASE WHEN doubts > 0 AND state <> 'uncertain' THEN 1 ELSE 0 END)
     FROM deliveries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) GROUP BY edition, state
     ON CONFLICT (edition, state) DO UPDATE SET letters = pruned_deliveries.letters + excluded.letters,
       doubtful = pruned_deliveries.doubtful + excluded.doubtful";

/// What was sent of late is looked for in what is new, and stays however old the edition is.
const TEXTS: &str = "SELECT e.id FROM editions e
     WHERE e.kept = 'text' AND e.state IN ('finished', 'cancelled') AND e.composed_at < $1
       AND (e.state = 'cancelled' OR e.composed_at < (
         SELECT l.composed_at FROM editions l WHERE l.digest = e.digest AND l.state IN ('released', 'finished')
         ORDER BY l.slot DESC LIMIT 1) - $2)
     ORDER BY e.composed_at, e.id LIMIT $3";

const FORGET_TEXTS: [&str; 6] = [
    "UPDATE editions SET kept = 'counts', html = '', text = '', explanation = '{\"articles\":[]}',
       article_count = (SELECT COUNT(*) FROM edition_articles a WHERE a.edition = editions.id AND a.variant = 0
         AND a.folded_into IS NULL)
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    FORGET,
    "DELETE FROM edition_articles WHERE edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    "DELETE FROM variants WHERE edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    "DELETE FROM edition_groups WHERE edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    "UPDATE slots SET explanation = NULL WHERE (digest, slot) IN (
       SELECT digest, slot FROM editions WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)))",
];

/// How far the least of a digest's editions of late has looked: what came later may be new to somebody.
const LOOKED: &str = "SELECT e.digest, MIN(e.considered) FROM editions e
     WHERE e.digest IN (SELECT value ->> 0 FROM json_each($1)) AND e.state IN ('released', 'finished')
       AND e.composed_at >= $2 + (SELECT MAX(l.composed_at) FROM editions l
         WHERE l.digest = e.digest AND l.state IN ('released', 'finished'))
     GROUP BY e.digest";

const OLD_ARTICLES: &str = "SELECT a.first_seen, a.id FROM articles a
     WHERE a.first_seen < $1 AND (a.first_seen, a.id) > ($2, $3) AND a.id < (SELECT MAX(id) FROM articles)
       AND NOT EXISTS (SELECT 1 FROM edition_articles p WHERE p.article = a.id)
       AND a.date < (SELECT o.date FROM articles o WHERE o.source = a.source
         ORDER BY o.date DESC, o.id DESC LIMIT 1 OFFSET $5)
       AND NOT EXISTS (SELECT 1 FROM json_each($4) WHERE a.id > CAST(value ->> 0 AS BIGINT)
         AND (a.published IS NULL OR a.published >= CAST(value ->> 1 AS BIGINT)))
     ORDER BY a.first_seen, a.id LIMIT $6";

const FORGET_ARTICLES: [&str; 2] = [
    "INSERT INTO pruned_articles (source, print_guid, print_url, print_content)
     SELECT source, print_guid, print_url, print_content FROM articles
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
       AND NOT EXISTS (SELECT 1 FROM edition_articles p WHERE p.article = articles.id)",
    "DELETE FROM articles
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
       AND NOT EXISTS (SELECT 1 FROM edition_articles p WHERE p.article = articles.id)",
];

const SKIPPED: &str = "DELETE FROM slots WHERE (digest, slot) IN (
       SELECT digest, slot FROM slots WHERE state = 'skipped' AND slot < $1 LIMIT $2)";

/// The rows of readers who were forgotten, and are nobody's.
const NOBODYS: [&str; 2] = [
    "SELECT r.digest, r.subscriber FROM reached r WHERE r.subscriber IN (
       SELECT id FROM subscribers WHERE key >= 'forgotten:' AND key < 'forgotten;') LIMIT $1",
    "SELECT r.digest, r.subscriber FROM reached r WHERE r.subscriber IN (
       SELECT id FROM subscribers WHERE key LIKE 'forgotten:%') LIMIT $1",
];
const FORGET_REACHED: &str = "DELETE FROM reached WHERE (digest, subscriber) IN (
       SELECT value ->> 0, CAST(value ->> 1 AS BIGINT) FROM json_each($1))";

const QUIET_LANES: &str = "DELETE FROM lanes WHERE day < $1 AND next_at < $2 AND pushed_at < $2
       AND (held_until IS NULL OR held_until < $2)";

/// What digests may still take, for [`Store::prune_articles`].
#[derive(Debug, Clone)]
pub struct Wanted(String);

/// How far pruning has come through the articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed(i64, i64);

impl Store {
    /// Returns the editions composed before an instant that are finished or cancelled and have deliveries to prune.
    pub async fn done_with(&self, before: Instant) -> Result<Vec<EditionId>, StoreError> {
        self.settle().await?;
        let ids: Vec<i64> = on!(read self, db =>
            sqlx::query_scalar(DONE_WITH).bind(before.timestamp_millis()).fetch_all(db).await?);
        Ok(ids.into_iter().map(EditionId).collect())
    }

    /// Prunes up to `limit` deliveries of an edition that ended before an instant, with their attempts; returns how
    /// many. Nothing of an edition that is going out.
    pub async fn prune_deliveries(
        &self,
        id: EditionId,
        before: Instant,
        limit: usize,
    ) -> Result<u64, StoreError> {
        let ids: Vec<i64> = on!(read self, db =>
            sqlx::query_scalar(ENDED)
                .bind(id.0)
                .bind(before.timestamp_millis())
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        let rows = column::to_json(&ids)?;
        let (turn, stands) =
            (self.0.either("SELECT 1", ONE_AFTER_THE_OTHER), self.0.either(STANDS[0], STANDS[1]));
        let pruned = on!(write self, tx => {
            sqlx::query(turn).execute(&mut *tx).await?;
            let kept: Option<String> = sqlx::query_scalar(stands).bind(id.0).fetch_optional(&mut *tx).await?;
            let (mut pruned, mut now_kept) = (0, None);
            if kept.is_some() && !ids.is_empty() {
                sqlx::query(COUNT).bind(&rows).execute(&mut *tx).await?;
                let of_these = "DELETE FROM attempts WHERE delivery IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
                sqlx::query(of_these).bind(&rows).execute(&mut *tx).await?;
                let these = "DELETE FROM deliveries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
                pruned = sqlx::query(these).bind(&rows).execute(&mut *tx).await?.rows_affected();
                now_kept = Some("some");
            } else if kept.is_some() {
                let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM deliveries WHERE edition = $1)")
                    .bind(id.0)
                    .fetch_one(&mut *tx)
                    .await?;
                now_kept = (!left).then_some("text");
            }
            // On SQLite that writes the whole row, with its text.
            if let Some(word) = now_kept.filter(|word| kept.as_deref() != Some(*word)) {
                let keep = sqlx::query("UPDATE editions SET kept = $2 WHERE id = $1").bind(id.0).bind(word);
                keep.execute(&mut *tx).await?;
            }
            pruned
        });
        Ok(pruned)
    }

    /// Prunes the texts, articles and explanations of up to `limit` editions composed before an instant; returns how
    /// many. Their deliveries are pruned already.
    pub async fn prune_texts(&self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        let ids: Vec<i64> = on!(read self, db =>
            sqlx::query_scalar(TEXTS)
                .bind(before.timestamp_millis())
                .bind(REMEMBERED.num_milliseconds())
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        if !ids.is_empty() {
            let rows = column::to_json(&ids)?;
            on!(write self, tx => {
                for statement in FORGET_TEXTS {
                    sqlx::query(statement).bind(&rows).execute(&mut *tx).await?;
                }
            });
        }
        Ok(ids.len() as u64)
    }

    /// Returns what these digests may still take, each with the instant before which an article is too old for it.
    ///
    /// That is what came after the last edition had looked, and is not too old or has no date.
    pub async fn wanted(&self, digests: &[(Name, Instant)]) -> Result<Wanted, StoreError> {
        let names = super::waves::names(digests.iter().map(|(name, _)| name.as_str()))?;
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(LOOKED).bind(names).bind(-REMEMBERED.num_milliseconds()).fetch_all(db).await?);
        let oldest = |digest: &str| {
            let named = digests.iter().find(|(name, _)| name.as_str() == digest);
            named.map_or(i64::MIN, |(_, oldest)| oldest.timestamp_millis())
        };
        let rows: Vec<(i64, i64)> = rows.iter().map(|(digest, row)| (*row, oldest(digest))).collect();
        column::to_json(&rows).map(Wanted)
    }

    /// Prunes up to `limit` articles first seen before an instant that no edition refers to and no digest may take;
    /// returns how many, and where to go on. Their fingerprints stay: none is new again.
    pub async fn prune_articles(
        &self,
        before: Instant,
        wanted: &Wanted,
        after: Passed,
        limit: usize,
    ) -> Result<(u64, Passed), StoreError> {
        let found: Vec<(i64, i64)> = on!(read self, db =>
            sqlx::query_as(OLD_ARTICLES)
                .bind(before.timestamp_millis())
                .bind(after.0)
                .bind(after.1)
                .bind(&wanted.0)
                .bind(NEWEST - 1)
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        let Some(&(seen, last)) = found.last() else { return Ok((0, after)) };
        let rows = column::to_json(&found.iter().map(|(_, id)| *id).collect::<Vec<_>>())?;
        on!(write self, tx => {
            alone_with_articles!(self, tx);
            for statement in FORGET_ARTICLES {
                sqlx::query(statement).bind(&rows).execute(&mut *tx).await?;
            }
        });
        Ok((found.len() as u64, Passed(seen, last)))
    }

    /// Prunes up to `limit` slots before an instant that brought no edition; returns how many.
    pub async fn prune_slots(&self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        Ok(on!(write self, tx =>
            sqlx::query(SKIPPED)
                .bind(before.timestamp_millis())
                .bind(column::limit(limit))
                .execute(&mut *tx)
                .await?
                .rows_affected()))
    }

    /// Prunes up to `limit` records of what forgotten readers were shown; returns how many.
    pub async fn prune_reached(&self, limit: usize) -> Result<u64, StoreError> {
        let nobodys = self.0.either(NOBODYS[0], NOBODYS[1]);
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(nobodys).bind(column::limit(limit)).fetch_all(db).await?);
        if !rows.is_empty() {
            let rows = column::to_json(&rows)?;
            on!(write self, tx => {
                sqlx::query(FORGET_REACHED).bind(rows).execute(&mut *tx).await?;
            });
        }
        Ok(rows.len() as u64)
    }

    /// Prunes lanes that nothing went through for a month; returns how many.
    pub async fn prune_lanes(&self, now: Instant) -> Result<u64, StoreError> {
        let quiet = now - QUIET;
        let day = quiet.timestamp().div_euclid(86_400);
        Ok(on!(write self, tx =>
            sqlx::query(QUIET_LANES)
                .bind(day)
                .bind(quiet.timestamp_micros())
                .execute(&mut *tx)
                .await?
                .rows_affected()))
    }
}
