//! An edition's way through its states: draft → released → finished, or cancelled.

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Instant, Name};

/// Who gets an edition; `candidates = excluded + queued`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Released {
    /// Everybody on its lists, of whatever state.
    pub candidates: u64,
    /// Those who are not confirmed, have left or are suppressed.
    pub excluded: u64,
    /// Those who have a delivery now.
    pub queued: u64,
}

/// Everybody on the edition's lists, each once.
const CANDIDATES: &str = "SELECT COUNT(DISTINCT p.subscriber) FROM subscriptions p
     WHERE p.list IN (SELECT list FROM edition_lists WHERE edition = $1)";

/// One delivery a reader, on however many of the lists; in the order of subscribers.
const FREEZE: &str = "INSERT INTO deliveries (edition, subscriber, state, due_at)
     SELECT $1, p.subscriber, 'queued', $2
     FROM subscriptions p
     LEFT JOIN (SELECT s.id FROM suppressions x JOIN subscribers s ON s.key = x.key) never ON never.id = p.subscriber
     WHERE p.list IN (SELECT list FROM edition_lists WHERE edition = $1)
       AND p.state = 'confirmed' AND never.id IS NULL
     GROUP BY p.subscriber ORDER BY p.subscriber";

/// True if an edition was released of which this one, when it was composed, did not know.
const OVERTAKEN: &str =
    "SELECT (SELECT MAX(o.considered) FROM editions o WHERE o.digest = e.digest AND o.id <> e.id
       AND o.state IN ('released', 'finished')) IS DISTINCT FROM e.since FROM editions e WHERE e.id = $1";

/// On PostgreSQL releases of one digest go one after the other; SQLite has one writer anyway.
const ONE_BY_ONE: &str = "SELECT o.id FROM editions o JOIN editions e ON o.digest = e.digest
     WHERE e.id = $1 ORDER BY o.id FOR UPDATE OF o";

impl Store {
    /// Freezes who gets the edition: a draft becomes released and every confirmed reader of `lists` who is not
    /// suppressed gets one delivery, all or nothing.
    ///
    /// Anything but a draft is [`StoreError::NotADraft`]; an unknown list is [`StoreError::NoList`]; a draft that
    /// another release has overtaken is [`StoreError::Overtaken`].
    pub async fn release(&self, id: EditionId, lists: &[Name], now: Instant) -> Result<Released, StoreError> {
        let names = column::to_json(&lists.iter().map(|n| [n.as_str()]).collect::<Vec<_>>())?;
        let at = now.timestamp_millis();
        let (candidates, queued) = on!(write self, tx => {
            let one_by_one = self.0.either("SELECT $1", ONE_BY_ONE);
            sqlx::query(one_by_one).bind(id.0).execute(&mut *tx).await?;
            let guarded = "UPDATE editions SET state = 'released', released_at = $2 WHERE id = $1 AND state = 'draft'";
            if sqlx::query(guarded).bind(id.0).bind(at).execute(&mut *tx).await?.rows_affected() == 0 {
                let state: Option<String> = sqlx::query_scalar("SELECT state FROM editions WHERE id = $1")
                    .bind(id.0)
                    .fetch_optional(&mut *tx)
                    .await?;
                return Err(not_a_draft(id, state));
            }
            let overtaken: bool = sqlx::query_scalar(OVERTAKEN).bind(id.0).fetch_one(&mut *tx).await?;
            if overtaken {
                return Err(StoreError::Overtaken(id));
            }
            let unknown: Option<String> = sqlx::query_scalar(
                "SELECT value ->> 0 FROM json_each($1) WHERE value ->> 0 NOT IN (SELECT name FROM lists) LIMIT 1",
            )
            .bind(&names)
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(name) = unknown {
                return Err(StoreError::NoList(name));
            }
            sqlx::query(
                "INSERT INTO edition_lists (edition, list)
                 SELECT $1, id FROM lists WHERE name IN (SELECT value ->> 0 FROM json_each($2))",
            )
            .bind(id.0)
            .bind(&names)
            .execute(&mut *tx)
            .await?;
            let queued = sqlx::query(FREEZE).bind(id.0).bind(at).execute(&mut *tx).await?.rows_affected();
            let everybody: i64 = sqlx::query_scalar(CANDIDATES).bind(id.0).fetch_one(&mut *tx).await?;
            // on PostgreSQL each statement sees its own instant: what is written adds up all the same
            let candidates = column::count("subscriptions", everybody)?.max(queued);
            sqlx::query("UPDATE editions SET candidates = $2, excluded = $3 WHERE id = $1")
                .bind(id.0)
                .bind(candidates as i64)
                .bind((candidates - queued) as i64)
                .execute(&mut *tx)
                .await?;
            (candidates, queued)
        });
        Ok(Released { candidates, excluded: candidates - queued, queued })
    }

    /// Gives an edition up; false if there was nothing left to withdraw.
    ///
    /// A draft is cancelled. Of a released edition every letter that waits is withdrawn; if none was ever in a
    /// carrier's hands the edition is cancelled and its articles are free again, else it stays released until
    /// [`Store::finish`].
    pub async fn cancel(&self, id: EditionId) -> Result<bool, StoreError> {
        let changed = on!(write self, tx => {
            let withdrawn = sqlx::query(
                "UPDATE deliveries SET state = 'cancelled' WHERE edition = $1 AND state IN ('queued', 'deferred')",
            )
            .bind(id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            let given_up = sqlx::query(
                "UPDATE editions SET state = 'cancelled' WHERE id = $1 AND (state = 'draft' OR (state = 'released'
                   AND NOT EXISTS (SELECT 1 FROM deliveries
                                   WHERE edition = $1 AND state IN ('sending', 'sent', 'uncertain'))))",
            )
            .bind(id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            withdrawn + given_up
        });
        Ok(changed > 0)
    }

    /// Makes a released edition finished if none of its deliveries is open; true if it did.
    pub async fn finish(&self, id: EditionId) -> Result<bool, StoreError> {
        let finished = on!(write self, tx =>
            sqlx::query(
                "UPDATE editions SET state = 'finished' WHERE id = $1 AND state = 'released' AND NOT EXISTS (
                   SELECT 1 FROM deliveries WHERE edition = $1 AND state IN ('queued', 'sending', 'deferred'))",
            )
            .bind(id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(finished > 0)
    }
}

fn not_a_draft(edition: EditionId, state: Option<String>) -> StoreError {
    let state = state.map(|word| column::edition_state(&word));
    match state {
        None => StoreError::NoEdition(edition),
        Some(Ok(state)) => StoreError::NotADraft { edition, state },
        Some(Err(unreadable)) => unreadable,
    }
}
