//! The delivering stage: released edition → letters → recorded outcomes.
//!
//! A feeder claims deliveries by a lease and makes their letters; [`connections`](super::connections) carry them; the
//! [`recorder`](super::recorder) writes the ledger; a heartbeat renews the lease. However the run ends, what it has in
//! hand and has not opened goes back to the queue, at once or when the lease lapses.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use super::connections::{Connections, Tray};
use super::recorder::Recorder;
use super::{Clock, Postmark, PressError};
use crate::deliver::{Carrier, LetterError, Plate};
use crate::model::{Attempt, DeliveryId, DeliveryTotals, EditionId, ListId, Message, Outcome, Reply, Step};
use crate::store::{Claimed, Lease, Store};

/// Deliveries claimed at a time.
const BATCH: usize = 256;
/// Letters made ahead of the connections; each is a whole letter in memory.
const AHEAD: usize = 64;

/// How the stage works.
#[derive(Debug, Clone)]
pub struct DeliveringRules {
    /// The pauses of a connection after its first, second … trouble with no letter between.
    pub pauses: Vec<Duration>,
    /// So many letters refused or lost, with none taken between, end the run: the fault is not the readers'.
    pub refusals_in_a_row: usize,
    /// How long a silent run is believed to live; it speaks three times as often.
    pub lease: Duration,
}

impl Default for DeliveringRules {
    fn default() -> Self {
        let pauses = [1, 3, 10].map(Duration::from_secs).to_vec();
        Self { pauses, refusals_in_a_row: 25, lease: Duration::from_secs(60) }
    }
}

/// Why a run ended before its letters did; those that are left are queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// The relay's own trouble.
    Relay(Reply),
    /// One letter after the other was refused or lost, and none taken.
    Refusals {
        /// How many.
        in_a_row: usize,
        /// What was said to the last.
        last: Reply,
    },
}

/// How the stage ended.
#[derive(Debug)]
pub struct Delivered {
    /// Where the deliveries stand now.
    pub totals: DeliveryTotals,
    /// Why it ended early, if it did and was not asked to.
    pub given_up: Option<GivenUp>,
}

/// What a run works with.
pub struct Run<'a> {
    /// Where the ledger is.
    pub store: &'a Store,
    /// By which way letters go.
    pub carrier: &'a Carrier,
    /// The time.
    pub clock: &'a Clock,
    /// How.
    pub rules: &'a DeliveringRules,
    /// Asks the run to finish the letters in hand and end.
    pub stop: &'a AtomicBool,
}

/// Delivers what is open and due of a released edition, until nothing is or the run is stopped.
///
/// `progress` is called as each letter ends.
pub async fn deliver(
    run: &Run<'_>,
    edition: EditionId,
    postmark: &Postmark,
    progress: impl Fn() + Send + Sync,
) -> Result<Delivered, PressError> {
    let Run { store, carrier, clock, rules, stop } = *run;
    // The run's own flag as well: what ends one edition must not end the next.
    let ended = AtomicBool::new(false);
    let holder = store.holder()?;
    let (recorder, recording) =
        Recorder::start(store.clone(), holder.clone(), clock.clone(), carrier.connections());
    let feeder = Feeder::new(run, edition, postmark, &holder, recorder.clone()).await?;
    let (feed, letters) = mpsc::channel(AHEAD);
    let connections = Connections {
        letters: Mutex::new(letters),
        carrier,
        rules,
        store,
        clock,
        recorder,
        holder: &holder,
        stop: &ended,
        given_up: Mutex::new(None),
        taken: AtomicUsize::new(0),
        refusals: AtomicUsize::new(0),
    };
    let (fed, worked) = tokio::select! {
        both = async { tokio::join!(feeder.feed(feed, &ended), connections.work(&progress)) } => both,
        never = feeder.live(stop, &ended) => match never {},
    };
    let mut left = connections.leftovers().await;
    let given_up = connections.given_up.lock().await.take();
    left.extend(feeder.unfed.lock().await.drain(..));
    drop((connections, feeder));
    let recorded = recording.await.map_err(|_| PressError::Died("the recorder"))?;
    // First everything back, then the reasons.
    store.unclaim(&left, &holder).await?;
    recorded?;
    worked?;
    fed?;
    store.finish(edition).await?;
    let record = store.edition(edition).await?.ok_or(PressError::NoEdition(edition))?;
    Ok(Delivered { totals: record.totals, given_up })
}

