//! A lane: the shared pace towards one recipient domain, or through one relay.

use super::Instant;

/// What is remembered of a lane, one row that all processes share; its instants are kept to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// When the next letter may begin.
    pub next_at: Instant,
    /// Up to when letters that had to wait have been given their times.
    pub pushed_at: Instant,
    /// Until when nothing goes.
    pub held_until: Option<Instant>,
    /// How often it was held without a long quiet between.
    pub strikes: u32,
    /// Troubles since a letter was last taken.
    pub failures: u32,
    /// The day that `letters` counts, in days since 1970 (UTC).
    pub day: i64,
    /// Letters of that day.
    pub letters: u64,
}
