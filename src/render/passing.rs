//! Passing: the links of a letter to its articles, led through our pages where the publisher has clicks counted.
//!
//! A link whose words read like an address keeps its own: words that show one place and a link that goes to another are
//! how phishing works, and mail programs warn of it.

use std::collections::HashMap;

use crate::model::Passage;

/// What a link begins with, as the templates write it.
const LINK: &str = "<a href=\"";

/// Returns a message's HTML whose links to these addresses lead through our pages, which are at `public_url`.
///
/// Links to anything else — leaving, choosing, the web copy — stay as they are.
#[must_use]
pub fn led_through(html: &str, passages: &[Passage], public_url: &str) -> String {
    let ways: HashMap<String, &Passage> =
        passages.iter().map(|passage| (escaped(passage.url.as_str()), passage)).collect();
    let mut led = String::with_capacity(html.len());
    let mut parts = html.split(LINK);
    led.push_str(parts.next().unwrap_or_default());
    for part in parts {
        led.push_str(LINK);
        let passage = part.split_once('"').and_then(|(href, rest)| {
            let passage = ways.get(href).filter(|_| !shows_an_address(rest))?;
            Some((href, passage))
        });
        match passage {
            Some((href, passage)) => {
                led.push_str(&escaped(&Passage::address(public_url, &passage.token)));
                led.push_str(&part[href.len()..]);
            }
            None => led.push_str(part),
        }
    }
    led
}

/// How much longer a document gets if each of its links gets at least so long.
pub(super) fn growth(html: &str, length: usize) -> usize {
    let hrefs = html.split(LINK).skip(1).filter_map(|part| part.split('"').next());
    hrefs.map(|href| length.saturating_sub(href.len())).sum()
}

/// As the templates write an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// True if a link's words, or those of its picture, are one word with a dot in it. `rest` begins inside of its tag.
fn shows_an_address(rest: &str) -> bool {
    let inner = rest.split("</a>").next().unwrap_or_default();
    // What stands before the first `>` is the tag's own, behind each further `<` another's.
    let inner = inner.split_once('>').map_or("", |(_, inner)| inner);
    let words: String = inner
        .split('<')
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) })
        .collect();
    let alt = || inner.split_once(" alt=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    let words = if words.trim().is_empty() { alt() } else { &words };
    let word = words.trim_matches(|c: char| !c.is_alphanumeric());
    // A host, and whatever goes on behind it; not each point between two figures or words.
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let last = host.rsplit('.').next().unwrap_or_default();
    let named = host.contains('.')
        && host.split('.').all(label)
        && last.starts_with(|c: char| c.is_ascii_alphabetic());
    !word.contains(char::is_whitespace) && (word.contains("://") || named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArticleId;

    fn led(html: &str) -> String {
        let passage = |n: i64, url: &str| Passage {
            token: format!("{n:032}"),
            article: ArticleId(n),
            url: url.parse().expect("a URL"),
        };
        let passages = [passage(1, "https://a.example/1?x=1&y=2"), passage(2, "https://b.example/")];
        led_through(html, &passages, "https://tide.example/")
    }

    #[test]
    fn links_to_articles_lead_through_and_all_else_stays_byte_for_byte() {
        let html = "<head><link href=\"https://b.example/\"></head><p>https://b.example/</p>\
            <a href=\"https://a.example/1?x=1&amp;y=2\" style=\"x\">One</a><a href=\"https://b.example/\"><img \
            src=\"https://b.example/\" alt=\"A ship\"></a><a href=\"\u{10FF01}\">Leave</a><a \
            href=\"https://b.example/other\">Other</a><a href=\"https://b.example/";
        let expected = html
            .replace("https://a.example/1?x=1&amp;y=2", &format!("https://tide.example/to/{:032}", 1))
            .replace(
                "<a href=\"https://b.example/\"",
                &format!("<a href=\"https://tide.example/to/{:032}\"", 2),
            );
        assert_eq!(led(html), expected);
        assert_eq!(led(""), "");
        assert_eq!(growth("<a href=\"12345\"><a href=\"\u{10FF01}\">", 10), 5 + 6);
    }

    #[test]
    fn words_that_show_an_address_keep_their_promise() {
        for words in [
            "b.example",
            "\u{2068}www.b.<wbr>example\u{2069}",
            "https://b.example",
            "<img src=\"https://b.example/i.png\" alt=\"b.example\" width=\"9\">",
        ] {
            let html = format!("<a href=\"https://b.example/\" class=\"t\">{words}</a>");
            assert_eq!(led(&html), html);
        }
        for words in [
            "Read at b.example",
            "Harbour opens.",
            "b.example\u{a0}news",
            "Ferries<wbr>",
            "日本のGDPが0.5%増",
            "北京时间10:30发射",
            "Breaking:news",
        ] {
            let html = format!("<a href=\"https://b.example/\" class=\"t\">{words}</a>");
            assert!(led(&html).contains("/to/"), "{words}");
        }
    }
}
