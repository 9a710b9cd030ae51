//! Running: delivers whatever is released and due, edition beside edition, until stopped.
//!
//! Any number of processes may do so on one store: deliveries are shared by leases, and what one leaves behind another
//! takes over. Trouble with one edition, or with the store, is told and tried again; it ends nothing.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant as Moment;

use super::{Delivered, GivenUp, Postmark, PressError, Run, deliver};
use crate::model::{EditionId, EditionRecord, Instant, Name};

/// How often the store is asked for work; a release is noticed as soon.
const LOOK: Duration = Duration::from_millis(500);
/// How long an edition is left alone after a relay or the store gave trouble.
const AFTER_TROUBLE: Duration = Duration::from_secs(10);

/// What is worth telling.
#[derive(Debug)]
pub enum Event<'a> {
    /// What was due of an edition was delivered, or could not be.
    Delivered {
        /// The edition.
        edition: EditionId,
        /// How it ended.
        delivered: &'a Delivered,
    },
    /// Delivering an edition failed; it is tried again.
    Failed {
        /// The edition.
        edition: EditionId,
        /// Why.
        error: &'a PressError,
    },
    /// An edition's digest is not known here, so nobody knows its sender.
    NoDigest {
        /// The edition.
        edition: EditionId,
        /// The digest.
        digest: &'a Name,
    },
    /// The store was asked what is due, and has answered or said that it cannot.
    Looked,
    /// The store could not be asked; it is asked again.
    NoStore {
        /// Why.
        error: &'a PressError,
    },
}

/// Delivers what is released and due until the run is stopped; letters in hand are brought to their end.
///
/// `postmark` knows the digests; `tell` is called for what happens.
pub async fn run(run: &Run<'_>, postmark: impl Fn(&Name) -> Option<Postmark>, tell: impl Fn(Event<'_>)) {
    let mut under_way = FuturesUnordered::new();
    // Editions that are not looked at before a moment: under way, or in trouble.
    let mut left_alone: HashMap<EditionId, Option<Moment>> = HashMap::new();
    let mut look = Box::pin(due(run, Duration::ZERO, HashSet::new()));
    while !run.stop.load(Ordering::Acquire) {
        // Side by side: the look may have to wait for what a delivery holds in the store.
        let found = tokio::select! {
            Some((edition, ended)) = under_way.next(), if !under_way.is_empty() => {
                left_alone.insert(edition, Some(Moment::now() + rest(run, &ended)));
                told(&tell, edition, &ended);
                continue;
            }
            // So that a stop is heard.
            () = tokio::time::sleep(LOOK) => continue,
            found = &mut look => found,
        };
        tell(Event::Looked);
        left_alone.retain(|_, until| until.is_none_or(|until| until > Moment::now()));
        let found = found.unwrap_or_else(|error| {
            tell(Event::NoStore { error: &error });
            Vec::new()
        });
        for record in found {
            if left_alone.contains_key(&record.id) {
                continue;
            }
            let Some(postmark) = postmark(&record.digest) else {
                tell(Event::NoDigest { edition: record.id, digest: &record.digest });
                left_alone.insert(record.id, Some(Moment::now() + 60 * AFTER_TROUBLE));
                continue;
            };
            left_alone.insert(record.id, None);
            under_way.push(async move { (record.id, deliver(run, record.id, &postmark, |_| {}).await) });
        }
        look = Box::pin(due(run, LOOK, left_alone.keys().copied().collect()));
    }
    // Nobody goes on with it, and it may hold what a delivery waits for.
    drop(look);
    while let Some((edition, ended)) = under_way.next().await {
        told(&tell, edition, &ended);
    }
}

fn told(tell: &impl Fn(Event<'_>), edition: EditionId, ended: &Result<Delivered, PressError>) {
    match ended {
        Ok(delivered) => tell(Event::Delivered { edition, delivered }),
        Err(error) => tell(Event::Failed { edition, error }),
    }
}

/// How long an edition is left alone after a run.
fn rest(run: &Run<'_>, ended: &Result<Delivered, PressError>) -> Duration {
    match ended.as_ref().map(|delivered| delivered.given_up.as_ref()) {
        Ok(None) => LOOK,
        Ok(Some(GivenUp::Quota { until })) => {
            (*until - run.clock.now()).to_std().unwrap_or_default().min(60 * AFTER_TROUBLE)
        }
        Ok(Some(GivenUp::Relay(_) | GivenUp::Paused { .. })) | Err(_) => AFTER_TROUBLE,
    }
}

/// Released editions of which something can go now, oldest first; asked for after a pause.
async fn due(
    run: &Run<'_>,
    pause: Duration,
    left_alone: HashSet<EditionId>,
) -> Result<Vec<EditionRecord>, PressError> {
    tokio::time::sleep(pause).await;
    let now = run.clock.now();
    let mut due = Vec::new();
    for (id, expires_at) in run.store.going_out().await? {
        if left_alone.contains(&id) {
            continue;
        }
        let waiting = run.store.waiting(id, "").await?;
        let times = [waiting.queued, waiting.deferred, waiting.uncertain, waiting.sending];
        let ready = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let nothing_left = times.iter().all(Option::is_none);
        if (times.into_iter().any(ready) || ready(expires_at) || nothing_left)
            && let Some(record) = run.store.edition(id).await?
        {
            due.push(record);
        }
    }
    Ok(due)
}
