//! The two engines: opening, migrating, and the one macro that runs the same SQL on both.
//!
//! Whatever differs between SQLite and PostgreSQL is here, in `writer.rs` and in `migrations/`, but for the turns and
//! the settling of `attempts.rs`. Statements that carry many rows take them as one JSON array through `json_each($1)`:
//! SQLite has that function, the PostgreSQL migration defines it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};

use super::writer::Writer;
use super::{Store, StoreError};

/// The connections to the database.
#[derive(Clone)]
pub(super) enum Pool {
    /// One connection writes, several read; in memory all three words mean the same connection.
    Sqlite { writer: Writer, readers: SqlitePool },
    /// All connections are alike.
    Postgres(PgPool),
}

/// Runs one body on whichever engine the store has.
///
/// `read` gives a pool to read from; `snapshot` a transaction that sees one instant; `write` a transaction
/// that is committed when the body ends, and rolled back when it leaves by `?`.
macro_rules! on {
    (read $store:expr, $db:ident => $body:expr) => {
        match &$store.0 {
            $crate::store::pool::Pool::Sqlite { readers: $db, .. } => $body,
            $crate::store::pool::Pool::Postgres($db) => $body,
        }
    };
    (snapshot $store:expr, $tx:ident => $body:expr) => {
        match &$store.0 {
            $crate::store::pool::Pool::Sqlite { readers, .. } => on!(@in readers, $tx, "BEGIN", $body),
            $crate::store::pool::Pool::Postgres(pool) => {
                on!(@in pool, $tx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", $body)
            }
        }
    };
    (write $store:expr, $tx:ident => $body:expr) => {
        match &$store.0 {
            $crate::store::pool::Pool::Sqlite { writer, .. } => {
                let mut writer = writer.take().await?;
                // a deferred transaction that turns to writing fails with BUSY, whatever busy_timeout says
                on!(@in writer, $tx, "BEGIN IMMEDIATE", $body)
            }
            $crate::store::pool::Pool::Postgres(pool) => on!(@in pool, $tx, "BEGIN", $body),
        }
    };
    (@in $connection:ident, $tx:ident, $begin:literal, $body:expr) => {{
        let mut $tx = $connection.begin_with($begin).await?;
        let done = $body;
        $tx.commit().await?;
        done
    }};
}
pub(super) use on;

const SQLITE: &[(i64, &str, &str)] = &[
    (1, "nouns", include_str!("migrations/sqlite/0001_nouns.sql")),
    (2, "ledger", include_str!("migrations/sqlite/0002_ledger.sql")),
    (3, "secrets", include_str!("migrations/sqlite/0003_secrets.sql")),
    (4, "clock", include_str!("migrations/sqlite/0004_clock.sql")),
    (5, "polling", include_str!("migrations/sqlite/0005_polling.sql")),
    (6, "mails", include_str!("migrations/sqlite/0006_mails.sql")),
    (7, "keeping", include_str!("migrations/sqlite/0007_keeping.sql")),
    (8, "consumed", include_str!("migrations/sqlite/0008_consumed.sql")),
    (9, "leaving", include_str!("migrations/sqlite/0009_leaving.sql")),
    (10, "subscribing", include_str!("migrations/sqlite/0010_subscribing.sql")),
    (11, "choices", include_str!("migrations/sqlite/0011_choices.sql")),
    (12, "managing", include_str!("migrations/sqlite/0012_managing.sql")),
    (13, "pages", include_str!("migrations/sqlite/0013_pages.sql")),
    (14, "editings", include_str!("migrations/sqlite/0014_editings.sql")),
    (15, "stories", include_str!("migrations/sqlite/0015_stories.sql")),
    (16, "consent", include_str!("migrations/sqlite/0016_consent.sql")),
    (17, "pictures", include_str!("migrations/sqlite/0017_pictures.sql")),
    (18, "wishes", include_str!("migrations/sqlite/0018_wishes.sql")),
    (19, "hubs", include_str!("migrations/sqlite/0019_hubs.sql")),
    (20, "clicks", include_str!("migrations/sqlite/0020_clicks.sql")),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "nouns", include_str!("migrations/postgres/0001_nouns.sql")),
    (2, "ledger", include_str!("migrations/postgres/0002_ledger.sql")),
    (3, "secrets", include_str!("migrations/postgres/0003_secrets.sql")),
    (4, "clock", include_str!("migrations/postgres/0004_clock.sql")),
    (5, "polling", include_str!("migrations/postgres/0005_polling.sql")),
    (6, "mails", include_str!("migrations/postgres/0006_mails.sql")),
    (7, "keeping", include_str!("migrations/postgres/0007_keeping.sql")),
    (8, "consumed", include_str!("migrations/postgres/0008_consumed.sql")),
    (9, "leaving", include_str!("migrations/postgres/0009_leaving.sql")),
    (10, "subscribing", include_str!("migrations/postgres/0010_subscribing.sql")),
    (11, "choices", include_str!("migrations/postgres/0011_choices.sql")),
    (12, "managing", include_str!("migrations/postgres/0012_managing.sql")),
    (13, "pages", include_str!("migrations/postgres/0013_pages.sql")),
    (14, "editings", include_str!("migrations/postgres/0014_editings.sql")),
    (15, "stories", include_str!("migrations/postgres/0015_stories.sql")),
    (16, "consent", include_str!("migrations/postgres/0016_consent.sql")),
    (17, "pictures", include_str!("migrations/postgres/0017_pictures.sql")),
    (18, "wishes", include_str!("migrations/postgres/0018_wishes.sql")),
    (19, "hubs", include_str!("migrations/postgres/0019_hubs.sql")),
    (20, "clicks", include_str!("migrations/postgres/0020_clicks.sql")),
];

