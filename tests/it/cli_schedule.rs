//! `pressrun schedule` as a stranger uses it: no configuration, no database.

use crate::cli::{Folder, configuration};

#[test]
fn the_next_slots_are_printed_in_utc_one_a_line() {
    let folder = Folder::new();
    let slots = |cron: &str, zone: &str, after: &str, count: &str| {
        let args = [
            "schedule", "--cron", cron, "--zone", zone, "--after", after, "--count", count, "--format", "utc",
        ];
        folder.ok(&args)
    };
    assert_eq!(
        slots("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "3"),
        "2026-03-28T01:30:00Z\n2026-03-29T01:00:00Z\n2026-03-30T00:30:00Z\n"
    );
    assert_eq!(
        slots("*/30 1 1 11 *", "America/New_York", "2026-10-31T20:00:00-04:00", "5"),
        "2026-11-01T05:00:00Z\n2026-11-01T05:30:00Z\n2026-11-01T06:00:00Z\n2026-11-01T06:30:00Z\n2027-11-01T05:00:00Z\n"
    );
    assert_eq!(
        slots("weekdays at 06:30", "Asia/Kathmandu", "2026-01-02T12:00:00Z", "1"),
        "2026-01-05T00:45:00Z\n"
    );
    assert_eq!(folder.ok(&["schedule", "--cron", "@hourly", "--format", "utc"]).lines().count(), 10);
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 0, "nothing is written");
}

#[test]
fn a_table_shows_local_time_and_utc_and_json_says_the_same() {
    let folder = Folder::new();
    let args = [
        "schedule",
        "--cron",
        "daily at 07:00",
        "--zone",
        "Europe/Berlin",
        "--after",
        "2026-03-28T00:00:00Z",
    ];
    let table = folder.ok(&[&args[..], &["--count", "2"]].concat());
    assert!(table.starts_with("every day at 07:00, in Europe/Berlin\n\nLOCAL"), "{table}");
    assert!(table.contains("Sat 2026-03-28 07:00 CET +01:00   2026-03-28T06:00:00Z"), "{table}");
    assert!(table.contains("Sun 2026-03-29 07:00 CEST +02:00  2026-03-29T05:00:00Z"), "{table}");

    let json = folder.ok(&[&args[..], &["--count", "1", "--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["meaning"], "every day at 07:00");
    assert_eq!(json["slots"][0]["utc"], "2026-03-28T06:00:00Z");
    assert_eq!(json["slots"][0]["local"], "2026-03-28T07:00:00+01:00");
    assert_eq!(json["slots"][0]["abbreviation"], "CET");
}

#[test]
fn a_schedule_or_zone_that_is_none_is_refused_with_what_is_meant() {
    let folder = Folder::new();
    let refused =
        |code, cron: &str, zone: &str| folder.refused(code, &["schedule", "--cron", cron, "--zone", zone]);
    let error = refused(2, "every mnday at 9", "UTC");
    assert!(error.contains("did you mean `monday`?"), "{error}");
    let error = refused(2, "0 0 30 2 *", "UTC");
    assert!(error.contains("`0 0 30 2 *` never comes"), "{error}");
    let error = refused(2, "@daily", "Europe/Belrin");
    assert!(error.contains("did you mean `Europe/Berlin`?"), "{error}");
    let error = refused(1, "*/5 2 * 3 0L", "Europe/Berlin");
    assert!(error.contains("has no slot in Europe/Berlin in the fifty years after"), "{error}");
}

#[test]
fn the_slots_of_a_paused_digest_are_said_to_bring_nothing() {
    let folder = Folder::new();
    let scheduled = "schedule = \"daily at 07:00\"\ncatch_up = ";
    folder.write("config.toml", &format!("{}{scheduled}\"5m\"", configuration("https://n.example/feed")));
    assert!(!folder.ok(&["schedule", "morning"]).contains("paused"));
    folder.ok(&["digests", "pause", "morning"]);
    let said = folder.ok(&["schedule", "morning", "--count", "3"]);
    assert_eq!(said.matches("paused: no edition").count(), 3, "{said}");
    let json = folder.ok(&["schedule", "morning", "--json"]);
    assert!(json.contains("\"paused\": true"), "{json}");
    folder.write("config.toml", &format!("{}{scheduled}\"4m\"", configuration("https://n.example/feed")));
    let refused = folder.refused(1, &["schedule", "morning"]);
    assert!(refused.contains("is too short, expected at least 5m"), "{refused}");
}
