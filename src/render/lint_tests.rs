//! What lint says of a good mail, of each deliberate fault, and of any bytes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::lint_faults::FAULTS;
use super::*;

const GOOD: &str = include_str!("lint/good.eml");

/// The mail as it goes over the wire.
fn wire(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").replace('␊', "\n").replace('␍', "\r").into_bytes()
}

fn names(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.rule.name).collect()
}

/// The good mail with another text in the place of the first that is named.
fn spoiled(old: &str, new: &str) -> Vec<u8> {
    assert!(GOOD.contains(old), "the good mail has no {old:?}");
    wire(&GOOD.replacen(old, new, 1))
}

#[test]
fn a_good_mail_has_no_findings() {
    let findings = letter(&wire(GOOD));
    assert!(findings.is_empty(), "{findings:#?}");
    let html = GOOD.split("7bit\n\n").nth(2).expect("the HTML part");
    let findings = page(html);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_mail_that_was_saved_with_line_feeds_is_as_good() {
    let findings = letter(GOOD.as_bytes());
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Faults that are too long for the table, or spoil more than one place.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let words = |count: usize| format!("serif\">After{}", " ninety\n".repeat(count / 8));
    let html = "serif\">After ninety years on the quay the steam";
    let headings =
        GOOD.replace("<h1 ", "<p ").replace("</h1>", "</p>").replace("<h2 ", "<p ").replace("</h2>", "</p>");
    let (head, body) = GOOD.split_once("--=_harbour\n").expect("a body");
    let (text, page) = body.split_once("--=_harbour\n").expect("two parts");
    let page = page.trim_end().trim_end_matches("--=_harbour--");
    let picture = "<!DOCTYPE html><html lang=\"en\"><body><div lang=\"en\" dir=\"ltr\"><h1>Hi</h1><img src=\"https://a.example/a.jpg\" \
                   alt=\"All that we have to say\" width=\"600\"></div></body></html>";
    let stub = text.split_once("7bit\n\n").expect("a text").0.to_owned() + "7bit\n\nPlease see the HTML.\n\n";
    vec![
        ("size-clipped", spoiled(html, &words(110_000))),
        ("size-near-clip", spoiled(html, &words(86_000))),
        ("size-unread", spoiled(html, &words(300_000))),
        ("heading-missing", wire(&headings)),
        ("language-missing", wire(&GOOD.replace(" lang=\"en\"", ""))),
        ("part-order", wire(&format!("{head}--=_harbour\n{page}\n--=_harbour\n{text}--=_harbour--\n"))),
        ("text-stub", wire(&format!("{head}--=_harbour\n{stub}--=_harbour\n{page}\n--=_harbour--\n"))),
        ("image-only", wire(&GOOD.replace(page.split_once("7bit\n\n").expect("a page").1, picture))),
        ("encoding-damaged", wire(&GOOD.replacen("7bit\n\nTHE", "base64\n\n****\nTHE", 1))),
        ("image-alt-long", spoiled("A steam crane over the water", &"A steam crane. ".repeat(30))),
        ("contrast-without-styles", {
            let pale = GOOD.replacen("color:#22262b;font:16px", "color:#f2f2f2;font:16px", 1);
            wire(&pale.replacen("@media (max", ".ink { color: #22262b !important }\n@media (max", 1))
        }),
    ]
}

#[test]
fn each_deliberate_fault_is_caught() {
    let mut missed = Vec::new();
    for (rule, old, new) in FAULTS {
        let found = names(&letter(&spoiled(old, new)));
        if !found.contains(rule) {
            missed.push(format!("{rule}: {old:?} → {new:?}; found {found:?}"));
        }
    }
    for (rule, bytes) in large() {
        let found = names(&letter(&bytes));
        if !found.contains(rule) {
            missed.push(format!("{rule} (large); found {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_rule_has_a_name_of_its_own_words_and_a_fault() {
    let large = large();
    let tried: BTreeSet<&str> = FAULTS.iter().map(|f| f.0).chain(large.iter().map(|f| f.0)).collect();
    let mut known = BTreeSet::new();
    for rule in rules() {
        assert!(known.insert(rule.name), "{} twice", rule.name);
        assert!(
            rule.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            rule.name
        );
        assert!(rule.why.ends_with('.') && rule.way_out.ends_with('.'), "{} ends in no sentence", rule.name);
        assert!(tried.contains(rule.name), "no fault for {}", rule.name);
    }
    assert_eq!(tried.difference(&known).count(), 0, "{:?}", tried.difference(&known));
}

#[test]
fn one_fault_in_many_places_is_one_finding() {
    let many = "<img src=\"https://a.example/a.jpg\" width=\"10\">".repeat(30);
    let findings = page(&many);
    let alt = findings.iter().find(|f| f.rule.name == "image-alt-missing").expect("the fault");
    assert_eq!(alt.more, 29);
}

#[test]
fn a_place_names_part_line_and_words() {
    let findings = page("<!DOCTYPE html>\n<p>one</p>\n<p><a href='/x'>the ferry</a></p>");
    let link = findings.iter().find(|f| f.rule.name == "link-relative").expect("the fault");
    assert_eq!(link.place.to_string(), "html, line 3, <a href=\"/x\"> “the ferry”");
    let json = serde_json::to_value(link).expect("JSON");
    assert_eq!((json["rule"].as_str(), json["line"].as_u64()), (Some("link-relative"), Some(3)));
}

#[test]
fn a_note_of_a_machine_to_one_person_needs_no_way_out() {
    let note = GOOD.replacen("List-Id: The Harbour <daily.harbour.example>\n", "", 1);
    let note = note.replacen("List-Unsubscribe: <https://news.harbour.example/u/5f0c9d8e7a6b>\n", "", 1);
    let found = names(&letter(&wire(&note)));
    assert!(found.is_empty(), "{found:?}");
}

/// Inputs that are slow to read for whoever reads them carelessly.
#[test]
fn hostile_mails_end_like_others() {
    let deep = |open: &str| open.repeat(10_000);
    for html in [
        deep("<div>"),
        deep("<table><tr><td>"),
        deep("<b><p>"),
        deep("</b>"),
        format!("<a {}>", (0..40_000).map(|n| format!("a{n}=1 ")).collect::<String>()),
        format!("<style>{}</style>{}", "x a a a a{color:red}".repeat(2_000), deep("<a>x")),
        format!("<style>{}", deep("@media{")),
        format!("<style>{}", deep("a{b:c{")),
        format!("<style>@media {}{{{}}}", "x".repeat(100_000), "a{b:c}".repeat(20_000)),
        format!("<p style=\"{}\">", deep("a:b(")),
        deep("<!--"),
        deep("&"),
    ] {
        let _ = page(&html);
    }
    let _ = letter(&b"a: b\r\n".repeat(100_000));
    let _ = letter(&b"\r".repeat(300_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = letter(&bytes);
        let _ = page(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_html_is_read(html in "(<(a|p|td|table|style|img|/p|/td|h1|div|/style)( (href|style|dir|class|src|width)=\"[^\"]{0,12}\")?>|[@{}:;.#\\[\\]()a-zא-ת \u{202e}%0-9!]{0,12}){0,40}") {
        let _ = page(&html);
    }

    #[test]
    fn any_cut_of_a_mail_is_read(at in 0usize..7_000, byte: u8) {
        let mut bytes = wire(GOOD);
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        let _ = letter(&bytes);
        let _ = letter(&bytes[..at]);
    }
}
