//! The grammar of the five cron fields: `*`, values, ranges, lists, steps, names, `L`, `LW` and `#`, as Debian's cron
//! reads them and as is usual beside it.

use super::schedule_cron::{Cron, Dates, Weekdays};
use super::schedule_error::{ScheduleError, nearest, quoted};

/// What a field may hold.
struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
    expected: &'static str,
}

const MINUTE: Field = Field {
    name: "minute",
    low: 0,
    high: 59,
    names: &[],
    expected: "*, 0 to 59, or a range, list or step of them",
};
const HOUR: Field = Field {
    name: "hour",
    low: 0,
    high: 23,
    names: &[],
    expected: "*, 0 to 23, or a range, list or step of them",
};
const DATE: Field = Field {
    name: "day of the month",
    low: 1,
    high: 31,
    names: &[],
    expected: "*, 1 to 31, L (the last day), LW (the last from Monday to Friday), or a range, list or step",
};
const MONTH: Field = Field {
    name: "month",
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    expected: "*, 1 to 12, JAN to DEC, or a range, list or step of them",
};
const WEEKDAY: Field = Field {
    name: "weekday",
    low: 0,
    high: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    expected: "*, 0 to 7 (Sunday is 0 and 7), SUN to SAT, MON#2 (the second Monday), 5L (the last Friday), \
               or a range, list or step",
};

/// A part of a field between commas.
enum Term {
    Values(u64),
    LastDay,
    LastWorkingDay,
    Nth(u8, usize),
    LastWeekday(u8),
}

/// Parses a cron expression of five fields.
pub(super) fn parse(text: &str) -> Result<Cron, ScheduleError> {
    let upper = text.to_ascii_uppercase();
    let fields: Vec<&str> = upper.split_whitespace().collect();
    let [minute, hour, date, month, weekday] = fields[..] else {
        return Err(ScheduleError::Fields { text: quoted(text), found: fields.len() });
    };
    let starred = |field: &str| field.starts_with('*');
    let cron = Cron {
        minutes: MINUTE.values(minute)?,
        hours: HOUR.values(hour)? as u32,
        days: dates(date)?,
        months: MONTH.values(month)? as u32,
        weekdays: weekdays(weekday)?,
        both: starred(date) || starred(weekday),
        fixed: !starred(minute) && !starred(hour),
    };
    // A date that never is, is a mistake even where weekdays stand beside it.
    let Dates { listed, last, last_working } = cron.days;
    let longest = (1..=12).filter(|month| cron.months >> month & 1 == 1).map(longest).max().unwrap_or(31);
    if listed != 0 && !last && !last_working && listed.trailing_zeros() > longest {
        return Err(ScheduleError::ShortMonths { text: quoted(text), day: listed.trailing_zeros() });
    }
    if !cron.comes() {
        return Err(ScheduleError::Never { text: quoted(text) });
    }
    Ok(cron)
}

const fn longest(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn dates(text: &str) -> Result<Dates, ScheduleError> {
    let mut dates = Dates::default();
    for part in text.split(',') {
        match DATE.term(part)? {
            Term::Values(values) => dates.listed |= values as u32,
            Term::LastDay => dates.last = true,
            Term::LastWorkingDay => dates.last_working = true,
            Term::Nth(..) | Term::LastWeekday(_) => return Err(DATE.refuse(part)),
        }
    }
    Ok(dates)
}

fn weekdays(text: &str) -> Result<Weekdays, ScheduleError> {
    let mut weekdays = Weekdays::default();
    for part in text.split(',') {
        match WEEKDAY.term(part)? {
            Term::Values(values) => weekdays.every |= (values | values >> 7) as u8 & 0x7f,
            Term::Nth(weekday, nth) => weekdays.nth[nth - 1] |= 1 << weekday,
            Term::LastWeekday(weekday) => weekdays.last |= 1 << weekday,
            Term::LastDay | Term::LastWorkingDay => return Err(WEEKDAY.refuse(part)),
        }
    }
    Ok(weekdays)
}

impl Field {
    /// Parses a list of plain values into a mask.
    fn values(&self, text: &str) -> Result<u64, ScheduleError> {
        text.split(',').try_fold(0, |all, part| match self.term(part)? {
            Term::Values(values) => Ok(all | values),
            Term::LastDay | Term::LastWorkingDay | Term::Nth(..) | Term::LastWeekday(_) => {
                Err(self.refuse(part))
            }
        })
    }

    fn term(&self, text: &str) -> Result<Term, ScheduleError> {
        let dates = self.high == DATE.high;
        let weekdays = self.high == WEEKDAY.high;
        if weekdays && let Some(day) = text.strip_suffix('L') {
            let day = number(day).filter(|day| *day <= self.high).ok_or_else(|| self.refuse(text))?;
            return Ok(Term::LastWeekday((day % 7) as u8));
        }
        if weekdays && let Some((day, nth)) = text.split_once('#') {
            let nth = number(nth).filter(|nth| (1..=5).contains(nth)).ok_or_else(|| self.refuse(text))?;
            return Ok(Term::Nth((self.value(day)? % 7) as u8, nth as usize));
        }
        match text {
            "L" if dates => Ok(Term::LastDay),
            "LW" if dates => Ok(Term::LastWorkingDay),
            _ if dates && text.starts_with('L') => Err(self.refuse(text)),
            _ => self.stepped(text).map(Term::Values),
        }
    }

    /// A range with or without a step.
    fn stepped(&self, text: &str) -> Result<u64, ScheduleError> {
        let Some((range, step)) = text.split_once('/') else { return self.range(text) };
        let step = number(step).filter(|step| *step > 0).ok_or_else(|| self.refuse(text))?;
        let mut values = self.range(range)?;
        // `5/10` is 5-59/10; so is `5-5/10`.
        if values.is_power_of_two() {
            values = mask(values.trailing_zeros(), self.high);
        }
        let first = values.trailing_zeros();
        Ok((first..=values.ilog2()).step_by(step as usize).fold(0, |all, value| all | 1 << value))
    }

    fn range(&self, text: &str) -> Result<u64, ScheduleError> {
        if text == "*" {
            return Ok(mask(self.low, self.high));
        }
        let Some((start, end)) = text.split_once('-') else {
            let value = self.value(text)?;
            return Ok(mask(value, value));
        };
        let (start, end) = (self.value(start)?, self.value(end)?);
        if end < start {
            return Err(ScheduleError::Backwards { field: self.name, found: quoted(text) });
        }
        Ok(mask(start, end))
    }

    fn value(&self, text: &str) -> Result<u32, ScheduleError> {
        if let Some(at) = self.names.iter().position(|name| *name == text) {
            return Ok(at as u32 + self.low);
        }
        number(text).filter(|value| (self.low..=self.high).contains(value)).ok_or_else(|| self.refuse(text))
    }

    fn refuse(&self, found: &str) -> ScheduleError {
        // `MONDAY` is spelt less like MON than like nothing at all.
        let start = self.names.iter().find(|name| found.len() > 3 && found.starts_with(**name));
        let nearest = match start {
            Some(name) => Some((*name).to_owned()),
            None => nearest(found, self.names.iter().copied()).filter(|_| found.len() > 1),
        };
        ScheduleError::Value { field: self.name, found: quoted(found), expected: self.expected, nearest }
    }
}

fn mask(low: u32, high: u32) -> u64 {
    (2 << high) - (1 << low)
}

/// A number of nothing but digits: no sign. One beyond all fields is as good as any other.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}
