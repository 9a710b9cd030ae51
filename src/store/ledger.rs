//! The ledger as people see it: deliveries and attempts listed, and put back into the queue by hand.

use sqlx::FromRow;

use super::attempts::{NEVER, settle};
use super::notices::{of_edition, take_back};
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Attempt, Delivery, DeliveryId, DeliveryState, EditionId, Instant, Outcome, Reply};

#[derive(FromRow)]
struct DeliveryRow {
    id: i64,
    edition: i64,
    address: String,
    state: String,
    attempts: i64,
    doubts: i64,
    due_at: i64,
    ended_at: Option<i64>,
    step: Option<String>,
    code: Option<i64>,
    enhanced: Option<String>,
    text: Option<String>,
}

#[derive(FromRow)]
struct AttemptRow {
    at: i64,
    duration_ms: i64,
    step: String,
    code: i64,
    enhanced: Option<String>,
    text: String,
    outcome: String,
    due_at: Option<i64>,
}

/// In the order of subscribers, which is the order in which a release makes deliveries and has an index.
///
/// The page is cut before its last replies are looked up: PostgreSQL would look them up for the whole edition.
const LEDGER: &str = "SELECT d.id, d.edition, d.address, d.state, d.attempts, d.doubts, d.due_at, d.ended_at,
       a.step, a.code, a.enhanced, a.text
     FROM (
       SELECT d.id, d.edition, d.subscriber, s.address, d.state, d.attempts, d.doubts, d.due_at, d.ended_at
       FROM deliveries d
       JOIN subscribers s ON s.id = d.subscriber
       WHERE d.edition = $1 AND ($2 IS NULL OR d.state = $2)
         AND d.subscriber > COALESCE((SELECT subscriber FROM deliveries WHERE id = $3), 0)
       ORDER BY d.subscriber LIMIT $4
     ) d
     LEFT JOIN attempts a ON a.delivery = d.id AND a.number = d.attempts
     ORDER BY d.subscriber";

const REOPEN: &str = "UPDATE editions SET state = 'released', paused = NULL,
       expires_at = CASE WHEN expires_at <= $3 THEN $3 + 86400000 ELSE expires_at END,
       judged_sent = (SELECT COUNT(*) FROM deliveries WHERE edition = $1 AND state = 'sent')
         + COALESCE((SELECT letters FROM pruned_deliveries WHERE edition = $1 AND state = 'sent'), 0),
       judged_refused = (SELECT COUNT(*) FROM deliveries WHERE edition = $1 AND state = 'refused')
         + COALESCE((SELECT letters FROM pruned_deliveries WHERE edition = $1 AND state = 'refused'), 0)
     WHERE id = $1 AND state IN ('finished', 'released') AND $2 > 0";

impl Store {
    /// Puts the deliveries of an edition that ended in one of `states` back into the queue, by an operator's hand;
    /// returns how many. A finished edition is released again by it, a paused one resumed,
    /// and one whose time was over has another day.
    pub async fn requeue(
        &self,
        id: EditionId,
        states: &[DeliveryState],
        now: Instant,
    ) -> Result<u64, StoreError> {
        let states = column::to_json(&states.iter().map(|s| [s.as_str()]).collect::<Vec<_>>())?;
        Ok(on!(write self, tx => {
            settle!(self, tx);
            let back = sqlx::query(
                "UPDATE deliveries SET state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'queued' END, due_at = $3 WHERE edition = $1
                   AND EXISTS (SELECT 1 FROM editions e WHERE e.id = $1 AND e.state IN ('released', 'finished'))
                   AND state <> 'sending' AND state IN (SELECT value ->> 0 FROM json_each($2))",
            )
            .bind(id.0)
            .bind(states)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            sqlx::query(REOPEN)
                .bind(id.0)
                .bind(i64::try_from(back).unwrap_or(i64::MAX))
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?;
            if back > 0 {
                take_back!(tx, of_edition(id));
            }
            back
        }))
    }

    /// Returns the edition's ledger, at most `limit` rows after the delivery `after`, each with its last reply.
    pub async fn deliveries(
        &self,
        id: EditionId,
        state: Option<DeliveryState>,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.settle().await?;
        let rows: Vec<DeliveryRow> = on!(read self, db =>
            sqlx::query_as(LEDGER)
                .bind(id.0)
                .bind(state.map(DeliveryState::as_str))
                .bind(after.map(|d| d.0))
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        rows.into_iter().map(Delivery::try_from).collect()
    }

    /// Returns the attempts at a delivery, first one first.
    pub async fn attempts(&self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        self.settle().await?;
        let rows: Vec<AttemptRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT at, duration_ms, step, code, enhanced, text, outcome, due_at FROM attempts
                 WHERE delivery = $1 ORDER BY number",
            )
            .bind(id.0)
            .fetch_all(db)
            .await?);
        rows.into_iter().map(|row| row.attempt(id)).collect()
    }
}

impl AttemptRow {
    fn attempt(self, delivery: DeliveryId) -> Result<Attempt, StoreError> {
        let state: DeliveryState = column::parsed("attempts.outcome", &self.outcome)?;
        let outcome = match (state, column::instant_or_none("attempts.due_at", self.due_at)?) {
            (DeliveryState::Sent, _) => Outcome::Sent,
            (DeliveryState::Deferred, Some(until)) => Outcome::Deferred { until },
            (DeliveryState::Uncertain, _) => Outcome::Uncertain,
            (DeliveryState::Suppressed, _) => Outcome::Suppressed,
            (DeliveryState::Expired, _) => Outcome::Expired,
            (DeliveryState::Cancelled, _) => Outcome::Cancelled,
            (
                DeliveryState::Refused
                | DeliveryState::Deferred
                | DeliveryState::Queued
                | DeliveryState::Sending,
                _,
            ) => Outcome::Refused,
        };
        let reply = Reply {
            step: column::word("attempts.step", self.step)?,
            code: u16::try_from(self.code).unwrap_or_default(),
            enhanced: self.enhanced,
            text: self.text,
        };
        let at = column::instant("attempts.at", self.at)?;
        Ok(Attempt { delivery, at, duration_ms: self.duration_ms, reply, outcome, suppress: false })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let state: DeliveryState = column::parsed("deliveries.state", &row.state)?;
        let waits =
            matches!(state, DeliveryState::Queued | DeliveryState::Deferred | DeliveryState::Uncertain);
        let due = (waits && row.due_at < NEVER).then_some(row.due_at);
        let reply = match (row.step, row.code, row.text) {
            (Some(step), Some(code), Some(text)) => Some(Reply {
                step: column::word("attempts.step", step)?,
                code: u16::try_from(code).unwrap_or_default(),
                enhanced: row.enhanced,
                text,
            }),
            (..) => None,
        };
        Ok(Self {
            id: DeliveryId(row.id),
            edition: EditionId(row.edition),
            address: column::parsed("subscribers.address", &row.address)?,
            state,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            doubts: u32::try_from(row.doubts).unwrap_or(u32::MAX),
            due_at: column::instant_or_none("deliveries.due_at", due)?,
            reply,
            ended_at: column::instant_or_none("deliveries.ended_at", row.ended_at)?,
        })
    }
}
