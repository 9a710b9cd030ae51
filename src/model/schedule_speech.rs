//! What cron expressions mean, in English.

use super::schedule_cron::{Cron, Dates, Weekdays};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// More times than this are not listed one by one.
const LISTED: u32 = 8;

/// Describes cron expressions, of which each adds its slots.
pub(super) fn describe(crons: &[Cron]) -> String {
    let mut clauses: Vec<(String, Vec<u32>, String)> = Vec::new();
    for cron in crons {
        let (days, listed) = (days(cron), listed_times(cron));
        match clauses.iter_mut().find(|(known, times, _)| *known == days && !times.is_empty()) {
            Some((_, times, _)) if !listed.is_empty() => times.extend(listed),
            Some(_) | None => clauses.push((days, listed, often(cron))),
        }
    }
    let said = clauses.into_iter().map(|(days, mut times, often)| {
        times.sort_unstable();
        times.dedup();
        let times: Vec<String> = times.iter().map(|t| format!("{:02}:{:02}", t / 60, t % 60)).collect();
        match (times.is_empty(), days == EVERY_DAY) {
            (false, _) => format!("{days} at {}", joined(&times)),
            (true, true) => often,
            (true, false) => format!("{often} {days}"),
        }
    });
    said.collect::<Vec<_>>().join("; ")
}

const EVERY_DAY: &str = "every day";

/// The times of the day as minutes, unless they are too many.
fn listed_times(cron: &Cron) -> Vec<u32> {
    let count = cron.hours.count_ones() * cron.minutes.count_ones();
    if count > LISTED || !cron.fixed {
        return Vec::new();
    }
    bits(cron.hours.into())
        .flat_map(|hour| bits(cron.minutes).map(move |minute| hour * 60 + minute))
        .collect()
}

/// How often, where the times are not listed.
fn often(cron: &Cron) -> String {
    let hours = u64::from(cron.hours);
    let minutes: Vec<String> = bits(cron.minutes).map(|minute| format!(":{minute:02}")).collect();
    let (start, end) = (cron.hours.trailing_zeros(), cron.hours.ilog2());
    let in_a_row = end - start + 1 == cron.hours.count_ones();
    let spaced = match step(cron.minutes, 60) {
        Some(1) => Some("every minute".to_owned()),
        Some(60) => Some("every hour".to_owned()),
        step => step.map(|step| format!("every {step} minutes")),
    };
    match (spaced, step(hours, 24)) {
        (Some(spaced), Some(1)) => spaced,
        (Some(spaced), _) if in_a_row => {
            format!("{spaced} from {start:02}:00 to {end:02}:{:02}", cron.minutes.ilog2())
        }
        (_, Some(1)) => format!("at {} every hour", joined(&minutes)),
        (Some(_), Some(step)) if cron.minutes == 1 => format!("every {step} hours"),
        (_, Some(step)) if step < 24 => format!("at {} every {step} hours", joined(&minutes)),
        (_, Some(_) | None) => {
            let hours = joined(&spans(hours, |hour| hour.to_string()));
            format!("at {} in the hours {hours}", joined(&minutes))
        }
    }
}

fn days(cron: &Cron) -> String {
    let every_date = cron.days.listed == !1;
    let every_weekday = cron.weekdays.every == 0x7f;
    let (dates, weekdays) = (dates(&cron.days), weekdays(&cron.weekdays));
    let days = match (every_date, every_weekday, cron.both) {
        (true, true, _) | (true, _, false) | (_, true, false) => EVERY_DAY.to_owned(),
        (true, false, true) => weekdays,
        (false, true, true) => dates,
        (false, false, true) => format!("{dates} if it is {}", weekday_names(&cron.weekdays, "a ")),
        (false, false, false) => format!("{dates} and {weekdays}"),
    };
    if cron.months.count_ones() == 12 {
        return days;
    }
    let months = spans(cron.months.into(), |month| MONTHS[month as usize - 1].to_owned());
    let months = match &months[..] {
        [span] if span.contains(" to ") => return format!("{days} from {span}"),
        _ => joined(&months),
    };
    // `on the 24th of December`
    match days.strip_suffix("the month") {
        Some(start) if !start.contains("the month") => format!("{start}{months}"),
        Some(_) | None => format!("{days} in {months}"),
    }
}

fn dates(dates: &Dates) -> String {
    let mut named = spans(dates.listed.into(), ordinal);
    if dates.last {
        named.push("last day".to_owned());
    }
    if dates.last_working {
        named.push("last weekday".to_owned());
    }
    format!("on the {} of the month", joined(&named))
}

fn weekdays(weekdays: &Weekdays) -> String {
    match (weekdays.every, weekdays.nth == [0; 5] && weekdays.last == 0) {
        (0x3e, true) => "on weekdays".to_owned(),
        (0x41, true) => "on weekends".to_owned(),
        (0, _) => format!("on {} of the month", weekday_names(weekdays, "")),
        (_, true) => {
            let names = weekday_names(weekdays, "");
            if names.contains(" to ") { format!("on {names}") } else { format!("every {names}") }
        }
        (_, false) => format!("on {}", weekday_names(weekdays, "any ")),
    }
}

fn weekday_names(weekdays: &Weekdays, article: &str) -> String {
    let name = |day: u32| WEEKDAYS[day as usize % 7];
    // Monday first.
    let every = u64::from(weekdays.every) & !1 | (u64::from(weekdays.every) & 1) << 7;
    let mut names = spans(every, |day| format!("{article}{}", name(day)));
    for (ordinal, mask) in ORDINALS.iter().zip(weekdays.nth).chain([(&"last", weekdays.last)]) {
        names.extend(bits(mask.into()).map(|day| format!("the {ordinal} {}", name(day))));
    }
    joined(&names)
}

/// The values of a mask; three or more in a row as a span.
fn spans(mask: u64, name: impl Fn(u32) -> String) -> Vec<String> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in bits(mask) {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == value => *end = value,
            Some(_) | None => runs.push((value, value)),
        }
    }
    let run = |(start, end): (u32, u32)| match end - start {
        0 => vec![name(start)],
        1 => vec![name(start), name(end)],
        _ => vec![format!("{} to {}", name(start), name(end))],
    };
    runs.into_iter().flat_map(run).collect()
}

/// The even step of a mask from 0 over the whole of an hour or a day; 60 or 24 for 0 alone.
fn step(mask: u64, whole: u32) -> Option<u32> {
    let count = mask.count_ones();
    let step = whole / count;
    let even = (0..whole).step_by(step as usize).fold(0, |all, value| all | 1 << value);
    (whole.is_multiple_of(count) && mask == even).then_some(step)
}

fn bits(mask: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| mask >> bit & 1 == 1)
}

fn ordinal(day: u32) -> String {
    let end = match (day % 10, day / 10) {
        (1, ten) if ten != 1 => "st",
        (2, ten) if ten != 1 => "nd",
        (3, ten) if ten != 1 => "rd",
        _ => "th",
    };
    format!("{day}{end}")
}

/// `a`, `a and b`, `a, b and c`
fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}
