//! What rules match, and what titles become.

use chrono::{TimeDelta, TimeZone as _, Utc};

use super::*;
use crate::model::{Direction, Fingerprint, Popularity};

fn days(text: &str) -> Option<Duration> {
    text.strip_suffix('d')?.parse::<u64>().ok().map(|days| Duration::from_secs(86_400 * days))
}

fn rule(text: &str) -> Rule {
    Rule::parse(text, days).unwrap()
}

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 3, 2, 7, 0, 0).unwrap()
}

fn article(title: &str, summary: &str) -> Article {
    Article {
        fingerprint: Fingerprint { guid: 1, url: 1, content: 1 },
        url: "https://www.harbour.example/sport/2026/match?x=1".parse().unwrap(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        content: String::new(),
        image: None,
        author: Some("Ann Lindqvist, Bo Ek".to_owned()),
        published: None,
        language: Language::parse("pt-BR"),
        direction: Direction::Ltr,
        topics: vec!["opinion".to_owned()],
        popularity: Popularity::default(),
    }
}

#[test]
fn words_are_whole_and_endings_may_be_left_open() {
    let told = article("Sponsored: the ferries of Harbour Town", "Paid content. Änderung der Fahrzeiten.");
    for (text, matches) in [
        ("sponsored", true),
        ("SPONSORED", true),
        ("ferry", false),
        ("ferr*", true),
        ("erries", false),
        ("harbour  town", true),
        ("word: paid content", true),
        ("title: paid content", false),
        ("änderung", true),
        ("author: lindqvist", true),
        ("author: carl", false),
        ("category: Opinion", true),
        ("category: opin", false),
        ("language: pt", true),
        ("language: pt-PT", false),
        ("url: /sport/", true),
        ("url: https://*.example/*/2026/*", true),
        ("url: https://*.example/news/*", false),
        ("older: 2d", true),
        ("older: 4d", false),
    ] {
        let rules = Rules { exclude: vec![rule(text)], ..Rules::default() };
        let against = rules.against(&told, now() - TimeDelta::days(3), now());
        assert_eq!(against.is_some(), matches, "{text}");
        if text.starts_with("older: 2") {
            assert_eq!(against.as_deref(), Some("exclude \"older: 2d\""));
        }
    }
    let chinese = article("海城队昨晚主场战胜北原队", "");
    let rules = Rules { exclude: vec![rule("主场")], ..Rules::default() };
    assert!(rules.against(&chinese, now(), now()).is_some(), "no spaces part its words");
}

#[test]
fn exclude_wins_and_include_takes_nothing_else() {
    let rules =
        Rules { include: vec![rule("ferry"), rule("tram")], exclude: vec![rule("strike")], titles: vec![] };
    let against = |title: &str| rules.against(&article(title, ""), now(), now());
    assert_eq!(against("New ferry"), None);
    assert_eq!(against("Ferry strike").as_deref(), Some("exclude \"word: strike\""));
    assert_eq!(against("A bus").as_deref(), Some("include, none of which it matches"));
    assert_eq!(Rules::default().against(&article("A bus", ""), now(), now()), None);
}

#[test]
fn titles_are_rewritten_by_text_and_by_pattern_and_never_to_nothing() {
    let rewrites = |all: &[&str]| Rules {
        titles: all.iter().map(|text| Rewrite::parse(text).unwrap()).collect(),
        ..Rules::default()
    };
    let title = |all: &[&str], title: &str| rewrites(all).title(title);
    assert_eq!(title(&["LIVE: =>"], "LIVE: Storm nears").as_deref(), Some("Storm nears"));
    assert_eq!(title(&["LIVE: =>"], "Storm nears"), None);
    assert_eq!(title(&["LIVE =>"], "LIVE"), None, "nothing would be left");
    let swap = ["/^(\\w+), (\\w+)/ => $2 $1", "Lind => Lund"];
    assert_eq!(title(&swap, "Lind, Ann").as_deref(), Some("Ann Lund"));
    assert_eq!(title(&["/ +\\| .*$/ =>"], "Storm nears | The Harbour").as_deref(), Some("Storm nears"));
    let longer = title(&["/./ => 0123456789"], &"x".repeat(300)).unwrap();
    assert_eq!(longer.chars().count(), 300, "no title is longer");
}

#[test]
fn what_is_no_rule_is_said_to_be_none() {
    for (text, says) in [
        ("", "says nothing"),
        ("author:", "says nothing"),
        ("word: **", "says nothing"),
        ("autor: Ann", "names the kind `autor`"),
        ("language: x y", "names the language `x y`"),
        ("older: long", "names the age `long`"),
    ] {
        let error = Rule::parse(text, days).unwrap_err().to_string();
        assert!(error.contains(says), "{text:?}: {error}");
    }
    assert_eq!(rule("New from Harbour: all"), Rule::Word("new from harbour: all".to_owned()));
    for (text, says) in [
        ("LIVE", "has no `=>`"),
        (" => x", "looks for nothing"),
        ("// => x", "looks for nothing"),
        ("/(/ => x", "unclosed group"),
        ("/(?:\\w{100}){100}/ => x", "cannot be used"),
        ("a => \u{10FF01}", "no title may have"),
    ] {
        let error = Rewrite::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text:?}: {error}");
    }
}
