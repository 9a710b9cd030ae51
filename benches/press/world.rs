//! What every case stands on: a feed, a folder with readers, one `pressrun send`, and what this machine is.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use crate::common::{Run, pressrun, readers, run};
use crate::figures::{commas, median};

/// How many readers a case has that says nothing else.
pub(crate) const READERS: usize = 20_000;
/// How many connections every case has, ours and theirs.
pub(crate) const CONNECTIONS: usize = 8;

/// What the cases share.
pub(crate) struct World {
    feed: u16,
    /// How often each case is measured.
    pub(crate) rounds: usize,
}

/// What differs between the folders of the cases.
pub(crate) struct Desk<'a> {
    /// How many readers.
    pub(crate) readers: usize,
    /// The port of the relay.
    pub(crate) relay: u16,
    /// More of config.toml: `[store]`, `[dkim.…]`.
    pub(crate) more: &'a str,
}

impl World {
    pub(crate) fn new() -> Self {
        let rounds = number("PRESS_ROUNDS").unwrap_or(5).max(1);
        Self { feed: serve(feed()), rounds }
    }

    /// One line about the machine and the letters.
    pub(crate) fn description(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
        let model = model.trim_start_matches([' ', '\t', ':']);
        let desk = self.desk(&Desk { readers: 1, relay: 9, more: "" });
        format!(
            "{cores} cores{}{model}; letters of {} bytes, {CONNECTIONS} connections, medians of {} rounds in turns",
            if model.is_empty() { "" } else { " of " },
            commas(letter(desk.path(), "eml").len() as f64),
            self.rounds
        )
    }

    /// A folder with config.toml and so many readers in its store.
    pub(crate) fn desk(&self, desk: &Desk<'_>) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let Desk { readers: n, relay, more } = desk;
        let config = format!(
            "[collect]\nallow_hosts = [\"127.0.0.1\"]\n[sources.news]\nurl = \"http://127.0.0.1:{}/\"\n\
             [deliver]\ncarrier = \"smtp\"\n[relay]\nhost = \"127.0.0.1\"\nport = {relay}\nsecurity = \"plain\"\n\
             connections = {CONNECTIONS}\n[lists.readers]\ntitle = \"Readers\"\n[digests.morning]\n\
             title = \"Morning\"\nfrom = \"news@tide.example\"\npostal_address = \"1 Quay Street\"\n\
             lists = [\"readers\"]\n{more}",
            self.feed
        );
        std::fs::write(folder.path().join("config.toml"), config).expect("a file");
        readers(&folder.path().join("in.csv"), *n);
        run(&mut pressrun(folder.path(), &["subscribers", "import", "in.csv"]));
        folder
    }

    /// `pressrun send`, the whole command, in a fresh folder.
    pub(crate) fn send(&self, desk: &Desk<'_>) -> Run {
        send(self.desk(desk).path())
    }
}

/// `pressrun send`, the whole command, in a folder that is there.
pub(crate) fn send(folder: &Path) -> Run {
    run(&mut pressrun(folder, &["send", "morning"]))
}

/// A letter as `preview` shows it, which consumes nothing: `eml`, `html` or `text`.
pub(crate) fn letter(folder: &Path, format: &str) -> Vec<u8> {
    let shown = pressrun(folder, &["preview", "--format", format]).output().expect("runs");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    shown.stdout
}

/// The milliseconds of a flush to this disk, the middle one of some; a ledger waits for one after the other.
pub(crate) fn flush_ms() -> f64 {
    let mut file = tempfile::tempfile().expect("a file");
    let flushes = (0..51).map(|_| {
        file.write_all(&[0; 4096]).expect("writes");
        let start = Instant::now();
        file.sync_data().expect("flushes");
        start.elapsed().as_secs_f64() * 1e3
    });
    median(&flushes.collect::<Vec<_>>())
}

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<usize> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text}, and should be a number")))
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port()
}

/// True if a program can be started.
pub(crate) fn is_here(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// True if we are root, whom some programs want to be somebody else.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Fifteen articles that make a letter of about 30 KB.
fn feed() -> String {
    let items: String = (0..15)
        .map(|i| {
            let summary = "The tide came in over the old quay, and with it the first boats of the season; \
                the harbour master counted forty before breakfast.";
            format!(
                "<item><title>Story number {i}: what the harbour master saw this morning</title>\
                 <link>https://news.example/story-{i}</link><guid>{i}</guid><author>Ann Lee</author>\
                 <description>{summary}</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>News</title>{items}</channel></rss>")
}

/// Serves the feed for as long as the bench lives.
fn serve(feed: String) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", feed.len());
            let _ = stream.write_all((head + &feed).as_bytes());
        }
    });
    port
}
