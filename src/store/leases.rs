//! Leases: how long a claim is believed, and what becomes of it when its holder ends or dies.
//!
//! A lease that has lapsed is a death: what had not been opened goes back to the queue untouched, what had been opened is
//! `uncertain`, for only a reply could tell.

use super::attempts::settle;
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{DeliveryId, EditionId, Instant};

/// Who claims, and until when the claim holds without another word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// A name that no other process has, see [`Store::holder`].
    pub holder: String,
    /// When it lapses.
    pub until: Instant,
}

/// What a dead holder had opened: an attempt of which nobody knows the end.
macro_rules! lost {
    ($who:literal) => {
        concat!(
            "INSERT INTO attempts (delivery, number, at, duration_ms, step, code, text, outcome)
             SELECT id, attempts + 1, opened_at, 0, 'final_dot', 0,
               'the press ended before it could write down what was answered', 'uncertain'
             FROM deliveries WHERE state = 'sending' AND opened_at IS NOT NULL AND ",
            $who,
            " ON CONFLICT (delivery, number) DO NOTHING"
        )
    };
}

/// What a dead holder leaves behind: untouched what it had not opened, `uncertain` the rest.
macro_rules! left_behind {
    ($who:literal) => {
        concat!(
            "UPDATE deliveries SET
               state = CASE WHEN opened_at IS NULL AND doubts = 0 THEN 'queued' ELSE 'uncertain' END,
               due_at = CASE WHEN opened_at IS NULL THEN due_at
                 WHEN doubts > 0 THEN 9223372036854775807
                 ELSE COALESCE((SELECT $2 + e.retry_after FROM editions e WHERE e.id = deliveries.edition),
                               9223372036854775807) END,
               attempts = attempts + CASE WHEN opened_at IS NULL THEN 0 ELSE 1 END,
               doubts = doubts + CASE WHEN opened_at IS NULL THEN 0 ELSE 1 END,
               ended_at = COALESCE(opened_at, ended_at), holder = NULL, lease_until = NULL, opened_at = NULL
             WHERE state = 'sending' AND ",
            $who
        )
    };
}

pub(super) use {left_behind, lost};

/// On PostgreSQL what another transaction is changing gets its word at the next beat: nobody waits here.
const RENEW: [&str; 2] = [
    "UPDATE deliveries SET lease_until = $3 WHERE edition = $1 AND state = 'sending' AND holder = $2",
    "UPDATE deliveries SET lease_until = $3 WHERE id IN (SELECT id FROM deliveries
       WHERE edition = $1 AND state = 'sending' AND holder = $2 FOR NO KEY UPDATE SKIP LOCKED)",
];

impl Store {
    /// Returns a name for a holder of leases: 128 random bits as hexadecimal digits.
    pub fn holder(&self) -> Result<String, StoreError> {
        super::token::random()
    }

    /// Says that the holder lives: all that it has in hand stays its own until `lease.until`.
    pub async fn renew(&self, id: EditionId, lease: &Lease) -> Result<(), StoreError> {
        let renew = self.0.either(RENEW[0], RENEW[1]);
        on!(write self, tx => {
            let renew = sqlx::query(renew).bind(id.0).bind(&lease.holder);
            renew.bind(lease.until.timestamp_millis()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Takes the opening of a delivery back: its conversation did not get so far that anybody could have the letter.
    pub async fn unopen(&self, id: DeliveryId, holder: &str) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("UPDATE deliveries SET opened_at = NULL WHERE id = $1 AND state = 'sending' AND holder = $2")
                .bind(id.0)
                .bind(holder)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Gives deliveries back that were claimed and never tried: they are queued again.
    ///
    /// What `holder` has lost to another meanwhile is left alone.
    pub async fn unclaim(&self, ids: &[DeliveryId], holder: &str) -> Result<(), StoreError> {
        self.unclaim_until(ids, holder, Instant::UNIX_EPOCH).await
    }

    /// Gives deliveries back as [`Store::unclaim`] does, not to be claimed again before `due`.
    pub async fn unclaim_until(
        &self,
        ids: &[DeliveryId],
        holder: &str,
        due: Instant,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = column::to_json(ids)?;
        on!(write self, tx => {
            settle!(self, tx);
            sqlx::query(
                "UPDATE deliveries SET state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'queued' END,
                   due_at = CASE WHEN due_at < $3 THEN $3 ELSE due_at END,
                   holder = NULL, lease_until = NULL, opened_at = NULL
                 WHERE state = 'sending' AND holder = $2
                   AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
            )
            .bind(ids)
            .bind(holder)
            .bind(due.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Ends a holder of an edition's letters before its lease does: what it had opened is uncertain, the rest goes back to
    /// the queue.
    pub async fn abandon(&self, id: EditionId, holder: &str, now: Instant) -> Result<(), StoreError> {
        const LOST: &str = lost!("edition = $3 AND holder = $1 AND CAST($2 AS BIGINT) IS NOT NULL");
        on!(write self, tx => {
            settle!(self, tx);
            for statement in [LOST, left_behind!("edition = $3 AND holder = $1")] {
                let end = sqlx::query(statement).bind(holder).bind(now.timestamp_millis()).bind(id.0);
                end.execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}
