//! Polling: how the polls of sources went.
//!
//! One statement records many polls. What whoever polls a source has lost to another meanwhile is not recorded.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::articles::{Gathered, alone_with_articles, put};
use super::notices::take_back;
use super::pool::on;
use super::sorting::Brought;
use super::{Store, StoreError, column};
use crate::model::{Article, Hub, Instant, Next, SourceId, Validators, Wish};

/// How a poll went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// When.
    pub at: Instant,
    /// What it brought.
    pub end: PollEnd,
    /// For the next request; `None` keeps those that are there.
    pub validators: Option<Validators>,
    /// The new address, if every redirect was permanent.
    pub moved_to: Option<Url>,
    /// When it is polled again; what is `None` lifts an earlier limit.
    pub next: Next,
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollEnd {
    /// The source said that nothing has changed.
    Unchanged,
    /// A document, with what it says of itself.
    Collected {
        /// Its own title.
        title: Option<String>,
        /// The web page that it belongs to.
        site: Option<Url>,
        /// How often it wishes to be asked.
        wish: Wish,
        /// When the next one is wanted whole, because pages are read again; `None` for never.
        again_at: Option<Instant>,
        /// Who would push it.
        hub: Option<Box<Hub>>,
    },
    /// Trouble.
    Failed {
        /// As a sentence.
        sentence: String,
    },
    /// The source said that it has ended for good, which is trouble too.
    Ended {
        /// As a sentence.
        sentence: String,
    },
}

impl PollEnd {
    /// What was wrong, as a sentence, if anything was.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::Failed { sentence } | Self::Ended { sentence } => Some(sentence),
            Self::Unchanged | Self::Collected { .. } => None,
        }
    }
}

/// A poll with the articles that it brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Of which source.
    pub source: SourceId,
    /// How it went; `poll.next` is for a source of which all was known.
    pub poll: Poll,
    /// What it brought.
    pub articles: Vec<Article>,
    /// When it is polled again if an article is new or has changed.
    pub if_changed: Next,
}

/// A poll on its way into the store.
#[derive(Serialize)]
struct PollIn<'a> {
    id: i64,
    at: i64,
    trouble: Option<String>,
    own_title: Option<String>,
    site: Option<&'a str>,
    next_poll: Option<i64>,
    not_before: Option<i64>,
    rest_ms: Option<u64>,
    /// 1 if the validators are new.
    fresh: i64,
    etag: Option<&'a str>,
    last_modified: Option<&'a str>,
    /// 1 if it said that it has ended.
    ended: i64,
    /// 1 if there was a document, to which the others belong.
    read: i64,
    fresh_ms: Option<u64>,
    quiet_hours: u32,
    quiet_days: u8,
    again_at: Option<i64>,
    hub: Option<&'a str>,
    topic: Option<&'a str>,
}

