//! Welcome: the latest edition at once, for a reader who has just come.

use super::pool::on;
use super::{Store, StoreError};
use crate::model::{EmailAddress, Instant, Name};

const MARK: &str = "UPDATE subscriptions SET welcome = TRUE
     WHERE state = 'confirmed' AND list = (SELECT id FROM lists WHERE name = $1)
       AND subscriber = (SELECT id FROM subscribers WHERE key = $2)";

/// The newest edition that went to the list and was not withdrawn: one that was has expired at 0. Of one whose letters are
/// no longer all here nobody knows who has had it.
const LATEST: &str =
    "SELECT id FROM (SELECT e.id, e.kept FROM editions e JOIN edition_lists l ON l.edition = e.id JOIN lists n ON n.id = l.list
     WHERE n.name = $1 AND e.state IN ('released', 'finished') AND e.paused IS NULL AND e.slot >= $2
       AND COALESCE(e.expires_at, 1) > 0
     ORDER BY e.slot DESC, e.id DESC LIMIT 1) AS latest WHERE kept = 'all'";

/// Whoever pauses, does not want the digest or has chosen nothing that is in the edition is not given it.
const GIVE: &str = "INSERT INTO deliveries (edition, subscriber, state, due_at, variant)
     SELECT $1, p.subscriber, 'queued', $3, COALESCE(g.variant, 0)
     FROM editions e JOIN subscriptions p ON p.welcome AND p.state = 'confirmed' JOIN subscribers s ON s.id = p.subscriber
     LEFT JOIN choices c ON c.digest = e.digest AND c.subscriber = s.id
     LEFT JOIN edition_groups g ON g.edition = e.id AND g.left_out = c.left_out AND g.since IS NOT DISTINCT FROM
       (CASE WHEN e.zones IS NULL THEN NULL ELSE e.since END)
     WHERE e.id = $1 AND p.list = (SELECT id FROM lists WHERE name = $2)
       AND (s.paused_until IS NULL OR s.paused_until <= $3) AND (c.declined IS NULL OR NOT c.declined)
       AND (g.edition IS NULL OR g.variant IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key)
     ON CONFLICT (edition, subscriber) DO NOTHING";

/// Its letters go out again, for as long as a letter may take.
const REOPEN: &str = "UPDATE editions SET state = 'released', candidates = candidates + $2,
       expires_at = CASE WHEN expires_at < $3 THEN $3 ELSE expires_at END
     WHERE id = $1";

impl Store {
    /// Notes that a confirmed reader of a list is to have the latest edition; false if there is no such reader.
    pub async fn greet(&self, list: &Name, address: &EmailAddress) -> Result<bool, StoreError> {
        let marked = on!(write self, tx =>
            sqlx::query(MARK)
                .bind(list.as_str())
                .bind(address.key())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(marked > 0)
    }

    /// Gives those who were noted on a list its latest edition that is not older than `since`; returns how many got one.
    ///
    /// Their letters are tried until `expires_at`. Whoever has it already gets no second one.
    pub async fn welcome(
        &self,
        list: &Name,
        since: Instant,
        expires_at: Instant,
        now: Instant,
    ) -> Result<u64, StoreError> {
        let waiting: bool = on!(read self, db =>
            sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM subscriptions
                   WHERE welcome AND list = (SELECT id FROM lists WHERE name = $1))",
            )
            .bind(list.as_str())
            .fetch_one(db)
            .await?);
        if !waiting {
            return Ok(0);
        }
        let given = on!(write self, tx => {
            let latest: Option<i64> = sqlx::query_scalar(LATEST)
                .bind(list.as_str())
                .bind(since.timestamp_millis())
                .fetch_optional(&mut *tx)
                .await?;
            let mut given = 0;
            if let Some(edition) = latest {
                let give = sqlx::query(GIVE).bind(edition).bind(list.as_str()).bind(now.timestamp_millis());
                given = give.execute(&mut *tx).await?.rows_affected();
                if given > 0 {
                    let until = expires_at.timestamp_millis();
                    sqlx::query(super::waves::REACH).bind(edition).execute(&mut *tx).await?;
                    sqlx::query(REOPEN).bind(edition).bind(given as i64).bind(until).execute(&mut *tx).await?;
                }
            }
            sqlx::query("UPDATE subscriptions SET welcome = FALSE WHERE welcome AND list = (SELECT id FROM lists WHERE name = $1)")
                .bind(list.as_str())
                .execute(&mut *tx)
                .await?;
            given
        });
        Ok(given)
    }
}
