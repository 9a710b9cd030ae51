//! Mails: the queue of messages to one person each, claimed by lease as deliveries are.
//!
//! A mail is sent once: it is opened durably before its final dot, and one whose end nobody wrote down is uncertain and
//! tried once more. What a mail said is forgotten when it has ended.

use chrono::TimeDelta;
use sqlx::FromRow;

use super::attempts::NEVER;
use super::pool::on;
use super::{Lease, Store, StoreError, column};
use crate::model::{
    Direction, Instant, Language, Mail, MailId, MailRecord, MailState, Message, NewMail, Outcome, Reply,
};

#[derive(FromRow)]
struct MailRow {
    id: i64,
    purpose: String,
    address: String,
    name: String,
    sender: String,
    reply_to: Option<String>,
    subject: String,
    language: String,
    direction: String,
    html: String,
    text: String,
    token: String,
    created_at: i64,
    expires_at: i64,
    attempts: i64,
    doubts: i64,
}

#[derive(FromRow)]
struct RecordRow {
    id: i64,
    purpose: String,
    address: String,
    subject: String,
    state: String,
    attempts: i64,
    created_at: i64,
    due_at: i64,
    step: Option<String>,
    code: Option<i64>,
    enhanced: Option<String>,
    reply: Option<String>,
}

pub(super) const PUT: &str =
    "INSERT INTO mails (purpose, matter, key, address, name, sender, reply_to, subject,
       language, direction, html, text, token, created_at, due_at, expires_at, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, 'queued')
     ON CONFLICT (matter) DO NOTHING RETURNING id";

/// Puts a mail into the queue, inside the transaction `$tx`; its number, or `None` if its matter is there.
macro_rules! put_mail {
    ($tx:ident, $mail:expr, $token:expr, $now:expr) => {{
        let mail: &$crate::model::NewMail = $mail;
        let (message, whole) = (&mail.message, |text: &str| text.replace('\0', ""));
        let id: Option<i64> = sqlx::query_scalar($crate::store::mails::PUT)
            .bind(mail.purpose.as_str())
            .bind(mail.key.as_deref())
            .bind(mail.to.key())
            .bind(mail.to.as_str())
            .bind($crate::store::column::one_line(&mail.to_name))
            .bind(mail.from.to_string())
            .bind(mail.reply_to.as_ref().map(|address| address.as_str().to_owned()))
            .bind($crate::store::column::one_line(&message.subject))
            .bind(message.language.as_str())
            .bind(message.direction.as_str())
            .bind(whole(&message.html))
            .bind(whole(&message.text))
            .bind($token)
            .bind($now.timestamp_millis())
            .bind(mail.expires_at.timestamp_millis())
            .fetch_optional(&mut *$tx)
            .await?;
        id.map($crate::model::MailId)
    }};
}
pub(super) use put_mail;

const ANYTHING: &str =
    "SELECT EXISTS (SELECT 1 FROM mails WHERE state IN ('queued', 'uncertain') AND due_at <= $1)
     OR EXISTS (SELECT 1 FROM mails WHERE state = 'sending' AND lease_until <= $1)
     OR EXISTS (SELECT 1 FROM mails WHERE state IN ('queued', 'uncertain') AND due_at < 9223372036854775807
                AND expires_at <= $1)";

/// What a dead holder leaves behind: untouched what it had not opened, uncertain the rest.
const LAPSE: &str = "UPDATE mails SET
       state = CASE WHEN opened_at IS NULL AND doubts = 0 THEN 'queued' ELSE 'uncertain' END,
       due_at = CASE WHEN opened_at IS NULL THEN due_at WHEN doubts > 0 THEN 9223372036854775807 ELSE $1 + $2 END,
       html = CASE WHEN opened_at IS NOT NULL AND doubts > 0 THEN '' ELSE html END,
       text = CASE WHEN opened_at IS NOT NULL AND doubts > 0 THEN '' ELSE text END,
       attempts = attempts + CASE WHEN opened_at IS NULL THEN 0 ELSE 1 END,
       doubts = doubts + CASE WHEN opened_at IS NULL THEN 0 ELSE 1 END,
       ended_at = COALESCE(opened_at, ended_at), holder = NULL, lease_until = NULL, opened_at = NULL
     WHERE state = 'sending' AND lease_until <= $1";

