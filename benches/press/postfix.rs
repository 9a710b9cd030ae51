//! Postfix's own measuring tools: `smtp-sink`, which throws mail away, and `smtp-source`, which makes it.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::run;
use crate::world::{CONNECTIONS, free_port, is_here, is_root};

/// Returns why a case that needs the tools is left out, if they are not here.
pub(crate) fn needed() -> Result<(), String> {
    match ["smtp-sink", "smtp-source"].into_iter().find(|name| !is_here(&tool(name))) {
        Some(absent) => Err(format!("{absent} of Postfix is not here: install the package postfix")),
        None => Ok(()),
    }
}

/// An `smtp-sink` that is ended with its case.
pub(crate) struct Sink {
    process: Child,
    pub(crate) port: u16,
}

impl Sink {
    /// Opens one; `-p` among the flags takes PIPELINING away.
    pub(crate) fn open(flags: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(tool("smtp-sink"));
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args(flags).args(["-c", &format!("127.0.0.1:{port}"), "1000"]);
        let mut process = command.stdout(Stdio::null()).spawn().expect("smtp-sink starts");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(process.try_wait().expect("waits").is_none(), "smtp-sink ended at once");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { process, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The letters a second of `smtp-source`: the same 30,000 bytes again and again, as fast as C can.
pub(crate) fn source(port: u16, letters: usize) -> f64 {
    let (sessions, count, to) = (CONNECTIONS.to_string(), letters.to_string(), format!("127.0.0.1:{port}"));
    let mut command = Command::new(tool("smtp-source"));
    command.args(["-s", &sessions, "-d", "-l", "30000", "-m", &count]);
    command.args(["-f", "a@tide.example", "-t", "b@mail.example", &to]);
    letters as f64 / run(&mut command).took.as_secs_f64()
}

/// Debian has the tools where only root looks.
fn tool(name: &str) -> String {
    let usual = format!("/usr/sbin/{name}");
    if Path::new(&usual).exists() { usual } else { name.to_owned() }
}
