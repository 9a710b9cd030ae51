//! Counters: when a press was last at work.

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::Instant;

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
}
