//! Hubs: what they were asked for (`WebSub`), and until when what they push makes up for polling; `pushes.rs` has what came.
//!
//! Who asks a hub claims the row by its next time, so that of several processes one asks. That it was asked stands in the
//! row before it is: the hub may come back to make sure before it has answered.

use std::fmt;

use chrono::TimeDelta;
use serde::Serialize;
use sqlx::FromRow;
use url::Url;

use super::pool::on;
use super::{Store, StoreError, column, token};
use crate::model::{Instant, SourceId};

/// So many hubs are found at once that nobody has asked yet.
const NEW: i64 = 200;
/// What was asked for may be made sure of for so long.
const MEANT: TimeDelta = TimeDelta::days(1);
/// A lease is taken for no longer.
const LONGEST: TimeDelta = TimeDelta::days(30);
/// Nobody is asked for a new lease sooner.
const SOONEST: TimeDelta = TimeDelta::minutes(15);
/// Who said no is asked again after so long.
const DENIED: TimeDelta = TimeDelta::days(7);

/// What a hub was asked for.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AtHub {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// The source.
    #[serde(skip)]
    pub source: SourceId,
    /// Where the source is that names it.
    #[serde(skip)]
    pub home: Url,
    /// Where it pushes to.
    #[serde(skip)]
    pub callback: String,
    /// The hub.
    pub hub: Url,
    /// The name under which it knows the document.
    pub topic: Url,
    /// What signs its pushes.
    #[serde(skip)]
    pub secret: String,
    /// True if it is asked to push no more.
    #[serde(skip)]
    pub leaving: bool,
    /// How often it was asked in vain.
    #[serde(skip)]
    pub tries: u32,
    /// When it last made sure that we want it.
    pub verified_at: Option<Instant>,
    /// Until when it will push.
    pub ends_at: Option<Instant>,
    /// When it last did.
    pub delivered_at: Option<Instant>,
    /// What went wrong last, as a sentence.
    pub trouble: Option<String>,
}

impl fmt::Debug for AtHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtHub").field("id", &self.id).field("source", &self.source).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct HubRow {
    id: i64,
    source: i64,
    home: String,
    callback: String,
    hub: String,
    topic: String,
    secret: String,
    leaving: bool,
    tries: i64,
    verified_at: Option<i64>,
    ends_at: Option<i64>,
    delivered_at: Option<i64>,
    trouble: Option<String>,
}

macro_rules! columns {
    () => {
        "id, source, home, callback, hub, topic, secret, leaving, tries, verified_at, ends_at, delivered_at, trouble"
    };
}

impl TryFrom<HubRow> for AtHub {
    type Error = StoreError;

    fn try_from(row: HubRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            source: SourceId(row.source),
            home: column::parsed("hubs.home", &row.home)?,
            callback: row.callback,
            hub: column::parsed("hubs.hub", &row.hub)?,
            topic: column::parsed("hubs.topic", &row.topic)?,
            secret: row.secret,
            leaving: row.leaving,
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
            verified_at: column::instant_or_none("hubs.verified_at", row.verified_at)?,
            ends_at: column::instant_or_none("hubs.ends_at", row.ends_at)?,
            delivered_at: column::instant_or_none("hubs.delivered_at", row.delivered_at)?,
            trouble: row.trouble,
        })
    }
}

const ALL: &str = concat!("SELECT ", columns!(), " FROM hubs WHERE NOT leaving ORDER BY source");
const ONE: &str = concat!("SELECT ", columns!(), " FROM hubs WHERE token = $1");

/// What was asked for and is wanted no more: by a source that is gone, of another hub, or to another address than `$2`.
macro_rules! unwanted {
    () => {
        "NOT leaving AND (callback <> $2 || token OR NOT EXISTS (
           SELECT 1 FROM sources s WHERE s.id = hubs.source AND NOT s.removed AND s.hub = hubs.hub AND s.topic = hubs.topic))"
    };
}

/// Sources whose hub was not asked yet.
macro_rules! wanting {
    () => {
        "FROM sources s WHERE s.hub IS NOT NULL AND s.topic IS NOT NULL AND NOT s.removed
           AND NOT EXISTS (SELECT 1 FROM hubs h WHERE h.source = s.id AND NOT h.leaving)"
    };
}

