//! From the clock on the wall to instants: which of them a cron expression means where clocks are put forward or back.

use chrono::{Datelike as _, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Timelike as _};
use chrono_tz::{GapInfo, Tz};

use super::Instant;
use super::schedule_cron::Cron;

/// How many years to look for a slot; the calendar itself never needs more than forty (29 February, a Monday).
const YEARS: i32 = 50;

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// What a wall-clock minute is in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The clock skips it; the first whole minute that exists after it, if it is known.
    Skipped(Option<Instant>),
    /// It is one instant.
    Once(Instant),
    /// The clock shows it twice, first and second.
    Twice(Instant, Instant),
}

/// Finds out what a wall-clock minute is in a zone.
pub(super) fn moment(zone: Tz, wall: NaiveDateTime) -> Moment {
    match zone.from_local_datetime(&wall) {
        chrono::LocalResult::Single(one) => Moment::Once(one.to_utc()),
        chrono::LocalResult::Ambiguous(first, second) => Moment::Twice(first.to_utc(), second.to_utc()),
        chrono::LocalResult::None => {
            let end = GapInfo::new(&wall, &zone).and_then(|gap| gap.end);
            // Before there were zones, clocks were put forward by odd seconds.
            Moment::Skipped(
                end.map(|end| end.to_utc() + TimeDelta::seconds(i64::from((60 - end.second()) % 60))),
            )
        }
    }
}

/// Returns the first slot strictly after an instant; `None` if there is none in the next fifty years.
pub(super) fn next(cron: &Cron, zone: Tz, after: Instant) -> Option<Instant> {
    let wall = wall_minute(zone, after)?;
    let mut from = match moment(zone, wall) {
        // Clocks are about to go back: what the wall showed up to now may come again.
        Moment::Twice(first, second) if after < second => wall - (second - first) + MINUTE,
        Moment::Twice(..) | Moment::Once(_) | Moment::Skipped(_) => wall.checked_add_signed(MINUTE)?,
    };
    let until = wall.year().saturating_add(YEARS);
    let mut best = None;
    while let Some(wall) = cron.at_or_after(from, until) {
        let slots = slots(cron, moment(zone, wall));
        best = slots.into_iter().flatten().filter(|slot| *slot > after).chain(best).min();
        // A second pass was found first; a later wall time may still have its first pass before it.
        if best.is_some() && slots[0].is_some_and(|first| Some(first) >= best) {
            break;
        }
        from = wall.checked_add_signed(MINUTE)?;
    }
    best
}

/// Returns the last slot at or before an instant; `None` if there is none in the last fifty years.
pub(super) fn last(cron: &Cron, zone: Tz, upto: Instant) -> Option<Instant> {
    let wall = wall_minute(zone, upto)?;
    let mut from = match moment(zone, wall) {
        // Clocks have gone back: the first pass went on to later wall times than this.
        Moment::Twice(first, second) if upto >= second => wall + (second - first),
        Moment::Twice(..) | Moment::Once(_) | Moment::Skipped(_) => wall,
    };
    let since = wall.year().saturating_sub(YEARS);
    let mut best = None;
    while let Some(wall) = cron.at_or_before(from, since) {
        let slots = slots(cron, moment(zone, wall));
        best = slots.into_iter().flatten().filter(|slot| *slot <= upto).chain(best).max();
        let latest = slots[1].or(slots[0]);
        // A first pass was found first; an earlier wall time may still have its second pass after it.
        if best.is_some() && latest.is_some_and(|latest| Some(latest) <= best) {
            break;
        }
        from = wall.checked_sub_signed(MINUTE)?;
    }
    best
}

/// The instants at which a cron expression runs for a wall-clock minute that matches it: Debian cron's rule.
const fn slots(cron: &Cron, moment: Moment) -> [Option<Instant>; 2] {
    match (moment, cron.fixed) {
        (Moment::Once(one), _) | (Moment::Twice(one, _), true) => [Some(one), None],
        (Moment::Twice(first, second), false) => [Some(first), Some(second)],
        (Moment::Skipped(end), true) => [end, None],
        (Moment::Skipped(_), false) => [None, None],
    }
}

/// What the clock on the wall shows at an instant, without seconds.
fn wall_minute(zone: Tz, at: Instant) -> Option<NaiveDateTime> {
    let utc = at.naive_utc();
    let wall = utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix())?;
    wall.with_second(0)?.with_nanosecond(0)
}

#[cfg(test)]
#[path = "schedule_wall_tests.rs"]
mod tests;
