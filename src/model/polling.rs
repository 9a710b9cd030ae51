//! Polling: when a source is asked again, as a pure rule.
//!
//! A source rests between two polls: the less often it changes, the longer. After a failure it is asked less often
//! still. What it or its failures forbid (`not_before`) holds whoever wants the news. While a hub pushes what is new, its
//! source is asked as rarely as any.

use std::time::Duration;

use chrono::{Datelike as _, TimeDelta, Timelike as _};

use super::{Instant, Source, SourceId};

/// The longest pause after failures, unless the source asks for a longer one or is polled more rarely anyway.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// A source that says that it has ended is asked once more after so long, in case that was a mistake.
const REMEMBRANCE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Doublings after which a second has become longer than a day.
const MOST_DOUBLINGS: u32 = 17;

/// How often sources are polled, at most and at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The rest of a source that changes all the time.
    pub fastest: Duration,
    /// The rest of a source that never changes; a shorter one than `fastest` counts as `fastest`.
    pub slowest: Duration,
}

/// What a poll found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// An article that is new, or one that has changed.
    Changed,
    /// Nothing that was not known.
    Unchanged,
    /// Trouble.
    Failed,
    /// The source says that it will never come back.
    Gone,
}

/// How often a source wishes to be asked; it holds where its declaration says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// Its document stays as it is for so long (`Cache-Control`, `Expires`, `ttl`); a day at most is believed.
    pub fresh_for: Option<Duration>,
    /// The hours (UTC) in which nobody should ask: bit 0 is midnight to one.
    pub quiet_hours: u32,
    /// The days (UTC) on which nobody should ask: bit 0 is Monday.
    pub quiet_days: u8,
}

impl Wish {
    /// The first instant from `at` on at which it may be asked; `at` if there is none.
    fn after_quiet(&self, at: Instant) -> Instant {
        let is_quiet = |at: &Instant| {
            self.quiet_hours >> at.hour() & 1 == 1
                || self.quiet_days >> at.weekday().num_days_from_monday() & 1 == 1
        };
        let next_hour = |at: &Instant| {
            let rest = 3_600_000 - at.timestamp_millis().rem_euclid(3_600_000);
            Some(*at + TimeDelta::milliseconds(rest))
        };
        // In eight days every hour of every weekday comes.
        let hours = std::iter::successors(Some(at), next_hour).take(8 * 24);
        hours.into_iter().find(|at| !is_quiet(at)).unwrap_or(at)
    }

    /// What both wish: the longer time, and all the quiet.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            fresh_for: self.fresh_for.max(other.fresh_for),
            quiet_hours: self.quiet_hours | other.quiet_hours,
            quiet_days: self.quiet_days | other.quiet_days,
        }
    }
}

/// When a source is polled again; without anything: at once, by whoever likes, with the rest that it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Next {
    /// When it is due; `None` for at once.
    pub poll: Option<Instant>,
    /// Nobody polls it before, whatever edition waits; `None` if anybody may.
    pub not_before: Option<Instant>,
    /// Its rest from now on; `None` keeps the one that it had.
    pub rest: Option<Duration>,
}

impl Bounds {
    /// Returns how long a source rests after a poll, without jitter: half as long as before when it has changed, a
    /// quarter longer when not.
    #[must_use]
    pub fn rest(&self, before: Option<Duration>, happened: Happened) -> Duration {
        let before = before.unwrap_or(self.fastest);
        let rest = match happened {
            Happened::Changed => before / 2,
            Happened::Unchanged => before.saturating_add(before / 4),
            Happened::Failed | Happened::Gone => before,
        };
        rest.clamp(self.fastest, self.slowest.max(self.fastest))
    }

    /// Returns how long nobody polls a source that has failed once more after so many failures in a row.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        self.fastest.saturating_mul(1 << failures.min(MOST_DOUBLINGS)).min(LONGEST_PAUSE)
    }

    /// Returns when `source` is polled again, after a poll that ended at `at` and an `asked` Retry-After.
    #[must_use]
    pub fn next(&self, source: &Source, happened: Happened, asked: Option<Duration>, at: Instant) -> Next {
        self.next_wished(source, happened, asked, &Wish::default(), at)
    }

    /// The same for one that has a wish. It shortens nothing, an edition asks all the same, and what the source's
    /// declaration says holds instead.
    #[must_use]
    pub fn next_wished(
        &self,
        source: &Source,
        happened: Happened,
        asked: Option<Duration>,
        wish: &Wish,
        at: Instant,
    ) -> Next {
        let adaptive = self.rest(source.rest, happened);
        let wished = adaptive.max(wish.fresh_for.unwrap_or_default().min(LONGEST_PAUSE));
        let pushed = self.pushed(source, happened, at).map_or(wished, |pushed| pushed.max(wished));
        let rest = source.every.unwrap_or(pushed);
        let dice = dice(source.id, at);
        let after = |wait: Duration| Some(at + jittered(wait, dice).max(asked.unwrap_or_default()));
        let (poll, not_before) = match happened {
            Happened::Changed | Happened::Unchanged => {
                let poll = after(rest);
                let poll = if source.every.is_none() { poll.map(|at| wish.after_quiet(at)) } else { poll };
                (poll, asked.map(|asked| at + asked))
            }
            Happened::Failed => {
                let pause = self.pause(source.health.failures);
                // By itself it is asked more rarely than an edition may ask for it.
                let slower = rest.max(pause).saturating_mul(2).min(LONGEST_PAUSE).max(rest);
                (after(slower), after(pause))
            }
            Happened::Gone => (after(REMEMBRANCE.max(rest)), after(REMEMBRANCE)),
        };
        Next { poll, not_before, rest: Some(adaptive) }
    }
}

impl Bounds {
    /// How long a source rests of which all was known, because it was pushed: no longer than its hub has promised to, and
    /// one rest more.
    fn pushed(&self, source: &Source, happened: Happened, at: Instant) -> Option<Duration> {
        let left = (source.pushed_until? - at).to_std().ok().filter(|left| !left.is_zero())?;
        let rest = left.saturating_add(self.rest(source.rest, happened));
        (happened == Happened::Unchanged).then(|| rest.min(self.slowest))
    }
}

/// Returns `wait`, up to a tenth longer or shorter as `dice` fall: what was polled together does not stay together.
#[must_use]
pub fn jittered(wait: Duration, dice: u64) -> Duration {
    const STEPS: u64 = 20_001;
    let tenth_of_ten_thousandths = u32::try_from(dice % STEPS).unwrap_or_default();
    wait / 10 * 9 + (wait / 100_000).saturating_mul(tenth_of_ten_thousandths)
}

/// Returns a number that looks drawn, the same for the same source and instant.
fn dice(source: SourceId, at: Instant) -> u64 {
    let mut mixed = source.0.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^= at.timestamp_millis().cast_unsigned();
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB)] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(factor);
    }
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
#[path = "polling_tests.rs"]
mod tests;
