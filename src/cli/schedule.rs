//! `pressrun schedule`: when a schedule is due next, in its zone and in UTC.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{Datelike as _, SecondsFormat, TimeDelta};
use chrono_tz::Tz;

use super::args::{ScheduleArgs, SlotFormat};
use super::output;
use crate::model::{Instant, Schedule};

pub(super) fn run(schedule: &Schedule, args: &ScheduleArgs) -> anyhow::Result<ExitCode> {
    let now = chrono::Utc::now();
    let timetable =
        Timetable { schedule, zone: args.zone.unwrap_or(Tz::UTC), after: args.after.unwrap_or(now), now };
    timetable.print(args.count as usize, args.format, args.json)?;
    Ok(ExitCode::SUCCESS)
}

/// The slots of a schedule in a zone after an instant.
pub(super) struct Timetable<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) zone: Tz,
    pub(super) after: Instant,
    /// What "in 2 days" counts from.
    pub(super) now: Instant,
}

impl Timetable<'_> {
    /// Prints the next `count` slots; refuses if there is none.
    pub(super) fn print(
        &self,
        count: usize,
        format: Option<SlotFormat>,
        as_json: bool,
    ) -> anyhow::Result<()> {
        // RFC 3339 §1: years have four figures.
        let written = |slot: &Instant| slot.year() < 10_000;
        let slots = self.schedule.slots(self.zone, self.after).take_while(written);
        let mut slots = slots.take(count).peekable();
        if slots.peek().is_none() {
            let after = utc(self.after);
            bail!(
                "`{}` has no slot in {} in the fifty years after {after}: the clocks there skip its times, or the calendar \
                 ends; `pressrun schedule --cron '{}' --zone UTC` shows it elsewhere",
                self.schedule,
                self.zone,
                self.schedule
            );
        }
        match format {
            Some(SlotFormat::Utc) => slots.try_for_each(|slot| output::say(&utc(slot))),
            None if as_json => self.json(slots),
            None => self.table(slots),
        }
    }

    fn json(&self, slots: impl Iterator<Item = Instant>) -> anyhow::Result<()> {
        let slot = |slot: Instant| {
            let local = slot.with_timezone(&self.zone);
            serde_json::json!({
                "utc": utc(slot),
                "local": local.to_rfc3339_opts(SecondsFormat::Secs, true),
                "abbreviation": local.offset().to_string(),
            })
        };
        output::json(&serde_json::json!({
            "schedule": self.schedule,
            "meaning": self.schedule.describe(),
            "zone": self.zone.name(),
            "after": utc(self.after),
            "slots": slots.map(slot).collect::<Vec<_>>(),
        }))
    }

    fn table(&self, slots: impl Iterator<Item = Instant>) -> anyhow::Result<()> {
        let row = |slot: Instant| {
            let local = slot.with_timezone(&self.zone);
            // Zones without letters of their own are called by their offset.
            let letters = local.offset().to_string();
            let offset =
                if letters.starts_with(['+', '-']) { "%:z".to_owned() } else { format!("{letters} %:z") };
            vec![
                local.format(&format!("%a %Y-%m-%d %H:%M {offset}")).to_string(),
                utc(slot),
                distance(slot - self.now),
            ]
        };
        output::say(&format!("{}, in {}\n", self.schedule.describe(), self.zone))?;
        output::table(&["LOCAL", "UTC", "FROM NOW"], slots.map(row).collect(), "there is no slot")
    }
}

pub(super) fn utc(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// "in 3 h 20 min", "in 2 days 4 h", "5 min ago".
pub(super) fn distance(from_now: TimeDelta) -> String {
    // Up, so that the slot of the next minute is not "in 0 min".
    let ahead = from_now > TimeDelta::zero();
    let minutes = (from_now.num_seconds().abs() + if ahead { 59 } else { 0 }) / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let length = match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) if rest == 0 => format!("{hours} h"),
        (0, _) => format!("{hours} h {rest} min"),
        (1, 0) => "1 day".to_owned(),
        (1, _) => format!("1 day {hours} h"),
        (_, 0) => format!("{days} days"),
        (2..14, _) => format!("{days} days {hours} h"),
        _ => format!("{days} days"),
    };
    if ahead { format!("in {length}") } else { format!("{length} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_is_to_a_slot_is_said_in_two_measures_at_most() {
        for (seconds, said) in [
            (1, "in 1 min"),
            (3600, "in 1 h"),
            (12_000, "in 3 h 20 min"),
            (86_400, "in 1 day"),
            (2 * 86_400 + 14_400, "in 2 days 4 h"),
            (40 * 86_400 + 14_400, "in 40 days"),
            (0, "0 min ago"),
            (-300, "5 min ago"),
        ] {
            assert_eq!(distance(TimeDelta::seconds(seconds)), said);
        }
    }
}
