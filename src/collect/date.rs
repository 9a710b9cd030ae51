//! Dates in all the spellings of the wild; what cannot be read for certain is `None`.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::date_words::{month, offset};
use crate::model::Instant;

/// Reads a date: RFC 822 and its misspellings, ISO 8601 and W3C-DTF, asctime, seconds since 1970.
///
/// A missing zone is UTC, a missing time is midnight; a wrong weekday is ignored.
pub(super) fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    if text.is_empty() || text.len() > 120 {
        return None;
    }
    if let Some(usual) = usual(text) {
        return Some(usual);
    }
    any(text)
}

/// Reads the day that stands in a short line, words round it or not (`Updated: 22.11.2026, 08:15`), if its year is written out
/// and day and month cannot be taken for each other; returns the line without it too.
pub(super) fn in_line(line: &str) -> Option<(Instant, String)> {
    if line.len() > 200 || !line.contains(|c: char| c.is_numeric()) {
        return None;
    }
    let line =
        digits(line).replace(['年', '月'], "-").replace('日', " ").replace(['|', '·', '•', '–', '—'], " | ");
    let tokens: Vec<&str> = line.split_whitespace().collect();
    let clean =
        |token: &str| token.trim_matches(|c: char| matches!(c, ',' | '(' | ')' | ';' | ':' | '،')).to_owned();
    for length in [3, 1] {
        for (at, some) in tokens.windows(length).enumerate() {
            let words: Vec<String> = some.iter().map(|token| clean(token)).collect();
            let Some(day) = day_of(&words) else { continue };
            let mut to = at + length;
            let mut time = NaiveTime::MIN;
            if let Some((hour, minute, second)) =
                tokens.get(to).map(|token| clean(token)).and_then(|t| face(&t))
            {
                let pm = tokens.get(to + 1).is_some_and(|half| is_half(half) && half.starts_with(['p', 'P']));
                let hour = if pm { hour % 12 + 12 } else { hour };
                time = NaiveTime::from_hms_opt(hour, minute, second).unwrap_or(time);
                to += 1;
                let unit = |token: &&&str| is_half(token) || clean(token) == "Uhr" || offset(token).is_some();
                to += usize::from(tokens.get(to).filter(unit).is_some());
            }
            let rest = tokens[..at].iter().chain(&tokens[to..]).copied().collect::<Vec<_>>().join(" ");
            return Some((day.and_time(time).and_utc(), rest));
        }
    }
    None
}

/// The day that these words are: `22 November 2026`, `November 22, 2026`, or one word of numbers.
fn day_of(words: &[String]) -> Option<NaiveDate> {
    let plausible = |day: &NaiveDate| (1990..2200).contains(&chrono::Datelike::year(day));
    if let [word] = words {
        let digit = word.starts_with(|c: char| c.is_ascii_digit());
        let parts = word.trim_end_matches(['.', '-']).split(['/', '.', '-']).collect::<Vec<_>>();
        let written = parts.len() == 3 && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let year = written && parts.iter().any(|part| part.len() == 4);
        let iso = || iso_dashed(word.trim_end_matches(['.', '-'])).map(|(day, _)| day);
        return (digit && year)
            .then(|| if parts[0].len() == 4 { iso() } else { slashed(word) })
            .flatten()
            .filter(plausible);
    }
    let [first, second, last] = words else { return None };
    let year = number(last).filter(|_| last.len() == 4)?;
    let (day, name) = match plain_number(first) {
        Some(day) => (day, second),
        None => (plain_number(second)?, first),
    };
    ymd(year, named_month(name)?, day).filter(plausible)
}

/// A month's name, also behind the prefix that Hebrew writes with it.
fn named_month(name: &str) -> Option<u32> {
    let month_of = |name: &str| month(name).filter(|_| name.chars().count() >= 3);
    month_of(name.trim_end_matches('.')).or_else(|| name.strip_prefix('ב').and_then(month_of))
}

/// `8:15` or `08:15:30`, and nothing else.
fn face(token: &str) -> Option<Clock> {
    let (time, rest) = clock(token).filter(|_| token.contains(':'))?;
    (rest.is_empty() && time.0 < 24).then_some(time)
}

/// Arabic and Persian digits as those of ASCII.
fn digits(text: &str) -> String {
    let digit = |c: char| match c {
        '٠'..='٩' => char::from_digit(u32::from(c) - 0x660, 10).unwrap_or(c),
        '۰'..='۹' => char::from_digit(u32::from(c) - 0x6F0, 10).unwrap_or(c),
        '０'..='９' => char::from_digit(u32::from(c) - 0xFF10, 10).unwrap_or(c),
        _ => c,
    };
    text.chars().map(digit).collect()
}

