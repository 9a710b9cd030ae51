//! How quick the preview is: from its start to the first page, from a change on the disk to the new page, and how much
//! memory a thousand of them take.
//!
//! ```sh
//! cargo bench --bench preview
//! ```

#[expect(dead_code, reason = "other benches use more of it")]
mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How often it is drawn anew.
const TIMES: usize = 1_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    prepare(folder.path());
    let mut starts = Vec::new();
    for _ in 0..5 {
        let (started, mut preview) = (Instant::now(), Preview::start(folder.path()));
        let page = get(preview.port, "/");
        assert!(page.contains("iframe"), "no letter in {page}");
        starts.push(started.elapsed());
        preview.end();
    }
    tell("start to first page, warm store (goal: 300 ms)", &mut starts);

    let mut preview = Preview::start(folder.path());
    let mut drawn = Vec::new();
    let mut early = 0.0;
    for minute in 0..TIMES {
        // Another clock is another edition: composed, rendered, taken apart and looked through.
        let path =
            format!("/?now=2026-03-{:02}T{:02}:{:02}:00Z", 2 + minute / 1_440, minute / 60 % 24, minute % 60);
        let from = Instant::now();
        let page = get(preview.port, &path);
        drawn.push(from.elapsed());
        assert!(page.contains("iframe"));
        if minute == TIMES / 10 {
            early = preview.resident();
        }
    }
    tell("drawn anew, 20 articles, with lint and page (goal: 20 ms)", &mut drawn);
    println!("memory: {early:.1} MB after {}, {:.1} MB after {TIMES}", TIMES / 10, preview.resident());

    let config = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&config).expect("reads");
    let mut changes = Vec::new();
    for number in 0..30 {
        let title = format!("Number {number}");
        let mut events = ask(preview.port, "/live");
        wait(&mut events);
        let from = Instant::now();
        std::fs::write(&config, text.replace("title = \"Morning\"", &format!("title = \"{title}\"")))
            .expect("writes");
        wait(&mut events);
        assert!(get(preview.port, "/part/html").contains(&title));
        changes.push(from.elapsed());
    }
    tell("change on the disk to the new letter in hand (goal: 100 ms)", &mut changes);
    preview.end();
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{what}: median {:.1} ms, worst {:.1} ms",
        median.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3
    );
}

struct Preview {
    child: Child,
    port: u16,
}

impl Preview {
    fn start(folder: &Path) -> Self {
        let mut command = common::pressrun(folder, &["preview", "morning", "--no-open"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        let mut told = BufReader::new(child.stderr.take().expect("piped"));
        told.read_line(&mut line).expect("tells its address");
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        let port = line.split("127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()?.parse().ok());
        Self { child, port: port.expect("a port") }
    }

    /// Megabytes in memory.
    fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0 / 1e6
    }

    fn end(&mut self) {
        self.child.kill().expect("ends");
        self.child.wait().expect("ends");
    }
}

/// A folder with a digest whose source has brought twenty articles.
fn prepare(folder: &Path) {
    let items: String = (0..20)
        .map(|n| {
            format!(
                "<item><title>Story number {n} of the harbour</title><link>https://news.example/{n}</link><guid>{n}</guid>\
                 <pubDate>Mon, 02 Mar 2026 0{}:00:00 GMT</pubDate>\
                 <description>What happened along the coast since yesterday, told in two sentences. And a second one.\
                 </description><enclosure url=\"https://news.example/{n}.jpg\" type=\"image/jpeg\" length=\"1\"/></item>",
                n % 10
            )
        })
        .collect();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>{items}</channel></rss>"
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = [0; 2_048];
            let _ = stream.read(&mut head);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{feed}",
                feed.len()
            );
        }
    });
    let config = format!(
        "[collect]\nallow_hosts = [\"127.0.0.1\"]\n[sources.news]\nurl = \"http://127.0.0.1:{port}/\"\n\
         [lists.readers]\ntitle = \"Readers\"\n[digests.morning]\ntitle = \"Morning\"\nfrom = \"news@tide.example\"\n\
         postal_address = \"1 Quay Street\"\nlists = [\"readers\"]\n"
    );
    std::fs::write(folder.join("config.toml"), config).expect("writes");
    common::run(&mut common::pressrun(folder, &["collect"]));
}

fn ask(port: u16, path: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
        .expect("asks");
    BufReader::new(stream)
}

fn get(port: u16, path: &str) -> String {
    let mut answer = Vec::new();
    ask(port, path).read_to_end(&mut answer).expect("answers");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads up to the next event.
fn wait(events: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    while !line.starts_with("data:") {
        line.clear();
        assert!(events.read_line(&mut line).expect("reads") > 0, "the events end");
    }
}
