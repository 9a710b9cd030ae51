//! The pages of a source: which of those that it lists are new, and what is read of them.
//!
//! Each is read once, so many at a poll, and those that could not be had a few times more. What was read is told to the
//! store after the articles are in it, so that a crash reads a page again and loses none.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use crate::collect::{
    Document, Feed, FetchError, Fetched, Fetcher, Index, ListedPage, Reading, ReadingKind, Selector, Sitemap,
    entry_of, fill, index, page_digest, page_of, read, says_little, sitemap,
};
use crate::model::{Entry, Instant, Source, SourceKind, Validators, Wish};
use crate::store::{PageFound, PageRead, Store};

/// No more pages are read at a poll, whatever the configuration says.
const MOST: usize = 200;
/// Reading the pages of one source goes on for no longer; the rest is read at the next poll.
const LONGEST: Duration = Duration::from_secs(120);
/// A page that could not be had is asked for so often.
const TRIES: u32 = 3;
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
    /// The pages that were asked for.
    pub(super) read: Vec<PageRead>,
    /// True if there are pages left for the next poll.
    pub(super) left: bool,
}

/// Pages that are being read.
struct Walk {
    read: Vec<PageRead>,
    left: bool,
    /// True if a page could not be had this time.
    again: bool,
    until: Moment,
}

/// What is to be done about a page.
enum Turn {
    /// It is an article that the store has already.
    Known,
    /// It will never be one.
    Never,
    /// Its turn comes at another poll.
    Later,
    /// It was read just now.
    Read(Box<Reading>),
}

impl Paging<'_> {
    /// Reads the articles that a page or a sitemap lists.
    pub(super) async fn listed(&self, document: Document) -> Result<Paged, String> {
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
                (index.title, index.language, index.articles)
            }
        };
        let mut walk = self.begin();
        let mut entries = Vec::new();
        let known = self.known(pages.iter().map(|page| &page.url)).await?;
        for page in &pages {
            if let Turn::Read(reading) = self.turn(&mut walk, &page.url, &known).await {
                entries.push(entry_of(&reading, page));
            }
        }
        let site = Some(self.source.url.clone());
        let feed = Feed { title, site, language, entries, trouble: None, wish: Wish::default() };
        Ok(Paged { feed, read: walk.read, left: walk.left || walk.again })
    }

    /// Reads the pages of those entries of a feed that say little, or of all if the source says so.
    pub(super) async fn filled(&self, mut feed: Feed) -> Result<Paged, String> {
        let full_text = self.source.manner.full_text;
        let wanted = |entry: &Entry| if full_text || says_little(entry) { page_of(entry) } else { None };
        let pages: Vec<Option<Url>> = feed.entries.iter().map(wanted).collect();
        let mut walk = self.begin();
        if pages.iter().any(Option::is_some) {
            let known = self.known(pages.iter().flatten()).await?;
            let mut entries = Vec::with_capacity(feed.entries.len());
            for (mut entry, page) in feed.entries.into_iter().zip(pages) {
                let turn = match page {
                    Some(page) => self.turn(&mut walk, &page, &known).await,
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
        Ok(Paged { feed, read: walk.read, left: walk.left || walk.again })
    }

    fn begin(&self) -> Walk {
        Walk { read: Vec::new(), left: false, again: false, until: Moment::now() + LONGEST }
    }

    async fn known(&self, pages: impl Iterator<Item = &Url>) -> Result<Known, String> {
        let digests: Vec<i64> = pages.map(page_digest).collect();
        let known = self.store.pages_read(self.source.id, &digests).await;
        known.map(Known).map_err(|error| error.to_string())
    }

    /// Reads a page, if it is its turn.
    async fn turn(&self, walk: &mut Walk, url: &Url, known: &Known) -> Turn {
        let page = page_digest(url);
        if walk.read.iter().any(|read| read.page == page) {
            return Turn::Known;
        }
        match known.0.get(&page) {
            Some(PageRead { found: PageFound::Article, .. }) => return Turn::Known,
            Some(PageRead { found: PageFound::Other, .. }) => return Turn::Never,
            Some(PageRead { found: PageFound::Failed, tries, .. }) if *tries >= TRIES => return Turn::Never,
            Some(_) | None => {}
        }
        if walk.left || walk.read.len() >= self.most.clamp(1, MOST) || Moment::now() >= walk.until {
            walk.left = true;
            return Turn::Later;
        }
        let (found, reading) = self.reading(walk, url).await;
        walk.read.push(PageRead { page, at: self.now, found, tries: 1 });
        match reading {
            Some(reading) => Turn::Read(Box::new(reading)),
            None => Turn::Never,
        }
    }

    async fn reading(&self, walk: &mut Walk, url: &Url) -> (PageFound, Option<Reading>) {
        let document = match self.fetcher.page(url, &Validators::default()).await {
            Ok(Fetched::Body(document)) => document,
            Ok(Fetched::Unchanged { .. }) => return (PageFound::Failed, None),
            Err(error) => {
                tracing::debug!(source.name = %self.source.name, trouble = %error, "a page could not be read");
                walk.again = true;
                // Who has trouble, or enough of us, is left in peace until the next poll.
                walk.left |= matches!(error, FetchError::RateLimited { .. } | FetchError::ServerError { .. });
                return (PageFound::Failed, None);
            }
        };
        if document.content_type.as_deref().is_some_and(is_no_page) {
            return (PageFound::Other, None);
        }
        // Reading is work for a core, not for the threads that wait on the network.
        let read = tokio::task::spawn_blocking(move || {
            read(&document.bytes, document.content_type.as_deref(), &document.url)
        });
        match read.await {
            Ok(reading) if reading.kind == ReadingKind::Article => (PageFound::Article, Some(reading)),
            Ok(_) | Err(_) => (PageFound::Other, None),
        }
    }

    async fn index(&self, document: Document) -> Result<Index, String> {
        let select = self.source.manner.select.as_deref().map(Selector::parse).transpose();
        let select = select.map_err(|error| format!("its selector cannot be used: {error}"))?;
        let found = tokio::task::spawn_blocking(move || {
            index(&document.bytes, document.content_type.as_deref(), &document.url, select.as_ref())
        });
        found.await.map_err(|_| "its page could not be read, which is a fault of this program".to_owned())
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
            if let Ok(Fetched::Body(found)) = self.fetcher.page(&next, &Validators::default()).await {
                document = Some(found);
            }
        }
        Ok(newest(pages, self.now))
    }

    async fn sitemap(&self, document: Document) -> Result<Sitemap, String> {
        let limit = self.fetcher.max_bytes();
        let found = tokio::task::spawn_blocking(move || {
            sitemap(&document.bytes, document.content_type.as_deref(), &document.url, limit)
        });
        let found = found
            .await
            .map_err(|_| "its sitemap could not be read, which is a fault of this program".to_owned())?;
        found.map_err(|error| error.to_string())
    }
}

/// What the store knows of the pages at hand.
struct Known(std::collections::HashMap<i64, PageRead>);

/// The newest pages, newest first; those without a date in their order, behind.
fn newest(mut pages: Vec<ListedPage>, now: Instant) -> Vec<ListedPage> {
    let since = now - chrono::TimeDelta::days(NEWS);
    pages.retain(|page| page.date.is_none_or(|date| date >= since));
    pages.sort_by_key(|page| std::cmp::Reverse(page.date));
    pages.truncate(NEWEST);
    pages
}

/// True for a content type that no page has.
fn is_no_page(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !(kind.is_empty() || kind.starts_with("text/") || kind.contains("html") || kind.contains("xml"))
}
