//! The publishing stage: slots that are due → released editions, or the reason for none.
//!
//! Any number of processes may look at the same slots: a slot is opened by one of them, by a lease, and whoever dies
//! over it loses it. What was decided is recorded as it was decided; nothing is worked out again later.
//!
//! Before an edition is made, its sources are asked for what is new; how long that may take is limited.

use std::convert::Infallible;
use std::time::Duration;

use chrono::TimeDelta;

use super::agenda::{Agenda, Entry, timetable_text};
use super::composing::own_sources;
use super::{Clock, Pictures, Postmark, PressError, Publisher};
use crate::model::{Digest, Due, Instant, Name, Publication, Skipped, Timetable, due_since};
use crate::render::Theme;
use crate::store::{Ending, Lease, Store, StoreError, Terms, Verdict};

/// How the stage works.
#[derive(Debug, Clone)]
pub struct PublishingRules {
    /// Sources that were polled within this long before a slot are fresh.
    pub fresh: Duration,
    /// How long an edition waits for those that are not.
    pub patience: Duration,
    /// How long whoever makes an edition is believed to live without a word.
    pub lease: Duration,
    /// How long after a failure a slot is tried again.
    pub again: Duration,
}

impl Default for PublishingRules {
    fn default() -> Self {
        Self {
            fresh: Duration::from_secs(5 * 60),
            patience: Duration::from_secs(2 * 60),
            lease: Duration::from_secs(5 * 60),
            again: Duration::from_secs(60),
        }
    }
}

/// What the stage asks of whoever knows the configuration.
pub trait Orders {
    /// The digests that have a timetable.
    fn digests(&self) -> &[Digest];
    /// What they look like; the error is a sentence.
    fn theme(&self, digest: &Digest) -> Result<Theme, String>;
    /// In whose name their letters go.
    fn postmark(&self, digest: &Digest) -> Postmark;
    /// On which terms an edition goes out that is released now and followed by another at `next`.
    fn terms(&self, digest: &Digest, next: Option<Instant>, now: Instant) -> Terms;
    /// Who is asked and told.
    fn publisher(&self) -> &Publisher;
    /// The lists whose new readers get the latest edition at once.
    fn welcoming(&self) -> Vec<Name>;
    /// What looks at the pictures of an edition before it is made; `None` if nobody does.
    fn pictures(&self) -> Option<&Pictures> {
        None
    }
    /// Asked before each digest that is due, of which there may be thousands at once; false ends the round.
    fn goes_on(&self) -> bool {
        true
    }
}

/// What the stage works with.
pub struct Publishing<'a, O> {
    /// Where slots and editions are.
    pub store: &'a Store,
    /// The time.
    pub clock: &'a Clock,
    /// The standing orders.
    pub orders: &'a O,
    /// How.
    pub rules: &'a PublishingRules,
}

/// What happened to a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The digest.
    pub digest: Name,
    /// The slot.
    pub slot: Instant,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it was late, if so.
    pub remark: Option<String>,
    /// What opens the page on which a waiting edition is approved.
    pub approval_token: Option<String>,
}

