//! Lint: what is said of any mail, and that Pressrun's own letters give no reason to say anything.

use std::path::{Path, PathBuf};

use pressrun::deliver::Imprint;
use pressrun::model::{LOOKS, Message};
use pressrun::render::{Links, Theme, lint, render};
use serde_json::Value;

use crate::cli::{Folder, text};
use crate::rendering::sample::{self, foreign};
use crate::world::rss;
use crate::{letters, publisher_mails};

const GOOD: &str = include_str!("../../src/render/lint/good.eml");

/// The rules that the findings of `--json` name.
fn rules(json: &str) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(json).unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_good_mail_is_said_to_be_one() {
    let folder = Folder::new();
    folder.write("good.eml", GOOD);
    assert_eq!(folder.ok(&["lint", "good.eml"]), "good.eml: nothing to mend\n");
    assert_eq!(folder.ok(&["lint", "--json", "good.eml"]), "[]\n");
}

#[test]
fn an_error_is_told_with_its_way_out_and_a_hint_alone_is_no_failure() {
    let folder = Folder::new();
    folder.write("good.eml", GOOD);
    folder.write("bad.eml", &GOOD.replace(" alt=\"A steam crane over the water\"", ""));
    folder.write("hint.eml", &GOOD.replace("https://harbour.example/ferry", "http://harbour.example/ferry"));
    let output = folder.run(&["lint", "good.eml", "bad.eml", "hint.eml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    for words in [
        "good.eml: nothing to mend",
        "bad.eml: 1 error",
        "error image-alt-missing: ",
        "  way out: ",
        "hint.eml: 1 hint",
    ] {
        assert!(said.contains(words), "no {words:?} in:\n{said}");
    }
    assert_eq!(rules(&folder.ok(&["lint", "--json", "hint.eml"])), ["link-insecure"]);
    let refused = folder.refused(1, &["lint", "absent.eml"]);
    assert!(refused.contains("absent.eml cannot be read"), "{refused}");
}

#[test]
fn a_page_alone_is_asked_for_no_header() {
    let folder = Folder::new();
    let page = GOOD.split("7bit\n\n").nth(2).unwrap();
    folder.write("page.html", &page.replace("Unsubscribe", "Good bye"));
    let output = folder.run(&["lint", "--json", "page.html"]);
    assert_eq!(output.status.code(), Some(1));
    let findings: Vec<Value> = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (&findings[0]["rule"], &findings[0]["file"]),
        (&"unsubscribe-link-missing".into(), &"page.html".into())
    );
}

#[test]
fn every_rule_is_listed_with_its_reason() {
    let listed: Vec<Value> = serde_json::from_str(&Folder::new().ok(&["lint", "--rules", "--json"])).unwrap();
    assert!(listed.len() > 100, "{}", listed.len());
    assert!(listed.iter().all(|rule| !rule["why"].as_str().unwrap().is_empty()));
}

#[test]
fn a_preview_says_what_lint_says_of_its_letter() {
    let folder = Folder::new();
    folder.write("feed.xml", &rss(&["HARBOUR OPENS AGAIN TODAY!!!"]));
    let with = |format: &str| {
        folder.ok(&["preview", "--feed", "feed.xml", "--now", "2026-03-02T07:00:00Z", "--format", format])
    };
    folder.write("letter.eml", &with("eml"));
    let preview: Value = serde_json::from_str(&with("json")).unwrap();
    let output = folder.run(&["lint", "--json", "letter.eml"]);
    let mut alone: Vec<Value> = serde_json::from_str(&text(&output.stdout)).unwrap();
    alone.iter_mut().for_each(|finding| drop(finding.as_object_mut().unwrap().remove("file")));
    assert_eq!(preview["findings"].as_array().unwrap(), &alone);
    assert!(alone.iter().any(|finding| finding["rule"] == "subject-exclaims"), "{alone:?}");
}

/// What a publisher's feed or settings cause, and not Pressrun: addresses without https or of this machine, titles
/// of other people's.
const OF_THE_PUBLISHER: [&str; 6] =
    ["link-insecure", "link-local", "image-insecure", "subject-exclaims", "subject-shouts", "text-shouts"];

#[test]
fn letters_of_the_demo_give_no_findings_but_for_their_addresses() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo/sources");
    let feeds: Vec<PathBuf> =
        ["gazette.xml", "hafenblatt.xml", "signal.json", "tidewater.atom", "waterline.atom"]
            .map(|name| sources.join(name))
            .to_vec();
    let folder = Folder::new();
    for feed in &feeds {
        let feed = feed.display().to_string();
        let now = "2026-03-02T07:00:00Z";
        let eml = folder.ok(&["preview", "--feed", &feed, "--now", now, "--format", "eml"]);
        folder.write("letter.eml", &eml);
        let output = folder.run(&["lint", "--json", "letter.eml"]);
        let mut found = rules(&text(&output.stdout));
        found.retain(|rule| !OF_THE_PUBLISHER.contains(&rule.as_str()));
        assert!(found.is_empty(), "{feed}: {}", text(&output.stdout));
    }
}

/// What lint finds in a letter of a message.
fn unexpected(message: &Message, imprint: &Imprint) -> Vec<String> {
    let letter = letters::letter(message, imprint, &letters::reader());
    let found = lint::letter(&letter.bytes);
    found
        .iter()
        .map(|finding| format!("{}: {} ({})", finding.rule.name, finding.what, finding.place))
        .collect()
}

#[test]
fn letters_of_editions_give_no_findings_in_any_look_and_language() {
    let languages = ["en", "de", "fr", "es", "he", "ar", "pl"];
    for (look, language) in LOOKS.iter().flat_map(|look| languages.map(|language| (look, language))) {
        let mut articles: Vec<_> = sample::edition(9).articles().cloned().collect();
        // Neighbours with pictures, which some looks put side by side.
        articles[3].article.image = articles[2].article.image.clone();
        articles.push(foreign(20, "he", "הגשר נפתח שוב", "אחרי שלוש שנים של עבודה נפתח הגשר הישן אל הנמל."));
        articles.push(foreign(21, "ar", "الجسر يفتح من جديد", "بعد ثلاث سنوات من العمل فتح الجسر القديم."));
        articles.push(foreign(22, "ja", "橋が再び開く", "三年の工事を経て、港へ続く古い橋が再び開いた。"));
        let links =
            Links { web_copy: Some("https://news.example.org/e/1?x=1&y=2".to_owned()), passage: None };
        let digest = sample::digest(language);
        let edition = sample::of(articles);
        let message = render(&edition, &digest, &Theme::named(look).unwrap(), &links).unwrap().message;
        assert_eq!(unexpected(&message, &letters::imprint()), Vec::<String>::new(), "{look} in {language}");
    }
}

#[test]
fn mails_to_the_publisher_give_no_findings_and_need_no_way_out() {
    let imprint = Imprint { list: None, ..letters::imprint() };
    for (name, message) in publisher_mails::samples().iter().filter(|(name, _)| !name.ends_with("hostile")) {
        assert_eq!(unexpected(message, &imprint), Vec::<String>::new(), "{name}");
    }
}
