//! Slots are those of Debian's cron: what cronsim, a program of somebody else, says about the same expressions and zones.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use pressrun::model::{Instant, Schedule, ScheduleError};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::parts;

const ZONES: [Tz; 18] = [
    Tz::UTC,
    Tz::Africa__Cairo,
    Tz::Africa__Casablanca,
    Tz::America__Asuncion,
    Tz::America__Havana,
    Tz::America__New_York,
    Tz::America__Santiago,
    Tz::America__St_Johns,
    Tz::Antarctica__Troll,
    Tz::Asia__Beirut,
    Tz::Asia__Gaza,
    Tz::Asia__Kathmandu,
    Tz::Atlantic__Azores,
    Tz::Australia__Lord_Howe,
    Tz::Europe__Berlin,
    Tz::Europe__Dublin,
    Tz::Pacific__Apia,
    Tz::Pacific__Chatham,
];

/// At fixed times, few enough for two whole years.
#[rustfmt::skip]
const FIXED: [&str; 26] = [
    "0 0 * * *", "30 0 * * *", "0 1 * * *", "30 1 * * *", "59 1 * * *", "0 2 * * *", "30 2 * * *", "45 2 * * *",
    "0 3 * * *", "15 3 * * *", "59 23 * * *", "0 2,3 * * *", "30 2 29 3 *", "0 0 24 4 *", "30 6 * * 1-5",
    "0 9 * * MON,THU", "0 8 1,15 * *", "0 18 L * *", "0 18 LW * *", "0 9 * * MON#1", "0 9 * * 5L", "0 0 13 * FRI",
    "0 0 */2 * FRI", "0 0 1 */3 *", "0 12 29 2 *", "30 2 25-31 3,10 SUN",
];

/// At fixed times, for the days about the changes.
const DENSE: [&str; 3] = ["0,30 0,1,2,3 * * *", "0,59 1-3 * * *", "5/10 2 * * *"];

/// By the clock.
#[rustfmt::skip]
const WILD: [&str; 25] = [
    "* * * * *", "*/7 * * * *", "*/15 * * * *", "*/30 * * * *", "0 * * * *", "30 * * * *", "59 * * * *",
    "0,30 */2 * * *", "0 */2 * * *", "15 */3 * * *", "0 */6 * * *", "*/30 1 * * *", "*/10 2 * * *", "*/20 0 * * *",
    "* 3 * * *", "*/30 1 1 11 *", "*/15 0 24 4 *", "*/15 0 * * SUN", "*/15 2 29 3 *", "*/10 2 1-7 * *",
    "0 * * * SUN", "*/30 */6 * * MON", "*/20 23,0 L * *", "*/30 * * 3,4,10,11 0L", "5,35 *,3 * * *",
];

const BY_HOURS: &str =
    "it goes on by whole hours, but the clock is changed by half an hour or at a quarter to";
const TO_MIDNIGHT: &str = "it leaps to the midnight of the day of the change, which does not exist";

/// The zones in which cronsim leaves its own rule for schedules with a star, by the way in which it leaps ahead.
const LEAPS: [(Tz, &str); 7] = [
    (Tz::Africa__Cairo, TO_MIDNIGHT),
    (Tz::America__Havana, TO_MIDNIGHT),
    (Tz::America__Santiago, TO_MIDNIGHT),
    (Tz::Asia__Beirut, TO_MIDNIGHT),
    (Tz::Atlantic__Azores, TO_MIDNIGHT),
    (Tz::Australia__Lord_Howe, BY_HOURS),
    (Tz::Pacific__Chatham, BY_HOURS),
];

/// What we refuse and cronsim takes.
const REFUSED: [(&str, &str); 4] = [
    ("0 0 L/2 * *", "a step over one day says nothing"),
    ("0 0 LW/3 * *", "a step over one day says nothing"),
    ("0 0 */15 * MON#2", "never comes, which cronsim finds out after fifty years"),
    ("0 0 */30 2 FRI#5", "never comes"),
];

/// What we take and cronsim refuses.
const TAKEN: [(&str, &str); 3] = [
    ("@daily", "a nickname that every cron knows"),
    ("weekdays at 06:30", "words"),
    ("every first monday of the month at 9", "words"),
];

struct Question {
    mode: &'static str,
    zone: Tz,
    start: Instant,
    end: Instant,
    expression: String,
}

