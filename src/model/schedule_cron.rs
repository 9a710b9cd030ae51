//! One cron expression as bit masks, and the search for matching wall-clock times; zones come in above it.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};

/// The years in which the calendar repeats itself, weekdays included.
const CYCLE: std::ops::Range<i32> = 2000..2400;

/// A cron expression of five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    /// Bits 0 to 59; never empty.
    pub(super) minutes: u64,
    /// Bits 0 to 23; never empty.
    pub(super) hours: u32,
    pub(super) days: Dates,
    /// Bits 1 to 12.
    pub(super) months: u32,
    pub(super) weekdays: Weekdays,
    /// Whether a day must fit both the dates and the weekdays, or one of them.
    pub(super) both: bool,
    /// Whether it runs at fixed times, or whenever the clock shows what matches.
    pub(super) fixed: bool,
}

/// The field of the day of the month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dates {
    /// Bits 1 to 31.
    pub(super) listed: u32,
    /// `L`: the last day.
    pub(super) last: bool,
    /// `LW`: the last day from Monday to Friday.
    pub(super) last_working: bool,
}

/// The field of the weekday; in each mask bit 0 is Sunday and bit 6 Saturday.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Weekdays {
    /// Every week.
    pub(super) every: u8,
    /// `#1` to `#5`: the first to the fifth of the month.
    pub(super) nth: [u8; 5],
    /// `L`: the last of the month.
    pub(super) last: u8,
}

impl Dates {
    fn in_month(&self, first_weekday: u32, length: u32) -> u64 {
        let mut days = u64::from(self.listed);
        if self.last {
            days |= 1 << length;
        }
        if self.last_working {
            let back = match (first_weekday + length - 1) % 7 {
                0 => 2,
                6 => 1,
                _ => 0,
            };
            days |= 1 << (length - back);
        }
        days
    }
}

impl Weekdays {
    fn in_month(&self, first_weekday: u32, length: u32) -> u64 {
        let mut days = 0;
        for weekday in 0..7 {
            let bit = 1 << weekday;
            let first = 1 + (weekday + 7 - first_weekday) % 7;
            if self.every & bit != 0 {
                days |= 0x1020_4081 << first;
            }
            for (weeks, nth) in (0..).zip(&self.nth) {
                if nth & bit != 0 {
                    days |= 1 << (first + 7 * weeks);
                }
            }
            if self.last & bit != 0 {
                days |= 1 << (first + if first + 28 <= length { 28 } else { 21 });
            }
        }
        days
    }
}

impl Cron {
    /// Returns whether any day of the calendar matches.
    pub(super) fn comes(&self) -> bool {
        CYCLE.into_iter().any(|year| (1..=12).any(|month| self.days_in(year, month) != 0))
    }

    /// Returns whether a wall-clock time matches, seconds apart.
    #[cfg(test)]
    pub(super) fn matches(&self, wall: NaiveDateTime) -> bool {
        self.minutes >> wall.minute() & 1 == 1
            && self.hours >> wall.hour() & 1 == 1
            && self.days_in(wall.year(), wall.month()) >> wall.day() & 1 == 1
    }

    /// Returns the first matching minute at or after a whole minute, in no later year than `until`.
    pub(super) fn at_or_after(&self, from: NaiveDateTime, until: i32) -> Option<NaiveDateTime> {
        let (mut year, mut month, day) = (from.year(), from.month(), from.day());
        let mut days = self.days_in(year, month) & (!0 << day);
        if days >> day & 1 == 1 {
            if let Some(minute) = self.time_from(from.hour(), from.minute()) {
                return wall(year, month, day, minute);
            }
            days &= days - 1;
        }
        while days == 0 {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            if year > until {
                return None;
            }
            days = self.days_in(year, month);
        }
        wall(year, month, days.trailing_zeros(), self.first_time())
    }

    /// Returns the last matching minute at or before a whole minute, in no earlier year than `since`.
    pub(super) fn at_or_before(&self, upto: NaiveDateTime, since: i32) -> Option<NaiveDateTime> {
        let (mut year, mut month, day) = (upto.year(), upto.month(), upto.day());
        let mut days = self.days_in(year, month) & ((2 << day) - 1);
        if days >> day & 1 == 1 {
            if let Some(minute) = self.time_upto(upto.hour(), upto.minute()) {
                return wall(year, month, day, minute);
            }
            days &= !(1 << day);
        }
        while days == 0 {
            (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
            if year < since {
                return None;
            }
            days = self.days_in(year, month);
        }
        wall(year, month, days.ilog2(), self.last_time())
    }

    /// The days of a month that match, bits 1 to 31.
    fn days_in(&self, year: i32, month: u32) -> u64 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else { return 0 };
        let (weekday, length) =
            (first.weekday().num_days_from_sunday(), u32::from(first.num_days_in_month()));
        let dates = self.days.in_month(weekday, length);
        let weekdays = self.weekdays.in_month(weekday, length);
        let days = if self.both { dates & weekdays } else { dates | weekdays };
        days & ((2 << length) - 2)
    }

    /// The first minute of the day that matches, at or after a time.
    fn time_from(&self, hour: u32, minute: u32) -> Option<u32> {
        let rest = self.minutes & (!0 << minute);
        if self.hours >> hour & 1 == 1 && rest != 0 {
            return Some(hour * 60 + rest.trailing_zeros());
        }
        let later = self.hours & (!1 << hour);
        (later != 0).then(|| later.trailing_zeros() * 60 + self.minutes.trailing_zeros())
    }

    /// The last minute of the day that matches, at or before a time.
    fn time_upto(&self, hour: u32, minute: u32) -> Option<u32> {
        let rest = self.minutes & ((2 << minute) - 1);
        if self.hours >> hour & 1 == 1 && rest != 0 {
            return Some(hour * 60 + rest.ilog2());
        }
        let earlier = self.hours & ((1 << hour) - 1);
        (earlier != 0).then(|| earlier.ilog2() * 60 + self.minutes.ilog2())
    }

    const fn first_time(&self) -> u32 {
        self.hours.trailing_zeros() * 60 + self.minutes.trailing_zeros()
    }

    const fn last_time(&self) -> u32 {
        self.hours.ilog2() * 60 + self.minutes.ilog2()
    }
}

fn wall(year: i32, month: u32, day: u32, minute: u32) -> Option<NaiveDateTime> {
    let midnight = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)?;
    midnight.checked_add_signed(TimeDelta::minutes(i64::from(minute)))
}
