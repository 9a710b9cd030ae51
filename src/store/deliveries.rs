//! Deliveries: claimed for a carrier by a lease, given back, and listed as the ledger.
//!
//! A claim is one short transaction; nothing is held while a letter is on its way. Whoever claims holds a delivery
//! until its lease ends, and renews the lease while it lives. A lease that has lapsed is a death: what had not been
//! opened goes back to the queue untouched, what had been opened is `uncertain`, for only a reply could tell.

use std::fmt;

use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Delivery, DeliveryId, DeliveryState, EditionId, EmailAddress, Instant, ListId, Reply};

/// Who claims, and until when the claim holds without another word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// A name that no other process has, see [`Store::holder`].
    pub holder: String,
    /// When it lapses.
    pub until: Instant,
}

/// A delivery in the hands of whoever claimed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its row.
    pub delivery: DeliveryId,
    /// The reader.
    pub address: EmailAddress,
    /// The reader's name; empty if unknown.
    pub name: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// The list that brings it: the lowest of the edition's on which the reader is confirmed now.
    pub list: ListId,
    /// What lets the reader leave that list.
    pub list_token: String,
    /// What opens the reader's preferences.
    pub reader_token: String,
}

impl fmt::Debug for Claimed {
    /// Shows no token: whoever reads a log must not be able to unsubscribe others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &mut f.debug_struct("Claimed");
        shown.field("delivery", &self.delivery).field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct ClaimRow {
    id: i64,
    attempts: i64,
    address: String,
    name: String,
    reader_token: String,
    list: Option<i64>,
    list_token: Option<String>,
    suppressed: bool,
}

/// What a claim does to one delivery.
#[derive(Serialize)]
struct Taken {
    id: i64,
    state: &'static str,
}

#[derive(FromRow)]
struct DeliveryRow {
    id: i64,
    edition: i64,
    address: String,
    state: String,
    attempts: i64,
    due_at: i64,
    ended_at: Option<i64>,
    step: Option<String>,
    code: Option<i64>,
    enhanced: Option<String>,
    text: Option<String>,
}

/// What is due in one state, with the reader as they are now.
macro_rules! due {
    ($lock:literal) => {
        concat!(
            "SELECT d.id, d.attempts, s.address, s.name, s.token AS reader_token, p.list, p.token AS list_token,
               EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key) AS suppressed
             FROM deliveries d
             JOIN subscribers s ON s.id = d.subscriber
             LEFT JOIN subscriptions p ON p.subscriber = d.subscriber AND p.list = (
               SELECT MIN(q.list) FROM subscriptions q JOIN edition_lists l ON l.list = q.list
               WHERE l.edition = d.edition AND q.subscriber = d.subscriber AND q.state = 'confirmed')
             WHERE d.edition = $1 AND d.state = $2 AND d.due_at <= $3
             ORDER BY d.due_at, d.id LIMIT $4",
            $lock
        )
    };
}

const TAKE: &str =
    "UPDATE deliveries SET state = value ->> 'state', holder = $2, lease_until = $3, opened_at = NULL,
       ended_at = CASE WHEN value ->> 'state' = 'sending' THEN ended_at ELSE $4 END
     FROM json_each($1) WHERE deliveries.id = CAST(value ->> 'id' AS BIGINT)";

/// What a dead holder leaves behind.
const LAPSED: &str = "UPDATE deliveries SET
       state = CASE WHEN opened_at IS NULL THEN 'queued' ELSE 'uncertain' END,
       ended_at = COALESCE(opened_at, ended_at), holder = NULL, lease_until = NULL, opened_at = NULL
     WHERE edition = $1 AND state = 'sending' AND lease_until <= $2";

/// In the order of subscribers, which is the order in which a release makes deliveries and has an index.
///
/// The page is cut before its last replies are looked up: PostgreSQL would look them up for the whole edition.
const LEDGER: &str = "SELECT d.id, d.edition, d.address, d.state, d.attempts, d.due_at, d.ended_at,
       a.step, a.code, a.enhanced, a.text
     FROM (
       SELECT d.id, d.edition, d.subscriber, s.address, d.state, d.attempts, d.due_at, d.ended_at
       FROM deliveries d
       JOIN subscribers s ON s.id = d.subscriber
       WHERE d.edition = $1 AND ($2 IS NULL OR d.state = $2)
         AND d.subscriber > COALESCE((SELECT subscriber FROM deliveries WHERE id = $3), 0)
       ORDER BY d.subscriber LIMIT $4
     ) d
     LEFT JOIN attempts a ON a.delivery = d.id AND a.number = d.attempts
     ORDER BY d.subscriber";

impl Store {
    /// Returns a name for a holder of leases: 128 random bits as hexadecimal digits.
    pub fn holder(&self) -> Result<String, StoreError> {
        super::token::random()
    }

