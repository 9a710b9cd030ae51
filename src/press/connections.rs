//! The connections of a run: each takes a letter, opens it in the ledger, sends it, closes it with the next one.
//!
//! Trouble of the relay is no attempt at a delivery: the connection pauses and tries the same letter again, and only
//! trouble with no letter between is the end of the run; then the letter goes back to the queue. A relay that admits fewer connections
//! than it is offered is used with as many as it admits.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, mpsc};

use super::recorder::Recorder;
use super::{Clock, DeliveringRules, GivenUp, PressError};
use crate::deliver::{Carrier, Connection, Letter, Tries, Verdict, judge};
use crate::model::{Attempt, DeliveryId, Instant, Outcome, Reply, Step};
use crate::store::Store;

/// A letter on its way to a connection.
pub(super) struct Tray {
    pub(super) letter: Letter,
    pub(super) attempts: u32,
}

/// What the connections share.
pub(super) struct Connections<'a> {
    pub(super) letters: Mutex<mpsc::Receiver<Tray>>,
    pub(super) carrier: &'a Carrier,
    pub(super) rules: &'a DeliveringRules,
    pub(super) store: &'a Store,
    pub(super) clock: &'a Clock,
    pub(super) recorder: Recorder,
    /// The name by which the run holds its claims.
    pub(super) holder: &'a str,
    /// Set from outside, or by whoever ends the run.
    pub(super) stop: &'a AtomicBool,
    pub(super) given_up: Mutex<Option<GivenUp>>,
    /// Letters that the relay has taken in this run.
    pub(super) taken: AtomicUsize,
    /// Letters refused or lost since one was last taken.
    pub(super) refusals: AtomicUsize,
}

/// What a connection without a letter gets.
enum First {
    Letter(Tray),
    /// One whose reader has left meanwhile.
    Withdrawn,
    End,
}

