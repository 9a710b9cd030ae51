//! The outbox: a folder of `.eml` files in place of a relay.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::letter::Letter;
use super::reply::{said, trouble};
use crate::model::{Reply, Step};

/// A folder that takes letters, one file each, whose bytes are the letter's.
///
/// A file is complete from the moment it has its name. The name is the delivery's number and the left side of the
/// Message-ID, never an address; a letter that is written twice has one file.
#[derive(Debug, Clone)]
pub struct Outbox {
    dir: Arc<Path>,
}

impl Outbox {
    /// Makes the folder, with its parents, if it is not there; only its owner may look into it.
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(dir)?;
        Ok(Self { dir: dir.into() })
    }

    /// Writes a letter; trouble with the disk is the relay's, not the letter's.
    pub(super) async fn take(&self, letter: &Letter) -> Reply {
        let name = file_name(letter);
        match self.write(&name, &letter.bytes).await {
            Ok(()) => said(Step::FinalDot, 250, &format!("2.0.0 written to {name}")),
            Err(error) => trouble(Step::Content, format_args!("{name} cannot be written: {error}")),
        }
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished: PathBuf = self.dir.join(format!(".{name}.part"));
        tokio::fs::write(&unfinished, bytes).await?;
        tokio::fs::rename(&unfinished, self.dir.join(name)).await
    }
}

/// `000123-<left side of the Message-ID>.eml`, sorted as the deliveries are.
fn file_name(letter: &Letter) -> String {
    let left = letter.message_id.split('@').next().unwrap_or_default();
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let left: String = left.chars().map(safe).take(120).collect();
    format!("{:06}-{left}.eml", letter.delivery.0)
}
