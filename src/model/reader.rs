//! A reader as they see themselves: what is kept of them, and what they wish.

use chrono_tz::Tz;

use super::{EmailAddress, Instant, Language, Name, SubscriberId, Subscription};

/// What a reader's own page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Their row.
    pub id: SubscriberId,
    /// Their address.
    pub address: EmailAddress,
    /// Their name; empty if unknown.
    pub name: String,
    /// Where they are, by an IANA name; `None` for where each digest is at home.
    pub zone: Option<String>,
    /// The language of what is written to them alone; `None` if they have named none.
    pub language: Option<Language>,
    /// Whether their letters have no HTML.
    pub plain: bool,
    /// No edition that is released before this instant is for them.
    pub paused_until: Option<Instant>,
    /// Whether their address is never to be written to again.
    pub suppressed: bool,
    /// Their lists, of whatever state.
    pub subscriptions: Vec<Subscription>,
    /// What they do not want.
    pub choices: Vec<Choice>,
}

impl Reader {
    /// What they do not want of a digest, if they have said anything about it.
    #[must_use]
    pub fn choice(&self, digest: &Name) -> Option<&Choice> {
        self.choices.iter().find(|choice| &choice.digest == digest)
    }
}

/// What a reader does not want of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The digest.
    pub digest: Name,
    /// Whether they want none of it.
    pub declined: bool,
    /// The headings of the sections that they leave out, in the order of their letters.
    pub left_out: Vec<String>,
}

/// What a reader wishes from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Their name; empty for none.
    pub name: String,
    /// Where they are; `None` for where each digest is at home.
    pub zone: Option<Tz>,
    /// The language of what is written to them alone.
    pub language: Option<Language>,
    /// Whether their letters have no HTML.
    pub plain: bool,
    /// No edition that is released before this instant is for them.
    pub paused_until: Option<Instant>,
    /// Lists that they want to be on; those on which they are confirmed already stay as they are.
    pub join: Vec<Name>,
    /// Lists that they want to leave.
    pub leave: Vec<Name>,
    /// What they do not want, of the digests that they were asked about.
    pub choices: Vec<Choice>,
}

/// A reader's wish to have their letters at another address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The address that they have now.
    pub from: EmailAddress,
    /// The address to which they want to move.
    pub to: EmailAddress,
    /// Whether the address that they have now is never to be written to.
    pub suppressed: bool,
    /// The language of what is written to them alone.
    pub language: Option<Language>,
    /// Where it stands.
    pub stand: MoveStand,
}

/// Where a wish to move stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveStand {
    /// It waits to be confirmed.
    Open,
    /// It was.
    Done,
    /// It was not in time.
    Over,
}
