//! The ways out: relays in the order in which they are tried, their pace, and what is known of their health.
//!
//! A relay's own trouble lets the next one take over; it never touches a delivery. Each connection judges for itself,
//! so that a relay that admits fewer connections than offered is used with as many as it admits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::TimeDelta;
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};

use super::{Clock, PressError};
use crate::deliver::{Carrier, Slot, WarmUp, plan};
use crate::model::{Instant, Lane, Notice};
use crate::store::Store;

/// One way out.
#[derive(Debug, Clone)]
pub struct Way {
    /// Its name, for notices and lanes.
    pub name: String,
    /// What takes the letters.
    pub carrier: Carrier,
    /// Domains of senders whose letters go this way first.
    pub senders: Vec<String>,
    /// Letters per second; `None` for as fast as it takes them.
    pub per_second: Option<f64>,
    /// Letters on one connection; `None` for no limit.
    pub letters_per_connection: Option<u32>,
    /// The growing limit of letters a day.
    pub warm_up: Option<WarmUp>,
}

/// All ways out, in the order in which they are tried; there is at least one. Clones share their connections' seats.
#[derive(Debug, Clone)]
pub struct Ways(Vec<(Way, Arc<Seats>)>);

/// The connections that a way may have open at once, whichever editions use them.
#[derive(Debug)]
pub(super) struct Seats {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Somebody has begun to wait.
    called: Notify,
}

impl Seats {
    fn with(way: Way) -> (Way, Arc<Self>) {
        let free = Arc::new(Semaphore::new(way.carrier.connections().max(1)));
        (way, Arc::new(Self { free, waiting: AtomicUsize::new(0), called: Notify::new() }))
    }

    /// Waits for a seat; it is free again when the permit is dropped. `None` cannot be.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free).try_acquire_owned();
        if free.is_ok() {
            return free.ok();
        }
        let _waiter = Waiter::of(self);
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// Returns as soon as somebody waits for a seat.
    pub(super) async fn until_wanted(&self) {
        loop {
            let called = self.called.notified();
            tokio::pin!(called);
            called.as_mut().enable();
            if self.wanted() {
                return;
            }
            called.await;
        }
    }

    /// True while somebody waits for a seat.
    pub(super) fn wanted(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }
}

/// Somebody who waits for a seat, until they have it or wait no more.
struct Waiter<'a>(&'a Seats);

impl<'a> Waiter<'a> {
    fn of(seats: &'a Seats) -> Self {
        seats.waiting.fetch_add(1, Ordering::AcqRel);
        seats.called.notify_waiters();
        Self(seats)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Ways {
    /// Returns the ways; `None` if there is none.
    #[must_use]
    pub fn new(ways: Vec<Way>) -> Option<Self> {
        (!ways.is_empty()).then(|| Self(ways.into_iter().map(Seats::with).collect()))
    }

    /// A single way without a limit.
    #[must_use]
    pub fn only(carrier: Carrier) -> Self {
        let (name, senders) = ("relay".to_owned(), Vec::new());
        let way =
            Way { name, carrier, senders, per_second: None, letters_per_connection: None, warm_up: None };
        Self(vec![Seats::with(way)])
    }

    /// The ways, in the order in which they are tried.
    pub fn all(&self) -> impl Iterator<Item = &Way> {
        self.0.iter().map(|(way, _)| way)
    }

    /// The carrier of the first way.
    #[must_use]
    pub fn first(&self) -> &Carrier {
        &self.0[0].0.carrier
    }

    /// The ways for letters of a sender's domain: those that name it, those that name nobody, then the rest.
    pub(super) fn for_sender(&self, domain: &str, notices: &[Notice]) -> Vec<WayOut<'_>> {
        let names = |way: &Way| way.senders.iter().any(|sender| sender.eq_ignore_ascii_case(domain));
        let mut ways: Vec<&(Way, Arc<Seats>)> = self.0.iter().collect();
        ways.sort_by_key(|(way, _)| if names(way) { 0 } else { 1 + usize::from(!way.senders.is_empty()) });
        let ways: Vec<WayOut<'_>> = ways.into_iter().map(|(way, seats)| WayOut::new(way, seats)).collect();
        // What an earlier run has told, this one takes back.
        for out in &ways {
            let told = notices.iter().any(|notice| notice.key == out.key());
            out.noticed.store(told, Ordering::Release);
        }
        ways
    }
}

/// A way out in use.
pub(super) struct WayOut<'a> {
    pub(super) way: &'a Way,
    pub(super) seats: &'a Seats,
    /// Letters that it has taken in this run.
    pub(super) taken: AtomicUsize,
    /// True once the operator was told of its trouble.
    pub(super) noticed: AtomicBool,
    /// Times that were given to this run and not yet used.
    granted: Mutex<VecDeque<Instant>>,
}

