//! What only a resolver of our own can show: a name that changes its address between two questions.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;

use super::*;

fn rules() -> FetchRules {
    FetchRules {
        user_agent: "Pressrun test".to_owned(),
        timeout: Duration::from_millis(400),
        max_bytes: 1000,
        allow_hosts: Vec::new(),
        per_host: 1,
    }
}

/// A fetcher whose resolver gives the addresses in turn, the last one for ever, and counts its questions.
fn rebinding(answers: Vec<Vec<IpAddr>>) -> (Fetcher, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let answer = answers[turn].clone();
        Box::pin(async move { Ok(answer) })
    });
    (Fetcher::with_lookup(rules(), lookup).expect("a client"), asked)
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_what_was_checked_is_what_is_dialled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url =
        Url::parse(&format!("http://rebind.example:{}/", listener.local_addr().expect("is bound").port()));
    let url = url.expect("parses");
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    // TEST-NET is refused as well, so a public address that answers nobody here stands for the good one.
    let public = IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9));

    let (fetcher, _) = rebinding(vec![vec![loopback]]);
    let error = fetcher.fetch(&url, &Validators::default()).await.expect_err("is private");
    assert!(matches!(error, FetchError::PrivateAddress { .. }), "{error}");

    let (fetcher, asked) = rebinding(vec![vec![public], vec![loopback]]);
    let error = fetcher.fetch(&url, &Validators::default()).await.expect_err("nobody answers");
    assert!(matches!(error, FetchError::Timeout { .. } | FetchError::NoConnection { .. }), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    let (fetcher, _) = rebinding(vec![vec![loopback, public]]);
    let error = fetcher.fetch(&url, &Validators::default()).await.expect_err("nobody answers");
    assert!(matches!(error, FetchError::Timeout { .. } | FetchError::NoConnection { .. }), "{error}");

    let reached = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(reached.is_none(), "the private address was dialled");
}

#[tokio::test]
async fn the_redirect_of_a_stranger_does_not_reach_an_allowed_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("is bound").port();
    let url = |host: &str| Url::parse(&format!("http://{host}:{port}/")).expect("parses");
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) }));
    let allow_hosts = vec!["wiki.lan".to_owned(), "127.0.0.1".to_owned()];
    let fetcher = Fetcher::with_lookup(FetchRules { allow_hosts, ..rules() }, lookup).expect("a client");
    let allowed = &fetcher.0.allowed;
    for host in ["wiki.lan", "127.0.0.1"] {
        let mut way = Way::begin(&url("news.example"), allowed);
        way.go(&url(host), allowed);
        let asked = match fetcher.admit(&url(host), &way) {
            Ok(()) => fetcher.request(&url(host), &Validators::default(), &way).await.map(|_| ()),
            refused => refused,
        };
        let error = asked.expect_err("is private");
        assert!(matches!(error, FetchError::PrivateAddress { .. }), "{host}: {error}");
    }
    let reached = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(reached.is_none(), "the private address was dialled");
    let error = fetcher.fetch(&url("wiki.lan"), &Validators::default()).await.expect_err("nobody answers");
    assert!(matches!(error, FetchError::Timeout { .. }), "its own source is let in: {error}");
}

#[tokio::test]
async fn the_link_of_a_stranger_does_not_reach_an_allowed_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("is bound").port();
    let url = |host: &str| Url::parse(&format!("http://{host}:{port}/admin/secret-1")).expect("parses");
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) }));
    let allow_hosts = vec!["wiki.lan".to_owned(), "127.0.0.1".to_owned()];
    let fetcher = Fetcher::with_lookup(FetchRules { allow_hosts, ..rules() }, lookup).expect("a client");
    for host in ["wiki.lan", "127.0.0.1", "2130706433"] {
        let error = fetcher.page(&url(host), &url("news.example"), &Validators::default()).await;
        let error = error.expect_err("is private");
        assert!(matches!(error, FetchError::PrivateAddress { .. }), "{host}: {error}");
        let said = error.to_string();
        assert!(said.contains("news.example leads there") && !said.contains("name "), "{said}");
    }
    let reached = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(reached.is_none(), "the private address was dialled");
    // Nor did the stranger spoil it for the source that lives there, whose robots.txt is asked for now.
    let error = fetcher.page(&url("wiki.lan"), &url("wiki.lan"), &Validators::default()).await;
    let error = error.expect_err("nobody answers");
    assert!(matches!(error, FetchError::NoRules { .. }), "{error}");
    assert!(futures_util::FutureExt::now_or_never(listener.accept()).is_some(), "its own source is let in");
}

#[test]
fn retry_after_is_measured_by_the_clock_of_the_server() {
    let wait = |pairs: &[(HeaderName, &'static str)]| {
        let headers =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        retry_after(&headers).map(|wait| wait.as_secs())
    };
    assert_eq!(wait(&[(RETRY_AFTER, "60")]), Some(60));
    assert_eq!(wait(&[(RETRY_AFTER, "Thu, 01 Jan 2026 10:00:30 GMT")]), Some(3600));
    let date = (DATE, "Thu, 01 Jan 2026 10:00:00 GMT");
    assert_eq!(wait(&[date.clone(), (RETRY_AFTER, "Thu, 01 Jan 2026 10:00:30 GMT")]), Some(30));
    assert_eq!(wait(&[date, (RETRY_AFTER, "Thu, 01 Jan 2026 09:00:00 GMT")]), Some(0));
    assert_eq!(wait(&[(RETRY_AFTER, "99999999999999")]), Some(31 * 24 * 3600));
    assert_eq!(wait(&[(RETRY_AFTER, "-1")]), None);
    assert_eq!(wait(&[]), None);
}
