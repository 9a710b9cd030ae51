//! Pushes: documents that hubs have sent, until a stage has read them.

use sqlx::FromRow;

use super::articles::{Gathered, alone_with_articles, put};
use super::pool::on;
use super::sorting::Brought;
use super::sources::{SourceRow, source_columns};
use super::{Store, StoreError, column};
use crate::model::{Article, Instant, Source, SourceId};

/// So many wait of one source; of what comes then no more is known than that it came.
const MOST: i64 = 20;

/// A document that a hub has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Its row.
    pub id: i64,
    /// Of which source.
    pub source: SourceId,
    /// The row of what the hub was asked for.
    pub hub: i64,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

#[derive(FromRow)]
struct PushRow {
    id: i64,
    source: i64,
    hub: i64,
    content_type: Option<String>,
    body: Vec<u8>,
}

const ROOM: &str = "SELECT COUNT(*) < $2 FROM pushes WHERE source = $1";
const KEEP: &str =
    "INSERT INTO pushes (source, hub, content_type, body, received_at) VALUES ($1, $2, $3, $4, $5)";
/// Its document is wanted whole, by whoever polls next.
const WHOLE: &str = "UPDATE sources SET etag = NULL, last_modified = NULL,
       next_poll = CASE WHEN next_poll > $2 THEN $2 ELSE next_poll END WHERE id = $1";

macro_rules! claim {
    ($skip:literal) => {
        concat!(
            "UPDATE pushes SET claimed_until = $2 WHERE id IN (
               SELECT id FROM pushes WHERE claimed_until IS NULL OR claimed_until <= $1 ORDER BY id LIMIT $3 ",
            $skip,
            ") RETURNING id, source, hub, content_type, body"
        )
    };
}

const OF_SOURCE: &str =
    concat!("SELECT ", source_columns!(), " FROM sources WHERE id = $1 AND NOT removed AND kind = 'feed'");

/// A hub that delivers makes up for polling until its lease ends.
const DELIVERED: [&str; 2] = [
    "UPDATE hubs SET delivered_at = $2, trouble = NULL WHERE id = $1",
    "UPDATE sources SET pushed_until = h.ends_at FROM hubs h
     WHERE h.id = $1 AND h.source = sources.id AND NOT h.leaving AND h.verified_at IS NOT NULL AND h.ends_at > $2",
];

impl Store {
    /// Keeps what a hub has sent for a source until it is read; false if too much of it waits, so that it is polled
    /// instead.
    pub async fn put_push(
        &self,
        (hub, source): (i64, SourceId),
        content_type: Option<&str>,
        body: &[u8],
        now: Instant,
    ) -> Result<bool, StoreError> {
        let now = now.timestamp_millis();
        Ok(on!(write self, tx => {
            let room: bool = sqlx::query_scalar(ROOM).bind(source.0).bind(MOST).fetch_one(&mut *tx).await?;
            if room {
                let keep = sqlx::query(KEEP).bind(source.0).bind(hub).bind(content_type).bind(body).bind(now);
                keep.execute(&mut *tx).await?;
            } else {
                sqlx::query(WHOLE).bind(source.0).bind(now).execute(&mut *tx).await?;
            }
            room
        }))
    }

    /// Claims the oldest push that nobody reads, until an instant.
    pub async fn claim_push(&self, until: Instant, now: Instant) -> Result<Option<Push>, StoreError> {
        let claim = self.0.either(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
        let any: bool = on!(read self, db =>
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pushes WHERE claimed_until IS NULL OR claimed_until <= $1)")
                .bind(now.timestamp_millis())
                .fetch_one(db)
                .await?);
        if !any {
            return Ok(None);
        }
        let row: Option<PushRow> = on!(write self, tx =>
            sqlx::query_as(claim)
                .bind(now.timestamp_millis())
                .bind(until.timestamp_millis())
                .bind(1_i64)
                .fetch_optional(&mut *tx)
                .await?);
        Ok(row.map(|PushRow { id, source, hub, content_type, body }| Push {
            id,
            source: SourceId(source),
            hub,
            content_type,
            body,
        }))
    }

    /// Returns the source of a push, if it is still there and a feed.
    pub async fn pushed_source(&self, id: SourceId) -> Result<Option<Source>, StoreError> {
        let row: Option<SourceRow> =
            on!(read self, db => sqlx::query_as(OF_SOURCE).bind(id.0).fetch_optional(db).await?);
        row.map(Source::try_from).transpose()
    }

    /// Stores the articles of a push, which says nothing of those that are not in it, and forgets the push; with `whole`
    /// the source is polled at once for all that it has.
    pub async fn end_push(
        &self,
        push: &Push,
        articles: &[Article],
        whole: bool,
        now: Instant,
    ) -> Result<Gathered, StoreError> {
        let at = now.timestamp_millis();
        let gathered = on!(write self, tx => {
            let brought = Brought { source: push.source, at: now, articles, partial: true };
            let mut gathered = Vec::new();
            if !articles.is_empty() {
                alone_with_articles!(self, tx);
                gathered = put!(self, tx, &[brought]);
            }
            if whole {
                sqlx::query(WHOLE).bind(push.source.0).bind(at).execute(&mut *tx).await?;
            }
            for statement in DELIVERED {
                sqlx::query(statement).bind(push.hub).bind(at).execute(&mut *tx).await?;
            }
            sqlx::query("DELETE FROM pushes WHERE id = $1").bind(push.id).execute(&mut *tx).await?;
            gathered
        });
        Ok(gathered.into_iter().next().unwrap_or_default())
    }

    /// Forgets a push that could not be read; its source is polled instead.
    pub async fn fail_push(&self, push: &Push, sentence: &str, now: Instant) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(WHOLE).bind(push.source.0).bind(now.timestamp_millis()).execute(&mut *tx).await?;
            sqlx::query("UPDATE hubs SET trouble = $2 WHERE id = $1")
                .bind(push.hub)
                .bind(column::one_line(sentence))
                .execute(&mut *tx)
                .await?;
            sqlx::query("DELETE FROM pushes WHERE id = $1").bind(push.id).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Notes that a poll has found what its hub has not pushed: it is polled as before until its hub delivers again.
    pub async fn missed_push(&self, source: SourceId) -> Result<(), StoreError> {
        on!(write self, tx => {
            let missed = sqlx::query("UPDATE sources SET pushed_until = NULL WHERE id = $1");
            missed.bind(source.0).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
