//! A PostgreSQL of the bench's own in a temporary folder. It flushes as it would in earnest.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::run;
use crate::world::is_root;

/// A running server on a Unix socket; ended with its case.
pub(crate) struct Server {
    bin: PathBuf,
    folder: TempDir,
}

impl Server {
    /// Makes one, or says why there is none.
    pub(crate) fn start() -> Result<Self, String> {
        let bin = programs().ok_or("PostgreSQL is not here: install the package postgresql")?;
        let folder = tempfile::tempdir().map_err(|e| format!("there is no temporary folder: {e}"))?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let server = Self { bin, folder };
        run(server
            .program("initdb")
            .args(["-A", "trust", "-U", "pressrun", "-E", "UTF8", "--locale=C"])
            .args(server.data()));
        let socket = format!("-k {} -c listen_addresses=", server.folder.path().display());
        run(server.program("pg_ctl").args(server.data()).args([
            "-w",
            "-l",
            "/dev/null",
            "-o",
            &socket,
            "start",
        ]));
        Ok(server)
    }

    /// The address of a fresh database.
    pub(crate) fn database(&self, name: &str) -> String {
        let folder = self.folder.path();
        run(self.program("createdb").arg("-h").arg(folder).args(["-U", "pressrun", name]));
        format!("postgres://pressrun@localhost/{name}?host={}", folder.display())
    }

    fn data(&self) -> [PathBuf; 2] {
        [PathBuf::from("-D"), self.folder.path().join("data")]
    }

    /// One of its programs, as somebody else than root, for whom they refuse to work.
    fn program(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program("pg_ctl").args(self.data()).args(["-m", "immediate", "stop"]).output();
    }
}

/// The folder of initdb and `pg_ctl`: on the PATH, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has = |folder: &Path| ["initdb", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let version = |bin: &PathBuf| -> Option<u32> { bin.parent()?.file_name()?.to_str()?.parse().ok() };
    let debian = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        versions.map(|v| v.path().join("bin")).filter(|bin| has(bin)).max_by_key(version)
    };
    std::env::split_paths(&path).find(|folder| has(folder)).or_else(debian)
}
