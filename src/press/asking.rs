//! Asking one source: a request, and what is made of the answer; nothing is stored here.
//!
//! Whatever a source does (time out, lie, break the parser) is an end like any other.

use std::time::Duration;

use super::Clock;
use crate::collect::{Document, FetchError, Fetched, Fetcher, clean, parse};
use crate::model::{Article, Bounds, Happened, Instant, Next, Source, Wish};
use crate::store::{Poll, PollEnd, Polled};

/// A source that was asked.
#[derive(Debug)]
pub(super) struct Asked {
    /// The source, as it was before.
    pub(super) source: Source,
    /// What is to be recorded.
    pub(super) polled: Polled,
    /// A flaw of a document that was read all the same.
    pub(super) remark: Option<String>,
    /// From the first moment to the last article.
    pub(super) took: Duration,
}

impl Asked {
    /// Turns it into a failure.
    pub(super) fn fail(&mut self, sentence: String, bounds: &Bounds) {
        let at = self.polled.poll.at;
        let next = bounds.next(&self.source, Happened::Failed, None, at);
        self.polled = failed(&self.source, sentence, next, at);
    }
}

/// Polls a source.
pub(super) async fn ask(fetcher: &Fetcher, source: Source, bounds: &Bounds, clock: &Clock) -> Asked {
    let start = tokio::time::Instant::now();
    let fetched = fetcher.fetch(&source.url, &source.validators).await;
    let at = clock.now();
    let (polled, remark) = match fetched {
        Ok(Fetched::Unchanged { validators, moved_to, retry_after, fresh_for }) => {
            let wish = Wish { fresh_for, ..Wish::default() };
            let next = bounds.next_wished(&source, Happened::Unchanged, retry_after, &wish, at);
            let poll = Poll { at, end: PollEnd::Unchanged, validators: Some(validators), moved_to, next };
            (Polled { source: source.id, poll, articles: Vec::new(), if_changed: next }, None)
        }
        Ok(Fetched::Body(document)) => put(&source, document, bounds, at).await,
        Err(error) => (refused(&source, &error, bounds, at), None),
    };
    Asked { source, polled, remark, took: start.elapsed() }
}

fn refused(source: &Source, error: &FetchError, bounds: &Bounds, at: Instant) -> Polled {
    let happened = if error.gone() { Happened::Gone } else { Happened::Failed };
    failed(source, error.to_string(), bounds.next(source, happened, error.retry_after(), at), at)
}

fn failed(source: &Source, sentence: String, next: Next, at: Instant) -> Polled {
    let poll = Poll { at, end: PollEnd::Failed { sentence }, validators: None, moved_to: None, next };
    Polled { source: source.id, poll, articles: Vec::new(), if_changed: next }
}

/// Parses and cleans what a source sent.
async fn put(source: &Source, document: Document, bounds: &Bounds, at: Instant) -> (Polled, Option<String>) {
    let (moved_to, validators) = (document.moved_to.clone(), document.validators.clone());
    let served = Wish { fresh_for: document.fresh_for, ..Wish::default() };
    // Parsing is work for a core, not for the threads that wait on the network.
    let read = tokio::task::spawn_blocking(move || read(&document, at)).await;
    let fault = |_| Err("its document could not be read, which is a fault of this program".to_owned());
    match read.unwrap_or_else(fault) {
        Ok(read) => {
            let end = PollEnd::Collected { title: read.title, site: read.site };
            let wish = served.and(read.wish);
            let next = |happened| bounds.next_wished(source, happened, None, &wish, at);
            let poll =
                Poll { at, end, validators: Some(validators), moved_to, next: next(Happened::Unchanged) };
            let if_changed = next(Happened::Changed);
            (Polled { source: source.id, poll, articles: read.articles, if_changed }, read.remark)
        }
        Err(sentence) => {
            (failed(source, sentence, bounds.next(source, Happened::Failed, None, at), at), None)
        }
    }
}

struct Read {
    title: Option<String>,
    site: Option<url::Url>,
    remark: Option<String>,
    wish: Wish,
    articles: Vec<Article>,
}

fn read(document: &Document, at: Instant) -> Result<Read, String> {
    let feed = parse(&document.bytes, document.content_type.as_deref(), &document.url)
        .map_err(|error| error.to_string())?;
    let (title, site, remark) = (feed.title.clone(), feed.site.clone(), feed.trouble.clone());
    Ok(Read { title, site, remark, wish: feed.wish, articles: clean(feed, at) })
}
