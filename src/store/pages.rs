//! The article pages that were read for sources: each once, those that could not be had a few times.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, SourceId};

/// What an article page turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageFound {
    /// An article, which was stored.
    Article,
    /// Something else, for good: a paywall, a consent page, no article, forbidden to robots.
    Other,
    /// It could not be had.
    Failed,
}

/// An article page that was read, or could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRead {
    /// A digest of its address.
    pub page: i64,
    /// When it was asked for last.
    pub at: Instant,
    /// What it was.
    pub found: PageFound,
    /// How often it was asked for.
    pub tries: u32,
}

#[derive(FromRow)]
struct PageRow {
    page: i64,
    read_at: i64,
    found: String,
    tries: i64,
}

#[derive(Serialize)]
struct PageIn {
    page: i64,
    at: i64,
    found: PageFound,
}

const KNOWN: &str = "SELECT page, read_at, found, tries FROM pages
     WHERE source = $1 AND page IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";

/// `WHERE TRUE`: SQLite would else take the conflict for a join.
const RECORD: &str = "INSERT INTO pages (source, page, read_at, found)
     SELECT $1, CAST(value ->> 'page' AS BIGINT), CAST(value ->> 'at' AS BIGINT), value ->> 'found' FROM json_each($2)
     WHERE TRUE
     ON CONFLICT (source, page) DO UPDATE SET read_at = excluded.read_at, found = excluded.found, tries = pages.tries + 1";

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
        let known = |row: PageRow| {
            let at = column::instant("pages.read_at", row.read_at)?;
            let found = column::word("pages.found", row.found)?;
            let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
            Ok((row.page, PageRead { page: row.page, at, found, tries }))
        };
        rows.into_iter().map(known).collect()
    }

    /// Remembers that pages of a source were read; each page at most once in `pages`.
    pub async fn record_pages(&self, source: SourceId, pages: &[PageRead]) -> Result<(), StoreError> {
        if pages.is_empty() {
            return Ok(());
        }
        let row =
            |read: &PageRead| PageIn { page: read.page, at: read.at.timestamp_millis(), found: read.found };
        let rows = column::to_json(&pages.iter().map(row).collect::<Vec<_>>())?;
        on!(write self, tx => {
            sqlx::query(RECORD).bind(source.0).bind(&rows).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
