//! Schedules in words: `weekdays at 06:30`, `every first monday of the month at 9`, `every 15 minutes`, `@daily`.
//!
//! Words are turned into cron expressions, one or more, so that there is one rule for what they mean. A schedule is
//! one or several clauses joined by `and`, `;` or a comma; a clause is days with times, in either order, or an interval with or
//! without days.

use super::schedule_days::{self, Days};
use super::schedule_error::{ScheduleError, nearest, quoted};

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
const EXPECTED_TIME: &str = "a time such as `07:00`, `7am`, `7:30 pm`, `noon` or `midnight`";
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

/// When within a day: pairs of the minute and the hour field.
type Times = Vec<(String, String)>;

fn clause(words: &mut Words) -> Result<Vec<String>, ScheduleError> {
    let (mut days, mut times): (Option<Vec<Days>>, Option<Times>) = (None, None);
    let mut interval = false;
    loop {
        // `weekdays, 7am`
        let comma = if days.is_some() { words.connectors_ahead() } else { 0 };
        if times.is_none() && words.starts_interval() {
            times = Some(self::interval(words)?);
            interval = true;
        } else if times.is_none() && words.starts_time(comma) {
            words.at += comma;
            times = Some(self::times(words)?);
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

/// `at 07:00, 12:00 and 6 pm`
fn times(words: &mut Words) -> Result<Times, ScheduleError> {
    let mut times = Vec::new();
    loop {
        words.skip(&["at"]);
        let Some((minute, hour)) = time(words)? else { return Err(words.unknown(EXPECTED_TIME)) };
        times.push((minute.to_string(), hour.to_string()));
        let ahead = words.connectors_ahead();
        if ahead == 0 || !words.is_time(ahead) {
            return Ok(times);
        }
        words.at += ahead;
    }
}

/// A time of the day as minute and hour; `None` for what is none.
fn time(words: &mut Words) -> Result<Option<(u32, u32)>, ScheduleError> {
    let Some(word) = words.peek(0).map(str::to_owned) else { return Ok(None) };
    let whole = match word.as_str() {
        "noon" | "midday" => Some((0, 12)),
        "midnight" => Some((0, 0)),
        _ => None,
    };
    if whole.is_some() {
        words.at += 1;
        return Ok(whole);
    }
    let Some(clock) = Clock::read(&word) else { return Ok(None) };
    let apart = clock.half.is_none().then(|| words.peek(1).and_then(half)).flatten();
    match clock.on(clock.half.or(apart)) {
        Some(time) => {
            words.at += 1 + usize::from(apart.is_some());
            words.skip(&["o'clock"]);
            Ok(Some(time))
        }
        None => Err(words.unknown(EXPECTED_TIME)),
    }
}

/// What a word such as `7`, `07:30`, `7.30pm` or `9h` says.
struct Clock {
    hour: u32,
    minute: u32,
    /// Whether the word says more than a number.
    plain: bool,
    half: Option<Half>,
}

#[derive(Clone, Copy)]
pub(super) enum Half {
    Am,
    Pm,
}

pub(super) fn half(word: &str) -> Option<Half> {
    match word {
        "am" | "a.m" | "a.m." => Some(Half::Am),
        "pm" | "p.m" | "p.m." => Some(Half::Pm),
        _ => None,
    }
}

impl Clock {
    fn read(word: &str) -> Option<Self> {
        let end = word.find(|c: char| c.is_alphabetic() && c != 'h').unwrap_or(word.len());
        let (figures, rest) = word.split_at(end);
        let half = if rest.is_empty() { None } else { Some(half(rest)?) };
        let (hour, minute) = match figures.split_once([':', '.', 'h']) {
            Some((hour, "")) if figures.ends_with('h') => (hour, "00"),
            Some((hour, minute)) if minute.len() == 2 => (hour, minute),
            Some(_) => return None,
            None => (figures, "00"),
        };
        let number = |text: &str| {
            let fits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| text.parse().ok()).flatten()
        };
        let plain = half.is_none() && hour == figures;
        Some(Self { hour: number(hour)?, minute: number(minute)?, plain, half })
    }

    /// Minute and hour, if there is such a time.
    fn on(&self, half: Option<Half>) -> Option<(u32, u32)> {
        let hour = match half {
            None => (self.hour < 24).then_some(self.hour)?,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(Half::Am) => self.hour % 12,
            Some(Half::Pm) => self.hour % 12 + 12,
        };
        (self.minute < 60).then_some((self.minute, hour))
    }
}

/// `hourly`, `every 15 minutes`, `every 2 hours at :30`
fn interval(words: &mut Words) -> Result<Times, ScheduleError> {
    if !words.skip(&["hourly"]) {
        words.skip(&["every", "each"]);
        let number = words.peek(0).and_then(|word| word.parse().ok());
        words.at += usize::from(number.is_some());
        let number: u32 = number.unwrap_or(1);
        if words.skip(&["minute", "minutes", "min", "mins"]) {
            return every("minute", number, 60, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 minutes, or hours")
                .map(|step| vec![(step, "*".to_owned())]);
        }
        if words.skip(&["half"]) {
            words.skip(&["an", "a"]);
            words.skip(&["hour"]);
            return Ok(vec![("*/30".to_owned(), "*".to_owned())]);
        }
        if !words.skip(&["hour", "hours"]) {
            return Err(words.unknown("`minutes` or `hours`"));
        }
        let hours = every("hour", number, 24, "1, 2, 3, 4, 6, 8 or 12 hours, or `daily` and a time")?;
        return Ok(vec![(past(words)?, hours)]);
    }
    Ok(vec![(past(words)?, "*".to_owned())])
}

fn every(
    unit: &'static str,
    number: u32,
    whole: u32,
    expected: &'static str,
) -> Result<String, ScheduleError> {
    match number {
        1 => Ok("*".to_owned()),
        n if n > 0 && n < whole && whole % n == 0 => Ok(format!("*/{n}")),
        found => Err(ScheduleError::Uneven { found, unit, expected }),
    }
}

/// The minute of `hourly at :30`, else the full hour.
fn past(words: &mut Words) -> Result<String, ScheduleError> {
    let minute = |word: &str| {
        let figures = word.strip_prefix(':').filter(|f| f.len() == 2)?;
        figures.parse().ok().filter(|minute: &u32| *minute < 60)
    };
    if words.peek(0) != Some("at") {
        return Ok("0".to_owned());
    }
    words.at += 1;
    let found = words.peek(0).and_then(minute).ok_or_else(|| words.unknown("the minute, such as `:30`"))?;
    words.at += 1;
    Ok(found.to_string())
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

    /// Whether a time stands so far ahead, where times are listed: a plain number is one.
    fn is_time(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|word| {
            matches!(word, "at" | "noon" | "midday" | "midnight") || Clock::read(word).is_some()
        })
    }

    fn starts_time(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|word| {
            let halved = self.peek(ahead + 1).and_then(half).is_some();
            matches!(word, "at" | "noon" | "midday" | "midnight")
                || Clock::read(word).is_some_and(|clock| !clock.plain || halved)
        })
    }

    fn starts_interval(&self) -> bool {
        let unit = |ahead| {
            let units = ["minute", "minutes", "min", "mins", "hour", "hours", "half"];
            self.peek(ahead).is_some_and(|word| units.contains(&word))
        };
        let number = self.peek(1).is_some_and(|word| word.parse::<u32>().is_ok());
        match self.peek(0) {
            Some("hourly") => true,
            Some("every" | "each") => unit(1) || (number && unit(2)),
            Some(_) | None => false,
        }
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
