//! Addresses never to be written to again.

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EmailAddress, Instant, Suppression};

#[derive(FromRow)]
struct SuppressionRow {
    address: String,
    reason: String,
    created_at: i64,
}

impl Store {
    /// Suppresses an address, known or not, however its case is spelled; false if it was suppressed before.
    pub async fn suppress(
        &self,
        address: &EmailAddress,
        reason: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let new = on!(write self, tx =>
            sqlx::query(
                "INSERT INTO suppressions (key, address, reason, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (key) DO NOTHING",
            )
            .bind(address.key())
            .bind(address.as_str())
            .bind(column::one_line(reason))
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(new > 0)
    }

    /// Lifts a suppression; false if there was none. Subscriptions stay as they are.
    pub async fn unsuppress(&self, address: &EmailAddress) -> Result<bool, StoreError> {
        let lifted = on!(write self, tx =>
            sqlx::query("DELETE FROM suppressions WHERE key = $1")
                .bind(address.key())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(lifted > 0)
    }

    /// Returns suppressions by folded address, at most `limit` after the address `after`.
    pub async fn suppressions(
        &self,
        after: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<Suppression>, StoreError> {
        let rows: Vec<SuppressionRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT address, reason, created_at FROM suppressions WHERE key > $1 ORDER BY key LIMIT $2",
            )
            .bind(after.map(EmailAddress::key).unwrap_or_default())
            .bind(column::limit(limit))
            .fetch_all(db)
            .await?);
        let noun = |row: SuppressionRow| {
            Ok(Suppression {
                address: column::parsed("suppressions.address", &row.address)?,
                reason: row.reason,
                created_at: column::instant("suppressions.created_at", row.created_at)?,
            })
        };
        rows.into_iter().map(noun).collect()
    }
}
