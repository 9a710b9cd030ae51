//! Letters keep the rules of mail format, whatever the message, the reader and the list are called.

use chrono::{TimeZone as _, Utc};
use mail_parser::{HeaderName, MessageParser, MimeHeaders as _};
use pressrun::deliver::{
    Carrier, Imprint, Letter, LetterError, ListHead, Plate, PlateError, Recipient, Security,
};
use pressrun::model::{DeliveryId, Direction, EmailAddress, Hole, Language, Mailbox, Message, Reply, Step};
use proptest::prelude::*;

use crate::relay::{Script, ScriptedRelay};

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub(crate) fn imprint() -> Imprint {
    Imprint {
        from: Mailbox { name: "The Harbour".to_owned(), address: address("news@example.org") },
        reply_to: Some(address("desk@example.org")),
        list: Some(ListHead { title: "Harbour News".to_owned(), id: "harbour.example.org".to_owned() }),
        date: Utc.with_ymd_and_hms(2026, 3, 29, 0, 59, 59).single().expect("an instant"),
        zone: chrono_tz::Europe::Berlin,
    }
}

fn through(title: &str, id: &str) -> Imprint {
    Imprint { list: Some(ListHead { title: title.to_owned(), id: id.to_owned() }), ..imprint() }
}

pub(crate) fn reader() -> Recipient {
    Recipient {
        delivery: DeliveryId(1),
        address: address("ann@example.net"),
        name: "Ann Reader".to_owned(),
        return_path: None,
        message_id: "5f3a.1@example.org".to_owned(),
        unsubscribe: "https://example.org/u/0123456789abcdef0123456789abcdef?list=harbour&x=1".to_owned(),
        preferences: "https://example.org/p/fedcba9876543210fedcba9876543210".to_owned(),
    }
}

fn message(subject: &str, html: &str, text: &str) -> Message {
    let (leave, prefer) = (Hole::Unsubscribe.mark(), Hole::Preferences.mark());
    Message {
        subject: subject.to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!(
            "<!doctype html><p>{html}</p><a href=\"{leave}\">Leave</a> <a href=\"{prefer}\">Choose</a>\n"
        ),
        text: format!("{text}\n\nLeave:\n{leave}\nChoose:\n{prefer}\n"),
    }
}

pub(crate) fn letter(message: &Message, imprint: &Imprint, reader: &Recipient) -> Letter {
    Plate::new(message, imprint).expect("a plate").letter(reader).expect("a letter")
}

/// What both parts of `message()` say once the holes are filled.
fn filled(text: &str, reader: &Recipient, html: bool) -> String {
    let url = |url: &str| if html { url.replace('&', "&amp;") } else { url.to_owned() };
    text.replace(Hole::Unsubscribe.mark(), &url(&reader.unsubscribe))
        .replace(Hole::Preferences.mark(), &url(&reader.preferences))
}

