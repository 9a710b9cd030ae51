//! Fetching is conditional, polite and bounded, and never reaches inside.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pressrun::collect::{Document, FetchError, FetchRules, Fetched, Fetcher};
use pressrun::model::Validators;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use url::Url;

use crate::feed_server::{Answer, Server, answer, ok, redirect};

fn rules() -> FetchRules {
    FetchRules {
        user_agent: "Pressrun test".to_owned(),
        timeout: Duration::from_secs(20),
        max_bytes: 1_000_000,
        allow_hosts: vec!["127.0.0.1".to_owned()],
        per_host: 2,
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(rules()).expect("a client")
}

async fn fetch(url: &Url) -> Result<Fetched, FetchError> {
    fetcher().fetch(url, &Validators::default()).await
}

async fn document(url: &Url) -> Document {
    match fetch(url).await.expect("fetches") {
        Fetched::Body(document) => document,
        unchanged @ Fetched::Unchanged { .. } => panic!("{unchanged:?}"),
    }
}

#[tokio::test]
async fn a_document_comes_with_all_that_is_needed_to_read_it_and_to_ask_again() {
    let server = Server::start(|_| {
        answer(
            "200 OK",
            &[("content-type", "text/xml"), ("etag", "\"a\""), ("last-modified", "yesterday")],
            b"<rss/>",
        )
    })
    .await;
    let document = document(&server.url).await;
    assert_eq!((document.bytes.as_slice(), &document.url), (b"<rss/>".as_slice(), &server.url));
    assert_eq!((document.content_type.as_deref(), document.moved_to), (Some("text/xml"), None));
    assert_eq!(document.validators.etag.as_deref(), Some("\"a\""));
    assert_eq!(server.asked()[0].headers["user-agent"], "Pressrun test");
}

#[tokio::test]
async fn validators_are_sent_back_as_they_came_and_304_brings_no_document() {
    let server = Server::start(|request| {
        let known = request.headers.get("if-none-match").is_some_and(|tag| tag == "W/\"x y\"");
        if known && request.headers["if-modified-since"] == "Thu, 01 Jan 2004 19:48:21 GMT" {
            answer("304 Not Modified", &[("etag", "W/\"new\"")], b"")
        } else {
            ok(b"<rss/>")
        }
    })
    .await;
    let modified = Some("Thu, 01 Jan 2004 19:48:21 GMT".to_owned());
    let known = Validators { etag: Some("W/\"x y\"".to_owned()), last_modified: modified.clone() };
    let fetched = fetcher().fetch(&server.url, &known).await.expect("fetches");
    let validators = Validators { etag: Some("W/\"new\"".to_owned()), last_modified: modified };
    assert_eq!(
        fetched,
        Fetched::Unchanged { validators, moved_to: None, retry_after: None, fresh_for: None }
    );
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_no_success() {
    let server = Server::start(|_| answer("304 Not Modified", &[], b"")).await;
    assert!(matches!(fetch(&server.url).await, Err(FetchError::Unexpected { status: 304, .. })));
}

#[tokio::test]
async fn only_the_permanent_beginning_of_a_way_is_remembered() {
    let server = Server::start(|request| match request.path.as_str() {
        "/all" => redirect("301 Moved Permanently", "/all2"),
        "/all2" => redirect("308 Permanent Redirect", "/end#part"),
        "/mixed" => redirect("301 Moved Permanently", "/mixed2"),
        "/mixed2" => redirect("302 Found", "/mixed3"),
        "/mixed3" => redirect("301 Moved Permanently", "/end"),
        "/detour" => redirect("307 Temporary Redirect", "/all"),
        _ => ok(b"<rss/>"),
    })
    .await;
    for (from, moved_to) in
        [("/all", Some("/end")), ("/mixed", Some("/mixed2")), ("/detour", None), ("/end", None)]
    {
        let document = document(&server.at(from)).await;
        assert_eq!(document.url, server.at("/end"), "{from}");
        assert_eq!(document.moved_to, moved_to.map(|to| server.at(to)), "{from}");
    }
}

#[tokio::test]
async fn redirects_in_a_circle_without_end_or_to_nowhere_are_told_apart() {
    let server = Server::start(|request| {
        let path = request.path.as_str();
        match path {
            "/circle" => redirect("302 Found", "/circle2"),
            "/circle2" => redirect("302 Found", "/circle"),
            "/nowhere" => answer("302 Found", &[], b""),
            "/scheme" => redirect("302 Found", "file:///etc/passwd"),
            _ => redirect("302 Found", &format!("{path}x")),
        }
    })
    .await;
    assert!(matches!(fetch(&server.at("/circle")).await, Err(FetchError::RedirectLoop { .. })));
    assert!(matches!(fetch(&server.at("/long")).await, Err(FetchError::TooManyRedirects { .. })));
    assert!(matches!(fetch(&server.at("/nowhere")).await, Err(FetchError::BadRedirect { status: 302, .. })));
    assert!(matches!(fetch(&server.at("/scheme")).await, Err(FetchError::NotTheWeb { .. })));
}

#[tokio::test]
async fn every_refusal_is_a_sentence_of_its_own() {
    let server = Server::start(|request| match request.path.trim_start_matches('/') {
        "429" => answer("429 Too Many Requests", &[("retry-after", "120")], b""),
        "503" => answer(
            "503 Service Unavailable",
            &[("date", "Thu, 01 Jan 2026 10:00:00 GMT"), ("retry-after", "Thu, 01 Jan 2026 10:30:00 GMT")],
            b"",
        ),
        "503x" => answer("503 Service Unavailable", &[("retry-after", "soon")], b""),
        "204" => answer("204 No Content", &[], b""),
        "200" => ok(b""),
        status => answer(&format!("{status} x"), &[], b"x"),
    })
    .await;
    for (path, part, wait, gone) in [
        ("401", "wants a login", None, false),
        ("403", "forbidden", None, false),
        ("404", "nothing at", None, false),
        ("410", "gone for good", None, true),
        ("429", "asks to wait 120 s", Some(120), false),
        ("500", "trouble of its own (status 500)", None, false),
        ("503", "asks to wait 1800 s", Some(1800), false),
        ("503x", "status 503", None, false),
        ("204", "empty document", None, false),
        ("200", "empty document", None, false),
        ("418", "status 418", None, false),
    ] {
        let error = fetch(&server.at(&format!("/{path}?key=secret"))).await.err();
        let error = match error {
            Some(error) => error,
            None => fetch(&server.at(path)).await.expect_err(path),
        };
        let sentence = error.to_string();
        let error = fetch(&server.at(path)).await.expect_err(path);
        assert!(error.to_string().contains(part), "{path}: {error}");
        assert!(!sentence.contains("secret"), "{sentence}");
        assert_eq!((error.retry_after().map(|w| w.as_secs()), error.gone()), (wait, gone), "{path}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("fits");
    encoder.finish().expect("fits")
}

#[tokio::test]
async fn a_packed_document_is_unpacked_and_a_bomb_is_stopped_at_the_limit() {
    let (small, bomb) = (gzip(b"<rss/>"), gzip(&vec![b' '; 20_000_000]));
    assert!(bomb.len() < 100_000, "the bomb is small on the wire");
    let server = Server::start(move |request| {
        let body = if request.path == "/bomb" { &bomb } else { &small };
        answer("200 OK", &[("content-encoding", "gzip")], body)
    })
    .await;
    assert_eq!(document(&server.at("/small")).await.bytes, b"<rss/>");
    assert!(matches!(fetch(&server.at("/bomb")).await, Err(FetchError::TooLarge { limit: 1_000_000, .. })));
    assert!(server.asked()[0].headers["accept-encoding"].contains("br"));
}

#[tokio::test]
async fn a_body_without_end_is_stopped_at_the_limit() {
    let server = Server::start(|request| match request.path.as_str() {
        "/announced" => Answer::Stalled(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\nx".to_vec()),
        _ => Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 65_536]),
    })
    .await;
    assert!(matches!(fetch(&server.at("/endless")).await, Err(FetchError::TooLarge { .. })));
    assert!(matches!(fetch(&server.at("/announced")).await, Err(FetchError::TooLarge { .. })));
}

#[tokio::test]
async fn a_server_that_dawdles_anywhere_is_left_at_the_time_limit() {
    let server = Server::start(|request| match request.path.as_str() {
        "/head" => Answer::Stalled(b"HTTP/1.1 200 OK\r\nx-drip: ".to_vec()),
        "/body" => Answer::Stalled(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<rss>".to_vec()),
        _ => Answer::Stalled(Vec::new()),
    })
    .await;
    let fetcher =
        Fetcher::new(FetchRules { timeout: Duration::from_millis(150), ..rules() }).expect("a client");
    for path in ["/silent", "/head", "/body"] {
        let error = fetcher.fetch(&server.at(path), &Validators::default()).await.expect_err(path);
        assert!(matches!(error, FetchError::Timeout { .. }), "{path}: {error}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_not_taken_for_a_document() {
    let server = Server::start(|request| match request.path.as_str() {
        "/short" => Answer::Whole(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<rss>".to_vec()),
        "/gzip" => answer("200 OK", &[("content-encoding", "gzip")], b"no gzip"),
        _ => Answer::Whole(b"SSH-2.0-OpenSSH\r\n".to_vec()),
    })
    .await;
    for path in ["/short", "/gzip", "/ssh"] {
        let error = fetch(&server.at(path)).await.expect_err(path);
        assert!(matches!(error, FetchError::Broken { .. }), "{path}: {error}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_nobody_has_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let closed = Url::parse(&format!("http://{address}/")).expect("parses");
    let error = fetch(&closed).await.expect_err("is closed");
    assert!(matches!(error, FetchError::NoConnection { .. }), "{error}");
    let unknown = Url::parse("http://nobody.invalid/").expect("parses");
    let error = fetch(&unknown).await.expect_err("is unknown");
    assert!(matches!(error, FetchError::NoSuchHost { .. }), "{error}");
}

#[tokio::test]
async fn plain_http_on_a_secure_port_is_told_as_a_fault_of_the_secure_connection() {
    let server = Server::start(|_| ok(b"<rss/>")).await;
    let mut url = server.url.clone();
    url.set_scheme("https").expect("may be set");
    let raw = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    url.set_port(Some(raw.local_addr().expect("an address").port())).expect("may be set");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = raw.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = fetch(&url).await.expect_err("is no TLS");
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_private_address_is_refused_at_once_and_after_a_redirect() {
    let server = Server::start(|request| match request.path.as_str() {
        "/metadata" => redirect("301 Moved Permanently", "http://169.254.169.254/latest/meta-data/"),
        "/odd" => redirect("302 Found", "http://0x7f.1:9/"),
        "/six" => redirect("302 Found", "http://[::ffff:10.0.0.1]/"),
        "/name" => redirect("302 Found", "http://localhost:9/"),
        _ => ok(b"<rss/>"),
    })
    .await;
    let strict = Fetcher::new(FetchRules { allow_hosts: Vec::new(), ..rules() }).expect("a client");
    let error = strict.fetch(&server.url, &Validators::default()).await.expect_err("is private");
    assert!(matches!(error, FetchError::PrivateAddress { .. }), "{error}");
    assert!(server.asked().is_empty());
    // 0x7f.1 is 127.0.0.1, which is allowed here; nobody listens at its port 9.
    for (path, private) in [("/metadata", true), ("/odd", false), ("/six", true), ("/name", true)] {
        let error = fetch(&server.at(path)).await.expect_err(path);
        assert_eq!(matches!(error, FetchError::PrivateAddress { .. }), private, "{path}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_the_web_is_not_fetched() {
    for address in
        ["file:///etc/passwd", "ftp://example.org/feed", "data:text/xml,<rss/>", "gopher://example.org/"]
    {
        let error = fetch(&Url::parse(address).expect("parses")).await.expect_err(address);
        assert!(matches!(error, FetchError::NotTheWeb { .. }), "{error}");
    }
}

#[tokio::test]
async fn one_host_is_never_asked_more_at_once_than_the_rules_say() {
    let server = Server::start(|_| ok(b"<rss/>")).await;
    let fetcher = Fetcher::new(FetchRules { per_host: 1, ..rules() }).expect("a client");
    let fetches = (0..12).map(|n| {
        let (fetcher, url) = (fetcher.clone(), server.at(&format!("/{n}")));
        tokio::spawn(async move { fetcher.fetch(&url, &Validators::default()).await })
    });
    for fetch in fetches.collect::<Vec<_>>() {
        fetch.await.expect("runs").expect("fetches");
    }
    assert_eq!((server.asked().len(), server.most_at_once.load(Ordering::SeqCst)), (12, 1));
}
