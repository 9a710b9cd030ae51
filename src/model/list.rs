//! A list: whom a digest goes to.

use serde::Serialize;

use super::{ListId, Name};

/// A list of subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List {
    /// Its row.
    pub id: ListId,
    /// Its name in configuration and commands.
    pub name: Name,
    /// What readers see; may change.
    pub title: String,
    /// RFC 2919: `name.domain`, stable for ever.
    pub list_id: String,
}

/// A list as the configuration declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewList {
    /// Its name.
    pub name: Name,
    /// What readers see.
    pub title: String,
    /// RFC 2919, kept from the first declaration on.
    pub list_id: String,
}

/// A list as readers are offered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub name: Name,
    /// What readers see.
    pub title: String,
    /// What it brings; empty if nobody has said.
    pub about: String,
    /// Whether anybody may subscribe, and see what was sent.
    pub public: bool,
    /// Whether a reader must confirm before anything else is sent to them.
    pub confirm: bool,
    /// The digests that go to it.
    pub digests: Vec<Name>,
}
