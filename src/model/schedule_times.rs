//! The times of a schedule in words: `at 07:00, noon and 6 pm`, `hourly`, `every 15 minutes`.

use super::schedule_error::ScheduleError;
use super::schedule_words::Words;

const EXPECTED_TIME: &str = "a time such as `07:00`, `7am`, `7:30 pm`, `noon` or `midnight`";

/// When within a day: pairs of the minute and the hour field.
pub(super) type Times = Vec<(String, String)>;

/// Whether a time stands so far ahead, where times are listed: a plain number is one.
fn listed(words: &Words, ahead: usize) -> bool {
    words.peek(ahead).is_some_and(|word| {
        matches!(word, "at" | "noon" | "midday" | "midnight") || Clock::read(word).is_some()
    })
}

/// Whether a time begins so far ahead: more than a plain number, which may be a day.
pub(super) fn starts(words: &Words, ahead: usize) -> bool {
    words.peek(ahead).is_some_and(|word| {
        let halved = words.peek(ahead + 1).and_then(half).is_some();
        matches!(word, "at" | "noon" | "midday" | "midnight")
            || Clock::read(word).is_some_and(|clock| !clock.plain || halved)
    })
}

/// Whether an interval begins here.
pub(super) fn starts_interval(words: &Words) -> bool {
    let unit = |ahead| {
        let units = ["minute", "minutes", "min", "mins", "hour", "hours", "half"];
        words.peek(ahead).is_some_and(|word| units.contains(&word))
    };
    let number = words.peek(1).is_some_and(|word| word.parse::<u32>().is_ok());
    match words.peek(0) {
        Some("hourly") => true,
        Some("every" | "each") => unit(1) || (number && unit(2)),
        Some(_) | None => false,
    }
}

/// `at 07:00, 12:00 and 6 pm`
pub(super) fn times(words: &mut Words) -> Result<Times, ScheduleError> {
    let mut times = Vec::new();
    loop {
        words.skip(&["at"]);
        let Some((minute, hour)) = time(words)? else { return Err(words.unknown(EXPECTED_TIME)) };
        times.push((minute.to_string(), hour.to_string()));
        let ahead = words.connectors_ahead();
        if ahead == 0 || !listed(words, ahead) {
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
pub(super) fn interval(words: &mut Words) -> Result<Times, ScheduleError> {
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
        n if n > 0 && n < whole && whole.is_multiple_of(n) => Ok(format!("*/{n}")),
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
