//! Schedules: when a digest is due, written in cron or in words, and the slots that follow from it.
//!
//! A slot is computed from three things alone: the schedule, the zone and an instant. There is no state, so that
//! machines that agree on the last slot agree on the next one.
//!
//! # Where clocks are put forward or back
//!
//! The rule is that of Debian's cron. Where neither the minute nor the hour field begins with `*`, the times are
//! *fixed*: a person chose them, and means them once a day. One that the clock skips runs right after the gap, in the
//! first minute that exists; one that the clock shows twice runs the first time only. Any other schedule follows the
//! clock: it runs whenever the clock shows a time that matches, so that skipped times do not run and repeated ones
//! run twice, and every quarter of an hour stays every quarter of an hour.
//!
//! Two times that would fall on one instant (both in the gap, or one in it and one right after it) are one slot.
//!
//! # Days
//!
//! Where the day of the month or the weekday begins with `*`, a day must fit both fields; otherwise one is enough:
//! `0 0 13 * FRI` is every 13th and every Friday, `0 0 */2 * FRI` every Friday on an odd day.
//!
//! # Why no crate
//!
//! `croner` parses and computes as well, and was weighed. It puts days together by another rule (`*/2` is no star to
//! it), refuses `5/10` unless `/10` is right as well, takes `1,,2`, and does not say which field holds a mistake, nor
//! what was meant. Zones would have stayed ours: there it is hardest to agree with cron. What stands in
//! `schedule_cron` instead are bit masks: the days of a month that match are one number.

use std::fmt;

use chrono_tz::Tz;

use super::Instant;
use super::schedule_cron::Cron;
use super::schedule_error::ScheduleError;
use super::{schedule_fields, schedule_speech, schedule_wall, schedule_words};

/// When something is due: cron expressions, or words that mean some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    /// One or more; a slot of any is a slot of the schedule.
    crons: Vec<Cron>,
}

impl Schedule {
    /// Parses a cron expression of five fields (`30 6 * * 1-5`), a nickname (`@daily`) or words (`weekdays at 06:30`).
    ///
    /// What would never come, such as 30 February, is refused.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut crons = Vec::new();
        if is_cron(&text) {
            crons.push(schedule_fields::parse(&text)?);
        } else {
            for expression in schedule_words::expressions(&text)? {
                let cron = schedule_fields::parse(&expression).map_err(|error| error.about(&text))?;
                if !crons.contains(&cron) {
                    crons.push(cron);
                }
            }
        }
        Ok(Self { text, crons })
    }

    /// Returns the first slot strictly after an instant; `None` if there is none within fifty years.
    ///
    /// That happens only where the zone skips each of the local times.
    #[must_use]
    pub fn next(&self, zone: Tz, after: Instant) -> Option<Instant> {
        self.crons.iter().filter_map(|cron| schedule_wall::next(cron, zone, after)).min()
    }

    /// Returns the last slot at or before an instant; `None` if there is none within fifty years.
    #[must_use]
    pub fn last(&self, zone: Tz, upto: Instant) -> Option<Instant> {
        self.crons.iter().filter_map(|cron| schedule_wall::last(cron, zone, upto)).max()
    }

    /// Returns the slots strictly after an instant, in order.
    pub fn slots(&self, zone: Tz, after: Instant) -> impl Iterator<Item = Instant> + '_ {
        std::iter::successors(self.next(zone, after), move |slot| self.next(zone, *slot))
    }

    /// True if both have the same slots in any zone, however they are written.
    #[must_use]
    pub fn means(&self, other: &Self) -> bool {
        let among = |crons: &[Cron], cron: &Cron| crons.contains(cron);
        self.crons.iter().all(|cron| among(&other.crons, cron))
            && other.crons.iter().all(|cron| among(&self.crons, cron))
    }

    /// The text as it was given, blanks apart.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says in English what it means, as a clause: "on weekdays at 06:30".
    #[must_use]
    pub fn describe(&self) -> String {
        schedule_speech::describe(&self.crons)
    }
}

/// Whether a text is meant as a cron expression: it has a star, or begins with two fields of nothing but figures.
fn is_cron(text: &str) -> bool {
    let words = || text.split(' ');
    let figures = |word: &str| word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'/' | b',' | b'-'));
    words().any(|word| word.starts_with('*')) || (words().count() > 1 && words().take(2).all(figures))
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Self::parse(text)
    }
}

impl serde::Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
