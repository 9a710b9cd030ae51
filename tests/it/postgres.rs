//! A PostgreSQL of the tests' own: in a temporary folder, on a Unix socket there, gone when the tests are.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::parts;

/// Makes the server and waits on standard input, which ends when the test process does, however it dies. Each line there
/// is a way to shut down, after which the server starts again.
///
/// initdb refuses to work as root, so root becomes `postgres` for it.
const GUARD: &str = r#"
folder=$1 bin=$2
as_postgres() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}
end() {
    as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop
    rm -rf "$folder"
}
trap end EXIT
cd "$folder" || exit 1
[ "$(id -u)" != 0 ] || chown postgres "$folder" || exit 1
as_postgres "$bin/initdb" --no-sync -A trust -U pressrun -E UTF8 --locale=C -D "$folder/data" || exit 1
as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-k $folder -c listen_addresses= \
    -c max_connections=300 -c fsync=off -c full_page_writes=off" start < /dev/null || { cat "$folder/log"; exit 1; }
echo ready
while read -r mode; do
    as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -m "$mode" restart < /dev/null > /dev/null || exit 1
    echo restarted
done
exec > /dev/null 2>&1
"#;

/// A running server; when its guard's pipe closes, it ends.
pub(crate) struct Server {
    folder: PathBuf,
    guard: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// Returns the address of a fresh, empty database, or `None` if PostgreSQL is to be left out.
pub(crate) async fn fresh_database() -> Option<String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    if parts::absent("postgresql") {
        return None;
    }
    match SERVER.get_or_init(start) {
        Ok(server) => Some(server.fresh_database().await),
        Err(sentence) => panic!("{sentence}"),
    }
}

/// Returns a server that one test has for itself and may restart, or `None` if PostgreSQL is to be left out.
pub(crate) fn own_server() -> Option<Server> {
    (!parts::absent("postgresql")).then(|| start().unwrap_or_else(|sentence| panic!("{sentence}")))
}

impl Server {
    /// Makes an empty database and returns its address.
    pub(crate) async fn fresh_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection =
            PgConnection::connect(&self.address("postgres")).await.expect("the server answers");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(create).await.expect("the database is made");
        connection.close().await.expect("the connection is closed");
        self.address(&name)
    }

    /// Shuts the server down, `fast` or `immediate`, and starts it again.
    pub(crate) fn restart(&mut self, mode: &str) {
        let mut orders = self.guard.stdin.as_ref().expect("it is piped");
        writeln!(orders, "{mode}").expect("the guard lives");
        let said = self.said.next().expect("the guard lives").expect("it can be read");
        assert_eq!(said, "restarted");
    }

    fn address(&self, database: &str) -> String {
        format!("postgres://pressrun@localhost/{database}?host={}", self.folder.display())
    }
}

fn start() -> Result<Server, String> {
    let bin = programs().ok_or(
        "postgresql is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=postgresql",
    )?;
    let folder = tempfile::Builder::new().prefix("pressrun-pg-").tempdir().map_err(|e| e.to_string())?.keep();
    let mut guard = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{GUARD}"), "guard"])
        .args([&folder, &bin])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // a signal to the tests' process group must not reach the guard
        .process_group(0)
        .spawn()
        .map_err(|e| format!("sh cannot be started: {e}"))?;
    let mut said = BufReader::new(guard.stdout.take().expect("it is piped")).lines();
    let mut words = Vec::new();
    while let Some(line) = said.next() {
        let line = line.map_err(|e| e.to_string())?;
        if line == "ready" {
            return Ok(Server { folder, guard, said });
        }
        words.push(line);
    }
    Err(format!("PostgreSQL does not start:\n{}", words.join("\n")))
}

/// The folder of initdb and `pg_ctl`: on the PATH, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has = |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|f| has(f)) {
        return Some(folder);
    }
    let version = |bin: &Path| -> Option<u32> { bin.parent()?.file_name()?.to_str()?.parse().ok() };
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|d| d.path().join("bin"));
    debian.filter(|bin| has(bin)).max_by_key(|bin| version(bin))
}
