//! What must be true of a year, reckoned without any of the program's own code.

use std::collections::BTreeSet;

use chrono::{Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use pressrun::model::Instant;

use crate::a_year::{GAP, READERS, SUBSCRIBERS, WEEKLY, Year};

/// Seven in the morning of every day in a zone, reckoned without any of our own code: what the clock skips comes right
/// after, what it shows twice comes first.
fn mornings(zone: Tz, from: Instant, to: Instant) -> Vec<Instant> {
    let first = from.date_naive().checked_sub_days(Days::new(2)).unwrap();
    let time = NaiveTime::from_hms_opt(7, 0, 0).unwrap();
    let local = |day: NaiveDate| match zone.from_local_datetime(&day.and_time(time)) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => panic!("nowhere is seven o'clock skipped"),
    };
    first.iter_days().map(local).skip_while(|at| *at <= from).take_while(|at| *at <= to).collect()
}

/// No story twice, and between a reader's first and last letter none missing.
pub(crate) fn check_stories(year: &Year) {
    for digest in [SUBSCRIBERS, WEEKLY, GAP] {
        for reader in 0..READERS {
            let got = &year.got[&(digest.to_owned(), reader)];
            let all: Vec<u32> = got.iter().flat_map(|letter| letter.stories.iter().copied()).collect();
            let once: BTreeSet<u32> = all.iter().copied().collect();
            assert_eq!(all.len(), once.len(), "{digest}: reader {reader} read a story twice");
            let last = got.last().unwrap().at;
            let told = year.told.iter().filter(|(_, at)| **at < last).map(|(story, _)| *story);
            let missed: Vec<u32> = told.filter(|story| !once.contains(story)).collect();
            assert!(missed.is_empty(), "{digest}: reader {reader} never read {missed:?}");
            assert!(got.iter().all(|letter| !letter.stories.is_empty()));
        }
    }
}

/// Every reader has every morning's edition at seven by their own clock.
pub(crate) fn check_mornings(year: &Year, start: Instant, end: Instant) {
    let mut expected = 0;
    for (reader, zones) in year.zones.iter().enumerate() {
        let got = &year.got[&(SUBSCRIBERS.to_owned(), reader)];
        let mut due = BTreeSet::new();
        for (n, (since, zone)) in zones.iter().enumerate() {
            let until = zones.get(n + 1).map_or(end, |(next, _)| *next);
            let zone = zone.unwrap_or(chrono_tz::Europe::Berlin);
            due.extend(mornings(zone, (*since).max(start), until));
        }
        let in_time: BTreeSet<Instant> = got.iter().map(|letter| letter.at).collect();
        assert_eq!(in_time.len(), got.len(), "reader {reader} got two letters at once");
        for slot in &due {
            if year.down.iter().any(|(from, to)| from <= slot && slot <= to) {
                continue;
            }
            expected += 1;
            let letters =
                got.iter().filter(|l| l.at >= *slot && l.at - *slot <= TimeDelta::minutes(1)).count();
            // Who has just moved may have read everything that there is.
            let before = got.iter().rev().find(|letter| letter.at < *slot).map(|letter| letter.at);
            let news = year.told.values().any(|at| before.is_none_or(|before| *at > before) && at < slot);
            assert_eq!(letters, usize::from(news), "reader {reader} at {slot}, before {before:?}");
        }
        for letter in got {
            let on_time =
                due.iter().any(|slot| letter.at >= *slot && letter.at - *slot <= TimeDelta::minutes(1));
            let after_a_fall = year.down.iter().any(|(_, to)| (letter.at - *to).num_minutes().abs() <= 1);
            assert!(on_time || after_a_fall, "reader {reader} got a letter at {}", letter.at);
        }
        // A slot that was missed is made good if it was less than six hours late, and all of them by one letter.
        for (from, to) in &year.down {
            let late = due.iter().filter(|slot| *from <= **slot && **slot <= *to);
            let makes_good = late.clone().any(|slot| *to - *slot < TimeDelta::hours(6));
            let letters = got.iter().filter(|l| (l.at - *to).num_seconds().abs() <= 60).count();
            let on_the_minute = due.iter().any(|slot| (*slot - *to).num_seconds().abs() <= 60);
            if !on_the_minute {
                assert_eq!(letters, usize::from(makes_good), "reader {reader} after {from} to {to}");
            }
        }
    }
    // A week is lost to the downtimes, and who moves loses a morning now and then.
    assert!(expected > 355 * READERS, "{expected} mornings");
}

/// The editions of a fixed zone come on their weekday at their time, right after a gap, once in an overlap.
pub(crate) fn check_fixed(year: &Year, digest: &str, zone: Tz, weekday: Weekday, (hour, minute): (u32, u32)) {
    use chrono::{Datelike as _, Timelike as _};
    let got = &year.got[&(digest.to_owned(), 0)];
    assert!((50..=53).contains(&got.len()), "{digest}: {} editions", got.len());
    for reader in 1..READERS {
        let other = &year.got[&(digest.to_owned(), reader)];
        assert!(got.iter().map(|l| l.at).eq(other.iter().map(|l| l.at)), "{digest}: reader {reader}");
    }
    for letter in got {
        let local = letter.at.with_timezone(&zone);
        if year.down.iter().any(|(_, to)| (letter.at - *to).num_minutes().abs() <= 1) {
            continue;
        }
        assert_eq!(local.weekday(), weekday, "{digest}: {local}");
        let minutes = local.hour() * 60 + local.minute();
        let skipped = zone.from_local_datetime(&local.date_naive().and_hms_opt(hour, minute, 0).unwrap());
        let expected = if matches!(skipped, LocalResult::None) { 150 } else { hour * 60 + minute };
        assert!((expected..=expected + 1).contains(&minutes), "{digest}: {local}");
    }
    let weeks: BTreeSet<_> = got.iter().map(|l| l.at.with_timezone(&zone).iso_week()).collect();
    assert_eq!(weeks.len(), got.len(), "{digest}: two editions in one week");
}
