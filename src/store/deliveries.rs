//! Deliveries: claimed for a carrier by a lease, and given back.
//!
//! A claim is one short transaction; nothing is held while a letter is on its way. Whoever claims holds a delivery
//! until its lease ends, and renews the lease while it lives. A lease that has lapsed is a death: what had not been
//! opened goes back to the queue untouched, what had been opened is `uncertain`, for only a reply could tell.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::attempts::{NEVER, settle};
use super::lanes::{self, Lanes, lanes};
use super::leases::{Lease, left_behind, lost};
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{DeliveryId, DeliveryState, EditionId, EmailAddress, Instant, ListId};

/// The pages that one claim looks through at most while it only finds letters that must wait.
const PAGES: usize = 40;

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
    /// When it may begin.
    pub not_before: Instant,
    /// Which text of the edition: 0 for what most readers get.
    pub variant: i64,
    /// The list that brings it: the lowest of the edition's on which the reader is confirmed now.
    pub list: ListId,
    /// What lets the reader leave that list.
    pub list_token: String,
    /// What opens the reader's preferences.
    pub reader_token: String,
    /// Whether the reader wants no HTML.
    pub plain: bool,
}

impl fmt::Debug for Claimed {
    /// Shows no token: whoever reads a log must not be able to unsubscribe others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &mut f.debug_struct("Claimed");
        shown.field("delivery", &self.delivery).field("address", &self.address).finish_non_exhaustive()
    }
}

/// A row of what is due, which travels as one array.
#[derive(Deserialize)]
struct ClaimRow {
    id: i64,
    attempts: i64,
    variant: i64,
    address: String,
    name: String,
    reader_token: String,
    list: Option<i64>,
    list_token: Option<String>,
    suppressed: u8,
    plain: u8,
}

/// What becomes of a delivery that is due and does not go.
#[derive(Serialize)]
struct Kept {
    id: i64,
    state: &'static str,
    /// Until when it waits; `None` for what never goes.
    due: Option<i64>,
}

/// What becomes of a delivery that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes, not before this instant.
    Go(Instant),
    /// It waits until then.
    Later(Instant),
}

/// Decides for letters that are due, in their order, by the lanes that they go through.
pub type Pace<'a> = dyn FnMut(&mut Lanes, &[Claimed]) -> Vec<Fate> + Send + 'a;

/// When the next letters of an edition come due that no one has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Those that were not tried yet.
    pub queued: Option<Instant>,
    /// Those that were put off.
    pub deferred: Option<Instant>,
    /// Those that are tried again because nobody knows.
    pub uncertain: Option<Instant>,
    /// When the first lease of what somebody has in hand lapses.
    pub sending: Option<Instant>,
}

/// What is due in one state, with the reader as they are now: all of it in one value, for on SQLite a row that is
/// handed over is a change of thread, and a claim is in everybody's way.
macro_rules! due {
    ($rows:literal, $lock:literal) => {
        concat!(
            "SELECT ",
            $rows,
            " FROM (SELECT d.id, d.attempts, d.variant, s.address, s.name, s.token AS reader_token, p.list, p.token AS list_token,
               CASE WHEN s.plain THEN 1 ELSE 0 END AS plain,
               CASE WHEN EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key) THEN 1 ELSE 0 END AS suppressed,
               d.due_at
             FROM deliveries d
             JOIN subscribers s ON s.id = d.subscriber
             LEFT JOIN subscriptions p ON p.subscriber = d.subscriber AND p.list = (
               SELECT MIN(q.list) FROM subscriptions q JOIN edition_lists l ON l.list = q.list
               WHERE l.edition = d.edition AND q.subscriber = d.subscriber AND q.state = 'confirmed')
             WHERE d.edition = $1 AND d.state = $2 AND d.due_at <= $3
             ORDER BY d.due_at, d.id LIMIT $4",
            $lock,
            ") AS due"
        )
    };
}
const DUE: [&str; 2] = [
    due!(
        "json_group_array(json_array(id, attempts, variant, address, name, reader_token, list, list_token, suppressed, plain)
           ORDER BY due_at, id)",
        ""
    ),
    due!(
        "CAST(COALESCE(json_agg(json_build_array(id, attempts, variant, address, name, reader_token, list, list_token, suppressed, plain)
           ORDER BY due_at, id), '[]') AS TEXT)",
        " FOR UPDATE OF d SKIP LOCKED"
    ),
];

