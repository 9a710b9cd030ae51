//! The inbox page: letters for this machine's own browser, and for no page of somebody else.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// An inbox on loopback with one letter in it.
struct Inbox {
    port: u16,
    _folder: TempDir,
}

impl Inbox {
    async fn with(letter: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1-ann.eml"), letter).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = pressrun::web::inbox(folder.path().to_owned());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, _folder: folder }
    }

    /// The whole answer to a request whose Host header is `host`.
    async fn ask(&self, host: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

fn letter(body: &str) -> String {
    format!(
        "From: News <news@tide.example>\r\nTo: ann@a.example\r\nSubject: The harbour opens\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
}

#[tokio::test]
async fn a_host_name_of_somebody_else_that_leads_here_reads_no_letter() {
    let inbox = Inbox::with(&letter("a secret")).await;
    for path in ["/", "/letters/1-ann.eml/text", "/letters/1-ann.eml/source"] {
        let answer = inbox.ask("evil.example", path).await;
        assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("ann"), "{answer}");
    }
    for host in ["127.0.0.1", "localhost:8025", "gazette.localhost"] {
        let answer = inbox.ask(host, "/").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("The harbour opens"), "{answer}");
        assert!(inbox.ask(host, "/letters/1-ann.eml/text").await.contains("a secret"));
    }
}

#[tokio::test]
async fn a_letter_of_megabytes_is_listed_with_its_subject_and_its_true_size() {
    let inbox = Inbox::with(&letter(&"a line of the letter\r\n".repeat(100_000))).await;
    let answer = inbox.ask("localhost", "/?panel=sizes").await;
    assert!(answer.contains("The harbour opens") && answer.contains("2200.1 KB"), "{answer}");
    assert!(inbox.ask("localhost", "/letters/1-ann.eml/text").await.len() > 2_000_000);
}
