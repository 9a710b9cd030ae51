//! The leaver: ends subscriptions as fast as mail programs ask for it.
//!
//! Whoever comes while a transaction is under way waits for the next one, which takes all who wait (group commit): a
//! durable record of each costs one disk flush for many. What was asked for is done, even if whoever asked has hung up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Standing, Store, StoreError};
use crate::model::{Instant, Way};

/// The most in one transaction.
const LARGEST_GROUP: usize = 500;
/// So often a transaction is tried again that others were in the way of.
const TRIES: usize = 5;

type Answer = Result<Option<Standing>, StoreError>;

struct Slip {
    token: String,
    way: Way,
    at: Instant,
    done: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct Waiting {
    slips: Vec<Slip>,
    /// Whether somebody takes them.
    busy: bool,
}

struct Desk {
    store: Store,
    waiting: Mutex<Waiting>,
}

/// Where to ask for it; a clone is cheap and asks at the same place.
#[derive(Clone)]
pub struct Leaver(Arc<Desk>);

impl std::fmt::Debug for Leaver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Leaver").field(&self.0.store).finish()
    }
}

impl Leaver {
    /// Returns a leaver that works on this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Desk { store, waiting: Mutex::default() }))
    }

    /// Ends the subscription of a token, durably, and returns how its reader stands then; see [`Store::leave`].
    pub async fn leave(&self, token: &str, way: Way, at: Instant) -> Answer {
        let (done, told) = oneshot::channel();
        let first = {
            let mut waiting = self.0.waiting();
            waiting.slips.push(Slip { token: token.to_owned(), way, at, done });
            !std::mem::replace(&mut waiting.busy, true)
        };
        if first {
            tokio::spawn(Arc::clone(&self.0).work());
        }
        // It says nothing only if it has died, and then nothing was committed that anybody knows of.
        told.await.unwrap_or_else(|_| Err(StoreError::Outage("the work was broken off".to_owned())))
    }
}

/// Lets the next one begin anew, also after a panic.
struct Working<'a>(&'a Desk);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.waiting().busy = false;
    }
}

impl Desk {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes whoever waits until nobody does.
    async fn work(self: Arc<Self>) {
        let working = Working(&self);
        loop {
            let slips = {
                let mut waiting = self.waiting();
                if waiting.slips.is_empty() {
                    waiting.busy = false;
                    std::mem::forget(working);
                    return;
                }
                let group = waiting.slips.len().min(LARGEST_GROUP);
                waiting.slips.drain(..group).collect::<Vec<_>>()
            };
            let answers = self.committed(&slips).await;
            for slip in slips {
                let answer = answers.as_ref().map(|found| found.get(&slip.token).cloned());
                // Who no longer waits has nothing to learn.
                let _ = slip.done.send(answer.map_err(Clone::clone));
            }
        }
    }

    async fn committed(&self, slips: &[Slip]) -> Result<HashMap<String, Standing>, StoreError> {
        let leaving: Vec<_> = slips.iter().map(|slip| (slip.token.as_str(), slip.way, slip.at)).collect();
        let mut tries = 1;
        loop {
            match self.store.leave(&leaving).await {
                Err(StoreError::Contended(_)) if tries < TRIES => tries += 1,
                ended => return ended.map(|found| found.into_iter().collect()),
            }
        }
    }
}
