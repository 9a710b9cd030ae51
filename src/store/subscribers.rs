//! Subscribers and their subscriptions: added many at once, read page by page, unsubscribed.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use serde::Serialize;
use sqlx::FromRow;

use super::attempts::settle;
use super::pool::on;
use super::token::Tokens;
use super::{Store, StoreError, column, suppressions};
use crate::model::{
    EmailAddress, Instant, Name, NewSubscriber, Subscriber, SubscriberId, Subscription, SubscriptionState,
};

/// What became of a batch; the four add up to its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    /// On the list now, and not before.
    pub new: u64,
    /// On the list before, or named twice in the batch.
    pub known: u64,
    /// Had left the list; left as they are (an import reactivates nobody).
    pub left: u64,
    /// Suppressed; not put on the list.
    pub suppressed: u64,
}

/// A subscriber on the way in: key, address, name, zone, consent, and a token for the reader and for the subscription.
#[derive(Serialize)]
struct SubscriberIn {
    k: String,
    a: String,
    n: String,
    z: Option<&'static str>,
    c: Option<String>,
    r: String,
    s: String,
}

/// The address as typed, the name, the zone and the consent.
type Reader<'a> = (&'a EmailAddress, String, Option<Tz>, String);
/// By key.
type Readers<'a> = BTreeMap<String, Reader<'a>>;

#[derive(FromRow)]
struct SubscriberRow {
    id: i64,
    address: String,
    name: String,
    zone: Option<String>,
    created_at: i64,
}

/// How those of a batch stand who are not simply new.
const STANDING: &str = "SELECT COUNT(*) FILTER (WHERE x.key IS NOT NULL OR told.key IS NOT NULL),
       COUNT(*) FILTER (WHERE x.key IS NULL AND told.key IS NULL AND p.state = 'unsubscribed'),
       COUNT(*) FILTER (WHERE x.key IS NULL AND told.key IS NULL AND p.state <> 'unsubscribed')
     FROM json_each($1)
     LEFT JOIN suppressions x ON x.key = value ->> 'k'
     LEFT JOIN (SELECT DISTINCT t.value ->> 'key' AS key FROM json_each($3) t JOIN suppression_rules r
       ON r.key IN (t.value ->> 'domain', t.value ->> 'hash')) told ON told.key = json_each.value ->> 'k'
     LEFT JOIN subscribers s ON s.key = json_each.value ->> 'k'
     LEFT JOIN subscriptions p ON p.subscriber = s.id AND p.list = $2";

/// How many are suppressed, have left, and are known otherwise.
type Standing = (i64, i64, i64);

const LIST: &str = "SELECT id FROM lists WHERE name = $1";
const RULES: &str = "SELECT EXISTS (SELECT 1 FROM suppression_rules)";

/// One who left is kept though suppressed, so that lifting the suppression does not bring mail again.
const READERS: &str = "INSERT INTO subscribers (key, address, name, zone, token, created_at)
     SELECT value ->> 'k', value ->> 'a', value ->> 'n', value ->> 'z', value ->> 'r', $2 FROM json_each($1)
     WHERE $3 = 'unsubscribed' OR NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = value ->> 'k')
     ON CONFLICT (key) DO UPDATE SET zone = COALESCE(subscribers.zone, excluded.zone),
       name = CASE WHEN subscribers.name = '' THEN excluded.name ELSE subscribers.name END
     WHERE (subscribers.name = '' AND excluded.name <> '') OR (subscribers.zone IS NULL AND excluded.zone IS NOT NULL)";

/// Nobody is moved but forward: from pending to confirmed, and from either to unsubscribed.
macro_rules! moves {
    () => {
        "(subscriptions.state = 'pending' AND excluded.state = 'confirmed'
          OR subscriptions.state <> 'unsubscribed' AND excluded.state = 'unsubscribed')"
    };
}

