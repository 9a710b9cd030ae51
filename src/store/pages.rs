//! The article pages that were read for sources: those that could not be had again for days, those of young articles a few
//! times.
//!
//! That a page was read is remembered for as long as it stands in a document of its source, however old it becomes.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, SourceId, Validators};

/// That a page still stands in a document is noted no more often.
const SEEN: TimeDelta = TimeDelta::days(1);

/// What an article page turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageFound {
    /// An article, which was stored.
    Article,
    /// Something else, for good: a paywall, a consent page, no article, nothing.
    Other,
    /// It could not be had, and is asked for again.
    Failed,
}

/// An article page that was read, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRead {
    /// A digest of its address.
    pub page: i64,
    /// When it was asked for last.
    pub at: Instant,
    /// What it was.
    pub found: PageFound,
    /// How often it was found to be that; the store counts that itself.
    pub tries: u32,
    /// When it is read again; `None` for never.
    pub again_at: Option<Instant>,
    /// A digest of the address that its article calls its own.
    pub canonical: Option<i64>,
    /// For the next conditional request.
    pub validators: Validators,
}

/// What is to be remembered of the pages of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pages {
    /// Those that were asked for, each at most once.
    pub read: Vec<PageRead>,
    /// Those that stand in its document, of those that were known.
    pub seen: Vec<i64>,
    /// What its readers read most, else what it has first, by the fingerprints of the addresses; `None` for a feed whose
    /// pages are not read, for its articles have their places themselves.
    pub popular: Option<Vec<i64>>,
}

#[derive(FromRow)]
struct PageRow {
    page: i64,
    read_at: i64,
    found: String,
    tries: i64,
    again_at: Option<i64>,
    canonical: Option<i64>,
    etag: Option<String>,
    last_modified: Option<String>,
}

#[derive(Serialize)]
struct PageIn<'a> {
    page: i64,
    at: i64,
    found: PageFound,
    again_at: Option<i64>,
    canonical: Option<i64>,
    etag: Option<&'a str>,
    last_modified: Option<&'a str>,
}

const KNOWN: &str = "SELECT page, read_at, found, tries, again_at, canonical, etag, last_modified FROM pages
     WHERE source = $1 AND page IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";

/// `WHERE TRUE`: SQLite would else take the conflict for a join.
const RECORD: &str =
    "INSERT INTO pages (source, page, read_at, seen_at, found, again_at, canonical, etag, last_modified)
     SELECT $1, CAST(value ->> 'page' AS BIGINT), CAST(value ->> 'at' AS BIGINT), CAST(value ->> 'at' AS BIGINT),
       value ->> 'found', CAST(value ->> 'again_at' AS BIGINT), CAST(value ->> 'canonical' AS BIGINT), value ->> 'etag',
       value ->> 'last_modified'
     FROM json_each($2) WHERE TRUE
     ON CONFLICT (source, page) DO UPDATE SET read_at = excluded.read_at, seen_at = excluded.seen_at,
       found = excluded.found,
       tries = CASE WHEN pages.found = excluded.found THEN pages.tries + 1 ELSE 1 END, again_at = excluded.again_at,
       canonical = COALESCE(excluded.canonical, pages.canonical), etag = excluded.etag,
       last_modified = excluded.last_modified";

const STALE: &str = "SELECT EXISTS (SELECT 1 FROM pages WHERE source = $1 AND seen_at < $3
       AND page IN (SELECT CAST(value AS BIGINT) FROM json_each($2)))";

const SEE: &str = "UPDATE pages SET seen_at = $3 WHERE source = $1
       AND page IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";

/// Those that were not seen since `$1`, nor in the last document of their source.
const GONE: &str = "SELECT p.source, p.page FROM pages p JOIN sources s ON s.id = p.source
     WHERE p.seen_at < $1 AND (s.removed OR p.seen_at < s.listed_at - $2)
     ORDER BY p.seen_at LIMIT $3";

const FORGET: &str = "DELETE FROM pages WHERE seen_at < $1 AND (source, page) IN (
       SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT) FROM json_each($2))";

const RANKED: &str = "SELECT print_url, place FROM articles WHERE source = $1 AND (place IS NOT NULL
       OR print_url IN (SELECT CAST(value ->> 0 AS BIGINT) FROM json_each($2)))";

