//! An article: an entry made ours — sanitised, absolute links, one fingerprint, stored once.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{ArticleId, Direction, Instant, Language, SourceId};

/// What makes an article the same article tomorrow: three 64-bit digests, of which two must agree.
///
/// A source that changes its guids, moves to https, or edits a text changes one of the three; a new article
/// changes at least two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of the guid; of the canonical URL and the title where there is none.
    pub guid: i64,
    /// Of the canonical URL: scheme, `www.` and tracking parameters left out, and the fragment if there is a guid;
    /// of a site's front door the title belongs to it.
    pub url: i64,
    /// Of title and text, letters and digits only.
    pub content: i64,
}

impl Fingerprint {
    /// True if both are of one article.
    #[must_use]
    pub const fn same_article(&self, other: &Self) -> bool {
        (self.guid == other.guid) as u8
            + (self.url == other.url) as u8
            + (self.content == other.content) as u8
            >= 2
    }
}

/// A picture with an absolute http(s) address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where it is.
    pub url: Url,
    /// Width in pixels, if known.
    pub width: Option<u32>,
    /// Height in pixels, if known.
    pub height: Option<u32>,
    /// What it shows; empty for decoration.
    pub alt: String,
}

/// An article, fit to be shown to anybody.
///
/// No text of it holds a control character, an unbalanced direction mark or a private-use code point of
/// plane 16 (see [`Hole`](super::Hole)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its identity across polls.
    pub fingerprint: Fingerprint,
    /// Where to read it; http or https, at most 2,000 bytes.
    pub url: Url,
    /// One line, at most 300 graphemes, never empty.
    pub title: String,
    /// Plain text, at most 500 graphemes; empty if there is none.
    pub summary: String,
    /// Sanitised HTML; empty if there is none.
    pub content: String,
    /// The lead image.
    pub image: Option<Image>,
    /// One line, at most 120 graphemes.
    pub author: Option<String>,
    /// When it was published. `None` if the source gave no readable date, or one that was still to come when it was
    /// polled: such an article counts from its first sight, at every poll, until that date has passed.
    pub published: Option<Instant>,
    /// The language, as declared or recognised.
    pub language: Option<Language>,
    /// The direction of title and summary.
    pub direction: Direction,
    /// The source's own categories, lower case.
    pub topics: Vec<String>,
    /// How popular it is; that changes from poll to poll and from click to click, and makes no other article.
    #[serde(default, skip_serializing_if = "Popularity::is_silent")]
    pub popularity: Popularity,
}

/// How popular an article is: what its source says, and what our own readers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Popularity {
    /// How many comments it has.
    pub comments: Option<u32>,
    /// How often it was looked at.
    pub views: Option<u64>,
    /// Its place in the document, from 1, where the document is not in the order of dates.
    pub place: Option<u32>,
    /// How often readers of our letters went to it; `None` where nobody did or clicks are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<u64>,
}

impl Popularity {
    /// True if nobody says anything.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// A stored article, as composing sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its row.
    pub id: ArticleId,
    /// The source that it came from.
    pub source: SourceId,
    /// When it was first collected.
    pub first_seen: Instant,
    /// The article.
    pub article: Article,
}

impl Candidate {
    /// The instant by which articles are ordered: publication, or first sight where no date was given.
    #[must_use]
    pub fn date(&self) -> Instant {
        self.article.published.unwrap_or(self.first_seen)
    }
}