/// All the other spellings.
fn any(text: &str) -> Option<Instant> {
    let text = text.replace(['年', '月'], "-").replace('日', " ").replace('\u{2212}', "-");
    let (local, offset) = unix(&text).or_else(|| iso(&text)).or_else(|| words(&text))?;
    let utc = local.checked_sub_signed(Duration::minutes(i64::from(offset)))?;
    let readable = (1..=9999).contains(&chrono::Datelike::year(&utc));
    readable.then(|| utc.and_utc())
}

/// The spelling of most feeds, read without a detour: `Thu, 01 Jan 2004 19:48:21 GMT` or `… +0100`.
fn usual(text: &str) -> Option<Instant> {
    let zone = text.rsplit(' ').next()?;
    if zone != "GMT" && !(zone.len() == 5 && zone.starts_with(['+', '-'])) {
        return None;
    }
    // The name of the day says nothing new, and may be wrong.
    let (day, rest) = text.split_once(", ").unwrap_or(("", text));
    let text = if day.len() == 3 && day.bytes().all(|b| b.is_ascii_alphabetic()) { rest } else { text };
    let at = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    // A leap second is told as the second before.
    (at.timestamp_subsec_nanos() == 0 && (1..=9999).contains(&chrono::Datelike::year(&at))).then_some(at)
}

type Local = (NaiveDateTime, i32);

/// Seconds or milliseconds since 1970.
fn unix(text: &str) -> Option<Local> {
    if !(9..=13).contains(&text.len()) || text.len() == 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let seconds = if text.len() == 13 { number / 1000 } else { number };
    DateTime::from_timestamp(seconds, 0).map(|t| (t.naive_utc(), 0))
}

/// `2003-12-31T10:14:55Z` and everything that begins with a four-digit year.
fn iso(text: &str) -> Option<Local> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = match digits {
        4 => iso_dashed(text)?,
        8 => (ymd(number(&text[..4])?, number(&text[4..6])?, number(&text[6..8])?)?, &text[8..]),
        14 => {
            let date = ymd(number(&text[..4])?, number(&text[4..6])?, number(&text[6..8])?)?;
            let (h, m, s) = (number(&text[8..10])?, number(&text[10..12])?, number(&text[12..14])?);
            let time = NaiveTime::from_hms_opt(h, m, s.min(59))?;
            return Some((date.and_time(time), offset(text[14..].trim()).unwrap_or(0)));
        }
        _ => return None,
    };
    let rest = rest.trim_start_matches(['T', 't', ' ', ',']).trim();
    if rest.is_empty() {
        return Some((date.and_time(NaiveTime::MIN), 0));
    }
    let (time, zone) = clock(rest)?;
    Some((with_time(date, time)?, offset(zone).unwrap_or(0)))
}

/// `2003`, `2003-12`, `2003-12-31`, `2003-335` and the same with `/` or `.`.
fn iso_dashed(text: &str) -> Option<(NaiveDate, &str)> {
    let year: i32 = text[..4].parse().ok()?;
    let rest = &text[4..];
    let Some(rest) = rest.strip_prefix(['-', '/', '.']) else {
        return rest.trim().is_empty().then_some((NaiveDate::from_ymd_opt(year, 1, 1)?, ""));
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 3 {
        return Some((NaiveDate::from_yo_opt(year, number(&rest[..3])?)?, &rest[3..]));
    }
    if !(1..=2).contains(&digits) {
        return None;
    }
    let month = number(&rest[..digits])?;
    let rest = &rest[digits..];
    let Some(rest) = rest.strip_prefix(['-', '/', '.']) else {
        return Some((NaiveDate::from_ymd_opt(year, month, 1)?, rest));
    };
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((NaiveDate::from_ymd_opt(year, month, number(&rest[..digits])?)?, &rest[digits..]))
}

/// `Thu, 01 Jan 04 19:48:21 GMT`, `Thu Jan 1 19:48:21 2004`, `1. März 2004`, in any order that is clear.
fn words(text: &str) -> Option<Local> {
    let (mut day, mut month_, mut year, mut time) = (None, None, None, None);
    let mut zone = String::new();
    for token in split(text) {
        if token.contains(':') && time.is_none() {
            let (read, rest) = clock(token)?;
            time = Some(read);
            zone.push_str(rest);
        } else if let (Some((hour, ..)), true) = (time.as_mut(), is_half(token)) {
            *hour = *hour % 12 + if token.starts_with(['p', 'P']) { 12 } else { 0 };
        } else if let Some(named) = month(token).filter(|_| month_.is_none() || time.is_none()) {
            // The last one wins: "mar." is a French Tuesday before it is March.
            month_ = Some(named);
        } else if let Some(value) = plain_number(token).filter(|_| !token.starts_with(['+', '-'])) {
            let digits = token.bytes().filter(u8::is_ascii_digit).count();
            let is_day = day.is_none() && digits <= 2 && (1..=31).contains(&value);
            if is_day {
                day = Some(value);
            } else if year.is_none() {
                year = Some(full_year(value, digits)?);
            }
        } else if time.is_some() {
            zone.push_str(token);
        }
    }
    let date = match (day, month_, year) {
        (Some(day), Some(month), Some(year)) => NaiveDate::from_ymd_opt(year, month, day)?,
        _ => slashed(text)?,
    };
    let at = time.map_or_else(|| Some(date.and_time(NaiveTime::MIN)), |time| with_time(date, time))?;
    Some((at, offset(&zone).unwrap_or(0)))
}

/// The words of a date: blanks and commas part them, and so does `-` between a day and a month's name.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';')).flat_map(|word| {
        let dashed =
            word.contains('-') && word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains(':');
        let dashed = dashed && word.chars().any(char::is_alphabetic);
        let parts: Vec<&str> = if dashed { word.split('-').collect() } else { vec![word] };
        parts.into_iter().filter(|part| !part.is_empty())
    })
}

