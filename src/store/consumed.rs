//! Consumed articles: what each digest has shown, when last, and to readers who had come how far.
//!
//! A release consumes its articles and a cancellation gives them back, in the transaction that changes the edition's
//! state. An article in several editions is given to the one whose readers had come least far.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::pool::on;
use super::{Store, StoreError};
use crate::model::{ArticleId, EditionId, Instant, Name, Previous};

/// How long before the last released edition an article counts as used by an earlier one.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// The same for readers in zones of their own, who have several editions a day.
const REMEMBERED_OF_WAVES: TimeDelta = TimeDelta::days(30);

/// A release uses its articles up.
pub(super) const CONSUME: &str = "INSERT INTO consumed (digest, article, considered, edition, composed_at)
     SELECT e.digest, a.article, MIN(COALESCE(v.considered, e.considered)), e.id, e.composed_at
     FROM editions e JOIN edition_articles a ON a.edition = e.id
     LEFT JOIN variants v ON v.edition = a.edition AND v.number = a.variant
     WHERE e.id = $1 GROUP BY e.digest, a.article, e.id, e.composed_at
     ON CONFLICT (digest, article) DO UPDATE SET composed_at = excluded.composed_at,
       edition = CASE WHEN excluded.considered < consumed.considered THEN excluded.edition ELSE consumed.edition END,
       considered =
         CASE WHEN excluded.considered < consumed.considered THEN excluded.considered ELSE consumed.considered END";

/// Of these editions nothing is remembered any more; what a later one has shown too is.
pub(super) const FORGET: &str = "DELETE FROM consumed WHERE (digest, article, composed_at) IN (
       SELECT e.digest, a.article, e.composed_at FROM editions e JOIN edition_articles a ON a.edition = e.id
       WHERE e.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)))";

/// A cancellation gives them back, but for what another edition has shown too.
pub(super) const GIVE_BACK: [&str; 2] = [
    "DELETE FROM consumed WHERE edition = $1",
    "INSERT INTO consumed (digest, article, considered, edition, composed_at)
     SELECT o.digest, a.article, MIN(COALESCE(v.considered, o.considered)), MIN(o.id), MAX(o.composed_at)
     FROM edition_articles gone JOIN editions e ON e.id = gone.edition
     JOIN edition_articles a ON a.article = gone.article
     JOIN editions o ON o.id = a.edition AND o.digest = e.digest AND o.state IN ('released', 'finished')
     LEFT JOIN variants v ON v.edition = a.edition AND v.number = a.variant
     WHERE gone.edition = $1 GROUP BY o.digest, a.article
     ON CONFLICT (digest, article) DO NOTHING",
];

const CONSUMED: &str = "SELECT article, edition FROM consumed
     WHERE digest = $1 AND considered <= $2 AND composed_at >= $3";

const LAST: &str = "SELECT MAX(composed_at), MAX(considered) FROM editions
     WHERE digest = $1 AND state IN ('released', 'finished')";

/// What went out and was withdrawn whole, and is in no other edition.
const RETURNED: &str = "SELECT DISTINCT a.article FROM editions e JOIN edition_articles a ON a.edition = e.id
     WHERE e.digest = $1 AND e.state = 'cancelled' AND e.released_at IS NOT NULL AND e.zones IS NULL
       AND e.composed_at >= $3 AND a.article <= $2
       AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.digest = $1 AND c.article = a.article)";

/// Readers of an edition for some zones who have had another one since.
const COME_FURTHER: &str = "SELECT EXISTS (SELECT 1 FROM editions e JOIN deliveries d ON d.edition = e.id
       JOIN reached r ON r.digest = e.digest AND r.subscriber = d.subscriber
     WHERE e.id = $1 AND e.zones IS NOT NULL AND r.edition <> e.id)";

const EVERYBODYS: &str = "SELECT MAX(considered) FROM editions
     WHERE digest = $1 AND state IN ('released', 'finished') AND zones IS NULL";

impl Store {
    /// Returns what the digest's released editions have used, and up to which article they looked.
    ///
    /// Drafts and cancelled editions use nothing, and those that went out before they were cancelled have given back what
    /// they had. Editions composed over 90 days before the last released one are left out.
    pub async fn previous(&self, digest: &Name) -> Result<Previous, StoreError> {
        let (considered, used, returned) = on!(snapshot self, tx => {
            let last: (Option<i64>, Option<i64>) =
                sqlx::query_as(LAST).bind(digest.as_str()).fetch_one(&mut *tx).await?;
            let since = last.0.unwrap_or_default() - REMEMBERED.num_milliseconds();
            let used = sqlx::query_as(CONSUMED).bind(digest.as_str()).bind(last.1).bind(since);
            let used = used.fetch_all(&mut *tx).await?;
            let returned = sqlx::query_scalar(RETURNED).bind(digest.as_str()).bind(last.1).bind(since);
            let returned: Vec<i64> = returned.fetch_all(&mut *tx).await?;
            (last.1, used, returned)
        });
        Ok(Previous {
            considered: considered.map(ArticleId),
            consumed: editions_of(used),
            returned: returned.into_iter().map(ArticleId).collect(),
            ..Previous::default()
        })
    }

    /// True if the edition is one for some zones and readers of it have been shown a later one: when it is cancelled, its
    /// articles are lost to them.
    pub async fn come_further(&self, edition: EditionId) -> Result<bool, StoreError> {
        Ok(on!(read self, db => sqlx::query_scalar(COME_FURTHER).bind(edition.0).fetch_one(db).await?))
    }

    /// Returns what readers who have come so far were shown by the digest in the 30 days before `now`. Those who had no
    /// edition for their zone yet may have had those that were everybody's.
    pub async fn previous_at(
        &self,
        digest: &Name,
        considered: Option<ArticleId>,
        now: Instant,
    ) -> Result<Previous, StoreError> {
        let considered = match considered {
            Some(reached) => Some(reached.0),
            None => on!(read self, db =>
                sqlx::query_scalar(EVERYBODYS).bind(digest.as_str()).fetch_one(db).await?),
        };
        let used = on!(read self, db =>
            sqlx::query_as(CONSUMED)
                .bind(digest.as_str())
                .bind(considered)
                .bind((now - REMEMBERED_OF_WAVES).timestamp_millis())
                .fetch_all(db)
                .await?);
        let consumed = editions_of(used);
        Ok(Previous { considered: considered.map(ArticleId), consumed, ..Previous::default() })
    }
}

fn editions_of(rows: Vec<(i64, i64)>) -> HashMap<ArticleId, EditionId> {
    rows.into_iter().map(|(article, by)| (ArticleId(article), EditionId(by))).collect()
}
