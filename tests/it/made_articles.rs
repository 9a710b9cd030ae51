//! Articles made of documents, each held to what its documentation promises.

use chrono::{TimeZone, Utc};
use pressrun::collect::{Feed, clean, parse};
use pressrun::model::{Article, Instant};
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
    assert!(!article.content.chars().any(char::is_control), "{:?}", article.content);
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

pub(crate) fn base() -> Url {
    Url::parse("https://example.org/blog/feed.xml").expect("parses")
}

pub(crate) fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 1, 12, 0, 0).single().expect("is a date")
}

pub(crate) fn read(document: &str) -> Feed {
    parse(document.as_bytes(), None, &base()).unwrap_or_else(|error| panic!("{error}: {document:.200}"))
}

/// The articles of a document, each checked.
pub(crate) fn articles(document: &str) -> Vec<Article> {
    let articles = clean(read(document), now());
    articles.iter().for_each(keeps_its_promises);
    articles
}

pub(crate) fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Feed</title><link>https://example.org/</link>{items}</channel></rss>"
    )
}

/// An article whose description is this HTML.
pub(crate) fn article(html: &str) -> Article {
    let item =
        format!("<item><title>T</title><link>/a</link><description><![CDATA[{html}]]></description></item>");
    articles(&rss(&item)).remove(0)
}
