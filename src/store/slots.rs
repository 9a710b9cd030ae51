//! Slots: what became of each, and the standing orders that they belong to.
//!
//! A digest has each slot once: whoever opens it first makes its edition, and whoever dies over it loses it by a
//! lease.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use sqlx::FromRow;

use super::notices::say;
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Explanation, Instant, Name, Skipped, SlotRecord, SlotState};

/// Slots without an edition are forgotten after so long, counted from the newest.
const KEPT: TimeDelta = TimeDelta::days(400);

/// A standing order as the store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Slots up to and with this instant are settled.
    pub last: Instant,
    /// True if its slots bring no editions now.
    pub paused: bool,
}

/// What became of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its edition was released.
    Published(EditionId),
    /// Its edition waits for a yes.
    Waiting(EditionId),
    /// It brought none.
    Skipped(Skipped),
}

impl Verdict {
    const fn state(&self) -> SlotState {
        match self {
            Self::Published(_) => SlotState::Published,
            Self::Waiting(_) => SlotState::Waiting,
            Self::Skipped(_) => SlotState::Skipped,
        }
    }

    const fn edition(&self) -> Option<i64> {
        match self {
            Self::Published(edition) | Self::Waiting(edition) => Some(edition.0),
            Self::Skipped(_) => None,
        }
    }

    fn reason(&self) -> Result<Option<String>, StoreError> {
        match self {
            Self::Skipped(skipped) => column::to_json(skipped).map(Some),
            Self::Published(_) | Self::Waiting(_) => Ok(None),
        }
    }
}

/// How a slot ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// What became of it.
    pub verdict: &'a Verdict,
    /// Why it was late, and whatever else is worth knowing of it.
    pub remark: Option<&'a str>,
    /// Why each article was out, if there is no edition that knows.
    pub explanation: Option<&'a Explanation>,
    /// What the publisher is told of it.
    pub word: Option<&'a str>,
}

#[derive(FromRow)]
struct SlotRow {
    slot: i64,
    state: String,
    edition: Option<i64>,
    reason: Option<String>,
    remark: Option<String>,
    explanation: Option<String>,
    decided_at: i64,
}

/// A new order, or one whose timetable was changed, begins now: what it would have brought before was never promised.
/// One that begins later than now was made by a clock that has been set right since.
const ORDERS: &str = "INSERT INTO orders (digest, timetable, since, accounted)
     SELECT value ->> 0, value ->> 1, $2, $2 FROM json_each($1)
     WHERE TRUE ON CONFLICT (digest) DO UPDATE SET timetable = excluded.timetable, since = excluded.since
     WHERE orders.timetable <> excluded.timetable OR orders.since > excluded.since";

/// Of slots that lie before them, a clock that was ahead has told nothing.
const STANDING: &str = "SELECT o.digest, o.since, CASE WHEN o.accounted <= $2 THEN o.accounted ELSE 0 END,
       COALESCE((SELECT s.slot FROM slots s WHERE s.digest = o.digest AND s.slot <= $2 AND s.state <> 'open'
         AND NOT s.by_hand ORDER BY s.slot DESC LIMIT 1), 0), o.paused
     FROM json_each($1) JOIN orders o ON o.digest = value ->> 0";

const CLOSE: &str = "UPDATE slots SET state = $4, edition = $5, reason = $6, remark = COALESCE($7, remark),
       explanation = COALESCE($8, explanation), decided_at = $9, holder = NULL, lease_until = NULL
     WHERE digest = $1 AND slot = $2 AND ((state = 'open' AND holder = $3) OR (state = 'waiting' AND $3 = ''))";

const ANSWERED: &str = "UPDATE slots SET decided_at = $1,
       state = CASE WHEN e.state = 'cancelled' THEN 'skipped' ELSE 'published' END,
       reason = CASE WHEN e.state = 'cancelled' THEN '{\"cancelled\":{\"edition\":' || e.id || '}}' END
     FROM editions e WHERE e.id = slots.edition AND slots.state = 'waiting' AND e.state <> 'draft'";

const SKIP: &str = "INSERT INTO slots (digest, slot, state, reason, decided_at)
     SELECT $1, CAST(value ->> 0 AS BIGINT), 'skipped', value ->> 1, $3 FROM json_each($2)
     WHERE TRUE ON CONFLICT (digest, slot) DO NOTHING RETURNING slot";

const ACCOUNT: &str = "UPDATE orders SET accounted = $2 WHERE digest = $1";

