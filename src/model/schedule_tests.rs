use chrono_tz::{Africa, America, Asia, Australia, Europe};

use super::*;

fn instant(text: &str) -> Instant {
    text.parse().expect(text)
}

/// The slots of a day and a half from an instant on, as UTC.
fn slots(expression: &str, zone: Tz, after: &str) -> Vec<String> {
    let schedule = Schedule::parse(expression).expect(expression);
    let end = instant(after) + chrono::TimeDelta::hours(36);
    let slots = schedule.slots(zone, instant(after)).take_while(|slot| *slot < end);
    slots.map(|slot| slot.format("%d %H:%M").to_string()).collect()
}

#[test]
fn a_fixed_time_in_the_gap_comes_right_after_it_and_once() {
    let night = "2026-03-28T12:00:00Z";
    let berlin = |expression| slots(expression, Europe::Berlin, night);
    assert_eq!(berlin("30 2 * * *"), ["29 01:00"]);
    assert_eq!(berlin("0,30 2 * * *"), ["29 01:00"]);
    assert_eq!(berlin("0,30 2,3 * * *"), ["29 01:00", "29 01:30"]);
    assert_eq!(berlin("daily at 02:15 and 03:00"), ["29 01:00"]);
    assert_eq!(berlin("59 1 * * *"), ["29 00:59", "29 23:59"]);
    assert_eq!(slots("0 0 * * *", Africa::Cairo, "2026-04-23T12:00:00Z"), ["23 22:00", "24 21:00"]);
    assert_eq!(slots("15 2 * * *", Australia::Lord_Howe, "2026-10-03T12:00:00Z"), ["03 15:30", "04 15:15"]);
}

#[test]
fn a_fixed_time_that_comes_twice_runs_the_first_time_only() {
    let new_york = |expression| slots(expression, America::New_York, "2026-11-01T00:00:00Z");
    assert_eq!(new_york("30 1 * * *"), ["01 05:30", "02 06:30"]);
    assert_eq!(new_york("0,30 1 1 * *"), ["01 05:00", "01 05:30"]);
    assert_eq!(slots("45 1 * * *", Australia::Lord_Howe, "2026-04-04T12:00:00Z"), ["04 14:45", "05 15:15"]);
    assert_eq!(slots("0 0 * * *", America::Havana, "2026-10-31T12:00:00Z"), ["01 04:00"]);
}

#[test]
fn a_schedule_with_a_star_follows_the_clock() {
    let new_york = |expression, after| slots(expression, America::New_York, after);
    assert_eq!(
        new_york("*/30 1 1 11 *", "2026-11-01T00:00:00Z"),
        ["01 05:00", "01 05:30", "01 06:00", "01 06:30"]
    );
    assert_eq!(new_york("*/30 2 8 3 *", "2026-03-08T00:00:00Z"), Vec::<String>::new());
    assert_eq!(slots("*/20 0 24 4 *", Africa::Cairo, "2026-04-23T12:00:00Z"), Vec::<String>::new());
    assert_eq!(
        slots("0 */2 5 4 *", Australia::Lord_Howe, "2026-04-04T12:00:00Z")[..3],
        ["04 13:00", "04 15:30", "04 17:30"]
    );
}

#[test]
fn slots_go_on_from_within_the_second_pass_of_an_hour() {
    let next = |expression, after: &str| {
        let schedule = Schedule::parse(expression).expect(expression);
        schedule.next(America::New_York, instant(after)).expect(after).format("%d %H:%M").to_string()
    };
    let last = |expression, upto: &str| {
        let schedule = Schedule::parse(expression).expect(expression);
        schedule.last(America::New_York, instant(upto)).expect(upto).format("%d %H:%M").to_string()
    };
    // The first pass of 01:00 is at 05:00, the second at 06:00.
    assert_eq!(next("45 1 * * *", "2026-11-01T06:30:00Z"), "02 06:45");
    assert_eq!(next("*/45 1 * * *", "2026-11-01T05:50:00Z"), "01 06:00");
    assert_eq!(next("*/45 1 * * *", "2026-11-01T06:10:30Z"), "01 06:45");
    assert_eq!(last("45 1 * * *", "2026-11-01T06:30:00Z"), "01 05:45");
    assert_eq!(last("*/45 1 * * *", "2026-11-01T06:30:00Z"), "01 06:00");
    assert_eq!(last("*/45 1 * * *", "2026-11-01T05:59:59Z"), "01 05:45");
}

