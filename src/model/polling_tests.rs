use proptest::prelude::*;

use super::*;
use crate::model::{Health, Manner, Name, SourceOrigin, Validators};

const BOUNDS: Bounds = Bounds { fastest: minutes(15), slowest: minutes(120) };

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

fn at(minute: i64) -> Instant {
    Instant::UNIX_EPOCH + chrono::TimeDelta::minutes(30_000_000 + minute)
}

fn source(rest: Option<u64>, failures: u32) -> Source {
    Source {
        id: SourceId(7),
        name: Name::parse("harbour").unwrap(),
        url: "https://harbour.example/feed".parse().unwrap(),
        title: None,
        site: None,
        topics: Vec::new(),
        origin: SourceOrigin::Config,
        validators: Validators::default(),
        every: None,
        manner: Manner::default(),
        rest: rest.map(minutes),
        next_poll: None,
        not_before: None,
        wish: crate::model::Wish::default(),
        again_at: None,
        pushed_until: None,
        health: Health { failures, ..Health::default() },
    }
}

#[test]
fn a_source_rests_half_as_long_when_it_changes_and_a_quarter_longer_when_not() {
    use Happened::{Changed, Failed, Gone, Unchanged};
    for (before, happened, after) in [
        (None, Changed, 900),
        (None, Unchanged, 1_125),
        (Some(60), Changed, 1_800),
        (Some(20), Changed, 900),
        (Some(60), Unchanged, 4_500),
        (Some(100), Unchanged, 7_200),
        (Some(120), Unchanged, 7_200),
        // bounds that were others when it last rested
        (Some(1_000), Changed, 7_200),
        (Some(1), Unchanged, 900),
        (Some(60), Failed, 3_600),
        (Some(60), Gone, 3_600),
    ] {
        let rest = BOUNDS.rest(before.map(minutes), happened);
        assert_eq!(rest, Duration::from_secs(after), "{before:?} {happened:?}");
    }
}

#[test]
fn bounds_the_wrong_way_round_are_one_interval() {
    let bounds = Bounds { fastest: minutes(60), slowest: minutes(15) };
    for happened in [Happened::Changed, Happened::Unchanged] {
        assert_eq!(bounds.rest(Some(minutes(30)), happened), minutes(60));
    }
}

#[test]
fn pauses_after_failures_double_up_to_a_day() {
    let pauses: Vec<u64> = (0..9).map(|failures| BOUNDS.pause(failures).as_secs() / 60).collect();
    assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    assert_eq!(BOUNDS.pause(u32::MAX), minutes(1440));
    let hasty = Bounds { fastest: Duration::from_secs(1), ..BOUNDS };
    assert_eq!(hasty.pause(40), minutes(1440));
}

/// Minutes from the poll until it is due and until anybody may poll, both without jitter as far as can be told.
fn waits(source: &Source, happened: Happened, asked: Option<u64>) -> (i64, Option<i64>) {
    let next = BOUNDS.next(source, happened, asked.map(minutes), at(0));
    let rounded = |until: Instant| ((until - at(0)).num_seconds() + 30) / 60;
    (rounded(next.poll.unwrap()), next.not_before.map(rounded))
}

fn about(expected: i64, found: i64) -> bool {
    found * 10 >= expected * 9 - 10 && found * 10 <= expected * 11 + 10
}

#[test]
fn what_a_source_asks_for_is_never_shortened() {
    let (poll, not_before) = waits(&source(None, 0), Happened::Unchanged, Some(600));
    assert_eq!((poll, not_before), (600, Some(600)));
    let (poll, not_before) = waits(&source(Some(60), 0), Happened::Unchanged, Some(5));
    assert!(about(75, poll), "{poll}");
    assert_eq!(not_before, Some(5));
    let (poll, not_before) = waits(&source(None, 3), Happened::Failed, Some(7 * 1440));
    assert_eq!((poll, not_before), (7 * 1440, Some(7 * 1440)));
}

#[test]
fn one_failure_of_a_quiet_source_does_not_keep_an_edition_from_asking_it() {
    let (poll, not_before) = waits(&source(Some(120), 0), Happened::Failed, None);
    assert!(about(240, poll) && about(15, not_before.unwrap()), "{poll} {not_before:?}");
    let (poll, not_before) = waits(&source(Some(15), 6), Happened::Failed, None);
    assert!(about(1440, poll) && about(960, not_before.unwrap()), "{poll} {not_before:?}");
    let (poll, not_before) = waits(&source(Some(15), 0), Happened::Gone, None);
    assert!(about(30 * 1440, poll) && about(30 * 1440, not_before.unwrap()), "{poll} {not_before:?}");
    assert_eq!(waits(&source(Some(15), 0), Happened::Changed, None).1, None);
}

#[test]
fn an_interval_of_its_own_holds_whatever_happens() {
    let own = Source { every: Some(minutes(3 * 1440)), ..source(Some(15), 9) };
    for happened in [Happened::Changed, Happened::Unchanged, Happened::Failed] {
        assert!(about(3 * 1440, waits(&own, happened, None).0), "{happened:?}");
    }
}

