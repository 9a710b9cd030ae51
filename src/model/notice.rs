//! A notice: what the publisher should know.

use serde::Serialize;

use super::Instant;

/// A sentence about one matter, until it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The matter, such as `relay:backup` or `domain:gmail.com`.
    pub key: String,
    /// What is the case.
    pub text: String,
    /// Since when.
    pub at: Instant,
}

/// A notice with what the publisher has been told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// The notice.
    pub notice: Notice,
    /// True for what has happened and does not last.
    pub event: bool,
    /// When the publisher was last told, and in which words.
    pub told: Option<(Instant, String)>,
    /// True once it was taken back; only what was told is kept until then.
    pub mended: bool,
    /// Since when that is known to last.
    pub well_since: Option<Instant>,
}

/// What a notice is to somebody who was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeState {
    /// Not told yet, or not in these words.
    New,
    /// Told before, and still so.
    Standing,
    /// Told before, and so no more.
    Mended,
}

/// A notice as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The notice.
    #[serde(flatten)]
    pub notice: Notice,
    /// What is new about it.
    pub state: NoticeState,
}

/// What is told at one time, the most important first; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bulletin {
    /// The notices.
    pub notices: Vec<Told>,
    /// When they are told.
    pub sent_at: Instant,
}
