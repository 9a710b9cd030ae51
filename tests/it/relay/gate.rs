//! A gate: where the relay waits with its answer until a test lets it go on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// A gate that is shut; clones are the same gate.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<(Semaphore, Semaphore)>);

impl Gate {
    pub(crate) fn shut() -> Self {
        Self(Arc::new((Semaphore::new(0), Semaphore::new(0))))
    }

    /// Waits until somebody stands before it whom nobody has awaited yet.
    pub(crate) async fn reached(&self) {
        let reached = tokio::time::timeout(Duration::from_secs(30), self.0.0.acquire()).await;
        reached.expect("somebody comes to the gate").expect("not closed").forget();
    }

    /// Lets so many pass.
    pub(crate) fn open(&self, for_so_many: usize) {
        self.0.1.add_permits(for_so_many);
    }

    pub(super) async fn pass(&self) {
        self.0.0.add_permits(1);
        self.0.1.acquire().await.expect("not closed").forget();
    }
}