impl Connections<'_> {
    /// Works with as many connections as the carrier has until nothing is left or the run is stopped.
    pub(super) async fn work(&self, progress: &(impl Fn() + Sync)) -> Result<(), PressError> {
        // Each is woken alone; asking all of them at every reply would cost more than the letters.
        let mut all: FuturesUnordered<_> =
            (0..self.carrier.connections().max(1)).map(|_| self.one(progress)).collect();
        let mut end = Ok(());
        // All ends are waited for: a letter that is on its way is brought to its end whatever the others do.
        while let Some(ended) = all.next().await {
            end = end.and(ended);
        }
        self.letters.lock().await.close();
        end
    }

    async fn one(&self, progress: &(impl Fn() + Sync)) -> Result<(), PressError> {
        let mut connection = None;
        let end = self.turns(&mut connection, progress).await;
        if end.is_err() {
            self.stop.store(true, Ordering::Release);
        }
        if let Some(connection) = connection {
            connection.close().await;
        }
        end
    }

    /// One connection's life. The end of a letter and the beginning of the next are one record.
    async fn turns(
        &self,
        connection: &mut Option<Connection>,
        progress: &(impl Fn() + Sync),
    ) -> Result<(), PressError> {
        let (mut in_hand, mut troubles, mut taken) = (None, 0, 0);
        loop {
            let tray = match in_hand.take() {
                Some(tray) => tray,
                None => match self.first().await? {
                    First::Letter(tray) => tray,
                    First::Withdrawn => continue,
                    First::End => return Ok(()),
                },
            };
            let next = self.next();
            match self.carry(connection, &tray, next.as_ref()).await {
                Ok(attempt) => {
                    troubles = 0;
                    self.count(&attempt).await;
                    in_hand = self.turn(attempt, next).await?;
                    progress();
                }
                Err(reply) => {
                    if troubles == 0 {
                        taken = self.taken.load(Ordering::Acquire);
                    }
                    self.trouble(reply, troubles, taken).await;
                    troubles += 1;
                    self.put_back(next).await?;
                    if self.stop.load(Ordering::Acquire) {
                        self.put_back(Some(tray)).await?;
                    } else {
                        in_hand = Some(tray);
                    }
                }
            }
        }
    }

    /// Waits for a letter and opens it.
    async fn first(&self) -> Result<First, PressError> {
        if self.stop.load(Ordering::Acquire) {
            return Ok(First::End);
        }
        let Some(tray) = self.letters.lock().await.recv().await else { return Ok(First::End) };
        let may_go = self.recorder.turn(None, Some(tray.letter.delivery)).await?;
        Ok(if may_go { First::Letter(tray) } else { First::Withdrawn })
    }

    /// The next letter, if one lies ready.
    fn next(&self) -> Option<Tray> {
        if self.stop.load(Ordering::Acquire) {
            return None;
        }
        // Whoever has the lock waits for letters, so there are none.
        self.letters.try_lock().ok()?.try_recv().ok()
    }

    /// Records the end of a letter and opens the next, which is returned if its reader still wants it.
    async fn turn(&self, closed: Attempt, next: Option<Tray>) -> Result<Option<Tray>, PressError> {
        if self.stop.load(Ordering::Acquire) {
            self.recorder.turn(Some(closed), None).await?;
            self.put_back(next).await?;
            return Ok(None);
        }
        let may_go = self.recorder.turn(Some(closed), next.as_ref().map(|tray| tray.letter.delivery)).await?;
        Ok(next.filter(|_| may_go))
    }

    /// Gives a letter that was not tried back to the queue.
    async fn put_back(&self, tray: Option<Tray>) -> Result<(), PressError> {
        if let Some(tray) = tray {
            self.store.unclaim(&[tray.letter.delivery], self.holder).await?;
        }
        Ok(())
    }

    /// Sends one letter; `Err` is trouble of the relay, which is no attempt at the delivery.
    async fn carry(
        &self,
        connection: &mut Option<Connection>,
        tray: &Tray,
        next: Option<&Tray>,
    ) -> Result<Attempt, Reply> {
        let at = self.clock.now();
        let mut open = match connection.take() {
            Some(open) if open.takes(&tray.letter) => open,
            _ => self.carrier.connect().await?,
        };
        let reply = open.send_before(&tray.letter, next.map(|tray| &tray.letter)).await;
        if open.usable() {
            *connection = Some(open);
        }
        let now = self.clock.now();
        let (attempts, delivery) = (tray.attempts, tray.letter.delivery);
        let first_wait = chrono::TimeDelta::minutes(5);
        let tries = Tries { attempts, delivery, expires_at: Instant::MAX_UTC, first_wait };
        match judge(&reply, &tries, now).verdict {
            Verdict::Relay => Err(reply),
            Verdict::Delivery(outcome) => {
                let duration_ms = (now - at).num_milliseconds();
                log(delivery, &reply, outcome, duration_ms);
                Ok(Attempt { delivery, at, duration_ms, reply, outcome })
            }
        }
    }

    /// A letter that was taken ends every count; failures with none between are the sender's fault, not theirs.
    async fn count(&self, attempt: &Attempt) {
        match attempt.outcome {
            Outcome::Refused | Outcome::Uncertain => {
                let in_a_row = self.refusals.fetch_add(1, Ordering::AcqRel) + 1;
                if in_a_row >= self.rules.refusals_in_a_row {
                    self.give_up(GivenUp::Refusals { in_a_row, last: attempt.reply.clone() }).await;
                }
            }
            Outcome::Sent => {
                self.refusals.store(0, Ordering::Release);
                self.taken.fetch_add(1, Ordering::AcqRel);
            }
            Outcome::Deferred { .. } | Outcome::Suppressed | Outcome::Expired | Outcome::Cancelled => {}
        }
    }

    /// Pauses after trouble, longer each time; gives the relay up when no connection has got a letter through since
    /// this one's first trouble, when `taken` letters had.
    async fn trouble(&self, reply: Reply, before: usize, taken: usize) {
        tracing::warn!(reply.step = ?reply.step, reply.code, reply.enhanced, "relay trouble");
        // While any connection gets letters through, the relay lives and only admits fewer than it is offered.
        let dead = self.taken.load(Ordering::Acquire) == taken;
        if (dead && before >= self.rules.pauses.len()) || !worth_another_try(&reply) {
            self.give_up(GivenUp::Relay(reply)).await;
            return;
        }
        let pause = self.rules.pauses.get(before).or(self.rules.pauses.last()).copied().unwrap_or_default();
        let until = tokio::time::Instant::now() + pause;
        // In small steps, so that a stop is heard.
        while tokio::time::Instant::now() < until && !self.stop.load(Ordering::Acquire) {
            let step = (until - tokio::time::Instant::now()).min(std::time::Duration::from_millis(200));
            tokio::time::sleep(step).await;
        }
    }

    async fn give_up(&self, why: GivenUp) {
        self.given_up.lock().await.get_or_insert(why);
        self.stop.store(true, Ordering::Release);
    }

    /// What lies between feeder and connections when all have ended.
    pub(super) async fn leftovers(&self) -> Vec<DeliveryId> {
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

/// One line when a letter ends; the reply's text stays in the ledger, for it may name the reader.
fn log(delivery: DeliveryId, reply: &Reply, outcome: Outcome, duration_ms: i64) {
    if outcome == Outcome::Sent {
        tracing::debug!(delivery.id = delivery.0, reply.code, duration_ms, "sent");
    } else {
        tracing::info!(
            delivery.id = delivery.0, reply.code, reply.enhanced, reply.step = ?reply.step, duration_ms, ?outcome,
            "not sent"
        );
    }
}
