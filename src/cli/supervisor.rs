//! The supervisor: tells systemd, or whoever else speaks its protocol, that the daemon is ready, alive, or stopping.
//!
//! The protocol is a datagram of `KEY=value` lines to the socket that `NOTIFY_SOCKET` names (`sd_notify(3)`); a name that
//! begins with @ is one of the abstract namespace. Without the variable nobody is told, and without the socket nothing
//! else suffers.
//!
//! What feeds the watchdog is the progress of the stages, not a timer: a stage is watched from its first word on, and when
//! one falls silent for as long as systemd has patience, nothing is said in the name of the others either.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Whoever started the daemon and watches it.
#[derive(Debug)]
pub(super) struct Supervisor {
    socket: Option<Socket>,
    /// After so long without a word the daemon is taken for dead.
    patience: Option<Duration>,
    words: Mutex<Words>,
}

#[derive(Debug, Default)]
struct Words {
    /// When each stage that is watched last said that it lives.
    stages: HashMap<&'static str, Instant>,
    /// When that was last passed on.
    passed_on: Option<Instant>,
}

impl Supervisor {
    /// The supervisor that the environment names, if any.
    pub(super) fn from_env() -> Self {
        // Meant for another process if WATCHDOG_PID is not ours: sd_watchdog_enabled(3).
        let ours = std::env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        let patience = std::env::var("WATCHDOG_USEC").ok().and_then(|us| us.parse().ok()).filter(|_| ours);
        Self::new(std::env::var_os("NOTIFY_SOCKET").as_deref(), patience.map(Duration::from_micros))
    }

    fn new(socket: Option<&OsStr>, patience: Option<Duration>) -> Self {
        Self { socket: socket.and_then(Socket::open), patience, words: Mutex::default() }
    }

    /// Says that the daemon works, and at what, in one line.
    pub(super) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", one_line(status)));
    }

    /// Says what the daemon is at.
    pub(super) fn status(&self, status: &str) {
        self.tell(&format!("STATUS={}", one_line(status)));
    }

    /// Says that a stage has come round; passed on while all stages that ever said so still do, and not more often than
    /// is of use.
    pub(super) fn alive(&self, stage: &'static str) {
        self.alive_at(stage, Instant::now());
    }

    fn alive_at(&self, stage: &'static str, now: Instant) {
        let Some(patience) = self.patience else { return };
        let mut words = self.words.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        words.stages.insert(stage, now);
        let all = words.stages.values().all(|said| now.saturating_duration_since(*said) < patience);
        let due = words.passed_on.is_none_or(|at| now.saturating_duration_since(at) >= patience / 2);
        if all && due {
            words.passed_on = Some(now);
            self.tell("WATCHDOG=1");
        }
    }

    /// Says that the daemon was told to stop and does so; its stages come to their ends, and none is watched any more.
    pub(super) fn stopping(&self) {
        let mut words = self.words.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        words.stages.clear();
        drop(words);
        self.tell("STOPPING=1\nSTATUS=bringing the letters in hand to their end");
    }

    fn tell(&self, lines: &str) {
        if let Some(socket) = &self.socket {
            socket.send(lines);
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(unix)]
#[derive(Debug)]
struct Socket(std::os::unix::net::UnixDatagram, std::os::unix::net::SocketAddr);

#[cfg(unix)]
impl Socket {
    fn open(name: &OsStr) -> Option<Self> {
        let opened = address(name).and_then(|address| {
            let socket = std::os::unix::net::UnixDatagram::unbound()?;
            // A supervisor that does not read must not stop the daemon.
            socket.set_nonblocking(true)?;
            Ok(Self(socket, address))
        });
        opened.inspect_err(|error| tracing::warn!(%error, "NOTIFY_SOCKET cannot be used")).ok()
    }

    fn send(&self, lines: &str) {
        if let Err(error) = self.0.send_to_addr(lines.as_bytes(), &self.1) {
            tracing::debug!(%error, "the supervisor does not listen");
        }
    }
}

#[cfg(unix)]
fn address(name: &OsStr) -> std::io::Result<std::os::unix::net::SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = std::os::unix::ffi::OsStrExt::as_bytes(name).strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        return std::os::unix::net::SocketAddr::from_abstract_name(name);
    }
    std::os::unix::net::SocketAddr::from_pathname(name)
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Socket;

#[cfg(not(unix))]
impl Socket {
    fn open(_name: &OsStr) -> Option<Self> {
        None
    }

    fn send(&self, _lines: &str) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    use super::*;

    /// All that was said so far.
    fn heard(socket: &UnixDatagram) -> Vec<String> {
        socket.set_nonblocking(true).expect("does not wait");
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(n) = socket.recv(&mut buffer) {
            all.push(String::from_utf8(buffer[..n].to_vec()).expect("UTF-8"));
        }
        all
    }

    #[test]
    fn a_supervisor_hears_when_the_daemon_is_ready_alive_and_stopping() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let abstract_name = format!("pressrun-test-{}", std::process::id());
        let abstract_address = SocketAddr::from_abstract_name(&abstract_name).expect("a name");
        for (socket, name) in [
            (UnixDatagram::bind(&path).expect("bound"), path.as_os_str().to_owned()),
            (UnixDatagram::bind_addr(&abstract_address).expect("bound"), format!("@{abstract_name}").into()),
        ] {
            let supervisor = Supervisor::new(Some(&name), Some(Duration::from_secs(60)));
            supervisor.ready("3 digests\nnext at 07:00");
            supervisor.alive("publishing");
            supervisor.status("resting");
            supervisor.stopping();
            assert_eq!(
                heard(&socket),
                [
                    "READY=1\nSTATUS=3 digests next at 07:00",
                    "WATCHDOG=1",
                    "STATUS=resting",
                    "STOPPING=1\nSTATUS=bringing the letters in hand to their end"
                ]
            );
        }
    }

    #[test]
    fn the_watchdog_hears_nothing_while_one_stage_hangs_however_the_others_work() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        let supervisor = Supervisor::new(Some(path.as_os_str()), Some(Duration::from_secs(60)));
        let start = Instant::now();
        let at = |second: u64| start + Duration::from_secs(second);
        for second in (0..=50).step_by(5) {
            supervisor.alive_at("publishing", at(second));
            supervisor.alive_at("gathering", at(second));
        }
        assert_eq!(heard(&socket), ["WATCHDOG=1"; 2], "at 0 and at 30, not at each word");
        for second in (55..=300).step_by(5) {
            supervisor.alive_at("gathering", at(second));
        }
        assert_eq!(heard(&socket), ["WATCHDOG=1"; 2], "at 60 and at 90; publishing has hung since 50");
        supervisor.alive_at("publishing", at(301));
        assert_eq!(heard(&socket), ["WATCHDOG=1"]);
        supervisor.stopping();
        supervisor.alive_at("gathering", at(500));
        let last = heard(&socket);
        assert_eq!(
            last.last().map(String::as_str),
            Some("WATCHDOG=1"),
            "stages that come to their ends are not waited for"
        );
    }

    #[test]
    fn without_a_supervisor_and_with_one_that_has_gone_all_goes_on() {
        let gone = Supervisor::new(Some(OsStr::new("/nowhere/notify")), Some(Duration::from_secs(1)));
        let none = Supervisor::new(None, None);
        for supervisor in [gone, none] {
            supervisor.ready("ready");
            supervisor.alive("publishing");
            supervisor.stopping();
        }
    }
}
