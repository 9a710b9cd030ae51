//! Leaving: which way a reader left, and why.

use serde::{Deserialize, Serialize};

/// Which way a reader left a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By the button of a mail program (RFC 8058).
    OneClick,
    /// By the button of the page.
    Page,
    /// With all other lists, by the button of the page.
    All,
}

impl Way {
    /// The word that the store uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneClick => "one-click",
            Self::Page => "page",
            Self::All => "all",
        }
    }
}

/// Why a reader left, if they have said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeavingReason {
    /// It came too often.
    TooMany,
    /// It is not about what they care for.
    NotForMe,
    /// They had never asked for it.
    NeverAsked,
    /// None of these.
    Other,
}

impl LeavingReason {
    /// Every reason, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::TooMany, Self::NotForMe, Self::NeverAsked, Self::Other];

    /// The word that the store and the page use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too-many",
            Self::NotForMe => "not-for-me",
            Self::NeverAsked => "never-asked",
            Self::Other => "other",
        }
    }

    /// The reason of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}