/// What was said before of a reader's consent stays.
const PLACES: &str = concat!(
    "INSERT INTO subscriptions (subscriber, list, state, token, created_at, changed_at, consent)
     SELECT s.id, $2, $3, value ->> 's', $4, $4, value ->> 'c'
     FROM json_each($1) JOIN subscribers s ON s.key = value ->> 'k'
     WHERE $3 = 'unsubscribed' OR NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key)
     ON CONFLICT (subscriber, list) DO UPDATE SET consent = COALESCE(subscriptions.consent, excluded.consent),
       state = CASE WHEN ",
    moves!(),
    " THEN excluded.state ELSE subscriptions.state END,
       changed_at = CASE WHEN ",
    moves!(),
    " THEN excluded.changed_at ELSE subscriptions.changed_at END
     WHERE ",
    moves!(),
    " OR (subscriptions.consent IS NULL AND excluded.consent IS NOT NULL)"
);

/// No address has a colon before its @: the key of a forgotten reader is nobody's.
const FORGET: [&str; 10] = [
    // their letters are still in a mailbox
    "INSERT INTO spent_links (token) SELECT token FROM subscriptions WHERE subscriber = $1 ON CONFLICT (token) DO NOTHING",
    "DELETE FROM signups WHERE subscriber = $1 OR key = (SELECT key FROM subscribers WHERE id = $1)",
    "DELETE FROM subscriptions WHERE subscriber = $1",
    "DELETE FROM mails WHERE key = (SELECT key FROM subscribers WHERE id = $1)",
    // What waits for the address to which they wanted to move opens nothing any more.
    "DELETE FROM mails WHERE matter IN (SELECT 'address:' || token FROM address_changes WHERE subscriber = $1
       UNION ALL SELECT 'moved:' || token FROM address_changes WHERE subscriber = $1)",
    "DELETE FROM address_changes WHERE subscriber = $1",
    "DELETE FROM choices WHERE subscriber = $1",
    "UPDATE deliveries SET state = 'cancelled' WHERE subscriber = $1 AND state IN ('queued', 'deferred')",
    // a relay likes to repeat the address in what it says
    "UPDATE attempts SET text = '' WHERE delivery IN (SELECT id FROM deliveries WHERE subscriber = $1)",
    // RFC 6761 §6.4
    "UPDATE subscribers SET key = 'forgotten:' || id, address = 'forgotten-' || id || '@forgotten.invalid', name = '',
       zone = NULL, language = NULL, plain = FALSE, paused_until = NULL WHERE id = $1",
];

/// Of the address only the hash stays, with the reason for which it was suppressed before, if it was.
const HASHED: &str = "INSERT INTO suppression_rules (key, reason, created_at)
     SELECT $2, COALESCE((SELECT reason FROM suppressions WHERE key = $1), $4), $3
     ON CONFLICT (key) DO NOTHING";

const PAGE: &str = "SELECT s.id, s.address, s.name, s.zone, s.created_at FROM subscribers s
     WHERE s.id > $1 AND s.key NOT LIKE 'forgotten:%' AND ($2 IS NULL OR EXISTS (
       SELECT 1 FROM subscriptions p JOIN lists l ON l.id = p.list WHERE p.subscriber = s.id AND l.name = $2))
     ORDER BY s.id LIMIT $3";

const SUBSCRIPTIONS: &str =
    "SELECT p.subscriber, l.name, p.state, p.consent FROM subscriptions p JOIN lists l ON l.id = p.list
     WHERE p.subscriber IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY l.name";

/// Reader, list, state and consent.
type PlaceRow = (i64, String, String, Option<String>);

impl Store {
    /// Puts a batch of readers on a list, in one transaction of a few statements whatever its length.
    ///
    /// Two spellings of one address are one reader. Nobody who has left or is suppressed is put back; a pending
    /// reader becomes confirmed if `state` is; a name, a zone and a consent are taken only where there was none. With the state
    /// unsubscribed the batch is of readers who have left: new ones are kept as such, others leave now.
    pub async fn add_subscribers(
        &self,
        list: &Name,
        batch: &[NewSubscriber],
        state: SubscriptionState,
        now: Instant,
    ) -> Result<Added, StoreError> {
        let readers = by_key(batch);
        let (rows, told) = (rows_in(&readers, now)?, self.told(&readers).await?);
        let at = now.timestamp_millis();
        let standing = on!(write self, tx => {
            let list_row: Option<i64> = sqlx::query_scalar(LIST).bind(list.as_str()).fetch_optional(&mut *tx).await?;
            let list_row = list_row.ok_or_else(|| StoreError::NoList(list.to_string()))?;
            let standing: Standing =
                sqlx::query_as(STANDING).bind(&rows).bind(list_row).bind(&told).fetch_one(&mut *tx).await?;
            sqlx::query(suppressions::TOLD).bind(&told).execute(&mut *tx).await?;
            sqlx::query(READERS).bind(&rows).bind(at).bind(state.as_str()).execute(&mut *tx).await?;
            sqlx::query(PLACES)
                .bind(&rows)
                .bind(list_row)
                .bind(state.as_str())
                .bind(at)
                .execute(&mut *tx)
                .await?;
            standing
        });
        added(standing, batch.len(), readers.len())
    }

