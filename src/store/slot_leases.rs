//! Who has a slot in hand: opened by a lease, kept while its maker lives, lost to whoever comes when that has lapsed.

use super::pool::on;
use super::{Lease, Store, StoreError};
use crate::model::{Instant, Name};

const OPEN: &str = "INSERT INTO slots (digest, slot, state, holder, lease_until, decided_at)
     VALUES ($1, $2, 'open', $3, $4, $5)
     ON CONFLICT (digest, slot) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until,
       decided_at = excluded.decided_at
     WHERE slots.state = 'open' AND slots.lease_until <= excluded.decided_at";

const RENEW: &str =
    "UPDATE slots SET lease_until = $4 WHERE digest = $1 AND slot = $2 AND state = 'open' AND holder = $3";

macro_rules! held {
    ($lock:literal) => {
        concat!(
            "SELECT s.slot FROM slots s JOIN editions e ON e.digest = s.digest AND e.slot = s.slot
             WHERE e.id = $1 AND s.state = 'open' AND s.holder = $2",
            $lock
        )
    };
}

/// The slot of an edition, if the holder still has it open; nobody takes it until the transaction ends.
pub(super) const HELD: [&str; 2] = [held!(""), held!(" FOR UPDATE OF s")];

/// Refuses unless the holder still has the slot of the edition open, inside the transaction `$tx`: one that was taken for
/// dead must not act on a slot that others have settled.
macro_rules! insist_on_slot {
    ($store:expr, $tx:ident, $edition:expr, $holder:expr) => {{
        let held = $store.0.either($crate::store::slot_leases::HELD[0], $crate::store::slot_leases::HELD[1]);
        let held = sqlx::query(held).bind($edition.0).bind($holder).fetch_optional(&mut *$tx).await?;
        if held.is_none() {
            return Err(StoreError::SlotLost($edition));
        }
    }};
}
pub(super) use insist_on_slot;

impl Store {
    /// Takes a slot into the holder's hands; false if another has it, or it is decided.
    pub async fn open_slot(
        &self,
        digest: &Name,
        slot: Instant,
        lease: &Lease,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let opened = on!(write self, tx =>
            sqlx::query(OPEN)
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(opened > 0)
    }

    /// Keeps a slot in the holder's hands for longer, if it still is.
    pub async fn renew_slot(&self, digest: &Name, slot: Instant, lease: &Lease) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(RENEW)
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Gives a slot back that nothing could be made of.
    pub async fn give_slot_back(&self, digest: &Name, slot: Instant, holder: &str) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("DELETE FROM slots WHERE digest = $1 AND slot = $2 AND state = 'open' AND holder = $3")
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .bind(holder)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }
}
