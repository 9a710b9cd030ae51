//! Lanes, walked through with a clock turned by hand.

use proptest::prelude::*;

use super::DomainEffect::{Blocked, None as Nothing, Slow, Trouble, Well};
use super::*;

fn at(seconds: i64) -> Instant {
    Instant::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn minutes(n: i64) -> Instant {
    at(60 * n)
}

/// Seconds since the beginning: `(true, s)` goes, `(false, s)` is pushed.
fn seconds(slots: &[Slot]) -> Vec<(bool, i64)> {
    let one = |slot: &Slot| match slot {
        Slot::Go { not_before } => (true, not_before.timestamp()),
        Slot::Later { due_at } => (false, due_at.timestamp()),
    };
    slots.iter().map(one).collect()
}

const ROUND: TimeDelta = TimeDelta::seconds(3);

#[test]
fn what_fits_into_the_round_goes_and_the_rest_is_spread_behind_it() {
    let mut lane = Lane::new(at(0));
    let slots = plan(&mut lane, Some(1.0), 6, at(10), ROUND);
    assert_eq!(seconds(&slots), [(true, 10), (true, 11), (true, 12), (true, 13), (false, 14), (false, 15)]);
    let other_process = plan(&mut lane, Some(1.0), 2, at(10), ROUND);
    assert_eq!(seconds(&other_process), [(false, 16), (false, 17)]);
    // Those that were pushed come back when they are due, and go.
    for due in 14..18 {
        assert_eq!(seconds(&plan(&mut lane, Some(1.0), 1, at(due), ROUND)), [(true, due)]);
    }
}

#[test]
fn without_a_rate_all_go_at_once_and_leave_no_trace() {
    let mut lane = Lane::new(at(0));
    for rate in [None, Some(0.0), Some(-1.0), Some(f64::NAN)] {
        let slots = plan(&mut lane, rate, 3, at(5), ROUND);
        assert_eq!(seconds(&slots), [(true, 5); 3], "{rate:?}");
    }
    assert_eq!(lane, Lane::new(at(0)));
}

#[test]
fn a_long_pause_saves_nothing_up() {
    let mut lane = Lane::new(at(0));
    let slots = plan(&mut lane, Some(2.0), 4, at(1_000_000), TimeDelta::seconds(1));
    let base = 1_000_000;
    assert_eq!(seconds(&slots), [(true, base), (true, base), (true, base + 1), (false, base + 1)]);
}

#[test]
fn a_held_lane_pushes_everybody_behind_its_hold() {
    for (rate, spread) in [(Some(1.0), [600, 601, 602]), (None, [600, 600, 600])] {
        let mut lane = Lane::new(at(0));
        lane.trouble(Slow, at(0));
        let slots = plan(&mut lane, rate, 3, at(1), TimeDelta::hours(9));
        assert_eq!(seconds(&slots), spread.map(|s| (false, s)));
        assert!(lane.pushed_at > at(600));
        assert_eq!(seconds(&plan(&mut lane, rate, 1, at(600), ROUND)), [(true, 600)]);
    }
}

/// Turns `(second, effect)` into the minutes for which the lane is held at the end, counted from the last.
fn held(story: &[(i64, DomainEffect)]) -> Option<i64> {
    let mut lane = Lane::new(at(0));
    let mut last = at(0);
    for (minute, effect) in story {
        last = minutes(*minute);
        lane.trouble(*effect, last);
    }
    lane.held_until.map(|until| (until - last).num_minutes()).filter(|minutes| *minutes > 0)
}

#[test]
fn a_lane_is_held_for_longer_each_time_until_it_is_well_again() {
    let five = |effect| [(0, effect); 5];
    assert_eq!(held(&[(0, Slow)]), Some(10));
    assert_eq!(held(&[(0, Slow), (10, Slow)]), Some(20));
    assert_eq!(held(&[(0, Slow), (10, Slow), (30, Slow), (70, Slow)]), Some(80));
    assert_eq!(held(&(0..9).map(|n| (n * 300, Slow)).collect::<Vec<_>>()), Some(240));
    // What was under way when the hold began is the same strike.
    assert_eq!(held(&[(0, Slow), (0, Slow), (1, Slow)]), Some(10));
    // A letter taken on the ramp is no proof yet; one taken after it is.
    assert_eq!(held(&[(0, Slow), (11, Well), (12, Slow)]), Some(20));
    assert_eq!(held(&[(0, Slow), (29, Well), (30, Slow)]), Some(10));
    assert_eq!(held(&five(Trouble)[..4]), None);
    assert_eq!(held(&five(Trouble)), Some(5));
    assert_eq!(held(&five(Blocked)), Some(60));
    assert_eq!(held(&five(Nothing)), None);
    assert_eq!(
        held(&[(0, Trouble), (0, Trouble), (0, Blocked), (0, Well), (0, Trouble), (0, Trouble)]),
        None
    );
    // Refusals of single mailboxes in between do not end the row.
    assert_eq!(
        held(&[(0, Trouble), (0, Trouble), (0, Nothing), (0, Blocked), (0, Trouble), (0, Trouble)]),
        Some(5)
    );
    // A short hold does not cut a long one.
    assert_eq!(
        held(&[(0, Slow), (1, Trouble), (1, Trouble), (1, Trouble), (1, Trouble), (1, Trouble)]),
        Some(9)
    );
}

#[test]
fn after_a_hold_one_connection_more_is_allowed_each_minute() {
    let mut lane = Lane::new(at(0));
    assert_eq!(lane.connections_allowed(None, at(0)), None);
    assert_eq!(lane.connections_allowed(Some(5), at(0)), Some(5));
    lane.trouble(Slow, at(0));
    for (minute, with_rule, without) in [
        (9, Some(0), Some(0)),
        (10, Some(1), Some(1)),
        (11, Some(2), Some(2)),
        (13, Some(4), Some(4)),
        (14, Some(5), Some(5)),
        (28, Some(5), Some(19)),
        (29, Some(5), None),
    ] {
        assert_eq!(lane.connections_allowed(Some(5), minutes(minute)), with_rule, "minute {minute}");
        assert_eq!(lane.connections_allowed(None, minutes(minute)), without, "minute {minute}");
    }
    assert_eq!(lane.connections_allowed(Some(0), minutes(10)), Some(0));
}

#[derive(Debug, Clone)]
struct Call {
    process: usize,
    turn_ms: i64,
    wanted: usize,
    horizon_ms: i64,
    effect: DomainEffect,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let effects = vec![Nothing, Nothing, Nothing, Well, Trouble, Slow];
    let call = (
        0..3_usize,
        prop_oneof![0..200_i64, 0..100_000_i64],
        0..40_usize,
        -5..60_000_i64,
        prop::sample::select(effects),
    )
        .prop_map(|(process, turn_ms, wanted, horizon_ms, effect)| Call {
            process,
            turn_ms,
            wanted,
            horizon_ms,
            effect,
        });
    prop::collection::vec(call, 1..40)
}

proptest! {
    /// Three processes, whose clocks are up to a second apart, share the lane.
    #[test]
    fn no_window_holds_more_than_the_rate_allows(rate in 0.05..500.0_f64, calls in calls(), skew in 0..1_000_i64) {
        let (mut lane, mut clock, mut gone) = (Lane::new(at(0)), at(0), Vec::new());
        for call in calls {
            clock += TimeDelta::milliseconds(call.turn_ms);
            let now = clock + TimeDelta::milliseconds(skew * i64::try_from(call.process).unwrap_or(0) / 2);
            lane.trouble(call.effect, now);
            let horizon = TimeDelta::milliseconds(call.horizon_ms);
            let held = lane.held_until.filter(|until| *until > now);
            let slots = plan(&mut lane, Some(rate), call.wanted, now, horizon);
            prop_assert_eq!(slots.len(), call.wanted);
            let mut due = Vec::new();
            for slot in slots {
                match slot {
                    Slot::Go { not_before } => {
                        prop_assert!(held.is_none() && due.is_empty());
                        prop_assert!(not_before >= now && not_before <= now + horizon.max(TimeDelta::zero()));
                        gone.push(not_before);
                    }
                    Slot::Later { due_at } => {
                        prop_assert!(due_at >= now && held.is_none_or(|until| due_at >= until));
                        prop_assert!(due_at >= lane.next_at && due.last().is_none_or(|before| *before < due_at));
                        due.push(due_at);
                    }
                }
            }
        }
        // Any window begins at a letter: it and those after it, each in its own 1/rate.
        for (first, begin) in gone.iter().enumerate() {
            for (last, end) in gone.iter().enumerate().skip(first) {
                let window = (*end - *begin).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e6;
                prop_assert!((last - first + 1) as f64 <= rate * window + 1.000_001, "{first} {last} {window}");
            }
        }
    }

    #[test]
    fn a_letter_that_is_pushed_comes_back_once_and_goes(rate in 0.1..50.0_f64, letters in 1..200_usize) {
        let mut lane = Lane::new(at(0));
        let mut queue: Vec<(Instant, u32)> = vec![(at(0), 0); letters];
        while let Some((now, touched)) = (!queue.is_empty()).then(|| queue.remove(0)) {
            prop_assert!(touched <= 1);
            // Whoever is due by now is asked for together, as a feeder would.
            let mut wanted = vec![touched];
            while queue.first().is_some_and(|(due, _)| *due <= now) {
                wanted.push(queue.remove(0).1);
            }
            for (slot, touched) in plan(&mut lane, Some(rate), wanted.len(), now, ROUND).into_iter().zip(wanted) {
                if let Slot::Later { due_at } = slot {
                    queue.push((due_at, touched + 1));
                }
            }
        }
    }

    #[test]
    fn no_numbers_make_it_panic(rate in any::<f64>(), strikes in any::<u32>(), ms in any::<i32>()) {
        for now in [Instant::MIN_UTC, at(i64::from(ms)), Instant::MAX_UTC] {
            let mut lane = Lane { strikes, failures: u32::MAX, ..Lane::new(now) };
            let _slots = plan(&mut lane, Some(rate), 3, now, TimeDelta::MAX);
            for effect in [Slow, Trouble, Blocked, Well] {
                lane.trouble(effect, now);
                let _slots = plan(&mut lane, Some(rate), 3, now, TimeDelta::MIN);
                let _allowed = lane.connections_allowed(Some(usize::MAX), Instant::MAX_UTC);
                let _allowed = lane.connections_allowed(None, Instant::MIN_UTC);
            }
        }
    }
}
