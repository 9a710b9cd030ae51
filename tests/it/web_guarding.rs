//! What every request must pass and every answer carries: limits, headers, and an end of whatever goes wrong.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::web_site::{Answer, Pages, answer};

fn assert_guarded(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-robots-tag", "noindex, nofollow"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} in {}", answer.head);
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'"), "{}", answer.head);
    assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{policy}");
    let framed = policy.contains("frame-ancestors 'self'") && policy.contains("sandbox");
    assert!(framed || policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), Some(if framed { "SAMEORIGIN" } else { "DENY" }));
    assert_eq!(answer.header("set-cookie"), None);
    let id = answer.header("x-request-id").unwrap_or_default();
    assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id:?}");
}

#[tokio::test]
async fn every_answer_carries_its_guards() {
    let pages = Pages::new().await;
    let frame = format!("{}/edition", pages.approve());
    for (method, path, headers, status) in [
        ("GET", pages.approve(), "", 200),
        ("HEAD", pages.approve(), "", 200),
        ("OPTIONS", pages.approve(), "", 204),
        ("PUT", pages.approve(), "", 405),
        ("GET", frame.clone(), "", 200),
        ("POST", frame, "", 405),
        ("GET", "/nowhere".to_owned(), "X-Request-Id: chosen-by-anybody\r\n", 404),
        ("GET", "/approve".to_owned(), "", 404),
        ("GET", "/approve/".to_owned(), "", 404),
        ("GET", "/approve/0".to_owned(), "", 404),
        ("GET", "/static/../../etc/passwd".to_owned(), "", 404),
        ("POST", pages.approve(), "Content-Length: 65537\r\n", 413),
        ("POST", pages.approve(), "Content-Length: 0\r\n", 200),
    ] {
        let answer = pages.ask(method, &path, headers, b"").await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_guarded(&answer);
    }
}

#[tokio::test]
async fn the_style_sheet_of_a_page_is_the_one_that_its_policy_vouches_for() {
    use base64::Engine as _;
    let pages = Pages::new().await;
    let page = pages.get(&pages.approve()).await;
    let sheet = page.body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, sheet.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    assert!(!page.says(" style=\"") && page.body.matches("<style>").count() == 1);
}

#[tokio::test]
async fn ten_megabytes_are_refused_and_change_nothing() {
    let pages = Pages::new().await;
    let before = pages.record().await;
    let body = vec![b'a'; 10_000_000];
    let told = pages.ask("POST", &pages.approve(), "Content-Length: 10000000\r\n", &body).await;
    assert!([0, 413].contains(&told.status), "refused, or cut off: {}", told.head);
    let mut chunks = Vec::new();
    for chunk in body.chunks(50_000) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let untold = pages.ask("POST", &pages.approve(), "Transfer-Encoding: chunked\r\n", &chunks).await;
    assert!([0, 413].contains(&untold.status), "refused, or cut off: {}", untold.head);
    // Just over, and just under.
    let long = vec![b'a'; 64 * 1024 + 1];
    assert_eq!(pages.ask("POST", &pages.approve(), "Content-Length: 65537\r\n", &long).await.status, 413);
    assert_eq!(pages.record().await, before);
    assert_eq!(
        pages.ask("POST", &pages.approve(), "Content-Length: 65536\r\n", &long[1..]).await.status,
        200
    );
}

#[tokio::test]
async fn who_sends_a_head_without_end_is_let_go() {
    let pages = Pages::impatient().await;
    let mut slow = pages.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\n").await.unwrap();
    let mut silent = pages.connect().await;
    let mut all = Vec::new();
    let _ = slow.read_to_end(&mut all).await;
    let _ = silent.read_to_end(&mut all).await;
    assert!(!String::from_utf8_lossy(&all).contains(" 200 "));
    assert_eq!(pages.get(&pages.approve()).await.status, 200, "others are served");
}

#[tokio::test]
async fn who_sends_a_body_without_end_is_told_so_and_changes_nothing() {
    let pages = Pages::impatient().await;
    let before = pages.record().await;
    let mut slow = pages.connect().await;
    let head =
        format!("POST {} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\na", pages.approve());
    slow.write_all(head.as_bytes()).await.unwrap();
    let told = answer(slow).await;
    assert_eq!((told.status, told.header("connection")), (408, Some("close")), "{}", told.head);
    assert_guarded(&told);
    assert_eq!(pages.record().await, before);
}

