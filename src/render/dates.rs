//! Dates in the digest's zone and language.

use chrono::{DateTime, Datelike as _};
use chrono_tz::Tz;

use super::words::Words;
use crate::model::Instant;

/// Returns the date of a slot: weekday, day, month and year.
pub(super) fn full(words: &Words, zone: Tz, instant: Instant) -> String {
    write(words, &words.date.full, instant.with_timezone(&zone))
}

/// Returns the date of an article: with its year only if that is not the slot's.
pub(super) fn short(words: &Words, zone: Tz, instant: Instant, slot: Instant) -> String {
    let (local, slot) = (instant.with_timezone(&zone), slot.with_timezone(&zone));
    let pattern = if local.year() == slot.year() { &words.date.day } else { &words.date.year };
    write(words, pattern, local)
}

fn write(words: &Words, pattern: &str, local: DateTime<Tz>) -> String {
    let name = |names: &[String], n: u32| names.get(n as usize).cloned().unwrap_or_default();
    let day = match (&words.date.first, local.day()) {
        (Some(first), 1) => first.clone(),
        (_, day) => day.to_string(),
    };
    pattern
        .replace("{weekday}", &name(&words.date.weekdays, local.weekday().num_days_from_monday()))
        .replace("{day}", &day)
        .replace("{month}", &name(&words.date.months, local.month0()))
        .replace("{year}", &local.year().to_string())
}