/// One that may have arrived is not said to have expired.
const EXPIRE: &str =
    "UPDATE mails SET state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'expired' END, html = '', text = '',
       due_at = 9223372036854775807, ended_at = $1
     WHERE state IN ('queued', 'uncertain') AND due_at < 9223372036854775807 AND expires_at <= $1";

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE mails SET state = 'sending', holder = $1, lease_until = $2, opened_at = NULL
             WHERE id = (SELECT id FROM mails WHERE state IN ('queued', 'uncertain') AND due_at <= $3
                         ORDER BY due_at, id LIMIT 1",
            $lock,
            ") RETURNING id, purpose, address, name, sender, reply_to, subject, language, direction, html, text,
                 token, created_at, expires_at, attempts, doubts"
        )
    };
}

/// That the relay took it is true whenever it is said.
const CLOSE: &str = "UPDATE mails SET state = $3, due_at = $4, attempts = attempts + 1, doubts = doubts + $5,
       holder = NULL, lease_until = NULL, opened_at = NULL, ended_at = $6, step = $7, code = $8, enhanced = $9,
       reply = $10, html = CASE WHEN $4 = 9223372036854775807 THEN '' ELSE html END,
       text = CASE WHEN $4 = 9223372036854775807 THEN '' ELSE text END
     WHERE id = $1 AND ((state = 'sending' AND holder = $2) OR ($3 = 'sent' AND state <> 'sent'))";

/// How long a mail that has ended is remembered, so that nothing is said twice.
const MEMORY: TimeDelta = TimeDelta::days(30);

impl Store {
    /// Puts a mail into the queue; `None` if a mail about its matter was there before. What ended 30 days ago is
    /// forgotten by the way.
    pub async fn put_mail(&self, mail: &NewMail, now: Instant) -> Result<Option<MailId>, StoreError> {
        let token = super::token::random()?;
        let id = on!(write self, tx => put_mail!(tx, mail, token, now));
        self.prune_mails(now - MEMORY).await?;
        Ok(id)
    }

