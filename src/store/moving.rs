//! Moving: a reader's wish for another address, kept until it is confirmed there, and the move itself.

use chrono::TimeDelta;

use super::mails::put_mail;
use super::pool::on;
use super::suppressions::{TOLD, told};
use super::{Store, StoreError, column, token};
use crate::model::{Instant, Move, MoveStand, NewMail, SubscriberId};

/// The address now and whether it is suppressed, the one that is wished for, the language, until when, and when it came
/// true.
type WishRow = (String, bool, String, Option<String>, i64, Option<i64>);

/// So many mails a day a reader may ask for, and so many an address may get by the wishes of others.
const A_DAY: i64 = 3;
/// So long after it has ended, a wish is forgotten.
const MEMORY: TimeDelta = TimeDelta::days(30);

const ASKED: &str = "SELECT (SELECT COUNT(*) FROM address_changes WHERE subscriber = $1 AND asked_at > $3),
       (SELECT COUNT(*) FROM address_changes WHERE key = $2 AND asked_at > $3),
       (SELECT COUNT(*) FROM suppressions WHERE key = $2)";

const ASK: &str = "INSERT INTO address_changes (token, subscriber, key, address, asked_at, expires_at)
     SELECT $1, $2, $3, $4, $5, $6 FROM subscribers WHERE id = $2 AND key NOT LIKE 'forgotten:%'";

const FIND: &str =
    "SELECT s.address, EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key), c.address, s.language,
       c.expires_at, c.moved_at FROM address_changes c
     JOIN subscribers s ON s.id = c.subscriber WHERE c.token = $1";

const TAKE: &str = "UPDATE address_changes SET moved_at = $2
     WHERE token = $1 AND moved_at IS NULL AND expires_at > $2 RETURNING subscriber, key, address";

const MOVE: &str = "UPDATE subscribers SET key = $2, address = $3 WHERE id = $1";

/// Somebody is there already: the same person, who can read both mailboxes. They get what was subscribed to from here,
/// with the links that old letters have.
const JOIN: [&str; 5] = [
    "UPDATE subscriptions SET state = 'confirmed', changed_at = $3 WHERE subscriber = $2 AND state <> 'confirmed'
       AND list IN (SELECT list FROM subscriptions WHERE subscriber = $1 AND state = 'confirmed')
       AND CAST($3 AS BIGINT) > 0",
    "UPDATE subscriptions SET subscriber = $2 WHERE subscriber = $1 AND state = 'confirmed' AND CAST($3 AS BIGINT) > 0
       AND list NOT IN (SELECT list FROM subscriptions WHERE subscriber = $2)",
    "UPDATE subscriptions SET state = 'unsubscribed', changed_at = $3
     WHERE subscriber = $1 AND state <> 'unsubscribed' AND $2 <> $1",
    // The proof that they wanted it goes with it.
    "UPDATE signups SET subscriber = $2 WHERE subscriber = $1 AND CAST($3 AS BIGINT) > 0",
    "UPDATE choices SET subscriber = $2 WHERE subscriber = $1 AND CAST($3 AS BIGINT) > 0
       AND digest NOT IN (SELECT digest FROM choices WHERE subscriber = $2)",
];

impl Store {
    /// Returns 32 random hexadecimal digits, to name a wish to move by.
    pub fn new_move(&self) -> Result<String, StoreError> {
        token::random()
    }

    /// Keeps a reader's wish to move to the address of a mail, and puts the mail that asks there into the queue; false if
    /// too much was asked today, or the address is suppressed. Nobody may be told which.
    pub async fn ask_to_move(
        &self,
        reader: SubscriberId,
        named: &str,
        mail: &NewMail,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let (at, mail_token) = (now.timestamp_millis(), token::random()?);
        let (key, rules) = (mail.to.key(), told(std::iter::once(&mail.to))?);
        Ok(on!(write self, tx => {
            sqlx::query("DELETE FROM address_changes WHERE expires_at < $1")
                .bind((now - MEMORY).timestamp_millis())
                .execute(&mut *tx)
                .await?;
            // An address that a rule tells is known now.
            sqlx::query(TOLD).bind(&rules).execute(&mut *tx).await?;
            let asked: (i64, i64, i64) = sqlx::query_as(ASKED)
                .bind(reader.0)
                .bind(&key)
                .bind((now - TimeDelta::days(1)).timestamp_millis())
                .fetch_one(&mut *tx)
                .await?;
            let may = asked.0 < A_DAY && asked.1 < A_DAY && asked.2 == 0;
            let mut kept = 0;
            if may {
                kept = sqlx::query(ASK)
                    .bind(named)
                    .bind(reader.0)
                    .bind(&key)
                    .bind(mail.to.as_str())
                    .bind(at)
                    .bind(mail.expires_at.timestamp_millis())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
            }
            if kept > 0 {
                put_mail!(tx, mail, &mail_token, now);
            }
            kept > 0
        }))
    }

    /// Returns the wish to move that a token opens.
    pub async fn wish_to_move(&self, named: &str, now: Instant) -> Result<Option<Move>, StoreError> {
        let row: Option<WishRow> = on!(read self, db =>
            sqlx::query_as(FIND).bind(named).fetch_optional(db).await?);
        let Some((from, suppressed, to, language, expires_at, moved_at)) = row else { return Ok(None) };
        let stand = match moved_at {
            Some(_) => MoveStand::Done,
            None if expires_at <= now.timestamp_millis() => MoveStand::Over,
            None => MoveStand::Open,
        };
        Ok(Some(Move {
            from: column::parsed("subscribers.address", &from)?,
            suppressed,
            to: column::parsed("address_changes.address", &to)?,
            language: language.map(|tag| column::word("subscribers.language", tag)).transpose()?,
            stand,
        }))
    }

    /// Moves the reader whose wish a token opens, once; false if it was done before, is too late or is none.
    pub async fn move_reader(&self, named: &str, now: Instant) -> Result<bool, StoreError> {
        let at = now.timestamp_millis();
        Ok(on!(write self, tx => {
            let taken: Option<(i64, String, String)> =
                sqlx::query_as(TAKE).bind(named).bind(at).fetch_optional(&mut *tx).await?;
            if let Some((reader, key, address)) = &taken {
                let there: Option<i64> =
                    sqlx::query_scalar("SELECT id FROM subscribers WHERE key = $1 AND id <> $2")
                        .bind(key)
                        .bind(reader)
                        .fetch_optional(&mut *tx)
                        .await?;
                if let Some(there) = there {
                    for statement in JOIN {
                        sqlx::query(statement).bind(reader).bind(there).bind(at).execute(&mut *tx).await?;
                    }
                } else {
                    let to = column::parsed("address_changes.address", address)?;
                    sqlx::query(TOLD).bind(told(std::iter::once(&to))?).execute(&mut *tx).await?;
                    sqlx::query(MOVE).bind(reader).bind(key).bind(address).execute(&mut *tx).await?;
                }
            }
            taken.is_some()
        }))
    }
}
