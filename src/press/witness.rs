//! The witness: a number beside the store that grows with it, and tells when the store has gone back in time.
//!
//! Who puts back a backup of the database puts back slots that are not published yet, and letters that have not gone
//! yet. Nothing in the database can tell; a file that was not in the backup can. A store that counts less than the
//! file remembers was restored, and holds what it would send.
//!
//! Both are counted when a command that delivers begins and ends, each half minute between, and after each release. So
//! the one thing that stays unseen is what goes in the last half minute before a crash, if that is also the half minute
//! after the backup was made.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Clock, PressError};
use crate::model::Instant;
use crate::store::{Caution, Store};

/// How often both are counted while something is under way.
const BEAT: Duration = Duration::from_secs(30);

/// What is said of a store that was restored.
const CAUTION: Caution<'static> = Caution {
    pause: "the database is older than this machine remembers: was a backup put back? Letters that look as if they \
            waited may have gone",
    event: RESTORED,
};

/// What was done with a store that was restored, and what is left to whoever did it.
pub const RESTORED: &str = "the database is older than this machine remembers: was a backup put back? What was going out \
    is paused, what waited for a yes is cancelled, and what was due is skipped. What was sent after the backup was made \
    looks new, and would be in the next edition: look with `pressrun preview`, and stop it with `pressrun digests pause`";

/// What remembers how far the store was.
#[derive(Debug, Clone)]
pub struct Witness(PathBuf);

impl Witness {
    /// Returns the witness that remembers in this file, which need not be there yet.
    #[must_use]
    pub const fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Compares the store with what the file remembers, and counts both up; true if the store is the older one, and what
    /// it would send is held. A file that is not there, or a store that is new, is no sign of anything.
    pub async fn count_up(&self, store: &Store, now: Instant) -> Result<bool, PressError> {
        let counted = store.count_up(remembered(&self.0), CAUTION, now).await?;
        let file = self.0.clone();
        let written = tokio::task::spawn_blocking(move || remember(&file, counted.tally)).await;
        // Whoever cannot write it is no worse off than without it.
        if let Err(error) = written.unwrap_or_else(|died| Err(io::Error::other(died))) {
            tracing::warn!(%error, "the witness beside the store cannot be written");
        }
        Ok(counted.restored)
    }

    /// Does work that delivers, and counts up for as long as it lasts and when it has ended.
    pub async fn attend<T>(&self, store: &Store, clock: &Clock, work: impl Future<Output = T>) -> T {
        let count = async || {
            if let Err(error) = self.count_up(store, clock.now()).await {
                tracing::warn!(%error, "the witness was not counted up");
            }
        };
        let beat = async || -> Infallible {
            loop {
                tokio::time::sleep(BEAT).await;
                count().await;
            }
        };
        let done = tokio::select! {
            done = work => done,
            never = beat() => match never {},
        };
        count().await;
        done
    }
}

fn remembered(file: &Path) -> u64 {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return 0,
        Err(error) => {
            tracing::warn!(%error, "the witness beside the store cannot be read");
            return 0;
        }
    };
    text.trim().parse().unwrap_or_else(|_| {
        tracing::warn!("the witness beside the store is no number, and proves nothing");
        0
    })
}

/// The file is replaced as a whole: half of it, or none, would prove nothing.
fn remember(file: &Path, tally: u64) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(beside, "{tally}")?;
    beside.as_file().sync_data()?;
    beside.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_as_a_whole_and_one_that_is_no_number_proves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("witness");
        assert_eq!(remembered(&file), 0);
        remember(&file, 41).expect("written");
        // Who reads while it is written reads what was there before.
        let reader = std::fs::File::open(&file).expect("open");
        remember(&file, 42).expect("written");
        assert_eq!(io::read_to_string(reader).expect("read"), "41\n");
        assert_eq!(remembered(&file), 42);
        let left = std::fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(left, 1, "nothing lies about");
        std::fs::write(&file, "").expect("written");
        assert_eq!(remembered(&file), 0);
    }
}
