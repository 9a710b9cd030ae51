//! The subject line.

use super::bidi::{isolate, settle};
use super::cut::ellipsis;
use super::words::fill;
use crate::model::Direction;

/// Leaves room for a direction mark and the end of an isolate in the 150 graphemes of a subject.
const LIMIT: usize = 148;
/// What mail programs put before an answer or a forwarded mail.
const ANSWERS: [&str; 5] = ["re", "fwd", "fw", "aw", "wg"];

/// Fills `{title}`, `{lead}` and `{date}`; returns one line that is no answer, at most 150 graphemes.
pub(super) fn subject(pattern: &str, title: &str, lead: &str, date: &str, base: Direction) -> String {
    let values =
        [("title", title), ("lead", lead), ("date", date)].map(|(key, value)| (key, isolate(value, base)));
    let filled = fill(pattern, &values.each_ref().map(|(key, value)| (*key, value.as_str())));
    let line = filled.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    let mut line = without_answer(&line);
    if line.is_empty() {
        line = title;
    }
    settle(&ellipsis(line, LIMIT), base)
}

/// A digest that looks like an answer is taken for a forgery.
fn without_answer(mut line: &str) -> &str {
    while let Some(rest) = answer(line) {
        line = rest;
    }
    line
}

fn answer(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|c: char| c == ' ' || ('\u{2066}'..='\u{2069}').contains(&c));
    let (prefix, rest) = line.split_once([':', '：'])?;
    let word = prefix.trim_end().split('[').next().unwrap_or_default();
    ANSWERS.iter().any(|a| word.eq_ignore_ascii_case(a)).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    fn of(pattern: &str, lead: &str) -> String {
        subject(pattern, "The Harbour", lead, "1 March 2026", Direction::Ltr)
    }

    #[test]
    fn a_subject_is_one_filled_line_and_no_answer() {
        for (pattern, lead, expected) in [
            ("{title}: {lead}", "Tides", "The Harbour: Tides"),
            ("{lead} — {date}", "Re: Fwd: RE[2]: Tides", "Tides — 1 March 2026"),
            ("{lead}", "Reform: a plan", "Reform: a plan"),
            ("{lead}", "a\r\nBcc: b@c.de\t d", "a Bcc: b@c.de d"),
            ("{lead}", "{title} {date}", "{title} {date}"),
            ("{other} {", "", "{other} {"),
            ("{lead}", "re:", "The Harbour"),
            ("{title}: {lead}", "שלום", "The Harbour: \u{2068}שלום\u{2069}"),
        ] {
            assert_eq!(of(pattern, lead), expected);
        }
    }

    #[test]
    fn a_subject_has_at_most_150_graphemes() {
        for text in ["word ", "👩‍👩‍👧", "שלום ", "漢"] {
            let subject = of("{title}: {lead}", &text.repeat(300));
            assert!(subject.graphemes(true).count() <= 150, "{subject}");
            assert!(subject.contains('…'));
            assert_eq!(subject.matches('\u{2068}').count(), subject.matches('\u{2069}').count());
        }
    }
}
