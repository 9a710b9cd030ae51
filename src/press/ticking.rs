//! Ticks: bells that ring at fixed times of the UTC clock, for whoever works at them.
//!
//! The scheduler only rings. It freezes the offset of a zone when a job is added, may run a job beside itself, and may
//! fall silent; so jobs are in UTC, do nothing but ring, and whoever waits for a bell looks up by itself when it has
//! not rung for too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use super::PressError;

/// When the stages of a press look for work: at every fifth second.
pub const OFTEN: &str = "*/5 * * * * *";
/// At every full minute.
pub const EACH_MINUTE: &str = "0 * * * * *";
/// Once an hour.
pub const EACH_HOUR: &str = "17 3 * * * *";

/// Who has heard no bell for so long looks up.
const SILENCE: Duration = Duration::from_secs(65);
/// The same of who listens for [`EACH_HOUR`].
const SILENT_HOUR: Duration = Duration::from_secs(65 * 60);
/// How soon a stop is heard.
const LOOK: Duration = Duration::from_millis(250);

/// Rings bells until it is dropped or stopped.
pub struct Ticks(JobScheduler);

/// Something that rings at its times; one ring is kept for whoever is busy.
pub type Bell = Arc<Notify>;

impl Ticks {
    /// Returns a clock that rings nothing yet.
    pub async fn new() -> Result<Self, PressError> {
        Ok(Self(JobScheduler::new().await.map_err(dead)?))
    }

    /// Adds a bell that rings at the times of a cron expression of six fields, seconds first, in UTC.
    pub async fn bell(&self, times: &str) -> Result<Bell, PressError> {
        let bell = Bell::default();
        let rung = Arc::clone(&bell);
        let ring = move |_, _: JobScheduler| {
            let rung = Arc::clone(&rung);
            let ring: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> =
                Box::pin(async move { rung.notify_one() });
            ring
        };
        let job = Job::new_async(times, ring).map_err(dead)?;
        self.0.add(job).await.map_err(dead)?;
        Ok(bell)
    }

    /// Starts to ring.
    pub async fn start(&self) -> Result<(), PressError> {
        self.0.start().await.map_err(dead)
    }

    /// Rings no more.
    pub async fn stop(mut self) {
        // It may ring once more, which nobody hears.
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "the clock of ticks did not stop");
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn dead(error: JobSchedulerError) -> PressError {
    PressError::Ticks(error.to_string())
}

/// Works once at the start and at every ring, never beside itself, until stopped.
pub async fn at_every(bell: &Bell, stop: &AtomicBool, work: impl AsyncFnMut()) {
    at_every_ring(bell, stop, SILENCE, work).await;
}

/// The same for a bell that rings once an hour.
pub async fn at_every_hour(bell: &Bell, stop: &AtomicBool, work: impl AsyncFnMut()) {
    at_every_ring(bell, stop, SILENT_HOUR, work).await;
}

async fn at_every_ring(bell: &Bell, stop: &AtomicBool, silence: Duration, mut work: impl AsyncFnMut()) {
    loop {
        if stop.load(Ordering::Acquire) {
            return;
        }
        work().await;
        let until = tokio::time::Instant::now() + silence;
        loop {
            tokio::select! {
                () = bell.notified() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
            if stop.load(Ordering::Acquire) || tokio::time::Instant::now() >= until {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn times_worked(silence: Duration, rings: bool) -> u32 {
        let (bell, stop) = (Bell::default(), AtomicBool::new(false));
        let mut worked = 0;
        let work = async || {
            worked += 1;
            if worked == 3 {
                stop.store(true, Ordering::Release);
            } else if rings {
                bell.notify_one();
            }
        };
        at_every_ring(&bell, &stop, silence, work).await;
        worked
    }

    #[test]
    fn who_listens_for_the_hour_gives_its_bell_up_after_an_hour_and_not_before() {
        let hour = Duration::from_secs(60 * 60);
        assert!(SILENT_HOUR > hour && SILENT_HOUR < 2 * hour);
    }

    #[tokio::test]
    async fn who_works_at_a_bell_works_at_once_at_each_ring_and_after_a_silence() {
        assert_eq!(times_worked(SILENCE, true).await, 3, "a ring while it works is kept");
        assert_eq!(times_worked(Duration::ZERO, false).await, 3, "no bell rings at all");
    }
}
