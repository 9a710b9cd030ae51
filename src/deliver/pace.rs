//! How fast letters leave: a lane for each relay and each provider, on which letters are given their times.
//!
//! A lane is one row that all processes share; each reads it, plans and writes it back in one transaction. Its
//! instants need microseconds: stored coarser, neighbours fall together.
//!
//! Invariants, whatever the calls, their clocks and their order:
//! * The `not_before` times that a lane gives out lie at least `1/rate` apart, so in no window are there more than
//!   `rate × window + 1` of them. Nothing is saved up: a pause, however long, is followed by no burst.
//! * No time lies before the `now` of the call that gave it out.
//! * A letter that is pushed is due no earlier than the first time that is free, and no two pushed ones are due at
//!   once; if nobody jumps in, each is touched once more and then goes.
//! * A held lane gives out no `not_before` at all.

use chrono::TimeDelta;

use super::verdict::DomainEffect;
use crate::model::{Instant, Lane};

/// When a letter may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// In this round, not before this instant.
    Go {
        /// The earliest instant.
        not_before: Instant,
    },
    /// Not in this round: back to the queue, to be asked for again at this instant.
    Later {
        /// When it is due.
        due_at: Instant,
    },
}

/// Between letters that are pushed where no rate parts them.
const SPREAD: TimeDelta = TimeDelta::milliseconds(100);
/// Google wants ten minutes of silence after a 4.7.28 (MAIL-RULES S9).
const SLOW_HOLD: TimeDelta = TimeDelta::minutes(10);
const TROUBLE_HOLD: TimeDelta = TimeDelta::minutes(5);
const BLOCKED_HOLD: TimeDelta = TimeDelta::hours(1);
const LONGEST_HOLD: TimeDelta = TimeDelta::hours(4);
/// So many refusals in a row are no chance (MAIL-RULES B9).
const IN_A_ROW: u32 = 5;
/// After a hold one connection more is allowed each minute (MAIL-RULES S9).
const RAMP_STEP: TimeDelta = TimeDelta::minutes(1);
/// Where the ramp ends if no rule says it: Postfix's limit for one destination.
const RAMP_TOP: usize = 20;

/// Gives each of `wanted` letters its time, in order: consecutive times within `horizon` of now, and for the rest
/// when to ask again. `rate` is in letters per second; none, or one that is no positive number, is no limit.
#[must_use]
pub fn plan(
    lane: &mut Lane,
    rate: Option<f64>,
    wanted: usize,
    now: Instant,
    horizon: TimeDelta,
) -> Vec<Slot> {
    let apart = rate.and_then(interval);
    let held = lane.held_until.filter(|until| *until > now);
    let last = later(now, horizon.max(TimeDelta::zero()));
    let mut slots = Vec::with_capacity(wanted);
    while slots.len() < wanted {
        let free = if apart.is_some() { lane.next_at.max(now) } else { now };
        if held.is_none() && free <= last {
            if let Some(apart) = apart {
                lane.next_at = later(free, apart);
            }
            slots.push(Slot::Go { not_before: free });
        } else {
            let due_at = lane.pushed_at.max(free).max(held.unwrap_or(free));
            lane.pushed_at = later(due_at, apart.unwrap_or(SPREAD));
            slots.push(Slot::Later { due_at });
        }
    }
    slots
}

impl Lane {
    /// Returns a lane on which nothing has happened yet.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { next_at: now, pushed_at: now, held_until: None, strikes: 0, failures: 0, day: 0, letters: 0 }
    }

    /// Takes note of what a reply said of the domain, good or bad, and holds the lane if it has to be.
    ///
    /// Slow holds at once for 10 minutes, five others in a row for 5 minutes, or an hour if the last was a block; each
    /// further hold is twice as long, up to 4 hours, until a letter is taken after the ramp.
    pub fn trouble(&mut self, effect: DomainEffect, now: Instant) {
        let base = match effect {
            DomainEffect::None => return,
            DomainEffect::Well => {
                self.failures = 0;
                if self.ramp(RAMP_TOP, now).is_none() {
                    self.strikes = 0;
                }
                return;
            }
            DomainEffect::Slow => SLOW_HOLD,
            DomainEffect::Trouble | DomainEffect::Blocked => {
                self.failures = self.failures.saturating_add(1);
                if self.failures < IN_A_ROW {
                    return;
                }
                if effect == DomainEffect::Blocked { BLOCKED_HOLD } else { TROUBLE_HOLD }
            }
        };
        // What was under way when the lane was held comes back refused too: one cause, one strike.
        if self.held_until.is_none_or(|until| until <= now) {
            self.strikes = self.strikes.saturating_add(1);
        }
        self.failures = 0;
        let doubled = 1_i32.checked_shl(self.strikes.saturating_sub(1).min(30)).unwrap_or(i32::MAX);
        let hold = base.checked_mul(doubled).unwrap_or(LONGEST_HOLD).min(LONGEST_HOLD);
        self.held_until = self.held_until.max(Some(later(now, hold)));
    }

    /// Returns how many connections may be open: none while held, then one, then one more each minute, until the rule
    /// (or 20) is reached; from then on the rule, or `None` for as many as anybody likes.
    #[must_use]
    pub fn connections_allowed(&self, rule: Option<usize>, now: Instant) -> Option<usize> {
        self.ramp(rule.unwrap_or(RAMP_TOP), now).or(rule)
    }

    /// How many connections are allowed while this is below `top`.
    fn ramp(&self, top: usize, now: Instant) -> Option<usize> {
        let since = now - self.held_until?;
        if since < TimeDelta::zero() {
            return Some(0);
        }
        let minutes = usize::try_from(since.num_seconds() / RAMP_STEP.num_seconds()).unwrap_or(usize::MAX);
        Some(minutes.saturating_add(1)).filter(|allowed| *allowed < top)
    }
}

/// The time between two letters, rounded up, so that the rate is never passed.
fn interval(rate: f64) -> Option<TimeDelta> {
    // A letter a day is the slowest there is.
    let micros = (1_000_000.0 / rate).ceil().min(86_400e6);
    (rate > 0.0).then(|| TimeDelta::microseconds((micros as i64).max(1)))
}

fn later(now: Instant, wait: TimeDelta) -> Instant {
    now.checked_add_signed(wait).unwrap_or(Instant::MAX_UTC)
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
