//! The clock of the stages: the only place of the press that reads the time.

use std::sync::Arc;

use crate::model::Instant;

/// A clock that tests turn by hand.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(chrono::Utc::now))
    }

    /// A clock that stands still.
    #[must_use]
    pub fn stopped_at(instant: Instant) -> Self {
        Self(Arc::new(move || instant))
    }

    /// A clock of any kind.
    pub fn new(read: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Returns the present instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
