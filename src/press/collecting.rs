//! The collecting stage: sources that are due → articles in the store.
//!
//! Many sources at once, each with an end of its own: whatever one does (time out, lie, break the parser), the
//! others are collected and its own health says what happened.

use std::time::Duration;

use futures_util::StreamExt;

use super::{Clock, PressError};
use crate::collect::{Document, FetchError, Fetched, Fetcher, clean, parse};
use crate::model::{Article, Instant, Source};
use crate::store::{Gathered, Poll, PollEnd, Store};

/// The longest wait after failures of which the source does not ask for a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// How the stage works.
#[derive(Debug, Clone)]
pub struct CollectingRules {
    /// How many sources are polled at once.
    pub at_once: usize,
    /// How long a source rests after a good poll.
    pub poll_every: Duration,
}

/// How the poll of one source ended.
#[derive(Debug)]
pub struct Collected {
    /// The source, as it was before.
    pub source: Source,
    /// What it brought, or the sentence of what went wrong.
    pub end: Result<Gathered, String>,
    /// True if the source said that nothing changed.
    pub unchanged: bool,
    /// A flaw of a document that was read all the same.
    pub remark: Option<String>,
}

/// Splits sources into those to be polled at `now` and those that wait (backoff, Retry-After, just polled).
#[must_use]
pub fn due(sources: Vec<Source>, now: Instant) -> (Vec<Source>, Vec<Source>) {
    sources.into_iter().partition(|s| s.next_poll.is_none_or(|next| next <= now))
}

/// Polls `sources`, `at_once` at a time, and calls `ended` as each ends.
pub async fn collect(
    store: &Store,
    fetcher: &Fetcher,
    sources: Vec<Source>,
    rules: &CollectingRules,
    clock: &Clock,
    mut ended: impl FnMut(&Collected),
) -> Result<Vec<Collected>, PressError> {
    let polls = sources.into_iter().map(|source| poll(store, fetcher, source, rules, clock));
    let mut polls = futures_util::stream::iter(polls).buffer_unordered(rules.at_once.max(1));
    let mut all = Vec::new();
    while let Some(collected) = polls.next().await {
        let collected = collected?;
        ended(&collected);
        all.push(collected);
    }
    all.sort_by(|a, b| a.source.name.cmp(&b.source.name));
    Ok(all)
}

async fn poll(
    store: &Store,
    fetcher: &Fetcher,
    source: Source,
    rules: &CollectingRules,
    clock: &Clock,
) -> Result<Collected, PressError> {
    let fetched = fetcher.fetch(&source.url, &source.validators).await;
    let at = clock.now();
    match fetched {
        Ok(Fetched::Unchanged { validators, moved_to, retry_after }) => {
            let next_poll = Some(at + rules.poll_every.max(retry_after.unwrap_or_default()));
            let poll =
                Poll { at, end: PollEnd::Unchanged, validators: Some(validators), moved_to, next_poll };
            store.record_poll(source.id, &poll).await?;
            Ok(Collected { source, end: Ok(Gathered::default()), unchanged: true, remark: None })
        }
        Ok(Fetched::Body(document)) => put(store, source, document, rules, at).await,
        Err(error) => fail(store, source, error.to_string(), Some(&error), rules, at).await,
    }
}

/// Parses, cleans and stores what a source sent.
async fn put(
    store: &Store,
    source: Source,
    document: Document,
    rules: &CollectingRules,
    at: Instant,
) -> Result<Collected, PressError> {
    let (moved_to, validators) = (document.moved_to.clone(), document.validators.clone());
    // Parsing is work for a core, not for the threads that wait on the network.
    let read = tokio::task::spawn_blocking(move || read(&document, at)).await;
    let read = match read {
        Ok(Ok(read)) => read,
        Ok(Err(sentence)) => return fail(store, source, sentence, None, rules, at).await,
        Err(_) => {
            let sentence = "its document could not be read, which is a fault of this program".to_owned();
            return fail(store, source, sentence, None, rules, at).await;
        }
    };
    let gathered = store.put_articles(source.id, &read.articles, at).await?;
    let end = PollEnd::Collected { title: read.title, site: read.site };
    let next_poll = Some(at + rules.poll_every);
    store
        .record_poll(source.id, &Poll { at, end, validators: Some(validators), moved_to, next_poll })
        .await?;
    Ok(Collected { source, end: Ok(gathered), unchanged: false, remark: read.remark })
}

struct Read {
    title: Option<String>,
    site: Option<url::Url>,
    remark: Option<String>,
    articles: Vec<Article>,
}

fn read(document: &Document, at: Instant) -> Result<Read, String> {
    let feed = parse(&document.bytes, document.content_type.as_deref(), &document.url)
        .map_err(|error| error.to_string())?;
    let (title, site, remark) = (feed.title.clone(), feed.site.clone(), feed.trouble.clone());
    Ok(Read { title, site, remark, articles: clean(feed, at) })
}

async fn fail(
    store: &Store,
    source: Source,
    sentence: String,
    error: Option<&FetchError>,
    rules: &CollectingRules,
    at: Instant,
) -> Result<Collected, PressError> {
    let asked = error.and_then(FetchError::retry_after);
    let wait = if error.is_some_and(FetchError::gone) {
        LONGEST_WAIT
    } else {
        let doubled = rules.poll_every.saturating_mul(1 << source.health.failures.min(10));
        doubled.min(LONGEST_WAIT)
    };
    let wait = wait.max(asked.unwrap_or_default());
    let end = PollEnd::Failed { sentence: sentence.clone() };
    let poll = Poll { at, end, validators: None, moved_to: None, next_poll: Some(at + wait) };
    store.record_poll(source.id, &poll).await?;
    tracing::warn!(source.name = %source.name, trouble = %sentence, "source failed");
    Ok(Collected { source, end: Err(sentence), unchanged: false, remark: None })
}
