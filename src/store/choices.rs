//! Choices: what readers do not want of a digest, and which text of an edition is whose.
//!
//! A group are the readers who have come equally far and leave the same sections out. Those who said nothing have no
//! row in `choices`; those whose group has no row in `edition_groups` get what others get who have come as far.

use super::pool::on;
use super::waves::{Audience, names};
use super::{Store, StoreError, column};
use crate::model::{ArticleId, Instant, Name};

/// Readers who have come equally far and leave the same sections out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the last edition that was released to them had looked at; `None` for readers who were shown nothing yet, and
    /// in digests that are everybody's at once.
    pub reached: Option<ArticleId>,
    /// The headings of the sections that they leave out, in the order of their letters.
    pub left_out: Vec<String>,
    /// How many they are.
    pub readers: u64,
}

/// Which text of an edition a group gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How far they have come.
    pub since: Option<ArticleId>,
    /// What they leave out.
    pub left_out: Vec<String>,
    /// 0 for what most readers get, from 1 the variants in their order; `None` if there is nothing in it for them.
    pub text: Option<usize>,
    /// What the edition has looked at for them.
    pub considered: ArticleId,
}

/// How the groups of an edition for some zones find their text, `g`, and those who have said nothing and come as far
/// theirs, `f`. Whoever pauses or does not want the digest is not among them; nor is, after the release of an edition
/// that was made for others, who has come another way.
macro_rules! wave {
    ($head:literal, $which:literal) => {
        concat!(
            $head,
            " FROM editions e
             JOIN subscriptions p ON p.state = 'confirmed' AND p.list IN (SELECT list FROM edition_lists WHERE edition = $1)
             JOIN subscribers s ON s.id = p.subscriber
             LEFT JOIN reached r ON r.digest = e.digest AND r.subscriber = p.subscriber
             LEFT JOIN choices c ON c.digest = e.digest AND c.subscriber = p.subscriber
             LEFT JOIN edition_groups f ON f.edition = $1 AND f.left_out = '[]' AND f.since IS NOT DISTINCT FROM r.considered
             LEFT JOIN edition_groups g ON g.edition = $1 AND g.left_out = COALESCE(c.left_out, '[]')
               AND g.since IS NOT DISTINCT FROM r.considered
             WHERE e.id = $1 AND COALESCE(s.zone, e.home_zone) IN (SELECT value ->> 0 FROM json_each(e.zones))
               AND (s.paused_until IS NULL OR s.paused_until <= $2) AND (c.declined IS NULL OR NOT c.declined)
               AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key) AND ",
            $which
        )
    };
}
pub(super) use wave;

/// Those for whom an edition has nothing have come on with it all the same: it was not for them. Nobody goes back.
pub(super) const PASS_BY: &str = wave!(
    "INSERT INTO reached (digest, subscriber, considered, edition)
     SELECT DISTINCT e.digest, p.subscriber, g.considered, e.id",
    "g.edition IS NOT NULL AND g.variant IS NULL
     ON CONFLICT (digest, subscriber) DO UPDATE SET considered = excluded.considered,
       before = reached.considered, edition = excluded.edition
     WHERE reached.considered IS NULL OR reached.considered < excluded.considered"
);

/// Everybody on the edition's lists who gets no delivery, each once, by the best that can be said of them. Only they
/// are looked at closely: who has not confirmed, is suppressed, pauses or has said something about the digest.
pub(super) const EXCLUDED: &str = "SELECT why, COUNT(*) FROM (
       SELECT CASE
         WHEN confirmed = 0 AND pending = 1 THEN 'pending'
         WHEN confirmed = 0 THEN 'unsubscribed'
         WHEN EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key WHERE s.id = subscriber)
           THEN 'suppressed'
         WHEN EXISTS (SELECT 1 FROM subscribers s WHERE s.id = subscriber AND s.paused_until > $2) THEN 'paused'
         WHEN EXISTS (SELECT 1 FROM editions e JOIN choices c ON c.digest = e.digest AND c.subscriber = looked_at.subscriber
           WHERE e.id = $1 AND c.declined) THEN 'declined'
         WHEN EXISTS (SELECT 1 FROM editions e
           JOIN choices c ON c.digest = e.digest AND c.subscriber = looked_at.subscriber
           LEFT JOIN reached r ON r.digest = e.digest AND r.subscriber = looked_at.subscriber AND e.zones IS NOT NULL
           JOIN edition_groups g ON g.edition = e.id AND g.left_out = c.left_out AND g.variant IS NULL
             AND g.since IS NOT DISTINCT FROM r.considered
           WHERE e.id = $1) THEN 'nothing'
         END AS why
       FROM (
         SELECT p.subscriber, MAX(CASE WHEN p.state = 'confirmed' THEN 1 ELSE 0 END) AS confirmed,
           MAX(CASE WHEN p.state = 'pending' THEN 1 ELSE 0 END) AS pending
         FROM subscriptions p
         WHERE p.list IN (SELECT list FROM edition_lists WHERE edition = $1)
           AND (p.state <> 'confirmed'
             OR p.subscriber IN (SELECT s.id FROM suppressions x JOIN subscribers s ON s.key = x.key)
             OR p.subscriber IN (SELECT id FROM subscribers WHERE paused_until > $2)
             OR p.subscriber IN (SELECT c.subscriber FROM editions e JOIN choices c ON c.digest = e.digest WHERE e.id = $1))
           AND EXISTS (SELECT 1 FROM editions e WHERE e.id = $1 AND (e.zones IS NULL OR EXISTS (
             SELECT 1 FROM subscribers s WHERE s.id = p.subscriber
               AND COALESCE(s.zone, e.home_zone) IN (SELECT value ->> 0 FROM json_each(e.zones)))))
           AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition = $1 AND d.subscriber = p.subscriber)
         GROUP BY p.subscriber
       ) AS looked_at
     ) AS left_out WHERE why IS NOT NULL GROUP BY why";