#[test]
fn a_day_fits_both_fields_where_one_begins_with_a_star_and_else_one_is_enough() {
    let days = |expression, count| {
        let schedule = Schedule::parse(expression).expect(expression);
        let slots = schedule.slots(Tz::UTC, instant("2026-01-31T12:00:00Z")).take(count);
        slots.map(|slot| slot.format("%m-%d").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(days("0 0 13 * FRI", 4), ["02-06", "02-13", "02-20", "02-27"]);
    assert_eq!(days("0 0 */2 * FRI", 3), ["02-13", "02-27", "03-13"]);
    assert_eq!(days("0 0 1 * */3", 4), ["02-01", "03-01", "04-01", "07-01"]);
    assert_eq!(days("0 0 LW * *", 3), ["02-27", "03-31", "04-30"]);
    assert_eq!(days("0 0 * * 7L", 3), ["02-22", "03-29", "04-26"]);
    assert_eq!(days("0 0 * * MON#5", 2), ["03-30", "06-29"]);
}

#[test]
fn the_rarest_day_is_found_and_the_clock_may_skip_a_time_for_ever() {
    let rare = Schedule::parse("0 0 * 2 MON#5").expect("rare");
    let years: Vec<String> = rare
        .slots(Tz::UTC, instant("2026-01-01T00:00:00Z"))
        .take(3)
        .map(|slot| slot.format("%Y").to_string())
        .collect();
    assert_eq!(years, ["2044", "2072", "2112"]);
    assert_eq!(rare.last(Tz::UTC, instant("2112-02-28T23:59:59Z")), Some(instant("2072-02-29T00:00:00Z")));
    let never = Schedule::parse("*/5 2 * 3 0L").expect("in the gap");
    assert_eq!(never.next(Europe::Berlin, instant("2026-01-01T00:00:00Z")), None);
    assert!(never.next(Asia::Kathmandu, instant("2026-01-01T00:00:00Z")).is_some());
}

#[test]
fn the_ends_of_time_are_no_slot_and_no_panic() {
    let schedule = Schedule::parse("* * * * *").expect("every minute");
    for zone in [Tz::UTC, Asia::Kathmandu, America::New_York] {
        assert_eq!(schedule.next(zone, Instant::MAX_UTC), None);
        let _ = schedule.last(zone, Instant::MIN_UTC);
        let _ = schedule.next(zone, Instant::MIN_UTC);
        let _ = schedule.last(zone, Instant::MAX_UTC);
    }
}

#[test]
fn what_never_comes_is_refused() {
    for (expression, told) in [
        ("0 0 30 2 *", "`0 0 30 2 *` never comes: none of its months has a day 30"),
        ("0 0 31 4,6 MON", "none of its months has a day 31"),
        ("0 0 */15 * MON#2", "no day fits both its day of the month and its weekday"),
        ("monthly on the 31st of february at 9", "`monthly on the 31st of february at 9` never comes"),
    ] {
        let error = Schedule::parse(expression).expect_err(expression).to_string();
        assert!(error.contains(told), "{expression}: {error}");
    }
}

#[test]
fn a_mistake_in_a_cron_expression_is_told_with_its_field_and_what_is_meant() {
    for (expression, told) in [
        ("61 * * * *", "`61` in the field of the minute: expected *, 0 to 59"),
        ("0 24 * * *", "`24` in the field of the hour"),
        ("0 0 0 * *", "`0` in the field of the day of the month"),
        ("0 0 * FEV *", "did you mean `FEB`?"),
        ("0 0 * * MONDAY", "did you mean `MON`?"),
        ("0 0 * * MON#6", "`MON#6` in the field of the weekday"),
        ("0 0 L/2 * *", "`L/2` in the field of the day of the month"),
        ("0 0 15W * *", "LW (the last from Monday to Friday)"),
        ("5-1 * * * *", "`5-1` in the field of the minute ends before it begins"),
        ("*/0 * * * *", "`*/0` in the field of the minute"),
        ("1,,2 * * * *", "`` in the field of the minute"),
        (
            "0 0 7 * * *",
            "has five fields (minute, hour, day of the month, month, weekday), `0 0 7 * * *` has 6",
        ),
        ("0 7", "`0 7` has 2"),
    ] {
        let error = Schedule::parse(expression).expect_err(expression).to_string();
        assert!(error.contains(told), "{expression}: {error}");
    }
}

#[test]
fn a_schedule_is_written_as_it_was_given() {
    let schedule = Schedule::parse("  Weekdays  at 06:30 ").expect("words");
    assert_eq!(schedule.text(), "Weekdays at 06:30");
    assert_eq!(serde_json::to_string(&schedule).expect("text"), "\"Weekdays at 06:30\"");
    assert_eq!(Schedule::parse(schedule.text()), Ok(schedule));
}
