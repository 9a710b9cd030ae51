//! The connections of a run: each takes a letter, hands it over but for its final dot while the ledger opens it, says
//! the dot, and closes it in the ledger with the opening of the next one.
//!
//! Trouble of a relay is no attempt at a delivery: the connection tries the same letter by the next way, or pauses and
//! tries again. Only trouble of every way with no letter between is the end of the run; then the letter goes back to
//! the queue.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant as Moment;

use super::braking::brake;
use super::feeding::lock;
use super::line::{Line, Prepared};
use super::rack::{Rack, Tray};
use super::recorder::Recorder;
use super::ways::WayOut;
use super::{GivenUp, PressError, Run};
use crate::deliver::{DomainEffect, Judgement, Tries, Verdict, judge};
use crate::model::{Attempt, DeliveryId, EditionId, Instant, Lane, Outcome, Reply, Step};

/// What the connections share.
pub(super) struct Connections<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) edition: EditionId,
    pub(super) rack: Rack,
    pub(super) recorder: Recorder,
    /// The name by which the run holds its claims.
    pub(super) holder: &'a str,
    /// Set from outside, or by whoever ends the run.
    pub(super) ended: &'a AtomicBool,
    pub(super) ways: Vec<WayOut<'a>>,
    pub(super) expires_at: Instant,
    pub(super) troubled: Arc<Mutex<HashSet<String>>>,
    pub(super) given_up: Mutex<Option<GivenUp>>,
    /// Letters refused or lost since one was last taken.
    pub(super) refusals: AtomicUsize,
    /// Letters of the edition that were taken, and that were refused.
    pub(super) taken: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// What one connection has in hand between letters.
#[derive(Default)]
struct Hand {
    /// A letter that a relay's trouble has kept from going.
    again: Option<Tray>,
    /// The letter that comes next, perhaps announced.
    next: Option<Tray>,
    /// A letter with which a relay was in trouble more than once; another one goes first.
    aside: Option<Tray>,
    /// The end of the letter before, not yet recorded.
    closed: Option<Attempt>,
}

impl<'a> Connections<'a> {
    /// Works with as many connections as the ways have until nothing is left or the run is stopped.
    pub(super) async fn work(&self, progress: &(impl Fn(Outcome) + Sync)) -> Result<(), PressError> {
        // Each is woken alone; asking all of them at every reply would cost more than the letters.
        let connections = self.ways.iter().map(|out| out.way.carrier.connections()).max().unwrap_or(1);
        let mut all: FuturesUnordered<_> = (0..connections.max(1)).map(|_| self.one(progress)).collect();
        let mut end = Ok(());
        // All ends are waited for: a letter that is on its way is brought to its end whatever the others do.
        while let Some(ended) = all.next().await {
            end = end.and(ended);
        }
        self.rack.close();
        end
    }

    async fn one(&self, progress: &(impl Fn(Outcome) + Sync)) -> Result<(), PressError> {
        let mut line = Line::new(&self.ways);
        let end = self.turns(&mut line, progress).await;
        if end.is_err() {
            self.ended.store(true, Ordering::Release);
            self.rack.close();
        }
        line.hang_up().await;
        end
    }

