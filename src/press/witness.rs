//! The witness: a number beside the store that grows with it, and tells when the store has gone back in time.
//!
//! Who puts back a backup of the database puts back slots that are not published yet, and letters that have not gone
//! yet. Nothing in the database can tell; a file that was not in the backup can. A store that counts less than the
//! file remembers was restored.

use std::path::PathBuf;

use super::PressError;
use crate::store::Store;

/// What remembers how far the store was.
#[derive(Debug)]
pub struct Witness {
    file: PathBuf,
    restored: bool,
}

impl Witness {
    /// Compares the store with what the file remembers. A file that is not there, or a store that is new, is no sign
    /// of anything.
    pub async fn compare(file: PathBuf, store: &Store) -> Result<Self, PressError> {
        let remembered: u64 =
            std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        let counted = store.tally().await?;
        let restored = counted > 0 && counted < remembered;
        if restored {
            // From here on they agree again; who asked has been told.
            store.count_up(remembered).await?;
        }
        Ok(Self { file, restored })
    }

    /// True if the store is older than the file.
    #[must_use]
    pub const fn restored(&self) -> bool {
        self.restored
    }

    /// Counts the store up, and has the file remember it.
    pub(super) async fn count_up(&self, store: &Store) -> Result<(), PressError> {
        let tally = store.count_up(0).await?;
        // Whoever cannot write it is no worse off than without it.
        if let Err(error) = std::fs::write(&self.file, format!("{tally}\n")) {
            tracing::warn!(%error, "the witness beside the store cannot be written");
        }
        Ok(())
    }
}