#[test]
fn a_wish_lengthens_the_rest_by_a_day_at_most_and_an_interval_of_its_own_holds_instead() {
    let wish = |minutes_fresh: u64| Wish { fresh_for: Some(minutes(minutes_fresh)), ..Wish::default() };
    let wait = |source: &Source, wish: &Wish| {
        let next = BOUNDS.next_wished(source, Happened::Unchanged, None, wish, at(0));
        assert_eq!(next.not_before, None, "an edition asks all the same");
        ((next.poll.unwrap() - at(0)).num_seconds() + 30) / 60
    };
    assert!(about(600, wait(&source(Some(60), 0), &wish(600))));
    assert!(about(75, wait(&source(Some(60), 0), &wish(5))));
    assert!(about(1440, wait(&source(Some(60), 0), &wish(40 * 1440))));
    let own = Source { every: Some(minutes(30)), ..source(Some(60), 0) };
    assert!(about(30, wait(&own, &wish(600))));
}

#[test]
fn quiet_hours_and_days_are_waited_out() {
    let midnight = "2026-03-02T00:00:00Z".parse::<Instant>().unwrap();
    let night = Wish { quiet_hours: 0b1111_1111, ..Wish::default() };
    let monday = Wish { quiet_days: 1, ..Wish::default() };
    let all = Wish { quiet_hours: u32::MAX, ..Wish::default() };
    let next = |wish: &Wish| {
        BOUNDS.next_wished(&source(Some(60), 0), Happened::Changed, None, wish, midnight).poll.unwrap()
    };
    assert_eq!(next(&night).to_rfc3339(), "2026-03-02T08:00:00+00:00");
    assert_eq!(next(&monday).to_rfc3339(), "2026-03-03T00:00:00+00:00");
    assert!(next(&all) < midnight + chrono::TimeDelta::hours(1), "who is never to be asked does not mean it");
    let both = night.and(monday);
    assert_eq!(next(&both).to_rfc3339(), "2026-03-03T08:00:00+00:00");
}

#[test]
fn sources_that_were_polled_at_once_are_not_all_due_at_once() {
    let due: std::collections::BTreeSet<i64> = (0..1000)
        .map(|id| {
            let one = Source { id: SourceId(id), ..source(None, 0) };
            (BOUNDS.next(&one, Happened::Changed, None, at(0)).poll.unwrap() - at(0)).num_seconds()
        })
        .collect();
    assert!(due.len() > 150, "180 seconds are there, {} are used", due.len());
    assert!(*due.first().unwrap() <= 15 * 60 - 80 && *due.last().unwrap() >= 15 * 60 + 80);
}

proptest! {
    #[test]
    fn jitter_is_a_tenth_and_no_more(seconds in 0_u64..400_000_000, dice: u64) {
        let wait = Duration::from_secs(seconds);
        let found = jittered(wait, dice).as_secs_f64();
        prop_assert!(found >= wait.as_secs_f64() * 0.9 - 0.01 && found <= wait.as_secs_f64() * 1.1 + 0.01);
    }

    #[test]
    fn a_rest_stays_within_its_bounds(before: Option<u32>, fastest in 1_u64..100_000, slowest in 1_u64..100_000) {
        let bounds = Bounds { fastest: Duration::from_secs(fastest), slowest: Duration::from_secs(slowest) };
        for happened in [Happened::Changed, Happened::Unchanged, Happened::Failed] {
            let rest = bounds.rest(before.map(|s| Duration::from_secs(s.into())), happened);
            prop_assert!(rest >= bounds.fastest && rest <= bounds.slowest.max(bounds.fastest));
        }
    }
}

#[test]
fn what_its_hub_pushes_is_asked_for_as_rarely_as_any_and_as_before_when_that_ends() {
    let bounds = BOUNDS;
    let pushed = |minutes: i64| Source { pushed_until: Some(at(minutes)), ..source(Some(15), 0) };
    let wait = |source: &Source, happened| {
        let next = bounds.next(source, happened, None, at(0));
        (next.poll.unwrap() - at(0)).num_minutes()
    };
    let about = |wanted: i64, found: i64| {
        assert!(found * 10 >= wanted * 9 - 10 && found * 10 <= wanted * 11 + 10, "{found}")
    };
    about(bounds.slowest.as_secs() as i64 / 60, wait(&pushed(10_000), Happened::Unchanged));
    about(20 + 18, wait(&pushed(20), Happened::Unchanged));
    about(18, wait(&pushed(0), Happened::Unchanged));
    about(15, wait(&pushed(10_000), Happened::Changed));
    let next = bounds.next(&pushed(10_000), Happened::Unchanged, None, at(0));
    assert_eq!(next.rest, bounds.next(&source(Some(15), 0), Happened::Unchanged, None, at(0)).rest);
    let declared = Source { every: Some(minutes(30)), ..pushed(10_000) };
    about(30, wait(&declared, Happened::Unchanged));
}