/// In KiB when negative.
const WRITER_CACHE: &str = "-8192";
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;
/// A release of a million deliveries holds the writer for seconds; whoever waits for it must outlast that.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// As SQLite's busy handler looks again.
const TURN_OF_OTHERS: Duration = Duration::from_millis(25);
const FIRST_ANSWER: Duration = Duration::from_secs(15);

impl Pool {
    /// The variant of a statement that this engine takes, where they differ at all.
    pub(super) const fn either<T: Copy>(&self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// A statement that is needed on PostgreSQL alone.
    pub(super) fn on_postgres(&self, sql: &'static str) -> Option<&'static str> {
        matches!(self, Self::Postgres(_)).then_some(sql)
    }
}

impl Store {
    /// Opens the database at `url` and brings its tables up to date.
    ///
    /// `sqlite:FILE` creates the file, not its folder; `sqlite::memory:` forgets all when the last clone is
    /// dropped; `postgres://…` needs a database that exists. Errors are sentences without the password.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return open_postgres(url).await;
        }
        match url.strip_prefix("sqlite:") {
            Some(":memory:") => open_memory().await,
            Some(path) if !path.trim_start_matches("//").is_empty() => {
                open_file(Path::new(path.strip_prefix("//").unwrap_or(path))).await
            }
            Some(_) | None => Err(StoreError::Address),
        }
    }

    /// Gives the writer the memory that a large import wants: with less, the indexes of a million readers go through the
    /// disk again and again.
    pub async fn prepare_for_import(&self) -> Result<(), StoreError> {
        if let Pool::Sqlite { writer, .. } = &self.0 {
            sqlx::raw_sql("PRAGMA cache_size = -24576; PRAGMA wal_autocheckpoint = 8192")
                .execute(&mut *writer.take().await?)
                .await?;
        }
        Ok(())
    }

    /// Leaves an SQLite file alone for so long that another process that waits to write gets its turn.
    ///
    /// Whoever waits looks again after 25 ms at most, and more rarely after an eighth of a second: transactions of a long
    /// work should be shorter than that, with this between them.
    pub async fn let_others_write(&self) {
        if matches!(&self.0, Pool::Sqlite { writer: Writer::Kept(_), .. }) {
            tokio::time::sleep(TURN_OF_OTHERS).await;
        }
    }

    /// Returns the engine and its version, as in `SQLite 3.51.3`.
    pub async fn engine(&self) -> Result<String, StoreError> {
        let sql = self.0.either(
            "SELECT 'SQLite ' || sqlite_version()",
            "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)",
        );
        Ok(on!(read self, db => sqlx::query_scalar(sql).fetch_one(db).await?))
    }
}

