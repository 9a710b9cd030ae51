//! Sign-ups: what strangers ask for on a page is a wish here until the mailbox has said yes.
//!
//! The same is written for every address, whoever it belongs to and however it stands; what differs is done by the stage
//! that answers. An address never gets more mails of it than allowed within any 24 hours: asked and counted in turn.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde::Serialize;
use sqlx::FromRow;

use super::consents::{Fresh, come_into_force};
use super::mails::put_mail;
use super::pool::on;
use super::{Store, StoreError, column, suppressions};
use crate::model::{Acquaintance, EmailAddress, Instant, Name, Never, NewMail, NewSignup, Signup};

/// Within how long mails to one address are counted.
const DAY: TimeDelta = TimeDelta::hours(24);

/// How the stage answers a sign-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not at all.
    Nothing,
    /// By a mail, if the address may have one more today.
    Mail(Box<NewMail>),
    /// By doing what is asked, for the lists ask for no confirmation; on these, whoever is new is noted for the latest
    /// edition.
    Done(Vec<Name>),
}

/// On PostgreSQL whoever counts what an address had waits for the one before; SQLite has one writer anyway.
const IN_TURN: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 10))";

const ASK: &str = "INSERT INTO signups (token, key, address, name, language, network, page, wording, created_at, expires_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
     WHERE (SELECT COUNT(*) FROM signups WHERE key = $2 AND created_at > $11) < $12 RETURNING id";

const LISTS: &str = "INSERT INTO signup_lists (signup, list)
     SELECT $1, l.id FROM json_each($2) JOIN lists l ON l.name = value ->> 'l' ON CONFLICT (signup, list) DO NOTHING";

/// All columns of a sign-up.
macro_rules! signups {
    ($($rest:literal),+) => {
        concat!(
            "SELECT id, token, address, name, language, network, page, wording, created_at, expires_at, confirmed_at,
               confirmed_from FROM signups ",
            $($rest),+
        )
    };
}
pub(super) use signups;

pub(super) const BY_TOKEN: &str = signups!("WHERE token = $1");
const WAITING: &str = signups!("WHERE answered_at IS NULL ORDER BY id LIMIT $1");

pub(super) const LISTS_OF: &str = "SELECT s.signup, l.name FROM signup_lists s JOIN lists l ON l.id = s.list
     WHERE s.signup IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY l.name";

/// By itself, or by a rule that tells it by its domain or hash.
const SUPPRESSED: &str = "SELECT reason FROM suppressions WHERE key = $1
     UNION ALL SELECT reason FROM suppression_rules WHERE key IN ($2, $3)";

/// Mails that were put because somebody asked for letters.
const HAD: &str = "SELECT COUNT(*) FROM mails WHERE key = $1 AND purpose IN ('confirmation', 'subscribed') AND created_at > $2";

#[derive(FromRow)]
pub(super) struct SignupRow {
    pub(super) id: i64,
    token: String,
    address: String,
    name: String,
    language: String,
    pub(super) network: String,
    pub(super) page: String,
    pub(super) wording: String,
    created_at: i64,
    expires_at: i64,
    confirmed_at: Option<i64>,
    pub(super) confirmed_from: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ListIn<'a> {
    pub(super) l: &'a str,
}

/// Names as `json_each` takes them.
pub(super) fn names(lists: &[Name]) -> Result<String, StoreError> {
    column::to_json(&lists.iter().map(|list| ListIn { l: list.as_str() }).collect::<Vec<_>>())
}

impl Store {
    /// Writes down what somebody asks for; false if the address was asked for so often within 24 hours that it is not
    /// worth a row.
    pub async fn sign_up(&self, new: &NewSignup, most: u32, now: Instant) -> Result<bool, StoreError> {
        let (token, key, lists) = (super::token::random()?, new.address.key(), names(&new.lists)?);
        Ok(on!(write self, tx => {
            if let Some(turn) = self.0.on_postgres(IN_TURN) {
                sqlx::query(turn).bind(&key).execute(&mut *tx).await?;
            }
            let row: Option<i64> = sqlx::query_scalar(ASK)
                .bind(token)
                .bind(&key)
                .bind(new.address.as_str())
                .bind(column::one_line(&new.name))
                .bind(new.language.as_str())
                .bind(column::one_line(&new.network))
                .bind(column::one_line(&new.page))
                .bind(new.wording.replace('\0', ""))
                .bind(now.timestamp_millis())
                .bind(new.expires_at.timestamp_millis())
                .bind((now - DAY).timestamp_millis())
                .bind(i64::from(most))
                .fetch_optional(&mut *tx)
                .await?;
            // The same statements whether or not there is a row.
            sqlx::query(LISTS)
                .bind(row.unwrap_or_default())
                .bind(if row.is_some() { lists.as_str() } else { "[]" })
                .execute(&mut *tx)
                .await?;
            row.is_some()
        }))
    }

