//! Articles: stored once, recognised at every poll, changed in place.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Article, ArticleId, Candidate, Fingerprint, Instant, Popularity, SourceId};

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
    comments: Option<i64>,
    views: Option<i64>,
    place: Option<i64>,
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
            " AS content, a.image, a.author, a.published, a.language, a.direction, a.topics,
                    a.comments, a.views, a.place",
            $more,
            " FROM articles a ",
            $rest
        )
    };
}
pub(super) use select_articles;

impl ArticleRow {
    fn popularity(&self) -> Popularity {
        let small = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
        Popularity {
            comments: small(self.comments),
            views: self.views.and_then(|n| u64::try_from(n).ok()),
            place: small(self.place),
            clicks: None,
        }
    }

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
                popularity: row.popularity(),
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

/// Of `$1`, an array of source, guid and address: `OR` would have each row looked at once for all of them.
pub(super) const ALIKE: &str = select_articles!(
    "",
    "WHERE a.id IN (
       SELECT b.id FROM json_each($1) p JOIN articles b
         ON b.source = CAST(p.value ->> 0 AS BIGINT) AND b.print_guid = CAST(p.value ->> 1 AS BIGINT)
       UNION SELECT b.id FROM json_each($1) p JOIN articles b
         ON b.source = CAST(p.value ->> 0 AS BIGINT) AND b.print_url = CAST(p.value ->> 2 AS BIGINT))
     ORDER BY a.id"
);

/// The most rows of one `INSERT`.
pub(super) const ROWS: usize = 32;
const COLUMNS: usize = 19;

/// `INSERT` of one row, of two, and so on: values that are bound cost the database much less than JSON, and here are
/// all the texts. For SQLite without numbers: it would look each up among all.
pub(super) static INSERTS: LazyLock<[Vec<String>; 2]> =
    LazyLock::new(|| [false, true].map(|numbered| (1..=ROWS).map(|rows| insert(rows, numbered)).collect()));

fn insert(rows: usize, numbered: bool) -> String {
    let mut sql =
        "INSERT INTO articles (source, first_seen, date, print_guid, print_url, print_content, url, title,
       summary, content, image, author, published, language, direction, topics, comments, views, place) VALUES "
            .to_owned();
    for number in 1..=rows * COLUMNS {
        let (first, last) = (number % COLUMNS == 1, number % COLUMNS == 0);
        let before = if first && number > 1 {
            ",("
        } else if first {
            "("
        } else {
            ","
        };
        let value = if numbered { format!("${number}") } else { "?".to_owned() };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{before}{value}{}", if last { ")" } else { "" });
    }
    sql
}

pub(super) const UPDATE: &str = "UPDATE articles SET
       date = COALESCE(CAST(value ->> 'published' AS BIGINT), first_seen),
       print_guid = CAST(value ->> 'guid' AS BIGINT), print_url = CAST(value ->> 'same_url' AS BIGINT),
       print_content = CAST(value ->> 'text' AS BIGINT), url = value ->> 'url', title = value ->> 'title',
       summary = value ->> 'summary', content = value ->> 'content', image = value ->> 'image',
       author = value ->> 'author', published = CAST(value ->> 'published' AS BIGINT),
       language = value ->> 'language', direction = value ->> 'direction', topics = value ->> 'topics',
       comments = CAST(value ->> 'comments' AS BIGINT), views = CAST(value ->> 'views' AS BIGINT),
       place = CAST(value ->> 'place' AS BIGINT)
     FROM json_each($1) WHERE articles.id = CAST(value ->> 'id' AS BIGINT)";

/// Only of articles of which a source says something else than before.
pub(super) const POPULAR: &str = "UPDATE articles SET comments = CAST(value ->> 'comments' AS BIGINT),
       views = CAST(value ->> 'views' AS BIGINT), place = CAST(value ->> 'place' AS BIGINT)
     FROM json_each($1) WHERE articles.id = CAST(value ->> 'id' AS BIGINT)";

/// Of the sources in `$1`, what stands in none of the rows of `$2` has left the document.
pub(super) const LEFT: &str = "UPDATE articles SET place = NULL
     WHERE source IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND place IS NOT NULL
       AND id NOT IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";

