//! Nasty names and titles, as header fields.

use super::*;

const NASTY: [&str; 14] = [
    "Ann",
    "Ann O'Neil",
    "J. R. \"Bob\" Dobbs\\",
    "a\r\nBcc: x@y.example",
    "a\0b\u{85}c\u{2028}d",
    "Doe, Ann <ann@evil.example>",
    "=?utf-8?Q?sneaky?=",
    "Größe und Übermut im Hafen von Tromsø, gelesen von Zoë",
    "שלום עולם, מה שלומך היום? ידיעות מן הנמל",
    "漢字かな交じり文の長い題名がここに続きます。漢字かな交じり文の長い題名がここに続きます。",
    "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
    "   ",
    "one-word-that-is-so-long-that-no-line-of-seventy-eight-characters-could-ever-hold-it-whole-ever",
    "many short words that go on and on until the line is full and a fold has to come and then another one too",
];

fn lines(body: &str, column: usize) -> Vec<usize> {
    body.split("\r\n").enumerate().map(|(n, l)| l.len() + if n == 0 { column } else { 0 }).collect()
}

/// Reads a header as a mail program does.
fn read(field: &str) -> mail_parser::Message<'static> {
    let raw = format!("{field}\r\n\r\n");
    mail_parser::MessageParser::default().parse(raw.as_bytes()).expect("parses").into_owned()
}

#[test]
fn a_subject_comes_back_whole_whatever_it_holds() {
    for text in NASTY.iter().map(|t| (*t).to_owned()).chain(NASTY.iter().map(|t| t.repeat(9))) {
        let body = unstructured(9, &text);
        assert!(body.is_ascii() && !body.contains('\0'), "{body:?}");
        assert!(lines(&body, 9).iter().all(|l| *l <= 78), "{body}");
        assert!(body.split("\r\n").skip(1).all(|l| l.starts_with(' ') && l.trim() != ""), "{body}");
        let message = read(&format!("Subject: {body}"));
        assert_eq!(message.subject().unwrap_or_default(), one_line(&text), "{body}");
    }
}

#[test]
fn a_name_never_adds_a_recipient_a_header_or_a_line() {
    for text in NASTY {
        let body = mailbox(4, text, "ann@example.org");
        assert!(lines(&body, 4).iter().all(|l| *l <= 78), "{body}");
        let message = read(&format!("To: {body}"));
        let to = message.to().expect("a To").as_list().expect("a list").to_vec();
        assert_eq!(to.len(), 1, "{body}");
        assert_eq!(to[0].address(), Some("ann@example.org"), "{body}");
        assert_eq!(to[0].name().unwrap_or_default(), one_line(text), "{body}");
        assert_eq!(message.headers().len(), 1, "{body}");
    }
}

#[test]
fn a_reader_without_a_name_is_the_bare_address() {
    assert_eq!(mailbox(4, " \t", "ann@example.org"), "ann@example.org");
}

#[test]
fn an_encoded_word_holds_whole_characters_and_at_most_seventy_five_of_them_encoded() {
    for text in NASTY {
        let body = unstructured(9, &text.repeat(5));
        for word in body.split("\r\n ").filter(|w| w.starts_with("=?")) {
            assert!(word.len() <= 75, "{word}");
            if let Some(coded) = word.strip_prefix("=?utf-8?B?") {
                let bytes = STANDARD.decode(coded.trim_end_matches("?=")).expect("base64");
                assert!(String::from_utf8(bytes).is_ok(), "{word}");
            }
        }
    }
}

#[test]
fn no_line_with_an_encoded_word_is_over_seventy_six_wherever_the_address_falls() {
    for length in 1..80 {
        let body = mailbox(6, &format!("é{}", "x".repeat(length)), "digest@example.org");
        for (number, line) in body.split("\r\n").enumerate().filter(|(_, line)| line.contains("=?")) {
            // RFC 2047 §2
            assert!(line.len() + if number == 0 { 6 } else { 0 } <= 76, "{body}");
        }
    }
}

#[test]
fn a_list_id_keeps_its_id_and_cuts_its_title() {
    let body = list_id(9, &"Ein sehr langer Titel für die Liste ".repeat(20), "news.example.org", 255);
    assert!(body.len() <= 255 && body.ends_with("<news.example.org>"), "{body}");
    assert_eq!(list_id(9, "", "news.example.org", 255), "<news.example.org>");
    assert_eq!(list_id(9, "Harbour News", "news.example.org", 255), "Harbour News <news.example.org>");
}
