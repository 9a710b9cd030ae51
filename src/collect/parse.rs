//! The bytes of a feed, of whatever format and health, to entries.

use url::Url;

use super::draft::{Draft, MOST_ENTRIES};
use super::hub::Links;
use super::{charset, json, page, xml};
use crate::model::{Entry, Language, Markup, Wish};

/// What a source says of itself and its entries, newest first or as the source orders them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What the source calls itself, as one line of plain text.
    pub title: Option<String>,
    /// The page that the source belongs to; http or https.
    pub site: Option<Url>,
    /// The language that the source declares.
    pub language: Option<Language>,
    /// The entries in the order of the document, at most 1,000.
    pub entries: Vec<Entry>,
    /// How often the source wishes to be asked.
    pub wish: Wish,
    /// Who pushes it, as it says itself.
    pub links: Links,
    /// What was wrong with the document although it could be read, as a sentence.
    pub trouble: Option<String>,
}

/// Why a document is no feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but blanks.
    #[error("the document is empty; expected a feed (RSS, Atom or JSON Feed)")]
    Empty,
    /// A web page.
    #[error("this is a web page, not a feed{}", hint(.feed.as_ref()))]
    WebPage {
        /// The feed that the page announces.
        feed: Option<Url>,
    },
    /// XML of another kind.
    #[error("this is XML with the root <{root}>, not a feed; expected <rss>, <feed> or <rdf:RDF>")]
    OtherXml {
        /// The first element, at most 40 characters.
        root: String,
    },
    /// The beginning of a feed, and no entry behind it.
    #[error("this begins as a feed with <{root}> and breaks off before anything stands in it")]
    BrokenOff {
        /// The first element.
        root: String,
    },
    /// JSON that is no feed or cannot be read.
    #[error("this is JSON, but not a JSON Feed: {found}")]
    OtherJson {
        /// What was found.
        found: String,
    },
    /// Neither XML nor JSON.
    #[error("this is no feed: expected RSS, Atom or JSON Feed, found something that begins with `{start}`")]
    NotAFeed {
        /// The first characters.
        start: String,
    },
}

fn hint(feed: Option<&Url>) -> String {
    feed.map_or_else(
        || "; it announces no feed either".to_owned(),
        |url| format!("; the page announces its feed at {url}"),
    )
}

/// Reads a document: RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed, CDF, in any encoding.
///
/// `content_type` is the HTTP header, `base` the address that the document came from. A damaged document gives
/// the entries that were whole and says so in [`Feed::trouble`].
pub fn parse(bytes: &[u8], content_type: Option<&str>, base: &Url) -> Result<Feed, ParseError> {
    let text = charset::decode(bytes, content_type);
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\0'));
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if text.starts_with('{') || text.starts_with('[') {
        return json::read(text, base).map(|draft| finish(draft, base));
    }
    match xml::read(text, base) {
        Some(draft) => Ok(finish(draft, base)),
        None => Err(no_feed(text, base)),
    }
}

fn no_feed(text: &str, base: &Url) -> ParseError {
    let head: String = text.chars().take(1000).collect::<String>().to_ascii_lowercase();
    let page = ["<!doctype html", "<html"].iter().any(|mark| head.contains(mark));
    if page || head.starts_with("<head") || head.starts_with("<body") {
        return ParseError::WebPage { feed: page::announced_feed(text, base) };
    }
    match page::first_element(text) {
        Some(root) if matches!(&*root.to_ascii_lowercase(), "rss" | "feed" | "rdf:rdf") => {
            ParseError::BrokenOff { root }
        }
        Some(root) if text.starts_with('<') => ParseError::OtherXml { root },
        Some(_) | None => ParseError::NotAFeed {
            start: super::text::one_line(&text.chars().take(200).collect::<String>(), 40),
        },
    }
}

fn finish(mut draft: Draft, base: &Url) -> Feed {
    draft.end();
    let title = draft.title.take().map(|title| super::title::plain(&title, 200)).filter(|t| !t.is_empty());
    let site = draft.site.take().and_then(|site| super::link::web(&site, base));
    let language = draft.language.as_deref().and_then(Language::parse);
    let mut links = Links::default();
    draft.relations.iter().for_each(|(relation, address)| links.offer(relation, address, base));
    let (trouble, wish) = (trouble(&draft), draft.wish);
    Feed { title, site, language, trouble, wish, links, entries: draft.entries }
}

fn trouble(draft: &Draft) -> Option<String> {
    let mut said = Vec::new();
    if draft.torn {
        let whole = draft.seen;
        let entries = if whole == 1 { "1 entry was".to_owned() } else { format!("{whole} entries were") };
        said.push(format!("the document ends in the middle; {entries} whole"));
    }
    if draft.seen > MOST_ENTRIES {
        said.push(format!("the document holds {} entries; the newest {MOST_ENTRIES} are kept", draft.seen));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// The text of a piece of markup without judging it, for fields that hold no HTML worth keeping.
pub(super) fn raw(markup: &Markup) -> &str {
    match markup {
        Markup::Text(text) | Markup::Html(text) => text,
    }
}