const WAVE_GROUPS: &str = "SELECT considered, left_out, COUNT(*) FROM (
       SELECT p.subscriber, MAX(r.considered) AS considered, COALESCE(MAX(c.left_out), '[]') AS left_out
       FROM subscriptions p
       JOIN lists l ON l.id = p.list JOIN subscribers s ON s.id = p.subscriber
       LEFT JOIN reached r ON r.digest = $1 AND r.subscriber = p.subscriber
       LEFT JOIN choices c ON c.digest = $1 AND c.subscriber = p.subscriber
       WHERE p.state = 'confirmed' AND l.name IN (SELECT value ->> 0 FROM json_each($2))
         AND COALESCE(s.zone, $4) IN (SELECT value ->> 0 FROM json_each($3))
         AND (s.paused_until IS NULL OR s.paused_until <= $5) AND (c.declined IS NULL OR NOT c.declined)
         AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key)
       GROUP BY p.subscriber) AS readers
     GROUP BY considered, left_out ORDER BY COUNT(*) DESC, considered DESC, left_out";

/// Who has said nothing is not counted: they are most.
const CHOOSERS: &str = "SELECT c.left_out, COUNT(*) FROM choices c JOIN subscribers s ON s.id = c.subscriber
     WHERE c.digest = $1 AND NOT c.declined AND c.left_out <> '[]'
       AND (s.paused_until IS NULL OR s.paused_until <= $3)
       AND EXISTS (SELECT 1 FROM subscriptions p JOIN lists l ON l.id = p.list
         WHERE p.subscriber = c.subscriber AND p.state = 'confirmed'
           AND l.name IN (SELECT value ->> 0 FROM json_each($2)))
       AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key)
     GROUP BY c.left_out ORDER BY COUNT(*) DESC, c.left_out";

const ANYBODY: &str = "SELECT EXISTS (
       SELECT 1 FROM subscriptions p JOIN lists l ON l.id = p.list JOIN subscribers s ON s.id = p.subscriber
       WHERE p.state = 'confirmed' AND l.name IN (SELECT value ->> 0 FROM json_each($2))
         AND (s.paused_until IS NULL OR s.paused_until <= $3)
         AND NOT EXISTS (SELECT 1 FROM choices c WHERE c.digest = $1 AND c.subscriber = p.subscriber AND c.declined)
         AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key))";

pub(super) const PUT_READING: &str =
    "INSERT INTO edition_groups (edition, since, left_out, variant, considered) VALUES ($1, $2, $3, $4, $5)";

impl Store {
    /// Returns how far the confirmed readers of an audience have come and what they leave out, the largest group first.
    pub async fn groups(
        &self,
        digest: &Name,
        lists: &[Name],
        audience: &Audience,
        now: Instant,
    ) -> Result<Vec<Group>, StoreError> {
        let rows: Vec<(Option<i64>, String, i64)> = on!(read self, db =>
            sqlx::query_as(WAVE_GROUPS)
                .bind(digest.as_str())
                .bind(names(lists.iter().map(Name::as_str))?)
                .bind(audience.zones()?)
                .bind(&audience.home)
                .bind(now.timestamp_millis())
                .fetch_all(db)
                .await?);
        let group = |(reached, left_out, readers): (Option<i64>, String, i64)| {
            Ok(Group {
                reached: reached.map(ArticleId),
                left_out: column::json("choices.left_out", &left_out)?,
                readers: column::count("subscriptions", readers)?,
            })
        };
        rows.into_iter().map(group).collect()
    }

    /// Returns the groups of confirmed readers who leave sections of a digest out, the largest first.
    pub async fn choosers(
        &self,
        digest: &Name,
        lists: &[Name],
        now: Instant,
    ) -> Result<Vec<Group>, StoreError> {
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(CHOOSERS)
                .bind(digest.as_str())
                .bind(names(lists.iter().map(Name::as_str))?)
                .bind(now.timestamp_millis())
                .fetch_all(db)
                .await?);
        let group = |(left_out, readers): (String, i64)| {
            Ok(Group {
                reached: None,
                left_out: column::json("choices.left_out", &left_out)?,
                readers: column::count("choices", readers)?,
            })
        };
        rows.into_iter().map(group).collect()
    }

    /// True if an edition of the digest that is released at `now` would have a reader.
    pub async fn has_readers(&self, digest: &Name, lists: &[Name], now: Instant) -> Result<bool, StoreError> {
        Ok(on!(read self, db =>
            sqlx::query_scalar(ANYBODY)
                .bind(digest.as_str())
                .bind(names(lists.iter().map(Name::as_str))?)
                .bind(now.timestamp_millis())
                .fetch_one(db)
                .await?))
    }
}
