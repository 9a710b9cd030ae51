//! Telling: what the publisher is told is decided, marked and queued in one transaction, so that several who look at the
//! same notices tell them once.

use chrono::TimeDelta;
use sqlx::FromRow;

use super::mails::put_mail;
use super::notices::{MATTERS, MatterRow};
use super::pool::on;
use super::{Lease, Store, StoreError, column};
use crate::model::{Bulletin, CallId, Instant, MailId, Matter, NewMail, NoticeState, Told};

/// What is decided about notices.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    /// Matters that were taken back and are seen to be so for the first time.
    pub well: Vec<String>,
    /// Events that need not be remembered any more.
    pub forget: Vec<String>,
    /// What is told now.
    pub bulletin: Option<Bulletin>,
    /// The mail that tells it.
    pub mail: Option<NewMail>,
    /// The body of the webhook's request that tells it.
    pub call: Option<String>,
}

/// A request to the webhook that waits, in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its row.
    pub id: CallId,
    /// The body.
    pub body: String,
    /// When it was written.
    pub at: Instant,
    /// The tries so far.
    pub attempts: u32,
}

#[derive(FromRow)]
struct CallRow {
    id: i64,
    call: String,
    at: i64,
    attempts: i64,
}

/// On PostgreSQL whoever tells does so after everybody else; SQLite has one writer anyway.
const IN_TURN: &str = "SELECT pg_advisory_xact_lock(7305816)";
const FORGET: &str = "DELETE FROM notices WHERE key IN (SELECT value ->> 0 FROM json_each($1))";
const WELL: &str =
    "UPDATE notices SET well_since = $2 WHERE mended AND key IN (SELECT value ->> 0 FROM json_each($1))";
const TOLD: &str = "UPDATE notices SET told_at = $2, told_text = value ->> 1
     FROM json_each($1) WHERE notices.key = value ->> 0";

/// Requests that can be made at `$1`.
macro_rules! due {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " FROM bulletins WHERE call IS NOT NULL AND due_at <= $1 AND (holder IS NULL OR lease_until <= $1)",
            $after
        )
    };
}
const CLAIM: [&str; 2] = [
    due!(
        "UPDATE bulletins SET holder = $2, lease_until = $3 WHERE id = (SELECT id",
        " ORDER BY id LIMIT 1) RETURNING id, call, at, attempts"
    ),
    due!(
        "UPDATE bulletins SET holder = $2, lease_until = $3 WHERE id = (SELECT id",
        " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, call, at, attempts"
    ),
];
/// How long it is remembered when the publisher was told.
const MEMORY: TimeDelta = TimeDelta::days(7);

impl Store {
    /// Returns when the publisher was last told anything.
    pub async fn last_told(&self) -> Result<Option<Instant>, StoreError> {
        let at: Option<i64> =
            on!(read self, db => sqlx::query_scalar("SELECT MAX(at) FROM bulletins").fetch_one(db).await?);
        column::instant_or_none("bulletins.at", at)
    }

    /// Decides what is told, from all that was said and when something was last told, in turn with all others who do;
    /// marks it, and queues the mail and the request that tell it. Returns the number of the mail.
    pub async fn tell(
        &self,
        now: Instant,
        decide: impl FnOnce(Vec<Matter>, Option<Instant>) -> Telling,
    ) -> Result<Option<MailId>, StoreError> {
        let token = super::token::random()?;
        let at = now.timestamp_millis();
        let in_turn = self.0.either("SELECT 1", IN_TURN);
        // Who takes one of them back on PostgreSQL waits until it is known what was told of it.
        let matters = self.0.either(MATTERS[0], MATTERS[1]);
        Ok(on!(write self, tx => {
            sqlx::query(in_turn).execute(&mut *tx).await?;
            let rows: Vec<MatterRow> = sqlx::query_as(matters).fetch_all(&mut *tx).await?;
            let last: Option<i64> =
                sqlx::query_scalar("SELECT MAX(at) FROM bulletins").fetch_one(&mut *tx).await?;
            let matters = rows.into_iter().map(Matter::try_from).collect::<Result<Vec<Matter>, StoreError>>()?;
            let telling = decide(matters, column::instant_or_none("bulletins.at", last)?);
            let told: Vec<&Told> = telling.bulletin.iter().flat_map(|bulletin| &bulletin.notices).collect();
            let (mended, told): (Vec<&Told>, Vec<&Told>) =
                told.into_iter().partition(|told| told.state == NoticeState::Mended);
            let mended: Vec<&String> = mended.iter().map(|told| &told.notice.key).collect();
            let told: Vec<[&String; 2]> = told.iter().map(|told| [&told.notice.key, &told.notice.text]).collect();
            let gone: Vec<[&String; 1]> = telling.forget.iter().chain(mended).map(|key| [key]).collect();
            sqlx::query(FORGET).bind(column::to_json(&gone)?).execute(&mut *tx).await?;
            let well: Vec<[&String; 1]> = telling.well.iter().map(|key| [key]).collect();
            for (step, rows) in [(WELL, column::to_json(&well)?), (TOLD, column::to_json(&told)?)] {
                sqlx::query(step).bind(rows).bind(at).execute(&mut *tx).await?;
            }
            if telling.bulletin.is_some() {
                sqlx::query("DELETE FROM bulletins WHERE call IS NULL AND at < $1")
                    .bind((now - MEMORY).timestamp_millis())
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("INSERT INTO bulletins (at, call, due_at) VALUES ($1, $2, $1)")
                    .bind(at)
                    .bind(telling.call)
                    .execute(&mut *tx)
                    .await?;
            }
            match &telling.mail {
                Some(mail) => put_mail!(tx, mail, token, now),
                None => None,
            }
        }))
    }

    /// Claims the request that has waited for longest; `None` if none is due.
    pub async fn claim_call(&self, lease: &Lease, now: Instant) -> Result<Option<Call>, StoreError> {
        let at = now.timestamp_millis();
        let due: bool = on!(read self, db =>
            sqlx::query_scalar(due!("SELECT EXISTS (SELECT 1", ")")).bind(at).fetch_one(db).await?);
        if !due {
            return Ok(None);
        }
        let claim = self.0.either(CLAIM[0], CLAIM[1]);
        let row: Option<CallRow> = on!(write self, tx =>
            sqlx::query_as(claim)
                .bind(at)
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .fetch_optional(&mut *tx)
                .await?);
        let call = |row: CallRow| {
            let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
            let at = column::instant("bulletins.at", row.at)?;
            Ok(Call { id: CallId(row.id), body: row.call, at, attempts })
        };
        row.map(call).transpose()
    }

    /// Ends a try of a claimed request: it has been made, or is given up, or is made again at `again`.
    pub async fn close_call(
        &self,
        id: CallId,
        holder: &str,
        again: Option<Instant>,
    ) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "UPDATE bulletins SET call = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN NULL ELSE call END,
                   due_at = COALESCE($3, due_at), attempts = attempts + 1, holder = NULL, lease_until = NULL
                 WHERE id = $1 AND holder = $2",
            )
            .bind(id.0)
            .bind(holder)
            .bind(again.map(|at| at.timestamp_millis()))
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }
}
