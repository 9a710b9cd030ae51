//! Schedules in words: `weekdays at 06:30`, `every first monday of the month at 9`, `every 15 minutes`, `@daily`.
//!
//! Words are turned into cron expressions, one or more, so that there is one rule for what they mean. A schedule is
//! one or several clauses joined by `and`, `;` or a comma; a clause is days with times, in either order, or an interval with or
//! without days.

use super::schedule_days::{self, Days};
use super::schedule_error::{ScheduleError, nearest, quoted};
use super::schedule_times::{self, Times};

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The words of schedules, of which a misspelt one may be meant.
const WORDS: [&str; 56] = [
    "annually",
    "april",
    "at",
    "august",
    "daily",
    "day",
    "december",
    "each",
    "every",
    "february",
    "fifth",
    "first",
    "fourth",
    "friday",
    "fridays",
    "hour",
    "hourly",
    "hours",
    "january",
    "july",
    "june",
    "last",
    "march",
    "may",
    "midnight",
    "minute",
    "minutes",
    "monday",
    "mondays",
    "month",
    "monthly",
    "noon",
    "november",
    "october",
    "quarterly",
    "saturday",
    "saturdays",
    "second",
    "september",
    "sunday",
    "sundays",
    "third",
    "thursday",
    "thursdays",
    "tuesday",
    "tuesdays",
    "wednesday",
    "wednesdays",
    "weekday",
    "weekdays",
    "weekend",
    "weekends",
    "weekly",
    "workdays",
    "year",
    "yearly",
];

pub(super) const EXPECTED_DAY: &str =
    "days, such as `daily`, `weekdays`, `every monday` or `monthly on the 1st`";
const EXPECTED_AT: &str = "`at` and a time, such as `at 07:00`";
const EXPECTED_END: &str = "a time, or `and` and more days or times";

/// The cron expressions that words mean.
pub(super) fn expressions(text: &str) -> Result<Vec<String>, ScheduleError> {
    let lower = text.to_lowercase();
    if lower.starts_with('@') && !lower.contains(' ') {
        return nickname(&lower);
    }
    let mut words = Words::new(text);
    if words.peek(0).is_none() {
        return Err(ScheduleError::Empty);
    }
    let mut expressions = clause(&mut words)?;
    while words.peek(0).is_some() {
        if !words.connector() {
            return Err(words.unknown(EXPECTED_END));
        }
        expressions.extend(clause(&mut words)?);
    }
    Ok(expressions)
}

fn nickname(word: &str) -> Result<Vec<String>, ScheduleError> {
    let known = NICKNAMES.iter().find(|(name, _)| *name == word);
    let unknown = || ScheduleError::Word {
        found: quoted(word),
        expected: "@hourly, @daily, @weekly, @monthly or @yearly",
        nearest: nearest(word, NICKNAMES.iter().map(|(name, _)| *name)),
    };
    known.map(|(_, expression)| vec![(*expression).to_owned()]).ok_or_else(unknown)
}

fn clause(words: &mut Words) -> Result<Vec<String>, ScheduleError> {
    let (mut days, mut times): (Option<Vec<Days>>, Option<Times>) = (None, None);
    let mut interval = false;
    loop {
        // `weekdays, 7am`
        let comma = if days.is_some() { words.connectors_ahead() } else { 0 };
        if times.is_none() && schedule_times::starts_interval(words) {
            times = Some(schedule_times::interval(words)?);
            interval = true;
        } else if times.is_none() && schedule_times::starts(words, comma) {
            words.at += comma;
            times = Some(schedule_times::times(words)?);
        } else if days.is_none() && schedule_days::starts(words) {
            days = Some(schedule_days::days(words)?);
        } else {
            break;
        }
    }
    let (days, times) = match (days, times) {
        (Some(days), Some(times)) => (days, times),
        (None, Some(times)) if interval => (vec![Days::all()], times),
        (None, _) => return Err(words.unknown(EXPECTED_DAY)),
        (Some(_), None) => return Err(words.unknown(EXPECTED_AT)),
    };
    let days: Vec<String> = days.iter().flat_map(Days::fields).collect();
    Ok(times.iter().flat_map(|(m, h)| days.iter().map(move |days| format!("{m} {h} {days}"))).collect())
}

/// The words of a schedule, and how far it is read.
pub(super) struct Words {
    text: String,
    /// In lower case, and as they were written.
    words: Vec<(String, String)>,
    pub(super) at: usize,
}

impl Words {
    fn new(text: &str) -> Self {
        let apart = text.replace(',', " , ").replace(';', " ; ").replace('&', " and ");
        let mut words = Vec::new();
        for word in apart.split_whitespace() {
            let letters = |part: &str| part.len() > 1 && part.chars().all(char::is_alphabetic);
            match word.split_once(['-', '–']) {
                Some((from, to)) if letters(from) && letters(to) => words.extend([from, "to", to]),
                _ => words.push(word),
            }
        }
        let words = words.into_iter().map(|word| (word.to_lowercase(), word.to_owned())).collect();
        Self { text: quoted(text), words, at: 0 }
    }

    /// The word so far ahead.
    pub(super) fn peek(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).map(|(lower, _)| lower.as_str())
    }

    /// The word just read.
    pub(super) fn back(&self) -> Option<&str> {
        self.words.get(self.at.checked_sub(1)?).map(|(lower, _)| lower.as_str())
    }

    /// Steps over any of these words, as many as there are; says whether there was one.
    pub(super) fn skip(&mut self, any: &[&str]) -> bool {
        let start = self.at;
        while self.peek(0).is_some_and(|word| any.contains(&word)) {
            self.at += 1;
        }
        self.at > start
    }

    /// How many words ahead join things: `and`, a comma, or both.
    pub(super) fn connectors_ahead(&self) -> usize {
        let joins = |ahead: &usize| self.peek(*ahead).is_some_and(|word| matches!(word, "and" | "," | ";"));
        (0..2).take_while(joins).count()
    }

    fn connector(&mut self) -> bool {
        let ahead = self.connectors_ahead();
        self.at += ahead;
        ahead > 0
    }

    /// The error about the next word, or about the end.
    pub(super) fn unknown(&self, expected: &'static str) -> ScheduleError {
        let Some((lower, original)) = self.words.get(self.at) else {
            return ScheduleError::Incomplete { text: self.text.clone(), expected };
        };
        if original.parse::<chrono_tz::Tz>().is_ok() || lower == "utc" {
            return ScheduleError::Zone { found: quoted(original) };
        }
        let nearest = nearest(lower, WORDS).filter(|word| word != lower);
        ScheduleError::Word { found: quoted(original), expected, nearest }
    }
}

#[cfg(test)]
#[path = "schedule_words_tests.rs"]
mod tests;
