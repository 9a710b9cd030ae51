//! Slots against a walker that looks at every minute, across the transitions of many zones.

use std::sync::OnceLock;

use chrono::{TimeDelta, TimeZone as _};
use chrono_tz::{Africa, America, Antarctica, Asia, Atlantic, Australia, Europe, Pacific};
use proptest::prelude::*;

use super::*;
use crate::model::schedule_fields;

const ZONES: [Tz; 16] = [
    Tz::UTC,
    Africa::Cairo,
    Africa::Casablanca,
    America::Asuncion,
    America::Havana,
    America::New_York,
    America::Santiago,
    America::St_Johns,
    Antarctica::Troll,
    Asia::Beirut,
    Asia::Gaza,
    Asia::Kathmandu,
    Atlantic::Azores,
    Australia::Lord_Howe,
    Europe::Dublin,
    Pacific::Chatham,
];

fn offset(zone: Tz, at: Instant) -> TimeDelta {
    let seconds = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    TimeDelta::seconds(i64::from(seconds))
}

/// Every change of the clocks of the zones from 2023 to 2028, and a day without one for zones that have none.
fn transitions() -> &'static [(Tz, Instant)] {
    static FOUND: OnceLock<Vec<(Tz, Instant)>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let start: Instant = "2023-01-01T00:00:00Z".parse().expect("an instant");
        let mut found = Vec::new();
        for zone in ZONES {
            let before = found.len();
            let quarters = (0..6 * 365 * 96).map(|quarter| start + TimeDelta::minutes(15 * quarter));
            let mut last = offset(zone, start);
            for at in quarters {
                let now = offset(zone, at);
                if now != last {
                    found.push((zone, at));
                }
                last = now;
            }
            if found.len() == before {
                found.push((zone, start));
            }
        }
        found
    })
}

/// All slots after `start` up to `end`, found as cron finds them: minute by minute, with an eye on the clock.
fn walked(cron: &Cron, zone: Tz, start: Instant, end: Instant) -> Vec<Instant> {
    let mut slots = Vec::new();
    let mut at = start - TimeDelta::days(1);
    // How far the clock on the wall has come; where it is put back, it has been further before.
    let mut furthest = at.naive_utc() + offset(zone, at);
    while at < end {
        at += MINUTE;
        let wall = at.naive_utc() + offset(zone, at);
        let mut due = !cron.fixed && cron.matches(wall);
        while furthest < wall {
            furthest += MINUTE;
            due |= cron.fixed && cron.matches(furthest);
        }
        if due && at > start {
            slots.push(at);
        }
    }
    slots
}

/// A field: a star, with or without a step, a few values, or a range.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (2..=(high - low)).prop_map(|step| format!("*/{step}")),
        4 => prop::collection::vec(low..=high, 1..4)
            .prop_map(|values| values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (low..=high, 1u32..20).prop_map(|(start, step)| format!("{start}/{step}")),
    ]
}

/// Hours at which clocks are changed.
fn hour() -> impl Strategy<Value = String> {
    prop_oneof![2 => field(0, 23), 3 => field(0, 3), 1 => Just("23,0".to_owned())]
}

fn date() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just("*".to_owned()), 2 => field(1, 31), 1 => Just("L".to_owned()), 1 => Just("LW".to_owned())]
}

fn weekday() -> impl Strategy<Value = String> {
    let nth = (0u32..=7, 1u32..=5).prop_map(|(day, nth)| format!("{day}#{nth}"));
    prop_oneof![4 => Just("*".to_owned()), 2 => field(0, 7), 1 => nth, 1 => (0u32..=7).prop_map(|day| format!("{day}L"))]
}

fn cron() -> impl Strategy<Value = Cron> {
    let expression = (field(0, 59), hour(), date(), weekday());
    expression.prop_filter_map("it comes", |(minute, hour, date, weekday)| {
        schedule_fields::parse(&format!("{minute} {hour} {date} * {weekday}")).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn slots_are_those_that_a_walk_through_every_minute_finds(
        cron in cron(),
        place in any::<prop::sample::Index>(),
        shift in -2000i64..1000,
        seconds in 0i64..60,
    ) {
        let (zone, transition) = *place.get(transitions());
        let start = transition + TimeDelta::minutes(shift) + TimeDelta::seconds(seconds);
        let minute = start - TimeDelta::seconds(seconds);
        let end = minute + TimeDelta::days(2);
        let expected = walked(&cron, zone, minute, end);

        let forward: Vec<Instant> =
            std::iter::successors(next(&cron, zone, start), |slot| next(&cron, zone, *slot))
                .take_while(|slot| *slot <= end)
                .collect();
        prop_assert_eq!(&forward, &expected);

        let mut backward: Vec<Instant> =
            std::iter::successors(last(&cron, zone, end), |slot| last(&cron, zone, *slot - MINUTE))
                .take_while(|slot| *slot > minute)
                .collect();
        backward.reverse();
        prop_assert_eq!(&backward, &expected);
    }

    #[test]
    fn the_last_slot_is_the_one_after_which_none_has_come(
        cron in cron(),
        zone in prop::sample::select(ZONES.to_vec()),
        second in -4_000_000_000i64..8_000_000_000,
    ) {
        let at = Instant::from_timestamp(second, 0).expect("an instant");
        let following = next(&cron, zone, at);
        prop_assert!(following.is_none_or(|slot| slot > at));
        if let Some(latest) = last(&cron, zone, at) {
            prop_assert!(latest <= at);
            prop_assert_eq!(next(&cron, zone, latest), following);
            prop_assert_eq!(last(&cron, zone, latest), Some(latest));
        }
        if let Some(following) = following {
            prop_assert_eq!(last(&cron, zone, following), Some(following));
        }
    }
}