const TAKE: &str = "UPDATE deliveries SET state = 'sending', holder = $2, lease_until = $3, opened_at = NULL
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// What does not go: its reader has left or is suppressed, or it waits for its pace.
const KEEP: &str = "UPDATE deliveries SET state = value ->> 'state',
       due_at = COALESCE(CAST(value ->> 'due' AS BIGINT), due_at),
       ended_at = CASE WHEN value ->> 'due' IS NULL THEN $2 ELSE ended_at END
     FROM json_each($1) WHERE deliveries.id = CAST(value ->> 'id' AS BIGINT)";

/// Whether the edition is going out, until when, and whether somebody has let a lease of it lapse.
const STANDING: &str = "SELECT state = 'released' AND paused IS NULL, expires_at,
       EXISTS (SELECT 1 FROM deliveries WHERE edition = $1 AND state = 'sending' AND lease_until <= $2 AND holder <> $3)
     FROM editions WHERE id = $1";
/// Whoever claims lives, however late it speaks: what it has in hand itself has not lapsed.
const LAPSE: [&str; 2] = [
    lost!("edition = $1 AND lease_until <= $2 AND holder <> $3"),
    left_behind!("edition = $1 AND lease_until <= $2 AND holder <> $3"),
];

const EXPIRE: &str = "UPDATE deliveries SET ended_at = $2,
       state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'expired' END,
       due_at = CASE WHEN doubts > 0 THEN $3 ELSE due_at END
     WHERE edition = $1 AND (state IN ('queued', 'deferred') OR (state = 'uncertain' AND due_at < $3))";

impl Store {
    /// Takes up to `limit` deliveries that are due into the caller's hands, all of which may begin at once.
    ///
    /// See [`Store::claim_paced`].
    pub async fn claim(
        &self,
        id: EditionId,
        lease: &Lease,
        limit: usize,
        now: Instant,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.claim_paced(id, lease, limit, now, None).await
    }

    /// Takes up to `limit` deliveries that are due into the caller's hands, first-time ones first; `pace` may put
    /// them off.
    ///
    /// A reader who has left all of the edition's lists since the release is skipped and marked cancelled, one
    /// who was suppressed is marked suppressed. No delivery is given to two callers. An empty answer means that
    /// nothing is due at `now` that another caller is not taking, or that the edition is paused or not going out.
    ///
    /// They are the holder's until `lease.until`; what others have let lapse is taken back first, and of an edition
    /// whose time is over everything that waits expires.
    pub async fn claim_paced(
        &self,
        id: EditionId,
        lease: &Lease,
        limit: usize,
        now: Instant,
        mut pace: Option<&mut Pace<'_>>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let due = self.0.either(DUE[0], DUE[1]);
        let (at, until) = (now.timestamp_millis(), lease.until.timestamp_millis());
        let mut claimed = Vec::new();
        on!(write self, tx => {
            settle!(self, tx);
            let standing = sqlx::query_as(STANDING).bind(id.0).bind(at).bind(&lease.holder);
            let standing: Option<(bool, Option<i64>, bool)> = standing.fetch_optional(&mut *tx).await?;
            let (goes_out, expires_at, lapsed) = standing.unwrap_or_default();
            if lapsed {
                for statement in LAPSE {
                    sqlx::query(statement).bind(id.0).bind(at).bind(&lease.holder).execute(&mut *tx).await?;
                }
            }
            if expires_at.is_some_and(|expires| expires <= at) {
                sqlx::query(EXPIRE).bind(id.0).bind(at).bind(NEVER).execute(&mut *tx).await?;
            }
            let before = if pace.is_some() { lanes!(self, tx) } else { Lanes::default() };
            let (mut after, mut pages) = (before.clone(), PAGES);
            for state in [DeliveryState::Queued, DeliveryState::Deferred, DeliveryState::Uncertain] {
                while goes_out && claimed.len() < limit && pages > 0 {
                    let rows: String = sqlx::query_scalar(due)
                        .bind(id.0)
                        .bind(state.as_str())
                        .bind(at)
                        .bind(column::limit(limit - claimed.len()))
                        .fetch_one(&mut *tx)
                        .await?;
                    let rows = claim_rows(&rows)?;
                    if rows.is_empty() {
                        break;
                    }
                    pages -= 1;
                    let (kept, going) = decide(rows, state, now, &mut after, pace.as_deref_mut())?;
                    let ids: Vec<DeliveryId> = going.iter().map(|claimed| claimed.delivery).collect();
                    let take = sqlx::query(TAKE).bind(column::to_json(&ids)?).bind(&lease.holder).bind(until);
                    take.execute(&mut *tx).await?;
                    if !kept.is_empty() {
                        sqlx::query(KEEP).bind(column::to_json(&kept)?).bind(at).execute(&mut *tx).await?;
                    }
                    claimed.extend(going);
                }
            }
            if before != after {
                sqlx::query(lanes::PUT).bind(lanes::changed(&before, &after)?).execute(&mut *tx).await?;
            }
        });
        Ok(claimed)
    }

