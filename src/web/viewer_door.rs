//! The door of the viewer: who may ask at all, whose forms may act, and what every answer carries.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// What an answer carries unless whoever made it says otherwise.
const DEFAULTS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Who may come in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    /// Whether others than this machine may; then by a bare address alone, which no foreign name can be made to lead to.
    pub(super) open: bool,
}

/// Lets a request in if it asks for this machine by one of its own names, and to act only if it comes from a page of ours.
pub(super) async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !(is_of_this_machine(host) || (door.open && is_address(host))) {
        return trouble(StatusCode::FORBIDDEN, "this is shown to this machine only, as http://127.0.0.1");
    }
    if *request.method() == Method::POST && !is_from_here(headers, host) {
        return trouble(StatusCode::FORBIDDEN, "only a page of this program may ask for that");
    }
    let mut response = next.run(request).await;
    for (name, value) in DEFAULTS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// True if a browser says that one of our pages asks, or no browser asks; the token in the form says so as well.
fn is_from_here(headers: &HeaderMap, host: &str) -> bool {
    let said = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("null"));
    let site = said(&HeaderName::from_static("sec-fetch-site"));
    let origin = said(&header::ORIGIN);
    site.is_none_or(|site| site == "same-origin")
        && origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|origin| origin == host))
}

/// True for a loopback address, `localhost` and the names below it (RFC 6761 §6.3), with a port or without.
fn is_of_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    literal(&host).is_some_and(|address| address.is_loopback())
        || host == "localhost"
        || host.ends_with(".localhost")
}

fn is_address(host: &str) -> bool {
    host.parse::<Authority>().is_ok_and(|authority| literal(authority.host()).is_some())
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// A sentence instead of a page.
pub(super) fn trouble(status: StatusCode, sentence: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{sentence}\n")).into_response()
}

/// 128 random bits; without randomness nothing can be posted.
pub(super) fn token() -> String {
    let mut bytes = [0; 16];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => format!("{:032x}", u128::from_be_bytes(bytes)),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let ours = ["127.0.0.1:8025", "localhost", "LOCALHOST.:80", "gazette.localhost:8025", "[::1]:8025"];
        assert!(ours.iter().all(|host| is_of_this_machine(host)));
        let others = [
            "",
            "evil.example:8025",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "evil.example@",
            "0.0.0.0",
        ];
        for host in others {
            assert!(!is_of_this_machine(host), "{host}");
        }
    }

    #[test]
    fn a_form_of_another_site_is_not_of_here() {
        let asks = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_from_here(&pairs.collect(), "127.0.0.1:8025")
        };
        assert!(asks(&[]) && asks(&[("origin", "http://127.0.0.1:8025"), ("sec-fetch-site", "same-origin")]));
        for origin in ["http://127.0.0.1:9999", "https://evil.example", "null", "http://localhost:8025"] {
            assert!(!asks(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "none"] {
            assert!(!asks(&[("sec-fetch-site", site)]), "{site}");
        }
    }
}
