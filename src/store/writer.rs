//! The one connection that writes to an SQLite file.
//!
//! It is kept outside any pool: a pool asks a connection whether it lives whenever it is given back, and each question
//! is two changes of thread, which cost as much as the letters of a turn.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, SqlSafeStr, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::pool::PATIENCE;

/// Where the connection is that writes; whoever writes waits for whoever came before.
#[derive(Clone)]
pub(super) enum Writer {
    /// Alone.
    Kept(Arc<Mutex<SqliteConnection>>),
    /// In memory there is one connection for everything, and this is the pool that it is in.
    Pooled(SqlitePool),
}

/// The connection that writes, for as long as this is held.
pub(super) enum Writing {
    Kept(OwnedMutexGuard<SqliteConnection>),
    Pooled(PoolConnection<Sqlite>),
}

impl Writer {
    pub(super) fn kept(connection: SqliteConnection) -> Self {
        Self::Kept(Arc::new(Mutex::new(connection)))
    }

    pub(super) async fn take(&self) -> Result<Writing, sqlx::Error> {
        match self {
            Self::Kept(connection) => {
                // An error ends what waits, and with it whatever it keeps from going on.
                let taken = tokio::time::timeout(PATIENCE, Arc::clone(connection).lock_owned()).await;
                taken.map(Writing::Kept).map_err(|_| sqlx::Error::PoolTimedOut)
            }
            Self::Pooled(pool) => pool.acquire().await.map(Writing::Pooled),
        }
    }
}

impl Writing {
    pub(super) async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'_, Sqlite>, sqlx::Error> {
        Connection::begin_with(&mut **self, statement).await
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Kept(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Kept(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}
