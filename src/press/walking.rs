//! Walking through the article pages of a source: which of them are new, and what is read of them.
//!
//! So many are read at a poll, those that could not be had again for days, and those of young articles a few times
//! again, for what was corrected in them.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use super::asking::on_a_core;
use super::paging::{Paged, Paging};
use crate::collect::{Feed, FetchError, Fetched, ListedPage, Reading, ReadingKind, page_digest, read};
use crate::model::{Instant, Validators, read_again, try_again};
use crate::store::{PageFound, PageRead, Pages};

/// No more pages are read at a poll, whatever the configuration says.
const MOST: usize = 200;
/// Reading the pages of one source goes on for no longer; the rest is read at the next poll.
const LONGEST: Duration = Duration::from_secs(120);
/// So many pages are read again at a poll, beside those that are new.
const AGAIN: usize = 10;

/// Pages that are being read.
pub(super) struct Walk {
    known: HashMap<i64, PageRead>,
    read: Vec<PageRead>,
    left: bool,
    /// How many pages are articles, and how many were asked for and are none.
    articles: usize,
    others: usize,
    /// What the first of these is instead.
    instead: Option<String>,
    /// True if the site is in trouble, or has enough of us.
    peace: bool,
    /// How many pages were read again.
    again_read: usize,
    again_at: Option<Instant>,
    until: Moment,
}

impl Walk {
    /// True if no further page may be asked for.
    fn is_full(&self, most: usize) -> bool {
        self.left || self.peace || self.read.len() >= most.clamp(1, MOST) || Moment::now() >= self.until
    }

    fn wants_again(&mut self, at: Option<Instant>) {
        self.again_at = self.again_at.into_iter().chain(at).min();
    }

    /// Gives articles with different headlines that call themselves by one address each the address of its page.
    ///
    /// Some sites have one canonical address in all their pages; of several articles the last would be left.
    pub(super) fn keep_apart(&mut self, found: &mut [(Box<Reading>, &ListedPage)], all: &[ListedPage]) {
        let mut claims: HashMap<i64, Vec<usize>> = HashMap::new();
        for (number, (reading, _)) in found.iter().enumerate() {
            claims.entry(page_digest(&reading.canonical)).or_default().push(number);
        }
        for (canonical, claiming) in claims {
            let (first, listed) = &found[claiming[0]];
            let (headline, claimed) = (first.headline.clone(), self.is_claimed(canonical, listed, all));
            if !claimed && claiming.iter().all(|number| found[*number].0.headline == headline) {
                continue;
            }
            for number in claiming {
                let (reading, listed) = &mut found[number];
                let page = page_digest(&listed.url);
                reading.canonical = listed.url.clone();
                for read in self.read.iter_mut().filter(|read| read.page == page && page != canonical) {
                    read.canonical = Some(page);
                }
            }
        }
    }

    /// True if an article that was read before, and is listed by another title, calls itself by an address.
    fn is_claimed(&self, canonical: i64, listed: &ListedPage, all: &[ListedPage]) -> bool {
        if self
            .read
            .iter()
            .any(|read| self.known.get(&read.page).is_some_and(|k| k.canonical == Some(canonical)))
        {
            // It was read again just now, so its headline is compared.
            return false;
        }
        let others = all.iter().filter(|page| page.title.is_some() && page.title != listed.title);
        let mut others = others.filter_map(|page| self.known.get(&page_digest(&page.url)));
        others.any(|known| known.found == PageFound::Article && known.canonical == Some(canonical))
    }

    pub(super) fn end(self, feed: Feed) -> Paged {
        let seen = self.known.into_keys().collect();
        let pages = Pages { read: self.read, seen, popular: None };
        Paged { feed, pages, left: self.left, again_at: self.again_at, trouble: None }
    }

