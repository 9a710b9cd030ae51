//! Asking one source: a request, and what is made of the answer; nothing is stored here.
//!
//! Whatever a source does (time out, lie, break the parser) is an end like any other.

use std::time::Duration;

use super::Clock;
use super::paging::{Paged, Paging};
use crate::collect::{
    Document, Feed, FetchError, Fetched, Fetcher, Links, ParseError, clean, parse, says_little,
};
use crate::model::{Article, Bounds, Happened, Hub, Instant, Next, Source, SourceKind, Validators, Wish};
use crate::store::{Pages, Poll, PollEnd, Polled, Store};

/// What takes longer to read is given up.
const LONGEST: Duration = Duration::from_secs(30);

/// A source that was asked.
#[derive(Debug)]
pub(super) struct Asked {
    /// The source, as it was before.
    pub(super) source: Source,
    /// What is to be recorded.
    pub(super) polled: Polled,
    /// A flaw of a document that was read all the same.
    pub(super) remark: Option<String>,
    /// What is to be remembered of its article pages.
    pub(super) pages: Pages,
    /// From the first moment to the last article.
    pub(super) took: Duration,
}

impl Asked {
    /// Turns it into a failure.
    pub(super) fn fail(&mut self, sentence: String, bounds: &Bounds) {
        let at = self.polled.poll.at;
        let next = bounds.next(&self.source, Happened::Failed, None, at);
        self.polled = failed(&self.source, sentence, next, at);
        self.pages = Pages::default();
    }
}

/// What sources are asked with.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) store: Store,
    pub(super) fetcher: Fetcher,
    pub(super) bounds: Bounds,
    pub(super) pages_per_run: usize,
    pub(super) clock: Clock,
}

/// Polls a source.
pub(super) async fn ask(asking: &Asking, source: Source) -> Asked {
    let start = tokio::time::Instant::now();
    let bounds = &asking.bounds;
    // Pages that are read again are found in the document, which must come whole for that.
    let again = source.again_at.is_some_and(|again| again <= asking.clock.now());
    let validators = if again { &Validators::default() } else { &source.validators };
    let fetched = match source.manner.kind {
        SourceKind::Feed => asking.fetcher.fetch(&source.url, validators).await,
        SourceKind::Page | SourceKind::Sitemap => {
            asking.fetcher.page(&source.url, &source.url, validators).await
        }
    };
    let at = asking.clock.now();
    let (polled, remark, pages) = match fetched {
        Ok(Fetched::Unchanged { validators, moved_to, retry_after, fresh_for }) => {
            let wish = source.wish.and(Wish { fresh_for, ..Wish::default() });
            let next = bounds.next_wished(&source, Happened::Unchanged, retry_after, &wish, at);
            let poll = Poll { at, end: PollEnd::Unchanged, validators: Some(validators), moved_to, next };
            let polled = Polled { source: source.id, poll, articles: Vec::new(), if_changed: next };
            (polled, None, Pages::default())
        }
        Ok(Fetched::Body(document)) => put(asking, &source, document, at).await,
        Err(error) => (refused(&source, &error, bounds, at), None, Pages::default()),
    };
    Asked { source, polled, remark, pages, took: start.elapsed() }
}

fn refused(source: &Source, error: &FetchError, bounds: &Bounds, at: Instant) -> Polled {
    if error.gone() {
        let end = PollEnd::Ended { sentence: error.to_string() };
        return ended(source, end, bounds.next(source, Happened::Gone, None, at), at);
    }
    failed(source, error.to_string(), bounds.next(source, Happened::Failed, error.retry_after(), at), at)
}

fn failed(source: &Source, sentence: String, next: Next, at: Instant) -> Polled {
    ended(source, PollEnd::Failed { sentence }, next, at)
}

fn ended(source: &Source, end: PollEnd, next: Next, at: Instant) -> Polled {
    let poll = Poll { at, end, validators: None, moved_to: None, next };
    Polled { source: source.id, poll, articles: Vec::new(), if_changed: next }
}

