//! What a reply means for the delivery, for the address and for the recipient's domain: a pure table over step, code,
//! enhanced code and words.
//!
//! Doubt is always decided for the reader: trouble that may be the relay's is the relay's, a refusal is no reason
//! never to write again, and a letter that may have arrived is not called lost.

use chrono::TimeDelta;

use super::words::Words;
use crate::model::{DeliveryId, Instant, Outcome, Reply, Step};

/// What a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// For the delivery.
    pub verdict: Verdict,
    /// For the address: true if it is certain that there is no such mailbox, so that it is never to be written to
    /// again. The outcome of this delivery is still [`Outcome::Refused`].
    pub suppress: bool,
    /// For the pace at which its domain is written to.
    pub domain: DomainEffect,
}

/// Whose the reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The attempt is the delivery's: this is how it leaves it.
    Delivery(Outcome),
    /// The relay's own trouble: no delivery is touched, the letter is as if never tried.
    Relay,
}

/// What a reply says of the recipient's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DomainEffect {
    /// Nothing: it was about one mailbox, about the letter, or not the domain's word.
    None,
    /// It takes letters.
    Well,
    /// It refuses for now, and not one mailbox alone.
    Trouble,
    /// It wants fewer letters, or slower.
    Slow,
    /// It refuses us or what we send, by policy or reputation.
    Blocked,
}

/// What is known of a delivery when a reply to it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// The tries before this one.
    pub attempts: u32,
    /// Which delivery; it only spreads the waits.
    pub delivery: DeliveryId,
    /// When it is given up.
    pub expires_at: Instant,
    /// The wait after the first temporary refusal; RFC 5321 §4.5.4.1 wants minutes at least.
    pub first_wait: TimeDelta,
}

/// The longest wait before its jitter (MAIL-RULES S7), unless the first is longer.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

const RELAY: Judgement = Judgement { verdict: Verdict::Relay, suppress: false, domain: DomainEffect::None };

/// Judges a reply.
///
/// A temporary refusal waits `first_wait` and up to a fifth more after the first try, twice as long after each
/// further one, at most 4 hours, and a fifth more or less; the wait follows from delivery and attempts alone. A
/// wait that would pass `expires_at` is cut short for one last try some `first_wait` before it, so that a digest gets
/// the whole of its time; only when there is no room for that one either it is [`Outcome::Expired`].
#[must_use]
pub fn judge(reply: &Reply, tries: &Tries, now: Instant) -> Judgement {
    let at_dot = match reply.step {
        Step::Connect | Step::Greeting | Step::Tls | Step::Auth | Step::Sender => return RELAY,
        Step::Recipient | Step::Content => false,
        Step::FinalDot => true,
    };
    let delivery =
        |outcome, domain| Judgement { verdict: Verdict::Delivery(outcome), suppress: false, domain };
    match reply.code {
        200..=299 if at_dot => delivery(Outcome::Sent, DomainEffect::Well),
        400..=599 => {
            let refusal = Refusal::of(reply);
            if refusal.is_the_relays_own() {
                return RELAY;
            }
            let outcome = if reply.code < 500 { tries.next(now) } else { Outcome::Refused };
            Judgement { suppress: refusal.proves_no_mailbox(), ..delivery(outcome, refusal.domain()) }
        }
        // RFC 5321 §4.5.3.2.6: the relay may have it.
        _ if at_dot => delivery(Outcome::Uncertain, DomainEffect::None),
        // Lost before the final dot, or an answer out of step: nobody can have the letter. A 251 or 252 at RCPT is a
        // yes (RFC 5321 §4.2.3), and never the last thing said of a letter that went on.
        _ => RELAY,
    }
}

/// A reply of 400 to 599 to a recipient or to content.
struct Refusal<'r> {
    reply: &'r Reply,
    /// Subject and detail of the enhanced code, whose class is that of the code (RFC 3463 §2).
    status: Option<(u16, u16)>,
    words: Words,
}

impl<'r> Refusal<'r> {
    fn of(reply: &'r Reply) -> Self {
        // qmail puts it at the end, as `(#5.1.1)`.
        let marked =
            || reply.text.rsplit_once("(#").and_then(|(_, rest)| rest.split_once(')')).map(|(code, _)| code);
        let status = reply.enhanced.as_deref().or_else(marked).and_then(|status| {
            let mut parts = status.split('.').map(|part| part.parse::<u16>().ok());
            let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
            (class == reply.code / 100).then_some((subject, detail))
        });
        Self { reply, status, words: Words::of(reply) }
    }

    const fn temporary(&self) -> bool {
        self.reply.code < 500
    }

