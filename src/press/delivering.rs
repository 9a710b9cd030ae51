//! The delivering stage: released edition → letters → recorded outcomes.
//!
//! A feeder claims deliveries in small batches and makes their letters; as many connections as the carrier has
//! take them one by one, and each waits for its record before it takes the next. Trouble of the relay touches no
//! delivery: what was not tried goes back to the queue, and the stage stops with the relay's own words.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, mpsc};

use super::recorder::Recorder;
use super::{Clock, PressError};
use crate::deliver::{Carrier, Connection, Imprint, Letter, LetterError, Plate, Recipient, Verdict, verdict};
use crate::model::{
    Attempt, DeliveryId, DeliveryTotals, Digest, EditionId, EmailAddress, List, ListId, Message, Outcome,
    Reply, Step,
};
use crate::store::{Claimed, Store};

/// Deliveries claimed at a time; a stage that dies leaves no more than these in hand.
const BATCH: usize = 256;

/// A relay that fails so often in a row, with no letter between, is given up.
const TROUBLES_IN_A_ROW: u32 = 3;

/// What all letters of an edition have in common beside the message.
#[derive(Debug, Clone)]
pub struct Postmark {
    /// The digest: sender, answers, zone.
    pub digest: Digest,
    /// The address of the public pages, without a slash at the end.
    pub public_url: String,
}

/// How the stage ended.
#[derive(Debug)]
pub struct Delivered {
    /// Where the deliveries stand now.
    pub totals: DeliveryTotals,
    /// What the relay said when it was given up; the letters that are left are still queued.
    pub relay_trouble: Option<Reply>,
}

impl Postmark {
    fn imprint(&self, list: &List, date: crate::model::Instant) -> Imprint {
        Imprint {
            from: self.digest.from.clone(),
            reply_to: self.digest.reply_to.clone(),
            list_title: list.title.clone(),
            list_id: list.list_id.clone(),
            date,
            zone: self.digest.zone,
        }
    }

    fn recipient(&self, claimed: &Claimed, edition_token: &str) -> Recipient {
        Recipient {
            delivery: claimed.delivery,
            address: claimed.address.clone(),
            name: claimed.name.clone(),
            message_id: format!("{}.{edition_token}@{}", claimed.delivery, self.digest.from.address.domain()),
            unsubscribe: format!("{}/unsubscribe/{}", self.public_url, claimed.list_token),
            preferences: format!("{}/preferences/{}", self.public_url, claimed.reader_token),
        }
    }
}

/// Makes the letter that `to` would get, with addresses that name nobody: for previews and test copies.
pub fn sample_letter(
    postmark: &Postmark,
    list: &List,
    message: &Message,
    to: &EmailAddress,
    date: crate::model::Instant,
) -> Result<Letter, PressError> {
    let plate = Plate::new(message, &postmark.imprint(list, date))?;
    let domain = postmark.digest.from.address.domain();
    // No row gives it a number: what it is made of does, so that two copies are never one to a mailbox.
    let mut hasher = std::hash::DefaultHasher::new();
    (to, &message.subject, &message.html, date).hash(&mut hasher);
    let number = hasher.finish();
    let recipient = Recipient {
        delivery: DeliveryId(0),
        address: to.clone(),
        name: String::new(),
        message_id: format!("sample.{number:016x}@{domain}"),
        unsubscribe: format!("{}/unsubscribe/sample", postmark.public_url),
        preferences: format!("{}/preferences/sample", postmark.public_url),
    };
    Ok(plate.letter(&recipient)?)
}

