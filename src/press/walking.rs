//! Walking through the article pages of a source: which of them are new, and what is read of them.
//!
//! So many are read at a poll, those that could not be had a few times more, and those of young articles a few times
//! again, for what was corrected in them.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use super::paging::{Paged, Paging};
use crate::collect::{Feed, FetchError, Fetched, Reading, ReadingKind, page_digest, read};
use crate::model::{Instant, Validators, read_again};
use crate::store::{PageFound, PageRead, Pages};

/// No more pages are read at a poll, whatever the configuration says.
const MOST: usize = 200;
/// Reading the pages of one source goes on for no longer; the rest is read at the next poll.
const LONGEST: Duration = Duration::from_secs(120);
/// A page that could not be had is asked for so often.
const TRIES: u32 = 3;
/// So many pages are read again at a poll, beside those that are new.
const AGAIN: usize = 10;
/// Pages that are being read.
pub(super) struct Walk {
    known: HashMap<i64, PageRead>,
    read: Vec<PageRead>,
    left: bool,
    /// True if a page could not be had this time.
    again: bool,
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

    pub(super) fn end(self, feed: Feed) -> Paged {
        let seen = self.known.into_keys().collect();
        let pages = Pages { read: self.read, seen, popular: None };
        Paged { feed, pages, left: self.left || self.again, again_at: self.again_at }
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
}

impl Got {
    fn nothing(found: PageFound) -> Self {
        Self { found, reading: None, validators: Validators::default() }
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
            again: false,
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
                return self.again(walk, url, date, known).await;
            }
            Some(PageRead { found: PageFound::Other, .. }) => return Turn::Never,
            Some(PageRead { found: PageFound::Failed, tries, .. }) if tries >= TRIES => return Turn::Never,
            Some(_) | None => {}
        }
        if walk.is_full(self.most) {
            walk.left = true;
            return Turn::Later;
        }
        let Got { found, reading, validators } = self.reading(walk, url, &Validators::default()).await;
        let published = date.or_else(|| reading.as_ref()?.published).unwrap_or(self.now);
        let again_at = reading.as_ref().and_then(|_| read_again(1, published, self.now));
        walk.wants_again(again_at);
        let canonical = reading.as_ref().map(|reading| page_digest(&reading.canonical));
        walk.read.push(PageRead { page, at: self.now, found, tries: 1, again_at, canonical, validators });
        match reading {
            Some(reading) => Turn::Read(Box::new(reading)),
            None if found == PageFound::Failed => {
                walk.again = true;
                Turn::Never
            }
            None => Turn::Never,
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
        let validators = if got.found == PageFound::Failed { known.validators } else { got.validators };
        // Whatever stands there now: what was stored was an article.
        walk.read.push(PageRead { at: self.now, again_at, validators, ..known });
        // An article that has moved is found under its new address, and is another one if that is listed.
        let same =
            |reading: &Reading| known.canonical.is_none_or(|own| own == page_digest(&reading.canonical));
        match got.reading.filter(same) {
            Some(reading) => Turn::Read(Box::new(reading)),
            None => Turn::Known,
        }
    }

    async fn reading(&self, walk: &mut Walk, url: &Url, validators: &Validators) -> Got {
        let document = match self.fetcher.page(url, &self.source.url, validators).await {
            Ok(Fetched::Body(document)) => document,
            Ok(Fetched::Unchanged { validators, .. }) => {
                return Got { found: PageFound::Article, reading: None, validators };
            }
            Err(error) => {
                tracing::debug!(source.name = %self.source.name, trouble = %error, "a page could not be read");
                // Who has trouble, or enough of us, is left in peace until the next poll.
                walk.peace |=
                    matches!(error, FetchError::RateLimited { .. } | FetchError::ServerError { .. });
                return Got::nothing(PageFound::Failed);
            }
        };
        if document.content_type.as_deref().is_some_and(is_no_page) {
            return Got::nothing(PageFound::Other);
        }
        let validators = document.validators.clone();
        // Reading is work for a core, not for the threads that wait on the network.
        let read = tokio::task::spawn_blocking(move || {
            read(&document.bytes, document.content_type.as_deref(), &document.url)
        });
        match read.await {
            Ok(reading) if reading.kind == ReadingKind::Article => {
                Got { found: PageFound::Article, reading: Some(reading), validators }
            }
            Ok(_) | Err(_) => Got::nothing(PageFound::Other),
        }
    }
}

/// True for a content type that no page has.
fn is_no_page(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !(kind.is_empty() || kind.starts_with("text/") || kind.contains("html") || kind.contains("xml"))
}