#[tokio::test]
async fn a_fault_of_the_program_is_told_by_a_number_and_nothing_else() {
    let mut pages = Pages::new().await;
    // The pages look at the clock when they are made.
    let (clock, looks) = (pages.world.clock(), std::sync::atomic::AtomicU32::new(0));
    let once = move || {
        assert_eq!(looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed), 0, "the secret of the house");
        clock.now()
    };
    pages.serve(Box::new(once)).await;
    let told = pages.get(&pages.approve()).await;
    assert_eq!(told.status, 500);
    assert_guarded(&told);
    assert!(told.says(told.header("x-request-id").unwrap()) && !told.says("secret"), "{}", told.body);
    assert_eq!(pages.get("/nowhere").await.status, 404, "the server is none the worse");
}

#[tokio::test]
async fn a_stop_answers_what_is_in_hand_and_lets_nobody_in() {
    let mut pages = Pages::new().await;
    let (mut begun, mut idle) = (pages.connect().await, pages.connect().await);
    let head = format!("POST {} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\n", pages.approve());
    begun.write_all(head.as_bytes()).await.unwrap();
    // Once another is answered, the first one is in hand.
    assert_eq!(pages.get("/nowhere").await.status, 404);
    let stopped = pages.stop();
    let mut nothing = Vec::new();
    let _ = idle.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty(), "who asks for nothing is let go");
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", pages.port)).await.is_err());
    begun.write_all(b"a=b").await.unwrap();
    assert_eq!(answer(begun).await.status, 200);
    stopped.await.unwrap();
    assert!(pages.record().await.ask.unwrap().approved_at.is_some());
}

/// A path of our own, spoilt or not, or anybody's.
fn path(token: String) -> impl Strategy<Value = String> {
    let verb = prop_oneof![
        Just("approve"),
        Just("cancel"),
        Just("unsubscribe"),
        Just("morning"),
        Just(""),
        Just("APPROVE")
    ];
    let token = prop_oneof![
        Just(token),
        "[0-9a-f]{32}",
        "[0-9a-f]{40}",
        "2026-03-0[0-9]T0[0-9]{5}Z",
        "[0-9a-f]{0,40}",
        "([!-~]|%[0-9a-fA-F]{2}|%){0,60}"
    ];
    let tail = prop_oneof![
        Just(String::new()),
        Just("/edition".to_owned()),
        "/(all|undo|reason|feed\\.xml)",
        "[?/#][!-~]{0,30}"
    ];
    prop_oneof![
        (verb, token, tail).prop_map(|(verb, token, tail)| format!("/{verb}/{token}{tail}")),
        "/[!-~]{0,80}",
        Just("*".to_owned()),
        "https?://[a-z]{1,9}\\.example/[a-z]{0,9}",
    ]
}

#[test]
fn no_request_makes_the_pages_fail_or_change_what_is_stored() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let pages = runtime.block_on(Pages::new());
    let before = runtime.block_on(pages.record());
    // POST acts on the true token, as it should; what it may do is told elsewhere.
    let method = prop_oneof![
        Just("GET"),
        Just("HEAD"),
        Just("OPTIONS"),
        Just("PUT"),
        Just("TRACE"),
        Just("X-Y"),
        Just("POST"),
        Just("CONNECT")
    ];
    let header = prop_oneof![
        Just(String::new()),
        "[A-Za-z-]{1,20}: [ -~]{0,60}\r\n",
        Just("Content-Type: multipart/form-data; boundary=\r\n".to_owned()),
        Just("X-Forwarded-For: ,,[::]:9, \"\r\n".to_owned()),
        Just("Accept-Language: *;q=, ;;;q=1e999, en-\r\n".to_owned()),
    ];
    let body = proptest::collection::vec(any::<u8>(), 0..2_000);
    let requests = (method, path(pages.token.clone()), header, body);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let run = runner.run(&requests, |(method, path, header, body)| {
        prop_assume!(!(method == "POST" && path.contains(&pages.token)));
        let length = format!("{header}Content-Length: {}\r\n", body.len());
        let answer = runtime.block_on(pages.ask(method, &path, &length, &body));
        prop_assert!((200..500).contains(&answer.status), "{method} {path} {header:?}: {}", answer.head);
        prop_assert!(runtime.block_on(pages.record()) == before);
        Ok(())
    });
    run.unwrap();
}
