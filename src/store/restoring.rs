//! Restoring: a store that counts less than its witness remembers is a backup that was put back.
//!
//! What such a store would send may have gone long ago. All of it is held in the transaction in which that is noticed, so
//! that no crash forgets the caution: either nothing has happened, or everything is held.

use chrono::DateTime;

use super::notices::say;
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, Skipped};

/// What is said of a store that was restored.
#[derive(Debug, Clone, Copy)]
pub struct Caution<'a> {
    /// Why editions that were going out are paused.
    pub pause: &'a str,
    /// What the publisher is told.
    pub event: &'a str,
}

/// What a count has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How often this store has been counted.
    pub tally: u64,
    /// True if it counted less than its witness remembers.
    pub restored: bool,
}

/// The row is locked by it: of two who find the same, one finds it first.
const COUNT: &str = "INSERT INTO counters (name, value) VALUES ('tally', 1)
     ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
const SET: &str = "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const RESTORED: &str = "SELECT value FROM counters WHERE name = 'restored'";

const PAUSE: &str = "UPDATE editions SET paused = $1 WHERE state = 'released' AND paused IS NULL";
const SKIP_WAITING: &str =
    "UPDATE slots SET state = 'skipped', edition = NULL, reason = $1, decided_at = $2 WHERE state = 'waiting'
       AND edition IN (SELECT id FROM editions WHERE state = 'draft')";
/// A question that is settled is not asked; one that is being asked is past recall.
const ASK_NOT: &str = "DELETE FROM mails WHERE state = 'queued' AND matter IN (
       SELECT 'approval:' || id FROM editions WHERE state = 'draft' AND approve_by IS NOT NULL
       UNION ALL SELECT 'preview:' || id FROM editions WHERE state = 'draft' AND approve_by IS NOT NULL)";
/// A yes that stands in the backup may have been fulfilled since.
const CANCEL_ASKED: &str =
    "UPDATE editions SET state = 'cancelled' WHERE state = 'draft' AND approve_by IS NOT NULL";
const WELCOME_NOBODY: &str = "UPDATE subscriptions SET welcome = FALSE WHERE welcome";

impl Store {
    /// Counts the store up, past what its witness remembers. One that counted less is held: what is going out is paused,
    /// what waits for a yes is cancelled, nobody is welcomed, slots up to `now` bring no edition
    /// ([`Store::restored_at`]), and the publisher is told.
    pub async fn count_up(
        &self,
        remembered: u64,
        caution: Caution<'_>,
        now: Instant,
    ) -> Result<Counted, StoreError> {
        let at = now.timestamp_millis();
        let remembered = i64::try_from(remembered).unwrap_or(i64::MAX - 1);
        let why = column::to_json(&Skipped::Restored)?;
        let (tally, restored) = on!(write self, tx => {
            let tally: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *tx).await?;
            // One that has never counted is new, and was put back from nowhere.
            let restored = tally > 1 && tally - 1 < remembered;
            if restored {
                sqlx::query(PAUSE).bind(column::one_line(caution.pause)).execute(&mut *tx).await?;
                sqlx::query(SKIP_WAITING).bind(&why).bind(at).execute(&mut *tx).await?;
                for step in [ASK_NOT, CANCEL_ASKED, WELCOME_NOBODY] {
                    sqlx::query(step).execute(&mut *tx).await?;
                }
                for (name, value) in [("restored", at), ("tally", remembered + 1)] {
                    sqlx::query(SET).bind(name).bind(value).execute(&mut *tx).await?;
                }
                say!(tx, format!("restored:{at}"), caution.event, true, now);
            }
            (if restored { remembered + 1 } else { tally }, restored)
        });
        Ok(Counted { tally: column::count("counters.value", tally)?, restored })
    }

    /// Returns until when the store is not to be trusted, if it was ever restored: a slot up to then may have been
    /// published. A clock that was ahead is not believed for longer than it was.
    pub async fn restored_at(&self, now: Instant) -> Result<Option<Instant>, StoreError> {
        let at: Option<i64> = on!(read self, db => sqlx::query_scalar(RESTORED).fetch_optional(db).await?);
        let ahead = at.is_some_and(|at| at > now.timestamp_millis());
        if ahead {
            on!(write self, tx => {
                sqlx::query(SET).bind("restored").bind(now.timestamp_millis()).execute(&mut *tx).await?;
            });
            return Ok(DateTime::from_timestamp_millis(now.timestamp_millis()));
        }
        column::instant_or_none("counters.value", at)
    }
}
