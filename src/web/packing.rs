//! Packing: answers worth it go out as gzip (RFC 9110 §8.4.1.3) to whoever takes that.
//!
//! Nothing that somebody else can have chosen stands on a page beside a token, so how long a packed page is tells nobody
//! anything about the token.

use std::io::Write as _;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::FutureExt as _;

/// Shorter answers fit a packet or two as they are.
const WORTH_IT: u64 = 1_024;
/// Longer ones are not ours.
const LONGEST: u64 = 4 << 20;

/// Returns the answer, packed if whoever asks takes that and it has not been already.
pub(super) fn packed(mut response: Response, asked: &HeaderMap) -> Response {
    let length = response.body().size_hint().exact().unwrap_or_default();
    let headers = response.headers_mut();
    let other = headers.contains_key(header::CONTENT_ENCODING) || !is_text(headers);
    if other || !(WORTH_IT..=LONGEST).contains(&length) {
        return response;
    }
    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if response.status() == StatusCode::PARTIAL_CONTENT || !takes_gzip(asked) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // A body of known length is here already: nothing waits.
    let whole = axum::body::to_bytes(body, LONGEST as usize).now_or_never();
    let Some(Ok(whole)) = whole else {
        return Response::from_parts(head, Body::empty());
    };
    let Some(small) = gzip(&whole) else { return Response::from_parts(head, Body::from(whole)) };
    head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(small))
}

/// Packs bytes; also for pages that are made once and sent often.
pub(super) fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(4));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/")
        || kind.starts_with("application/atom+xml")
        || kind.starts_with("application/json")
}

/// Whether the client names gzip, or anything, and not with a weight of nothing (RFC 9110 §12.5.3).
pub(super) fn takes_gzip(asked: &HeaderMap) -> bool {
    let told = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = None;
    for one in told.flat_map(|line| line.split(',')) {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0_f32), |q| q.trim().parse().ok());
        let taken = weight.is_some_and(|weight| weight > 0.0);
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return taken,
            "*" => any = Some(taken),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_to_whoever_takes_it() {
        for (told, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("x-gzip", true),
            ("", false),
            ("br", false),
            ("gzip;q=0, *", false),
            ("gzip;q=0.0", false),
            ("gzip;q=nonsense", false),
            ("identity, *;q=0", false),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(told));
            assert_eq!(takes_gzip(&asked), takes, "{told}");
        }
    }
}
