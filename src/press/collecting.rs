//! The collecting stage: sources → articles in the store.
//!
//! Many sources at once, each with an end of its own: whatever one does (time out, lie, break the parser), the
//! others are collected and its own health says what happened. A command collects the sources that it chooses here;
//! what is due by itself is [`gather`](super::gather)ed.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt;

use super::asking::{Asked, Asking, ask};
use super::{Clock, PressError};
use crate::collect::Fetcher;
use crate::model::{Bounds, Instant, Source};
use crate::store::{Gathered, PollEnd, Store};

/// Trouble that lasts as long is the operator's business.
const TELL_AFTER: TimeDelta = TimeDelta::days(1);

/// How the stage works.
#[derive(Debug, Clone)]
pub struct CollectingRules {
    /// How many sources are polled at once.
    pub at_once: usize,
    /// How many of one host.
    pub per_host: usize,
    /// How long a source rests between two polls.
    pub bounds: Bounds,
    /// How long a claim is believed without a word of who claimed.
    pub lease: Duration,
    /// How many article pages are read at one poll of a source; 200 at most.
    pub pages_per_run: usize,
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

/// Splits sources into those that an edition of `now` wants polled and those that it takes as they are: left in peace
/// (Retry-After, failures), or polled a moment ago. What was polled while the clock was ahead counts as never polled.
#[must_use]
pub fn due(sources: Vec<Source>, bounds: &Bounds, now: Instant) -> (Vec<Source>, Vec<Source>) {
    let ahead = |source: &Source| source.health.checked_at.is_some_and(|at| at - now > TimeDelta::minutes(1));
    let fresh = |source: &Source| source.health.checked_at.is_some_and(|at| at + bounds.fastest > now);
    let in_peace = |source: &Source| source.not_before.is_some_and(|until| until > now);
    sources.into_iter().partition(|source| ahead(source) || (!fresh(source) && !in_peace(source)))
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
    let asking = rules.asking(store, fetcher, clock);
    let polls = sources.into_iter().map(|source| poll(&asking, source));
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

impl CollectingRules {
    /// What sources are asked with by these rules.
    pub(super) fn asking(&self, store: &Store, fetcher: &Fetcher, clock: &Clock) -> Asking {
        let (store, fetcher, clock) = (store.clone(), fetcher.clone(), clock.clone());
        Asking { store, fetcher, bounds: self.bounds, pages_per_run: self.pages_per_run, clock }
    }
}

async fn poll(asking: &Asking, source: Source) -> Result<Collected, PressError> {
    let store = &asking.store;
    let asked = ask(asking, source).await;
    let gathered = store.record_polls(&[&asked.polled], None).await?;
    let collected = recorded(store, asked, gathered.into_iter().flatten().next().unwrap_or_default()).await?;
    if let Err(sentence) = &collected.end {
        tracing::warn!(source.name = %collected.source.name, trouble = %sentence, "source failed");
    }
    Ok(collected)
}

/// Tells the operator of trouble that has lasted, after a poll is recorded; recording one that is well takes it back.
pub(super) async fn recorded(
    store: &Store,
    asked: Asked,
    gathered: Gathered,
) -> Result<Collected, PressError> {
    let Asked { source, polled, remark, pages, .. } = asked;
    store.record_pages(source.id, &pages, polled.poll.at).await?;
    let unchanged = polled.poll.end == PollEnd::Unchanged;
    let has_ended = matches!(polled.poll.end, PollEnd::Ended { .. });
    let end = if let Some(sentence) = polled.poll.end.trouble() {
        let since = source.health.failing_since.unwrap_or(polled.poll.at);
        if has_ended || polled.poll.at - since >= TELL_AFTER {
            let day = since.format("%F %H:%M");
            let text = if has_ended {
                format!("source {} has ended: {sentence}", source.name)
            } else {
                format!("source {} has brought nothing since {day} UTC: {sentence}", source.name)
            };
            store.notice(&matter(&source), &text, since).await?;
        }
        Err(sentence.to_owned())
    } else {
        let pushed = source.pushed_until.is_some_and(|until| until > polled.poll.at);
        if pushed && gathered.new > 0 {
            store.missed_push(source.id).await?;
        }
        Ok(gathered)
    };
    Ok(Collected { source, end, unchanged, remark })
}

/// What a notice about a source is about.
fn matter(source: &Source) -> String {
    format!("source:{}", source.name)
}
