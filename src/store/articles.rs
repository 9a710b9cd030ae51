//! Articles: stored once, recognised at every poll, changed in place.

use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Article, ArticleId, Candidate, Fingerprint, Instant, SourceId};

/// What a poll's articles were to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gathered {
    /// Never seen before.
    pub new: u64,
    /// Known, and now with another text, date or address.
    pub changed: u64,
    /// Known and the same.
    pub known: u64,
}

impl Gathered {
    /// True if an article is new or has changed.
    #[must_use]
    pub const fn has_changed(&self) -> bool {
        self.new + self.changed > 0
    }
}

/// An article as its row holds it.
#[derive(FromRow)]
pub(super) struct ArticleRow {
    id: i64,
    source: i64,
    first_seen: i64,
    print_guid: i64,
    print_url: i64,
    print_content: i64,
    url: String,
    title: String,
    summary: String,
    content: String,
    image: Option<String>,
    author: Option<String>,
    published: Option<i64>,
    language: Option<String>,
    direction: String,
    topics: String,
}

/// `SELECT` of an [`ArticleRow`] from `articles a`, with what follows; `without content` leaves that text, which is
/// up to a megabyte, in the database.
macro_rules! select_articles {
    (without content $rest:literal) => {
        select_articles!(@ "''", "", $rest)
    };
    ($more:literal, $rest:literal) => {
        select_articles!(@ "a.content", $more, $rest)
    };
    (@ $content:literal, $more:literal, $rest:literal) => {
        concat!(
            "SELECT a.id, a.source, a.first_seen, a.print_guid, a.print_url, a.print_content, a.url, a.title,
                    a.summary, ",
            $content,
            " AS content, a.image, a.author, a.published, a.language, a.direction, a.topics",
            $more,
            " FROM articles a ",
            $rest
        )
    };
}
pub(super) use select_articles;

impl ArticleRow {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { guid: self.print_guid, url: self.print_url, content: self.print_content }
    }
}

impl TryFrom<ArticleRow> for Candidate {
    type Error = StoreError;

    fn try_from(row: ArticleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ArticleId(row.id),
            source: SourceId(row.source),
            first_seen: column::instant("articles.first_seen", row.first_seen)?,
            article: Article {
                fingerprint: row.fingerprint(),
                url: column::parsed("articles.url", &row.url)?,
                title: row.title,
                summary: row.summary,
                content: row.content,
                image: row.image.map(|i| column::json("articles.image", &i)).transpose()?,
                author: row.author,
                published: column::instant_or_none("articles.published", row.published)?,
                language: row.language.map(|l| column::word("articles.language", l)).transpose()?,
                direction: column::word("articles.direction", row.direction)?,
                topics: column::json("articles.topics", &row.topics)?,
            },
        })
    }
}

/// An article on its way into the store; `id` is 0 for a new one.
#[derive(Serialize)]
pub(super) struct ArticleIn<'a> {
    id: i64,
    pub(super) guid: i64,
    pub(super) same_url: i64,
    pub(super) text: i64,
    url: &'a str,
    title: &'a str,
    summary: &'a str,
    content: &'a str,
    image: Option<String>,
    author: Option<&'a str>,
    published: Option<i64>,
    language: Option<&'a str>,
    direction: &'static str,
    topics: String,
}

impl<'a> ArticleIn<'a> {
    fn new(id: i64, article: &'a Article) -> Result<Self, StoreError> {
        Ok(Self {
            id,
            guid: article.fingerprint.guid,
            same_url: article.fingerprint.url,
            text: article.fingerprint.content,
            url: article.url.as_str(),
            title: &article.title,
            summary: &article.summary,
            content: &article.content,
            image: article.image.as_ref().map(column::to_json).transpose()?,
            author: article.author.as_deref(),
            published: article.published.map(|at| at.timestamp_millis()),
            language: article.language.as_ref().map(|l| l.as_str()),
            direction: article.direction.as_str(),
            topics: column::to_json(&article.topics)?,
        })
    }
}

pub(super) const ALIKE: &str = select_articles!(
    "",
    "WHERE a.source = $1
       AND (a.print_guid IN (SELECT CAST(value ->> 'guid' AS BIGINT) FROM json_each($2))
         OR a.print_url IN (SELECT CAST(value ->> 'url' AS BIGINT) FROM json_each($2)))
     ORDER BY a.id"
);

pub(super) const INSERT: &str = "INSERT INTO articles (source, first_seen, date, print_guid, print_url, print_content, url, title,
       summary, content, image, author, published, language, direction, topics)
     SELECT $1, $2, COALESCE(CAST(value ->> 'published' AS BIGINT), $2), CAST(value ->> 'guid' AS BIGINT),
       CAST(value ->> 'same_url' AS BIGINT), CAST(value ->> 'text' AS BIGINT), value ->> 'url', value ->> 'title',
       value ->> 'summary', value ->> 'content', value ->> 'image', value ->> 'author',
       CAST(value ->> 'published' AS BIGINT), value ->> 'language', value ->> 'direction', value ->> 'topics'
     FROM json_each($3) ORDER BY key DESC";

