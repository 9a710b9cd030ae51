//! What a document is that turned out to be no feed, and which feed a web page announces.

use std::borrow::Cow;

use url::Url;

use super::tokens::{Tag, Token, Tokens};

/// More feeds of a page are not kept.
const MOST_FEEDS: usize = 30;
/// How much of a page is looked at.
const HEAD: usize = 512 * 1024;

/// Returns the feed that a page names in `<link rel="alternate">`; a comments feed only if there is no other.
pub(super) fn announced_feed(text: &str, base: &Url) -> Option<Url> {
    announced_feeds(text, base).into_iter().next()
}

/// Returns all feeds that a page names in `<link rel="alternate">`, each once, those of comments last.
pub(super) fn announced_feeds(text: &str, base: &Url) -> Vec<Url> {
    let (comments, others): (Vec<Link>, Vec<Link>) =
        links(text).into_iter().partition(|link| link.title.to_ascii_lowercase().contains("comment"));
    let mut feeds: Vec<Url> = Vec::new();
    for url in others.iter().chain(&comments).filter_map(|link| super::link::web(&link.href, base)) {
        if !feeds.contains(&url) && feeds.len() < MOST_FEEDS {
            feeds.push(url);
        }
    }
    feeds
}

/// Returns the name of the first element, at most 40 characters.
pub(super) fn first_element(text: &str) -> Option<String> {
    let starts = text.match_indices('<').map(|(at, _)| &text[at + 1..]);
    let name = starts.take(200).find(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'))?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || "_-:.".contains(*c)).take(40).collect())
}

struct Link {
    href: String,
    title: String,
}

fn feed_link(tag: &Tag<'_>) -> Option<Link> {
    let get = |name: &str| tag.attribute(name).map(Cow::into_owned);
    let rel = get("rel")?.to_ascii_lowercase();
    let type_ = get("type")?.trim().to_ascii_lowercase();
    let feed = matches!(
        type_.as_str(),
        "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml"
    );
    let alternate = rel.split_ascii_whitespace().any(|word| word == "alternate" || word == "feed");
    (feed && alternate)
        .then(|| Link { href: get("href").unwrap_or_default(), title: get("title").unwrap_or_default() })
}

fn links(text: &str) -> Vec<Link> {
    let head = &text[..text.floor_char_boundary(HEAD)];
    let link = |token| match token {
        Token::Start(tag) if tag.name == "link" => feed_link(&tag),
        Token::Start(_) | Token::Text(_) | Token::End(_) => None,
    };
    Tokens::new(head).filter_map(link).collect()
}
