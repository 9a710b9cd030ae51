//! The feeder of a run: claims deliveries by a lease, gives them their pace, makes their letters, lays them on the rack.
//!
//! It promises that no claim is forgotten: what it has not handed on when the run ends goes back to the queue.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;

use super::braking::brake;
use super::rack::{Crowd, Mark, Put, Rack, Tray};
use super::recorder::Recorder;
use super::{Postmark, PressError, Run};
use crate::deliver::{Letter, LetterError, Plate, Slot, plan};
use crate::model::{
    Attempt, DeliveryId, EditionId, Instant, Lane, List, ListId, Message, Outcome, Reply, Step,
};
use crate::render::led_through;
use crate::store::{Claimed, Fate, Lanes, Lease};

/// Deliveries claimed at a time.
const BATCH: usize = 512;
/// Letters that one core makes and signs at a time.
const GROUP: usize = 8;
/// Letters whose time comes within it are taken in hand.
const HORIZON: TimeDelta = TimeDelta::seconds(2);
/// How long a wait for the clock lasts before it is read again.
const LOOK: Duration = Duration::from_millis(100);

/// Makes letters; signing them is work for all cores.
struct Maker {
    postmark: Postmark,
    token: String,
    /// By list and variant, and whether they have no HTML.
    plates: HashMap<(ListId, i64, bool), Plate>,
}

/// Letters that are made, or why not, in the order of their claims.
type Made = Vec<(Claimed, Result<Letter, LetterError>)>;

impl Maker {
    fn make(&self, claimed: Vec<Claimed>) -> Result<Made, PressError> {
        let one = |claimed: Claimed| {
            let plate = self.plates.get(&(claimed.list, claimed.variant, claimed.plain));
            let plate = plate.ok_or(PressError::NoList(claimed.list))?;
            let letter = self.postmark.letter(plate, &claimed, &self.token);
            Ok((claimed, letter))
        };
        claimed.into_iter().map(one).collect()
    }
}

/// Claims deliveries and has their letters made.
pub(super) struct Feeder<'a> {
    run: &'a Run<'a>,
    edition: EditionId,
    pub(super) holder: &'a str,
    maker: Arc<Maker>,
    recorder: Recorder,
    rack: Rack,
    /// Letters that could not be made since one could.
    unmade: AtomicUsize,
    /// Lanes that gave trouble, as far as this run knows: only there is it worth telling that all is well.
    pub(super) troubled: Arc<Mutex<HashSet<String>>>,
}

impl<'a> Feeder<'a> {
    pub(super) async fn new(
        run: &'a Run<'a>,
        edition: EditionId,
        postmark: &'a Postmark,
        holder: &'a str,
        recorder: Recorder,
        rack: Rack,
    ) -> Result<Self, PressError> {
        let missing = PressError::NoEdition(edition);
        let Some(message) = run.store.message(edition).await? else { return Err(missing) };
        let Some(record) = run.store.edition(edition).await? else { return Err(missing) };
        // A letter that is tried again keeps its date, as it keeps its Message-ID.
        let date = record.released_at.unwrap_or_else(|| run.clock.now());
        let mut messages = run.store.variants(edition).await?;
        messages.push((0, message));
        // What is stored keeps the addresses of the articles: for the web copy, and for when clicks are counted no more.
        if postmark.digest.clicks {
            let passages = run.store.open_passages(edition).await?;
            for (_, message) in &mut messages {
                message.html = led_through(&message.html, &passages, &postmark.public_url);
            }
        }
        let plates = plates(&run.store.edition_lists(edition).await?, postmark, &messages, date)?;
        let token = run.store.edition_token(edition).await?;
        let maker = Arc::new(Maker { postmark: postmark.clone(), token, plates });
        let (unmade, troubled) = (AtomicUsize::new(0), Arc::default());
        Ok(Self { run, edition, holder, maker, recorder, rack, unmade, troubled })
    }

    pub(super) fn lease(&self) -> Lease {
        Lease { holder: self.holder.to_owned(), until: self.run.clock.now() + self.run.rules.lease }
    }

