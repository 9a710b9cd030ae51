//! The days of a schedule in words: `weekdays`, `monday to thursday`, `the 1st and 15th`, `the last friday of the month`.

use super::schedule_dates::{EXPECTED_DATE, EXPECTED_YEARLY, date, month, place, suffix};
use super::schedule_error::ScheduleError;
use super::schedule_words::{EXPECTED_DAY, Words};

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
pub(super) const FILLERS: [&str; 4] = ["every", "each", "on", "the"];

const EXPECTED_WEEKDAY: &str = "a weekday, such as `monday`";

/// Which days.
#[derive(Default)]
pub(super) struct Days {
    /// Bit 0 is Sunday.
    pub(super) weekdays: u8,
    /// As the cron field spells them: `1#2`, `5L`.
    pub(super) nth: Vec<String>,
    /// As the cron field spells them: `15`, `L`, `LW`.
    pub(super) dates: Vec<String>,
    /// Bits 1 to 12; none for all.
    pub(super) months: u32,
}

impl Days {
    pub(super) fn all() -> Self {
        Self { weekdays: 0x7f, ..Self::default() }
    }

    /// Whether they are weekdays and nothing else.
    fn plain(&self) -> bool {
        self.nth.is_empty() && self.dates.is_empty()
    }

    /// The last three fields of the cron expressions.
    pub(super) fn fields(&self) -> Vec<String> {
        let list = |bits: u32| {
            (0..32)
                .filter(|bit| bits >> bit & 1 == 1)
                .map(|bit: u32| bit.to_string())
                .collect::<Vec<_>>()
                .join(",")
        };
        let months = if self.months == 0 { "*".to_owned() } else { list(self.months) };
        if self.weekdays == 0x7f {
            return vec![format!("* {months} *")];
        }
        let mut fields = Vec::new();
        if !self.dates.is_empty() {
            fields.push(format!("{} {months} *", self.dates.join(",")));
        }
        let mut weekdays = self.nth.clone();
        if self.weekdays != 0 {
            weekdays.push(list(self.weekdays.into()));
        }
        if !weekdays.is_empty() {
            fields.push(format!("* {months} {}", weekdays.join(",")));
        }
        fields
    }
}

/// Whether days begin here.
pub(super) fn starts(words: &Words) -> bool {
    starts_ahead(words, 0, false)
}

fn starts_ahead(words: &Words, mut ahead: usize, numbers: bool) -> bool {
    let mut filled = false;
    while words.peek(ahead).is_some_and(|word| FILLERS.contains(&word)) {
        (filled, ahead) = (true, ahead + 1);
    }
    let Some(word) = words.peek(ahead) else { return filled };
    let period = ["daily", "day", "days", "everyday", "weekly", "monthly", "quarterly", "yearly", "annually"];
    let counted = ["biweekly", "fortnightly"];
    filled
        || period.contains(&word)
        || counted.contains(&word)
        || group(word).is_some()
        || weekday(word).is_some()
        || month(word).is_some()
        || place(words, ahead, numbers).is_some()
        // `24 december`
        || (place(words, ahead, true).is_some() && words.peek(ahead + 1).and_then(month).is_some())
}

/// Reads days, up to what is no day; those of different months apart.
pub(super) fn days(words: &mut Words) -> Result<Vec<Days>, ScheduleError> {
    let mut all: Vec<Days> = Vec::new();
    loop {
        let mut days = Days::default();
        item(words, &mut days)?;
        let own = days.months;
        suffix(words, &mut days)?;
        // `monday and thursday in july` means both; in `monday and the 4th of july` the month is the date's.
        if own == 0 && days.plain() {
            for before in all.iter_mut().rev().take_while(|before| before.plain() && before.months == 0) {
                before.months = days.months;
            }
        }
        let dated = !days.dates.is_empty();
        all.push(days);
        let ahead = words.connectors_ahead();
        if ahead == 0 || !starts_ahead(words, ahead, dated) || starts_interval_ahead(words, ahead) {
            return Ok(merged(all));
        }
        words.at += ahead;
    }
}

/// Puts days of the same months together.
fn merged(all: Vec<Days>) -> Vec<Days> {
    let mut merged: Vec<Days> = Vec::new();
    for days in all {
        match merged.iter_mut().find(|other| other.months == days.months) {
            Some(other) => {
                other.weekdays |= days.weekdays;
                other.nth.extend(days.nth);
                other.dates.extend(days.dates);
            }
            None => merged.push(days),
        }
    }
    merged
}

