//! The archive: what has gone out, for whoever reads it on the web.

use std::collections::HashMap;

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Explanation, Instant, Language, Name, Placement, WhyOut};

/// An edition in a list of those that have gone out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its row.
    pub id: EditionId,
    /// The instant that it was due.
    pub slot: Instant,
    /// When it went out.
    pub released_at: Instant,
    /// The subject line.
    pub subject: String,
    /// Its language.
    pub language: Language,
    /// The first of the zones whose readers it was for; `None` for everybody's.
    pub zone: Option<String>,
}

/// An article that a letter had no room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
}

#[derive(FromRow)]
struct PastRow {
    id: i64,
    slot: i64,
    released_at: Option<i64>,
    subject: String,
    language: String,
    zones: Option<String>,
}

const PAST: &str = "SELECT id, slot, released_at, subject, language, zones FROM editions
     WHERE digest = $1 AND slot < $2 AND state IN ('released', 'finished') AND kept <> 'counts'
     ORDER BY slot DESC LIMIT $3";

/// An address has no room for the milliseconds of a slot that was made by hand.
const COPY: &str = "SELECT id FROM editions
     WHERE digest = $1 AND slot >= $2 AND slot < $2 + 1000 AND state IN ('released', 'finished') AND kept <> 'counts' ORDER BY slot LIMIT 1";

const TITLES: &str = "SELECT e.edition, a.title FROM edition_articles e JOIN articles a ON a.id = e.article
     WHERE e.edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND e.variant = 0
       AND e.folded_into IS NULL ORDER BY e.edition, e.place";

const NAMED: &str =
    "SELECT id, title, url FROM articles WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

impl Store {
    /// Returns the editions of a digest that have gone out and whose text is kept, due before `before` if that is given,
    /// newest first, at most `limit`.
    pub async fn past(
        &self,
        digest: &Name,
        before: Option<Instant>,
        limit: usize,
    ) -> Result<Vec<Past>, StoreError> {
        let rows: Vec<PastRow> = on!(read self, db =>
            sqlx::query_as(PAST)
                .bind(digest.as_str())
                .bind(before.map_or(i64::MAX, |at| at.timestamp_millis()))
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        rows.into_iter().map(past).collect()
    }

    /// Returns the edition that was due in this second if it has gone out and its text is kept.
    pub async fn past_at(&self, digest: &Name, slot: Instant) -> Result<Option<EditionId>, StoreError> {
        let id: Option<i64> = on!(read self, db =>
            sqlx::query_scalar(COPY)
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .fetch_optional(db)
                .await?);
        Ok(id.map(EditionId))
    }

    /// Returns the titles of the articles of some editions, in reading order.
    pub async fn titles(
        &self,
        editions: &[EditionId],
    ) -> Result<HashMap<EditionId, Vec<String>>, StoreError> {
        let ids: Vec<i64> = editions.iter().map(|id| id.0).collect();
        let rows: Vec<(i64, String)> = on!(read self, db =>
            sqlx::query_as(TITLES).bind(column::to_json(&ids)?).fetch_all(db).await?);
        let mut titles: HashMap<EditionId, Vec<String>> = HashMap::new();
        for (edition, title) in rows {
            titles.entry(EditionId(edition)).or_default().push(title);
        }
        Ok(titles)
    }

    /// Returns the articles for which an edition's letters had no room, as far as they are kept, in the order in which
    /// composing looked at them.
    pub async fn left_out(&self, edition: EditionId) -> Result<Vec<Further>, StoreError> {
        let Explanation { articles } = self.explanation(edition).await?.unwrap_or_default();
        let out: Vec<i64> = articles
            .iter()
            .filter(|article| article.placement == Placement::Out(WhyOut::OverBudget))
            .map(|article| article.id.0)
            .collect();
        if out.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64, String, String)> = on!(read self, db =>
            sqlx::query_as(NAMED).bind(column::to_json(&out)?).fetch_all(db).await?);
        let mut rows: HashMap<i64, Further> =
            rows.into_iter().map(|(id, title, url)| (id, Further { title, url })).collect();
        Ok(out.iter().filter_map(|id| rows.remove(id)).collect())
    }
}

fn past(row: PastRow) -> Result<Past, StoreError> {
    let zones: Option<Vec<[String; 1]>> =
        row.zones.map(|text| column::json("editions.zones", &text)).transpose()?;
    let slot = column::instant("editions.slot", row.slot)?;
    Ok(Past {
        id: EditionId(row.id),
        slot,
        released_at: column::instant_or_none("editions.released_at", row.released_at)?.unwrap_or(slot),
        subject: row.subject,
        language: column::word("editions.language", row.language)?,
        zone: zones.and_then(|zones| zones.into_iter().next()).map(|[zone]| zone),
    })
}
