//! The recorder: the one writer of a run's ledger.
//!
//! Connections hand it what they have ended and what they want to begin, and wait; it commits whatever is waiting in
//! one transaction (group commit), so that a durable record before and after every conversation costs one disk flush
//! for many. What has ended is settled into the ledger when enough of it has come together, or when nothing comes.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Clock, PressError};
use crate::model::{Attempt, DeliveryId};
use crate::store::{Store, StoreError, Turn};

/// The most slips in one transaction.
const LARGEST_GROUP: usize = 1_000;

/// So many ended letters are settled at once.
const SETTLED_AT_ONCE: usize = 500;

/// How long the settling of the last letters waits for more.
const QUIET: Duration = Duration::from_millis(200);

/// The pauses, in milliseconds, between tries to reach a database server that is gone: half a minute in all.
const OUTAGE: [u64; 12] = [50, 100, 200, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 5_000, 5_000, 5_000];

/// How long a commit waits for connections that are about to ask for one too: it costs the same for one letter as for
/// many, and they hand over the next letter's content meanwhile.
const PATIENCE: Duration = Duration::from_millis(1);

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
    ) -> (Self, tokio::task::JoinHandle<Result<(), PressError>>) {
        let (sender, receiver) = mpsc::channel(LARGEST_GROUP);
        (Self(sender), tokio::spawn(record_all(store, holder, clock, receiver)))
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
    mut waiting: mpsc::Receiver<Slip>,
) -> Result<(), PressError> {
    let mut slips = Vec::new();
    let mut unsettled = 0;
    // Letters that went and have not come back.
    let mut away = HashSet::new();
    loop {
        let more = waiting.recv_many(&mut slips, LARGEST_GROUP);
        let more = if unsettled == 0 { Ok(more.await) } else { tokio::time::timeout(QUIET, more).await };
        match more {
            Ok(0) => break,
            Ok(_) => gather(&mut waiting, &mut slips, &mut away).await,
            Err(_) => {
                written(&store, None, &holder, &clock).await?;
                unsettled = 0;
                continue;
            }
        }
        let mut turn = Turn::default();
        for slip in &mut slips {
            turn.closed.extend(slip.closed.take());
            turn.opened.extend(slip.opened);
        }
        let may_go: HashSet<DeliveryId> =
            written(&store, Some(&turn), &holder, &clock).await?.into_iter().collect();
        away.extend(&may_go);
        unsettled += turn.closed.len();
        for slip in slips.drain(..) {
            // A connection that no longer waits has nothing to learn.
            let _ = slip.done.send(slip.opened.is_some_and(|id| may_go.contains(&id)));
        }
        if unsettled >= SETTLED_AT_ONCE {
            written(&store, None, &holder, &clock).await?;
            unsettled = 0;
        }
    }
    written(&store, None, &holder, &clock).await.map(|_| ())
}

/// Writes a turn down, or without one settles what was, again and again while a server is gone for a moment or others are
/// in the way: what has ended must not be forgotten. A turn that is written twice counts once.
async fn written(
    store: &Store,
    turn: Option<&Turn>,
    holder: &str,
    clock: &Clock,
) -> Result<Vec<DeliveryId>, PressError> {
    let mut pauses = OUTAGE.into_iter();
    loop {
        let done = match turn {
            Some(turn) => store.turn(turn, holder, clock.now()).await,
            None => store.settle().await.map(|()| Vec::new()),
        };
        match done {
            Err(trouble @ (StoreError::Outage(_) | StoreError::Contended(_))) => {
                let Some(pause) = pauses.next() else { return Err(trouble.into()) };
                tracing::warn!(%trouble, "the ledger waits for the database");
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            done => return Ok(done?),
        }
    }
}

/// Waits a moment for those who are away, so that they are in the same commit.
async fn gather(waiting: &mut mpsc::Receiver<Slip>, slips: &mut Vec<Slip>, away: &mut HashSet<DeliveryId>) {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut seen = 0;
    loop {
        for slip in &slips[seen..] {
            away.remove(&slip.closed.as_ref().map_or(DeliveryId(0), |attempt| attempt.delivery));
            away.remove(&slip.opened.unwrap_or(DeliveryId(0)));
        }
        seen = slips.len();
        if away.is_empty() || seen >= LARGEST_GROUP {
            return;
        }
        let more = waiting.recv_many(slips, LARGEST_GROUP);
        if !matches!(tokio::time::timeout_at(until, more).await, Ok(1..)) {
            return;
        }
    }
}