async fn open_postgres(url: &str) -> Result<Store, StoreError> {
    let options =
        PgConnectOptions::from_str(url).map_err(|_| StoreError::Address)?.disable_statement_logging();
    let at = format!("{}:{}", options.get_host(), options.get_port());
    let refused = |why: String| StoreError::Server { at: at.clone(), why };
    let unusable = |e: sqlx::Error| refused(sentence(&e));
    // a pool tries again until its patience ends; whoever starts the program wants to know at once
    let first = tokio::time::timeout(FIRST_ANSWER, options.connect()).await;
    let first = first.map_err(|_| refused(format!("no answer within {FIRST_ANSWER:?}")))?;
    first.map_err(unusable)?.close().await.map_err(unusable)?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(unusable)?;
    migrator(POSTGRES).run(&pool).await.map_err(|e| not_migrated(&e, POSTGRES))?;
    Ok(Store(Pool::Postgres(pool)))
}

async fn open_file(file: &Path) -> Result<Store, StoreError> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(StoreError::NoFolder { folder: PathBuf::from(folder) });
    }
    private(file);
    let options = sqlite_options().filename(file).create_if_missing(true);
    let unusable = |e: sqlx::Error| StoreError::File { file: PathBuf::from(file), why: sentence(&e) };
    let mut writer = options.clone().pragma("cache_size", WRITER_CACHE).connect().await.map_err(unusable)?;
    migrate_file(&mut writer).await.map_err(|e| not_migrated(&e, SQLITE))?;
    sqlx::raw_sql(super::attempts::WRITER).execute(&mut writer).await?;
    let readers =
        sqlite_pool(READERS).connect_with(options.create_if_missing(false)).await.map_err(unusable)?;
    Ok(Store(Pool::Sqlite { writer: Writer::kept(writer), readers }))
}

/// Two programs may meet a new file at once, and sqlx locks no SQLite file while it migrates: whoever stumbles
/// waits for the other and looks again.
async fn migrate_file(writer: &mut SqliteConnection) -> Result<(), MigrateError> {
    let migrator = migrator(SQLITE);
    match migrator.run(&mut *writer).await {
        Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) => {
            let mut alone = Connection::begin_with(writer, "BEGIN IMMEDIATE").await?;
            migrator.run(&mut *alone).await?;
            Ok(alone.commit().await?)
        }
        other => other,
    }
}

/// Makes the file, if it is not there, for its owner alone: it holds addresses. Trouble is told by who opens it.
fn private(file: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(file);
}

async fn open_memory() -> Result<Store, StoreError> {
    let pool = sqlite_pool(1).connect_with(sqlite_options().in_memory(true)).await?;
    migrator(SQLITE).run(&pool).await.map_err(|e| not_migrated(&e, SQLITE))?;
    sqlx::raw_sql(super::attempts::WRITER).execute(&pool).await?;
    Ok(Store(Pool::Sqlite { readers: pool.clone(), writer: Writer::Pooled(pool) }))
}

fn sqlite_options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        // in pages: a log that is short is soon written over, and to flush that takes half the time of a file that grows
        .pragma("wal_autocheckpoint", "2000")
        .disable_statement_logging()
}

/// Connections that live as long as the store: to open one again, or to ask it whether it lives, costs more than to
/// keep it.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(PATIENCE)
}

fn migrator(steps: &'static [(i64, &'static str, &'static str)]) -> Migrator {
    let step = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

fn not_migrated(error: &MigrateError, steps: &[(i64, &str, &str)]) -> StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "sqlx may add variants; each has its own sentence")]
    match error {
        MigrateError::VersionMissing(found) => {
            StoreError::Newer { found: *found, known: steps.last().map_or(0, |s| s.0) }
        }
        MigrateError::VersionMismatch(version) => StoreError::OtherBuild(*version),
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => StoreError::Migration(sentence(e)),
        other => StoreError::Migration(other.to_string()),
    }
}

/// The driver's words, without the chain and the values that its `Debug` would show.
fn sentence(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |e| e.message().to_owned())
}
