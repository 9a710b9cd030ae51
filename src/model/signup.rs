//! A sign-up: what somebody asked for on a page, before and after the mailbox has said yes.

use std::fmt;

use serde::Serialize;

use super::{EmailAddress, Instant, Language, Name, SubscriptionState};

/// What somebody asks for; `Debug` shows no name and no network.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSignup {
    /// The address that is to get letters, whosever it is.
    pub address: EmailAddress,
    /// The name given; empty if none.
    pub name: String,
    /// The language of the page, in which the mail asks back.
    pub language: Language,
    /// What is asked for.
    pub lists: Vec<Name>,
    /// The network address of whoever asks.
    pub network: String,
    /// The page on which it was asked.
    pub page: String,
    /// What that page said would follow.
    pub wording: String,
    /// Until when the mailbox may say yes.
    pub expires_at: Instant,
}

impl fmt::Debug for NewSignup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSignup")
            .field("address", &self.address)
            .field("lists", &self.lists)
            .finish_non_exhaustive()
    }
}

/// A sign-up in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signup {
    /// 32 hexadecimal digits that open its page.
    pub token: String,
    /// What was asked.
    pub asked: NewSignup,
    /// When.
    pub created_at: Instant,
    /// When it came into force.
    pub confirmed_at: Option<Instant>,
}

/// How an address stands that asks for something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acquaintance {
    /// Whether it is never to be written to again.
    pub suppressed: bool,
    /// Whether it asked to be forgotten, and comes back only if its mailbox says so.
    pub forgotten: bool,
    /// What opens the preferences of its reader, if it has one.
    pub reader: Option<String>,
    /// The lists that it is or was on.
    pub places: Vec<(Name, SubscriptionState)>,
}

/// The proof that a reader asked for letters, and said so again from their mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// What was asked for.
    pub lists: Vec<Name>,
    /// When it was asked for.
    pub asked_at: Instant,
    /// The network address of whoever asked.
    pub asked_from: String,
    /// The page on which it was asked.
    pub page: String,
    /// What that page said would follow.
    pub wording: String,
    /// When it came into force.
    pub confirmed_at: Instant,
    /// The network address of whoever confirmed; `None` where the lists ask for no confirmation.
    pub confirmed_from: Option<String>,
}
