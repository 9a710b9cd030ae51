//! Counters: numbers that only grow.

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::Instant;

const RAISE: &str = "INSERT INTO counters (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = CASE WHEN excluded.value > counters.value THEN excluded.value
       ELSE counters.value END";

impl Store {
    /// Remembers that a press is at work at `now`; returns when one last was.
    ///
    /// A later word than `now` is taken back: a clock that was ahead has been set right.
    pub async fn beat(&self, now: Instant) -> Result<Option<Instant>, StoreError> {
        let before: Option<i64> = on!(write self, tx => {
            let before = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'beat'")
                .fetch_optional(&mut *tx)
                .await?;
            sqlx::query("INSERT INTO counters (name, value) VALUES ('beat', $1) ON CONFLICT (name) DO UPDATE SET value = $1")
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?;
            before
        });
        column::instant_or_none("counters.value", before)
    }

    /// Returns how often this store was counted up.
    pub async fn tally(&self) -> Result<u64, StoreError> {
        let tally: Option<i64> = on!(read self, db =>
            sqlx::query_scalar("SELECT value FROM counters WHERE name = 'tally'").fetch_optional(db).await?);
        column::count("counters.value", tally.unwrap_or_default())
    }

    /// Counts up, to `least` at least, and returns the new number.
    pub async fn count_up(&self, least: u64) -> Result<u64, StoreError> {
        let least = i64::try_from(least).unwrap_or(i64::MAX);
        let tally: i64 = on!(write self, tx => {
            sqlx::query("INSERT INTO counters (name, value) VALUES ('tally', 0) ON CONFLICT (name) DO NOTHING")
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE counters SET value = value + 1 WHERE name = 'tally'").execute(&mut *tx).await?;
            sqlx::query(RAISE).bind("tally").bind(least).execute(&mut *tx).await?;
            sqlx::query_scalar("SELECT value FROM counters WHERE name = 'tally'").fetch_one(&mut *tx).await?
        });
        column::count("counters.value", tally)
    }
}
