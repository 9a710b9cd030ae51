//! The rack: letters that are ready, between the feeder that makes them and the connections that take them.
//!
//! A connection takes the first letter that may go now: its time has come, and its recipient's domain has a seat free.
//! Letters that must wait keep nobody else waiting. Never holds more than a fixed number of letters.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::Clock;
use crate::deliver::Letter;
use crate::model::{DeliveryId, Instant, Lane};

/// Letters made ahead of the connections; each is a whole letter in memory.
const AHEAD: usize = 64;
/// How long a wait for the clock lasts before it is read again.
const LOOK: Duration = Duration::from_millis(100);

/// What holds for the letters to one provider, where anything does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crowd {
    /// The key of its lane.
    pub(super) key: String,
    /// Letters that may be under way at once, where nothing is the matter.
    pub(super) rule: Option<usize>,
    /// What was known of its lane when the letter was claimed.
    pub(super) lane: Option<Lane>,
    /// Letters on one connection.
    pub(super) per_connection: Option<u32>,
}

impl Crowd {
    /// Letters that may be under way at once now: after a hold one more each minute.
    pub(super) fn seats(&self, now: Instant) -> Option<usize> {
        self.lane.map_or(self.rule, |lane| lane.connections_allowed(self.rule, now))
    }
}

/// A letter on its way to a connection.
pub(super) struct Tray {
    pub(super) letter: Letter,
    pub(super) attempts: u32,
    pub(super) not_before: Instant,
    pub(super) crowd: Option<Crowd>,
    /// How often the relay was in trouble with this very letter, and what it had taken from others at the last time.
    pub(super) troubles: (u32, usize),
    /// Freed when the tray is dropped.
    seat: Option<Seat>,
    /// Taken off when the tray is dropped.
    _mark: Option<Mark>,
}

impl Tray {
    pub(super) const fn new(
        letter: Letter,
        attempts: u32,
        not_before: Instant,
        crowd: Option<Crowd>,
    ) -> Self {
        Self { letter, attempts, not_before, crowd, troubles: (0, 0), seat: None, _mark: None }
    }

    pub(super) fn marked(self, mark: Option<Mark>) -> Self {
        Self { _mark: mark, ..self }
    }

    /// The key of the lane that the letter goes through, which is that of its provider or its domain.
    pub(super) fn lane(&self) -> &str {
        self.crowd.as_ref().map_or_else(|| self.letter.recipient.domain(), |crowd| &crowd.key)
    }
}

/// One of a crowd's seats.
struct Seat {
    key: String,
    rack: Arc<Shared>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(taken) = lock(&self.rack.inner).seated.get_mut(&self.key) {
            *taken = taken.saturating_sub(1);
        }
        self.rack.changed.notify_one();
    }
}

/// A delivery is in the run's hands, from its claim until its tray is dropped.
pub(super) struct Mark {
    delivery: DeliveryId,
    rack: Weak<Shared>,
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(rack) = self.rack.upgrade() {
            lock(&rack.inner).in_hand.remove(&self.delivery);
        }
    }
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Something may be taken that could not be before.
    changed: Notify,
    /// There is room.
    room: Notify,
}

#[derive(Default)]
struct Inner {
    trays: VecDeque<Tray>,
    seated: HashMap<String, usize>,
    /// Lanes that were held in this run, and until when.
    held: HashMap<String, Instant>,
    in_hand: HashSet<DeliveryId>,
    closed: bool,
}

/// What became of a letter that was to lie on the rack.
pub(super) enum Put {
    /// It lies there.
    Laid,
    /// Its lane is held.
    Held,
    /// The rack is closed.
    Closed,
}

/// The rack; a clone is the same rack.
#[derive(Clone, Default)]
pub(super) struct Rack(Arc<Shared>);

impl Rack {
    /// Marks a delivery that was claimed; `None` if it is in hand already, because the run had lost its lease for a
    /// while and has claimed it again: the letter that is made goes, and no other.
    pub(super) fn mark(&self, delivery: DeliveryId) -> Option<Mark> {
        let new = self.inner().in_hand.insert(delivery);
        new.then(|| Mark { delivery, rack: Arc::downgrade(&self.0) })
    }

