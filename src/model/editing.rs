//! An editing: what somebody has decided by hand for the next edition of a digest.

use serde::{Deserialize, Serialize};

use super::ArticleId;

/// Where articles go whatever composing would do with them, and what stands above them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Editing {
    /// One for each article that has been decided, in the order of the decisions.
    pub hands: Vec<Handled>,
    /// The sentence above the first article, in place of the digest's own.
    pub intro: Option<String>,
}

/// A decision about one article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// The article.
    pub article: ArticleId,
    /// What becomes of it.
    pub hand: Hand,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// It opens the edition.
    Lead,
    /// It stands in the section with this heading, whatever its limit says.
    In {
        /// The heading.
        section: String,
        /// The place, from 1; behind the last one if there are fewer.
        place: usize,
    },
    /// It is not in.
    Out,
}

impl Editing {
    /// True if nothing is decided.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.hands.is_empty() && self.intro.is_none()
    }

    /// Returns what is decided of an article.
    #[must_use]
    pub fn of(&self, article: ArticleId) -> Option<&Hand> {
        self.hands.iter().find(|handled| handled.article == article).map(|handled| &handled.hand)
    }

    /// Decides on an article, in place of what was decided before; `None` leaves it to composing. There is one lead.
    pub fn decide(&mut self, article: ArticleId, hand: Option<Hand>) {
        let lead = hand == Some(Hand::Lead);
        self.hands.retain(|known| known.article != article && !(lead && known.hand == Hand::Lead));
        self.hands.extend(hand.map(|hand| Handled { article, hand }));
    }
}
