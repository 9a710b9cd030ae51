//! Candidates: the articles that composing looks at.
//!
//! Their `content` stays empty: it can be a megabyte each, and a digest shows nothing of it.

use super::articles::{ArticleRow, select_articles};
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{ArticleId, Candidate, SourceId};

// Each source in its turn: a loud one does not push out a quiet one.
const IN_TURN: &str = select_articles!(without content
    "JOIN (SELECT o.id, ROW_NUMBER() OVER (PARTITION BY o.source ORDER BY o.date DESC, o.id DESC) AS turn
             FROM articles o JOIN sources s ON s.id = o.source AND NOT s.removed
            WHERE $1 OR o.source IN (SELECT CAST(value AS BIGINT) FROM json_each($2))) t ON t.id = a.id
     ORDER BY t.turn, a.date DESC, a.id DESC LIMIT $3");

const SINCE: &str = select_articles!(without content
    "JOIN sources s ON s.id = a.source AND NOT s.removed
     WHERE ($1 OR a.source IN (SELECT CAST(value AS BIGINT) FROM json_each($2))) AND a.id > $4
     ORDER BY a.id LIMIT $3");

const UP_TO: &str = select_articles!(without content
    "JOIN sources s ON s.id = a.source AND NOT s.removed
     WHERE ($1 OR a.source IN (SELECT CAST(value AS BIGINT) FROM json_each($2))) AND a.id <= $4
     ORDER BY a.date DESC, a.id DESC LIMIT $3");

const AMONG: &str = select_articles!(without content
    "JOIN sources s ON s.id = a.source AND NOT s.removed
     WHERE ($1 OR a.source IN (SELECT CAST(value AS BIGINT) FROM json_each($2)))
       AND a.id IN (SELECT CAST(value AS BIGINT) FROM json_each($3))
     ORDER BY a.id");

const REPORTS: &str = select_articles!(without content
    "WHERE a.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
       AND a.print_url IN (SELECT CAST(value AS BIGINT) FROM json_each($2))
     ORDER BY a.id");

impl Store {
    /// Returns the articles of these sources (of all, if `None`), newest date first, at most `limit`: the newest of
    /// each source, then the second newest of each, and so on.
    ///
    /// Those of removed sources are no candidates; `content` is left empty.
    pub async fn candidates(
        &self,
        sources: Option<&[SourceId]>,
        limit: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        let mut candidates = self.looked_up(IN_TURN, sources, limit, None).await?;
        candidates.sort_by_key(|c| std::cmp::Reverse((c.date(), c.id)));
        Ok(candidates)
    }

    /// Returns what these sources (all, if `None`) have brought after the row `since`, lowest row first, at most
    /// `limit`, so that nothing below the last one is left out; `content` is left empty.
    pub async fn candidates_since(
        &self,
        sources: Option<&[SourceId]>,
        since: ArticleId,
        limit: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.looked_up(SINCE, sources, limit, Some(since)).await
    }

    /// Returns what these sources (all, if `None`) had brought up to the row `last`, newest date first, at most
    /// `limit`; `content` is left empty.
    pub async fn candidates_up_to(
        &self,
        sources: Option<&[SourceId]>,
        last: ArticleId,
        limit: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.looked_up(UP_TO, sources, limit, Some(last)).await
    }

    /// Returns those of `articles` that these sources (all, if `None`) have brought, lowest row first; `content` is left
    /// empty.
    pub async fn candidates_among(
        &self,
        sources: Option<&[SourceId]>,
        articles: impl IntoIterator<Item = ArticleId>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let ids: Vec<i64> = articles.into_iter().map(|id| id.0).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<ArticleRow> = on!(read self, db =>
            sqlx::query_as(AMONG)
                .bind(sources.is_none())
                .bind(column::to_json(sources.unwrap_or_default())?)
                .bind(column::to_json(&ids)?)
                .fetch_all(db)
                .await?);
        rows.into_iter().map(Candidate::try_from).collect()
    }

    /// Returns those of `articles` that have the address of one of `like`, lowest row first; `content` is left empty.
    pub async fn same_pages(
        &self,
        articles: &[ArticleId],
        like: &[Candidate],
    ) -> Result<Vec<Candidate>, StoreError> {
        let ids: Vec<i64> = articles.iter().map(|id| id.0).collect();
        let addresses: Vec<i64> = like.iter().map(|c| c.article.fingerprint.url).collect();
        let rows: Vec<ArticleRow> = on!(read self, db =>
            sqlx::query_as(REPORTS)
                .bind(column::to_json(&ids)?)
                .bind(column::to_json(&addresses)?)
                .fetch_all(db)
                .await?);
        rows.into_iter().map(Candidate::try_from).collect()
    }

    async fn looked_up(
        &self,
        statement: &'static str,
        sources: Option<&[SourceId]>,
        limit: usize,
        row: Option<ArticleId>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let all = sources.is_none();
        let own = column::to_json(sources.unwrap_or_default())?;
        let rows: Vec<ArticleRow> = on!(read self, db => {
            let query = sqlx::query_as(statement).bind(all).bind(own).bind(column::limit(limit));
            match row {
                Some(row) => query.bind(row.0).fetch_all(db).await?,
                None => query.fetch_all(db).await?,
            }
        });
        rows.into_iter().map(Candidate::try_from).collect()
    }
}