const RANK: &str = "UPDATE articles SET place = (
       SELECT CAST(value ->> 1 AS BIGINT) FROM json_each($2) WHERE CAST(value ->> 0 AS BIGINT) = print_url)
     WHERE source = $1 AND (place IS NOT NULL
       OR print_url IN (SELECT CAST(value ->> 0 AS BIGINT) FROM json_each($2)))";

impl TryFrom<PageRow> for PageRead {
    type Error = StoreError;

    fn try_from(row: PageRow) -> Result<Self, StoreError> {
        Ok(Self {
            page: row.page,
            at: column::instant("pages.read_at", row.read_at)?,
            found: column::word("pages.found", row.found)?,
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
            again_at: column::instant_or_none("pages.again_at", row.again_at)?,
            canonical: row.canonical,
            validators: Validators { etag: row.etag, last_modified: row.last_modified },
        })
    }
}

impl<'a> PageIn<'a> {
    fn new(read: &'a PageRead) -> Self {
        Self {
            page: read.page,
            at: read.at.timestamp_millis(),
            found: read.found,
            again_at: read.again_at.map(|at| at.timestamp_millis()),
            canonical: read.canonical,
            etag: read.validators.etag.as_deref(),
            last_modified: read.validators.last_modified.as_deref(),
        }
    }
}

impl Store {
    /// Returns what is known of pages of a source, by the digests of their addresses.
    pub async fn pages_read(
        &self,
        source: SourceId,
        pages: &[i64],
    ) -> Result<HashMap<i64, PageRead>, StoreError> {
        let pages = column::to_json(pages)?;
        let rows: Vec<PageRow> =
            on!(read self, db => sqlx::query_as(KNOWN).bind(source.0).bind(&pages).fetch_all(db).await?);
        rows.into_iter().map(|row| PageRead::try_from(row).map(|read| (read.page, read))).collect()
    }

    /// Remembers which pages of a source were read, and which stand in its document at `now`.
    pub async fn record_pages(
        &self,
        source: SourceId,
        pages: &Pages,
        now: Instant,
    ) -> Result<(), StoreError> {
        if let Some(popular) = &pages.popular {
            self.rank(source, popular).await?;
        }
        let rows = column::to_json(&pages.read.iter().map(PageIn::new).collect::<Vec<_>>())?;
        let seen = column::to_json(&pages.seen)?;
        let stale: bool = !pages.seen.is_empty()
            && on!(read self, db =>
                sqlx::query_scalar(STALE)
                    .bind(source.0)
                    .bind(&seen)
                    .bind((now - SEEN).timestamp_millis())
                    .fetch_one(db)
                    .await?);
        if pages.read.is_empty() && !stale {
            return Ok(());
        }
        on!(write self, tx => {
            if !pages.read.is_empty() {
                sqlx::query(RECORD).bind(source.0).bind(&rows).execute(&mut *tx).await?;
            }
            if stale {
                let see = sqlx::query(SEE).bind(source.0).bind(&seen).bind(now.timestamp_millis());
                see.execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Gives the articles of a source their places in such a list, and no other article one.
    async fn rank(&self, source: SourceId, popular: &[i64]) -> Result<(), StoreError> {
        let mut wanted: HashMap<i64, i64> = HashMap::new();
        for (url, place) in popular.iter().zip(1..) {
            wanted.entry(*url).or_insert(place);
        }
        let rows = column::to_json(&wanted.iter().collect::<Vec<_>>())?;
        let ranked: Vec<(i64, Option<i64>)> = on!(read self, db =>
            sqlx::query_as(RANKED).bind(source.0).bind(&rows).fetch_all(db).await?);
        if ranked.iter().all(|(url, place)| wanted.get(url) == place.as_ref()) {
            return Ok(());
        }
        on!(write self, tx => {
            sqlx::query(RANK).bind(source.0).bind(&rows).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Forgets up to `limit` pages that stood in no document since `before`, nor in the last one of their source;
    /// returns how many. Pages of removed sources stand in none.
    pub async fn prune_pages(&self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        let gone: Vec<(i64, i64)> = on!(read self, db =>
            sqlx::query_as(GONE)
                .bind(before.timestamp_millis())
                .bind((SEEN * 2).num_milliseconds())
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        if gone.is_empty() {
            return Ok(0);
        }
        let rows = column::to_json(&gone)?;
        on!(write self, tx => {
            sqlx::query(FORGET).bind(before.timestamp_millis()).bind(&rows).execute(&mut *tx).await?;
        });
        Ok(gone.len() as u64)
    }
}
