//! What is kept about one reader, all of it, for themselves.

use serde::Serialize;
use sqlx::FromRow;

use super::attempts::NEVER;
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Choice, Instant, Reader, SubscriberId};

/// Everything that is kept about a reader, but for what opens their pages.
#[derive(Debug, Clone, Serialize)]
pub struct KeptData {
    address: String,
    name: String,
    zone: Option<String>,
    language: Option<String>,
    plain_text_only: bool,
    paused_until: Option<Instant>,
    known_since: Instant,
    never_written_to: Option<String>,
    subscriptions: Vec<Place>,
    choices: Vec<ChoiceOut>,
    letters: Vec<LetterOut>,
    mails: Vec<MailOut>,
    wishes_to_move: Vec<WishOut>,
    sign_ups: Vec<SignUpOut>,
}

#[derive(Debug, Clone, Serialize)]
struct SignUpOut {
    address: String,
    name: String,
    asked_at: Instant,
    from_network: String,
    on_page: String,
    which_said: String,
    confirmed_at: Option<Instant>,
    confirmed_from: Option<String>,
}

#[derive(FromRow)]
struct SignUpRow {
    address: String,
    name: String,
    created_at: i64,
    network: String,
    page: String,
    wording: String,
    confirmed_at: Option<i64>,
    confirmed_from: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Place {
    list: String,
    state: String,
    since: Instant,
    changed_at: Instant,
    reason_given: Option<String>,
    asked_for_by: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct ChoiceOut {
    digest: String,
    declined: bool,
    sections_left_out: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct LetterOut {
    digest: String,
    edition_of: Instant,
    state: String,
    tries: i64,
    ended_at: Option<Instant>,
    replies: Vec<ReplyOut>,
}

#[derive(Debug, Clone, Serialize)]
struct ReplyOut {
    at: Instant,
    code: i64,
    said: String,
    outcome: String,
}

#[derive(Debug, Clone, Serialize)]
struct MailOut {
    purpose: String,
    subject: String,
    written_at: Instant,
    state: String,
}

#[derive(Debug, Clone, Serialize)]
struct WishOut {
    address: String,
    asked_at: Instant,
    moved_at: Option<Instant>,
}

#[derive(FromRow)]
struct LetterRow {
    id: i64,
    digest: String,
    slot: i64,
    state: String,
    attempts: i64,
    ended_at: Option<i64>,
}

/// List, state, since when, when it changed last, why it ended, and how it was asked for.
type PlaceRow = (String, String, i64, i64, Option<String>, Option<String>);

const LETTERS: &str = "SELECT d.id, e.digest, e.slot, d.state, d.attempts, d.ended_at FROM deliveries d
     JOIN editions e ON e.id = d.edition WHERE d.subscriber = $1 ORDER BY e.slot DESC, d.id DESC";

const REPLIES: &str = "SELECT a.delivery, a.at, a.code, a.text, a.outcome FROM attempts a
     JOIN deliveries d ON d.id = a.delivery WHERE d.subscriber = $1 ORDER BY a.delivery, a.number";

const PLACES: &str =
    "SELECT l.name, p.state, p.created_at, p.changed_at, p.reason, p.consent FROM subscriptions p
     JOIN lists l ON l.id = p.list WHERE p.subscriber = $1 ORDER BY l.name";

const MAILS: &str = "SELECT purpose, subject, created_at, state FROM mails WHERE key = $1 ORDER BY id DESC";

const SIGN_UPS: &str =
    "SELECT address, name, created_at, network, page, wording, confirmed_at, confirmed_from
     FROM signups WHERE subscriber = $1 OR key = $2 ORDER BY id";

const WISHES: &str =
    "SELECT address, asked_at, moved_at FROM address_changes WHERE subscriber = $1 ORDER BY asked_at DESC";

impl Store {
    /// Returns everything that is kept about a reader.
    pub async fn kept_about(&self, reader: &Reader) -> Result<KeptData, StoreError> {
        self.settle().await?;
        let (id, key) = (reader.id.0, reader.address.key());
        let (created_at, never, places, letters, replies, mails, wishes, sign_ups) = on!(snapshot self, tx => {
            let created_at: i64 = sqlx::query_scalar("SELECT created_at FROM subscribers WHERE id = $1")
                .bind(id)
                .fetch_one(&mut *tx)
                .await?;
            let never: Option<String> = sqlx::query_scalar("SELECT reason FROM suppressions WHERE key = $1")
                .bind(&key)
                .fetch_optional(&mut *tx)
                .await?;
            let places: Vec<PlaceRow> =
                sqlx::query_as(PLACES).bind(id).fetch_all(&mut *tx).await?;
            let letters: Vec<LetterRow> = sqlx::query_as(LETTERS).bind(id).fetch_all(&mut *tx).await?;
            let replies: Vec<(i64, i64, i64, String, String)> =
                sqlx::query_as(REPLIES).bind(id).fetch_all(&mut *tx).await?;
            let mails: Vec<(String, String, i64, String)> =
                sqlx::query_as(MAILS).bind(&key).fetch_all(&mut *tx).await?;
            let wishes: Vec<(String, i64, Option<i64>)> =
                sqlx::query_as(WISHES).bind(id).fetch_all(&mut *tx).await?;
            let sign_ups: Vec<SignUpRow> =
                sqlx::query_as(SIGN_UPS).bind(id).bind(&key).fetch_all(&mut *tx).await?;
            (created_at, never, places, letters, replies, mails, wishes, sign_ups)
        });
        let mut replies_of = std::collections::HashMap::<i64, Vec<ReplyOut>>::new();
        for (letter, at, code, said, outcome) in replies {
            let reply = ReplyOut { at: column::instant("attempts.at", at)?, code, said, outcome };
            replies_of.entry(letter).or_default().push(reply);
        }
        let letter = |row: LetterRow| {
            Ok(LetterOut {
                digest: row.digest,
                edition_of: column::instant("editions.slot", row.slot)?,
                state: row.state,
                tries: row.attempts,
                ended_at: ended(row.ended_at)?,
                replies: replies_of.remove(&row.id).unwrap_or_default(),
            })
        };
        Ok(KeptData {
            address: reader.address.to_string(),
            name: reader.name.clone(),
            zone: reader.zone.clone(),
            language: reader.language.as_ref().map(ToString::to_string),
            plain_text_only: reader.plain,
            paused_until: reader.paused_until,
            known_since: column::instant("subscribers.created_at", created_at)?,
            never_written_to: never,
            subscriptions: places.into_iter().map(place).collect::<Result<_, _>>()?,
            choices: reader.choices.iter().map(choice).collect(),
            letters: letters.into_iter().map(letter).collect::<Result<_, StoreError>>()?,
            mails: mails.into_iter().map(mail).collect::<Result<_, _>>()?,
            wishes_to_move: wishes.into_iter().map(wish).collect::<Result<_, _>>()?,
            sign_ups: sign_ups.into_iter().map(sign_up).collect::<Result<_, _>>()?,
        })
    }

    /// Forgets a reader, as [`Store::forget_subscriber`] does; false if that was done before.
    pub async fn forget_reader(&self, reader: SubscriberId, now: Instant) -> Result<bool, StoreError> {
        let address: Option<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT address FROM subscribers WHERE id = $1 AND key NOT LIKE 'forgotten:%'")
                .bind(reader.0)
                .fetch_optional(db)
                .await?);
        match address {
            Some(address) => {
                self.forget_subscriber(&column::parsed("subscribers.address", &address)?, now).await
            }
            None => Ok(false),
        }
    }
}

fn place(
    (list, state, since, changed_at, reason_given, asked_for_by): PlaceRow,
) -> Result<Place, StoreError> {
    Ok(Place {
        list,
        state,
        since: column::instant("subscriptions.created_at", since)?,
        changed_at: column::instant("subscriptions.changed_at", changed_at)?,
        reason_given,
        asked_for_by,
    })
}

fn choice(choice: &Choice) -> ChoiceOut {
    ChoiceOut {
        digest: choice.digest.to_string(),
        declined: choice.declined,
        sections_left_out: choice.left_out.clone(),
    }
}

fn mail((purpose, subject, written_at, state): (String, String, i64, String)) -> Result<MailOut, StoreError> {
    Ok(MailOut { purpose, subject, written_at: column::instant("mails.created_at", written_at)?, state })
}

fn wish((address, asked_at, moved_at): (String, i64, Option<i64>)) -> Result<WishOut, StoreError> {
    Ok(WishOut {
        address,
        asked_at: column::instant("address_changes.asked_at", asked_at)?,
        moved_at: column::instant_or_none("address_changes.moved_at", moved_at)?,
    })
}

fn sign_up(row: SignUpRow) -> Result<SignUpOut, StoreError> {
    Ok(SignUpOut {
        address: row.address,
        name: row.name,
        asked_at: column::instant("signups.created_at", row.created_at)?,
        from_network: row.network,
        on_page: row.page,
        which_said: row.wording,
        confirmed_at: column::instant_or_none("signups.confirmed_at", row.confirmed_at)?,
        confirmed_from: row.confirmed_from,
    })
}

fn ended(at: Option<i64>) -> Result<Option<Instant>, StoreError> {
    column::instant_or_none("deliveries.ended_at", at.filter(|at| *at < NEVER))
}