/// `every 15 minutes` after a connector is no day.
fn starts_interval_ahead(words: &Words, ahead: usize) -> bool {
    let unit = |at| words.peek(at).is_some_and(|w| w.starts_with("minute") || w.starts_with("hour"));
    unit(ahead + 1) || unit(ahead + 2)
}

fn item(words: &mut Words, days: &mut Days) -> Result<(), ScheduleError> {
    words.skip(&FILLERS);
    // `every 15` is no date, `every 15th` and `on 15` are.
    let number = words.peek(0).is_some_and(|word| word.parse::<u32>().is_ok());
    if let Some(counted) = counted(words) {
        return Err(ScheduleError::Counted { found: counted });
    }
    if number && matches!(words.back(), Some("every" | "each")) {
        return Err(words.unknown("`minutes` or `hours` after it, or a weekday before it"));
    }
    let Some(word) = words.peek(0).map(str::to_owned) else { return Err(words.unknown(EXPECTED_DAY)) };
    match word.as_str() {
        "daily" | "day" | "days" | "everyday" => {
            words.at += 1;
            days.weekdays = 0x7f;
        }
        "weekly" | "week" => {
            words.at += 1;
            words.skip(&FILLERS);
            if words.peek(0).and_then(weekday).is_none() {
                return Err(words.unknown(EXPECTED_WEEKDAY));
            }
            return item(words, days);
        }
        "monthly" | "month" => {
            words.at += 1;
            return date(words, days, EXPECTED_DATE);
        }
        "quarterly" | "quarter" => {
            words.at += 1;
            days.months |= 0b0100_1001_0010;
            return date(words, days, EXPECTED_DATE);
        }
        "yearly" | "annually" | "year" => {
            words.at += 1;
            date(words, days, EXPECTED_YEARLY)?;
            suffix(words, days)?;
            if days.months == 0 {
                return Err(words.unknown(EXPECTED_YEARLY));
            }
        }
        _ => return named(words, days, &word),
    }
    Ok(())
}

/// What must be counted from a first day: every other monday, every 3 days, fortnightly.
fn counted(words: &Words) -> Option<String> {
    let many = |word: &str| word.parse::<u32>().is_ok() || matches!(word, "two" | "three" | "four");
    let unit = |word: &str| {
        weekday(word).is_some() || matches!(word, "day" | "days" | "week" | "weeks" | "months" | "years")
    };
    let word = words.peek(0)?;
    let next = words.peek(1);
    if matches!(word, "biweekly" | "fortnightly" | "fortnight" | "other") {
        let next = next.filter(|_| word == "other").map(|next| format!(" {next}")).unwrap_or_default();
        return Some(format!("{word}{next}"));
    }
    next.filter(|next| many(word) && unit(next)).map(|next| format!("{word} {next}"))
}

/// A weekday, a group of them, a place in the month, or a month with a day.
fn named(words: &mut Words, days: &mut Days, word: &str) -> Result<(), ScheduleError> {
    if matches!(word, "working" | "business") && words.peek(1).is_some_and(|next| next.starts_with("day")) {
        words.at += 2;
        days.weekdays |= 0x3e;
    } else if let Some(group) = group(word) {
        words.at += 1;
        days.weekdays |= group;
    } else if let Some(first) = weekday(word) {
        words.at += 1;
        if words.skip(&["to", "through", "thru", "until", "till", "-", "–"]) {
            let last = words.peek(0).and_then(weekday).ok_or_else(|| words.unknown(EXPECTED_WEEKDAY))?;
            words.at += 1;
            // Friday to Monday goes round the end of the week.
            days.weekdays |= (0..=(last + 7 - first) % 7).fold(0, |all, n| all | 1 << ((first + n) % 7));
        } else {
            days.weekdays |= 1 << first;
        }
    } else {
        return date(words, days, EXPECTED_DAY);
    }
    Ok(())
}

fn group(word: &str) -> Option<u8> {
    match word {
        "weekdays" | "weekday" | "workdays" | "workday" => Some(0x3e),
        "weekends" | "weekend" => Some(0x41),
        _ => None,
    }
}

/// 0 for Sunday; `mon`, `monday` and `mondays` alike.
pub(super) fn weekday(word: &str) -> Option<u8> {
    let one = word.strip_suffix('s').filter(|one| one.ends_with("day")).unwrap_or(word);
    let short = matches!(word, "tues" | "thur" | "thurs");
    let at = WEEKDAYS.iter().position(|day| {
        *day == one || (one.len() == 3 && day.starts_with(one)) || (short && day.starts_with(word))
    });
    at.and_then(|at| u8::try_from(at).ok())
}