/// Whether a letter may go by a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// Not before this instant.
    At(Instant),
    /// Not in the foreseeable future, but from then on.
    NotBefore(Instant),
}

/// How far ahead times are asked for.
const HORIZON: TimeDelta = TimeDelta::seconds(1);

impl<'a> WayOut<'a> {
    fn new(way: &'a Way, seats: &'a Seats) -> Self {
        Self {
            way,
            seats,
            taken: AtomicUsize::new(0),
            noticed: AtomicBool::new(false),
            granted: Mutex::default(),
        }
    }

    /// The key of its notice.
    pub(super) fn key(&self) -> String {
        format!("relay:{}", self.way.name)
    }

    /// Counts a letter; true for the first of this run.
    pub(super) fn took_one(&self) -> bool {
        self.taken.fetch_add(1, Ordering::AcqRel) == 0
    }

    /// When the next letter may go by this way; times are shared by all processes.
    pub(super) async fn permit(&self, store: &Store, clock: &Clock) -> Result<Permit, PressError> {
        if self.way.per_second.is_none() && self.way.warm_up.is_none() {
            return Ok(Permit::At(Instant::UNIX_EPOCH));
        }
        let mut granted = self.granted.lock().await;
        if let Some(at) = granted.pop_front() {
            return Ok(Permit::At(at));
        }
        let now = clock.now();
        let more = store
            .with_lanes(|lanes| self.reserve(lanes.entry(self.key()).or_insert(Lane::new(now)), now))
            .await?;
        Ok(match more {
            Ok(times) => {
                granted.extend(times);
                granted.pop_front().map_or(Permit::NotBefore(now + HORIZON), Permit::At)
            }
            Err(later) => Permit::NotBefore(later),
        })
    }

    /// Times for the next letters, as many as a second takes, or when to ask again.
    fn reserve(&self, lane: &mut Lane, now: Instant) -> Result<Vec<Instant>, Instant> {
        let today = now.date_naive();
        let day = i64::from(chrono::Datelike::num_days_from_ce(&today));
        if lane.day != day {
            (lane.day, lane.letters) = (day, 0);
        }
        let cap = self.way.warm_up.as_ref().and_then(|warm_up| warm_up.cap(today));
        let left = cap.map_or(u64::MAX, |cap| cap.saturating_sub(lane.letters));
        if left == 0 {
            let midnight = today.succ_opt().and_then(|day| day.and_hms_opt(0, 0, 0));
            return Err(midnight.map_or(now + TimeDelta::days(1), |midnight| midnight.and_utc()));
        }
        // One time to spare at most, where the rate is low; a cap is counted letter by letter.
        let second = self.way.per_second.map_or(1.0, |rate| rate.clamp(1.0, 50.0)) as u64;
        let wanted = if cap.is_some() { 1 } else { second };
        let slots = plan(lane, self.way.per_second, wanted as usize, now, HORIZON);
        let times: Vec<Instant> = slots
            .iter()
            .filter_map(|slot| match slot {
                Slot::Go { not_before } => Some(*not_before),
                Slot::Later { .. } => None,
            })
            .collect();
        // Nobody queues here: who gets no time asks again.
        lane.pushed_at = lane.next_at;
        lane.letters += times.len() as u64;
        if times.is_empty() { Err(lane.next_at) } else { Ok(times) }
    }
}
