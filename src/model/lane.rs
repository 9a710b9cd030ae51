//! A lane: the shared pace towards one recipient domain, or through one relay.

use super::Instant;

/// What is remembered of a lane; whoever sends reads and writes it, so that all keep one pace.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Default for Lane {
    fn default() -> Self {
        let never = Instant::UNIX_EPOCH;
        Self { next_at: never, pushed_at: never, held_until: None, strikes: 0, failures: 0, day: 0, letters: 0 }
    }
}
