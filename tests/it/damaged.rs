//! A damaged document gives what is whole in it; what is no feed is told by its kind.

use pressrun::collect::{clean, parse};
use url::Url;

use crate::made_articles::{articles, base, keeps_its_promises, now, read, rss};

#[test]
fn markup_that_nothing_closes_costs_its_own_entry_only() {
    let good =
        "<item><title>Good</title><link>/good</link><description><![CDATA[whole]]></description></item>";
    for bad in [
        "<item><title>Bad<link>/bad</link></item>",
        "<item><title>Bad</title><link>/bad</link>",
        "<item><title>Bad</title><description><p>unclosed <b>html</description></item>",
        "<item><title>Bad</title><description><![CDATA[never closed</description></item>",
        "<item><title>Bad & worse</title><description>AT&T &nbsp; &bogus; 1 < 2</description></item>",
        "<item><title>Bad</title></link></description></b></item>",
        "<item><title>Bad</title><a:b xmlns:a='x'><c></a:b></item>",
    ] {
        let articles = articles(&rss(&format!("{bad}{good}")));
        assert_eq!(articles.len(), 2, "{bad}: {articles:?}");
        let last = &articles[1];
        assert_eq!((last.title.as_str(), last.summary.as_str()), ("Good", "whole"), "{bad}");
        assert_eq!(last.url.as_str(), "https://example.org/good", "{bad}");
    }
    let torn = rss(&format!("{good}<item><title>Bad</title><!-- never closed </item>"));
    assert_eq!(articles(&torn).len(), 2);
}

#[test]
fn a_torn_document_gives_its_whole_entries_and_says_so() {
    let whole =
        rss("<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>");
    let end = whole.find("Two").expect("is there");
    for cut in [end, end + 3, end + 6, end + 14] {
        let feed = read(&whole[..cut]);
        assert_eq!(feed.entries.len(), 1, "{}", &whole[..cut]);
        assert_eq!(feed.trouble.as_deref(), Some("the document ends in the middle; 1 entry was whole"));
    }
    let tail = read(whole.trim_end_matches("</channel></rss>"));
    assert_eq!((tail.entries.len(), tail.trouble.is_some()), (2, true));
    let json =
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"title":"One"},{"id":2,"title":"T"#;
    let feed = read(json);
    assert_eq!((feed.entries.len(), feed.trouble.is_some()), (1, true));
}

#[test]
fn what_is_no_feed_is_told_by_its_kind() {
    let page = "<!DOCTYPE html><html><head><title>x</title><link rel=alternate type=application/rss+xml \
                title=Comments href=/comments><link rel=alternate type='application/atom+xml' href=atom.xml></head>";
    for (document, expected) in [
        ("", "empty"),
        (" \n\0", "empty"),
        (page, "announces its feed at https://example.org/blog/atom.xml"),
        ("<html><body>x", "announces no feed"),
        ("<?xml version='1.0'?><opml><body/></opml>", "root <opml>"),
        ("{\"a\":1}", "no list `items`"),
        ("[1,2]", "expected an object"),
        ("{\"items\":[{\"id\":1}]}", "neither `version` nor `title`"),
        ("{broken", "JSON"),
        ("hello", "`hello`"),
        ("\u{1f}\u{8b}\u{8}\0\0", "found something"),
    ] {
        let error = parse(document.as_bytes(), None, &base()).expect_err(document);
        assert!(error.to_string().contains(expected), "{document:?}: {error}");
    }
}

#[test]
fn of_a_hundred_thousand_entries_the_newest_thousand_are_kept_in_their_order() {
    let mut items = String::new();
    for n in 0..100_000 {
        let year = if n % 100 == 7 { 2020 } else { 2010 };
        items.push_str(&format!(
            "<item><title>{n}</title><link>/{n}</link><pubDate>1 Jan {year}</pubDate></item>"
        ));
    }
    let feed = read(&rss(&items));
    let trouble = feed.trouble.clone().expect("is told");
    assert!(trouble.contains("100000 entries") && trouble.contains("1000"), "{trouble}");
    let links: Vec<&str> = feed.entries.iter().filter_map(|entry| entry.link.as_deref()).collect();
    assert_eq!((links.len(), links[0], links[999]), (1_000, "/7", "/99907"));
}

#[test]
fn entries_that_share_an_address_stay_apart_and_one_that_comes_twice_comes_once() {
    let home = articles(&rss(
        "<item><title>A</title><link>https://example.org/</link></item><item><title>B</title><link>https://example.org/</link></item>",
    ));
    assert_eq!(home.len(), 2);
    let twice = "<item><title>A</title><link>https://example.org/a?utm_source=x</link><guid>1</guid></item>\
                 <item><title>A</title><link>http://www.example.org/a/</link><guid>2</guid></item>";
    assert_eq!(articles(&rss(twice)).len(), 1);
    let moved = |guid: &str, url: &str, text: &str| {
        let item = format!(
            "<item><title>{text}</title><guid isPermaLink='false'>{guid}</guid><link>{url}</link></item>"
        );
        articles(&rss(&item))[0].fingerprint
    };
    let before = moved("1", "http://example.org/a", "Text");
    assert!(before.same_article(&moved("1", "https://example.org/a", "Text, edited")));
    assert!(before.same_article(&moved("2", "https://example.org/a", "Text")));
    assert!(!before.same_article(&moved("2", "https://example.org/b", "Text")));
}

#[test]
fn a_date_in_the_future_or_before_the_web_is_none() {
    let dated = |date: &str| {
        articles(&rss(&format!("<item><title>T</title><pubDate>{date}</pubDate></item>")))[0].published
    };
    assert_eq!(dated("1 Jan 2030"), None);
    assert_eq!(dated("1 Jan 1970"), None);
    assert_eq!(dated("some day"), None);
    assert!(dated("1 Jan 2020").is_some());
    let changed = "<entry><title>T</title><published>2030-01-01T00:00:00Z</published>\
                   <updated>2020-01-01T00:00:00Z</updated></entry>";
    let made = articles(&format!("<feed xmlns='http://www.w3.org/2005/Atom'>{changed}</feed>"));
    assert_eq!(made[0].published.map(|at| at.to_rfc3339()).as_deref(), Some("2020-01-01T00:00:00+00:00"));
}

#[test]
fn an_entry_that_lacks_everything_still_has_a_title_and_an_address() {
    let made = articles(&rss("<item><pubDate>1 Jan 2020</pubDate></item>"));
    assert_eq!((made[0].title.as_str(), made[0].url.as_str()), ("example.org", "https://example.org/"));
    let words = articles(&rss("<item><description>&lt;p&gt;First words.&lt;/p&gt;</description></item>"));
    assert_eq!(words[0].title, "First words.");
    let file = Url::parse("file:///tmp/feed.xml").expect("parses");
    let feed = parse(b"<rss><channel><item><title>T</title></item></channel></rss>", None, &file)
        .expect("is a feed");
    clean(feed, now()).iter().for_each(keeps_its_promises);
}
