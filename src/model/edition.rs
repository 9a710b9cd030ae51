//! An edition: one dated, frozen instance of a digest.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Article, ArticleId, Ask, Candidate, DeliveryTotals, EditionId, Instant, Name};

/// What composing chose, in the order in which readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// The digest that it is an edition of.
    pub digest: Name,
    /// The instant that it is due; unique per digest.
    pub slot: Instant,
    /// The story that opens it; it stands in no section.
    pub lead: Option<Placed>,
    /// The sections that have articles.
    pub sections: Vec<EditionSection>,
    /// The highest article row that composing looked at; what is stored later is new to the next edition.
    pub considered: ArticleId,
    /// What the edition before it had looked at, as composing knew it: two editions that took the same articles for
    /// new are never both released.
    pub since: Option<ArticleId>,
}

impl Edition {
    /// Every article, lead first, in reading order.
    pub fn articles(&self) -> impl Iterator<Item = &Placed> {
        self.lead.iter().chain(self.sections.iter().flat_map(|s| &s.articles))
    }
}

/// A section with its articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionSection {
    /// The heading; empty for none.
    pub title: String,
    /// In order.
    pub articles: Vec<Placed>,
}

/// An article in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Its row.
    pub id: ArticleId,
    /// What readers see as its source.
    pub source: String,
    /// The source's web page.
    pub site: Option<Url>,
    /// The article.
    pub article: Article,
    /// Articles of other sources that tell the same story, the best first; they are used up with it.
    pub also: Vec<Also>,
}

/// An article that is folded into another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Also {
    /// Its row.
    pub id: ArticleId,
    /// What readers see as its source.
    pub source: String,
    /// Where to read it.
    pub url: Url,
}

/// The state of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditionState {
    /// Composed and rendered; consumes nothing yet.
    Draft,
    /// Its recipients are frozen and its letters are going out.
    Released,
    /// No delivery of it is open any more.
    Finished,
    /// Given up; its articles are free again.
    Cancelled,
}

impl EditionState {
    /// The word that the store and the command line use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Released => "released",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How much of an edition the store still holds; its counts are never pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// All of it.
    All,
    /// Its text and articles, and some of its deliveries.
    Some,
    /// Its text and articles.
    Text,
    /// The counts alone.
    Counts,
}

/// An edition as the store remembers it, without its bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionRecord {
    /// Its row.
    pub id: EditionId,
    /// The digest.
    pub digest: Name,
    /// The instant that it was due.
    pub slot: Instant,
    /// Where it stands.
    pub state: EditionState,
    /// The subject line.
    pub subject: String,
    /// How many articles it holds.
    pub articles: u64,
    /// When its recipients were frozen.
    pub released_at: Option<Instant>,
    /// Until when its letters are tried.
    pub expires_at: Option<Instant>,
    /// Why none of its letters goes out now.
    pub paused: Option<String>,
    /// The zones whose readers it is for; `None` for all readers.
    pub zones: Option<Vec<String>>,
    /// Whether it waits, or waited, for a yes.
    pub ask: Option<Ask>,
    /// Letters sent and refused when it was last let go on: what was refused before is forgiven.
    #[serde(skip)]
    pub judged: (u64, u64),
    /// How much of it is still there.
    pub kept: Kept,
    /// Where its deliveries stand, or stood.
    pub totals: DeliveryTotals,
}

/// What composing must know of the last released edition of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Previous {
    /// The highest article row that the last released edition looked at; `None` before the first. A row and not
    /// an instant: an article that is being stored while an edition is composed must not fall between the two.
    pub considered: Option<ArticleId>,
    /// Articles that a released edition of this digest has used, with that edition.
    pub consumed: std::collections::HashMap<ArticleId, EditionId>,
    /// Articles that cancelled editions have given back, and that no released one has used: they are new once more,
    /// however far others have looked.
    pub returned: std::collections::HashSet<ArticleId>,
    /// Of those that were used the latest, which need not be among the candidates: what tells the same story today was
    /// told.
    pub sent: Vec<Candidate>,
}
