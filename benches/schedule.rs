//! How long the next slot of a schedule takes; the goal is 20 microseconds, for the rarest as well.

use chrono_tz::Tz;
use pressrun::model::{Instant, Schedule};

fn main() {
    divan::main();
}

const SCHEDULES: [&str; 8] = [
    "30 6 * * 1-5",
    "daily at 07:00 and 18:30",
    "*/15 * * * *",
    "* * * * *",
    "every first monday of the month at 9",
    "monthly on the last day at 18:00",
    "0 0 29 2 MON#5",
    "0 0 * 2 MON#5",
];

const ZONES: [Tz; 3] = [Tz::UTC, Tz::Europe__Berlin, Tz::Africa__Casablanca];

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// May 2026, far from any change of the clocks.
fn may() -> Instant {
    Instant::UNIX_EPOCH + chrono::TimeDelta::seconds(1_780_000_000)
}

#[divan::bench(args = SCHEDULES)]
fn next_slot_in_berlin(bencher: divan::Bencher<'_, '_>, text: &str) {
    let schedule = schedule(text);
    bencher.bench_local(|| schedule.next(Tz::Europe__Berlin, divan::black_box(may())));
}

#[divan::bench(args = ZONES)]
fn next_slot_on_weekdays(bencher: divan::Bencher<'_, '_>, zone: Tz) {
    let schedule = schedule("weekdays at 06:30");
    bencher.bench_local(|| schedule.next(zone, divan::black_box(may())));
}

#[divan::bench(args = SCHEDULES)]
fn last_slot_in_berlin(bencher: divan::Bencher<'_, '_>, text: &str) {
    let schedule = schedule(text);
    bencher.bench_local(|| schedule.last(Tz::Europe__Berlin, divan::black_box(may())));
}

/// Past an hour that does not exist, minute by minute.
#[divan::bench]
fn next_slot_after_the_gap(bencher: divan::Bencher<'_, '_>) {
    let schedule = schedule("* * * * *");
    // 2026-03-29T00:59:00Z, 01:59 in Berlin.
    let before = Instant::UNIX_EPOCH + chrono::TimeDelta::seconds(1_774_745_940);
    bencher.bench_local(|| schedule.next(Tz::Europe__Berlin, divan::black_box(before)));
}

#[divan::bench(args = SCHEDULES)]
fn parse(text: &str) -> Schedule {
    schedule(divan::black_box(text))
}