/// What cronsim says to each question.
fn asked(questions: &[Question]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/conformance/venv/bin/python");
    let missing =
        "cronsim is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=cronsim";
    let mut command = Command::new(&python);
    command.arg(root.join("tests/conformance/slots.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("{missing} ({}: {error})", python.display()));
    let mut stdin = child.stdin.take().unwrap();
    let lines = questions.iter().map(|q| {
        let (start, end) = (q.start.timestamp(), q.end.timestamp());
        format!("{}\t{}\t{start}\t{end}\t{}\n", q.mode, q.zone, q.expression)
    });
    let lines: String = lines.collect();
    // Beside the reading of what it answers: both pipes are shorter than either.
    let asking = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{missing}");
    asking.join().unwrap().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let mut answers = answers.lines().map(str::to_owned);
    let (theirs, ours) = (answers.next().unwrap_or_default(), chrono_tz::IANA_TZDB_VERSION);
    assert_eq!(
        theirs, ours,
        "chrono-tz knows the time zones of {ours}, the tzdata in tests/conformance/requirements.txt those of {theirs}: \
         pin the one that is like chrono-tz, else zones differ where the rule does not"
    );
    let answers: Vec<String> = answers.collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

fn offset(zone: Tz, at: Instant) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// Thirty hours on either side of every change of the clocks in two years.
fn windows(zone: Tz) -> Vec<(Instant, Instant)> {
    let quarter = TimeDelta::minutes(15);
    let quarters = (0..2 * 365 * 96).map(|n| instant("2026-01-01T00:00:00Z") + quarter * n);
    let changes = quarters.filter(|at| offset(zone, *at) != offset(zone, *at - quarter));
    changes.map(|at| (at - TimeDelta::hours(30), at + TimeDelta::hours(30))).collect()
}

fn ours(question: &Question) -> String {
    let schedule = Schedule::parse(&question.expression).unwrap();
    let slots = schedule.slots(question.zone, question.start).take_while(|slot| *slot < question.end);
    slots.map(|slot| slot.timestamp().to_string()).collect::<Vec<_>>().join(" ")
}

/// Asks about each of the expressions in each of the spans of a zone; returns where cronsim differs.
fn differing(questions: Vec<Question>) -> Vec<Question> {
    let answers = asked(&questions);
    let pairs = questions.into_iter().zip(answers);
    pairs.filter(|(question, theirs)| ours(question) != *theirs).map(|(question, _)| question).collect()
}

fn told(questions: &[Question]) -> String {
    let line = |q: &Question| format!("{} in {} from {} to {}", q.expression, q.zone, q.start, q.end);
    questions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn random(count: usize, strategy: &impl Strategy<Value = String>) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        (low..=high).prop_map(|value| value.to_string()),
        (low..=high, low..=high).prop_map(|(a, b)| format!("{},{b}", a.min(b))),
        (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        (low..=high, 1u32..20).prop_map(|(start, step)| format!("{start}/{step}")),
        (1u32..=high).prop_map(|step| format!("*/{step}")),
        Just("*".to_owned()),
    ]
}

/// Expressions whose times lie about the hours at which clocks are changed.
fn expression(
    minute: impl Strategy<Value = String>,
    hour: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    let date = prop_oneof![3 => Just("*".to_owned()), 1 => field(1, 28), 1 => Just("L".to_owned())];
    let weekday = prop_oneof![3 => Just("*".to_owned()), 1 => field(0, 7), 1 => (0u32..=7).prop_map(|d| format!("{d}L"))];
    (minute, hour, date, weekday)
        .prop_map(|(minute, hour, date, weekday)| format!("{minute} {hour} {date} * {weekday}"))
}

fn questions(zone: Tz, expressions: &[String], spans: &[(Instant, Instant)]) -> Vec<Question> {
    let of = |expression: &String| {
        let ask = |(start, end): &(Instant, Instant)| Question {
            mode: "leap",
            zone,
            start: *start,
            end: *end,
            expression: expression.clone(),
        };
        spans.iter().map(ask).collect::<Vec<_>>()
    };
    expressions.iter().flat_map(of).collect()
}

#[test]
fn fixed_times_run_when_cron_runs_them() {
    if parts::absent("cronsim") {
        return;
    }
    let unstarred = |low, high| field(low, high).prop_filter("fixed", |field| !field.starts_with('*'));
    let hour = prop_oneof![unstarred(0, 3), unstarred(0, 23)];
    let mut dense = DENSE.map(str::to_owned).to_vec();
    dense.extend(random(40, &expression(unstarred(0, 59), hour)));
    let years = (instant("2025-12-31T12:00:00Z"), instant("2028-01-01T12:00:00Z"));
    let both = |zone| {
        let mut all = questions(zone, &FIXED.map(str::to_owned), &[years]);
        all.extend(questions(zone, &dense, &windows(zone)));
        all
    };
    let different = differing(ZONES.into_iter().flat_map(both).collect());
    assert!(different.is_empty(), "cronsim differs:\n{}", told(&different));
}

#[test]
fn schedules_with_a_star_run_when_cron_runs_them() {
    if parts::absent("cronsim") {
        return;
    }
    let starred = |low, high| field(low, high).prop_filter("wild", |field| field.starts_with('*'));
    let mut expressions = WILD.map(str::to_owned).to_vec();
    expressions.extend(random(12, &expression(starred(0, 59), prop_oneof![field(0, 3), field(0, 23)])));
    expressions.extend(random(8, &expression(field(0, 59), starred(0, 23))));
    let calm = (instant("2026-01-30T00:00:00Z"), instant("2026-02-02T00:00:00Z"));
    let about = |zone| questions(zone, &expressions, &[windows(zone), vec![calm]].concat());
    let different = differing(ZONES.into_iter().flat_map(about).collect());

    let zones: BTreeSet<&str> = different.iter().map(|question| question.zone.name()).collect();
    let listed: BTreeSet<&str> = LEAPS.iter().map(|(zone, _)| zone.name()).collect();
    assert_eq!(
        zones,
        listed,
        "the zones in which cronsim differs are not those listed:\n{}",
        told(&different)
    );
    // There its fields, held against the clock minute by minute, say what we say.
    let walks = different.into_iter().map(|question| Question { mode: "walk", ..question });
    let different = differing(walks.collect());
    assert!(different.is_empty(), "a walk through every minute differs:\n{}", told(&different));
}

/// What may stand in a field, right or wrong.
fn scribble() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "*",
        "0",
        "1",
        "5",
        "7",
        "8",
        "12",
        "13",
        "23",
        "24",
        "31",
        "32",
        "59",
        "60",
        "99999999999",
        "-",
        "/",
        ",",
        "#",
        "L",
        "LW",
        "W",
        "?",
        "MON",
        "sun",
        "Jan",
        "DEC",
        "MONDAY",
        "*/2",
        "1-5",
        "5-1",
        "2#3",
        "6#6",
        "5L",
        "3/4",
    ]);
    prop_oneof![2 => Just("*".to_owned()), 3 => prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())]
}

