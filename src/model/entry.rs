//! An entry: what a source says. Foreign, untrusted, short-lived; only `collect` makes and reads one.

use url::Url;

use super::Instant;

/// A piece of foreign text, with the knowledge of what it claims to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Markup {
    /// Plain text: `<` is a less-than sign.
    Text(String),
    /// HTML, of any quality and intention.
    Html(String),
}

/// A picture that an entry names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// As the source wrote it, resolved by [`Entry::base`] later.
    pub url: String,
    /// Width in pixels, if the source says so.
    pub width: Option<u32>,
    /// Height in pixels, if the source says so.
    pub height: Option<u32>,
    /// The source's description of it.
    pub alt: Option<String>,
}

/// An entry of a feed, in one shape for every format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// guid, atom:id or JSON Feed id, as written.
    pub guid: Option<String>,
    /// The permanent link, as written.
    pub link: Option<String>,
    /// What links, pictures and content are relative to (xml:base in force, else the document's URL).
    pub base: Url,
    /// The title.
    pub title: Option<Markup>,
    /// The short form (description, summary).
    pub summary: Option<Markup>,
    /// The long form (content:encoded, atom:content).
    pub content: Option<Markup>,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// First publication, when the source gave a date that could be read.
    pub published: Option<Instant>,
    /// Last change, when given.
    pub updated: Option<Instant>,
    /// Pictures in order of preference (enclosure, media:content, media:thumbnail, itunes:image …).
    pub pictures: Vec<Picture>,
    /// Categories, tags.
    pub topics: Vec<String>,
    /// xml:lang or language in force, as written.
    pub language: Option<String>,
    /// How many comments it has.
    pub comments: Option<u32>,
    /// How often it was looked at.
    pub views: Option<u64>,
}

impl Entry {
    /// An entry that says nothing yet.
    #[must_use]
    pub fn new(base: Url) -> Self {
        Self {
            guid: None,
            link: None,
            base,
            title: None,
            summary: None,
            content: None,
            authors: Vec::new(),
            published: None,
            updated: None,
            pictures: Vec::new(),
            topics: Vec::new(),
            language: None,
            comments: None,
            views: None,
        }
    }
}