    /// Forgets mails that ended before an instant.
    pub async fn prune_mails(&self, before: Instant) -> Result<u64, StoreError> {
        Ok(on!(write self, tx =>
            sqlx::query("DELETE FROM mails WHERE due_at = $1 AND ended_at < $2")
                .bind(NEVER)
                .bind(before.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected()))
    }

    /// Claims the mail that has been due for longest; `None` if none is. What a dead holder had is put back before, or
    /// tried once more after `retry_after`, and what has had its time is given up.
    pub async fn claim_mail(
        &self,
        lease: &Lease,
        retry_after: TimeDelta,
        now: Instant,
    ) -> Result<Option<Mail>, StoreError> {
        let at = now.timestamp_millis();
        let anything: bool = on!(read self, db => sqlx::query_scalar(ANYTHING).bind(at).fetch_one(db).await?);
        if !anything {
            return Ok(None);
        }
        let claim = self.0.either(claim!(""), claim!(" FOR UPDATE SKIP LOCKED"));
        let row: Option<MailRow> = on!(write self, tx => {
            sqlx::query(LAPSE).bind(at).bind(retry_after.num_milliseconds()).execute(&mut *tx).await?;
            sqlx::query(EXPIRE).bind(at).execute(&mut *tx).await?;
            sqlx::query_as(claim)
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .bind(at)
                .fetch_optional(&mut *tx)
                .await?
        });
        row.map(Mail::try_from).transpose()
    }

    /// Says that the holder lives: what it has in hand stays its own until `lease.until`.
    pub async fn renew_mails(&self, lease: &Lease) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("UPDATE mails SET lease_until = $2 WHERE state = 'sending' AND holder = $1")
                .bind(&lease.holder)
                .bind(lease.until.timestamp_millis())
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Makes durable that the final dot is about to be said; false if the holder has lost the mail to another.
    pub async fn open_mail(&self, id: MailId, holder: &str, now: Instant) -> Result<bool, StoreError> {
        let opened = on!(write self, tx =>
            sqlx::query("UPDATE mails SET opened_at = $3 WHERE id = $1 AND state = 'sending' AND holder = $2")
                .bind(id.0)
                .bind(holder)
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(opened > 0)
    }

    /// Gives a mail back that nobody can have, not to be claimed again before `due`; it was no attempt.
    pub async fn unclaim_mail(&self, id: MailId, holder: &str, due: Instant) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "UPDATE mails SET state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'queued' END,
                   due_at = CASE WHEN due_at < $3 THEN $3 ELSE due_at END,
                   holder = NULL, lease_until = NULL, opened_at = NULL
                 WHERE id = $1 AND state = 'sending' AND holder = $2",
            )
            .bind(id.0)
            .bind(holder)
            .bind(due.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Lets no mail that waits go before an instant: no relay takes any.
    pub async fn rest_mails(&self, until: Instant) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("UPDATE mails SET due_at = $1 WHERE state IN ('queued', 'uncertain') AND due_at < $1")
                .bind(until.timestamp_millis())
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Writes down how a try of a claimed mail ended. An uncertain one is tried once more after `retry_after`, the
    /// second time never.
    pub async fn close_mail(
        &self,
        mail: &Mail,
        holder: &str,
        (reply, outcome): (&Reply, Outcome),
        retry_after: TimeDelta,
        now: Instant,
    ) -> Result<(), StoreError> {
        let at = now.timestamp_millis();
        let again = at.saturating_add(retry_after.num_milliseconds());
        let doubted = mail.doubts > 0;
        let (state, due) = match outcome {
            Outcome::Sent => (MailState::Sent, NEVER),
            Outcome::Deferred { until } if doubted => (MailState::Uncertain, until.timestamp_millis()),
            Outcome::Deferred { until } => (MailState::Queued, until.timestamp_millis()),
            Outcome::Uncertain => (MailState::Uncertain, if doubted { NEVER } else { again }),
            Outcome::Expired if doubted => (MailState::Uncertain, NEVER),
            Outcome::Expired => (MailState::Expired, NEVER),
            Outcome::Refused | Outcome::Suppressed | Outcome::Cancelled => (MailState::Refused, NEVER),
        };
        on!(write self, tx => {
            sqlx::query(CLOSE)
                .bind(mail.id.0)
                .bind(holder)
                .bind(state.as_str())
                .bind(due)
                .bind(i64::from(outcome == Outcome::Uncertain))
                .bind(at)
                .bind(column::word_of(&reply.step)?)
                .bind(i64::from(reply.code))
                .bind(reply.enhanced.as_deref())
                .bind(column::one_line(&reply.text))
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Returns the mails that the relay has not taken, newest first, at most `limit`.
    pub async fn unsent_mails(&self, limit: usize) -> Result<Vec<MailRecord>, StoreError> {
        let rows: Vec<RecordRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT id, purpose, address, subject, state, attempts, created_at, due_at, step, code, enhanced, reply
                 FROM mails WHERE state <> 'sent' ORDER BY id DESC LIMIT $1",
            )
            .bind(column::limit(limit))
            .fetch_all(db)
            .await?);
        rows.into_iter().map(MailRecord::try_from).collect()
    }
}

impl TryFrom<MailRow> for Mail {
    type Error = StoreError;

    fn try_from(row: MailRow) -> Result<Self, StoreError> {
        let language: Language = column::word("mails.language", row.language)?;
        let direction: Direction = column::word("mails.direction", row.direction)?;
        let message = Message { subject: row.subject, language, direction, html: row.html, text: row.text };
        let new = NewMail {
            purpose: column::parsed("mails.purpose", &row.purpose)?,
            key: None,
            to: column::parsed("mails.address", &row.address)?,
            to_name: row.name,
            from: column::parsed("mails.sender", &row.sender)?,
            reply_to: row.reply_to.map(|to| column::parsed("mails.reply_to", &to)).transpose()?,
            message,
            expires_at: column::instant("mails.expires_at", row.expires_at)?,
        };
        Ok(Self {
            id: MailId(row.id),
            new,
            created_at: column::instant("mails.created_at", row.created_at)?,
            token: row.token,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            doubts: u32::try_from(row.doubts).unwrap_or(u32::MAX),
        })
    }
}

impl TryFrom<RecordRow> for MailRecord {
    type Error = StoreError;

    fn try_from(row: RecordRow) -> Result<Self, StoreError> {
        let known = MailState::ALL.into_iter().find(|state| state.as_str() == row.state);
        let why = || format!("`{}` is no state of a mail", row.state);
        let state = known.ok_or_else(|| StoreError::Unreadable { column: "mails.state", why: why() })?;
        let waits = matches!(state, MailState::Queued | MailState::Uncertain) && row.due_at < NEVER;
        let reply = match (row.step, row.code, row.reply) {
            (Some(step), Some(code), Some(text)) => Some(Reply {
                step: column::word("mails.step", step)?,
                code: u16::try_from(code).unwrap_or_default(),
                enhanced: row.enhanced,
                text,
            }),
            (..) => None,
        };
        Ok(Self {
            id: MailId(row.id),
            purpose: column::parsed("mails.purpose", &row.purpose)?,
            to: column::parsed("mails.address", &row.address)?,
            subject: row.subject,
            state,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            created_at: column::instant("mails.created_at", row.created_at)?,
            due_at: column::instant_or_none("mails.due_at", waits.then_some(row.due_at))?,
            reply,
        })
    }
}