    /// Returns what [`Store::add_subscribers`] would make of a batch, and changes nothing.
    pub async fn would_add(
        &self,
        list: &Name,
        batch: &[NewSubscriber],
        now: Instant,
    ) -> Result<Added, StoreError> {
        let readers = by_key(batch);
        let (rows, told) = (rows_in(&readers, now)?, self.told(&readers).await?);
        let standing = on!(snapshot self, tx => {
            let list_row: Option<i64> = sqlx::query_scalar(LIST).bind(list.as_str()).fetch_optional(&mut *tx).await?;
            let list_row = list_row.ok_or_else(|| StoreError::NoList(list.to_string()))?;
            let standing: Standing =
                sqlx::query_as(STANDING).bind(&rows).bind(list_row).bind(&told).fetch_one(&mut *tx).await?;
            standing
        });
        added(standing, batch.len(), readers.len())
    }

    /// What rules can know these readers by; nothing where there is no rule, since hashes take their time.
    async fn told(&self, readers: &Readers<'_>) -> Result<String, StoreError> {
        let rules: bool = on!(read self, db => sqlx::query_scalar(RULES).fetch_one(db).await?);
        let readers = readers.values().filter(|_| rules);
        suppressions::told(readers.map(|(address, ..)| *address))
    }

    /// Returns the reader with this address, however its case is spelled.
    pub async fn subscriber(&self, address: &EmailAddress) -> Result<Option<Subscriber>, StoreError> {
        let (row, places) = on!(snapshot self, tx => {
            let row: Option<SubscriberRow> =
                sqlx::query_as("SELECT id, address, name, zone, created_at FROM subscribers WHERE key = $1")
                    .bind(address.key())
                    .fetch_optional(&mut *tx)
                    .await?;
            let ids: Vec<i64> = row.iter().map(|r| r.id).collect();
            let places: Vec<PlaceRow> =
                sqlx::query_as(SUBSCRIPTIONS).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (row, places)
        });
        Ok(with_places(row.into_iter().collect(), places)?.pop())
    }

    /// Returns readers (of one list, in whatever state, or all), at most `limit` after the reader `after`.
    pub async fn subscribers(
        &self,
        list: Option<&Name>,
        after: Option<SubscriberId>,
        limit: usize,
    ) -> Result<Vec<Subscriber>, StoreError> {
        let (rows, places) = on!(snapshot self, tx => {
            let rows: Vec<SubscriberRow> = sqlx::query_as(PAGE)
                .bind(after.map_or(0, |id| id.0))
                .bind(list.map(Name::as_str))
                .bind(column::limit(limit))
                .fetch_all(&mut *tx)
                .await?;
            let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
            let places: Vec<PlaceRow> =
                sqlx::query_as(SUBSCRIPTIONS).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (rows, places)
        });
        with_places(rows, places)
    }

