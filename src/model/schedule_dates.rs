//! The days of the month in words: `the 1st and 15th`, `the last friday of the month`, `24 december`.

use super::schedule_days::{Days, FILLERS, weekday};
use super::schedule_error::ScheduleError;
use super::schedule_times::half;
use super::schedule_words::Words;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
const EXPECTED_MONTH: &str = "`the month`, or a month by its name";
pub(super) const EXPECTED_DATE: &str =
    "a day of the month, such as `on the 1st`, `on the last day` or `on the first monday`";
pub(super) const EXPECTED_YEARLY: &str = "a day with its month, such as `on 24 december`";

/// The first to the 31st, or the last.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Nth(u32),
    Last,
}

/// `the 1st and 15th`, `the last day`, `the first and third monday`, `december 24`
pub(super) fn date(words: &mut Words, days: &mut Days, expected: &'static str) -> Result<(), ScheduleError> {
    words.skip(&FILLERS);
    if let Some(month) = words.peek(0).and_then(month) {
        words.at += 1;
        days.months |= 1 << month;
        words.skip(&FILLERS);
    }
    let mut places = Vec::new();
    let mut next = 0;
    while let Some(place) = place(words, next, true) {
        words.at += next + 1;
        places.push(place);
        next = words.connectors_ahead();
        if next == 0 {
            break;
        }
        while matches!(words.peek(next), Some("the" | "on")) {
            next += 1;
        }
    }
    if places.is_empty() {
        return Err(words.unknown(expected));
    }
    noun(words, days, &places)
}

/// What the places are places of.
fn noun(words: &mut Words, days: &mut Days, places: &[Place]) -> Result<(), ScheduleError> {
    let word = words.peek(0).unwrap_or_default().to_owned();
    if let Some(weekday) = weekday(&word) {
        for place in places {
            days.nth.push(match place {
                Place::Nth(nth @ 1..=5) => format!("{weekday}#{nth}"),
                Place::Last => format!("{weekday}L"),
                Place::Nth(_) => return Err(words.unknown("first to fifth, or last, before a weekday")),
            });
        }
        words.at += 1;
        return Ok(());
    }
    let working = matches!(word.as_str(), "weekday" | "workday")
        || (matches!(word.as_str(), "working" | "business") && words.peek(1) == Some("day"));
    if working {
        if places != [Place::Last] {
            return Err(words.unknown("`last` before it, or the name of a weekday"));
        }
        words.at += if word.ends_with("day") { 1 } else { 2 };
        days.dates.push("LW".to_owned());
        return Ok(());
    }
    let named = words.skip(&["day", "days"]);
    for place in places {
        days.dates.push(match place {
            Place::Nth(day) => day.to_string(),
            Place::Last if named => "L".to_owned(),
            Place::Last => {
                return Err(words.unknown("`day`, `weekday` or the name of a weekday after `last`"));
            }
        });
    }
    if let Some(month) = words.peek(0).and_then(month) {
        words.at += 1;
        days.months |= 1 << month;
    }
    Ok(())
}

/// `of the month`, `of every month`, `in january and july`
pub(super) fn suffix(words: &mut Words, days: &mut Days) -> Result<(), ScheduleError> {
    let of = words.skip(&["of", "in"]);
    let every =
        matches!(words.peek(0), Some("every" | "each" | "the" | "a")) && words.peek(1) == Some("month");
    if every {
        words.at += 2;
        return Ok(());
    }
    if !of {
        return Ok(());
    }
    loop {
        let month = words.peek(0).and_then(month).ok_or_else(|| words.unknown(EXPECTED_MONTH))?;
        words.at += 1;
        days.months |= 1 << month;
        let ahead = words.connectors_ahead();
        if ahead == 0 || words.peek(ahead).and_then(self::month).is_none() {
            return Ok(());
        }
        words.at += ahead;
    }
}

/// 1 for January; `jan` and `january` alike.
pub(super) fn month(word: &str) -> Option<u32> {
    let short = word == "sept";
    let at = MONTHS
        .iter()
        .position(|month| *month == word || ((word.len() == 3 || short) && month.starts_with(word)));
    at.and_then(|at| u32::try_from(at + 1).ok())
}

/// `first`, `2nd` or `last` so far ahead; or a plain number, where it can be no time.
pub(super) fn place(words: &Words, ahead: usize, numbers: bool) -> Option<Place> {
    let word = words.peek(ahead)?;
    if word == "last" {
        return Some(Place::Last);
    }
    if let Some(at) = ORDINALS.iter().position(|ordinal| *ordinal == word) {
        return u32::try_from(at + 1).ok().map(Place::Nth);
    }
    let figures = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let plain = numbers && words.peek(ahead + 1).and_then(half).is_none();
    let end = &word[figures.len()..];
    let fits = matches!(end, "st" | "nd" | "rd" | "th") || (plain && end.is_empty());
    let day = figures.parse().ok().filter(|day| fits && (1..=31).contains(day) && figures.len() <= 2)?;
    Some(Place::Nth(day))
}