/// Delivers what is open and due of a released edition, until nothing is or `stop` is set.
///
/// `progress` is called as each letter ends.
pub async fn deliver(
    store: &Store,
    edition: EditionId,
    postmark: &Postmark,
    carrier: &Carrier,
    clock: &Clock,
    stop: &AtomicBool,
    progress: impl Fn() + Send + Sync,
) -> Result<Delivered, PressError> {
    let (recorder, recording) = Recorder::start(store.clone());
    let run = Run::new(store, edition, postmark, clock, recorder.clone()).await?;
    let (feed, letters) = mpsc::channel(BATCH);
    let trouble = Mutex::new(None);
    let pool = Pool { letters: Mutex::new(letters), stop, trouble: &trouble, store, clock, recorder };
    let work = async {
        let connections = (0..carrier.connections().max(1)).map(|_| pool.work(carrier, &progress));
        let ended = futures_util::future::try_join_all(connections).await;
        // Wakes a feeder that waits for room when every connection is gone.
        pool.letters.lock().await.close();
        ended
    };
    let (fed, worked) = tokio::join!(run.feed(feed, stop), work);
    let left = pool.leftovers().await;
    drop((pool, run));
    recording.await.map_err(|_| PressError::Died("the recorder"))??;
    store.unclaim(&[fed?, left].concat()).await?;
    worked?;
    store.finish(edition).await?;
    let record = store.edition(edition).await?.ok_or(PressError::NoEdition(edition))?;
    Ok(Delivered { totals: record.totals, relay_trouble: trouble.into_inner() })
}

/// What stays the same from the first letter to the last.
struct Run<'a> {
    store: &'a Store,
    edition: EditionId,
    postmark: &'a Postmark,
    clock: &'a Clock,
    token: String,
    plates: HashMap<ListId, Plate>,
    recorder: Recorder,
}

/// A letter on its way to a connection.
struct Tray {
    letter: Letter,
    attempts: u32,
}

impl<'a> Run<'a> {
    async fn new(
        store: &'a Store,
        edition: EditionId,
        postmark: &'a Postmark,
        clock: &'a Clock,
        recorder: Recorder,
    ) -> Result<Self, PressError> {
        let missing = PressError::NoEdition(edition);
        let Some(message) = store.message(edition).await? else { return Err(missing) };
        let Some(record) = store.edition(edition).await? else { return Err(missing) };
        // A letter that is tried again keeps its date, as it keeps its Message-ID.
        let date = record.released_at.unwrap_or_else(|| clock.now());
        let mut plates = HashMap::new();
        for counted in store.lists().await? {
            if postmark.digest.lists.contains(&counted.list.name) {
                let plate = Plate::new(&message, &postmark.imprint(&counted.list, date))?;
                plates.insert(counted.list.id, plate);
            }
        }
        let token = store.edition_token(edition).await?;
        Ok(Self { store, edition, postmark, clock, token, plates, recorder })
    }

    /// Claims, makes letters, hands them on; returns what was claimed and not handed on.
    async fn feed(&self, feed: mpsc::Sender<Tray>, stop: &AtomicBool) -> Result<Vec<DeliveryId>, PressError> {
        loop {
            if stop.load(Ordering::Acquire) {
                return Ok(Vec::new());
            }
            let claimed = self.store.claim(self.edition, BATCH, self.clock.now()).await?;
            if claimed.is_empty() {
                return Ok(Vec::new());
            }
            let ids: Vec<DeliveryId> = claimed.iter().map(|c| c.delivery).collect();
            for (index, claimed) in claimed.iter().enumerate() {
                let Some(plate) = self.plates.get(&claimed.list) else {
                    // The list left the configuration after the release; its readers wait for its return.
                    return Ok(ids[index..].to_vec());
                };
                let letter = match plate.letter(&self.postmark.recipient(claimed, &self.token)) {
                    Ok(letter) => letter,
                    Err(error) => {
                        self.recorder.record(self.unmade(claimed.delivery, &error)).await?;
                        continue;
                    }
                };
                if feed.send(Tray { letter, attempts: claimed.attempts }).await.is_err() {
                    return Ok(ids[index..].to_vec());
                }
            }
        }
    }
}

