//! The mailing stage: mails to one person each, by the same ways as letters.
//!
//! One mail after the other, each claimed by a lease and opened in the store before its final dot; what a dead run had
//! opened is uncertain and tried once more. Trouble of a relay is no attempt at a mail: the next way is tried, and when
//! none takes it all mails rest for a minute.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use tokio::time::Instant as Moment;

use super::line::{Line, Prepared};
use super::rack::Tray;
use super::{PressError, Run};
use crate::deliver::{
    DomainEffect, Imprint, Letter, Plate, Recipient, Signer, Slot, Tries, Verdict, judge, plan,
};
use crate::model::{DeliveryId, EmailAddress, Instant, Lane, Mail, Outcome, Reply, Step};
use crate::store::Lease;

/// How long mails rest when no way takes any, and the one with which that was found out.
const REST: TimeDelta = TimeDelta::seconds(60);
const REST_OF_THE_CAUSE: TimeDelta = TimeDelta::seconds(90);
/// A mail whose pace lets it go so soon is waited for.
const HORIZON: TimeDelta = TimeDelta::seconds(2);

/// Sends mails to one person each; made once for a process.
#[derive(Debug, Default)]
pub struct Mailing {
    signers: Vec<Signer>,
    /// Held by whoever sends: two of one process never do so at once.
    busy: tokio::sync::Mutex<()>,
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mailed {
    /// Mails that a relay took.
    pub sent: usize,
    /// Mails that ended otherwise, or wait for their next try.
    pub failed: usize,
}

/// What to do with a mail that did not go.
enum Gone {
    /// The next one may.
    On,
    /// None does, for now.
    Enough,
}

impl Mailing {
    /// Returns a stage whose letters are signed by the signer nearest to their sender's domain, if one covers it.
    #[must_use]
    pub fn new(signers: Vec<Signer>) -> Self {
        Self { signers, busy: tokio::sync::Mutex::default() }
    }

    /// Sends what is due, and returns at once if nothing is or if another round is under way.
    pub async fn mail_due(&self, run: &Run<'_>) -> Result<Mailed, PressError> {
        let Ok(_turn) = self.busy.try_lock() else { return Ok(Mailed::default()) };
        let round = Round { run, signers: &self.signers, holder: run.store.holder()? };
        let mut mailed = Mailed::default();
        let mut next = round.claim().await?;
        while let Some(mail) = next.take() {
            let domain = mail.new.from.address.domain().to_owned();
            let ways = run.ways.for_sender(&domain, &run.store.notices().await?);
            let mut line = Line::new(&ways);
            let mut at_hand = Some(mail);
            while let Some(mail) = at_hand.take() {
                if matches!(round.alive(round.carry(&mut line, &mail, &mut mailed)).await?, Gone::Enough) {
                    break;
                }
                next = round.claim().await?;
                // One connection serves the mails of one sender's domain that come one after the other.
                if next.as_ref().is_some_and(|next| next.new.from.address.domain() == domain) {
                    at_hand = next.take();
                }
            }
            line.hang_up().await;
        }
        Ok(mailed)
    }
}

struct Round<'a> {
    run: &'a Run<'a>,
    signers: &'a [Signer],
    holder: String,
}