    /// Returns when more of the edition comes due, and when others than `holder` may lose what they have in hand.
    pub async fn waiting(&self, id: EditionId, holder: &str) -> Result<Waiting, StoreError> {
        self.settle().await?;
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(
                "SELECT state, MIN(CASE WHEN state = 'sending' THEN lease_until ELSE due_at END) FROM deliveries
                 WHERE edition = $1 AND ((state IN ('queued', 'deferred', 'uncertain') AND due_at < $2)
                   OR (state = 'sending' AND holder <> $3))
                 GROUP BY state",
            )
            .bind(id.0)
            .bind(NEVER)
            .bind(holder)
            .fetch_all(db)
            .await?);
        let mut waiting = Waiting::default();
        for (state, at) in rows {
            let at = Some(column::instant("deliveries.due_at", at)?);
            match state.as_str() {
                "queued" => waiting.queued = at,
                "deferred" => waiting.deferred = at,
                "uncertain" => waiting.uncertain = at,
                _ => waiting.sending = at,
            }
        }
        Ok(waiting)
    }
}

/// Parts the rows into those that do not go now and those that do.
fn decide(
    rows: Vec<ClaimRow>,
    state: DeliveryState,
    now: Instant,
    lanes: &mut Lanes,
    pace: Option<&mut Pace<'_>>,
) -> Result<(Vec<Kept>, Vec<Claimed>), StoreError> {
    let (mut kept, mut going) = (Vec::new(), Vec::new());
    for row in rows {
        match row.gone() {
            Some(state) => kept.push(Kept { id: row.id, state: state.as_str(), due: None }),
            None => going.extend(row.claimed(now)?),
        }
    }
    let Some(pace) = pace else { return Ok((kept, going)) };
    let mut fates = pace(lanes, &going).into_iter();
    going.retain_mut(|claimed| match fates.next() {
        Some(Fate::Later(due)) => {
            let due = Some(due.timestamp_millis());
            kept.push(Kept { id: claimed.delivery.0, state: state.as_str(), due });
            false
        }
        Some(Fate::Go(at)) => {
            claimed.not_before = at;
            true
        }
        None => true,
    });
    Ok((kept, going))
}

/// Reads what is due; what cannot be read is not shown, for it holds addresses and tokens.
fn claim_rows(rows: &str) -> Result<Vec<ClaimRow>, StoreError> {
    serde_json::from_str(rows).map_err(|error| StoreError::Unreadable {
        column: "deliveries that are due",
        why: format!("its JSON is broken at byte {}", error.column()),
    })
}

impl ClaimRow {
    /// Why it goes no more, if so.
    const fn gone(&self) -> Option<DeliveryState> {
        match (self.suppressed, self.list) {
            (1.., _) => Some(DeliveryState::Suppressed),
            (0, None) => Some(DeliveryState::Cancelled),
            (0, Some(_)) => None,
        }
    }

    /// The delivery to be carried, unless the reader must not get it any more.
    fn claimed(self, now: Instant) -> Result<Option<Claimed>, StoreError> {
        let (0, Some(list), Some(list_token)) = (self.suppressed, self.list, self.list_token) else {
            return Ok(None);
        };
        Ok(Some(Claimed {
            delivery: DeliveryId(self.id),
            address: column::parsed("subscribers.address", &self.address)?,
            name: self.name,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            not_before: now,
            variant: self.variant,
            list: ListId(list),
            list_token,
            reader_token: self.reader_token,
            plain: self.plain > 0,
        }))
    }
}