impl Run<'_> {
    /// A letter that cannot be made is refused here, before any relay sees it; the others go on.
    fn unmade(&self, delivery: DeliveryId, error: &LetterError) -> Attempt {
        let reply = Reply { step: Step::Content, code: 0, enhanced: None, text: error.to_string() };
        Attempt { delivery, at: self.clock.now(), duration_ms: 0, reply, outcome: Outcome::Refused }
    }
}

/// The connections and what they share.
struct Pool<'a> {
    letters: Mutex<mpsc::Receiver<Tray>>,
    stop: &'a AtomicBool,
    trouble: &'a Mutex<Option<Reply>>,
    store: &'a Store,
    clock: &'a Clock,
    recorder: Recorder,
}

impl Pool<'_> {
    /// One connection's life: take, send, record, until nothing is left or the relay is given up.
    async fn work(&self, carrier: &Carrier, progress: &(impl Fn() + Sync)) -> Result<(), PressError> {
        let mut connection: Option<Connection> = None;
        let mut troubles = 0;
        while !self.stop.load(Ordering::Acquire) {
            let Some(tray) = self.letters.lock().await.recv().await else { break };
            let id = tray.letter.delivery;
            match self.carry(carrier, &mut connection, &tray).await {
                Ok(attempt) => {
                    troubles = 0;
                    self.recorder.record(attempt).await?;
                    progress();
                }
                Err(reply) => {
                    self.store.unclaim(&[id]).await?;
                    troubles += 1;
                    tracing::warn!(reply.step = ?reply.step, reply.code, reply.text, "relay trouble");
                    if troubles >= TROUBLES_IN_A_ROW || !worth_another_try(&reply) {
                        self.stop.store(true, Ordering::Release);
                        self.letters.lock().await.close();
                        self.trouble.lock().await.get_or_insert(reply);
                    }
                }
            }
        }
        if let Some(connection) = connection {
            connection.close().await;
        }
        Ok(())
    }

    /// Sends one letter; `Err` is trouble of the relay, which is no attempt at the delivery.
    async fn carry(
        &self,
        carrier: &Carrier,
        connection: &mut Option<Connection>,
        tray: &Tray,
    ) -> Result<Attempt, Reply> {
        let at = self.clock.now();
        let mut open = match connection.take() {
            Some(open) => open,
            None => carrier.connect().await?,
        };
        let reply = open.send(&tray.letter).await;
        if open.usable() {
            *connection = Some(open);
        }
        let now = self.clock.now();
        match verdict(&reply, tray.attempts, now) {
            Verdict::Relay => Err(reply),
            Verdict::Delivery(outcome) => {
                let delivery = tray.letter.delivery;
                let duration_ms = (now - at).num_milliseconds();
                log(delivery, &reply, outcome, duration_ms);
                Ok(Attempt { delivery, at, duration_ms, reply, outcome })
            }
        }
    }

    /// What lies between feeder and connections when all have ended.
    async fn leftovers(&self) -> Vec<DeliveryId> {
        let mut letters = self.letters.lock().await;
        letters.close();
        let mut left = Vec::new();
        while let Ok(tray) = letters.try_recv() {
            left.push(tray.letter.delivery);
        }
        left
    }
}

/// A refused password is refused again; a dropped connection may have been chance.
fn worth_another_try(reply: &Reply) -> bool {
    match reply.step {
        Step::Auth | Step::Sender => reply.code < 500,
        Step::Connect | Step::Greeting | Step::Tls | Step::Recipient | Step::Content | Step::FinalDot => true,
    }
}

fn log(delivery: DeliveryId, reply: &Reply, outcome: Outcome, duration_ms: i64) {
    match outcome {
        Outcome::Sent => {
            tracing::debug!(delivery.id = delivery.0, reply.code, duration_ms, "sent");
        }
        Outcome::Deferred { .. }
        | Outcome::Refused
        | Outcome::Uncertain
        | Outcome::Suppressed
        | Outcome::Expired
        | Outcome::Cancelled => {
            tracing::info!(delivery.id = delivery.0, reply.code, reply.step = ?reply.step, duration_ms, ?outcome, "not sent");
        }
    }
}
