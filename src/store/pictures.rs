//! What became of the pictures of articles when they were looked at.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{ArticleId, Image, Instant};

/// What was found of an article's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFound {
    /// The article.
    pub article: ArticleId,
    /// The address that its source named; where the article names another by now, this says nothing of it.
    pub named: String,
    /// When it was looked at.
    pub at: Instant,
    /// False where it could not be had, and whether it ever can nobody knows.
    pub settled: bool,
    /// The picture to be shown, with its size if that is known; `None` for none.
    pub image: Option<Image>,
    /// With how many pixels the longer side of its copy is shown, and the copy's name if one could be made; `None` where no
    /// copy was wanted.
    pub copy: Option<(u32, Option<String>)>,
}

#[derive(FromRow)]
struct FoundRow {
    article: i64,
    named: String,
    asked_at: i64,
    settled: bool,
    image: Option<String>,
    copy: Option<String>,
    copy_side: Option<i64>,
}

#[derive(Serialize)]
struct FoundIn<'a> {
    article: i64,
    named: &'a str,
    at: i64,
    settled: bool,
    image: Option<String>,
    copy: Option<&'a str>,
    copy_side: Option<u32>,
}

const FOUND: &str = "SELECT article, named, asked_at, settled, image, copy, copy_side FROM pictures
     WHERE article IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Of articles that are still there. A truth value of JSON is a number to one engine and a word to the other.
const RECORD: &str = "INSERT INTO pictures (article, named, asked_at, settled, image, copy, copy_side)
     SELECT a.id, value ->> 'named', CAST(value ->> 'at' AS BIGINT), CAST(value ->> 'settled' AS TEXT) IN ('1', 'true'),
       value ->> 'image', value ->> 'copy', CAST(value ->> 'copy_side' AS BIGINT)
     FROM json_each($1) JOIN articles a ON a.id = CAST(value ->> 'article' AS BIGINT)
     WHERE TRUE
     ON CONFLICT (article) DO UPDATE SET named = excluded.named, asked_at = excluded.asked_at,
       settled = excluded.settled, image = excluded.image, copy = excluded.copy, copy_side = excluded.copy_side";

impl TryFrom<FoundRow> for PictureFound {
    type Error = StoreError;

    fn try_from(row: FoundRow) -> Result<Self, StoreError> {
        let side = row.copy_side.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        Ok(Self {
            article: ArticleId(row.article),
            named: row.named,
            at: column::instant("pictures.asked_at", row.asked_at)?,
            settled: row.settled,
            image: row.image.map(|image| column::json("pictures.image", &image)).transpose()?,
            copy: side.map(|side| (side, row.copy)),
        })
    }
}

impl Store {
    /// Returns what was found of the pictures of these articles, as far as they were looked at.
    pub async fn pictures_found(
        &self,
        articles: &[ArticleId],
    ) -> Result<HashMap<ArticleId, PictureFound>, StoreError> {
        if articles.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = column::to_json(&articles.iter().map(|id| id.0).collect::<Vec<_>>())?;
        let rows: Vec<FoundRow> = on!(read self, db => sqlx::query_as(FOUND).bind(&ids).fetch_all(db).await?);
        rows.into_iter().map(|row| Ok((ArticleId(row.article), PictureFound::try_from(row)?))).collect()
    }

    /// Remembers what was found, in place of what was found before; each article at most once in `found`.
    pub async fn record_pictures(&self, found: &[PictureFound]) -> Result<(), StoreError> {
        if found.is_empty() {
            return Ok(());
        }
        let row = |found: &PictureFound| -> Result<String, StoreError> {
            let image = found.image.as_ref().map(column::to_json).transpose()?;
            column::to_json(&FoundIn {
                article: found.article.0,
                named: &found.named,
                at: found.at.timestamp_millis(),
                settled: found.settled,
                image,
                copy: found.copy.as_ref().and_then(|(_, name)| name.as_deref()),
                copy_side: found.copy.as_ref().map(|(side, _)| *side),
            })
        };
        let rows: Vec<String> = found.iter().map(row).collect::<Result<_, _>>()?;
        let rows = format!("[{}]", rows.join(","));
        on!(write self, tx => {
            sqlx::query(RECORD).bind(&rows).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Returns the sanitised text of an article, which candidates leave out; `None` if there is no such article.
    pub async fn content(&self, article: ArticleId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT content FROM articles WHERE id = $1";
        Ok(on!(read self, db => sqlx::query_scalar(sql).bind(article.0).fetch_optional(db).await?))
    }
}