    /// One connection's life. The end of a letter and the beginning of the next are one record, and while it is
    /// written the next letter is handed over up to its final dot.
    async fn turns(
        &self,
        line: &mut Line<'a, '_>,
        progress: &(impl Fn(Outcome) + Sync),
    ) -> Result<(), PressError> {
        let mut hand = Hand::default();
        loop {
            let mut ended = hand.closed.as_ref().map(|attempt| attempt.outcome);
            let Some(mut tray) = self.letter(line, &mut hand).await? else {
                ended.into_iter().for_each(progress);
                return Ok(());
            };
            if !line.is_ready_for(&tray) {
                // What has ended does not wait for what may take long to begin.
                if let Some(attempt) = hand.closed.take() {
                    self.recorder.turn(Some(attempt), None).await?;
                }
                ended.take().into_iter().for_each(progress);
            }
            let at = self.run.clock.now();
            let reply = match line.prepare(self.run, self.ended, &tray).await? {
                Prepared::Ready => {
                    let record = self.recorder.turn(hand.closed.take(), Some(tray.letter.delivery));
                    let (may_go, begun) = tokio::join!(record, line.begin(&tray));
                    ended.into_iter().for_each(progress);
                    if !may_go? {
                        // Its reader has left, or all are to wait: what was begun is dropped with the connection.
                        line.drop_it();
                        self.heed_pause().await?;
                        continue;
                    }
                    match begun {
                        Ok(()) => self.finish(line, &tray, &mut hand).await,
                        Err(reply) => reply,
                    }
                }
                Prepared::Answered(reply) => reply,
                Prepared::Stopped => {
                    hand.again = Some(tray);
                    continue;
                }
            };
            match self.judge(line, &tray, &reply) {
                Some(judgement) => self.close(line, &mut hand, &tray, (reply, at), judgement).await,
                None => {
                    // Nobody can have it: whatever happens while the relay rests, it is not uncertain.
                    self.run.store.unopen(tray.letter.delivery, self.holder).await?;
                    let of_the_letter = concerns_a_letter(&reply);
                    tray.troubles = (tray.troubles.0 + u32::from(of_the_letter), line.taken());
                    self.trouble(line, reply).await?;
                    // One that fails again and again lets another go first: perhaps it is the letter.
                    if tray.troubles.0 >= 2 && hand.aside.is_none() {
                        hand.aside = Some(tray);
                    } else {
                        hand.again = Some(tray);
                    }
                }
            }
        }
    }

    /// Says the dot of the letter that was begun, with the next one behind it if there is one.
    async fn finish(&self, line: &mut Line<'a, '_>, tray: &Tray, hand: &mut Hand) -> Reply {
        if line.has_room_for_another(tray) {
            hand.next = hand.next.take().or_else(|| self.rack.take_ready(self.run.clock.now()));
        }
        line.finish(tray, hand.next.as_ref()).await
    }

    /// The letter to try again, or the next; before it is waited for, the end of the one before is recorded. `None` is
    /// the end of the run, with everything recorded and given back.
    async fn letter(&self, line: &mut Line<'a, '_>, hand: &mut Hand) -> Result<Option<Tray>, PressError> {
        loop {
            let ended = self.ended.load(Ordering::Acquire);
            if !ended {
                let in_hand = hand.again.take().or_else(|| hand.next.take());
                let next = in_hand.or_else(|| self.rack.take_ready(self.run.clock.now()));
                if let Some(tray) = next.or_else(|| hand.aside.take()) {
                    return Ok(Some(tray));
                }
            }
            if let Some(attempt) = hand.closed.take() {
                self.recorder.turn(Some(attempt), None).await?;
            }
            if ended {
                self.rack.close();
                let left: Vec<Tray> =
                    [hand.again.take(), hand.next.take(), hand.aside.take()].into_iter().flatten().collect();
                // What the relay could not bear goes behind the others, so that it keeps nobody from going.
                let (last, first): (Vec<Tray>, Vec<Tray>) = left.into_iter().partition(|t| t.troubles.0 > 0);
                let ids = |trays: Vec<Tray>| trays.iter().map(|t| t.letter.delivery).collect::<Vec<_>>();
                self.run.store.unclaim(&ids(first), self.holder).await?;
                let later = self.run.clock.now() + chrono::TimeDelta::seconds(30);
                self.run.store.unclaim_until(&ids(last), self.holder, later).await?;
                return Ok(None);
            }
            hand.next = line.idle(self.rack.take(self.run.clock)).await;
            if hand.next.is_none() {
                return Ok(None);
            }
        }
    }

