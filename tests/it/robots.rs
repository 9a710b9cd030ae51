//! Pages are read as robots.txt allows, wherever redirects lead, and why one is not read is said.

use std::time::Duration;

use pressrun::collect::{FetchError, FetchRules, Fetched, Fetcher};
use pressrun::model::Validators;

use crate::feed_server::{Answer, Request, Server, answer, redirect};

fn fetcher() -> Fetcher {
    let rules = FetchRules {
        user_agent: "Pressrun test".to_owned(),
        timeout: Duration::from_secs(20),
        max_bytes: 1_000_000,
        allow_hosts: vec!["127.0.0.1".to_owned()],
        per_host: 2,
    };
    Fetcher::new(rules).expect("a client")
}

fn plain(body: &str) -> Answer {
    answer("200 OK", &[("content-type", "text/plain")], body.as_bytes())
}

async fn page(server: &Server, path: &str) -> Result<Fetched, FetchError> {
    fetcher().page(&server.at(path), &server.url, &Validators::default()).await
}

fn asked(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|request| request.path).collect()
}

/// A server whose robots.txt is `robots` and whose other pages are what `pages` says.
async fn site(robots: &'static str, pages: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |request| if request.path == "/robots.txt" { plain(robots) } else { pages(request) })
        .await
}

#[tokio::test]
async fn a_redirect_leads_to_nothing_that_the_rules_forbid() {
    let closed = site("User-agent: *\nDisallow: /\n", |_| plain("closed")).await;
    let there = closed.at("/story").to_string();
    let open = site("User-agent: *\nDisallow: /secret\n", move |request| match request.path.as_str() {
        "/same" => redirect("302 Found", "/secret/1"),
        "/other" => redirect("301 Moved Permanently", &there),
        "/twice" => redirect("302 Found", "/other"),
        "/fine" => redirect("302 Found", "/page"),
        _ => plain("a page"),
    })
    .await;
    for (path, forbidden) in [("/same", "/secret/1"), ("/other", "/story"), ("/twice", "/story")] {
        let error = page(&open, path).await.expect_err(path);
        assert!(
            matches!(&error, FetchError::Disallowed { address } if address.ends_with(forbidden)),
            "{error}"
        );
    }
    assert!(page(&open, "/fine").await.is_ok());
    assert!(!asked(&open).contains(&"/secret/1".to_owned()));
    assert!(asked(&closed).iter().all(|path| path == "/robots.txt"), "{:?}", asked(&closed));
}

#[tokio::test]
async fn the_beginning_of_endless_rules_holds() {
    let server = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n";
            let rules = b"User-agent: *\nDisallow: /no\n";
            Answer::Endless([head.as_slice(), rules].concat(), b"# and so on\n".repeat(100))
        }
        _ => plain("a page"),
    })
    .await;
    assert!(page(&server, "/yes").await.is_ok());
    let error = page(&server, "/no").await.expect_err("is forbidden");
    assert!(matches!(error, FetchError::Disallowed { .. }), "{error}");
}

#[tokio::test]
async fn why_a_page_may_not_be_read_is_said() {
    for (robots, expected) in [
        ("200 OK", "a rule of the site's robots.txt"),
        ("503 Service Unavailable", "trouble of its own (status 503)"),
        ("302 Found", "redirects in a circle"),
    ] {
        let server = Server::start(move |request| match request.path.as_str() {
            "/robots.txt" => answer(robots, &[("location", "/robots.txt")], b"User-agent: *\nDisallow: /"),
            _ => plain("a page"),
        })
        .await;
        let error = page(&server, "/story").await.expect_err(robots).to_string();
        assert!(error.contains(expected) && error.contains("/story"), "{error}");
        assert_eq!(asked(&server), ["/robots.txt"]);
    }
    let none = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => answer("404 Not Found", &[], b"nothing"),
        _ => plain("a page"),
    })
    .await;
    assert!(page(&none, "/story").await.is_ok());
}