    /// Puts a letter onto the rack when there is room for it, and neither is closed to it.
    pub(super) async fn put(&self, tray: Tray, clock: &Clock) -> Put {
        loop {
            {
                let mut inner = self.inner();
                if inner.closed {
                    return Put::Closed;
                }
                if inner.held.get(tray.lane()).is_some_and(|until| *until > clock.now()) {
                    return Put::Held;
                }
                if inner.trays.len() < AHEAD {
                    inner.trays.push_back(tray);
                    break;
                }
            }
            self.0.room.notified().await;
        }
        self.0.changed.notify_one();
        Put::Laid
    }

    /// Takes the first letter that may go now, if there is one.
    pub(super) fn take_ready(&self, now: Instant) -> Option<Tray> {
        let mut inner = self.inner();
        let free = |tray: &Tray| {
            tray.not_before <= now
                && tray.crowd.as_ref().and_then(|crowd| Some((crowd, crowd.seats(now)?))).is_none_or(
                    |(crowd, seats)| inner.seated.get(&crowd.key).copied().unwrap_or_default() < seats.max(1),
                )
        };
        let place = inner.trays.iter().position(free)?;
        let mut tray = inner.trays.remove(place)?;
        if let Some(crowd) = tray.crowd.as_ref().filter(|crowd| crowd.seats(now).is_some()) {
            *inner.seated.entry(crowd.key.clone()).or_default() += 1;
            tray.seat = Some(Seat { key: crowd.key.clone(), rack: Arc::clone(&self.0) });
        }
        drop(inner);
        self.0.room.notify_one();
        Some(tray)
    }

    /// Takes a letter as soon as one may go; `None` when there are none and none will come.
    pub(super) async fn take(&self, clock: &Clock) -> Option<Tray> {
        loop {
            let changed = self.0.changed.notified();
            if let Some(tray) = self.take_ready(clock.now()) {
                // Whoever else waits looks for another one.
                self.0.changed.notify_one();
                return Some(tray);
            }
            let empty = {
                let inner = self.inner();
                if inner.closed && inner.trays.is_empty() {
                    self.0.changed.notify_one();
                    return None;
                }
                inner.trays.is_empty()
            };
            if empty {
                changed.await;
            } else {
                // Time passes without a word.
                let _ = tokio::time::timeout(LOOK, changed).await;
            }
        }
    }

    /// Takes all letters of a lane away, and lets none come until then.
    pub(super) fn without(&self, lane: &str, until: Instant) -> Vec<DeliveryId> {
        let mut inner = self.inner();
        inner.held.insert(lane.to_owned(), until);
        let (gone, kept): (VecDeque<Tray>, VecDeque<Tray>) =
            std::mem::take(&mut inner.trays).into_iter().partition(|tray| tray.lane() == lane);
        inner.trays = kept;
        drop(inner);
        self.0.room.notify_one();
        gone.iter().map(|tray| tray.letter.delivery).collect()
    }

    /// Takes no more letters; those that lie there may still be taken.
    pub(super) fn close(&self) {
        self.inner().closed = true;
        self.0.changed.notify_waiters();
        self.0.changed.notify_one();
        self.0.room.notify_waiters();
        self.0.room.notify_one();
    }

    /// Closes and empties the rack.
    pub(super) fn clear(&self) {
        let trays = std::mem::take(&mut self.inner().trays);
        self.close();
        drop(trays);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0.inner)
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EmailAddress;

    fn tray() -> Tray {
        let address = EmailAddress::parse("ann@example.org").expect("an address");
        let letter = Letter {
            delivery: DeliveryId(7),
            sender: address.clone(),
            recipient: address,
            message_id: String::new(),
            bytes: Vec::new(),
        };
        Tray::new(letter, 0, Instant::UNIX_EPOCH, None)
    }

    #[tokio::test]
    async fn a_letter_in_hand_is_not_taken_in_hand_again_until_it_is_laid_down() {
        let rack = Rack::default();
        let clock = Clock::stopped_at(Instant::UNIX_EPOCH);
        let tray = tray();
        let delivery = tray.letter.delivery;
        let mark = rack.mark(delivery);
        assert!(mark.is_some());
        assert!(rack.mark(delivery).is_none(), "claimed, and not made yet");
        assert!(matches!(rack.put(tray.marked(mark), &clock).await, Put::Laid));
        let in_hand = rack.take_ready(Instant::UNIX_EPOCH).expect("the letter");
        assert!(rack.mark(delivery).is_none(), "on its way");
        drop(in_hand);
        assert!(rack.mark(delivery).is_some());
    }
}
