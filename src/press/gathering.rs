//! Gathering: sources are collected by themselves, each when it is due.
//!
//! Any number of processes may do so on one store: a source is claimed before it is polled. A slow source holds up no
//! other, and a slow host none but its own; what ends is recorded with whatever else has ended (group commit), so that
//! a crash loses nothing but polls that are made again when their claims lapse.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant as Moment;

use super::asking::{Asked, ask};
use super::collecting::recorded;
use super::queue::Queue;
use super::{Clock, Collected, CollectingRules, PressError};
use crate::collect::Fetcher;
use crate::model::Source;
use crate::store::{Gathered, Lease, Polled, Store, StoreError};

/// How often the store is asked for more while polls are under way, and a stop is looked for.
const LOOK: Duration = Duration::from_millis(500);
/// How long polls that are under way may still take after a stop.
const LAST_MOMENT: Duration = Duration::from_secs(3);
/// So many times as many sources as are polled at once are claimed in one go.
const CLAIMED_AHEAD: usize = 4;
/// No claim is renewed more often.
const LEAST_BEAT: Duration = Duration::from_millis(10);
/// How often a record is tried again that others were in the way of.
const TRIES: usize = 5;

/// What gathering works with.
#[derive(Debug)]
pub struct Gathering {
    store: Store,
    fetcher: Fetcher,
    rules: CollectingRules,
    clock: Clock,
    stop: Arc<AtomicBool>,
    at_work: Mutex<()>,
}

/// What was gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Polls that ended and were recorded.
    pub polls: u64,
    /// Of these, how many failed.
    pub failed: u64,
    /// Articles never seen before.
    pub new: u64,
    /// Articles that have changed.
    pub changed: u64,
}

impl Gathering {
    /// Gathers from now on with these, until `stop` is set.
    #[must_use]
    pub fn new(
        store: Store,
        fetcher: Fetcher,
        rules: CollectingRules,
        clock: Clock,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self { store, fetcher, rules, clock, stop, at_work: Mutex::default() }
    }
}

/// Polls whatever is due, and what comes due meanwhile; returns when nothing is, or soon after a stop.
///
/// `None` if this gathering is at work already: it may be called at every tick of a clock. After an error the sources
/// that were being polled are polled again by whoever gathers.
pub async fn gather(gathering: &Gathering) -> Result<Option<Tally>, PressError> {
    let Ok(_alone) = gathering.at_work.try_lock() else { return Ok(None) };
    let mut round = Round::new(gathering)?;
    let gathered = round.gather().await;
    round.let_go();
    round.polls.shutdown().await;
    let given_back = gathering.store.give_sources_back(&round.holder).await;
    gathered?;
    given_back?;
    Ok(Some(round.tally))
}

type Claiming<'a> = BoxFuture<'a, Result<Vec<Source>, StoreError>>;
type Recording<'a> = BoxFuture<'a, Result<Tally, PressError>>;
type Renewing<'a> = BoxFuture<'a, Result<(), StoreError>>;

struct Round<'a> {
    gathering: &'a Gathering,
    holder: String,
    queue: Queue,
    polls: JoinSet<Asked>,
    ended: Vec<Asked>,
    claiming: Option<Claiming<'a>>,
    recording: Option<Recording<'a>>,
    renewing: Option<Renewing<'a>>,
    /// Not asked for more before, because there was no more.
    look_at: Moment,
    tally: Tally,
}

impl<'a> Round<'a> {
    fn new(gathering: &'a Gathering) -> Result<Self, PressError> {
        Ok(Self {
            gathering,
            holder: gathering.store.holder()?,
            queue: Queue::new(gathering.rules.per_host),
            polls: JoinSet::new(),
            ended: Vec::new(),
            claiming: None,
            recording: None,
            renewing: None,
            look_at: Moment::now(),
            tally: Tally::default(),
        })
    }