const BY_HAND: &str = "INSERT INTO slots (digest, slot, state, reason, explanation, decided_at, by_hand)
     VALUES ($1, $2, 'skipped', $3, $4, $5, TRUE)
     ON CONFLICT (digest, slot) DO UPDATE SET reason = excluded.reason, explanation = excluded.explanation,
       decided_at = excluded.decided_at WHERE slots.state = 'skipped'";

const SLOTS: &str = "SELECT slot, state, edition, reason, remark, explanation, decided_at FROM slots
     WHERE digest = $1 AND ($3 = FALSE OR state = 'skipped') ORDER BY slot DESC LIMIT $2";

/// The matter of a slot that brings no edition.
pub(super) fn of_slot(digest: &str, slot: i64) -> String {
    format!("slot:{digest}:{}", slot.div_euclid(1000))
}

/// Forgets slots long before `$newest` that brought no edition.
macro_rules! forget_old {
    ($tx:ident, $digest:expr, $newest:expr) => {
        sqlx::query("DELETE FROM slots WHERE digest = $1 AND slot < $2 AND state = 'skipped'")
            .bind($digest.as_str())
            .bind(($newest - KEPT).timestamp_millis())
            .execute(&mut *$tx)
            .await?
    };
}
impl Store {
    /// Returns where standing orders stand, by their digests; a new one, or one with another timetable, begins at `now`.
    pub async fn orders(
        &self,
        all: &[(&Name, String)],
        now: Instant,
    ) -> Result<HashMap<Name, Order>, StoreError> {
        let rows: Vec<_> = all.iter().map(|(digest, timetable)| (digest.as_str(), timetable)).collect();
        let (rows, at) = (column::to_json(&rows)?, now.timestamp_millis());
        let standing: Vec<(String, i64, i64, i64, bool)> = on!(write self, tx => {
            sqlx::query(ORDERS).bind(&rows).bind(at).execute(&mut *tx).await?;
            sqlx::query_as(STANDING).bind(&rows).bind(at).fetch_all(&mut *tx).await?
        });
        let order = |(digest, since, accounted, slot, paused): (String, i64, i64, i64, bool)| {
            let last = column::instant("orders.since", since.max(accounted).max(slot))?;
            Ok((column::parsed("orders.digest", &digest)?, Order { last, paused }))
        };
        standing.into_iter().map(order).collect()
    }

    /// Pauses or resumes a digest's slots; false if it stood so before. What falls into a pause is skipped.
    pub async fn pause_order(&self, digest: &Name, paused: bool, now: Instant) -> Result<bool, StoreError> {
        let changed = on!(write self, tx =>
            sqlx::query(
                "INSERT INTO orders (digest, timetable, since, accounted, paused) VALUES ($1, '', $3, $3, $2)
                 ON CONFLICT (digest) DO UPDATE SET paused = $2, since = CASE WHEN $2 THEN orders.since ELSE $3 END
                 WHERE orders.paused <> $2",
            )
            .bind(digest.as_str())
            .bind(paused)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(changed > 0)
    }

    /// Returns the digests whose slots are paused.
    pub async fn paused_orders(&self) -> Result<Vec<Name>, StoreError> {
        let rows: Vec<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT digest FROM orders WHERE paused ORDER BY digest").fetch_all(db).await?);
        rows.iter().map(|digest| column::parsed("orders.digest", digest)).collect()
    }

    /// Remembers that slots up to this one have been looked at.
    pub async fn account(&self, digest: &Name, slot: Instant) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(ACCOUNT).bind(digest.as_str()).bind(slot.timestamp_millis()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Says what became of a slot that the holder has opened or, without a holder, of one that waited for a yes, and tells
    /// the publisher; false if it was decided otherwise meanwhile, and nothing is told.
    pub async fn close_slot(
        &self,
        digest: &Name,
        slot: Instant,
        holder: &str,
        ending: &Ending<'_>,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let explanation = ending.explanation.map(column::to_json).transpose()?;
        let closed = on!(write self, tx => {
            let closed = sqlx::query(CLOSE)
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .bind(holder)
                .bind(ending.verdict.state().as_str())
                .bind(ending.verdict.edition())
                .bind(ending.verdict.reason()?)
                .bind(ending.remark.map(column::one_line))
                .bind(explanation)
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if let (Some(word), true) = (ending.word, closed > 0) {
                say!(tx, of_slot(digest.as_str(), slot.timestamp_millis()), word, true, now);
            }
            closed
        });
        Ok(closed > 0)
    }

    /// Closes slots whose editions waited for a yes and were released or cancelled by hand.
    pub async fn close_answered(&self, now: Instant) -> Result<(), StoreError> {
        let waiting: bool = on!(read self, db =>
            sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM slots s JOIN editions e ON e.id = s.edition
                   WHERE s.state = 'waiting' AND e.state <> 'draft')",
            )
            .fetch_one(db)
            .await?);
        if waiting {
            on!(write self, tx => {
                sqlx::query(ANSWERED).bind(now.timestamp_millis()).execute(&mut *tx).await?;
            });
        }
        Ok(())
    }

