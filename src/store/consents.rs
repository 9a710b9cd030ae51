//! Consents: sign-ups that came into force, which is also the proof of them.

use serde::Serialize;

use super::pool::on;
use super::signups::{BY_TOKEN, LISTS_OF, SignupRow, names, signups, with_lists};
use super::token::Tokens;
use super::{Store, StoreError, column, suppressions};
use crate::model::{Consent, EmailAddress, Instant, Name, NewSignup, Signup};

/// A list with the token that a new subscription to it gets.
#[derive(Serialize)]
struct PlaceIn<'a> {
    l: &'a str,
    t: String,
}

/// What a sign-up needs to come into force: tokens for the reader and for a subscription to each list.
pub(super) struct Fresh {
    pub(super) reader: String,
    pub(super) places: String,
    /// What rules can know the address by.
    pub(super) told: String,
    /// The rule that knows it alone.
    pub(super) hash: String,
}

/// Once, and not when it is too late.
pub(super) const CONFIRM: &str =
    "UPDATE signups SET confirmed_at = $2, confirmed_from = $3, answered_at = COALESCE(answered_at, $2)
     WHERE token = $1 AND confirmed_at IS NULL AND expires_at > $2 RETURNING id";

/// A reader's own name is not for others to change.
pub(super) const READER: &str = "INSERT INTO subscribers (key, address, name, language, token, created_at)
     SELECT key, address, name, language, $2, $3 FROM signups WHERE id = $1
     ON CONFLICT (key) DO UPDATE SET language = COALESCE(subscribers.language, excluded.language),
       name = CASE WHEN subscribers.name = '' THEN excluded.name ELSE subscribers.name END
     RETURNING id";

pub(super) const OWN: &str = "UPDATE signups SET subscriber = $2 WHERE id = $1";

/// The reader's own hand brings back what was left.
pub(super) const PLACES: &str = "INSERT INTO subscriptions (subscriber, list, state, token, created_at, changed_at)
     SELECT $2, l.id, 'confirmed', value ->> 't', $4, $4 FROM json_each($3) JOIN lists l ON l.name = value ->> 'l'
     JOIN signup_lists s ON s.list = l.id AND s.signup = $1 WHERE TRUE
     ON CONFLICT (subscriber, list) DO UPDATE SET state = 'confirmed', changed_at = excluded.changed_at
     WHERE subscriptions.state <> 'confirmed'";

pub(super) const GREET: &str =
    "UPDATE subscriptions SET welcome = TRUE WHERE subscriber = $1 AND changed_at = $2
     AND list IN (SELECT l.id FROM lists l JOIN json_each($3) ON l.name = value ->> 'l')";

/// Does what a sign-up asks for, inside the transaction `$tx`; `None` if it was done before or is too late.
macro_rules! come_into_force {
    ($tx:ident, $token:expr, $from:expr, $fresh:expr, $welcoming:expr, $now:expr) => {{
        use $crate::store::consents::{CONFIRM, GREET, OWN, PLACES, READER};
        use $crate::store::suppressions::{COME_BACK, FORGOTTEN, TOLD};
        let (at, fresh): (i64, $crate::store::consents::Fresh) = ($now.timestamp_millis(), $fresh);
        let signup: Option<i64> =
            sqlx::query_scalar(CONFIRM).bind($token).bind(at).bind($from).fetch_optional(&mut *$tx).await?;
        if let Some(signup) = signup {
            let reader: i64 = sqlx::query_scalar(READER)
                .bind(signup)
                .bind(&fresh.reader)
                .bind(at)
                .fetch_one(&mut *$tx)
                .await?;
            // Nobody but the mailbox itself can take back that it is forgotten.
            for statement in COME_BACK.into_iter().filter(|_| $from.is_some()) {
                sqlx::query(statement).bind(&fresh.hash).bind(FORGOTTEN).execute(&mut *$tx).await?;
            }
            sqlx::query(TOLD).bind(&fresh.told).execute(&mut *$tx).await?;
            sqlx::query(OWN).bind(signup).bind(reader).execute(&mut *$tx).await?;
            sqlx::query(PLACES)
                .bind(signup)
                .bind(reader)
                .bind(&fresh.places)
                .bind(at)
                .execute(&mut *$tx)
                .await?;
            sqlx::query(GREET).bind(reader).bind(at).bind($welcoming).execute(&mut *$tx).await?;
        }
        signup
    }};
}
pub(super) use come_into_force;

impl Fresh {
    pub(super) fn of(asked: &NewSignup, now: Instant) -> Result<Self, StoreError> {
        let tokens = Tokens::new(asked.lists.len() + 1)?;
        let lists = asked.lists.iter().enumerate();
        let places: Vec<_> =
            lists.map(|(n, list)| PlaceIn { l: list.as_str(), t: tokens.dated(n + 1, now) }).collect();
        let told = suppressions::told(std::iter::once(&asked.address))?;
        let hash = suppressions::hashed(&asked.address).key();
        Ok(Self { reader: tokens.dated(0, now), places: column::to_json(&places)?, told, hash })
    }
}

impl Store {
    /// Returns the sign-up that a token opens.
    pub async fn signup(&self, token: &str) -> Result<Option<Signup>, StoreError> {
        let (rows, lists) = on!(snapshot self, tx => {
            let rows: Vec<SignupRow> = sqlx::query_as(BY_TOKEN).bind(token).fetch_all(&mut *tx).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let lists: Vec<(i64, String)> =
                sqlx::query_as(LISTS_OF).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (rows, lists)
        });
        Ok(with_lists(rows, lists)?.pop())
    }

    /// Does what a sign-up asks for, since its mailbox has said yes; false if it was done before or is too late.
    ///
    /// On the lists `welcoming` whoever is new is noted for the latest edition.
    pub async fn confirm(
        &self,
        signup: &Signup,
        from: &str,
        welcoming: &[Name],
        now: Instant,
    ) -> Result<bool, StoreError> {
        let (fresh, welcoming) = (Fresh::of(&signup.asked, now)?, names(welcoming)?);
        let from = column::one_line(from);
        Ok(on!(write self, tx =>
            come_into_force!(tx, &signup.token, Some(from.as_str()), fresh, welcoming, now).is_some()))
    }

    /// Returns the proofs that the reader with this address asked for letters, oldest first.
    pub async fn consents(&self, address: &EmailAddress) -> Result<Vec<Consent>, StoreError> {
        const OF_READER: &str = signups!(
            "WHERE confirmed_at IS NOT NULL AND subscriber = (SELECT id FROM subscribers WHERE key = $1)",
            " ORDER BY confirmed_at, id"
        );
        let (rows, lists) = on!(snapshot self, tx => {
            let rows: Vec<SignupRow> =
                sqlx::query_as(OF_READER).bind(address.key()).fetch_all(&mut *tx).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let lists: Vec<(i64, String)> =
                sqlx::query_as(LISTS_OF).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (rows, lists)
        });
        let from: Vec<Option<String>> = rows.iter().map(|row| row.confirmed_from.clone()).collect();
        let proof = |(signup, confirmed_from): (Signup, Option<String>)| {
            Some(Consent {
                lists: signup.asked.lists,
                asked_at: signup.created_at,
                asked_from: signup.asked.network,
                page: signup.asked.page,
                wording: signup.asked.wording,
                confirmed_at: signup.confirmed_at?,
                confirmed_from,
            })
        };
        Ok(with_lists(rows, lists)?.into_iter().zip(from).filter_map(proof).collect())
    }
}