impl Round<'_> {
    fn lease(&self) -> Lease {
        Lease { holder: self.holder.clone(), until: self.run.clock.now() + self.run.rules.lease }
    }

    fn first_wait(&self) -> TimeDelta {
        TimeDelta::from_std(self.run.rules.first_wait).unwrap_or_default()
    }

    async fn claim(&self) -> Result<Option<Mail>, PressError> {
        if self.run.stop.load(Ordering::Acquire) {
            return Ok(None);
        }
        let now = self.run.clock.now();
        Ok(self.run.store.claim_mail(&self.lease(), self.first_wait(), now).await?)
    }

    /// Renews the lease for as long as the work lasts.
    async fn alive<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.beat() => match never {},
        }
    }

    async fn beat(&self) -> Infallible {
        loop {
            tokio::time::sleep(self.run.rules.lease / 3).await;
            if self.run.store.renew_mails(&self.lease()).await.is_err() {
                tracing::warn!("the lease of a mail was not renewed");
            }
        }
    }

    /// Brings one mail to the end of this try.
    async fn carry(
        &self,
        line: &mut Line<'_, '_>,
        mail: &Mail,
        mailed: &mut Mailed,
    ) -> Result<Gone, PressError> {
        let now = self.run.clock.now();
        if let Some(due) = self.paced(mail, now).await? {
            self.run.store.unclaim_mail(mail.id, &self.holder, due).await?;
            return Ok(Gone::On);
        }
        let letter = match self.letter(mail) {
            Ok(letter) => letter,
            Err(error) => {
                let reply = Reply { step: Step::Content, code: 0, enhanced: None, text: error.to_string() };
                self.close(mail, &reply, Outcome::Refused, mailed).await?;
                return Ok(Gone::On);
            }
        };
        let tray = Tray::new(letter, mail.attempts, now, None);
        loop {
            let Some(reply) = self.try_once(line, &tray, mail).await? else {
                self.run.store.unclaim_mail(mail.id, &self.holder, Instant::UNIX_EPOCH).await?;
                return Ok(Gone::Enough);
            };
            let judgement = judge(&reply, &self.tries(mail), self.run.clock.now());
            if let Verdict::Delivery(outcome) = judgement.verdict {
                line.well();
                if outcome == Outcome::Sent && line.took_one() {
                    self.run.store.unnotice(&line.notice_key()).await?;
                }
                self.close(mail, &reply, outcome, mailed).await?;
                self.tell_the_lane(mail, judgement.domain).await?;
                return Ok(Gone::On);
            }
            // Nobody can have it.
            if !self.trouble(line, mail, &reply).await? {
                return Ok(Gone::Enough);
            }
        }
    }

    /// One conversation; `None` if the run was stopped, or the mail was lost to another run.
    async fn try_once(
        &self,
        line: &mut Line<'_, '_>,
        tray: &Tray,
        mail: &Mail,
    ) -> Result<Option<Reply>, PressError> {
        match line.prepare(self.run, self.run.stop, tray).await? {
            Prepared::Stopped => return Ok(None),
            Prepared::Answered(reply) => return Ok(Some(reply)),
            Prepared::Ready => {}
        }
        if let Err(reply) = line.begin(tray).await {
            return Ok(Some(reply));
        }
        if !self.run.store.open_mail(mail.id, &self.holder, self.run.clock.now()).await? {
            // What was begun is dropped with the connection.
            line.drop_it();
            return Ok(None);
        }
        Ok(Some(line.finish(tray, None).await))
    }

    /// Tells of a relay's trouble, and waits for the next try; false if no way is worth one.
    async fn trouble(&self, line: &mut Line<'_, '_>, mail: &Mail, reply: &Reply) -> Result<bool, PressError> {
        let (store, now) = (self.run.store, self.run.clock.now());
        if !line.is_sated() && line.first_told() {
            tracing::warn!(relay = line.name(), reply.step = ?reply.step, reply.code, reply.enhanced, "relay trouble");
            store.notice(&line.notice_key(), &line.trouble(reply), now).await?;
        }
        let Some(until) = line.rest(&self.run.rules.pauses, reply) else {
            let rest = line.sated_until().unwrap_or(now + REST);
            store.rest_mails(rest).await?;
            // Perhaps it is the mail, or its sender: the others go first.
            let due = rest + (REST_OF_THE_CAUSE - REST);
            store.unclaim_mail(mail.id, &self.holder, due).await?;
            return Ok(false);
        };
        while Moment::now() < until && !self.run.stop.load(Ordering::Acquire) {
            let left = until - Moment::now();
            tokio::time::sleep(left.min(std::time::Duration::from_millis(200))).await;
        }
        Ok(true)
    }

    fn tries(&self, mail: &Mail) -> Tries {
        Tries {
            attempts: mail.attempts,
            delivery: DeliveryId(mail.id.0),
            expires_at: mail.new.expires_at,
            first_wait: self.first_wait(),
        }
    }

    async fn close(
        &self,
        mail: &Mail,
        reply: &Reply,
        outcome: Outcome,
        mailed: &mut Mailed,
    ) -> Result<(), PressError> {
        let (id, purpose) = (mail.id.0, mail.new.purpose.as_str());
        if outcome == Outcome::Sent {
            mailed.sent += 1;
            tracing::debug!(mail.id = id, purpose, reply.code, "sent");
        } else {
            mailed.failed += 1;
            let (code, enhanced) = (reply.code, reply.enhanced.as_deref());
            tracing::warn!(
                mail.id = id,
                purpose,
                reply.code = code,
                reply.enhanced = enhanced,
                ?outcome,
                "not sent"
            );
        }
        let (store, now) = (self.run.store, self.run.clock.now());
        Ok(store.close_mail(mail, &self.holder, (reply, outcome), self.first_wait(), now).await?)
    }

    /// When the pace of the recipient's domain lets the mail go, if that is not now; a moment is waited for.
    async fn paced(&self, mail: &Mail, now: Instant) -> Result<Option<Instant>, PressError> {
        let (key, rules) = self.run.rules.providers.of(mail.new.to.domain());
        if rules.per_second.is_none() && !self.run.store.lanes().await?.contains_key(key) {
            return Ok(None);
        }
        let slots = self.run.store.with_lanes(|lanes| {
            let lane = lanes.entry(key.to_owned()).or_insert(Lane::new(now));
            plan(lane, rules.per_second, 1, now, HORIZON)
        });
        Ok(match slots.await?.first() {
            Some(Slot::Later { due_at }) => Some(*due_at),
            Some(Slot::Go { not_before }) => {
                tokio::time::sleep((*not_before - now).to_std().unwrap_or_default()).await;
                None
            }
            None => None,
        })
    }

    /// What was said of the recipient's domain slows the letters of editions down too.
    async fn tell_the_lane(&self, mail: &Mail, effect: DomainEffect) -> Result<(), PressError> {
        if matches!(effect, DomainEffect::None | DomainEffect::Well) {
            return Ok(());
        }
        let (key, now) = (self.run.rules.providers.of(mail.new.to.domain()).0, self.run.clock.now());
        let heed = self.run.store.with_lanes(|lanes| {
            lanes.entry(key.to_owned()).or_insert(Lane::new(now)).trouble(effect, now);
        });
        Ok(heed.await?)
    }

    /// The same letter at every try: its date is when the mail was written.
    fn letter(&self, mail: &Mail) -> Result<Letter, PressError> {
        let (new, domain) = (&mail.new, mail.new.from.address.domain());
        let imprint = Imprint {
            from: new.from.clone(),
            reply_to: new.reply_to.clone(),
            list: None,
            date: mail.created_at,
            zone: chrono_tz::Tz::UTC,
        };
        let recipient = Recipient {
            delivery: DeliveryId(mail.id.0),
            address: new.to.clone(),
            name: new.to_name.clone(),
            // A return path of a delivery would make its bounce somebody else's.
            return_path: None,
            message_id: format!("mail.{}.{}@{domain}", mail.id, mail.token),
            unsubscribe: String::new(),
            preferences: String::new(),
        };
        let mut letter = Plate::new(&new.message, &imprint)?.letter(&recipient)?;
        if let Some(signer) = signer_of(self.signers, &new.from.address) {
            signer.sign(&mut letter)?;
        }
        Ok(letter)
    }
}

/// The signer of a sender: of several whose domains cover the sender's, the one that is nearest.
#[must_use]
pub fn signer_of<'s>(signers: &'s [Signer], sender: &EmailAddress) -> Option<&'s Signer> {
    let covering = signers.iter().filter(|signer| signer.covers(sender.domain()));
    covering.max_by_key(|signer| signer.domain().len())
}