    /// Claims, makes letters and lays them on the rack until nothing is due, or nothing worth waiting for, or the run
    /// has ended.
    pub(super) async fn feed(&self, ended: &AtomicBool) -> Result<(), PressError> {
        let end = self.feed_on(ended).await;
        self.rack.close();
        end
    }

    async fn feed_on(&self, ended: &AtomicBool) -> Result<(), PressError> {
        while !ended.load(Ordering::Acquire) {
            let (claimed, crowds) = self.claim().await?;
            if claimed.is_empty() {
                match self.next_due().await? {
                    Some(due) if self.run.rules.waits => {
                        // What is due and could not be claimed is in somebody's hands for a moment.
                        tokio::time::sleep(LOOK).await;
                        self.wait_until(due, ended).await;
                    }
                    _ => break,
                }
                continue;
            }
            if !self.lay_out(claimed, &crowds).await? {
                break;
            }
        }
        Ok(())
    }

    /// Has letters made and lays them on the rack; false if the rack is closed.
    async fn lay_out(
        &self,
        claimed: Vec<Claimed>,
        crowds: &HashMap<String, Crowd>,
    ) -> Result<bool, PressError> {
        // Before anything is waited for: what is in hand already may end at any moment.
        let mut marks: HashMap<DeliveryId, Mark> = HashMap::new();
        let new = |claimed: &Claimed| {
            self.rack.mark(claimed.delivery).map(|mark| marks.insert(claimed.delivery, mark)).is_some()
        };
        let claimed: Vec<Claimed> = claimed.into_iter().filter(new).collect();
        let (mut claimed, mut held) = (claimed.into_iter(), Vec::new());
        let groups = std::iter::from_fn(|| {
            let group: Vec<Claimed> = claimed.by_ref().take(GROUP).collect();
            (!group.is_empty()).then_some(group)
        });
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut made = futures_util::stream::iter(groups).map(|group| self.made(group)).buffered(cores);
        while let Some(group) = made.next().await {
            for (claimed, letter) in group? {
                let crowd = crowds.get(claimed.address.domain()).cloned();
                match letter {
                    Ok(letter) => {
                        self.unmade.store(0, Ordering::Release);
                        let tray = Tray::new(letter, claimed.attempts, claimed.not_before, crowd)
                            .marked(marks.remove(&claimed.delivery));
                        match self.rack.put(tray, self.run.clock).await {
                            Put::Laid => {}
                            Put::Held => held.push(claimed.delivery),
                            // What is not taken any more goes back with all that the run holds when it ends.
                            Put::Closed => return Ok(false),
                        }
                    }
                    // One that cannot be made is refused here, and the others go on.
                    Err(error) => {
                        if self.unmade(claimed.delivery, &error).await? {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        drop(made);
        self.run.store.unclaim(&held, self.holder).await?;
        Ok(true)
    }

    async fn made(&self, group: Vec<Claimed>) -> Result<Made, PressError> {
        if self.maker.postmark.signer.is_none() {
            return self.maker.make(group);
        }
        let maker = Arc::clone(&self.maker);
        let made = tokio::task::spawn_blocking(move || maker.make(group)).await;
        made.map_err(|_| PressError::Died("what makes letters"))?
    }

    /// Claims what is due and may go soon, with what holds for the crowds among it.
    async fn claim(&self) -> Result<(Vec<Claimed>, HashMap<String, Crowd>), PressError> {
        let now = self.run.clock.now();
        let mut crowds = HashMap::new();
        let mut troubled = HashSet::new();
        let claimed = {
            let mut pace = |lanes: &mut Lanes, due: &[Claimed]| {
                troubled = lanes
                    .iter()
                    .filter(|(_, lane)| lane.failures > 0 || lane.strikes > 0)
                    .map(|(key, _)| key.clone())
                    .collect();
                self.fates(lanes, due, now, &mut crowds)
            };
            let (store, edition, lease) = (self.run.store, self.edition, self.lease());
            store.claim_paced(edition, &lease, BATCH, now, Some(&mut pace)).await?
        };
        if !claimed.is_empty() {
            *lock(&self.troubled) = troubled;
        }
        Ok((claimed, crowds))
    }

    /// When each letter goes, by the lanes of their domains.
    fn fates(
        &self,
        lanes: &mut Lanes,
        due: &[Claimed],
        now: Instant,
        crowds: &mut HashMap<String, Crowd>,
    ) -> Vec<Fate> {
        let mut fates = vec![Fate::Go(now); due.len()];
        let mut by_lane: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, claimed) in due.iter().enumerate() {
            let domain = claimed.address.domain();
            let (key, rules) = self.run.rules.providers.of(domain);
            let lane = lanes.get(key);
            if rules.per_second.is_some() || lane.is_some() {
                by_lane.entry(key).or_default().push(place);
            }
            let (rule, per_connection) = (rules.connections, rules.letters_per_connection);
            let crowd = Crowd { key: key.to_owned(), rule, lane: lane.copied(), per_connection };
            let limited = crowd.seats(now).is_some() || per_connection.is_some();
            if (limited || key != domain) && !crowds.contains_key(domain) {
                crowds.insert(domain.to_owned(), crowd);
            }
        }
        for (key, places) in by_lane {
            let rate = self.run.rules.providers.of(key).1.per_second;
            let lane = lanes.entry(key.to_owned()).or_insert(Lane::new(now));
            for (place, slot) in places.iter().zip(plan(lane, rate, places.len(), now, HORIZON)) {
                fates[*place] = match slot {
                    Slot::Go { not_before } => Fate::Go(not_before),
                    Slot::Later { due_at } => Fate::Later(due_at),
                };
            }
        }
        fates
    }

    /// When it is worth looking again: letters that wait for their pace, or that another may have lost.
    async fn next_due(&self) -> Result<Option<Instant>, PressError> {
        let waiting = self.run.store.waiting(self.edition, self.holder).await?;
        let record = self.run.store.edition(self.edition).await?;
        if record.is_none_or(|record| record.paused.is_some()) {
            return Ok(None);
        }
        Ok([waiting.queued, waiting.sending].into_iter().flatten().min())
    }

    /// In small steps, so that a stop is heard and a clock that is turned is seen.
    async fn wait_until(&self, due: Instant, ended: &AtomicBool) {
        while self.run.clock.now() < due && !ended.load(Ordering::Acquire) {
            let left = (due - self.run.clock.now()).to_std().unwrap_or_default();
            tokio::time::sleep(left.clamp(Duration::from_millis(1), LOOK)).await;
        }
    }

    /// Refuses a delivery whose letter cannot be made. Where that goes on, the fault is in what all letters share, and
    /// the edition is paused before every reader is refused: true if it was.
    async fn unmade(&self, delivery: DeliveryId, error: &LetterError) -> Result<bool, PressError> {
        let reply = Reply { step: Step::Content, code: 0, enhanced: None, text: error.to_string() };
        let (at, outcome) = (self.run.clock.now(), Outcome::Refused);
        let attempt = Attempt { delivery, at, duration_ms: 0, reply, outcome, suppress: false };
        self.recorder.turn(Some(attempt), None).await?;
        let so_far = self.unmade.fetch_add(1, Ordering::AcqRel) + 1;
        let paused = so_far >= self.run.rules.refusals_in_a_row;
        if paused {
            let why = format!("{so_far} letters could not be made, one after the other: {error}");
            brake(self.run, self.edition, &why).await?;
        }
        Ok(paused)
    }
}

/// A plate of every text for every list that may bring a reader.
fn plates(
    lists: &[List],
    postmark: &Postmark,
    messages: &[(i64, Message)],
    date: Instant,
) -> Result<HashMap<(ListId, i64, bool), Plate>, PressError> {
    let mut plates = HashMap::new();
    for list in lists {
        for (variant, message) in messages {
            for plain in [false, true] {
                plates.insert((list.id, *variant, plain), postmark.plate(message, list, date, plain)?);
            }
        }
    }
    Ok(plates)
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