    /// Remembers why slots brought no edition, that all up to them have been looked at, and tells the publisher what `word`
    /// finds worth it; those of which something is known stay as they are, and nothing is told of them.
    pub async fn skip_slots(
        &self,
        digest: &Name,
        slots: &[(Instant, Skipped)],
        now: Instant,
        word: impl Fn(Instant, &Skipped) -> Option<String>,
    ) -> Result<(), StoreError> {
        let Some(newest) = slots.iter().map(|(slot, _)| *slot).max() else { return Ok(()) };
        let row = |(slot, why): &(Instant, Skipped)| Ok((slot.timestamp_millis(), column::to_json(why)?));
        let rows: Vec<(i64, String)> = slots.iter().map(row).collect::<Result<_, StoreError>>()?;
        let rows = column::to_json(&rows)?;
        on!(write self, tx => {
            let skipped: HashSet<i64> = sqlx::query_scalar(SKIP)
                .bind(digest.as_str())
                .bind(rows)
                .bind(now.timestamp_millis())
                .fetch_all(&mut *tx)
                .await?
                .into_iter()
                .collect();
            for (slot, why) in slots.iter().filter(|(slot, _)| skipped.contains(&slot.timestamp_millis())) {
                if let Some(word) = word(*slot, why) {
                    say!(tx, of_slot(digest.as_str(), slot.timestamp_millis()), &word, true, now);
                }
            }
            sqlx::query(ACCOUNT).bind(digest.as_str()).bind(newest.timestamp_millis()).execute(&mut *tx).await?;
            forget_old!(tx, digest, newest);
        });
        Ok(())
    }

    /// Remembers that an edition asked for by hand was not made, and why.
    pub async fn put_nothing(
        &self,
        digest: &Name,
        at: Instant,
        why: &Skipped,
        explanation: &Explanation,
        now: Instant,
    ) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(BY_HAND)
                .bind(digest.as_str())
                .bind(at.timestamp_millis())
                .bind(column::to_json(why)?)
                .bind(column::to_json(explanation)?)
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?;
            forget_old!(tx, digest, at);
        });
        Ok(())
    }

    /// Returns what became of a digest's slots, newest first, at most `limit`.
    pub async fn slots(&self, digest: &Name, limit: usize) -> Result<Vec<SlotRecord>, StoreError> {
        self.slot_records(digest, limit, false).await
    }

    /// Returns the latest slot of the digest that brought no edition.
    pub async fn last_nothing(&self, digest: &Name) -> Result<Option<SlotRecord>, StoreError> {
        Ok(self.slot_records(digest, 1, true).await?.pop())
    }

    async fn slot_records(
        &self,
        digest: &Name,
        limit: usize,
        only_skipped: bool,
    ) -> Result<Vec<SlotRecord>, StoreError> {
        let rows: Vec<SlotRow> = on!(read self, db =>
            sqlx::query_as(SLOTS)
                .bind(digest.as_str())
                .bind(column::limit(limit))
                .bind(only_skipped)
                .fetch_all(db)
                .await?);
        rows.into_iter().map(record).collect()
    }
}

fn record(row: SlotRow) -> Result<SlotRecord, StoreError> {
    let skipped = row.reason.map(|reason| column::json("slots.reason", &reason)).transpose()?;
    let explanation = row.explanation.map(|text| column::json("slots.explanation", &text)).transpose()?;
    Ok(SlotRecord {
        slot: column::instant("slots.slot", row.slot)?,
        state: column::word("slots.state", row.state)?,
        edition: row.edition.map(EditionId),
        skipped,
        remark: row.remark,
        decided_at: column::instant("slots.decided_at", row.decided_at)?,
        explanation: explanation.unwrap_or_default(),
    })
}
