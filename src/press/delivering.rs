//! The delivering stage: released edition → letters → recorded outcomes.
//!
//! A [feeder](super::feeding) claims deliveries by a lease and makes their letters; [connections](super::connections)
//! carry them; the [recorder](super::recorder) writes the ledger; a heartbeat renews the lease. However the run ends,
//! what it has in hand and has not opened goes back to the queue, at once or when the lease lapses.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::braking::leave;
use super::connections::Connections;
use super::feeding::{Feeder, lock};
use super::rack::Rack;
use super::recorder::Recorder;
use super::{Clock, Postmark, PressError, Ways};
use crate::deliver::{Breaker, Providers};
use crate::model::{DeliveryState, DeliveryTotals, EditionId, Instant, Outcome, Reply};
use crate::store::{Store, Waiting};

/// How the stage works.
#[derive(Debug, Clone)]
pub struct DeliveringRules {
    /// The pauses of a connection after a relay's first, second … trouble with no letter between.
    pub pauses: Vec<Duration>,
    /// So many letters refused or lost, with none taken between, pause the edition: the fault is not the readers'.
    pub refusals_in_a_row: usize,
    /// The share of refusals that pauses an edition.
    pub breaker: Breaker,
    /// How long a silent run is believed to live; it speaks three times as often.
    pub lease: Duration,
    /// The wait after a letter's first temporary refusal.
    pub first_wait: Duration,
    /// What recipient domains are given.
    pub providers: Providers,
    /// True to stay while letters wait for their pace, or lie with another run that may be dead.
    pub waits: bool,
    /// How long letters in hand have after a stop.
    pub stop_within: Duration,
}

impl Default for DeliveringRules {
    fn default() -> Self {
        Self {
            pauses: [1, 3, 10].map(Duration::from_secs).to_vec(),
            refusals_in_a_row: 25,
            breaker: Breaker { rate: 0.05, after: 100 },
            lease: Duration::from_secs(60),
            first_wait: Duration::from_secs(300),
            providers: Providers::default(),
            waits: false,
            stop_within: Duration::from_secs(30),
        }
    }
}

/// Why a run ended before its letters did; those that are left are queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// The relay's own trouble; the last of them, if there are several.
    Relay(Reply),
    /// Every relay has had its letters of the day.
    Quota {
        /// When the next ones go.
        until: Instant,
    },
    /// The edition was paused, by its refusals or by hand.
    Paused {
        /// Why.
        why: String,
        /// What was said to the last letter that was refused, if that was why.
        last: Option<Reply>,
    },
}

/// How the stage ended.
#[derive(Debug)]
pub struct Delivered {
    /// Where the deliveries stand now.
    pub totals: DeliveryTotals,
    /// When what is left comes due.
    pub waiting: Waiting,
    /// Why it ended early, if it did and was not asked to.
    pub given_up: Option<GivenUp>,
}

/// What a run works with.
pub struct Run<'a> {
    /// Where the ledger is.
    pub store: &'a Store,
    /// By which ways letters go.
    pub ways: &'a Ways,
    /// The time.
    pub clock: &'a Clock,
    /// How.
    pub rules: &'a DeliveringRules,
    /// Asks the run to finish the letters in hand and end.
    pub stop: &'a AtomicBool,
}

/// Delivers what is open and due of a released edition, until nothing is or the run is stopped.
///
/// `progress` is called as each attempt ends.
pub async fn deliver(
    run: &Run<'_>,
    edition: EditionId,
    postmark: &Postmark,
    progress: impl Fn(Outcome) + Send + Sync,
) -> Result<Delivered, PressError> {
    loop {
        let delivered = deliver_once(run, edition, postmark, &progress).await?;
        // What came back to the queue while the last letters were under way has its turn too.
        let more = run.rules.waits && delivered.given_up.is_none() && delivered.waiting.queued.is_some();
        if !more || run.stop.load(Ordering::Acquire) {
            return Ok(delivered);
        }
    }
}

async fn deliver_once(
    run: &Run<'_>,
    edition: EditionId,
    postmark: &Postmark,
    progress: &(impl Fn(Outcome) + Send + Sync),
) -> Result<Delivered, PressError> {
    let Run { store, clock, stop, .. } = *run;
    let record = store.edition(edition).await?.ok_or(PressError::NoEdition(edition))?;
    // The run's own flag as well: what ends one edition must not end the next.
    let ended = AtomicBool::new(stop.load(Ordering::Acquire));
    let holder = store.holder()?;
    let (recorder, recording) = Recorder::start(store.clone(), holder.clone(), clock.clone());
    let rack = Rack::default();
    let feeder = Feeder::new(run, edition, postmark, &holder, recorder.clone(), rack.clone()).await?;
    let connections = Connections {
        run,
        edition,
        rack,
        recorder,
        holder: &holder,
        ended: &ended,
        ways: run.ways.for_sender(postmark.digest.from.address.domain(), &store.notices().await?),
        expires_at: record.expires_at.unwrap_or(Instant::MAX_UTC),
        troubled: Arc::clone(&feeder.troubled),
        given_up: Mutex::default(),
        refusals: AtomicUsize::new(0),
        taken: AtomicU64::new(record.totals.in_state(DeliveryState::Sent).saturating_sub(record.judged.0)),
        refused: AtomicU64::new(
            record.totals.in_state(DeliveryState::Refused).saturating_sub(record.judged.1),
        ),
    };
    let both = async { tokio::join!(feeder.feed(&ended), connections.work(progress)) };
    let (fed, worked) = tokio::select! {
        both = both => both,
        () = live(run, &feeder, edition, stop, &ended) => (Ok(()), Ok(())),
    };
    let given_up = lock(&connections.given_up).take();
    connections.rack.clear();
    drop((connections, feeder));
    let recorded = recording.await.map_err(|_| PressError::Died("the recorder"))?;
    // First everything back, then the reasons.
    let abandoned = store.abandon(edition, &holder, clock.now()).await;
    recorded?;
    worked?;
    fed?;
    abandoned?;
    let finished = store.finish(edition).await?;
    let record = store.edition(edition).await?.ok_or(PressError::NoEdition(edition))?;
    let waiting = store.waiting(edition, &holder).await?;
    let paused = || record.paused.clone().map(|why| GivenUp::Paused { why, last: None });
    let given_up = given_up.or_else(paused);
    leave(run, &record, given_up.as_ref(), finished).await?;
    Ok(Delivered { totals: record.totals, waiting, given_up })
}

/// Renews the lease, and hands an outer stop on; ends only when letters in hand have had their time after a stop.
async fn live(run: &Run<'_>, feeder: &Feeder<'_>, edition: EditionId, stop: &AtomicBool, ended: &AtomicBool) {
    let beat = run.rules.lease / 3;
    let mut next = tokio::time::Instant::now() + beat;
    let mut end = None;
    loop {
        tokio::time::sleep(beat.min(Duration::from_millis(100))).await;
        let now = tokio::time::Instant::now();
        if stop.load(Ordering::Acquire) {
            ended.store(true, Ordering::Release);
            if now >= *end.get_or_insert(now + run.rules.stop_within) {
                return;
            }
        }
        if now >= next {
            next = now + beat;
            // A store that does not answer must not keep a stop from being heard.
            let renewed = tokio::time::timeout(beat, run.store.renew(edition, &feeder.lease())).await;
            if !matches!(renewed, Ok(Ok(()))) {
                tracing::warn!(edition.id = edition.0, "the lease was not renewed");
            }
        }
    }
}