    /// Takes up to `limit` deliveries that are due into the caller's hands, first-time ones first.
    ///
    /// A reader who has left all of the edition's lists since the release is skipped and marked cancelled, one
    /// who was suppressed is marked suppressed. No delivery is given to two callers. An empty answer means that
    /// nothing is due at `now` that another caller is not taking.
    ///
    /// They are the holder's until `lease.until`; what others have let lapse is taken back first.
    pub async fn claim(
        &self,
        id: EditionId,
        lease: &Lease,
        limit: usize,
        now: Instant,
    ) -> Result<Vec<Claimed>, StoreError> {
        let due = self.0.either(due!(""), due!(" FOR UPDATE OF d SKIP LOCKED"));
        let at = now.timestamp_millis();
        let until = lease.until.timestamp_millis();
        let mut claimed = Vec::new();
        on!(write self, tx => {
            sqlx::query(LAPSED).bind(id.0).bind(at).execute(&mut *tx).await?;
            for state in [DeliveryState::Queued, DeliveryState::Deferred] {
                while claimed.len() < limit {
                    let rows: Vec<ClaimRow> = sqlx::query_as(due)
                        .bind(id.0)
                        .bind(state.as_str())
                        .bind(at)
                        .bind(column::limit(limit - claimed.len()))
                        .fetch_all(&mut *tx)
                        .await?;
                    if rows.is_empty() {
                        break;
                    }
                    let taken: Vec<Taken> = rows.iter().map(ClaimRow::taken).collect();
                    let take = sqlx::query(TAKE).bind(column::to_json(&taken)?).bind(&lease.holder);
                    take.bind(until).bind(at).execute(&mut *tx).await?;
                    for row in rows {
                        claimed.extend(row.claimed()?);
                    }
                }
            }
        });
        Ok(claimed)
    }

    /// Says that the holder lives: all that it has in hand stays its own until `lease.until`.
    pub async fn renew(&self, id: EditionId, lease: &Lease) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "UPDATE deliveries SET lease_until = $3 WHERE edition = $1 AND state = 'sending' AND holder = $2",
            )
            .bind(id.0)
            .bind(&lease.holder)
            .bind(lease.until.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Puts the deliveries of an edition that ended in one of `states` back into the queue, by an operator's hand;
    /// returns how many. A finished edition is released again by it.
    pub async fn requeue(
        &self,
        id: EditionId,
        states: &[DeliveryState],
        now: Instant,
    ) -> Result<u64, StoreError> {
        let states = column::to_json(&states.iter().map(|s| [s.as_str()]).collect::<Vec<_>>())?;
        Ok(on!(write self, tx => {
            let back = sqlx::query(
                "UPDATE deliveries SET state = 'queued', due_at = $3 WHERE edition = $1
                   AND state <> 'sending' AND state IN (SELECT value ->> 0 FROM json_each($2))",
            )
            .bind(id.0)
            .bind(states)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            sqlx::query("UPDATE editions SET state = 'released' WHERE id = $1 AND state = 'finished' AND $2 > 0")
                .bind(id.0)
                .bind(i64::try_from(back).unwrap_or(i64::MAX))
                .execute(&mut *tx)
                .await?;
            back
        }))
    }

    /// Gives deliveries back that were claimed and never tried: they are queued again.
    ///
    /// What `holder` has lost to another meanwhile is left alone.
    pub async fn unclaim(&self, ids: &[DeliveryId], holder: &str) -> Result<(), StoreError> {
        let ids = column::to_json(ids)?;
        on!(write self, tx => {
            sqlx::query(
                "UPDATE deliveries SET state = 'queued', holder = NULL, lease_until = NULL, opened_at = NULL
                 WHERE state = 'sending' AND holder = $2
                   AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
            )
            .bind(ids)
            .bind(holder)
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Returns the edition's ledger, at most `limit` rows after the delivery `after`, each with its last reply.
    pub async fn deliveries(
        &self,
        id: EditionId,
        state: Option<DeliveryState>,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
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
}

impl ClaimRow {
    fn taken(&self) -> Taken {
        let state = match (self.suppressed, self.list) {
            (true, _) => DeliveryState::Suppressed,
            (false, None) => DeliveryState::Cancelled,
            (false, Some(_)) => DeliveryState::Sending,
        };
        Taken { id: self.id, state: state.as_str() }
    }

    /// The delivery to be carried, unless the reader must not get it any more.
    fn claimed(self) -> Result<Option<Claimed>, StoreError> {
        let (false, Some(list), Some(list_token)) = (self.suppressed, self.list, self.list_token) else {
            return Ok(None);
        };
        Ok(Some(Claimed {
            delivery: DeliveryId(self.id),
            address: column::parsed("subscribers.address", &self.address)?,
            name: self.name,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            list: ListId(list),
            list_token,
            reader_token: self.reader_token,
        }))
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let state: DeliveryState = column::parsed("deliveries.state", &row.state)?;
        let due = (state == DeliveryState::Deferred).then_some(row.due_at);
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
            due_at: column::instant_or_none("deliveries.due_at", due)?,
            reply,
            ended_at: column::instant_or_none("deliveries.ended_at", row.ended_at)?,
        })
    }
}
