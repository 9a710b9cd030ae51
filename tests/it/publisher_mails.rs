//! The mails to the publisher: made like the letters of an edition, in every language, and whatever they have to say.

use pressrun::deliver::{Imprint, Plate};
use pressrun::model::{Bulletin, Direction, Language, Message, Notice, NoticeState, Told};
use pressrun::render::{Desk, Question, Theme, Unanswered, approval, notices};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::rendering::page::Page;
use crate::rendering::sample;
use crate::store_world::at;

const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "he", "ar", "pl"];
const APPROVE: &str = "https://tide.example/approve/0123456789abcdef?x=1&y=2";
const CANCEL: &str = "https://tide.example/cancel/0123456789abcdef";
const EVIL: &str = "\"><script>alert(1)</script> <![endif]--> </title></td> 'x' & \u{202e}From here";

fn desk(language: &str) -> Desk {
    let language = Language::parse(language).expect("a language");
    Desk { language, zone: chrono_tz::Europe::Berlin }
}

fn told(key: &str, text: &str, state: NoticeState) -> Told {
    Told { notice: Notice { key: key.to_owned(), text: text.to_owned(), at: at(0) }, state }
}

fn trouble() -> Bulletin {
    let all = [
        (
            "edition:12",
            "edition 12 of morning is paused: 25 letters were refused or lost one after the other; `pressrun editions resume 12` lets it go on",
            NoticeState::New,
        ),
        ("relay:relay", "relay is in trouble: 535 5.7.8 authentication failed", NoticeState::New),
        (
            "domain:gmail.com",
            "gmail.com takes no letters until 14:05 UTC: it answered 421 4.7.28",
            NoticeState::New,
        ),
        (
            "source:harbour",
            "harbour has brought nothing since 1 March: https://harbour.example.org/feed.xml: the server said 500",
            NoticeState::Standing,
        ),
        (
            "source:tidewater",
            "tidewater has brought nothing since 27 February: the name is not known",
            NoticeState::Standing,
        ),
        ("relay:relays.spare", "relays.spare is in trouble: the connection was refused", NoticeState::Mended),
    ];
    let notices = all.iter().map(|(key, text, state)| told(key, text, *state)).collect();
    Bulletin { notices, sent_at: at(90) }
}

fn hostile() -> Bulletin {
    let many = (0..100).map(|n| told(&format!("source:{n}"), &EVIL.repeat(20), NoticeState::New));
    Bulletin { notices: many.collect(), sent_at: at(90) }
}

fn ask(language: &str, title: &str, unanswered: Unanswered) -> Message {
    let digest = sample::digest(language);
    let long = "Donaudampfschifffahrtsgesellschaftskapitän ".repeat(3);
    let articles = vec![
        (title, "The Harbour Gazette", Direction::Ltr),
        ("הכרזה על C++ 23, עכשיו", "עיתון הנמל", Direction::Rtl),
        (long.as_str(), "", Direction::Ltr),
    ];
    let question = Question {
        digest: &digest,
        subject: title,
        slot: at(0),
        readers: 1_204,
        articles,
        unanswered,
        approve: APPROVE,
        cancel: CANCEL,
    };
    approval(&question, &Theme::built_in(), &desk(language))
}

pub(crate) fn samples() -> Vec<(String, Message)> {
    let theme = Theme::built_in();
    let mut all = Vec::new();
    for language in LANGUAGES {
        all.push((format!("notices-{language}"), notices(&trouble(), &theme, &desk(language))));
        all.push((
            format!("approval-{language}"),
            ask(language, "Tides, and what they bring", Unanswered::Sent(at(45))),
        ));
    }
    all.push(("notices-hostile".to_owned(), notices(&hostile(), &theme, &desk("he"))));
    all.push(("approval-hostile".to_owned(), ask("en", &EVIL.repeat(9), Unanswered::NotSent(at(45)))));
    all
}

