//! Packed answers: smaller, the same, and only to whoever takes them.

use std::io::Read as _;

use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::web_letters::{delivered, way_out};
use crate::web_site::Pages;

/// The head of the answer, and its body as it came.
async fn packed(pages: &Pages, method: &str, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = pages.connect().await;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let at = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(all[..at].to_vec()).unwrap().to_lowercase(), all[at + 4..].to_vec())
}

#[tokio::test]
async fn a_page_goes_out_packed_to_whoever_takes_that_and_is_the_same() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, "ann@sea.example");
    for path in [out.as_str(), "/morning/", "/morning/2026-03-02T070000Z", "/nowhere"] {
        let plain = pages.get(path).await;
        assert_eq!(plain.header("content-encoding"), None);
        assert!(plain.head.to_lowercase().contains("vary: accept-encoding"), "{path}: {}", plain.head);
        let (head, body) = packed(&pages, "GET", path, "Accept-Encoding: br, gzip\r\n").await;
        assert!(head.contains("content-encoding: gzip") && body.len() < plain.body.len(), "{path}: {head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{path}: {head}");
        let mut unpacked = String::new();
        GzDecoder::new(body.as_slice()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body, "{path}");
    }
    let (head, _) = packed(&pages, "POST", &out, "Accept-Encoding: gzip\r\n").await;
    assert!(head.starts_with("http/1.1 200") && head.contains("content-encoding: gzip"), "{head}");
}

#[tokio::test]
async fn what_is_short_or_known_already_is_not_packed() {
    let pages = delivered("en", &[]).await;
    let tag = pages.get("/morning/").await.header("etag").unwrap().to_owned();
    for (method, path, headers) in [
        ("OPTIONS", "/morning/", String::new()),
        ("GET", "/morning/feed.xml", String::new()),
        ("GET", "/morning", String::new()),
        ("GET", "/morning/", format!("If-None-Match: {tag}\r\n")),
    ] {
        let (head, body) = packed(&pages, method, path, &format!("Accept-Encoding: gzip\r\n{headers}")).await;
        assert!(!head.contains("content-encoding") && body.len() < 1_024, "{method} {path}: {head}");
    }
}