    /// What a reply means for the delivery; `None` is trouble of the relay, which is no attempt at it.
    fn judge(&self, line: &Line<'_, '_>, tray: &Tray, reply: &Reply) -> Option<Judgement> {
        let tries = Tries {
            attempts: tray.attempts,
            delivery: tray.letter.delivery,
            expires_at: self.expires_at,
            first_wait: chrono::TimeDelta::from_std(self.run.rules.first_wait).unwrap_or_default(),
        };
        let judgement = judge(reply, &tries, self.run.clock.now());
        // What reads as the relay's own trouble and strikes one letter alone, again and again, while others go: that
        // letter waits like one that the relay has put off. Doubt is decided for the reader: it is not refused.
        let (troubles, taken) = tray.troubles;
        let alone = troubles >= 2 && concerns_a_letter(reply) && line.taken() > taken;
        match judgement.verdict {
            Verdict::Relay if alone => {
                let verdict = Verdict::Delivery(tries.next(self.run.clock.now()));
                Some(Judgement { verdict, suppress: false, domain: DomainEffect::None })
            }
            Verdict::Relay => None,
            Verdict::Delivery(_) => Some(judgement),
        }
    }

    /// Keeps the attempt that a reply has ended, counts it, and tells whom it concerns.
    ///
    /// The attempt is safe before anything else is told: what cannot be told is logged, and is no reason to forget it.
    async fn close(
        &self,
        line: &mut Line<'a, '_>,
        hand: &mut Hand,
        tray: &Tray,
        (reply, at): (Reply, Instant),
        judgement: Judgement,
    ) {
        let Verdict::Delivery(outcome) = judgement.verdict else { return };
        let delivery = tray.letter.delivery;
        let duration_ms = (self.run.clock.now() - at).num_milliseconds();
        log(delivery, &reply, outcome, duration_ms, self.run.rules.waits);
        line.well();
        let sent = outcome == Outcome::Sent;
        let over = sent && line.took_one();
        if sent && hand.aside.is_some() && hand.again.is_none() {
            hand.again = hand.aside.take();
        }
        let suppress = judgement.suppress;
        hand.closed = Some(Attempt { delivery, at, duration_ms, reply: reply.clone(), outcome, suppress });
        let told = async {
            if over {
                self.run.store.unnotice(&line.notice_key()).await?;
            }
            self.lane(tray, judgement.domain, &reply).await?;
            self.count(outcome, &reply).await
        };
        if let Err(error) = told.await {
            tracing::warn!(delivery.id = delivery.0, %error, "an end was kept, and could not be told everywhere");
        }
    }

    /// Tells the lane of the recipient's domain, where that is worth a word; a lane that is held now gets its letters
    /// back.
    async fn lane(&self, tray: &Tray, effect: DomainEffect, reply: &Reply) -> Result<(), PressError> {
        let key = self.run.rules.providers.of(tray.letter.recipient.domain()).0;
        let well = effect == DomainEffect::Well;
        if effect == DomainEffect::None || (well && !lock(&self.troubled).contains(key)) {
            return Ok(());
        }
        let (store, now) = (self.run.store, self.run.clock.now());
        let (before, after) = store
            .with_lanes(|lanes| {
                let lane = lanes.entry(key.to_owned()).or_insert(Lane::new(now));
                let before = *lane;
                lane.trouble(effect, now);
                (before, *lane)
            })
            .await?;
        let notice = format!("domain:{key}");
        if well {
            if after.strikes == 0 {
                lock(&self.troubled).remove(key);
            }
            // What was taken shows that the hold is over, also while the lane is still on its ramp.
            store.unnotice(&notice).await?;
            return Ok(());
        }
        lock(&self.troubled).insert(key.to_owned());
        if let Some(held) = after.held_until.filter(|until| before.held_until != Some(*until)) {
            let until = held.format("%H:%M UTC");
            let enhanced = reply.enhanced.as_deref().unwrap_or_default();
            let text = format!("{key} takes no letters until {until}: it answered {} {enhanced}", reply.code);
            tracing::warn!(domain = key, reply.code, reply.enhanced, %until, "domain held");
            store.notice(&notice, &text, now).await?;
            store.unclaim(&self.rack.without(key, held), self.holder).await?;
        }
        Ok(())
    }

