//! The inbox page: letters for this machine's own browser, and for no page of somebody else.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// An inbox on loopback with one letter in it.
struct Inbox {
    port: u16,
    folder: TempDir,
}

impl Inbox {
    async fn with(letter: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1-ann.eml"), letter).unwrap();
        let router = pressrun::web::inbox(folder.path().to_owned());
        Self::serving(router, folder).await
    }

    async fn serving(router: axum::Router, folder: TempDir) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, folder }
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

#[tokio::test]
async fn any_file_that_ends_in_eml_is_a_letter_and_is_counted() {
    let inbox = Inbox::with(&letter("a secret")).await;
    for name in ["with space.eml", "ümlaut.eml", "UPPER.EML", "a+b%20c.eml", "12:30.eml"] {
        std::fs::write(inbox.folder.path().join(name), letter(&format!("words of {name}"))).unwrap();
    }
    let nobody = "Date: Mon, 2 Mar 2026 06:30:09 +0000\r\nFrom: a@a.example\r\n\r\nhello\r\n";
    std::fs::write(inbox.folder.path().join("nobody.eml"), nobody).unwrap();
    std::fs::write(inbox.folder.path().join("empty.eml"), "").unwrap();
    let list = inbox.ask("localhost", "/").await;
    assert!(list.contains("8 letters · times in UTC"), "{list}");
    assert!(list.contains("<strong dir=\"auto\">nobody.eml</strong>"), "{list}");
    assert!(list.contains("2 Mar, 06:30:09") && list.contains("cannot be read"), "{list}");
    for (name, path) in [
        ("with space.eml", "with%20space.eml"),
        ("ümlaut.eml", "%C3%BCmlaut.eml"),
        ("UPPER.EML", "UPPER.EML"),
        ("a+b%20c.eml", "a%2Bb%2520c.eml"),
    ] {
        let chosen = inbox.ask("localhost", &format!("/?letter={path}")).await;
        assert!(
            chosen.contains(&format!("src=\"/letters/{path}/")) || chosen.contains("has no HTML"),
            "{chosen}"
        );
        let text = inbox.ask("localhost", &format!("/letters/{path}/text")).await;
        assert!(text.contains(&format!("words of {name}")), "{name}: {text}");
    }
    assert!(inbox.ask("localhost", "/letters/..%2F1-ann.eml/text").await.starts_with("HTTP/1.1 404 "));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_plain_file_is_not_opened_and_what_is_huge_is_not_read() {
    let inbox = Inbox::with(&letter("a secret")).await;
    let pipe = inbox.folder.path().join("pipe.eml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/etc/passwd", inbox.folder.path().join("link.eml")).unwrap();
    let huge = std::fs::File::create(inbox.folder.path().join("huge.eml")).unwrap();
    huge.set_len(26 * 1024 * 1024).unwrap();
    let list = inbox.ask("localhost", "/?letter=1-ann.eml").await;
    assert!(list.contains("2 letters ·") && list.contains("The harbour opens"), "{list}");
    for name in ["pipe.eml", "link.eml"] {
        assert!(
            inbox.ask("localhost", &format!("/letters/{name}/source")).await.starts_with("HTTP/1.1 404 ")
        );
    }
    let told = inbox.ask("localhost", "/?letter=huge.eml").await;
    assert!(told.contains("huge.eml has 26 MB; a letter of more than 25 MB is not shown"), "{told}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_yet_is_an_empty_inbox_and_its_address_needs_no_slash() {
    let folder = tempfile::tempdir().unwrap();
    let router = pressrun::web::inbox_at(folder.path().join("outbox"), "/inbox", Some(""), false);
    let inbox = Inbox::serving(router, folder).await;
    let page = inbox.ask("localhost", "/inbox/").await;
    assert!(
        page.starts_with("HTTP/1.1 200 ") && page.contains("No letter lies in the outbox yet."),
        "{page}"
    );
    let door = inbox.ask("localhost", "/inbox").await;
    assert!(door.starts_with("HTTP/1.1 307 ") && door.contains("location: /inbox/"), "{door}");
}
