//! Pages of the world, of our own making and of enemies are read: the story, the whole story, and none of the furniture.

use std::collections::HashMap;
use std::path::Path;

use pressrun::collect::{Reading, ReadingKind, read};
use proptest::prelude::*;
use serde_json::Value;
use url::Url;

use crate::pages_model::{BUILDS, LANGUAGES, page};
use crate::parts;

fn at(path: &str) -> Url {
    Url::parse("https://harbour.example/").unwrap().join(path).unwrap()
}

fn read_page(html: &str) -> Reading {
    read(html.as_bytes(), Some("text/html; charset=utf-8"), &at("/2026/bridge"))
}

#[test]
fn an_article_page_gives_its_story_and_not_a_word_of_its_furniture() {
    let mut wrong = Vec::new();
    for (words, build, json) in
        LANGUAGES.iter().flat_map(|w| BUILDS.iter().flat_map(move |b| [(w, *b, false), (w, *b, true)]))
    {
        let read = read_page(&page(words, build, json));
        let case = format!("{} {build:?} {json}", words.language);
        let mut is = |what: &str, read: Option<&str>, expected: &str| {
            if read != Some(expected) {
                wrong.push(format!("{case} {what}: {read:?} instead of {expected:?}"));
            }
        };
        let lead = read.lead.as_ref();
        is("headline", Some(&read.headline), words.headline);
        is("dek", read.dek.as_deref(), words.dek);
        is("byline", read.byline.as_deref(), words.author);
        is("section", read.section.as_deref(), words.section);
        is(
            "picture",
            lead.map(|lead| lead.image.url.as_str()),
            "https://harbour.example/pictures/bridge.jpg",
        );
        is("alt", lead.map(|lead| lead.image.alt.as_str()), words.alt);
        is("caption", lead.and_then(|lead| lead.caption.as_deref()), words.caption);
        is("credit", lead.and_then(|lead| lead.credit.as_deref()), words.credit);
        is("text", Some(&read.text), &words.body.join(" "));
        is("language", read.language.as_ref().map(|language| language.as_str()), words.language);
        is("direction", Some(read.direction.as_str()), words.direction);
        let size = lead.map(|lead| (lead.image.width, lead.image.height));
        let whole =
            !read.excerpt.is_empty() && read.text.starts_with(&read.excerpt) && read.excerpt.ends_with('.');
        let furniture =
            words.furniture.iter().find(|part| read.content.contains(&part.replace('&', "&amp;")));
        let dated = !json || (read.published.is_some() && read.modified.is_some());
        if read.kind != ReadingKind::Article
            || size != Some((Some(1200), Some(800)))
            || !whole
            || furniture.is_some()
            || !dated
        {
            wrong.push(format!("{case} {:?} {size:?} {furniture:?} {}", read.kind, read.excerpt));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words in lower case with how often they come.
fn bag(text: &str) -> (HashMap<String, i32>, usize) {
    let mut bag = HashMap::new();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let count = words.map(|word| *bag.entry(word.to_lowercase()).or_insert(0) += 1).count();
    (bag, count)
}

/// The share of words that two texts have in common: twice the common ones by all of both (Dice, over bags of words).
fn similarity(a: &str, b: &str) -> f64 {
    let ((a, count_a), (b, count_b)) = (bag(a), bag(b));
    let common: i32 = a.iter().map(|(word, n)| (*n).min(b.get(word).copied().unwrap_or(0))).sum();
    2.0 * f64::from(common) / (count_a + count_b) as f64
}

/// The text of clean HTML: what is behind each tag is another word.
fn plain(html: &str) -> String {
    let text: String = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect::<Vec<_>>()
        .join(" ");
    [("&nbsp;", " "), ("&#160;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

fn known(folder: &Path) -> (Reading, Value, f64) {
    let file = |name: &str| {
        std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{}/{name}: {e}", folder.display()))
    };
    let read = read(&file("source.html"), None, &Url::parse("http://fakehost/test/page.html").unwrap());
    let expected = serde_json::from_slice(&file("expected-metadata.json")).unwrap();
    let like = similarity(&read.text, &plain(&String::from_utf8(file("expected.html")).unwrap()));
    (read, expected, like)
}

#[test]
fn the_pages_of_the_world_say_what_their_readers_expect() {
    let Some(corpora) = parts::corpora() else { return };
    let mut all = Vec::new();
    for folder in std::fs::read_dir(corpora.join("pages")).unwrap().map(|entry| entry.unwrap().path()) {
        let (read, expected, like) = known(&folder);
        let case = format!("{}: {read:#?}", folder.display());
        assert_eq!(read.kind, ReadingKind::Article, "{case}");
        assert_eq!(Some(read.headline.as_str()), expected["title"].as_str(), "{case}");
        assert_eq!(read.byline.as_deref(), expected["byline"].as_str(), "{case}");
        assert_eq!(read.direction.as_str(), expected["dir"].as_str().unwrap_or("ltr"), "{case}");
        if let Some(language) = expected["lang"].as_str() {
            assert_eq!(read.language.as_ref().map(ToString::to_string).as_deref(), Some(language), "{case}");
        }
        if let Some(date) = expected["publishedTime"].as_str() {
            let date = chrono::DateTime::parse_from_rfc3339(date).unwrap();
            assert_eq!(read.published.map(|at| at.timestamp()), Some(date.timestamp()), "{case}");
        }
        eprintln!("{like:.3} {}", folder.display());
        assert!(like > 0.8, "{like} {case}");
        all.push(like);
    }
    assert!(all.len() >= 10);
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!(mean >= 0.95, "{mean}");
}

#[test]
fn what_stands_in_front_of_an_article_is_not_taken_for_it() {
    let consent = "<title>Before you continue</title><h1>We value your privacy</h1><p>We and our partners use cookies and process data \
        to give you a better site. You may withdraw your consent at any time.</p><button>Accept all</button>";
    let wall = "<meta property='og:type' content='article'><h1>The price of rope</h1><p>Rope has become dear in all the harbours of the \
        north, and nobody knows for how long that will last, say the merchants.</p><div class='paywall'>Subscribe to continue reading. Already a subscriber? Log in.</div>";
    let json = "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"Rope\",\"isAccessibleForFree\":\"False\"}</script>\
        <h1>Rope</h1><p>Rope has become dear in all the harbours of the north, and nobody knows for how long.</p>";
    let error = "<h1>Page not found</h1><p>The page that you look for is not here.</p>";
    let front: String = (0..40)
        .map(|n| format!("<div><h2><a href='/a/{n}'>A headline of the day, number {n}</a></h2></div>"))
        .collect();
    let hebrew = "<html lang=he><h1>מחיר החבל</h1><p>החבל התייקר בכל נמלי הצפון, ואיש אינו יודע עד מתי יימשך הדבר, כך אומרים הסוחרים.</p><p>להמשך קריאה הצטרפו למנויים</p>";
    for (html, kind) in [
        (consent, ReadingKind::Consent),
        (wall, ReadingKind::Paywall),
        (json, ReadingKind::Paywall),
        (error, ReadingKind::NotAnArticle),
        (&front, ReadingKind::NotAnArticle),
        (hebrew, ReadingKind::Paywall),
        ("", ReadingKind::NotAnArticle),
    ] {
        let read = read_page(html);
        assert_eq!(read.kind, kind, "{read:#?}");
    }
}

#[test]
fn a_hostile_page_is_read_to_an_end() {
    let story = page(&LANGUAGES[0], BUILDS[0], false);
    let deep = |open: &str, levels: usize| format!("{}{story}", open.repeat(levels));
    let pages = [
        deep("<div>", 100_000),
        deep("<b>", 100_000),
        deep("<table><tr><td>", 10_000),
        deep("<a href=x><li>", 10_000),
        deep("<div><h3>Popular</h3><input>", 10_000),
        "<div><p>a, b, c</p>".repeat(10_000),
        "<h1>x</h1><p class=byline>a</p>".repeat(10_000),
        format!("<script type='application/ld+json'>{}</script>{story}", "[".repeat(1_000_000)),
        format!("<p>{}", "word ".repeat(10_000_000)),
    ];
    for html in pages {
        let read = read_page(&html);
        assert!(read.text.len() <= 8 * 1024 * 1024 && read.headline.len() < 10_000, "{}…", &html[..40]);
    }
}

#[test]
fn a_page_is_read_in_whatever_encoding_it_comes() {
    let story = page(&LANGUAGES[1], BUILDS[0], true);
    let (hebrew, _, _) = encoding_rs::WINDOWS_1255.encode(&story);
    let labelled = story.replace("charset=\"utf-8\"", "charset=\"windows-1255\"");
    let (declared, _, _) = encoding_rs::WINDOWS_1255.encode(&labelled);
    for (bytes, header) in [
        (story.as_bytes(), Some("text/html; charset=iso-8859-1")),
        (story.as_bytes(), None),
        (&declared, None),
        (&declared, Some("text/html; charset=utf-8")),
        (&hebrew, Some("text/html; charset=windows-1255")),
        (labelled.as_bytes(), None),
    ] {
        let read = read(bytes, header, &at("/x"));
        assert_eq!(read.headline, LANGUAGES[1].headline, "{header:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_reading_keeps_its_promises_whatever_the_page_is(from in 0..6_000_usize, cut in 0..6_000_usize, noise in "\\PC{0,40}", which in 0..18_usize) {
        let html = page(&LANGUAGES[which % 3], BUILDS[which / 3 % 3], which >= 9);
        let (from, cut) = (html.floor_char_boundary(from), html.floor_char_boundary(cut));
        let torn = format!("{}{noise}{}", &html[..from], &html[cut..]);
        let read = read_page(&torn);
        let line = |text: &str| !text.chars().any(|c| c.is_control() || u32::from(c) >= 0x10_0000);
        prop_assert!(line(&read.headline) && line(&read.text) && line(&read.excerpt));
        prop_assert!(read.dek.as_deref().is_none_or(line) && read.byline.as_deref().is_none_or(line));
        prop_assert!(!read.content.contains("<script") && !read.content.contains("<style") && !read.content.contains("onerror"));
    }
}
