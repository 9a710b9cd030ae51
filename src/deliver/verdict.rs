//! What a reply means for a delivery: a pure table over step, code and the number of tries.

use chrono::TimeDelta;

use crate::model::{Instant, Outcome, Reply, Step};

/// What a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The attempt is the delivery's: this is how it leaves it.
    Delivery(Outcome),
    /// The relay's own trouble: no delivery is touched, the letter is as if never tried.
    Relay,
}

/// The wait after a first temporary refusal (RFC 5321 §4.5.4.1; MAIL-RULES S7).
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

/// Judges a reply.
///
/// `attempts` is the number of tries before this one: a temporary refusal waits 5 minutes after the first try and
/// twice as long after each further one, at most 4 hours.
#[must_use]
pub fn verdict(reply: &Reply, attempts: u32, now: Instant) -> Verdict {
    // RFC 5321 §3.8: the service is closing, whatever it was asked. RFC 4954 §6: it wants a login that it did not get.
    if matches!(reply.code, 421 | 530 | 535 | 538) {
        return Verdict::Relay;
    }
    match reply.step {
        Step::Connect | Step::Greeting | Step::Tls | Step::Auth | Step::Sender => Verdict::Relay,
        Step::Recipient | Step::Content => match reply.code {
            400..=499 => Verdict::Delivery(Outcome::Deferred { until: now + wait(attempts) }),
            500..=599 => Verdict::Delivery(Outcome::Refused),
            // Lost before the final dot, or an answer out of step: nobody can have the letter.
            0..=399 | 600.. => Verdict::Relay,
        },
        Step::FinalDot => match reply.code {
            200..=299 => Verdict::Delivery(Outcome::Sent),
            400..=499 => Verdict::Delivery(Outcome::Deferred { until: now + wait(attempts) }),
            500..=599 => Verdict::Delivery(Outcome::Refused),
            // RFC 5321 §4.5.3.2.6: the relay may have it.
            0..=199 | 300..=399 | 600.. => Verdict::Delivery(Outcome::Uncertain),
        },
    }
}

fn wait(attempts: u32) -> TimeDelta {
    let doubled = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
    FIRST_WAIT.checked_mul(doubled).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_STEP: [Step; 8] = [
        Step::Connect,
        Step::Greeting,
        Step::Tls,
        Step::Auth,
        Step::Sender,
        Step::Recipient,
        Step::Content,
        Step::FinalDot,
    ];

    fn said(step: Step, code: u16) -> Reply {
        Reply { step, code, enhanced: None, text: String::new() }
    }

    fn judge(step: Step, code: u16) -> Verdict {
        verdict(&said(step, code), 0, Instant::UNIX_EPOCH)
    }

    fn deferred(minutes: i64) -> Verdict {
        Verdict::Delivery(Outcome::Deferred { until: Instant::UNIX_EPOCH + TimeDelta::minutes(minutes) })
    }

    #[test]
    fn only_the_recipient_and_the_content_are_about_the_delivery() {
        for code in [0, 250, 354, 421, 450, 451, 454, 500, 530, 535, 550, 554, 571] {
            for step in [Step::Connect, Step::Greeting, Step::Tls, Step::Auth, Step::Sender] {
                assert_eq!(judge(step, code), Verdict::Relay, "{step:?} {code}");
            }
        }
        for step in [Step::Recipient, Step::Content, Step::FinalDot] {
            for code in [550, 552, 553, 554, 571] {
                assert_eq!(judge(step, code), Verdict::Delivery(Outcome::Refused), "{step:?} {code}");
            }
            for code in [450, 451, 452] {
                assert_eq!(judge(step, code), deferred(5), "{step:?} {code}");
            }
        }
    }

    #[test]
    fn a_service_that_closes_touches_no_delivery_at_any_step() {
        for step in EVERY_STEP {
            assert_eq!(judge(step, 421), Verdict::Relay, "{step:?}");
        }
    }

    #[test]
    fn a_lost_connection_leaves_the_outcome_open_only_after_the_final_dot() {
        for step in EVERY_STEP {
            let expected =
                if step == Step::FinalDot { Verdict::Delivery(Outcome::Uncertain) } else { Verdict::Relay };
            assert_eq!(judge(step, 0), expected, "{step:?}");
        }
    }

    #[test]
    fn sent_means_a_yes_after_the_final_dot_and_nothing_else() {
        for step in EVERY_STEP {
            for code in [200, 250, 251, 299] {
                let sent = judge(step, code) == Verdict::Delivery(Outcome::Sent);
                assert_eq!(sent, step == Step::FinalDot, "{step:?} {code}");
            }
        }
        assert_eq!(judge(Step::FinalDot, 354), Verdict::Delivery(Outcome::Uncertain));
    }

    #[test]
    fn the_waits_double_from_five_minutes_to_four_hours() {
        for (attempts, minutes) in
            [(0, 5), (1, 10), (2, 20), (5, 160), (6, 240), (7, 240), (40, 240), (u32::MAX, 240)]
        {
            let found = verdict(&said(Step::Recipient, 450), attempts, Instant::UNIX_EPOCH);
            assert_eq!(found, deferred(minutes), "after {attempts}");
        }
    }
}