const TO_DO: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM hubs WHERE $1 >= 0 AND ",
    unwanted!(),
    ") OR ($2 <> '' AND EXISTS (SELECT 1 ",
    wanting!(),
    "))"
);
const LEAVE: &str = concat!(
    "UPDATE hubs SET leaving = TRUE, next_at = $1, tries = 0, asked_at = NULL, trouble = NULL WHERE ",
    unwanted!()
);
const WANTING: &str = concat!("SELECT s.id, s.hub, s.topic, s.url ", wanting!(), " ORDER BY s.id LIMIT $1");
const WANT: &str = "INSERT INTO hubs (source, token, callback, hub, topic, secret, next_at, home)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

/// What is pushed no more is polled as before, and at once.
const POLL: &str =
    "UPDATE sources SET pushed_until = NULL, next_poll = CASE WHEN next_poll > $1 THEN $1 ELSE next_poll END
     WHERE pushed_until IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM hubs h WHERE h.source = sources.id AND NOT h.leaving AND h.verified_at IS NOT NULL)";

/// Each time that nothing comes of it the pause is longer: 15 min, half an hour, an hour, four hours, a day.
macro_rules! claim {
    ($skip:literal) => {
        concat!(
            "UPDATE hubs SET asked_at = $1, tries = tries + 1, next_at = $1 + 900000 *
               CASE tries WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 16 ELSE 96 END
             WHERE id IN (SELECT id FROM hubs WHERE next_at <= $1 AND ($3 OR leaving) ORDER BY next_at, id LIMIT $2 ",
            $skip,
            ") RETURNING ",
            columns!()
        )
    };
}

const VERIFY: &str = "UPDATE hubs SET verified_at = $3, ends_at = $4, next_at = $5, tries = 0, trouble = NULL
     WHERE token = $1 AND topic = $2 AND NOT leaving AND asked_at >= $6";
const PROLONG: &str = "UPDATE sources SET pushed_until = $2
     WHERE pushed_until IS NOT NULL AND id = (SELECT source FROM hubs WHERE token = $1)";
const LEFT: &str = "DELETE FROM hubs WHERE token = $1 AND topic = $2 AND leaving AND asked_at IS NOT NULL";
const DENY: &str =
    "UPDATE hubs SET verified_at = NULL, ends_at = NULL, asked_at = NULL, next_at = $3, trouble = $4
     WHERE token = $1 AND topic = $2 AND NOT leaving";

impl Store {
    /// Returns what hubs were asked for and are not asked to give up, by source.
    pub async fn hubs(&self) -> Result<Vec<AtHub>, StoreError> {
        let rows: Vec<HubRow> = on!(read self, db => sqlx::query_as(ALL).fetch_all(db).await?);
        rows.into_iter().map(AtHub::try_from).collect()
    }

    /// Returns what a hub was asked for that pushes to this token.
    pub async fn hub(&self, token: &str) -> Result<Option<AtHub>, StoreError> {
        let row: Option<HubRow> =
            on!(read self, db => sqlx::query_as(ONE).bind(token).fetch_optional(db).await?);
        row.map(AtHub::try_from).transpose()
    }

    /// Notes which hubs are to be asked, and which to give up; `callback` is the beginning of the address to push to,
    /// and with an empty one all are given up.
    pub async fn want_hubs(&self, callback: &str, now: Instant) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        let to_do: bool =
            on!(read self, db => sqlx::query_scalar(TO_DO).bind(now).bind(callback).fetch_one(db).await?);
        if !to_do {
            return Ok(());
        }
        on!(write self, tx => {
            sqlx::query(LEAVE).bind(now).bind(callback).execute(&mut *tx).await?;
            sqlx::query(POLL).bind(now).execute(&mut *tx).await?;
            let wanting: Vec<(i64, String, String, String)> = match callback {
                "" => Vec::new(),
                _ => sqlx::query_as(WANTING).bind(NEW).fetch_all(&mut *tx).await?,
            };
            for (source, hub, topic, home) in wanting {
                let (token, secret) = (token::random()?, token::random()?);
                sqlx::query(WANT)
                    .bind(source)
                    .bind(&token)
                    .bind(format!("{callback}{token}"))
                    .bind(hub)
                    .bind(topic)
                    .bind(secret)
                    .bind(now)
                    .bind(home)
                    .execute(&mut *tx)
                    .await?;
            }
        });
        Ok(())
    }

    /// Claims up to `limit` hubs that are to be asked now, which counts as having asked them; without `all`, only those
    /// that are given up. A claim is the pause before the next try.
    pub async fn claim_hubs(&self, limit: usize, all: bool, now: Instant) -> Result<Vec<AtHub>, StoreError> {
        let claim = self.0.either(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
        let due: bool = on!(read self, db =>
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM hubs WHERE next_at <= $1 AND ($2 OR leaving))")
                .bind(now.timestamp_millis())
                .bind(all)
                .fetch_one(db)
                .await?);
        if !due {
            return Ok(Vec::new());
        }
        let rows: Vec<HubRow> = on!(write self, tx =>
            sqlx::query_as(claim)
                .bind(now.timestamp_millis())
                .bind(column::limit(limit))
                .bind(all)
                .fetch_all(&mut *tx)
                .await?);
        rows.into_iter().map(AtHub::try_from).collect()
    }

    /// Notes what was wrong when a hub was asked; one whose lease has ended pushes nothing any more.
    pub async fn hub_failed(&self, id: i64, sentence: &str, now: Instant) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        on!(write self, tx => {
            let note = "UPDATE hubs SET trouble = $2, verified_at = CASE WHEN ends_at > $3 THEN verified_at END
                 WHERE id = $1 AND (verified_at IS NULL OR verified_at < asked_at)";
            sqlx::query(note).bind(id).bind(column::one_line(sentence)).bind(now).execute(&mut *tx).await?;
            sqlx::query(POLL).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Forgets a hub that was asked often enough to push no more; what it pushes all the same has nowhere to go.
    pub async fn forget_hub(&self, id: i64) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("DELETE FROM hubs WHERE id = $1 AND leaving").bind(id).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Takes a hub's question whether we want this topic pushed for so long; false if nobody asked for that of late.
    pub async fn verify_hub(
        &self,
        token: &str,
        topic: &str,
        lease: TimeDelta,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let lease = lease.clamp(TimeDelta::seconds(1), LONGEST);
        let renewed = (lease * 4 / 5).max(SOONEST);
        let ends = (now + lease).timestamp_millis();
        let known = on!(write self, tx => {
            let verify = sqlx::query(VERIFY)
                .bind(token)
                .bind(topic)
                .bind(now.timestamp_millis())
                .bind(ends)
                .bind((now + renewed).timestamp_millis())
                .bind((now - MEANT).timestamp_millis());
            let known = verify.execute(&mut *tx).await?.rows_affected();
            if known > 0 {
                sqlx::query(PROLONG).bind(token).bind(ends).execute(&mut *tx).await?;
            }
            known
        });
        Ok(known > 0)
    }

    /// Takes a hub's question whether we want this topic pushed no more, and forgets it; false if nobody asked for that.
    pub async fn leave_hub(&self, token: &str, topic: &str) -> Result<bool, StoreError> {
        let left = on!(write self, tx =>
            sqlx::query(LEFT).bind(token).bind(topic).execute(&mut *tx).await?.rows_affected());
        Ok(left > 0)
    }

    /// Takes a hub's word that it will not push this topic: it is polled again; false if there is no such topic.
    pub async fn deny_hub(
        &self,
        token: &str,
        topic: &str,
        reason: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let sentence = if reason.is_empty() {
            "the hub will not push it".to_owned()
        } else {
            format!("the hub will not push it: {reason}")
        };
        let denied = on!(write self, tx => {
            let deny = sqlx::query(DENY)
                .bind(token)
                .bind(topic)
                .bind((now + DENIED).timestamp_millis())
                .bind(column::one_line(&sentence));
            let denied = deny.execute(&mut *tx).await?.rows_affected();
            sqlx::query(POLL).bind(now.timestamp_millis()).execute(&mut *tx).await?;
            denied
        });
        Ok(denied > 0)
    }
}
