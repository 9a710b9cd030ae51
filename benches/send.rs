//! `pressrun send` of a 30 KB digest to 20,000 readers, ledger on, into Postfix's `smtp-sink` over loopback with 8
//! connections, beside Postfix's own `smtp-source -s 8 -d -l 30000` into the same sink, in turns.
//!
//! `cargo bench --bench send` (needs smtp-sink and smtp-source of Postfix)

mod common;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{pressrun, readers, run};

const READERS: usize = 20_000;
const ROUNDS: usize = 5;

/// A sink that is killed with the bench.
struct Sink {
    process: Child,
    port: u16,
}

impl Sink {
    fn open() -> Self {
        let port = free_port();
        let process = Command::new(postfix_tool("smtp-sink"))
            .args(["-u", "nobody", "-c", &format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .spawn()
            .expect("smtp-sink of Postfix is not here: install the package postfix");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
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

fn postfix_tool(name: &str) -> String {
    let usual = format!("/usr/sbin/{name}");
    if Path::new(&usual).exists() { usual } else { name.to_owned() }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port()
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
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", feed.len());
            let _ = stream.write_all((head + &feed).as_bytes());
        }
    });
    port
}

fn configuration(feed: u16, sink: u16) -> String {
    format!(
        "[collect]\nallow_hosts = [\"127.0.0.1\"]\n[sources.news]\nurl = \"http://127.0.0.1:{feed}/\"\n\
         [deliver]\ncarrier = \"smtp\"\n[relay]\nhost = \"127.0.0.1\"\nport = {sink}\nsecurity = \"plain\"\n\
         connections = 8\n[lists.readers]\ntitle = \"Readers\"\n[digests.morning]\ntitle = \"Morning\"\n\
         from = \"news@tide.example\"\npostal_address = \"1 Quay Street\"\nlists = [\"readers\"]\n"
    )
}

/// A folder with readers and articles in its store, and the size of a letter in bytes.
fn prepare(feed: u16, sink: u16) -> (tempfile::TempDir, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("config.toml"), configuration(feed, sink)).expect("a file");
    readers(&folder.path().join("in.csv"), READERS);
    run(&mut pressrun(folder.path(), &["subscribers", "import", "in.csv"]));
    let letter = pressrun(folder.path(), &["preview", "--format", "eml"]).output().expect("runs").stdout;
    (folder, letter.len())
}

/// The middle one of an odd number of figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let feed = serve(feed());
    let (mut ours, mut theirs, mut peaks, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let sink = Sink::open();
        let (folder, bytes) = prepare(feed, sink.port);
        size = bytes;
        let end = run(&mut pressrun(folder.path(), &["send", "morning"]));
        ours.push(READERS as f64 / end.took.as_secs_f64());
        peaks.push(end.peak_mb);
        let to = format!("127.0.0.1:{}", sink.port);
        let count = READERS.to_string();
        let mut peer = Command::new(postfix_tool("smtp-source"));
        peer.args([
            "-s",
            "8",
            "-d",
            "-l",
            "30000",
            "-m",
            &count,
            "-f",
            "a@tide.example",
            "-t",
            "b@mail.example",
            &to,
        ]);
        theirs.push(READERS as f64 / run(&mut peer).took.as_secs_f64());
    }
    let (ours, theirs, peak) = (median(ours), median(theirs), median(peaks));
    println!(
        "a letter has {size} bytes; {READERS} letters, 8 connections, medians of {ROUNDS} rounds in turns"
    );
    println!("pressrun send (whole command, ledger on): {ours:>8.0} letters/s, peak {peak:.0} MB");
    println!("smtp-source -s 8 -d -l 30000:             {theirs:>8.0} letters/s");
    println!("ratio: {:.2}", ours / theirs);
}
