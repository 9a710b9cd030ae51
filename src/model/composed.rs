//! What composing answers: an edition or the reason for none, and for every article why it is in or out.

use serde::{Deserialize, Serialize};

use super::{ArticleId, Edition, EditionId, Instant};

/// The answer of composing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Composed {
    /// There is something to say.
    Edition(Box<Edition>),
    /// There is not, and this is why.
    Nothing(Nothing),
}

/// Why a slot produced no edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// Its sources have never brought an article.
    NoArticles,
    /// All articles were used before or are too old.
    NothingNew,
    /// There are new articles, and fewer than the digest's minimum.
    BelowMinimum {
        /// How many there are.
        found: usize,
        /// How many there must be.
        minimum: usize,
    },
    /// There are new articles, and no section takes them.
    NoSectionTakesThem,
}

impl std::fmt::Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoArticles => f.write_str("its sources have not brought a single article yet"),
            Self::NothingNew => f.write_str("there is no new article since the last edition"),
            Self::BelowMinimum { found, minimum } => {
                write!(f, "{found} new article(s), and the digest waits for {minimum}")
            }
            Self::NoSectionTakesThem => f.write_str("there are new articles, and no section takes them"),
        }
    }
}

/// For every candidate, whether it is in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// One for each candidate, in the order of their dates, newest first.
    pub articles: Vec<Explained>,
}

/// One article's fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Its row.
    pub id: ArticleId,
    /// Its title, so that the explanation can be read alone.
    pub title: String,
    /// What readers see as its source.
    pub source: String,
    /// Its date.
    pub date: Instant,
    /// In or out.
    pub placement: Placement,
    /// How popular it is and why, in words, where a section asked for the popular ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popular: Option<String>,
}

/// In, and where; or out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// It opens the edition.
    Lead,
    /// It stands in the section with this title, at this place (from 1).
    In {
        /// The section's heading.
        section: String,
        /// The place, from 1.
        place: usize,
    },
    /// It is not in.
    Out(WhyOut),
}

/// Why an article is not in an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyOut {
    /// A released edition of this digest has used it, or another source's article that tells the same story.
    UsedBy {
        /// That edition.
        edition: EditionId,
    },
    /// It was there when the last edition was composed, and was not taken.
    SeenBefore,
    /// Its date is before the digest's `max_age`.
    TooOld,
    /// Another source's article that tells the same story is in, and names this one's source beside its own.
    #[serde(alias = "same_as")]
    FoldedInto {
        /// The one that is in.
        article: ArticleId,
    },
    /// No section takes its source or topics.
    NoSection,
    /// A rule of its source, or of the only sections that would take it, keeps it out.
    Rule {
        /// Whose rule: `source harbour`, `section Sea`.
        of: String,
        /// The rule.
        rule: String,
    },
    /// The sections that take it are full.
    SectionFull,
    /// The sections that take it have as many of its source as they may.
    SourceFull,
    /// The digest's own limit was reached.
    DigestFull,
    /// It would have made the message larger than its size budget.
    OverBudget,
    /// Only a section that these readers have left out takes it.
    LeftOut,
    /// It would be in, but there is no edition yet.
    Waiting,
}

impl std::fmt::Display for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lead => f.write_str("in: the lead"),
            Self::In { section, place } if section.is_empty() => write!(f, "in: place {place}"),
            Self::In { section, place } => write!(f, "in: {section}, place {place}"),
            Self::Out(why) => write!(f, "out: {why}"),
        }
    }
}

impl std::fmt::Display for WhyOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UsedBy { edition } => write!(f, "edition {edition} used it"),
            Self::SeenBefore => f.write_str("not new: it was there when the last edition was composed"),
            Self::TooOld => f.write_str("dated longer ago than max_age"),
            Self::FoldedInto { article } => {
                write!(f, "article {article} tells the same story, and names its source")
            }
            Self::NoSection => f.write_str("no section takes its source or topics"),
            Self::Rule { of, rule } => write!(f, "the rules of {of} say {rule}"),
            Self::SectionFull => f.write_str("its section is full"),
            Self::SourceFull => f.write_str("its section has as many of its source as it may"),
            Self::LeftOut => f.write_str("the readers of this text have left its section out"),
            Self::DigestFull => f.write_str("the digest's limit is reached"),
            Self::Waiting => f.write_str("it waits until there are enough new articles"),
            Self::OverBudget => {
                f.write_str("the message would be larger than html_budget; it is on the web copy")
            }
        }
    }
}