/// The headers as they stand, unfolded: name and value.
fn headers(letter: &Letter) -> Vec<(String, String)> {
    let text = std::str::from_utf8(&letter.bytes).expect("UTF-8");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    head.replace("\r\n ", " ")
        .split("\r\n")
        .map(|line| line.split_once(": ").expect("a name and a value"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn header(letter: &Letter, name: &str) -> Vec<String> {
    headers(letter).into_iter().filter(|(n, _)| n == name).map(|(_, value)| value).collect()
}

/// F1, F2, F5, F9: what holds for every letter.
fn check_form(letter: &Letter) {
    let text = std::str::from_utf8(&letter.bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "a bare CR or LF, or a NUL");
    assert!(text.ends_with("--\r\n"));
    assert!(body.is_ascii(), "the body is 7-bit");
    for line in body.split("\r\n") {
        assert!(line.len() <= 76, "{} characters: {line}", line.len());
    }
    for line in head.split("\r\n") {
        assert!(line.len() <= 998 && !line.trim().is_empty(), "{line:?}");
        // One long token, as an address, cannot be folded.
        let token = line.split(' ').map(str::len).max().unwrap_or(0);
        assert!(line.len() <= 78 || line.len() <= token + 18, "could be folded: {line}");
    }
    let names: Vec<String> = headers(letter).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Reply-To",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Auto-Submitted",
        "Content-Type",
    ];
    assert_eq!(names, expected);
}

#[test]
fn every_header_stands_once_and_in_the_form_its_rfc_asks_for() {
    let reader = reader();
    let letter = letter(&message("Morning", "Hello", "Hello"), &imprint(), &reader);
    check_form(&letter);
    for (name, value) in [
        ("From", "The Harbour <news@example.org>"),
        ("To", "Ann Reader <ann@example.net>"),
        ("Subject", "Morning"),
        ("Message-ID", "<5f3a.1@example.org>"),
        ("MIME-Version", "1.0"),
        ("Reply-To", "desk@example.org"),
        ("List-Id", "Harbour News <harbour.example.org>"),
        ("List-Unsubscribe", &format!("<{}>", reader.unsubscribe)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
    ] {
        assert_eq!(header(&letter, name), [value], "{name}");
    }
    assert_eq!((letter.sender.as_str(), letter.recipient.as_str()), ("news@example.org", "ann@example.net"));
    let without = Imprint { reply_to: None, ..imprint() };
    let letter = self::letter(&message("Morning", "Hello", "Hello"), &without, &reader);
    assert_eq!(header(&letter, "Reply-To"), [""; 0]);
}

#[test]
fn the_date_is_written_in_the_zone_of_the_digest_and_its_weekday_agrees() {
    let at = |h, m, s| Utc.with_ymd_and_hms(2026, 3, 29, h, m, s).single().expect("an instant");
    for (date, expected) in [
        // The clocks of Berlin jump at 01:00 UTC.
        (at(0, 59, 59), "Sun, 29 Mar 2026 01:59:59 +0100"),
        (at(1, 0, 0), "Sun, 29 Mar 2026 03:00:00 +0200"),
        (at(22, 30, 0), "Mon, 30 Mar 2026 00:30:00 +0200"),
    ] {
        let letter = letter(&message("s", "h", "t"), &Imprint { date, ..imprint() }, &reader());
        assert_eq!(header(&letter, "Date"), [expected]);
        let parsed = MessageParser::default().parse(&letter.bytes).expect("parses");
        let read = parsed.date().expect("a date");
        assert_eq!(
            (read.to_timestamp(), read.day_of_week()),
            (date.timestamp(), u8::from(date.timestamp() > 1_774_818_000))
        );
    }
}

#[test]
fn the_parts_are_an_alternative_with_the_plain_text_first() {
    let letter = letter(&message("s", "Größe = 1 < 2", "Größe = 1"), &imprint(), &reader());
    let parsed = MessageParser::default().parse(&letter.bytes).expect("parses");
    let kinds: Vec<String> = parsed
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().expect("a type");
            let charset = kind.attribute("charset").unwrap_or_default();
            format!("{}/{} {charset}", kind.ctype(), kind.subtype().unwrap_or_default())
        })
        .collect();
    assert_eq!(kinds, ["multipart/alternative ", "text/plain utf-8", "text/html utf-8"]);
    let boundary = parsed.content_type().and_then(|c| c.attribute("boundary")).expect("a boundary");
    assert!(boundary.contains("=_") && boundary.len() <= 70);
    assert_eq!(letter.bytes.windows(boundary.len()).filter(|w| *w == boundary.as_bytes()).count(), 4);
    assert!(!letter.bytes.windows(6).any(|w| w == b"flowed"));
}

#[test]
fn each_reader_gets_the_links_of_their_own_in_both_parts() {
    let plate = Plate::new(&message("s", "h", "t"), &imprint()).expect("a plate");
    let long = format!("https://example.org/{}?a=1&b='2'", "x".repeat(400));
    for unsubscribe in ["https://a.example/", "https://example.org/u/1?a=1&b=2", &long] {
        let reader = Recipient { unsubscribe: unsubscribe.to_owned(), ..reader() };
        let letter = plate.letter(&reader).expect("a letter");
        check_form(&letter);
        assert_eq!(header(&letter, "List-Unsubscribe"), [format!("<{unsubscribe}>")]);
        let parsed = MessageParser::default().parse(&letter.bytes).expect("parses");
        let text = parsed.body_text(0).expect("a text").replace("\r\n", "\n");
        assert!(
            text.contains(&format!("\nLeave:\n{unsubscribe}\nChoose:\n{}\n", reader.preferences)),
            "{text}"
        );
        let html = parsed.body_html(0).expect("HTML");
        let escaped = unsubscribe.replace('&', "&amp;").replace('\'', "&#39;");
        assert!(html.contains(&format!("<a href=\"{escaped}\">Leave</a>")), "{html}");
    }
}

#[test]
fn two_letters_of_a_plate_differ_in_nothing_but_the_reader() {
    let plate = Plate::new(&message("s", "h", "t"), &imprint()).expect("a plate");
    let ann = reader();
    let mut bob = Recipient { address: address("bob@example.net"), name: String::new(), ..reader() };
    bob.message_id = "5f3a.2@example.org".to_owned();
    let (to_ann, to_bob) = (plate.letter(&ann).expect("a letter"), plate.letter(&bob).expect("a letter"));
    assert_eq!(header(&to_bob, "To"), ["bob@example.net"]);
    let again = String::from_utf8(to_bob.bytes).expect("UTF-8");
    let again = again
        .replace("To: bob@example.net", "To: Ann Reader <ann@example.net>")
        .replace("5f3a.2@", "5f3a.1@");
    assert_eq!(again, String::from_utf8(to_ann.bytes).expect("UTF-8"));
}

#[test]
fn the_same_message_and_the_same_clock_give_the_same_bytes() {
    let one = letter(&message("s", "h", "t"), &imprint(), &reader());
    assert_eq!(one, letter(&message("s", "h", "t"), &imprint(), &reader()));
    let other = letter(&message("s", "h", "u"), &imprint(), &reader());
    assert_ne!(header(&one, "Content-Type"), header(&other, "Content-Type"));
}

#[test]
fn nobody_adds_a_header_or_a_recipient_by_what_they_are_called() {
    for nasty in [
        "x\r\nBcc: evil@example.com",
        "x\nX-Evil: 1",
        "x\rTo: evil@example.com",
        "\"><evil@example.com>",
        "evil@example.com, other@example.com",
        "a\" <evil@example.com>, \"b",
        "=?utf-8?Q?=0D=0ABcc:_evil@example.com?=",
        "\0\u{7}\u{200f}שלום",
        "One-Click\r\n\r\n<script>",
    ] {
        let from = Mailbox { name: nasty.to_owned(), address: address("news@example.org") };
        let imprint = Imprint { from, ..through(&nasty.repeat(20), "harbour.example.org") };
        let reader = Recipient { name: nasty.to_owned(), ..reader() };
        let letter = letter(&message(nasty, nasty, nasty), &imprint, &reader);
        check_form(&letter);
        assert_eq!(header(&letter, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
        assert!(header(&letter, "List-Id")[0].len() <= 255);
        let parsed = MessageParser::default().parse(&letter.bytes).expect("parses");
        for (field, only) in [(parsed.from(), "news@example.org"), (parsed.to(), "ann@example.net")] {
            let all: Vec<_> =
                field.expect("a field").iter().map(|a| a.address().unwrap_or_default()).collect();
            assert_eq!(all, [only], "{nasty:?}");
        }
        assert_eq!(parsed.header_values(HeaderName::Bcc).count(), 0);
    }
}

#[test]
fn a_subject_of_twenty_thousand_characters_stays_in_lines() {
    for subject in ["x".repeat(20_000), "wort ".repeat(4_000), "漢".repeat(7_000)] {
        check_form(&letter(&message(&subject, "h", "t"), &imprint(), &reader()));
    }
}

#[test]
fn a_utf8_address_stands_in_the_header_as_it_is() {
    let reader = Recipient { address: address("jörg@example.net"), name: "Jörg".to_owned(), ..reader() };
    let letter = letter(&message("s", "h", "t"), &imprint(), &reader);
    check_form(&letter);
    assert_eq!(header(&letter, "To"), ["=?utf-8?B?SsO2cmc=?= <jörg@example.net>"]);
}

#[test]
fn neither_a_reader_nor_a_letter_shows_who_it_is() {
    let reader = reader();
    let shown = format!("{reader:?} {:?}", letter(&message("s", "h", "t"), &imprint(), &reader));
    assert!(shown.contains("a***@example.net"), "{shown}");
    assert!(
        !shown.contains("ann") && !shown.contains("Ann") && !shown.contains("0123456789abcdef"),
        "{shown}"
    );
}

#[test]
fn a_message_without_a_link_to_leave_by_makes_no_plate() {
    let good = message("s", "h", "t");
    let no_text = Message { text: "t".to_owned(), ..good.clone() };
    let no_html = Message { html: "<p>h".to_owned(), ..good.clone() };
    assert_eq!(Plate::new(&no_text, &imprint()).err(), Some(PlateError::NoUnsubscribe("text")));
    assert_eq!(Plate::new(&no_html, &imprint()).err(), Some(PlateError::NoUnsubscribe("HTML")));
    for list_id in ["", "nodot", "a b.example", "a..b", "ü.example", &format!("{}.org", "a".repeat(255))] {
        let imprint = through("Harbour News", list_id);
        assert!(matches!(Plate::new(&good, &imprint), Err(PlateError::ListId(_))), "{list_id}");
    }
}

#[test]
fn an_address_that_could_break_out_of_a_header_or_a_link_makes_no_letter() {
    let plate = Plate::new(&message("s", "h", "t"), &imprint()).expect("a plate");
    for url in [
        "",
        "https://",
        "ftp://example.org/",
        "http://example.org/u/1",
        "http://localhost.evil.example/",
        "https://example.org/>,<mailto:x@y.z",
        "https://example.org/a b",
        "https://example.org/\r\nBcc: x@y.z",
        "https://example.org/\"onclick",
        "https://bücher.example/",
    ] {
        let (unsubscribe, preferences) = (url.to_owned(), url.to_owned());
        assert_eq!(
            plate.letter(&Recipient { unsubscribe, ..reader() }).err(),
            Some(LetterError::Unsubscribe),
            "{url}"
        );
        assert_eq!(
            plate.letter(&Recipient { preferences, ..reader() }).err(),
            Some(LetterError::Preferences),
            "{url}"
        );
    }
    for id in [
        "",
        "x",
        "@example.org",
        "x@evil.example",
        "a b@example.org",
        "a>@example.org",
        "a..b@example.org",
        "a\r\n@example.org",
    ] {
        let message_id = id.to_owned();
        assert_eq!(
            plate.letter(&Recipient { message_id, ..reader() }).err(),
            Some(LetterError::MessageId),
            "{id:?}"
        );
    }
    for url in ["http://127.0.0.1:8080/u/1", "http://localhost/u/1", "http://[::1]:8080/u"] {
        assert!(plate.letter(&Recipient { unsubscribe: url.to_owned(), ..reader() }).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn hostile_text_leaves_no_bare_line_end_on_the_wire_and_comes_back_whole() {
    let server = ScriptedRelay::start(Script::offering(&["PIPELINING"])).await;
    let mut connection = Carrier::smtp(server.relay(Security::Plain)).connect().await.expect("a connection");
    let long = format!("https://example.org/{}", "y".repeat(5_000));
    for nasty in [
        "a\n.\nb",
        "a\r\n.\r\nMAIL FROM:<x@y.z>\r\n",
        "\r.\r\n\n.\r",
        ".\0.\n..",
        &long,
        ".hidden\nFrom me\n.",
    ] {
        let sent = letter(&message("s", nasty, nasty), &imprint(), &reader());
        check_form(&sent);
        let Reply { step, code, .. } = connection.send(&sent).await;
        assert_eq!((step, code), (Step::FinalDot, 250));
        assert!(server.seen().letters.pop().expect("a letter").bytes == sent.bytes);
    }
    let seen = server.seen();
    assert_eq!((seen.bare, seen.letters.len(), seen.letters[0].recipients.len()), (0, 6, 1));
    assert!(seen.longest <= 998, "{}", seen.longest);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_words_make_a_letter_that_reads_as_they_were_written(
        subject in any::<String>(),
        name in any::<String>(),
        html in any::<String>(),
        text in any::<String>(),
        title in any::<String>(),
    ) {
        let message = message(&subject, &html, &text);
        let reader = Recipient { name: name.clone(), ..reader() };
        let letter = letter(&message, &through(&title, "harbour.example.org"), &reader);
        check_form(&letter);
        let parsed = MessageParser::default().parse(&letter.bytes).expect("parses");
        let lines = |t: &str| t.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(
            lines(&parsed.body_text(0).expect("a text")),
            lines(&filled(&message.text, &reader, false))
        );
        prop_assert_eq!(lines(&parsed.body_html(0).expect("HTML")), lines(&filled(&message.html, &reader, true)));
        let one_line = |t: &str| {
            let gap = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
            t.chars().map(gap).collect::<String>().split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
        };
        prop_assert_eq!(parsed.subject().unwrap_or_default(), one_line(&subject));
        let to = parsed.to().and_then(|to| to.first()).expect("a reader");
        prop_assert_eq!(to.address(), Some("ann@example.net"));
        prop_assert_eq!(to.name().unwrap_or_default(), one_line(&name));
    }
}
