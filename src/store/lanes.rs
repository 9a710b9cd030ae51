//! Lanes: read, changed and written in one transaction, so that all processes keep one pace.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, Lane};

/// Lanes by their keys: a provider's or domain's name, or `relay:` and a relay's.
pub type Lanes = BTreeMap<String, Lane>;

#[derive(FromRow, Serialize)]
pub(super) struct LaneRow {
    key: String,
    next_at: i64,
    pushed_at: i64,
    held_until: Option<i64>,
    strikes: i64,
    failures: i64,
    day: i64,
    letters: i64,
}

/// All lanes; there is one for each domain that has a pace or gave trouble of late.
pub(super) const ALL: &str =
    "SELECT key, next_at, pushed_at, held_until, strikes, failures, day, letters FROM lanes";

pub(super) const PUT: &str = "INSERT INTO lanes (key, next_at, pushed_at, held_until, strikes, failures, day, letters)
     SELECT value ->> 'key', CAST(value ->> 'next_at' AS BIGINT), CAST(value ->> 'pushed_at' AS BIGINT),
       CAST(value ->> 'held_until' AS BIGINT), CAST(value ->> 'strikes' AS BIGINT),
       CAST(value ->> 'failures' AS BIGINT), CAST(value ->> 'day' AS BIGINT), CAST(value ->> 'letters' AS BIGINT)
     FROM json_each($1) WHERE TRUE
     ON CONFLICT (key) DO UPDATE SET next_at = excluded.next_at, pushed_at = excluded.pushed_at,
       held_until = excluded.held_until, strikes = excluded.strikes, failures = excluded.failures,
       day = excluded.day, letters = excluded.letters";

/// On PostgreSQL whoever changes lanes waits for the one before; SQLite has one writer anyway.
pub(super) const IN_TURN: &str = "SELECT pg_advisory_xact_lock(7305814)";

/// Reads all lanes in the transaction `$tx`, in turn with all others who do.
macro_rules! lanes {
    ($store:expr, $tx:ident) => {{
        if let Some(turn) = $store.0.on_postgres($crate::store::lanes::IN_TURN) {
            sqlx::query(turn).execute(&mut *$tx).await?;
        }
        let rows: Vec<$crate::store::lanes::LaneRow> =
            sqlx::query_as($crate::store::lanes::ALL).fetch_all(&mut *$tx).await?;
        $crate::store::lanes::read(rows)?
    }};
}
pub(super) use lanes;

impl Store {
    /// Changes lanes in one transaction, after everybody who came before.
    pub async fn with_lanes<T>(&self, change: impl FnOnce(&mut Lanes) -> T) -> Result<T, StoreError> {
        Ok(on!(write self, tx => {
            let before = lanes!(self, tx);
            let mut after = before.clone();
            let done = change(&mut after);
            sqlx::query(PUT).bind(changed(&before, &after)?).execute(&mut *tx).await?;
            done
        }))
    }

    /// Returns all lanes as they are.
    pub async fn lanes(&self) -> Result<Lanes, StoreError> {
        let rows: Vec<LaneRow> = on!(read self, db => sqlx::query_as(ALL).fetch_all(db).await?);
        read(rows)
    }
}

pub(super) fn read(rows: Vec<LaneRow>) -> Result<Lanes, StoreError> {
    let lane = |row: LaneRow| {
        let lane = Lane {
            next_at: micros(row.next_at)?,
            pushed_at: micros(row.pushed_at)?,
            held_until: row.held_until.map(micros).transpose()?,
            strikes: u32::try_from(row.strikes).unwrap_or(u32::MAX),
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            day: row.day,
            letters: column::count("lanes.letters", row.letters)?,
        };
        Ok((row.key, lane))
    };
    rows.into_iter().map(lane).collect()
}

/// Lanes are as fine as their letters are fast.
fn micros(us: i64) -> Result<Instant, StoreError> {
    Instant::from_timestamp_micros(us)
        .ok_or(StoreError::Unreadable { column: "lanes", why: format!("{us} µs is no instant") })
}

/// The rows that differ, as JSON.
pub(super) fn changed(before: &Lanes, after: &Lanes) -> Result<String, StoreError> {
    let us = |at: Instant| at.timestamp_micros();
    let rows: Vec<LaneRow> = after
        .iter()
        .filter(|(key, lane)| before.get(*key) != Some(*lane))
        .map(|(key, lane)| LaneRow {
            key: key.clone(),
            next_at: us(lane.next_at),
            pushed_at: us(lane.pushed_at),
            held_until: lane.held_until.map(us),
            strikes: lane.strikes.into(),
            failures: lane.failures.into(),
            day: lane.day,
            letters: i64::try_from(lane.letters).unwrap_or(i64::MAX),
        })
        .collect();
    column::to_json(&rows)
}