#[test]
fn what_cron_refuses_is_refused() {
    if parts::absent("cronsim") {
        return;
    }
    let fields = prop::collection::vec(scribble(), 5).prop_map(|fields| fields.join(" "));
    // One field at a time, as of five at random hardly any is right.
    let single = (0usize..5, scribble()).prop_map(|(at, field)| {
        let mut fields = ["0", "0", "*", "*", "*"].map(str::to_owned);
        fields[at] = field;
        fields.join(" ")
    });
    let mut expressions = random(3000, &single);
    expressions.extend(random(1000, &fields));
    let known = REFUSED.iter().chain(&TAKEN).map(|(expression, _)| (*expression).to_owned());
    expressions.extend(known);
    let at = instant("2026-01-01T00:00:00Z");
    let ask = |expression| Question { mode: "parse", zone: Tz::UTC, start: at, end: at, expression };
    let questions: Vec<Question> = expressions.into_iter().map(ask).collect();

    let mut counts = [0, 0];
    for (question, theirs) in questions.iter().zip(asked(&questions)) {
        let expression = question.expression.as_str();
        let (ours, theirs) = (Schedule::parse(expression), theirs == "taken");
        counts[usize::from(theirs)] += 1;
        if TAKEN.iter().any(|(known, _)| *known == expression) {
            assert!(ours.is_ok() && !theirs, "{expression}: {ours:?}, cronsim takes it: {theirs}");
        } else if REFUSED.iter().any(|(known, _)| *known == expression) {
            assert!(ours.is_err() && theirs, "{expression}: {ours:?}, cronsim takes it: {theirs}");
        } else {
            let never = matches!(ours, Err(ScheduleError::Never { .. }));
            let stepped = expression.contains("L/") || expression.contains("LW/");
            let agree = ours.is_ok() == theirs || (theirs && (never || stepped));
            assert!(agree, "{expression}: {ours:?}, cronsim takes it: {theirs}");
        }
    }
    assert!(counts[0] > 1000 && counts[1] > 300, "{counts:?} refused and taken");
}
