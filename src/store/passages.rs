//! Passages: where letters lead through our pages to articles, and how often readers went there.
//!
//! A row says nothing of a reader, an edition or a time. It is written before the first letter with it goes and stays for
//! good, some 150 bytes each: whoever opens an old letter gets where it led, when the article has long been pruned and also
//! where clicks are not counted any more. The address is that of the letter, whatever the article's source says since. (What
//! a source moves while its edition waits for a yes is led to straight, and not counted.)

use std::collections::HashMap;

use aws_lc_rs::hmac;

use super::pool::on;
use super::token::hex;
use super::{Store, StoreError, column};
use crate::model::{ArticleId, EditionId, Passage};

/// The name under which the store keeps the key.
const SECRET: &str = "passages";

/// Of all texts of an edition; what others are folded into comes first.
const OF_EDITION: &str = "SELECT a.id, a.url FROM edition_articles e JOIN articles a ON a.id = e.article
     WHERE e.edition = $1 GROUP BY a.id, a.url
     ORDER BY MIN(CASE WHEN e.folded_into IS NULL THEN 0 ELSE 1 END), a.id";

const OPEN: &str = "INSERT INTO passages (token, article, url)
     SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2 FROM json_each($1) WHERE TRUE
     ON CONFLICT (token) DO NOTHING";

const COUNT: &str = "UPDATE passages SET clicks = clicks + CAST(value ->> 1 AS BIGINT)
     FROM json_each($1) WHERE passages.token = value ->> 0";

const CLICKED: &str = "SELECT article, CAST(SUM(clicks) AS BIGINT) FROM passages
     WHERE clicks > 0 AND article IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) GROUP BY article";

impl Store {
    /// Returns the passages to an edition's articles, the versions folded into others behind those; opens those that
    /// are not open yet. Each address stands in one of them alone.
    pub async fn open_passages(&self, edition: EditionId) -> Result<Vec<Passage>, StoreError> {
        let articles: Vec<(i64, String)> =
            on!(read self, db => sqlx::query_as(OF_EDITION).bind(edition.0).fetch_all(db).await?);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret(SECRET).await?);
        let mut passages: Vec<Passage> = Vec::with_capacity(articles.len());
        for (article, url) in articles {
            let url: url::Url = column::parsed("articles.url", &url)?;
            let known = passages.iter().any(|passage| passage.url == url);
            if !known && matches!(url.scheme(), "http" | "https") {
                passages.push(Passage {
                    token: token(&key, article, url.as_str()),
                    article: ArticleId(article),
                    url,
                });
            }
        }
        let rows: Vec<_> = passages.iter().map(|p| (p.token.as_str(), p.article.0, p.url.as_str())).collect();
        let rows = column::to_json(&rows)?;
        on!(write self, tx => {
            sqlx::query(OPEN).bind(rows).execute(&mut *tx).await?;
        });
        Ok(passages)
    }

    /// Returns the passage that a token opens.
    pub async fn passage(&self, token: &str) -> Result<Option<Passage>, StoreError> {
        let sql = "SELECT article, url FROM passages WHERE token = $1";
        let found: Option<(i64, String)> =
            on!(read self, db => sqlx::query_as(sql).bind(token).fetch_optional(db).await?);
        let Some((article, url)) = found else { return Ok(None) };
        let url = column::parsed("passages.url", &url)?;
        Ok(Some(Passage { token: token.to_owned(), article: ArticleId(article), url }))
    }

    /// Adds clicks to passages, by their tokens.
    pub async fn add_clicks(&self, clicks: &[(String, u32)]) -> Result<(), StoreError> {
        let rows = column::to_json(clicks)?;
        on!(write self, tx => {
            sqlx::query(COUNT).bind(rows).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Returns how often readers went to each of these articles, those left out to which nobody went.
    pub async fn clicks(&self, articles: &[ArticleId]) -> Result<HashMap<ArticleId, u64>, StoreError> {
        let ids: Vec<i64> = articles.iter().map(|id| id.0).collect();
        let rows: Vec<(i64, i64)> = on!(read self, db =>
            sqlx::query_as(CLICKED).bind(column::to_json(&ids)?).fetch_all(db).await?);
        rows.into_iter()
            .map(|(article, clicks)| Ok((ArticleId(article), column::count("passages.clicks", clicks)?)))
            .collect()
    }
}

/// The same for an article and its address on every machine and after a backup was put back; for another, another.
fn token(key: &hmac::Key, article: i64, url: &str) -> String {
    let tag = hmac::sign(key, format!("{article} {url}").as_bytes());
    hex(&tag.as_ref()[..Passage::TOKEN / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_follows_from_key_article_and_address_and_from_nothing_else() {
        let [key, other] = [[7; 32], [8; 32]].map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        let first = token(&key, 1, "https://a.example/");
        assert_eq!(first, token(&key, 1, "https://a.example/"));
        assert!(first.len() == Passage::TOKEN && first.bytes().all(|b| b.is_ascii_hexdigit()));
        for another in [
            token(&other, 1, "https://a.example/"),
            token(&key, 11, "https://a.example/"),
            token(&key, 1, "https://a.example/1"),
        ] {
            assert_ne!(first, another);
        }
    }
}
