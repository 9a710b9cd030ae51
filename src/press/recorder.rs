//! The recorder: the one writer of a run's ledger.
//!
//! Connections hand it what they have ended and what they want to begin, and wait; it commits whatever is waiting in
//! one transaction (group commit), so that a durable record before and after every conversation costs one disk flush
//! for many.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};

use super::{Clock, PressError};
use crate::model::{Attempt, DeliveryId};
use crate::store::{Store, Turn};

/// The most slips in one transaction.
const LARGEST_GROUP: usize = 1_000;

/// So often it looks for more slips before it commits a small group; each look costs a few microseconds.
const PATIENCE: usize = 60;

/// What one connection asks for: the end of one conversation, the beginning of the next.
struct Slip {
    closed: Option<Attempt>,
    opened: Option<DeliveryId>,
    done: oneshot::Sender<bool>,
}

/// The connections' end.
#[derive(Clone)]
pub(super) struct Recorder(mpsc::Sender<Slip>);

impl Recorder {
    /// Starts a recorder; it ends when the last clone of it is dropped.
    pub(super) fn start(
        store: Store,
        holder: String,
        clock: Clock,
        connections: usize,
    ) -> (Self, tokio::task::JoinHandle<Result<(), PressError>>) {
        let (sender, receiver) = mpsc::channel(LARGEST_GROUP);
        (Self(sender), tokio::spawn(record_all(store, holder, clock, connections.div_ceil(2), receiver)))
    }

    /// Returns when the end of `closed` is durable and, if so it is, whether `opened` may go.
    pub(super) async fn turn(
        &self,
        closed: Option<Attempt>,
        opened: Option<DeliveryId>,
    ) -> Result<bool, PressError> {
        let (done, durable) = oneshot::channel();
        let sent = self.0.send(Slip { closed, opened, done }).await;
        sent.map_err(|_| PressError::Died("the recorder"))?;
        durable.await.map_err(|_| PressError::Died("the recorder"))
    }
}

async fn record_all(
    store: Store,
    holder: String,
    clock: Clock,
    enough: usize,
    mut waiting: mpsc::Receiver<Slip>,
) -> Result<(), PressError> {
    let mut slips = Vec::new();
    while waiting.recv_many(&mut slips, LARGEST_GROUP).await > 0 {
        // A commit costs the same for one slip as for many: half of the connections are worth a moment's wait, while
        // the relay is busy with the other half.
        for _ in 0..PATIENCE {
            if slips.len() >= enough {
                break;
            }
            tokio::task::yield_now().await;
            while let Ok(slip) = waiting.try_recv() {
                slips.push(slip);
            }
        }
        let mut turn = Turn::default();
        for slip in &mut slips {
            turn.closed.extend(slip.closed.take());
            turn.opened.extend(slip.opened);
        }
        let may_go: HashSet<DeliveryId> =
            store.turn(&turn, &holder, clock.now()).await?.into_iter().collect();
        for slip in slips.drain(..) {
            // A connection that no longer waits has nothing to learn.
            let _ = slip.done.send(slip.opened.is_some_and(|id| may_go.contains(&id)));
        }
    }
    Ok(())
}