/// Claims deliveries and makes their letters.
struct Feeder<'a> {
    run: &'a Run<'a>,
    edition: EditionId,
    postmark: &'a Postmark,
    holder: &'a str,
    token: String,
    plates: HashMap<ListId, Plate>,
    recorder: Recorder,
    /// Claimed, and not handed on when the run ended.
    unfed: Mutex<Vec<DeliveryId>>,
}

impl<'a> Feeder<'a> {
    async fn new(
        run: &'a Run<'a>,
        edition: EditionId,
        postmark: &'a Postmark,
        holder: &'a str,
        recorder: Recorder,
    ) -> Result<Self, PressError> {
        let missing = PressError::NoEdition(edition);
        let Some(message) = run.store.message(edition).await? else { return Err(missing) };
        let Some(record) = run.store.edition(edition).await? else { return Err(missing) };
        // A letter that is tried again keeps its date, as it keeps its Message-ID.
        let date = record.released_at.unwrap_or_else(|| run.clock.now());
        let plates = plates(run.store, postmark, &message, date).await?;
        let token = run.store.edition_token(edition).await?;
        Ok(Self { run, edition, postmark, holder, token, plates, recorder, unfed: Mutex::default() })
    }

    fn lease(&self) -> Lease {
        Lease { holder: self.holder.to_owned(), until: self.run.clock.now() + self.run.rules.lease }
    }

    /// Claims, makes letters, hands them on, until nothing is due or the run has ended.
    async fn feed(&self, feed: mpsc::Sender<Tray>, ended: &AtomicBool) -> Result<(), PressError> {
        while !ended.load(Ordering::Acquire) {
            let now = self.run.clock.now();
            let claimed = self.run.store.claim(self.edition, &self.lease(), BATCH, now).await?;
            if claimed.is_empty() {
                break;
            }
            // Whatever ends this loop, no claim is forgotten.
            *self.unfed.lock().await = claimed.iter().map(|c| c.delivery).rev().collect();
            for claimed in &claimed {
                let Ok(room) = feed.reserve().await else { return Ok(()) };
                let tray = self.letter(claimed).await?;
                self.unfed.lock().await.pop();
                if let Some(tray) = tray {
                    room.send(tray);
                }
            }
        }
        Ok(())
    }

    /// The letter of one delivery. One that cannot be made is refused here, and the others go on.
    async fn letter(&self, claimed: &Claimed) -> Result<Option<Tray>, PressError> {
        let made = match self.plates.get(&claimed.list) {
            Some(plate) => self.postmark.letter(plate, claimed, &self.token),
            None => return Err(PressError::NoList(claimed.list)),
        };
        match made {
            Ok(letter) => Ok(Some(Tray { letter, attempts: claimed.attempts })),
            Err(error) => {
                self.recorder.turn(Some(self.unmade(claimed.delivery, &error)), None).await?;
                Ok(None)
            }
        }
    }

    fn unmade(&self, delivery: DeliveryId, error: &LetterError) -> Attempt {
        let reply = Reply { step: Step::Content, code: 0, enhanced: None, text: error.to_string() };
        Attempt { delivery, at: self.run.clock.now(), duration_ms: 0, reply, outcome: Outcome::Refused }
    }

    /// Renews the lease, and hands an outer stop on; never ends by itself.
    async fn live(&self, stop: &AtomicBool, ended: &AtomicBool) -> std::convert::Infallible {
        let beat = self.run.rules.lease / 3;
        let mut next = tokio::time::Instant::now() + beat;
        loop {
            tokio::time::sleep(beat.min(Duration::from_millis(100))).await;
            if stop.load(Ordering::Acquire) {
                ended.store(true, Ordering::Release);
            }
            if tokio::time::Instant::now() >= next {
                next = tokio::time::Instant::now() + beat;
                if let Err(error) = self.run.store.renew(self.edition, &self.lease()).await {
                    tracing::warn!(%error, "the lease was not renewed");
                }
            }
        }
    }
}

/// A plate for every list that may bring a reader, also one that the digest no longer names.
async fn plates(
    store: &Store,
    postmark: &Postmark,
    message: &Message,
    date: crate::model::Instant,
) -> Result<HashMap<ListId, Plate>, PressError> {
    let mut plates = HashMap::new();
    for counted in store.lists().await? {
        plates.insert(counted.list.id, postmark.plate(message, &counted.list, date)?);
    }
    Ok(plates)
}