impl<O: Orders> Publishing<'_, O> {
    /// Publishes what is due, and tells what became of each slot. Trouble with one digest keeps no other one from its
    /// slot.
    pub async fn publish(&self, agenda: &mut Agenda) -> Result<Vec<Published>, PressError> {
        let now = self.clock.now();
        agenda.beat(self.store, now).await?;
        agenda.read(self.store, self.orders.digests(), now).await?;
        agenda.restored_at = self.store.restored_at(now).await?;
        self.store.close_abandoned(now).await?;
        let mut all = self.decide_asked(agenda, now).await?;
        self.freshen(agenda, now).await?;
        for (digest, entry) in agenda.due(self.orders.digests(), now) {
            let timetable = digest.timetable.as_ref();
            let Some(timetable) = timetable else { continue };
            if !self.orders.goes_on() {
                break;
            }
            match self.consider(agenda, digest, timetable, entry, now).await {
                Ok(published) => all.extend(published),
                Err(error) => {
                    tracing::error!(%digest.name, %error, "its slot could not be published; it is tried again");
                    agenda.put_off(&digest.name, now + self.rules.again, &error.to_string());
                    let key = format!("digest:{}", digest.name);
                    let text = format!("{}: its edition cannot be made: {error}", digest.name);
                    self.store.notice(&key, &text, now).await?;
                }
            }
        }
        if all.iter().any(|published| matches!(published.verdict, Verdict::Published(_))) {
            agenda.beat_soon();
        }
        self.welcome(now).await?;
        Ok(all)
    }

    /// Looks at what is due of one digest.
    async fn consider(
        &self,
        agenda: &mut Agenda,
        digest: &Digest,
        timetable: &Timetable,
        entry: Entry,
        now: Instant,
    ) -> Result<Vec<Published>, PressError> {
        let (orders, others) = agenda.orders(self.store, &[(&digest.name, timetable)], now).await?;
        let Some(order) = orders.get(&digest.name) else { return Ok(Vec::new()) };
        for other in others.values().filter(|other| !other.is_empty()) {
            self.tell_of_two(digest, timetable, other, now).await?;
        }
        agenda.look_for_readers(self.store, timetable).await?;
        let zones = agenda.zones_of(timetable);
        // Who waits for sources is not late by that; who tries again after a failure is.
        let seen = entry.waits_since.filter(|_| entry.failed.is_none()).unwrap_or(now);
        let Due { publication, mut passed } = due_since(timetable, &zones, order.last, seen, now);
        for (_, why) in &mut passed {
            if let (Skipped::Late { .. }, Some(failed)) = (&*why, &entry.failed) {
                *why = Skipped::Failed { why: failed.clone() };
            }
        }
        let held = |slot: Instant| match agenda.restored_at {
            _ if order.paused => Some(Skipped::Paused),
            Some(until) if slot <= until => Some(Skipped::Restored),
            _ => None,
        };
        let publication = match publication.as_ref().and_then(|due| Some((due.slot, held(due.slot)?))) {
            Some((slot, why)) => {
                // What it would have stood for has gone the same way.
                for (_, merged) in passed.iter_mut().filter(|(_, why)| matches!(why, Skipped::Merged { .. }))
                {
                    merged.clone_from(&why);
                }
                passed.push((slot, why));
                None
            }
            None => publication,
        };
        if let Some(due) = &publication
            && self.must_wait(agenda, digest, due, &entry, now).await?
        {
            return Ok(Vec::new());
        }
        let mut all = self.pass(agenda, digest, timetable, passed, now).await?;
        if let Some(due) = publication {
            let ended = self.open(agenda, digest, timetable, &due, now).await?;
            let Some((verdict, remark, approval_token)) = ended else {
                agenda.put_off(&digest.name, now + TimeDelta::seconds(10), "");
                return Ok(all);
            };
            self.store.account(&digest.name, due.slot).await?;
            // Of a wave without readers there is nothing to tell.
            if !matches!(verdict, Verdict::Skipped(Skipped::NoReaders)) || !timetable.zone.is_subscribers() {
                let (digest, slot) = (digest.name.clone(), due.slot);
                all.push(Published { digest, slot, verdict, remark, approval_token });
            }
        }
        agenda.done(digest, now);
        Ok(all)
    }

    /// What this press has read since it began another has changed, so that there are two.
    async fn tell_of_two(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        other: &str,
        now: Instant,
    ) -> Result<(), PressError> {
        let ours = timetable_text(timetable);
        // In one order, so that both say the same.
        let (one, two) = if *ours < *other { (&*ours, other) } else { (other, &*ours) };
        let text = format!(
            "{}: two presses on this store have different schedules for it, `{one}` and `{two}`, and both publish; give \
             them the same configuration",
            digest.name
        );
        self.store.event(&format!("timetable:{}", digest.name), &text, now).await?;
        Ok(())
    }

    /// Records the slots that bring no edition of their own.
    async fn pass(
        &self,
        agenda: &Agenda,
        digest: &Digest,
        timetable: &Timetable,
        passed: Vec<(Instant, Skipped)>,
        now: Instant,
    ) -> Result<Vec<Published>, PressError> {
        let worth_a_word =
            |why: &Skipped| matches!(why, Skipped::Late { .. } | Skipped::Restored | Skipped::Failed { .. });
        let word = |slot, why: &Skipped| {
            let word = worth_a_word(why).then(|| no_edition(&digest.name, Some(timetable), slot, why))?;
            let silent = agenda.silent_at(slot).filter(|_| matches!(why, Skipped::Late { .. }));
            Some(silent.map_or_else(|| word.clone(), |silent| format!("{word}; {silent}")))
        };
        self.store.skip_slots(&digest.name, &passed, now, word).await?;
        let told = |(slot, why)| Published {
            digest: digest.name.clone(),
            slot,
            verdict: Verdict::Skipped(why),
            remark: None,
            approval_token: None,
        };
        Ok(passed.into_iter().map(told).collect())
    }

    /// Asks for what is new a moment before slots, so that it is there when they come.
    async fn freshen(&self, agenda: &mut Agenda, now: Instant) -> Result<(), PressError> {
        let coming = agenda.coming(self.orders.digests(), now, span(self.rules.patience));
        let Some(last) = coming.iter().map(|(_, slot)| *slot).max() else { return Ok(()) };
        let sources = self.store.sources().await?;
        let own: Option<Vec<_>> = coming.iter().map(|(digest, _)| own_sources(digest, &sources)).collect();
        let own = own.map(|each| each.concat());
        self.store.want_sources(own.as_deref(), now, last - span(self.rules.fresh)).await?;
        Ok(())
    }

    /// Asks for what is new; true while it is worth waiting for.
    async fn must_wait(
        &self,
        agenda: &mut Agenda,
        digest: &Digest,
        due: &Publication,
        entry: &Entry,
        now: Instant,
    ) -> Result<bool, PressError> {
        if self.rules.patience.is_zero()
            || entry.waits_since.is_some_and(|since| now - since >= span(self.rules.patience))
        {
            return Ok(false);
        }
        let sources = self.store.sources().await?;
        let own = own_sources(digest, &sources);
        // A slot that was missed is as fresh as its edition: what counts is when that is made.
        let since = entry.waits_since.unwrap_or(now).max(due.slot) - span(self.rules.fresh);
        if self.store.want_sources(own.as_deref(), now, since).await? == 0 {
            return Ok(false);
        }
        agenda.wait(&digest.name, now);
        Ok(true)
    }

    /// Opens the slot and makes its edition; `None` if another has it in hand.
    async fn open(
        &self,
        agenda: &Agenda,
        digest: &Digest,
        timetable: &Timetable,
        due: &Publication,
        now: Instant,
    ) -> Result<Option<(Verdict, Option<String>, Option<String>)>, PressError> {
        let holder = self.store.holder()?;
        if !self.store.open_slot(&digest.name, due.slot, &self.lease(&holder), now).await? {
            return Ok(None);
        }
        let remark = agenda.remark(&digest.name, due.slot, now);
        let filling = self.fill(digest, timetable, due, &holder, remark.as_deref());
        match self.alive(&digest.name, due.slot, &holder, filling).await {
            Ok((verdict, token)) => Ok(Some((verdict, remark, token))),
            // Whoever was taken for dead leaves the slot to those who have it.
            Err(PressError::Store(StoreError::SlotLost(edition))) => {
                self.store.discard(edition).await?;
                Ok(None)
            }
            Err(error) => {
                self.store.give_slot_back(&digest.name, due.slot, &holder).await?;
                Err(error)
            }
        }
    }

    /// Makes the edition of a slot that the holder has open, and closes it.
    async fn fill(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        due: &Publication,
        holder: &str,
        remark: Option<&str>,
    ) -> Result<(Verdict, Option<String>), PressError> {
        let (verdict, explanation, token) = self.make(digest, timetable, due, holder).await?;
        let word = self.word_of(digest, timetable, due.slot, &verdict);
        let (explanation, word) = (explanation.as_ref(), word.as_deref());
        let ending = Ending { verdict: &verdict, remark, explanation, word };
        self.store.close_slot(&digest.name, due.slot, holder, &ending, self.clock.now()).await?;
        self.store.unnotice(&format!("digest:{}", digest.name)).await?;
        Ok((verdict, token))
    }

    fn lease(&self, holder: &str) -> Lease {
        let until = self.clock.now() + TimeDelta::from_std(self.rules.lease).unwrap_or(TimeDelta::MAX);
        Lease { holder: holder.to_owned(), until }
    }

    /// Keeps a slot open for as long as the work on it lasts.
    async fn alive<T>(&self, digest: &Name, slot: Instant, holder: &str, work: impl Future<Output = T>) -> T {
        let beat = async || -> Infallible {
            loop {
                tokio::time::sleep(self.rules.lease / 3).await;
                if self.store.renew_slot(digest, slot, &self.lease(holder)).await.is_err() {
                    tracing::warn!(%digest, "the lease of a slot was not renewed");
                }
            }
        };
        tokio::select! {
            done = work => done,
            never = beat() => match never {},
        }
    }

    /// A slot whose edition somebody may wait for is worth a word when it brings none.
    fn word_of(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        slot: Instant,
        verdict: &Verdict,
    ) -> Option<String> {
        let publisher = self.orders.publisher();
        match verdict {
            Verdict::Published(_) | Verdict::Skipped(Skipped::Quiet | Skipped::Paused) => None,
            Verdict::Skipped(Skipped::NoReaders) if timetable.zone.is_subscribers() => None,
            // Who is asked by mail need not be told by mail that there is a question.
            Verdict::Waiting(_) if publisher.mail.is_some() && publisher.webhook.is_none() => None,
            Verdict::Waiting(edition) => {
                Some(format!("{}: edition {edition} waits for your yes", digest.name))
            }
            Verdict::Skipped(why) => Some(no_edition(&digest.name, Some(timetable), slot, why)),
        }
    }

    /// Gives new readers of welcoming lists the latest edition.
    async fn welcome(&self, now: Instant) -> Result<(), PressError> {
        for list in self.orders.welcoming() {
            let digests = self.orders.digests().iter().filter(|digest| digest.lists.contains(&list));
            // What is older than readers are shown anyhow welcomes nobody.
            let oldest =
                digests.map(|digest| digest.max_age).max().unwrap_or(Duration::from_secs(7 * 86_400));
            let since = now - TimeDelta::from_std(oldest).unwrap_or(TimeDelta::days(7));
            self.store.welcome(&list, since, now + TimeDelta::days(1), now).await?;
        }
        Ok(())
    }
}

/// What is told of a slot that brings no edition, its time by the digest's clock.
pub(super) fn no_edition(
    digest: &Name,
    timetable: Option<&Timetable>,
    slot: Instant,
    why: &Skipped,
) -> String {
    let zone = timetable.map_or(chrono_tz::UTC, |timetable| timetable.zone.home());
    format!("{digest}: no edition for {}: {why}", slot.with_timezone(&zone).format("%a %F %H:%M"))
}

fn span(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}
