//! Date spellings, collected from standards and from the habits of feed programs.

use chrono::DateTime;

use super::{any, parse, usual};

#[test]
fn one_instant_is_read_in_every_spelling() {
    for text in [
        "Thu, 01 Jan 2004 19:48:21 GMT",
        "Thu, 01 Jan 2004 19:48:21 +0000",
        "Thu, 01 Jan 2004 14:48:21 EST",
        "Thu, 01 Jan 2004 14:48:21 -0500",
        "Thu, 1 Jan 04 19:48:21 UT",
        "01 Jan 2004 19:48:21",
        "Mon, 01 Jan 2004 19:48:21 GMT",
        "Thursday, January 1st, 2004 19:48:21 GMT",
        "Thu Jan  1 19:48:21 2004",
        "Thu Jan 01 20:48:21 CET 2004",
        "Jan 1, 2004 7:48:21 PM",
        "Thu, 01-Jan-2004 19:48:21 GMT",
        "Thu, 01 Jan 2004 19:48:21 GMT+0000 (Coordinated Universal Time)",
        "2004-01-01T19:48:21Z",
        "2004-01-01T19:48:21.123456Z",
        "2004-01-01T20:48:21+01:00",
        "2004-01-01t14:48:21-0500",
        "2004-01-01 19:48:21",
        "2004-01-01 19:48:21 UTC",
        "2004-01-01T19:48:21 +0000",
        "2004/01/01 19:48:21",
        "20040101T194821Z",
        "20040101194821",
        "1072986501",
        "1072986501000",
        "Do, 01 Jän 2004 20:48:21 MEZ",
        "jeu., 01 janv. 2004 20:48:21 +0100",
        "Чт, 01 янв 2004 22:48:21 +0300",
        "2004年01月01日 19:48:21",
        "1 января 2004 19:48:21",
    ] {
        let read = parse(text).map(|t| t.to_rfc3339());
        assert_eq!(read.as_deref(), Some("2004-01-01T19:48:21+00:00"), "{text}");
    }
}

#[test]
fn missing_parts_are_midnight_or_zero_and_utc() {
    for (text, expected) in [
        ("2004", "2004-01-01T00:00:00+00:00"),
        ("2004-02", "2004-02-01T00:00:00+00:00"),
        ("2004-02-29", "2004-02-29T00:00:00+00:00"),
        ("20040229", "2004-02-29T00:00:00+00:00"),
        ("2003-335", "2003-12-01T00:00:00+00:00"),
        ("2004-01-01T10", "2004-01-01T10:00:00+00:00"),
        ("2004-01-01T10:14Z", "2004-01-01T10:14:00+00:00"),
        ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00+00:00"),
        ("31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59+00:00"),
        ("Thu, 01 Jan 2004 19:48 GMT", "2004-01-01T19:48:00+00:00"),
        ("Thu, 01 Jan 2004", "2004-01-01T00:00:00+00:00"),
        ("1 Jan 69", "1969-01-01T00:00:00+00:00"),
        ("15/01/2004", "2004-01-15T00:00:00+00:00"),
        ("01/15/2004 10:00", "2004-01-15T10:00:00+00:00"),
        ("05.01.2004", "2004-01-05T00:00:00+00:00"),
        ("12 Jan 2004 12:30 AM", "2004-01-12T00:30:00+00:00"),
    ] {
        assert_eq!(parse(text).map(|t| t.to_rfc3339()).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_date_or_could_be_two_is_none() {
    for text in [
        "",
        "yesterday",
        "31 Feb 2004",
        "2004-13-01",
        "2004-02-30T10:00:00Z",
        "Thu, 01 Jan 2004 25:00:00 GMT",
        "01/02/2004",
        "99999999999999999999",
        "0000-00-00 00:00:00",
        "Thu, 01 Foo 2004 10:00:00 GMT",
        "::",
        "T",
        "é",
        "2004-é",
        "20é",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn the_usual_spelling_is_read_as_all_others_are(seconds in 0_i64..253_402_300_799, zone in -840_i32..841) {
        let zone = chrono::FixedOffset::east_opt(zone * 60).expect("less than a day");
        let at = DateTime::from_timestamp(seconds, 0).expect("within the years").with_timezone(&zone);
        for text in [at.to_rfc2822(), at.naive_local().format("%a, %d %b %Y %H:%M:%S GMT").to_string()] {
            proptest::prop_assert_eq!(usual(&text), any(&text), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,60}", digits in "[0-9:TZ/. +-]{0,40}") {
        let _ = parse(&text);
        let _ = parse(&digits);
    }
}

#[test]
fn a_day_is_read_out_of_a_line_and_only_a_sure_one() {
    for (line, day, rest) in [
        ("22 November 2026 · Ruth Adeyemi", "2026-11-22 00:00", "| Ruth Adeyemi"),
        ("By Ann Lee | November 22, 2026", "2026-11-22 00:00", "By Ann Lee |"),
        ("Stand: 22.11.2026, 08:15 Uhr", "2026-11-22 08:15", "Stand:"),
        ("22/11/2026", "2026-11-22 00:00", ""),
        ("22/11/2026 8:15 pm", "2026-11-22 20:15", ""),
        ("2026年11月22日", "2026-11-22 00:00", ""),
        ("22 בנובמבר 2026", "2026-11-22 00:00", ""),
        ("22 نوفمبر 2026", "2026-11-22 00:00", ""),
        ("٢٢ نوفمبر ٢٠٢٦", "2026-11-22 00:00", ""),
        ("22. November 2026", "2026-11-22 00:00", ""),
        ("Published 2026-11-22 08:15", "2026-11-22 08:15", "Published"),
    ] {
        let (at, left) = super::in_line(line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((at.format("%F %R").to_string().as_str(), left.as_str()), (day, rest), "{line}");
    }
    for line in ["04/05/2026", "22.11.", "Ann Lee", "3 4 2026", "1951", "version 1.2.3", "+49 30 2026", ""] {
        assert_eq!(super::in_line(line), None, "{line}");
    }
}