    /// Returns sign-ups that nobody has answered, oldest first, at most `limit`.
    pub async fn waiting_signups(&self, limit: usize) -> Result<Vec<Signup>, StoreError> {
        let (rows, lists) = on!(snapshot self, tx => {
            let rows: Vec<SignupRow> =
                sqlx::query_as(WAITING).bind(column::limit(limit)).fetch_all(&mut *tx).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let lists: Vec<(i64, String)> =
                sqlx::query_as(LISTS_OF).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (rows, lists)
        });
        with_lists(rows, lists)
    }

    /// Returns how an address stands.
    pub async fn acquaintance(&self, address: &EmailAddress) -> Result<Acquaintance, StoreError> {
        let key = address.key();
        let domain = Never::Domain(address.domain().to_owned()).key();
        let hash = suppressions::hashed(address).key();
        let (suppressed, reader, places) = on!(snapshot self, tx => {
            let suppressed: Vec<String> = sqlx::query_scalar(SUPPRESSED)
                .bind(&key)
                .bind(&domain)
                .bind(&hash)
                .fetch_all(&mut *tx)
                .await?;
            let reader: Option<String> = sqlx::query_scalar("SELECT token FROM subscribers WHERE key = $1")
                .bind(&key)
                .fetch_optional(&mut *tx)
                .await?;
            let places: Vec<(String, String)> = sqlx::query_as(
                "SELECT l.name, p.state FROM subscriptions p JOIN lists l ON l.id = p.list
                 JOIN subscribers s ON s.id = p.subscriber WHERE s.key = $1",
            )
            .bind(&key)
            .fetch_all(&mut *tx)
            .await?;
            (suppressed, reader, places)
        });
        let place = |(list, state): (String, String)| {
            Ok((column::parsed("lists.name", &list)?, column::word("subscriptions.state", state)?))
        };
        let places = places.into_iter().map(place).collect::<Result<_, StoreError>>()?;
        let (forgotten, others): (Vec<_>, Vec<_>) =
            suppressed.iter().partition(|why| *why == suppressions::FORGOTTEN);
        Ok(Acquaintance { suppressed: !others.is_empty(), forgotten: !forgotten.is_empty(), reader, places })
    }

    /// Answers a sign-up once; false if another had, or if the address had `most` such mails within 24 hours.
    pub async fn answer_signup(
        &self,
        signup: &Signup,
        answer: &Answer,
        most: u32,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let (mail_token, key) = (super::token::random()?, signup.asked.address.key());
        let fresh = Fresh::of(&signup.asked, now)?;
        Ok(on!(write self, tx => {
            if let Some(turn) = self.0.on_postgres(IN_TURN) {
                sqlx::query(turn).bind(&key).execute(&mut *tx).await?;
            }
            let mine = sqlx::query("UPDATE signups SET answered_at = $2 WHERE token = $1 AND answered_at IS NULL")
                .bind(&signup.token)
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?
                .rows_affected();
            match answer {
                _ if mine == 0 => false,
                Answer::Nothing => true,
                Answer::Done(welcoming) => {
                    let welcoming = names(welcoming)?;
                    come_into_force!(tx, &signup.token, None::<&str>, fresh, welcoming, now).is_some()
                }
                Answer::Mail(mail) => {
                    let had: i64 = sqlx::query_scalar(HAD)
                        .bind(&key)
                        .bind((now - DAY).timestamp_millis())
                        .fetch_one(&mut *tx)
                        .await?;
                    if had < i64::from(most) { put_mail!(tx, mail, mail_token, now).is_some() } else { false }
                }
            }
        }))
    }

    /// Deletes sign-ups from before an instant that nobody has confirmed, at most `limit`.
    pub async fn prune_signups(&self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        Ok(on!(write self, tx =>
            sqlx::query(
                "DELETE FROM signups WHERE id IN (
                   SELECT id FROM signups WHERE confirmed_at IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2)",
            )
            .bind(before.timestamp_millis())
            .bind(column::limit(limit))
            .execute(&mut *tx)
            .await?
            .rows_affected()))
    }
}

/// Puts the lists to their sign-ups.
pub(super) fn with_lists(rows: Vec<SignupRow>, lists: Vec<(i64, String)>) -> Result<Vec<Signup>, StoreError> {
    let mut by_signup: HashMap<i64, Vec<Name>> = HashMap::new();
    for (signup, list) in lists {
        by_signup.entry(signup).or_default().push(column::parsed("lists.name", &list)?);
    }
    let noun = |row: SignupRow| {
        let asked = NewSignup {
            address: column::parsed("signups.address", &row.address)?,
            name: row.name,
            language: column::word("signups.language", row.language)?,
            lists: by_signup.remove(&row.id).unwrap_or_default(),
            network: row.network,
            page: row.page,
            wording: row.wording,
            expires_at: column::instant("signups.expires_at", row.expires_at)?,
        };
        Ok(Signup {
            token: row.token,
            asked,
            created_at: column::instant("signups.created_at", row.created_at)?,
            confirmed_at: column::instant_or_none("signups.confirmed_at", row.confirmed_at)?,
        })
    };
    rows.into_iter().map(noun).collect()
}