#[test]
fn the_mails_are_pages_as_mail_programs_need_them() {
    for (name, message) in samples() {
        let page = Page::read(&message.html);
        assert!(page.all("script").next().is_none(), "{name}");
        assert_eq!(page.all("h1").count(), 1, "{name}");
        for element in &page.elements {
            let style = element.get("style").unwrap_or_default();
            assert!(!style.contains("var("), "{name}: {style}");
            assert!(element.style("padding").is_none() || element.name == "td", "{name}: {}", element.name);
        }
        for table in page.all("table") {
            assert_eq!(table.get("role"), Some("presentation"), "{name}");
        }
        let lang = page.all("html").next().and_then(|html| html.get("lang"));
        assert_eq!(lang, Some(message.language.as_str()), "{name}");
        assert!(message.html.len() < 90_000, "{name}: {}", message.html.len());
        assert!(message.subject.graphemes(true).count() <= 150 && !message.subject.contains('\n'), "{name}");
    }
}

#[test]
fn the_text_says_what_the_page_says_and_has_its_links() {
    for (name, message) in samples() {
        let hrefs: Vec<String> =
            Page::read(&message.html).all("a").filter_map(|a| a.get("href").map(str::to_owned)).collect();
        let expected: &[&str] = if name.starts_with("approval") { &[APPROVE, CANCEL] } else { &[] };
        assert_eq!(hrefs, expected, "{name}");
        for href in expected {
            assert!(message.text.lines().any(|line| line == *href), "{name}: {href}");
        }
        assert!(message.text.lines().all(|line| line.chars().count() <= 78), "{name}:\n{}", message.text);
        assert!(message.text.lines().all(|line| !line.starts_with("From ")), "{name}");
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(&notices(&trouble(), &Theme::built_in(), &desk("en")).text);
    for told in trouble().notices {
        assert!(text.contains(&words(&told.notice.text)), "{text}");
    }
}

#[test]
fn the_subject_is_the_first_matter_and_how_many_there_are_besides() {
    let theme = Theme::built_in();
    let subject = |bulletin: &Bulletin, language: &str| notices(bulletin, &theme, &desk(language)).subject;
    assert_eq!(
        subject(&trouble(), "en"),
        "edition 12 of morning is paused: 25 letters were refused or lost one after the other (+5)"
    );
    let mended = Bulletin { notices: trouble().notices.split_off(5), sent_at: at(90) };
    assert_eq!(subject(&mended, "de"), "Behoben: relays.spare is in trouble: the connection was refused");
    assert_eq!(subject(&mended, "pl"), "Mended: relays.spare is in trouble: the connection was refused");
}

#[test]
fn what_does_not_fit_is_counted() {
    let message = notices(&hostile(), &Theme::built_in(), &desk("en"));
    assert!(message.text.contains("+60: pressrun status"), "{}", message.text);
    assert!(message.subject.ends_with("(+99)") || message.subject.contains('…'), "{}", message.subject);
}

#[test]
fn what_happens_without_an_answer_is_said() {
    for (unanswered, expected) in [
        (Unanswered::Sent(at(45)), "Without an answer until 28 May, 23:11 it is sent."),
        (Unanswered::NotSent(at(45)), "Without an answer until 28 May, 23:11 it is not sent."),
        (Unanswered::Waits, "Without an answer it waits."),
    ] {
        let message = ask("en", "Tides", unanswered);
        assert!(message.text.contains(expected), "{}", message.text);
        assert_eq!(message.subject, "To approve: Tides");
        for fact in ["Subject: Tides", "Readers: 1204", "* Tides\n  The Harbour Gazette"] {
            assert!(message.text.contains(fact), "{fact}:\n{}", message.text);
        }
    }
}

#[test]
fn they_make_letters_that_go_through_no_list() {
    for (name, message) in samples() {
        let imprint = Imprint {
            from: "Pressrun <press@tide.example>".parse().expect("a sender"),
            reply_to: None,
            list: None,
            date: at(0),
            zone: chrono_tz::UTC,
        };
        assert!(Plate::new(&message, &imprint).is_ok(), "{name}");
    }
}
