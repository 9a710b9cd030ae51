//! What the promises of the preview share: the real program that serves it, and a browser before it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::browser::{Browser, Screen, Tab};
use crate::cli::Folder;
use crate::world::{Newsroom, rss};

/// A running preview; it ends with this.
pub(crate) struct Preview {
    child: Child,
    pub(crate) port: u16,
}

impl Preview {
    /// Starts `pressrun preview` in a folder, and waits until it has told its address.
    pub(crate) fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
        command.arg("preview").args(args).arg("--no-open").current_dir(folder.0.path()).env_clear();
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let port = line.split("http://127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next());
        let Some(port) = port.and_then(|port| port.parse().ok()) else {
            let mut rest = String::new();
            let _ = child.kill();
            told.read_to_string(&mut rest).unwrap();
            panic!("it tells no address: {line}{rest}");
        };
        // What it says later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Self { child, port }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The whole answer to a request with these headers.
    pub(crate) async fn ask(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let length = body.len();
        let request = format!("{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The whole answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}", self.port), "").await
    }

    /// A browser that looks at the page.
    pub(crate) async fn tab(&self, browser: &Browser, path: &str) -> Tab {
        let mut tab = browser.tab(&Screen { width: 1_600, ..Screen::desktop() }).await;
        tab.resize(1_600, 950).await;
        assert_eq!(tab.open(&self.url(path)).await, 200);
        tab.until("document.querySelector('#live') && !document.querySelector('#live').hidden").await;
        tab
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of the letter in its first frame, once that is there.
pub(crate) const LETTER: &str =
    "document.querySelector('iframe:not(.coming)')?.contentDocument?.body?.innerText";

/// An expression that is true when the letter holds some words, or does not.
pub(crate) fn says(words: &str, so: bool) -> String {
    format!("({LETTER} ?? '').includes('{words}') === {so} && ({LETTER} ?? '').length > 20")
}

/// A folder of a publisher with two digests of one newsroom, and the articles collected.
pub(crate) async fn publisher(titles: &[&str]) -> (Folder, Newsroom) {
    let newsroom = Newsroom::open().await;
    newsroom.publish("news", rss(titles));
    let folder = Folder::new();
    folder.write("config.toml", &configuration(&newsroom.url("news")));
    (folder, newsroom)
}

pub(crate) fn configuration(feed: &str) -> String {
    format!(
        r#"[collect]
allow_hosts = ["127.0.0.1"]

[sources.news]
url = "{feed}"

[lists.readers]
title = "Readers"

[digests.morning]
title = "Morning"
from = "Morning <news@tide.example>"
postal_address = "1 Quay Street"
lists = ["readers"]
theme = "theme"

[[digests.morning.sections]]
title = "Top"
sources = ["news"]
limit = 2

[[digests.morning.sections]]
title = "More"
sources = ["news"]
limit = 20

[digests.weekly]
title = "The Week"
from = "Week <week@tide.example>"
postal_address = "1 Quay Street"
lists = ["readers"]
"#
    )
}
