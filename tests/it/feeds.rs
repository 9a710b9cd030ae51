//! Feeds as the world writes them become articles, entry by entry.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use pressrun::collect::{Feed, clean, parse};
use pressrun::model::{Entry, Instant, Markup};
use url::Url;

use crate::parts;

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 1, 12, 0, 0).single().expect("is a date")
}

fn base() -> Url {
    Url::parse("http://127.0.0.1:8097/tests/feed.xml").expect("parses")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("can be read").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// How many entries a document has, counted without a parser.
fn entries_in(bytes: &[u8]) -> usize {
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    if text.trim_start().starts_with('{') {
        // Whole items end in `"}`; one file is torn in the middle of an item.
        return text.matches("\"}, {").count() + usize::from(text.trim_end().ends_with('}'));
    }
    ["<item>", "<item ", "<entry>", "<entry "].iter().map(|start| text.matches(start).count()).sum()
}

#[test]
fn every_real_feed_gives_an_article_for_each_of_its_entries() {
    let Some(corpora) = parts::corpora() else { return };
    let files = files(&corpora.join("feeds"));
    assert!(files.len() >= 12, "only {} feeds", files.len());
    for file in files {
        let bytes = std::fs::read(&file).expect("can be read");
        let feed = parse(&bytes, None, &base()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let torn = file.ends_with("allthis-partial.json");
        assert!(
            feed.title.is_some() && feed.trouble.is_some() == torn,
            "{}: {:?}",
            file.display(),
            feed.trouble
        );
        let articles = clean(feed, now());
        assert_eq!(articles.len(), entries_in(&bytes), "{}", file.display());
        for article in &articles {
            crate::made_articles::keeps_its_promises(article);
            assert!(
                !article.title.contains("&amp;") && !article.title.contains('\u{FFFD}'),
                "{}",
                article.title
            );
        }
        let dated = articles.iter().filter(|a| a.published.is_some()).count();
        assert!(dated == articles.len() || file.ends_with("kc0011.rss"), "{}: {dated} dated", file.display());
    }
}

/// Cases whose expectation we do not share, each with its reason.
const DEVIATIONS: [(&str, &str); 0] = [];

#[test]
fn small_feeds_mean_what_their_authors_say_they_mean() {
    let Some(corpora) = parts::corpora() else { return };
    let (mut held, mut left, mut wrong) = (0, 0, Vec::new());
    let files = files(&corpora.join("feedcases"));
    for file in &files {
        let bytes = std::fs::read(file).expect("can be read");
        let text = String::from_utf8_lossy(&bytes);
        let expected =
            text.split("Expect:").nth(1).and_then(|rest| rest.lines().next()).expect("has an Expect line");
        let parsed = parse(&bytes, None, &base());
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(claims) = claims(expected) else {
            left += 1;
            continue;
        };
        let holds = parsed.as_ref().is_ok_and(|feed| claims.iter().all(|claim| claim.holds(feed)));
        held += 1;
        if holds == DEVIATIONS.iter().any(|(deviation, _)| *deviation == name) {
            wrong.push(format!(
                "{name}: {}\n    {:?}",
                expected.trim(),
                parsed.map(|f| (f.title, f.site, f.entries))
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(
        (files.len(), held, left),
        (203, 89, 114),
        "cases, held against us, about nothing a digest uses"
    );
}

/// One comparison of a case that is about something a digest uses.
#[derive(Debug)]
struct Claim {
    path: Path_,
    value: String,
}

#[derive(Debug, Clone)]
struct Path_ {
    /// The entry's number; `None` for the feed.
    entry: Option<usize>,
    keys: Vec<String>,
}

/// The comparisons in an expression such as `not bozo and entries[0]['title'] == 'x'`; `None` if none concerns us.
fn claims(expression: &str) -> Option<Vec<Claim>> {
    let mut claims = Vec::new();
    for part in expression.trim().split(" and ") {
        let part = part.trim().trim_start_matches('(');
        let part = if part.matches('(').count() < part.matches(')').count() {
            &part[..part.len() - 1]
        } else {
            part
        };
        let sides: Vec<&str> = part.split(" == ").map(str::trim).collect();
        let Some((value, paths)) = sides.split_last().filter(|(_, paths)| !paths.is_empty()) else {
            continue;
        };
        for path in paths {
            let path = path_of(path).filter(Path_::concerns_us)?;
            claims.push(Claim { path, value: (*value).to_owned() });
        }
    }
    (!claims.is_empty()).then_some(claims)
}

fn path_of(text: &str) -> Option<Path_> {
    let words = text.replace(['[', ']', '.', '\''], " ");
    let mut words = words.split_whitespace();
    let entry = match words.next()? {
        "feed" => None,
        "entries" => Some(words.next()?.parse().ok()?),
        _ => return None,
    };
    Some(Path_ { entry, keys: words.map(str::to_owned).collect() })
}

impl Path_ {
    fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    fn concerns_us(&self) -> bool {
        match (self.entry, self.keys().as_slice()) {
            (None, ["title"] | ["title_detail", "value"] | ["link"] | ["language"]) => true,
            (Some(_), ["title" | "title_detail" | "summary" | "summary_detail", rest @ ..]) => {
                matches!(rest, [] | ["value"])
            }
            (
                Some(_),
                ["description" | "link" | "id" | "guid" | "author" | "published" | "updated"]
                | ["published_parsed" | "updated_parsed"]
                | ["content", "0", "value"]
                | ["author_detail", "name"]
                | ["authors", _, "name"]
                | ["tags", _, "term"]
                | ["links", "0", "href"],
            ) => true,
            _ => false,
        }
    }
}

impl Claim {
    fn holds(&self, feed: &Feed) -> bool {
        let keys = self.path.keys();
        let text = self.value.trim_matches('\'');
        let Some(number) = self.path.entry else {
            return match keys[0] {
                "title" | "title_detail" => feed.title.as_deref().unwrap_or_default() == plain(text),
                "link" => feed.site.as_ref().is_some_and(|site| site.as_str() == text),
                _ => feed.language.as_ref().is_some_and(|language| language.as_str() == text),
            };
        };
        let Some(entry) = feed.entries.get(number) else { return false };
        let articles = clean(Feed { entries: vec![entry.clone()], ..feed.clone() }, now());
        let Some(article) = articles.first() else { return false };
        match keys[0] {
            "title" | "title_detail" => article.title == plain(text),
            "summary" | "summary_detail" | "description" => {
                says(entry.summary.as_ref().or(entry.content.as_ref()), text)
            }
            "content" => says(entry.content.as_ref().or(entry.summary.as_ref()), text),
            "link" | "links" => link_of(entry).is_some_and(|link| Ok(link) == Url::parse(text)),
            "id" | "guid" => entry.guid.as_deref() == Some(text),
            "author" | "author_detail" => article
                .author
                .as_ref()
                .is_some_and(|author| text.starts_with(author.as_str()) && !author.contains('@')),
            "authors" => {
                entry.authors.get(keys[1].parse::<usize>().unwrap_or(9)).is_some_and(|name| name == text)
            }
            "tags" => {
                entry.topics.get(keys[1].parse::<usize>().unwrap_or(9)).is_some_and(|topic| topic == text)
            }
            "published" | "published_parsed" => entry.published == instant(text),
            _ => entry.updated == instant(text),
        }
    }
}

fn link_of(entry: &Entry) -> Option<Url> {
    entry.base.join(entry.link.as_deref()?).ok()
}

/// True if a text of ours says what is expected, letter for letter or with its markup taken off.
fn says(markup: Option<&Markup>, expected: &str) -> bool {
    markup.is_some_and(|(Markup::Text(ours) | Markup::Html(ours))| {
        ours == expected || plain(ours) == plain(expected)
    })
}

/// Takes markup and references off an expectation.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<').filter(|at| rest[*at..].contains('>')) {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('>').unwrap_or(0) + 1..];
    }
    out.push_str(rest);
    for (reference, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&#38;", "&"), ("&#x26;", "&"), ("&amp;", "&")]
    {
        out = out.replace(reference, character);
    }
    out.trim().to_owned()
}

/// `(2004, 1, 1, 19, 48, 21, 3, 1, 0)`, or a date as RFC 2822 or 3339 writes it.
fn instant(text: &str) -> Option<Instant> {
    let read = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    if let Ok(read) = read {
        return Some(read.to_utc());
    }
    let numbers: Vec<u32> =
        text.trim_matches(['(', ')']).split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers[..] else { return None };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}
