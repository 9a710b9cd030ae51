//! What can go wrong in the store; no text here holds a reader's address or a password.

use std::path::PathBuf;

use crate::model::{EditionId, EditionState, Name, SourceId};

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database address is of no known form; it is not repeated, for it may hold a password.
    #[error(
        "the database address is not understood: expected sqlite:path/to/file.db or postgres://user@host/name"
    )]
    Address,
    /// The folder for the SQLite file does not exist.
    #[error("the folder {} for the database file does not exist", .folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The SQLite file can be neither opened nor created.
    #[error("the database file {} cannot be opened or created: {why}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The PostgreSQL server cannot be reached or does not let us in.
    #[error(
        "the PostgreSQL server at {at} cannot be used: {why}; see that it runs there and lets this user in"
    )]
    Server {
        /// Its host and port.
        at: String,
        /// What it said, or the system.
        why: String,
    },
    /// A newer program has changed the database.
    #[error(
        "the database was made by a newer program: it has migration {found}, and this program ends at {known}"
    )]
    Newer {
        /// The database's migration.
        found: i64,
        /// The last one known here.
        known: i64,
    },
    /// A migration that ran here differs from the one in this program.
    #[error(
        "migration {0} of the database is not the one that this program has: it was made by another build"
    )]
    OtherBuild(i64),
    /// A migration could not be applied.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(String),
    /// A column holds what its noun does not allow.
    #[error("the database holds something unreadable in {column}: {why}")]
    Unreadable {
        /// Table and column.
        column: &'static str,
        /// What was expected.
        why: String,
    },
    /// Two declared sources have one name or one address.
    #[error("two sources are declared with the name or address of `{0}`")]
    SourceTwice(Name),
    /// There is no such source.
    #[error("there is no source {0}")]
    NoSource(SourceId),
    /// There is no such list.
    #[error("there is no list `{0}`")]
    NoList(String),
    /// There is no such edition.
    #[error("there is no edition {0}")]
    NoEdition(EditionId),
    /// Another edition of the digest was released since this one was composed: they hold the same articles.
    #[error("edition {0} was composed before another edition of its digest was released: it would repeat it")]
    Overtaken(EditionId),
    /// Whoever made an edition took so long that others have its slot.
    #[error("edition {0} was made for a slot that others have in hand, or have settled")]
    SlotLost(EditionId),
    /// The digest has an edition for this slot.
    #[error("the slot is taken: edition {edition} is already there")]
    SlotTaken {
        /// The edition that is there.
        edition: EditionId,
    },
    /// Only a draft can be released.
    #[error("edition {edition} is {}, and only a draft can be released", .state.as_str())]
    NotADraft {
        /// The edition.
        edition: EditionId,
        /// Its state.
        state: EditionState,
    },
    /// The system gave no random bytes for a token.
    #[error("the system has no random numbers to give")]
    NoRandomness,
    /// The database cannot be reached now; whether the last transaction was committed is not known.
    #[error("the database cannot be reached: {0}")]
    Outage(String),
    /// Others were in the way, and the transaction was undone.
    #[error("the database was busy with others: {0}")]
    Contended(String),
    /// The database itself refused, in its own words.
    #[error("the database says: {0}")]
    Database(String),
}

impl From<sqlx::Error> for StoreError {
    /// Keeps the sentence alone: the error's `Debug` could show the values of a row.
    fn from(error: sqlx::Error) -> Self {
        let words = error.as_database_error().map_or_else(|| error.to_string(), |e| e.message().to_owned());
        // PostgreSQL, appendix A: 08 the connection, 57P the server that is stopping or starting.
        let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
        let gone = matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut);
        if gone || ["08", "57P"].iter().any(|class| code.starts_with(class)) {
            return Self::Outage(words);
        }
        // Class 40: a deadlock, or what could not be put in an order.
        if code.starts_with("40") && code.len() == 5 {
            return Self::Contended(words);
        }
        Self::Database(words)
    }
}
