//! Due: which sources are to be polled, and by whom.
//!
//! A source is claimed before it is polled, so that of any number of processes one polls it. Claims are leases: those of
//! a process that died lapse. What an edition waits for is wanted, which makes it due at once, unless it is left in peace.

use super::pool::on;
use super::sources::{SourceRow, source_columns};
use super::{Lease, Store, StoreError, column};
use crate::model::{Instant, Source, SourceId};

/// At `$1`, that the clock was ahead by more than a minute when it was polled: what was planned then means nothing, and the
/// poll itself counts as none.
macro_rules! ahead {
    () => {
        "COALESCE(checked_at > $1 + 60000, FALSE)"
    };
}

/// What may be polled at `$1`, in columns.
macro_rules! due {
    () => {
        concat!(
            "NOT removed AND (claimed_until IS NULL OR claimed_until <= $1)
               AND (((next_poll IS NULL OR next_poll <= $1) AND (not_before IS NULL OR not_before <= $1)) OR ",
            ahead!(),
            ")"
        )
    };
}

/// What an edition would like to be fresher and may be polled: not checked since `$2`, at `$1`, of the sources `$3`.
macro_rules! stale {
    () => {
        concat!(
            "NOT removed AND (((checked_at IS NULL OR checked_at < $2) AND (not_before IS NULL OR not_before <= $1)) OR ",
            ahead!(),
            ") AND (CAST($3 AS TEXT) IS NULL OR id IN (SELECT CAST(value AS BIGINT) FROM json_each($3)))"
        )
    };
}

/// On PostgreSQL what another process is claiming is passed over.
macro_rules! claim {
    ($skip:literal) => {
        concat!(
            "UPDATE sources SET claimed_by = $2, claimed_until = $3 WHERE id IN (SELECT id FROM sources WHERE ",
            due!(),
            " ORDER BY COALESCE(next_poll, 0), id LIMIT $4 ",
            $skip,
            ") RETURNING ",
            source_columns!()
        )
    };
}

/// On PostgreSQL rows are locked in the order of their numbers, as whoever records polls does.
macro_rules! want {
    ($lock:literal) => {
        concat!(
            "UPDATE sources SET next_poll = $1 WHERE id IN (SELECT id FROM sources WHERE next_poll > $1 AND ",
            stale!(),
            " ORDER BY id ",
            $lock,
            ")"
        )
    };
}

/// Without an end the claims are given back.
macro_rules! hold {
    ($lock:literal) => {
        concat!(
            "UPDATE sources SET claimed_until = $2,
               claimed_by = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN NULL ELSE claimed_by END
             WHERE id IN (SELECT id FROM sources WHERE claimed_by = $1 ORDER BY id ",
            $lock,
            ")"
        )
    };
}

impl Store {
    /// Claims sources that are due at `now`, the longest due first, at most `limit`.
    ///
    /// Nobody else gets them until they are recorded or given back, or the lease lapses.
    pub async fn claim_sources(
        &self,
        limit: usize,
        lease: &Lease,
        now: Instant,
    ) -> Result<Vec<Source>, StoreError> {
        const ANY: &str = concat!("SELECT EXISTS (SELECT 1 FROM sources WHERE ", due!(), ")");
        let ms = now.timestamp_millis();
        // Mostly there is nothing, and to learn that needs no writer.
        let any: bool = on!(read self, db => sqlx::query_scalar(ANY).bind(ms).fetch_one(db).await?);
        if !any {
            return Ok(Vec::new());
        }
        let claim = self.0.either(claim!(""), claim!("FOR NO KEY UPDATE SKIP LOCKED"));
        let mut rows: Vec<SourceRow> = on!(write self, tx => {
            let claim = sqlx::query_as(claim).bind(ms).bind(&lease.holder);
            let claim = claim.bind(lease.until.timestamp_millis()).bind(column::limit(limit));
            claim.fetch_all(&mut *tx).await?
        });
        rows.sort_by_key(SourceRow::due);
        rows.into_iter().map(Source::try_from).collect()
    }

    /// Says that whoever polls lives: what it has claimed stays its own until `lease.until`.
    pub async fn renew_sources(&self, lease: &Lease) -> Result<(), StoreError> {
        self.hold_sources(&lease.holder, Some(lease.until)).await
    }

    /// Gives back what a holder has claimed and not recorded: it is due as it was.
    pub async fn give_sources_back(&self, holder: &str) -> Result<(), StoreError> {
        self.hold_sources(holder, None).await
    }

    async fn hold_sources(&self, holder: &str, until: Option<Instant>) -> Result<(), StoreError> {
        let hold = self.0.either(hold!(""), hold!("FOR NO KEY UPDATE"));
        on!(write self, tx => {
            let hold = sqlx::query(hold).bind(holder).bind(until.map(|until| until.timestamp_millis()));
            hold.execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Makes those of `sources` (of all, without any) due that were not polled since `fresh_since` and may be polled at
    /// `now`; returns how many they are.
    ///
    /// They are polled by whoever runs, in this process or another; [`Store::stale_sources`] tells which are left.
    pub async fn want_sources(
        &self,
        sources: Option<&[SourceId]>,
        now: Instant,
        fresh_since: Instant,
    ) -> Result<usize, StoreError> {
        let want = self.0.either(want!(""), want!("FOR NO KEY UPDATE"));
        let ids = sources.map(column::to_json).transpose()?;
        on!(write self, tx => {
            let want = sqlx::query(want).bind(now.timestamp_millis()).bind(fresh_since.timestamp_millis());
            want.bind(ids).execute(&mut *tx).await?;
        });
        Ok(self.stale_sources(sources, now, fresh_since).await?.len())
    }

    /// Returns those of `sources` (of all, without any) that were not polled since `fresh_since` and may be polled at
    /// `now`: what an edition may wait for. A source that is left in peace is none of them.
    pub async fn stale_sources(
        &self,
        sources: Option<&[SourceId]>,
        now: Instant,
        fresh_since: Instant,
    ) -> Result<Vec<SourceId>, StoreError> {
        const STALE: &str = concat!("SELECT id FROM sources WHERE ", stale!(), " ORDER BY id");
        let ids = sources.map(column::to_json).transpose()?;
        let stale: Vec<i64> = on!(read self, db => {
            let stale = sqlx::query_scalar(STALE).bind(now.timestamp_millis());
            stale.bind(fresh_since.timestamp_millis()).bind(ids).fetch_all(db).await?
        });
        Ok(stale.into_iter().map(SourceId).collect())
    }
}