pub(super) const UPDATE: &str = "UPDATE articles SET
       date = COALESCE(CAST(value ->> 'published' AS BIGINT), first_seen),
       print_guid = CAST(value ->> 'guid' AS BIGINT), print_url = CAST(value ->> 'same_url' AS BIGINT),
       print_content = CAST(value ->> 'text' AS BIGINT), url = value ->> 'url', title = value ->> 'title',
       summary = value ->> 'summary', content = value ->> 'content', image = value ->> 'image',
       author = value ->> 'author', published = CAST(value ->> 'published' AS BIGINT),
       language = value ->> 'language', direction = value ->> 'direction', topics = value ->> 'topics'
     FROM json_each($1) WHERE articles.id = CAST(value ->> 'id' AS BIGINT)";

/// Takes what may write articles for itself alone: rows must appear in the order of their numbers, since an edition
/// remembers the highest that it looked at.
macro_rules! alone_with_articles {
    ($store:expr, $tx:ident) => {
        let alone = $store.0.either("SELECT 1", "LOCK TABLE articles IN SHARE ROW EXCLUSIVE MODE");
        sqlx::query(alone).execute(&mut *$tx).await?;
    };
}

/// Stores the articles of a source, inside a transaction that is alone with them; what was pruned is known.
macro_rules! put {
    ($tx:ident, $source:expr, $articles:expr, $now:expr) => {{
        use $crate::store::articles::{ALIKE, ArticleRow, INSERT, Sorted, UPDATE, prints};
        use $crate::store::pruned_articles::{CHANGE, PRUNED};
        let alike: Vec<ArticleRow> =
            sqlx::query_as(ALIKE).bind($source.0).bind(prints($articles)?).fetch_all(&mut *$tx).await?;
        let mut sorted = Sorted::new(alike, $articles)?;
        if !sorted.new.is_empty() {
            let pruned = sqlx::query_as(PRUNED).bind($source.0).bind(prints($articles)?);
            if let Some(changed) = sorted.leave_out(&pruned.fetch_all(&mut *$tx).await?)? {
                sqlx::query(CHANGE).bind(changed).execute(&mut *$tx).await?;
            }
        }
        if !sorted.new.is_empty() {
            let insert = sqlx::query(INSERT).bind($source.0).bind($now.timestamp_millis());
            insert.bind($crate::store::column::to_json(&sorted.new)?).execute(&mut *$tx).await?;
        }
        if !sorted.changed.is_empty() {
            let changed = $crate::store::column::to_json(&sorted.changed)?;
            sqlx::query(UPDATE).bind(changed).execute(&mut *$tx).await?;
        }
        sorted.count($articles.len())
    }};
}

pub(super) use {alone_with_articles, put};

impl Store {
    /// Stores what a poll of `source` brought; an article known by its fingerprint is changed in place.
    ///
    /// Articles of the same batch that are the same article count as known after the first.
    pub async fn put_articles(
        &self,
        source: SourceId,
        articles: &[Article],
        now: Instant,
    ) -> Result<Gathered, StoreError> {
        let gathered = on!(write self, tx => {
            alone_with_articles!(self, tx);
            let held = sqlx::query("UPDATE sources SET failures = failures WHERE id = $1").bind(source.0);
            if held.execute(&mut *tx).await?.rows_affected() == 0 {
                return Err(StoreError::NoSource(source));
            }
            put!(tx, source, articles, now)
        });
        Ok(gathered)
    }
}

/// The fingerprints of a batch, for [`ALIKE`].
pub(super) fn prints(articles: &[Article]) -> Result<String, StoreError> {
    column::to_json(&articles.iter().map(|a| a.fingerprint).collect::<Vec<_>>())
}

/// A batch, sorted by what the store must do with each article.
pub(super) struct Sorted<'a> {
    pub(super) new: Vec<ArticleIn<'a>>,
    pub(super) changed: Vec<ArticleIn<'a>>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(alike: Vec<ArticleRow>, articles: &'a [Article]) -> Result<Self, StoreError> {
        let stored = alike.into_iter().map(Candidate::try_from).collect::<Result<Vec<_>, _>>()?;
        let mut sorted = Self { new: Vec::new(), changed: Vec::new() };
        let mut met: Vec<Fingerprint> = Vec::new();
        for article in articles {
            let print = article.fingerprint;
            if met.iter().any(|m| m.same_article(&print)) {
                continue;
            }
            met.push(print);
            let same = stored.iter().filter(|c| c.article.fingerprint.same_article(&print));
            // of several, the one that agrees wholly: a source that repeats itself must not change rows in turn
            match same.max_by_key(|c| (c.article.fingerprint == print, std::cmp::Reverse(c.id))) {
                None => sorted.new.push(ArticleIn::new(0, article)?),
                Some(known) if unchanged(&known.article, article) => {}
                Some(known) => sorted.changed.push(ArticleIn::new(known.id.0, article)?),
            }
        }
        Ok(sorted)
    }

    pub(super) fn count(&self, all: usize) -> Gathered {
        let (new, changed) = (self.new.len() as u64, self.changed.len() as u64);
        Gathered { new, changed, known: all as u64 - new - changed }
    }
}

/// True if nothing but what a row cannot hold (less than a millisecond) differs.
fn unchanged(stored: &Article, fresh: &Article) -> bool {
    let ms = |article: &Article| article.published.map(|at| at.timestamp_millis());
    ms(stored) == ms(fresh) && *stored == Article { published: stored.published, ..fresh.clone() }
}
