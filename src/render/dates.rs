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

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};

    use super::*;
    use crate::model::Language;
    use crate::render::Theme;

    fn at(year: i32, month: u32, day: u32, hour: u32) -> Instant {
        Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).single().expect("a time")
    }

    #[test]
    fn dates_are_written_in_the_zone_and_language_of_the_digest() {
        let theme = Theme::built_in();
        for (language, first, short_date, long) in [
            ("en", "Sunday, 1 March 2026", "31 December 2025", "9 May"),
            ("de", "Sonntag, 1. März 2026", "31. Dezember 2025", "9. Mai"),
            ("fr", "dimanche 1er mars 2026", "31 décembre 2025", "9 mai"),
            ("es", "domingo, 1 de marzo de 2026", "31 de diciembre de 2025", "9 de mayo"),
            ("he", "יום ראשון, 1 במרץ 2026", "31 בדצמבר 2025", "9 במאי"),
            ("ar", "الأحد، 1 مارس 2026", "31 ديسمبر 2025", "9 مايو"),
        ] {
            let words = theme.words(&Language::parse(language).expect("a tag"));
            // 23:00 UTC in February is the first of March in Berlin.
            assert_eq!(full(words, chrono_tz::Europe::Berlin, at(2026, 2, 28, 23)), first);
            let zone = chrono_tz::America::New_York;
            assert_eq!(short(words, zone, at(2026, 1, 1, 3), at(2026, 1, 2, 12)), short_date);
            assert_eq!(short(words, zone, at(2026, 5, 10, 1), at(2026, 5, 12, 0)), long);
        }
    }
}