    /// Notes where a reader is, or that nobody knows; false if there is no such reader.
    pub async fn set_zone(&self, address: &EmailAddress, zone: Option<Tz>) -> Result<bool, StoreError> {
        let changed = on!(write self, tx =>
            sqlx::query("UPDATE subscribers SET zone = $2 WHERE key = $1")
                .bind(address.key())
                .bind(zone.map(Tz::name))
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(changed > 0)
    }

    /// Takes a reader off a list, or off all; returns how many subscriptions ended by it.
    pub async fn unsubscribe(
        &self,
        address: &EmailAddress,
        list: Option<&Name>,
        now: Instant,
    ) -> Result<u64, StoreError> {
        Ok(on!(write self, tx =>
            sqlx::query(
                "UPDATE subscriptions SET state = 'unsubscribed', changed_at = $3
                 WHERE subscriber = (SELECT id FROM subscribers WHERE key = $1) AND state <> 'unsubscribed'
                   AND ($2 IS NULL OR list = (SELECT id FROM lists WHERE name = $2))",
            )
            .bind(address.key())
            .bind(list.map(Name::as_str))
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected()))
    }

    /// Erases who a reader is: address, name, subscriptions, tokens and what relays said of them; false if there
    /// is no such reader.
    ///
    /// What waits for the reader is cancelled. The row stays under an address that is nobody's, so that the
    /// ledger's sums do. Nobody can bring the reader back but they themselves: what stays is a suppression by the hash of
    /// the address.
    pub async fn forget_subscriber(&self, address: &EmailAddress, now: Instant) -> Result<bool, StoreError> {
        let token = super::token::random()?;
        let (hash, at) = (suppressions::hashed(address).key(), now.timestamp_millis());
        Ok(on!(write self, tx => {
            // What was said about them may name them too.
            settle!(self, tx);
            let reader: Option<i64> =
                sqlx::query_scalar("UPDATE subscribers SET token = $2 WHERE key = $1 RETURNING id")
                    .bind(address.key())
                    .bind(token)
                    .fetch_optional(&mut *tx)
                    .await?;
            if let Some(reader) = reader {
                for step in FORGET {
                    sqlx::query(step).bind(reader).execute(&mut *tx).await?;
                }
                sqlx::query(HASHED).bind(address.key()).bind(hash).bind(at).bind(suppressions::FORGOTTEN).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM suppressions WHERE key = $1").bind(address.key()).execute(&mut *tx).await?;
            }
            reader.is_some()
        }))
    }
}

fn added((suppressed, left, known): Standing, all: usize, once: usize) -> Result<Added, StoreError> {
    let of = |number| column::count("subscriptions", number);
    let (suppressed, left, known) = (of(suppressed)?, of(left)?, of(known)?);
    let new = once as u64 - suppressed - left - known;
    Ok(Added { new, known: known + (all - once) as u64, left, suppressed })
}

/// Each reader once, with the first name given, in the order of keys: two imports lock rows in one order.
fn by_key(batch: &[NewSubscriber]) -> Readers<'_> {
    let mut readers = Readers::new();
    for new in batch {
        let first = || (&new.address, String::new(), None, String::new());
        let (_, name, zone, consent) = readers.entry(new.address.key()).or_insert_with(first);
        *zone = zone.or(new.zone);
        if name.is_empty() {
            *name = column::one_line(&new.name);
        }
        if consent.is_empty() {
            *consent = column::one_line(&new.consent);
        }
    }
    readers
}

fn rows_in(readers: &Readers<'_>, now: Instant) -> Result<String, StoreError> {
    let tokens = Tokens::new(readers.len() * 2)?;
    let row =
        |(place, (key, (address, name, zone, consent))): (usize, (&String, &Reader<'_>))| SubscriberIn {
            k: key.clone(),
            a: address.as_str().to_owned(),
            n: name.clone(),
            z: zone.map(Tz::name),
            c: Some(consent.clone()).filter(|consent| !consent.is_empty()),
            r: tokens.dated(place * 2, now),
            s: tokens.dated(place * 2 + 1, now),
        };
    column::to_json(&readers.iter().enumerate().map(row).collect::<Vec<_>>())
}

fn with_places(rows: Vec<SubscriberRow>, places: Vec<PlaceRow>) -> Result<Vec<Subscriber>, StoreError> {
    let mut by_reader: HashMap<i64, Vec<Subscription>> = HashMap::new();
    for (reader, list, state, consent) in places {
        let list = column::parsed("lists.name", &list)?;
        let state = column::word("subscriptions.state", state)?;
        by_reader.entry(reader).or_default().push(Subscription { list, state, consent });
    }
    let noun = |row: SubscriberRow| {
        Ok(Subscriber {
            id: SubscriberId(row.id),
            address: column::parsed("subscribers.address", &row.address)?,
            name: row.name,
            zone: row.zone,
            created_at: column::instant("subscribers.created_at", row.created_at)?,
            subscriptions: by_reader.remove(&row.id).unwrap_or_default(),
        })
    };
    rows.into_iter().map(noun).collect()
}