    /// True if the relay speaks for itself: it will not have us, our sender or our letters, whoever they are for.
    fn is_the_relays_own(&self) -> bool {
        match self.reply.code {
            // RFC 5321 §3.8: the service is closing, whatever it was asked. But where a receiver's own mark for too
            // much mail stands in it, a relay passes on what the domain said: tried again at once on a new connection,
            // as after the relay's trouble, the letter would do just what was complained of. So that one is deferred.
            421 => !self.bears_a_receivers_mark(),
            // RFC 4954 §6: it wants a login that it did not get. RFC 5321 §4.2.4, §4.1.4: it and we are out of step.
            530 | 534 | 535 | 538 | 502 | 503 => true,
            _ => {
                // RFC 3463 §3.2: the sender's address. §3.4: the system is full, or misconfigured. Gmail's 5.4.5 and
                // Exchange's 5.1.90 are the account's daily quota; 4.5.3, with one recipient each, a connection's.
                let coded = match (self.temporary(), self.status) {
                    (_, Some((1, 7 | 8) | (3, 5)))
                    | (false, Some((4, 5) | (1, 90)))
                    | (true, Some((3, 1))) => true,
                    (true, Some((5, 3))) => self.reply.code == 452,
                    _ => false,
                };
                let relaying = self.reply.step == Step::Recipient && self.words.deny_relaying();
                coded
                    || relaying
                    || self.words.refuse_the_sender()
                    || self.words.want_a_login()
                    || self.words.speak_of_the_relays_quota()
            }
        }
    }

    /// Google's 4.7.28, Yahoo's 4.16.55 and [TSS04], Outlook's 4.7.650 and, where it is only for now, (S3150).
    fn bears_a_receivers_mark(&self) -> bool {
        let coded = match (self.temporary(), self.status) {
            (_, Some((7, 28) | (16, _))) | (true, Some((7, 500..=699))) => true,
            (_, Some(_) | None) => false,
        };
        coded || self.words.bear_yahoos_mark() || (self.temporary() && self.words.bear_outlooks_mark())
    }

    /// RFC 3463 §3.2 and §3.3: subjects 1 and 2 are about the address and the mailbox, but 1.2 is about the domain.
    /// A disabled account (RFC 5248 §2.4) and a closed group are the mailbox's too.
    fn is_about_one_mailbox(&self) -> bool {
        match self.status {
            Some((1, 2)) => false,
            Some((1 | 2, _) | (7, 2 | 13 | 124 | 133 | 134)) => true,
            Some(_) | None => self.words.speak_of_one_mailbox(),
        }
    }

    fn domain(&self) -> DomainEffect {
        let policy = match self.status {
            Some((7, _)) => true,
            // Exchange's "Access denied" for a mailbox that is not there.
            Some((4, _)) => false,
            Some(_) | None => self.words.speak_of_a_block(),
        };
        if self.bears_a_receivers_mark() {
            DomainEffect::Slow
        } else if self.is_about_one_mailbox() {
            DomainEffect::None
        } else if self.words.speak_of_speed() {
            DomainEffect::Slow
        } else if self.temporary() {
            DomainEffect::Trouble
        } else if policy {
            DomainEffect::Blocked
        } else {
            DomainEffect::None
        }
    }

    /// True if there is no such mailbox for certain (MAIL-RULES B3): unknown or moved by the enhanced code, or by
    /// 550, 551 and 553 at RCPT (RFC 5321 §4.2.3) where no word speaks of anything else.
    fn proves_no_mailbox(&self) -> bool {
        let said = match self.status {
            Some((1, 1 | 2 | 3 | 6 | 10) | (4, 4)) => true,
            Some(_) => false,
            None => self.reply.step == Step::Recipient && matches!(self.reply.code, 550 | 551 | 553),
        };
        !self.temporary() && said && !self.words.raise_doubts(self.status.is_some())
    }
}

impl Tries {
    /// Returns how a temporary refusal at `now` leaves the delivery.
    #[must_use]
    pub fn next(&self, now: Instant) -> Outcome {
        let first = self.first_wait.max(TimeDelta::seconds(1));
        let until = later(now, self.wait(first));
        if until <= self.expires_at {
            return Outcome::Deferred { until };
        }
        // An edition's deliveries expire together; their last tries shall not begin together.
        let last = self.expires_at.checked_sub_signed(stretched(first, 1.0 + self.chance()));
        match last.filter(|last| later(now, first) <= *last) {
            Some(until) => Outcome::Deferred { until },
            None => Outcome::Expired,
        }
    }

    /// The wait after this try, at least `first`.
    fn wait(&self, first: TimeDelta) -> TimeDelta {
        let doubled = 1_i32.checked_shl(self.attempts.min(30)).unwrap_or(i32::MAX);
        let longest = LONGEST_WAIT.max(first);
        let wait = first.checked_mul(doubled).unwrap_or(longest).min(longest);
        let jitter = if self.attempts == 0 { 1.0 + self.chance() / 5.0 } else { 0.8 + self.chance() * 0.4 };
        stretched(wait, jitter).max(first)
    }

    /// A number from 0 to 1 that follows from delivery and attempts alone, spread as chance would (`SplitMix64`).
    fn chance(&self) -> f64 {
        let seed = self.delivery.0.cast_unsigned() ^ u64::from(self.attempts).rotate_left(40);
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper 32 bits fit a float exactly.
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }
}

fn stretched(wait: TimeDelta, factor: f64) -> TimeDelta {
    // Milliseconds up to 2^53 are exact, and what is longer than time itself stays as it is.
    let ms = wait.num_milliseconds() as f64 * factor;
    TimeDelta::try_milliseconds(ms as i64).unwrap_or(wait)
}

fn later(now: Instant, wait: TimeDelta) -> Instant {
    now.checked_add_signed(wait).unwrap_or(Instant::MAX_UTC)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
