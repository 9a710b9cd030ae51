//! Sorting: what a poll brought, by what the store must do with each article.

use std::collections::HashMap;

use serde::Serialize;

use super::articles::{ArticleRow, Gathered};
use super::{StoreError, column};
use crate::model::{Article, Candidate, Fingerprint, Instant, SourceId};

/// An article on its way into the store; `id` is 0 for a new one.
#[derive(Serialize)]
pub(super) struct ArticleIn<'a> {
    id: i64,
    pub(super) guid: i64,
    pub(super) same_url: i64,
    pub(super) text: i64,
    pub(super) url: &'a str,
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
    pub(super) content: &'a str,
    pub(super) image: Option<String>,
    pub(super) author: Option<&'a str>,
    pub(super) published: Option<i64>,
    pub(super) language: Option<&'a str>,
    pub(super) direction: &'static str,
    pub(super) topics: String,
    pub(super) comments: Option<u32>,
    pub(super) views: Option<i64>,
    pub(super) place: Option<u32>,
}

/// What a source says anew of how popular an article is.
#[derive(Serialize)]
pub(super) struct PopularityIn {
    id: i64,
    comments: Option<u32>,
    views: Option<i64>,
    place: Option<u32>,
}

/// What a poll brought: of which source, when, and the articles.
#[derive(Clone, Copy)]
pub(super) struct Brought<'a> {
    pub(super) source: SourceId,
    pub(super) at: Instant,
    pub(super) articles: &'a [Article],
    /// True if the document was a part of what the source has: it says nothing of places, and of what is not in it.
    pub(super) partial: bool,
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
            comments: article.popularity.comments,
            views: article.popularity.views.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
            place: article.popularity.place,
        })
    }
}

/// Source, guid and address of each article, for [`ALIKE`].
pub(super) fn prints(brought: &[Brought<'_>]) -> Result<String, StoreError> {
    let prints = |brought: &Brought<'_>| {
        let source = brought.source.0;
        brought
            .articles
            .iter()
            .map(move |a| (source, a.fingerprint.guid, a.fingerprint.url))
            .collect::<Vec<_>>()
    };
    column::to_json(&brought.iter().flat_map(prints).collect::<Vec<_>>())
}

/// What a poll brought, sorted by what the store must do with each article.
pub(super) struct Sorted<'a> {
    pub(super) brought: Brought<'a>,
    pub(super) new: Vec<ArticleIn<'a>>,
    pub(super) changed: Vec<ArticleIn<'a>>,
    /// Known and the same, but for how popular it is.
    pub(super) popular: Vec<PopularityIn>,
    /// The rows of what was known already.
    pub(super) there: Vec<i64>,
    /// True if the source has an order of its own, or had one.
    pub(super) ranked: bool,
}

/// Sorts what polls brought; `alike` are the rows that may be of the same articles.
pub(super) fn sort<'a>(
    alike: Vec<ArticleRow>,
    brought: &[Brought<'a>],
) -> Result<Vec<Sorted<'a>>, StoreError> {
    let mut stored: HashMap<SourceId, Vec<Candidate>> = HashMap::new();
    for row in alike {
        let candidate = Candidate::try_from(row)?;
        stored.entry(candidate.source).or_default().push(candidate);
    }
    let of = |brought: &Brought<'a>| {
        Sorted::new(stored.get(&brought.source).map(Vec::as_slice).unwrap_or_default(), *brought)
    };
    brought.iter().map(of).collect()
}

impl<'a> Sorted<'a> {
    fn new(stored: &[Candidate], brought: Brought<'a>) -> Result<Self, StoreError> {
        let mut sorted = Self {
            brought,
            new: Vec::new(),
            changed: Vec::new(),
            popular: Vec::new(),
            there: Vec::new(),
            ranked: !brought.partial
                && brought.articles.iter().any(|article| article.popularity.place.is_some()),
        };
        let mut met: Vec<Fingerprint> = Vec::new();
        for article in brought.articles {
            let print = article.fingerprint;
            if met.iter().any(|m| m.same_article(&print)) {
                continue;
            }
            met.push(print);
            let same = stored.iter().filter(|c| c.article.fingerprint.same_article(&print));
            // of several, the one that agrees wholly: a source that repeats itself must not change rows in turn
            let known = same.max_by_key(|c| (c.article.fingerprint == print, std::cmp::Reverse(c.id)));
            let Some(known) = known else {
                let new = ArticleIn::new(0, article)?;
                sorted.new.push(ArticleIn { place: new.place.filter(|_| !brought.partial), ..new });
                continue;
            };
            sorted.there.push(known.id.0);
            let (before, mut now) = (known.article.popularity, article.popularity);
            if brought.partial {
                now.place = before.place;
            }
            sorted.ranked |= before.place.is_some() && !brought.partial;
            if !unchanged(&known.article, article) {
                let changed = ArticleIn::new(known.id.0, article)?;
                sorted.changed.push(ArticleIn { place: now.place, ..changed });
            } else if before != now {
                let ArticleIn { id, comments, views, .. } = ArticleIn::new(known.id.0, article)?;
                let place = now.place;
                sorted.popular.push(PopularityIn { id, comments, views, place });
            }
        }
        Ok(sorted)
    }

    pub(super) fn count(&self) -> Gathered {
        let (new, changed) = (self.new.len() as u64, self.changed.len() as u64);
        Gathered { new, changed, known: self.brought.articles.len() as u64 - new - changed }
    }
}

/// True if nothing differs but what a row cannot hold (less than a millisecond), and how popular it is.
fn unchanged(stored: &Article, fresh: &Article) -> bool {
    let ms = |article: &Article| article.published.map(|at| at.timestamp_millis());
    let Article { published, popularity, .. } = *stored;
    ms(stored) == ms(fresh) && *stored == Article { published, popularity, ..fresh.clone() }
}