/// Parses and cleans what a source sent, and reads the pages that it leads to.
async fn put(
    asking: &Asking,
    source: &Source,
    document: Document,
    at: Instant,
) -> (Polled, Option<String>, Pages) {
    let (moved_to, validators) = (document.moved_to.clone(), document.validators.clone());
    let served = Wish { fresh_for: document.fresh_for, ..Wish::default() };
    let bounds = &asking.bounds;
    match read_document(asking, source, document, at).await {
        Ok(Read { trouble: Some(sentence), pages, .. }) => {
            let next = bounds.next(source, Happened::Failed, None, at);
            let mut polled = failed(source, sentence, next, at);
            // A list that has not changed would say that all is well.
            polled.poll.validators = Some(Validators::default());
            (polled, None, pages)
        }
        Ok(read) => {
            let (wish, again_at, hub) = (read.wish, read.again_at, read.hub.map(Box::new));
            let end = PollEnd::Collected { title: read.title, site: read.site, wish, again_at, hub };
            let wish = served.and(read.wish);
            let next = |happened| bounds.next_wished(source, happened, None, &wish, at);
            // Pages are left: the next poll needs the document again.
            let validators = if read.left { Validators::default() } else { validators };
            let poll =
                Poll { at, end, validators: Some(validators), moved_to, next: next(Happened::Unchanged) };
            let if_changed = next(Happened::Changed);
            let polled = Polled { source: source.id, poll, articles: read.articles, if_changed };
            (polled, read.remark, read.pages)
        }
        Err(sentence) => {
            let next = bounds.next(source, Happened::Failed, None, at);
            (failed(source, sentence, next, at), None, Pages::default())
        }
    }
}

/// What a document brought.
pub(super) struct Read {
    title: Option<String>,
    site: Option<url::Url>,
    remark: Option<String>,
    /// Why there is nothing.
    trouble: Option<String>,
    wish: Wish,
    links: Links,
    hub: Option<Hub>,
    pub(super) articles: Vec<Article>,
    pub(super) pages: Pages,
    /// True if there are pages left for the next poll.
    pub(super) left: bool,
    again_at: Option<Instant>,
}

impl Read {
    /// Says who would push it, by its own word and by what came with it.
    fn found_at(mut self, links: &Links, url: &url::Url) -> Self {
        self.hub = links.hub(&self.links, url);
        self
    }
}

/// Reads a document of a source, and the pages that it leads to.
pub(super) async fn read_document(
    asking: &Asking,
    source: &Source,
    document: Document,
    at: Instant,
) -> Result<Read, String> {
    let Asking { store, fetcher, .. } = asking;
    let paging = Paging { store, fetcher, source, most: asking.pages_per_run, now: at };
    let (links, url) = (document.links.clone(), document.url.clone());
    let paged = match source.manner.kind {
        SourceKind::Feed => match parsed(document, source.manner.full_text, at).await? {
            Parsed::Enough(read) => return Ok(read.found_at(&links, &url)),
            Parsed::Little(feed) => paging.filled(*feed).await?,
        },
        SourceKind::Page | SourceKind::Sitemap => paging.listed(document).await?,
    };
    let feed = source.manner.kind == SourceKind::Feed;
    let read = on_a_core("its document", move || cleaned(paged, at)).await?;
    Ok(if feed { read.found_at(&links, &url) } else { read })
}

/// A feed that was read.
enum Parsed {
    /// Its entries say enough: it is cleaned as well.
    Enough(Box<Read>),
    /// Pages of its entries are worth a look.
    Little(Box<Feed>),
}

/// Most feeds say enough, and go to another thread once.
async fn parsed(document: Document, full_text: bool, at: Instant) -> Result<Parsed, String> {
    let parsed = on_a_core("its document", move || {
        let feed = parse(&document.bytes, document.content_type.as_deref(), &document.url)?;
        if full_text || feed.entries.iter().any(says_little) {
            return Ok(Parsed::Little(Box::new(feed)));
        }
        let paged = Paged::whole(feed);
        Ok(Parsed::Enough(Box::new(cleaned(paged, at))))
    });
    parsed.await?.map_err(|error: ParseError| error.to_string())
}

fn cleaned(paged: Paged, at: Instant) -> Read {
    let Paged { feed, pages, left, again_at, trouble } = paged;
    let (title, site, remark) = (feed.title.clone(), feed.site.clone(), feed.trouble.clone());
    let (wish, links, articles) = (feed.wish, feed.links.clone(), clean(feed, at));
    Read { title, site, remark, trouble, wish, links, hub: None, articles, pages, left, again_at }
}

/// Reads `what` on a thread of its own: that is work for a core, not for the threads that wait on the network. What takes
/// too long is given up, though its thread goes on to the end.
pub(super) async fn on_a_core<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    within(LONGEST, what, work).await
}

async fn within<T: Send + 'static>(
    limit: Duration,
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    match tokio::time::timeout(limit, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(_)) => Err(format!("{what} could not be read, which is a fault of this program")),
        Err(_) => Err(format!("{what} was given up: to read it takes longer than {} s", limit.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_to_read_is_given_up_with_a_sentence() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let given_up = within(Duration::ZERO, "its page", move || wait.recv()).await;
        assert_eq!(
            given_up.err().as_deref(),
            Some("its page was given up: to read it takes longer than 0 s")
        );
        drop(go);
        assert_eq!(on_a_core("its page", || 7).await, Ok(7));
        let died = on_a_core("its page", || assert_eq!(1, 2)).await;
        assert!(died.is_err_and(|said| said.contains("fault of this program")));
    }
}