    async fn gather(&mut self) -> Result<(), PressError> {
        let mut beat = tokio::time::interval((self.gathering.rules.lease / 3).max(LEAST_BEAT));
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        beat.tick().await;
        let mut last_moment = None;
        loop {
            if self.gathering.stop.load(Ordering::Acquire) {
                let until = *last_moment.get_or_insert_with(|| Moment::now() + LAST_MOMENT);
                if Moment::now() >= until {
                    self.polls.shutdown().await;
                }
                self.queue.clear();
            } else {
                self.begin();
            }
            self.record();
            let idle = self.polls.is_empty() && self.claiming.is_none() && self.recording.is_none();
            if idle && self.queue.is_empty() && (last_moment.is_some() || self.look_at > Moment::now()) {
                return Ok(());
            }
            tokio::select! {
                Some(asked) = self.polls.join_next() => {
                    self.end(asked)?;
                    while let Some(asked) = self.polls.try_join_next() {
                        self.end(asked)?;
                    }
                }
                tally = pending(&mut self.recording) => self.tally += tally?,
                found = pending(&mut self.claiming) => self.found(found?),
                renewed = pending(&mut self.renewing) => renewed?,
                // Beside the others, not instead of them: one of them may hold what this waits for.
                _ = beat.tick(), if self.renewing.is_none() => self.renew(),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Begins polls, as many as may be under way, and asks for more sources in time.
    fn begin(&mut self) {
        let (rules, at_once) = (&self.gathering.rules, self.gathering.rules.at_once.max(1));
        // Who records slowly reads slowly: what has ended waits in memory.
        while self.polls.len() < at_once && self.ended.len() < 2 * at_once {
            let Some(source) = self.queue.next() else { break };
            let asking = rules.asking(&self.gathering.store, &self.gathering.fetcher, &self.gathering.clock);
            self.polls.spawn(async move { ask(&asking, source).await });
        }
        if self.claiming.is_none() && self.queue.wants(at_once) && self.look_at <= Moment::now() {
            let (store, lease) = (&self.gathering.store, self.lease());
            let now = self.gathering.clock.now();
            self.claiming =
                Some(async move { store.claim_sources(CLAIMED_AHEAD * at_once, &lease, now).await }.boxed());
        }
    }

    fn renew(&mut self) {
        let (store, lease) = (&self.gathering.store, self.lease());
        self.renewing = Some(async move { store.renew_sources(&lease).await }.boxed());
    }

    /// Drops what is half written: nobody goes on with it, and it may hold what others wait for.
    fn let_go(&mut self) {
        (self.claiming, self.recording, self.renewing) = (None, None, None);
    }

    fn lease(&self) -> Lease {
        let until = self.gathering.clock.now() + self.gathering.rules.lease;
        Lease { holder: self.holder.clone(), until }
    }

    fn found(&mut self, found: Vec<Source>) {
        if found.is_empty() {
            self.look_at = Moment::now() + LOOK;
        }
        self.queue.extend(found);
    }

    fn end(&mut self, asked: Result<Asked, JoinError>) -> Result<(), PressError> {
        match asked {
            Ok(asked) => {
                self.queue.ended(&asked.source);
                self.ended.push(asked);
                Ok(())
            }
            // One that was given up after a stop.
            Err(error) if error.is_cancelled() => Ok(()),
            Err(_) => Err(PressError::Died("the poll of a source")),
        }
    }

    /// Records what has ended, if nothing is being recorded.
    fn record(&mut self) {
        if self.recording.is_none() && !self.ended.is_empty() {
            let (ended, holder) = (std::mem::take(&mut self.ended), self.holder.clone());
            let gathering = self.gathering;
            self.recording = Some(async move { record(gathering, ended, &holder).await }.boxed());
        }
    }
}

/// Waits for the future that is there and takes it away when it has ended; for ever if there is none.
async fn pending<T>(slot: &mut Option<BoxFuture<'_, T>>) -> T {
    match slot {
        None => std::future::pending().await,
        Some(future) => {
            let ended = future.await;
            *slot = None;
            ended
        }
    }
}

/// Records polls together; if that cannot be, each by itself, so that one source whose articles the store refuses is
/// in trouble alone.
async fn record(gathering: &Gathering, mut asked: Vec<Asked>, holder: &str) -> Result<Tally, PressError> {
    let store = &gathering.store;
    let recorded_as = match together(store, &asked, holder).await {
        Err(trouble @ (StoreError::Outage(_) | StoreError::Contended(_))) => return Err(trouble.into()),
        Err(_) => {
            let mut all = Vec::with_capacity(asked.len());
            for one in &mut asked {
                all.push(alone(gathering, one, holder).await?);
            }
            all
        }
        Ok(all) => all,
    };
    let mut tally = Tally::default();
    for (asked, gathered) in asked.into_iter().zip(recorded_as) {
        // What was lost to another is the other's to tell.
        let Some(gathered) = gathered else { continue };
        let duration_ms = u64::try_from(asked.took.as_millis()).unwrap_or(u64::MAX);
        let collected = recorded(store, asked, gathered).await?;
        log(&collected, duration_ms);
        tally.polls += 1;
        tally.failed += u64::from(collected.end.is_err());
        tally.new += gathered.new;
        tally.changed += gathered.changed;
    }
    Ok(tally)
}

/// One line for a poll that has ended.
fn log(Collected { source, end, .. }: &Collected, duration_ms: u64) {
    let name = &source.name;
    match end {
        Ok(Gathered { new, changed, .. }) => {
            tracing::info!(source.name = %name, articles.new = new, articles.changed = changed, duration_ms, "collected");
        }
        Err(sentence) => {
            tracing::warn!(source.name = %name, trouble = %sentence, duration_ms, "collecting failed");
        }
    }
}

/// Records polls in one transaction, again if others were in the way.
async fn together(store: &Store, asked: &[Asked], holder: &str) -> Result<Vec<Option<Gathered>>, StoreError> {
    let polls: Vec<&Polled> = asked.iter().map(|asked| &asked.polled).collect();
    for _ in 1..TRIES {
        match store.record_polls(&polls, Some(holder)).await {
            Err(StoreError::Contended(_)) => {}
            done => return done,
        }
    }
    store.record_polls(&polls, Some(holder)).await
}

/// Records one poll, as a failure if the store does not take what it brought.
async fn alone(
    gathering: &Gathering,
    asked: &mut Asked,
    holder: &str,
) -> Result<Option<Gathered>, PressError> {
    let (store, bounds) = (&gathering.store, &gathering.rules.bounds);
    let mut done = together(store, std::slice::from_ref(asked), holder).await;
    if let Err(error) = &done {
        asked.fail(format!("what it brought cannot be stored: {error}"), bounds);
        done = together(store, std::slice::from_ref(asked), holder).await;
    }
    Ok(done?.into_iter().flatten().next())
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.polls += more.polls;
        self.failed += more.failed;
        self.new += more.new;
        self.changed += more.changed;
    }
}
