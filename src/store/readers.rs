//! Readers as they see themselves: found by the token in their letters, and changed as they wish.

use std::collections::HashSet;

use chrono_tz::Tz;
use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::token::Tokens;
use super::{Store, StoreError, column};
use crate::model::{Choice, Instant, Language, Name, Reader, SubscriberId, Subscription, Wishes};

#[derive(FromRow)]
struct ReaderRow {
    id: i64,
    address: String,
    name: String,
    zone: Option<String>,
    language: Option<String>,
    plain: bool,
    paused_until: Option<i64>,
    suppressed: bool,
}

/// A list that a reader joins, with what lets them leave it, and 1 if they are welcomed there.
#[derive(Serialize)]
struct Joined<'a>(&'a str, String, u8);

/// A choice on its way in.
#[derive(Serialize)]
struct ChoiceIn<'a>(&'a str, u8, String);

const READER: &str = "SELECT s.id, s.address, s.name, s.zone, s.language, s.plain, s.paused_until,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key) AS suppressed
     FROM subscribers s WHERE s.token = $1";

const PLACES: &str = "SELECT l.name, p.state FROM subscriptions p JOIN lists l ON l.id = p.list
     WHERE p.subscriber = $1 ORDER BY l.name";

const CHOICES: &str = "SELECT digest, declined, left_out FROM choices WHERE subscriber = $1 ORDER BY digest";

const WISH: &str = "UPDATE subscribers SET name = $2, zone = $3, language = $4, plain = $5, paused_until = $6
     WHERE id = $1 AND key NOT LIKE 'forgotten:%'";

/// The reader's own hand brings them back; who is on a list already stays as they are.
const JOIN: &str = "INSERT INTO subscriptions (subscriber, list, state, token, created_at, changed_at, consent, welcome)
     SELECT $1, l.id, 'confirmed', value ->> 1, $3, $3, 'the page of their preferences', CAST(value ->> 2 AS BIGINT) > 0
     FROM json_each($2) JOIN lists l ON l.name = value ->> 0
     WHERE TRUE
     ON CONFLICT (subscriber, list) DO UPDATE SET state = 'confirmed', changed_at = excluded.changed_at,
       consent = excluded.consent, welcome = excluded.welcome
     WHERE subscriptions.state <> 'confirmed'";

const LEAVE: &str = "UPDATE subscriptions SET state = 'unsubscribed', changed_at = $3
     WHERE subscriber = $1 AND state <> 'unsubscribed'
       AND list IN (SELECT l.id FROM lists l JOIN json_each($2) ON l.name = value ->> 0)";

const CHOOSE: [&str; 2] = [
    "DELETE FROM choices WHERE subscriber = $1 AND digest IN (SELECT value ->> 0 FROM json_each($2))",
    "INSERT INTO choices (digest, subscriber, declined, left_out)
     SELECT value ->> 0, $1, CAST(value ->> 1 AS BIGINT) > 0, value ->> 2 FROM json_each($2)
     WHERE CAST(value ->> 1 AS BIGINT) > 0 OR value ->> 2 <> '[]'",
];

impl Store {
    /// Returns the reader whose page a token opens.
    pub async fn reader(&self, token: &str) -> Result<Option<Reader>, StoreError> {
        let found = on!(snapshot self, tx => {
            let row: Option<ReaderRow> =
                sqlx::query_as(READER).bind(token).fetch_optional(&mut *tx).await?;
            // Asked in any case: a token that opens nothing takes as long.
            let id = row.as_ref().map_or(0, |row| row.id);
            let places: Vec<(String, String)> = sqlx::query_as(PLACES).bind(id).fetch_all(&mut *tx).await?;
            let choices: Vec<(String, bool, String)> =
                sqlx::query_as(CHOICES).bind(id).fetch_all(&mut *tx).await?;
            row.map(|row| (row, places, choices))
        });
        let Some((row, places, choices)) = found else { return Ok(None) };
        let subscription = |(list, state): (String, String)| {
            let list = column::parsed("lists.name", &list)?;
            Ok(Subscription { list, consent: None, state: column::word("subscriptions.state", state)? })
        };
        let choice = |(digest, declined, left_out): (String, bool, String)| {
            let digest = column::parsed("choices.digest", &digest)?;
            Ok(Choice { digest, declined, left_out: column::json("choices.left_out", &left_out)? })
        };
        Ok(Some(Reader {
            id: SubscriberId(row.id),
            address: column::parsed("subscribers.address", &row.address)?,
            name: row.name,
            zone: row.zone,
            language: row.language.map(|tag| column::word("subscribers.language", tag)).transpose()?,
            plain: row.plain,
            paused_until: column::instant_or_none("subscribers.paused_until", row.paused_until)?,
            suppressed: row.suppressed,
            subscriptions: places.into_iter().map(subscription).collect::<Result<_, StoreError>>()?,
            choices: choices.into_iter().map(choice).collect::<Result<_, StoreError>>()?,
        }))
    }

    /// Writes down what a reader wishes, all or nothing. Whether they may join a list is the caller's business.
    ///
    /// On the lists `welcoming` whoever is new is noted for the latest edition.
    pub async fn wish(
        &self,
        reader: SubscriberId,
        wishes: &Wishes,
        welcoming: &[Name],
        now: Instant,
    ) -> Result<(), StoreError> {
        let at = now.timestamp_millis();
        let tokens = Tokens::new(wishes.join.len())?;
        let join = wishes.join.iter().enumerate();
        let join: Vec<_> = join
            .map(|(n, list)| Joined(list.as_str(), tokens.dated(n, now), u8::from(welcoming.contains(list))))
            .collect();
        let leave = super::waves::names(wishes.leave.iter().map(Name::as_str))?;
        let choices = choices_in(&wishes.choices)?;
        on!(write self, tx => {
            let known = sqlx::query(WISH)
                .bind(reader.0)
                .bind(column::one_line(&wishes.name))
                .bind(wishes.zone.map(Tz::name))
                .bind(wishes.language.as_ref().map(Language::as_str))
                .bind(wishes.plain)
                .bind(wishes.paused_until.map(|until| until.timestamp_millis()))
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if known > 0 {
                let joined = column::to_json(&join)?;
                sqlx::query(LEAVE).bind(reader.0).bind(&leave).bind(at).execute(&mut *tx).await?;
                sqlx::query(JOIN).bind(reader.0).bind(joined).bind(at).execute(&mut *tx).await?;
                for statement in CHOOSE {
                    sqlx::query(statement).bind(reader.0).bind(&choices).execute(&mut *tx).await?;
                }
            }
        });
        Ok(())
    }
}

/// Each digest once, what is left out in the order of its letters: equal choices are equal texts.
fn choices_in(choices: &[Choice]) -> Result<String, StoreError> {
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for choice in choices.iter().filter(|choice| seen.insert(&choice.digest)) {
        let mut left_out: Vec<&String> = choice.left_out.iter().collect();
        left_out.sort();
        left_out.dedup();
        rows.push(ChoiceIn(choice.digest.as_str(), u8::from(choice.declined), column::to_json(&left_out)?));
    }
    column::to_json(&rows)
}