    /// A letter that was taken ends the count of failures in a row; too many of them, or too large a share, are the
    /// sender's fault and not the readers', and pause the edition.
    async fn count(&self, outcome: Outcome, reply: &Reply) -> Result<(), PressError> {
        let in_a_row = match outcome {
            Outcome::Refused | Outcome::Uncertain => self.refusals.fetch_add(1, Ordering::AcqRel) + 1,
            Outcome::Sent => {
                self.refusals.store(0, Ordering::Release);
                self.taken.fetch_add(1, Ordering::AcqRel);
                return Ok(());
            }
            Outcome::Deferred { .. } | Outcome::Suppressed | Outcome::Expired | Outcome::Cancelled => {
                return Ok(());
            }
        };
        if outcome == Outcome::Refused {
            self.refused.fetch_add(1, Ordering::AcqRel);
        }
        let (taken, refused) = (self.taken.load(Ordering::Acquire), self.refused.load(Ordering::Acquire));
        let why = if in_a_row >= self.run.rules.refusals_in_a_row {
            format!("{in_a_row} letters were refused or lost one after the other")
        } else if self.run.rules.breaker.tripped(taken, refused) {
            format!("{refused} of {} letters were refused", taken + refused)
        } else {
            return Ok(());
        };
        // First, so that no connection that sees the pause tells it without the reply.
        self.give_up(GivenUp::Paused { why: why.clone(), last: Some(reply.clone()) });
        brake(self.run, self.edition, &why).await
    }

    /// After trouble of a relay: on to the next way, or a pause; gives up when every way has had all its pauses and has
    /// taken no letter from anybody meanwhile.
    async fn trouble(&self, line: &mut Line<'a, '_>, reply: Reply) -> Result<(), PressError> {
        tracing::debug!(relay = line.name(), reply.step = ?reply.step, reply.code, reply.enhanced, "relay trouble");
        if !line.is_sated() && line.first_told() {
            tracing::warn!(relay = line.name(), reply.step = ?reply.step, reply.code, reply.enhanced, "relay trouble");
            self.run.store.notice(&line.notice_key(), &line.trouble(&reply), self.run.clock.now()).await?;
        }
        match line.rest(&self.run.rules.pauses, &reply) {
            None => self.give_up(match line.sated_until() {
                Some(until) => GivenUp::Quota { until },
                None => GivenUp::Relay(reply),
            }),
            Some(until) => self.sleep_until(until).await,
        }
        Ok(())
    }

    /// In small steps, so that a stop is heard.
    async fn sleep_until(&self, until: Moment) {
        while Moment::now() < until && !self.ended.load(Ordering::Acquire) {
            tokio::time::sleep((until - Moment::now()).min(Duration::from_millis(200))).await;
        }
    }

    /// Ends the run if its edition was paused: every further letter would only be begun and dropped.
    async fn heed_pause(&self) -> Result<(), PressError> {
        let record = self.run.store.edition(self.edition).await?;
        if let Some(why) = record.and_then(|record| record.paused) {
            self.give_up(GivenUp::Paused { why, last: None });
        }
        Ok(())
    }

    pub(super) fn give_up(&self, why: GivenUp) {
        lock(&self.given_up).get_or_insert(why);
        self.ended.store(true, Ordering::Release);
        self.rack.close();
    }
}

/// True if a reply came when a letter was under way, and not when the connection was opened.
const fn concerns_a_letter(reply: &Reply) -> bool {
    matches!(reply.step, Step::Recipient | Step::Content | Step::FinalDot)
}

/// One line when a letter ends; the reply's text stays in the ledger, for it may name the reader. Somebody who waits for
/// the end is told the sums, and not every letter.
fn log(delivery: DeliveryId, reply: &Reply, outcome: Outcome, duration_ms: i64, attended: bool) {
    if outcome == Outcome::Sent || attended {
        tracing::debug!(delivery.id = delivery.0, reply.code, duration_ms, ?outcome, "ended");
    } else {
        tracing::info!(
            delivery.id = delivery.0, reply.code, reply.enhanced, reply.step = ?reply.step, duration_ms, ?outcome,
            "not sent"
        );
    }
}