    /// Says that none of the `listed` pages is an article, if that is so for all that were asked for.
    pub(super) fn trouble(&self, listed: usize) -> Option<String> {
        // What waits for another poll may be articles, unless the site is in trouble.
        let waits = self.left && !self.peace;
        let none = self.articles == 0 && self.others > 0 && !waits;
        let pages = if listed == 1 { "1 page".to_owned() } else { format!("{listed} pages") };
        let instead = self.instead.as_deref().unwrap_or("they were asked for before, and were no articles");
        none.then(|| format!("lists {pages}; none could be read: {instead}"))
    }
}

/// What is to be done about a page.
pub(super) enum Turn {
    /// It is an article that the store has already.
    Known,
    /// It will never be one.
    Never,
    /// Its turn comes at another poll.
    Later,
    /// It was read just now.
    Read(Box<Reading>),
}

/// What a request for a page brought.
struct Got {
    found: PageFound,
    reading: Option<Reading>,
    validators: Validators,
    /// What is there instead of an article.
    instead: Option<String>,
    /// True if it was sent on to another address.
    moved: bool,
}

impl Got {
    fn nothing(found: PageFound, instead: String) -> Self {
        Self { found, reading: None, validators: Validators::default(), instead: Some(instead), moved: false }
    }
}

impl Paging<'_> {
    pub(super) async fn begin(&self, pages: impl Iterator<Item = &Url>) -> Result<Walk, String> {
        let digests: Vec<i64> = pages.map(page_digest).collect();
        let known = match digests.is_empty() {
            true => HashMap::new(),
            false => {
                let known = self.store.pages_read(self.source.id, &digests).await;
                known.map_err(|error| error.to_string())?
            }
        };
        Ok(Walk {
            known,
            read: Vec::new(),
            left: false,
            articles: 0,
            others: 0,
            instead: None,
            peace: false,
            again_read: 0,
            again_at: None,
            until: Moment::now() + LONGEST,
        })
    }

    /// Reads a page, if it is its turn; `date` is when its article was published, as far as is known.
    pub(super) async fn turn(&self, walk: &mut Walk, url: &Url, date: Option<Instant>) -> Turn {
        let page = page_digest(url);
        if walk.read.iter().any(|read| read.page == page) {
            return Turn::Known;
        }
        match walk.known.get(&page).cloned() {
            Some(known) if known.found == PageFound::Article => {
                walk.articles += 1;
                return self.again(walk, url, date, known).await;
            }
            Some(PageRead { found: PageFound::Failed, again_at, .. })
                if again_at.is_none_or(|again| again <= self.now) => {}
            Some(PageRead { again_at, .. }) => {
                walk.others += 1;
                walk.wants_again(again_at);
                return Turn::Never;
            }
            None => {}
        }
        let tries = 1 + walk.known.get(&page).map_or(0, |known| known.tries);
        if walk.is_full(self.most) {
            walk.left = true;
            return Turn::Later;
        }
        let got = self.reading(walk, url, &Validators::default()).await;
        let Got { found, reading, validators, instead, .. } = got;
        let published = date.or_else(|| reading.as_ref()?.published).unwrap_or(self.now);
        let again_at = match found {
            PageFound::Article => read_again(1, published, self.now),
            PageFound::Other => None,
            PageFound::Failed => try_again(tries, self.now),
        };
        // What is asked for no more is what it was.
        let found = if again_at.is_none() && reading.is_none() { PageFound::Other } else { found };
        walk.wants_again(again_at);
        let canonical = reading.as_ref().map(|reading| page_digest(&reading.canonical));
        walk.read.push(PageRead { page, at: self.now, found, tries, again_at, canonical, validators });
        match reading {
            Some(reading) => {
                walk.articles += 1;
                Turn::Read(Box::new(reading))
            }
            None => {
                walk.others += 1;
                walk.instead = walk.instead.take().or(instead);
                Turn::Never
            }
        }
    }

    /// Reads the page of an article once more, if it is time for that.
    async fn again(&self, walk: &mut Walk, url: &Url, date: Option<Instant>, known: PageRead) -> Turn {
        let due = known.again_at.is_some_and(|again| again <= self.now);
        if !due || walk.again_read >= AGAIN || walk.is_full(self.most) {
            walk.wants_again(known.again_at);
            return Turn::Known;
        }
        walk.again_read += 1;
        let got = self.reading(walk, url, &known.validators).await;
        let published = date.or_else(|| got.reading.as_ref()?.published).unwrap_or(known.at);
        let again_at = read_again(known.tries.saturating_add(1), published, self.now);
        walk.wants_again(again_at);
        // Where it says now that it is at home somewhere else, it was perhaps not believed before.
        let stays = known.canonical == Some(known.page) && !got.moved;
        let validators = if got.found == PageFound::Failed { known.validators } else { got.validators };
        // Whatever stands there now: what was stored was an article.
        walk.read.push(PageRead { at: self.now, again_at, validators, ..known });
        // An article that has moved is found under its new address, and is another one if that is listed.
        let same =
            |reading: &Reading| known.canonical.is_none_or(|own| own == page_digest(&reading.canonical));
        let mut read = got.reading;
        if let Some(reading) = read.as_mut().filter(|_| stays) {
            reading.canonical = url.clone();
        }
        match read.filter(same) {
            Some(reading) => Turn::Read(Box::new(reading)),
            None => Turn::Known,
        }
    }

    async fn reading(&self, walk: &mut Walk, url: &Url, validators: &Validators) -> Got {
        let document = match self.fetcher.page(url, &self.source.url, validators).await {
            Ok(Fetched::Body(document)) => document,
            Ok(Fetched::Unchanged { validators, .. }) => {
                return Got {
                    found: PageFound::Article,
                    reading: None,
                    validators,
                    instead: None,
                    moved: false,
                };
            }
            Err(error) => {
                tracing::debug!(source.name = %self.source.name, trouble = %error, "a page could not be read");
                // Who has trouble, or enough of us, is left in peace until the next poll.
                walk.peace |=
                    matches!(error, FetchError::RateLimited { .. } | FetchError::ServerError { .. });
                let gone = matches!(error, FetchError::NotFound { .. } | FetchError::Gone { .. });
                let found = if gone { PageFound::Other } else { PageFound::Failed };
                return Got::nothing(found, said(&error));
            }
        };
        let address = shown(&document.url);
        if document.content_type.as_deref().is_some_and(is_no_page) {
            return Got::nothing(PageFound::Other, format!("{address} is no page"));
        }
        let validators = document.validators.clone();
        let moved = page_digest(&document.url) != page_digest(url);
        let read = on_a_core(&address, move || {
            read(&document.bytes, document.content_type.as_deref(), &document.url)
        });
        match read.await {
            Ok(reading) => match instead(reading.kind) {
                None => Got {
                    found: PageFound::Article,
                    reading: Some(reading),
                    validators,
                    instead: None,
                    moved,
                },
                Some(instead) => Got::nothing(PageFound::Other, format!("{address} is {instead}")),
            },
            Err(sentence) => Got::nothing(PageFound::Failed, sentence),
        }
    }
}

/// Why a page could not be had, for a source whose feed is in order.
fn said(error: &FetchError) -> String {
    if let FetchError::NotFound { address } = error {
        return format!("there is nothing at {address} (status 404)");
    }
    if let FetchError::Gone { address } = error {
        return format!("{address} is gone for good (status 410)");
    }
    if let FetchError::Forbidden { address, status } = error {
        return format!("{address} is forbidden to us (status {status})");
    }
    error.to_string()
}

/// An address without what may hold a key.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Whatever was fetched has a host, and may go without these.
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

/// What a page is that is no article.
const fn instead(kind: ReadingKind) -> Option<&'static str> {
    match kind {
        ReadingKind::Article => None,
        ReadingKind::Paywall => Some("behind a paywall or a login"),
        ReadingKind::Login => Some("behind a login"),
        ReadingKind::Consent => Some("a question about cookies"),
        ReadingKind::NotAnArticle => Some("no article"),
    }
}

/// True for a content type that no page has.
fn is_no_page(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !(kind.is_empty() || kind.starts_with("text/") || kind.contains("html") || kind.contains("xml"))
}