impl<'a> PollIn<'a> {
    fn new(id: SourceId, poll: &'a Poll, next: &Next) -> Self {
        let said = match &poll.end {
            PollEnd::Collected { title, site, wish, again_at, hub } => {
                Some((title.as_deref(), site.as_ref(), *wish, *again_at, hub.as_deref()))
            }
            PollEnd::Unchanged | PollEnd::Failed { .. } | PollEnd::Ended { .. } => None,
        };
        let read = i64::from(said.is_some());
        let (title, site, wish, again_at, hub) = said.unwrap_or_default();
        let validators = poll.validators.as_ref();
        Self {
            id: id.0,
            at: poll.at.timestamp_millis(),
            trouble: poll.end.trouble().map(column::one_line),
            own_title: title.map(column::one_line),
            site: site.map(Url::as_str),
            next_poll: next.poll.map(|at| at.timestamp_millis()),
            not_before: next.not_before.map(|at| at.timestamp_millis()),
            rest_ms: next.rest.map(millis),
            fresh: i64::from(validators.is_some()),
            etag: validators.and_then(|v| v.etag.as_deref()),
            last_modified: validators.and_then(|v| v.last_modified.as_deref()),
            ended: i64::from(matches!(poll.end, PollEnd::Ended { .. })),
            read,
            fresh_ms: wish.fresh_for.map(millis),
            quiet_hours: wish.quiet_hours,
            quiet_days: wish.quiet_days,
            again_at: again_at.map(|at| at.timestamp_millis()),
            hub: hub.map(|hub| hub.url.as_str()),
            topic: hub.map(|hub| hub.topic.as_str()),
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Ends the claim of the holder `$2`, and nobody else's. SQLite writes a value of a JSON array out wherever it is named,
/// unless it is materialized first.
const RECORD: &str = "WITH polls AS MATERIALIZED (SELECT value FROM json_each($1))
     UPDATE sources SET checked_at = p.at, trouble = p.said,
       succeeded_at = CASE WHEN p.said IS NULL THEN p.at ELSE succeeded_at END,
       failures = CASE WHEN p.said IS NULL THEN 0 ELSE failures + 1 END,
       failing_since = CASE WHEN p.said IS NULL THEN NULL WHEN failing_since <= p.at THEN failing_since ELSE p.at END,
       own_title = COALESCE(p.calls_itself, own_title), site = COALESCE(p.its_site, site),
       next_poll = p.due, not_before = p.peace, rest_ms = COALESCE(p.rest, rest_ms),
       etag = CASE WHEN p.fresh = 1 THEN p.tag ELSE etag END,
       last_modified = CASE WHEN p.fresh = 1 THEN p.modified ELSE last_modified END,
       ended = (p.ended = 1), listed_at = CASE WHEN p.read = 1 THEN p.at ELSE listed_at END,
       again_at = CASE WHEN p.read = 1 THEN p.again ELSE again_at END,
       hub = CASE WHEN p.read = 1 THEN p.its_hub ELSE hub END,
       topic = CASE WHEN p.read = 1 THEN p.its_topic ELSE topic END,
       fresh_ms = CASE WHEN p.read = 1 THEN p.stays ELSE fresh_ms END,
       quiet_hours = CASE WHEN p.read = 1 THEN p.hours ELSE quiet_hours END,
       quiet_days = CASE WHEN p.read = 1 THEN p.days ELSE quiet_days END,
       claimed_until = CASE WHEN claimed_by = $2 THEN NULL ELSE claimed_until END,
       claimed_by = CASE WHEN claimed_by = $2 THEN NULL ELSE claimed_by END
     FROM (SELECT CAST(value ->> 'id' AS BIGINT) AS source, CAST(value ->> 'at' AS BIGINT) AS at,
             value ->> 'trouble' AS said, value ->> 'own_title' AS calls_itself, value ->> 'site' AS its_site,
             CAST(value ->> 'next_poll' AS BIGINT) AS due, CAST(value ->> 'not_before' AS BIGINT) AS peace,
             CAST(value ->> 'rest_ms' AS BIGINT) AS rest, CAST(value ->> 'fresh' AS BIGINT) AS fresh,
             value ->> 'etag' AS tag, value ->> 'last_modified' AS modified,
             CAST(value ->> 'ended' AS BIGINT) AS ended, CAST(value ->> 'read' AS BIGINT) AS read,
             CAST(value ->> 'again_at' AS BIGINT) AS again, CAST(value ->> 'fresh_ms' AS BIGINT) AS stays,
             CAST(value ->> 'quiet_hours' AS BIGINT) AS hours, CAST(value ->> 'quiet_days' AS BIGINT) AS days,
             value ->> 'hub' AS its_hub, value ->> 'topic' AS its_topic
           FROM polls) p
     WHERE sources.id = p.source";

/// Sources of which trouble is told.
const TROUBLED: &str = "SELECT n.key FROM sources s JOIN notices n ON n.key = 'source:' || s.name
     WHERE NOT n.mended AND s.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

const MOVE: &str = "UPDATE sources SET url = $2 WHERE id = $1 AND NOT EXISTS (
       SELECT 1 FROM sources o WHERE o.id <> $1 AND NOT o.removed AND (o.url = $2 OR o.declared_url = $2))";

/// Those that are to be recorded: all without a holder, else those that it still has.
const STILL: [&str; 2] = [
    "SELECT id FROM sources WHERE ($2 = '' OR (claimed_by = $2 AND NOT removed))
       AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
    "SELECT id FROM sources WHERE ($2 = '' OR (claimed_by = $2 AND NOT removed))
       AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY id FOR NO KEY UPDATE",
];

impl Store {
    /// Records how a poll went; a new address is not taken if another source has it.
    pub async fn record_poll(&self, id: SourceId, poll: &Poll) -> Result<(), StoreError> {
        let (poll, if_changed) = (poll.clone(), poll.next);
        let polled = Polled { source: id, poll, articles: Vec::new(), if_changed };
        self.record_polls(&[&polled], None).await.map(|_| ())
    }

    /// Stores what polls brought and records how they went, all of them or none; at most one of each source. What was
    /// told of the trouble of those that are well is taken back.
    ///
    /// With a `holder`, who claimed the sources, its claims end, and what it has lost meanwhile (its lease lapsed, or the
    /// source was removed or given another address) is left out and comes back as `None`. Without one it is an error
    /// if there is no such source.
    pub async fn record_polls(
        &self,
        polls: &[&Polled],
        holder: Option<&str>,
    ) -> Result<Vec<Option<Gathered>>, StoreError> {
        let ids = column::to_json(&polls.iter().map(|polled| polled.source).collect::<Vec<_>>())?;
        let still = self.0.either(STILL[0], STILL[1]);
        let all = on!(write self, tx => {
            if polls.iter().any(|polled| !polled.articles.is_empty()) {
                alone_with_articles!(self, tx);
            }
            let still = sqlx::query_scalar(still).bind(&ids).bind(holder.unwrap_or_default());
            let still: HashSet<i64> = still.fetch_all(&mut *tx).await?.into_iter().collect();
            if let Some(lost) = polls.iter().find(|p| holder.is_none() && !still.contains(&p.source.0)) {
                return Err(StoreError::NoSource(lost.source));
            }
            let brought: Vec<Brought<'_>> = brought(polls, &still);
            let gathered = if brought.is_empty() { Vec::new() } else { put!(self, tx, &brought) };
            let gathered: HashMap<_, _> = brought.iter().map(|b| b.source).zip(gathered).collect();
            let of = |source: SourceId| gathered.get(&source).copied().unwrap_or_default();
            let all: Vec<Option<Gathered>> =
                polls.iter().map(|p| still.contains(&p.source.0).then(|| of(p.source))).collect();
            sqlx::query(RECORD).bind(rows(polls, &all)?).bind(holder).execute(&mut *tx).await?;
            for (polled, _) in polls.iter().zip(&all).filter(|(_, gathered)| gathered.is_some()) {
                if let Some(to) = &polled.poll.moved_to {
                    sqlx::query(MOVE).bind(polled.source.0).bind(to.as_str()).execute(&mut *tx).await?;
                }
            }
            let troubled = sqlx::query_scalar(TROUBLED).bind(well(polls, &all)?);
            let troubled: Vec<String> = troubled.fetch_all(&mut *tx).await?;
            for key in troubled {
                take_back!(tx, key);
            }
            all
        });
        Ok(all)
    }
}

/// What was brought by polls that are to be recorded.
fn brought<'a>(polls: &[&'a Polled], still: &HashSet<i64>) -> Vec<Brought<'a>> {
    let fit = polls.iter().filter(|polled| !polled.articles.is_empty() && still.contains(&polled.source.0));
    fit.map(|p| Brought { source: p.source, at: p.poll.at, articles: &p.articles, partial: false }).collect()
}

/// Those that were recorded and are well.
fn well(polls: &[&Polled], gathered: &[Option<Gathered>]) -> Result<String, StoreError> {
    let failed = |polled: &Polled| polled.poll.end.trouble().is_some();
    let well = polls.iter().zip(gathered).filter(|(polled, gathered)| gathered.is_some() && !failed(polled));
    column::to_json(&well.map(|(polled, _)| polled.source).collect::<Vec<_>>())
}

/// The rows of [`RECORD`]: those of which something was `gathered`.
fn rows(polls: &[&Polled], gathered: &[Option<Gathered>]) -> Result<String, StoreError> {
    let mut rows = Vec::with_capacity(polls.len());
    for (polled, gathered) in polls.iter().zip(gathered) {
        let Some(gathered) = gathered else { continue };
        let next = if gathered.has_changed() { &polled.if_changed } else { &polled.poll.next };
        rows.push(PollIn::new(polled.source, &polled.poll, next));
    }
    column::to_json(&rows)
}
