//! A message: the same for all readers of one variant of an edition, with holes for what differs.

use serde::Serialize;

use super::{Direction, Language};

/// A place in a message that is filled per reader.
///
/// In HTML and text a hole is one private-use character of plane 16. Collecting removes that whole plane from
/// foreign text, so nobody else can make a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hole {
    /// The https address at which this reader leaves the list.
    Unsubscribe,
    /// The https address of this reader's preferences.
    Preferences,
}

impl Hole {
    /// Every hole.
    pub const ALL: [Self; 2] = [Self::Unsubscribe, Self::Preferences];

    /// The character that stands for the hole.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Unsubscribe => '\u{10FF01}',
            Self::Preferences => '\u{10FF02}',
        }
    }
}

/// Subject, HTML and text; what was approved is what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// One line, at most 150 graphemes.
    pub subject: String,
    /// The language of the frame round the articles.
    pub language: Language,
    /// Its direction.
    pub direction: Direction,
    /// A whole HTML document, CSS inlined, with [`Hole`] marks.
    pub html: String,
    /// The plain-text part, lines of at most 78 columns ending in `\n`, with [`Hole`] marks each on a line of its own.
    pub text: String,
}
