//! The pages of a source: which those are, and the articles that were read there as entries.
//!
//! What was read is told to the store after the articles are in it, so that a crash reads a page again and loses none.

use std::collections::HashSet;

use url::Url;

use super::asking::on_a_core;
use super::walking::Turn;

use crate::collect::{
    Document, Feed, Fetched, Fetcher, Index, Links, ListedPage, Sitemap, entry_of, fill, index, is_by_date,
    page_of, place_digest, says_little, sitemap,
};
use crate::model::{Entry, Instant, Selector, Source, SourceKind, Validators, Wish};
use crate::store::{Pages, Store};

/// So many pages of a sitemap are news; the rest is history.
const NEWEST: usize = 100;
/// What a sitemap dates earlier is history as well, in days.
const NEWS: i64 = 30;
/// So many sitemaps are asked for at one poll.
const SITEMAPS: usize = 6;

/// What pages are read with.
pub(super) struct Paging<'a> {
    pub(super) store: &'a Store,
    pub(super) fetcher: &'a Fetcher,
    pub(super) source: &'a Source,
    pub(super) most: usize,
    pub(super) now: Instant,
}

/// What a source gave in the end.
pub(super) struct Paged {
    /// Its articles as entries.
    pub(super) feed: Feed,
    /// What is to be remembered of its pages.
    pub(super) pages: Pages,
    /// True if there are pages left for the next poll.
    pub(super) left: bool,
    /// When a page is to be read again; `None` for never.
    pub(super) again_at: Option<Instant>,
    /// Why nothing could be read of it.
    pub(super) trouble: Option<String>,
}

impl Paged {
    /// A feed that says all by itself.
    pub(super) fn whole(feed: Feed) -> Self {
        Self { feed, pages: Pages::default(), left: false, again_at: None, trouble: None }
    }
}

impl Paging<'_> {
    /// Reads the articles that a page or a sitemap lists.
    pub(super) async fn listed(&self, document: Document) -> Result<Paged, String> {
        // Of the few that are new at a poll the order says nothing.
        let mut popular = Vec::new();
        let (title, language, pages) = match self.source.manner.kind {
            SourceKind::Sitemap => (None, None, self.sitemaps(document).await?),
            SourceKind::Page | SourceKind::Feed => {
                let index = self.index(document).await?;
                if index.articles.is_empty() {
                    return Err(match self.source.manner.select {
                        Some(_) => "its selector points at no link on the page".to_owned(),
                        None => "no articles were found on the page; give the source a `select`, or its feed"
                            .to_owned(),
                    });
                }
                let of = |page: &ListedPage| place_digest(&page.url);
                let ranked = if index.popular.is_empty() { &index.articles } else { &index.popular };
                popular = ranked.iter().map(of).collect();
                (index.title, index.language, index.articles)
            }
        };
        let mut walk = self.begin(pages.iter().map(|page| &page.url)).await?;
        let mut found = Vec::new();
        for page in &pages {
            if let Turn::Read(reading) = self.turn(&mut walk, &page.url, page.date).await {
                found.push((reading, page));
            }
        }
        walk.keep_apart(&mut found, &pages);
        let entries = found.iter().map(|(reading, page)| entry_of(reading, page)).collect();
        let site = Some(self.source.url.clone());
        let feed = Feed {
            title,
            site,
            language,
            entries,
            trouble: None,
            wish: Wish::default(),
            links: Links::default(),
        };
        let trouble = walk.trouble(pages.len());
        let mut paged = Paged { trouble, ..walk.end(feed) };
        paged.pages.popular = Some(popular);
        Ok(paged)
    }

    /// Reads the pages of those entries of a feed that say little, or of all if the source says so.
    pub(super) async fn filled(&self, mut feed: Feed) -> Result<Paged, String> {
        let full_text = self.source.manner.full_text;
        let wanted = |entry: &Entry| if full_text || says_little(entry) { page_of(entry) } else { None };
        let pages: Vec<Option<Url>> = feed.entries.iter().map(wanted).collect();
        // What is known is not read again, so what is new does not tell in which order the feed is.
        let by_date = is_by_date(feed.entries.iter().map(|entry| entry.published));
        let ranked = if by_date { &[] } else { feed.entries.as_slice() };
        let popular = ranked.iter().filter_map(page_of).map(|page| place_digest(&page)).collect();
        let mut walk = self.begin(pages.iter().flatten()).await?;
        if pages.iter().any(Option::is_some) {
            let mut entries = Vec::with_capacity(feed.entries.len());
            for (mut entry, page) in feed.entries.into_iter().zip(pages) {
                let turn = match page {
                    Some(page) => self.turn(&mut walk, &page, entry.published).await,
                    None => Turn::Never,
                };
                match turn {
                    // What the store has is more than the feed says.
                    Turn::Known => continue,
                    Turn::Read(reading) => fill(&mut entry, &reading, full_text),
                    Turn::Never | Turn::Later => {}
                }
                entries.push(entry);
            }
            feed.entries = entries;
        }
        let mut paged = walk.end(feed);
        paged.pages.popular = Some(popular);
        Ok(paged)
    }

    async fn index(&self, document: Document) -> Result<Index, String> {
        let select = self.source.manner.select.as_deref().map(Selector::parse).transpose();
        let select = select.map_err(|error| format!("its selector cannot be used: expected {error}"))?;
        let found = on_a_core("its page", move || {
            index(&document.bytes, document.content_type.as_deref(), &document.url, select.as_ref())
        });
        found.await
    }

    /// The newest pages of a sitemap, and of those that it lists; each sitemap is asked for once.
    async fn sitemaps(&self, first: Document) -> Result<Vec<ListedPage>, String> {
        let mut seen: HashSet<Url> = [self.source.url.clone(), first.url.clone()].into();
        let mut waiting: Vec<(Url, Option<Instant>)> = Vec::new();
        let mut pages: Vec<ListedPage> = Vec::new();
        let mut document = Some(first);
        let mut asked = 1;
        loop {
            if let Some(document) = document.take() {
                match self.sitemap(document).await {
                    Ok(Sitemap::Pages(more)) => pages.extend(more),
                    Ok(Sitemap::Index(more)) => {
                        waiting.extend(more.into_iter().filter(|(url, _)| seen.insert(url.clone())))
                    }
                    Err(sentence) if asked == 1 => return Err(sentence),
                    Err(_) => {}
                }
            }
            if asked >= SITEMAPS || waiting.is_empty() {
                break;
            }
            // The one that has changed last is the one with the news.
            waiting.sort_by_key(|(_, date)| *date);
            let Some((next, _)) = waiting.pop() else { break };
            asked += 1;
            if let Ok(Fetched::Body(found)) =
                self.fetcher.page(&next, &self.source.url, &Validators::default()).await
            {
                document = Some(found);
            }
        }
        Ok(newest(pages, self.now))
    }

    async fn sitemap(&self, document: Document) -> Result<Sitemap, String> {
        let limit = self.fetcher.max_bytes();
        let found = on_a_core("its sitemap", move || {
            sitemap(&document.bytes, document.content_type.as_deref(), &document.url, limit)
        });
        let found = found.await?;
        found.map_err(|error| error.to_string())
    }
}

/// The newest pages, newest first; those without a date in their order, behind.
fn newest(mut pages: Vec<ListedPage>, now: Instant) -> Vec<ListedPage> {
    let since = now - chrono::TimeDelta::days(NEWS);
    pages.retain(|page| page.date.is_none_or(|date| date >= since));
    pages.sort_by_key(|page| std::cmp::Reverse(page.date));
    pages.truncate(NEWEST);
    pages
}
