//! Setting right: what a clock that was ahead has planned is planned again by the one that is right.
//!
//! Only what could not have been written otherwise is touched: the times of what was tried, released or made later than
//! now, leases and lanes that reach farther than any does. Sources need nothing here: see `due.rs`.

use chrono::TimeDelta;

use super::attempts::settle;
use super::pool::on;
use super::{Store, StoreError};
use crate::model::Instant;

/// The clocks of several machines agree as well as that.
const AGREED: TimeDelta = TimeDelta::minutes(1);
/// Nobody takes a lease for so long, and no lane is held for so long.
const LONG: TimeDelta = TimeDelta::days(2);
/// Whoever lives renews a lease long before that.
const LEFT: TimeDelta = TimeDelta::hours(1);

/// What waits is due at `$1`, if its plan was made later than `$2`.
const PLANS: [&str; 3] = [
    "UPDATE deliveries SET due_at = $1 WHERE edition IN (SELECT id FROM editions WHERE state = 'released')
       AND state IN ('queued', 'deferred', 'uncertain') AND due_at > $2 AND due_at < 9223372036854775807
       AND (ended_at > $2 OR edition IN (SELECT id FROM editions WHERE state = 'released' AND released_at > $2))",
    "UPDATE mails SET due_at = $1 WHERE state IN ('queued', 'uncertain') AND due_at > $2
       AND due_at < 9223372036854775807 AND (created_at > $2 OR ended_at > $2)",
    "UPDATE bulletins SET due_at = $1 WHERE call IS NOT NULL AND due_at > $2 AND at > $2",
];

/// Leases that reach farther than `$1` lapse at `$2`.
const LEASES: [&str; 6] = [
    "UPDATE deliveries SET lease_until = $2 WHERE edition IN (SELECT id FROM editions WHERE state = 'released')
       AND state = 'sending' AND lease_until > $1",
    "UPDATE mails SET lease_until = $2 WHERE state = 'sending' AND lease_until > $1",
    "UPDATE slots SET lease_until = $2 WHERE state = 'open' AND lease_until > $1",
    "UPDATE chores SET lease_until = $2 WHERE lease_until > $1",
    "UPDATE bulletins SET lease_until = $2 WHERE call IS NOT NULL AND lease_until > $1",
    "UPDATE sources SET claimed_until = $2 WHERE claimed_until > $1",
];

/// A lane that is new goes as fast as its rule says.
const LANES: &str = "DELETE FROM lanes WHERE next_at > $1 OR held_until > $1";

impl Store {
    /// Plans again, at `now`, what a clock has planned that was ahead by more than a minute: letters, mails and calls that
    /// wait are due, leases and lanes end.
    pub async fn set_right(&self, now: Instant) -> Result<(), StoreError> {
        let ms = |after: TimeDelta| (now + after).timestamp_millis();
        on!(write self, tx => {
            settle!(self, tx);
            for plan in PLANS {
                let plan = sqlx::query(plan).bind(ms(TimeDelta::zero())).bind(ms(AGREED));
                plan.execute(&mut *tx).await?;
            }
            for lease in LEASES {
                sqlx::query(lease).bind(ms(LONG)).bind(ms(LEFT)).execute(&mut *tx).await?;
            }
            sqlx::query(LANES).bind((now + LONG).timestamp_micros()).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
