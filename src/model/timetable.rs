//! A timetable: when a digest is due, and under which conditions its slots bring editions.

use std::time::Duration;

use chrono::{Datelike as _, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::Serialize;

use super::{Instant, Schedule};

/// When a digest is due, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timetable {
    /// The times of day and days.
    pub schedule: Schedule,
    /// Whose clock they are read from.
    pub zone: SlotZone,
    /// A slot that could not be kept brings an edition if it is less than this late.
    pub catch_up: Duration,
    /// Days on which no slot brings an edition.
    pub quiet: Vec<QuietDay>,
    /// The last day with slots.
    pub until: Option<NaiveDate>,
    /// What must be said before an edition goes out; `None` for nothing.
    pub approval: Option<Approval>,
}

/// Whose clock a schedule is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotZone {
    /// One zone for all.
    Fixed(Tz),
    /// Each reader's own; this one for readers who have named none.
    Subscriber {
        /// The zone of readers who have named none.
        otherwise: Tz,
    },
}

impl SlotZone {
    /// The zone of all, or of those who have named none.
    #[must_use]
    pub const fn home(self) -> Tz {
        match self {
            Self::Fixed(zone) | Self::Subscriber { otherwise: zone } => zone,
        }
    }

    /// True if each reader's own clock counts.
    #[must_use]
    pub const fn is_subscribers(self) -> bool {
        matches!(self, Self::Subscriber { .. })
    }
}

impl std::fmt::Display for SlotZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(zone) => f.write_str(zone.name()),
            Self::Subscriber { otherwise } => write!(f, "subscriber ({otherwise} where unknown)"),
        }
    }
}

impl Serialize for SlotZone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(zone) => serializer.serialize_str(zone.name()),
            Self::Subscriber { .. } => serializer.serialize_str("subscriber"),
        }
    }
}

/// A day, by the clock of the readers, on which nothing is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuietDay {
    /// Each week.
    Weekly(Weekday),
    /// Each year.
    Yearly {
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
    },
    /// Once.
    Once(NaiveDate),
}

impl QuietDay {
    /// True if the day is this one.
    #[must_use]
    pub fn is(self, date: NaiveDate) -> bool {
        match self {
            Self::Weekly(weekday) => date.weekday() == weekday,
            Self::Yearly { month, day } => (date.month(), date.day()) == (month, day),
            Self::Once(day) => date == day,
        }
    }

    /// Reads a weekday (`sunday`, `sun`), a day of every year (`12-25`) or one day (`2026-12-25`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(weekday) = text.parse() {
            return Some(Self::Weekly(weekday));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self::Once(date));
        }
        // A leap year, so that the last of February may be quiet.
        let date = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d").ok()?;
        Some(Self::Yearly { month: date.month(), day: date.day() })
    }
}

impl std::fmt::Display for QuietDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Weekly(weekday) => f.write_str(match weekday {
                Weekday::Mon => "monday",
                Weekday::Tue => "tuesday",
                Weekday::Wed => "wednesday",
                Weekday::Thu => "thursday",
                Weekday::Fri => "friday",
                Weekday::Sat => "saturday",
                Weekday::Sun => "sunday",
            }),
            Self::Yearly { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Once(date) => write!(f, "{date}"),
        }
    }
}

impl Serialize for QuietDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// That somebody must say yes before an edition goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// How long after the slot there is time to say so.
    pub within: Duration,
    /// What happens when nothing was said.
    pub otherwise: Otherwise,
}

/// What happens to an edition about which nothing was said in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Otherwise {
    /// It goes out.
    Send,
    /// It does not, and its articles go into the next.
    Skip,
}

impl Otherwise {
    /// The word that the store and the configuration use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Skip => "skip",
        }
    }
}

impl Timetable {
    /// True if nothing is published on the day that it is in `zone` at `slot`.
    #[must_use]
    pub fn is_quiet(&self, zone: Tz, slot: Instant) -> bool {
        let date = slot.with_timezone(&zone).date_naive();
        self.quiet.iter().any(|day| day.is(date))
    }

    /// True if the digest has ended by the day that it is in `zone` at `slot`.
    #[must_use]
    pub fn has_ended(&self, zone: Tz, slot: Instant) -> bool {
        self.until.is_some_and(|last| slot.with_timezone(&zone).date_naive() > last)
    }

    /// The next slot after an instant by the clock of one zone, be it quiet or not; `None` if there is none.
    #[must_use]
    pub fn next_in(&self, zone: Tz, after: Instant) -> Option<Instant> {
        self.schedule.next(zone, after).filter(|slot| !self.has_ended(zone, *slot))
    }

    /// The next slot after an instant by the clocks of all these zones.
    #[must_use]
    pub fn next(&self, zones: &[Tz], after: Instant) -> Option<Instant> {
        zones.iter().filter_map(|zone| self.next_in(*zone, after)).min()
    }

    /// When the readers of an edition have their next slot after an instant: the last of these zones, so that nobody there
    /// has had anything newer; the zone of all without any. A name that is none is that of readers who have named none.
    #[must_use]
    pub fn next_for(&self, zones: Option<&[String]>, after: Instant) -> Option<Instant> {
        let home = self.zone.home();
        match zones {
            None | Some([]) => self.next_in(home, after),
            Some(zones) => {
                let zones = zones.iter().map(|zone| zone.parse().unwrap_or(home));
                zones.filter_map(|zone| self.next_in(zone, after)).max()
            }
        }
    }

    /// The next slot after an instant that is not on a quiet day, for people; looks a hundred slots ahead.
    #[must_use]
    pub fn next_loud(&self, zone: Tz, after: Instant) -> Option<Instant> {
        let mut slot = self.next_in(zone, after)?;
        for _ in 0..100 {
            if !self.is_quiet(zone, slot) {
                return Some(slot);
            }
            slot = self.next_in(zone, slot)?;
        }
        None
    }
}
