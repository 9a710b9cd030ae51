//! The recorder: the one writer of outcomes in a process.
//!
//! Connections hand it their attempts and wait; it commits whatever is waiting in one transaction (group
//! commit), so that a durable record for every letter costs one disk flush for many.

use tokio::sync::{mpsc, oneshot};

use super::PressError;
use crate::model::Attempt;
use crate::store::Store;

/// The most attempts in one transaction.
const LARGEST_GROUP: usize = 1_000;

type Slip = (Attempt, oneshot::Sender<()>);

/// The connections' end.
#[derive(Clone)]
pub(super) struct Recorder(mpsc::Sender<Slip>);

impl Recorder {
    /// Starts a recorder; it ends when the last clone of it is dropped.
    pub(super) fn start(store: Store) -> (Self, tokio::task::JoinHandle<Result<(), PressError>>) {
        let (sender, receiver) = mpsc::channel(LARGEST_GROUP);
        (Self(sender), tokio::spawn(record_all(store, receiver)))
    }

    /// Returns when the attempt is durable.
    pub(super) async fn record(&self, attempt: Attempt) -> Result<(), PressError> {
        let died = PressError::Died("the recorder");
        let (done, durable) = oneshot::channel();
        if self.0.send((attempt, done)).await.is_err() {
            return Err(died);
        }
        durable.await.map_err(|_| died)
    }
}

async fn record_all(store: Store, mut waiting: mpsc::Receiver<Slip>) -> Result<(), PressError> {
    let mut slips = Vec::new();
    while waiting.recv_many(&mut slips, LARGEST_GROUP).await > 0 {
        let (attempts, done): (Vec<Attempt>, Vec<oneshot::Sender<()>>) = slips.drain(..).unzip();
        store.record(&attempts).await?;
        for done in done {
            // A connection that no longer waits has nothing to learn.
            let _ = done.send(());
        }
    }
    Ok(())
}
