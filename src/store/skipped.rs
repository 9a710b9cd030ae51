//! Slots that brought no edition, and why.

use chrono::TimeDelta;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Explanation, Instant, Name, Nothing};

/// Reasons older than this, counted from the newest, are dropped.
const KEPT: TimeDelta = TimeDelta::days(90);

#[derive(FromRow)]
struct SkippedRow {
    slot: i64,
    reason: String,
    explanation: String,
}

impl Store {
    /// Remembers that a slot brought no edition; a second answer for the same slot replaces the first.
    pub async fn put_nothing(
        &self,
        digest: &Name,
        slot: Instant,
        nothing: &Nothing,
        explanation: &Explanation,
        now: Instant,
    ) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "INSERT INTO skipped_slots (digest, slot, reason, explanation, composed_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (digest, slot) DO UPDATE SET reason = excluded.reason,
                   explanation = excluded.explanation, composed_at = excluded.composed_at",
            )
            .bind(digest.as_str())
            .bind(slot.timestamp_millis())
            .bind(column::to_json(nothing)?)
            .bind(column::to_json(explanation)?)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?;
            sqlx::query("DELETE FROM skipped_slots WHERE digest = $1 AND slot < $2")
                .bind(digest.as_str())
                .bind((slot - KEPT).timestamp_millis())
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Returns the latest slot of the digest that brought no edition, with the reason.
    pub async fn last_nothing(
        &self,
        digest: &Name,
    ) -> Result<Option<(Instant, Nothing, Explanation)>, StoreError> {
        let row: Option<SkippedRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT slot, reason, explanation FROM skipped_slots WHERE digest = $1 ORDER BY slot DESC LIMIT 1",
            )
            .bind(digest.as_str())
            .fetch_optional(db)
            .await?);
        let Some(row) = row else { return Ok(None) };
        Ok(Some((
            column::instant("skipped_slots.slot", row.slot)?,
            column::json("skipped_slots.reason", &row.reason)?,
            column::json("skipped_slots.explanation", &row.explanation)?,
        )))
    }
}
