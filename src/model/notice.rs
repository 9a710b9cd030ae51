//! A notice: what the operator should know.

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
