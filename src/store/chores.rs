//! Chores: work that one process does at a time, now and then.

use super::pool::on;
use super::{Lease, Store, StoreError};
use crate::model::Instant;

/// A word later than now was said by a clock that has been set right since.
const TAKE: &str = "INSERT INTO chores (name, holder, lease_until) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until
     WHERE (chores.lease_until IS NULL OR chores.lease_until <= $4)
       AND (chores.done_at IS NULL OR chores.done_at < $5 OR chores.done_at > $4)";

impl Store {
    /// Takes a chore that nobody has in hand and that was not done since `since`; false if there is nothing to do.
    pub async fn take_chore(
        &self,
        name: &str,
        lease: &Lease,
        since: Instant,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let taken = on!(write self, tx =>
            sqlx::query(TAKE)
                .bind(name)
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .bind(now.timestamp_millis())
                .bind(since.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(taken > 0)
    }

    /// Says that whoever does the chore lives; false if another has it by now.
    pub async fn renew_chore(&self, name: &str, lease: &Lease) -> Result<bool, StoreError> {
        let renewed = on!(write self, tx =>
            sqlx::query("UPDATE chores SET lease_until = $3 WHERE name = $1 AND holder = $2")
                .bind(name)
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(renewed > 0)
    }

    /// Gives a chore back, `done` when it is done.
    pub async fn leave_chore(
        &self,
        name: &str,
        holder: &str,
        done: Option<Instant>,
    ) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "UPDATE chores SET holder = NULL, lease_until = NULL, done_at = COALESCE($3, done_at)
                 WHERE name = $1 AND holder = $2",
            )
            .bind(name)
            .bind(holder)
            .bind(done.map(|at| at.timestamp_millis()))
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }
}