/// Takes what may write articles for itself alone: rows must appear in the order of their numbers, since an edition
/// remembers the highest that it looked at.
macro_rules! alone_with_articles {
    ($store:expr, $tx:ident) => {
        let alone = $store.0.either("SELECT 1", "LOCK TABLE articles IN SHARE ROW EXCLUSIVE MODE");
        sqlx::query(alone).execute(&mut *$tx).await?;
    };
}

/// Stores what polls of different sources brought, inside a transaction that is alone with articles; what was pruned is
/// known. Gives a [`Gathered`] for each.
macro_rules! put {
    ($store:expr, $tx:ident, $brought:expr) => {{
        use $crate::store::articles::{ALIKE, ArticleRow, INSERTS, LEFT, POPULAR, ROWS, UPDATE};
        use $crate::store::pruned_articles::{CHANGE, PRUNED, PrunedRow, leave_out};
        use $crate::store::sorting::{Brought, prints, sort};
        let brought: &[Brought<'_>] = $brought;
        let prints = prints(brought)?;
        let alike: Vec<ArticleRow> = sqlx::query_as(ALIKE).bind(&prints).fetch_all(&mut *$tx).await?;
        let mut sorted = sort(alike, brought)?;
        if sorted.iter().any(|sorted| !sorted.new.is_empty()) {
            let pruned: Vec<PrunedRow> = sqlx::query_as(PRUNED).bind(&prints).fetch_all(&mut *$tx).await?;
            if let Some(changed) = leave_out(&mut sorted, &pruned)? {
                sqlx::query(CHANGE).bind(changed).execute(&mut *$tx).await?;
            }
        }
        let ranked: Vec<_> = sorted.iter().filter(|sorted| sorted.ranked).collect();
        if !ranked.is_empty() {
            let sources: Vec<_> = ranked.iter().map(|sorted| sorted.brought.source).collect();
            let there: Vec<i64> = ranked.iter().flat_map(|sorted| &sorted.there).copied().collect();
            sqlx::query(LEFT)
                .bind($crate::store::column::to_json(&sources)?)
                .bind($crate::store::column::to_json(&there)?)
                .execute(&mut *$tx)
                .await?;
        }
        // The oldest of a source stand last in its document.
        let new: Vec<_> = sorted.iter().flat_map(|s| s.new.iter().rev().map(|n| (s.brought, n))).collect();
        let inserts = &INSERTS[$store.0.either(0_usize, 1)];
        for rows in new.chunks(ROWS) {
            let mut insert = sqlx::query(inserts[rows.len() - 1].as_str());
            for (brought, new) in rows {
                let at = brought.at.timestamp_millis();
                insert = insert
                    .bind(brought.source.0)
                    .bind(at)
                    .bind(new.published.unwrap_or(at))
                    .bind(new.guid)
                    .bind(new.same_url)
                    .bind(new.text)
                    .bind(new.url)
                    .bind(new.title)
                    .bind(new.summary)
                    .bind(new.content)
                    .bind(new.image.as_deref())
                    .bind(new.author)
                    .bind(new.published)
                    .bind(new.language)
                    .bind(new.direction)
                    .bind(new.topics.as_str())
                    .bind(new.comments.map(i64::from))
                    .bind(new.views)
                    .bind(new.place.map(i64::from));
            }
            insert.execute(&mut *$tx).await?;
        }
        let changed: Vec<_> = sorted.iter().flat_map(|sorted| &sorted.changed).collect();
        if !changed.is_empty() {
            let changed = $crate::store::column::to_json(&changed)?;
            sqlx::query(UPDATE).bind(changed).execute(&mut *$tx).await?;
        }
        let popular: Vec<_> = sorted.iter().flat_map(|sorted| &sorted.popular).collect();
        if !popular.is_empty() {
            let popular = $crate::store::column::to_json(&popular)?;
            sqlx::query(POPULAR).bind(popular).execute(&mut *$tx).await?;
        }
        sorted.iter().map(|sorted| sorted.count()).collect::<Vec<_>>()
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
            put!(self, tx, &[Brought { source, at: now, articles, partial: false }])
        });
        Ok(gathered.into_iter().next().unwrap_or_default())
    }
}