fn is_half(token: &str) -> bool {
    ["am", "pm", "a.m.", "p.m."].iter().any(|half| token.eq_ignore_ascii_case(half))
}

/// `15/01/2004`, `01/15/2004`, `15.01.2004`: only where day and month cannot be taken for each other.
fn slashed(text: &str) -> Option<NaiveDate> {
    let word = split(text).find(|w| w.matches(['/', '.', '-']).count() == 2)?;
    let mut parts = word.trim_end_matches(['/', '.']).split(['/', '.', '-']);
    let (first, second, last) = (parts.next()?, parts.next()?, parts.next()?);
    let year = full_year(number(last)?, last.len())?;
    let (a, b) = (number(first)?, number(second)?);
    match (a, b) {
        (13.., _) => NaiveDate::from_ymd_opt(year, b, a),
        (_, 13..) => NaiveDate::from_ymd_opt(year, a, b),
        // Dots are written where the day comes first.
        _ if word.contains('.') || a == b => NaiveDate::from_ymd_opt(year, b, a),
        _ => None,
    }
}

/// RFC 5322 §4.3: two digits below 50 are of this century, three digits count from 1900.
fn full_year(value: u32, digits: usize) -> Option<i32> {
    let year = match digits {
        1 | 2 if value < 50 => value + 2000,
        1..=3 => value + 1900,
        4 => value,
        _ => return None,
    };
    i32::try_from(year).ok()
}

/// Hour, minute, second.
type Clock = (u32, u32, u32);

/// Reads `10:14:55.123`, `10:14`, `101455` or `10` and returns what follows (the zone).
fn clock(text: &str) -> Option<(Clock, &str)> {
    let end = text.bytes().position(|b| !(b.is_ascii_digit() || b == b':')).unwrap_or(text.len());
    let (face, mut rest) = text.split_at(end);
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let time = if face.contains(':') {
        let mut parts = face.split(':').map(number);
        (parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0))
    } else {
        let pair = |at: usize| face.get(at..at + 2).map_or(Some(0), number);
        (number(face.get(..2)?)?, pair(2)?, pair(4)?)
    };
    Some((time, rest.trim()))
}

fn with_time(date: NaiveDate, (hour, minute, second): Clock) -> Option<NaiveDateTime> {
    // ISO 8601 writes the end of a day as 24:00.
    if (hour, minute) == (24, 0) {
        return Some(date.succ_opt()?.and_time(NaiveTime::MIN));
    }
    let second = if second == 60 { 59 } else { second };
    Some(date.and_time(NaiveTime::from_hms_opt(hour, minute, second)?))
}

fn number(text: &str) -> Option<u32> {
    (text.len() <= 9 && !text.starts_with('+')).then(|| text.parse().ok()).flatten()
}

/// `31`, `31st`, `31.`, `'04`.
fn plain_number(token: &str) -> Option<u32> {
    let digits = token.trim_start_matches('\'');
    let digits = digits.trim_end_matches('.');
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    let suffix = digits[end..].to_ascii_lowercase();
    let ordinal = matches!(suffix.as_str(), "" | "st" | "nd" | "rd" | "th" | "er" | "º");
    (end > 0 && ordinal).then(|| number(&digits[..end])).flatten()
}

fn ymd(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;
