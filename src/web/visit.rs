//! Visits: what came with a request, and handlers that answer it.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Extension, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::guard::RequestId;
use super::{Desk, client};
use crate::render::Trouble;

/// What came with a request: who asks, what for, and in which languages to answer.
pub(super) struct Visit {
    /// Under which the log has more.
    pub(super) id: String,
    peer: Option<SocketAddr>,
    /// The token of the path, if it has the form of one.
    pub(super) token: Option<String>,
    /// Whether `sample` stands in its place, as in test copies.
    pub(super) sample: bool,
    /// What the browser says of itself.
    pub(super) headers: HeaderMap,
    /// The body, whole.
    pub(super) body: Bytes,
}

impl Visit {
    pub(super) fn new(
        id: Option<Extension<RequestId>>,
        peer: Option<Extension<ConnectInfo<SocketAddr>>>,
        token: Result<Path<String>, PathRejection>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let token = token.ok().map(|Path(token)| token);
        Self {
            id: id.map(|Extension(RequestId(id))| id).unwrap_or_default(),
            peer: peer.map(|Extension(ConnectInfo(peer))| peer),
            sample: token.as_deref() == Some("sample"),
            token: token.filter(|token| is_token(token)),
            headers,
            body,
        }
    }

    /// A visit of which no more is known than what the browser says of itself.
    pub(super) fn of(headers: HeaderMap) -> Self {
        Self { id: String::new(), peer: None, token: None, sample: false, headers, body: Bytes::new() }
    }

    /// The address of whoever asks.
    pub(super) fn ip(&self, proxies: usize) -> Option<IpAddr> {
        client::address(self.peer.map(|peer| peer.ip()), &self.headers, proxies)
    }

    /// The same, in words.
    pub(super) fn client(&self, proxies: usize) -> String {
        self.ip(proxies).map_or_else(|| "unknown".to_owned(), |ip| ip.to_string())
    }
}

/// 32 hexadecimal digits, or 40 with those of its second, as the store makes them.
pub(super) fn is_token(text: &str) -> bool {
    [32, 40].contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Declares a handler that collects what came with the request and answers its visit.
macro_rules! handler {
    ($(#[$about:meta])* $name:ident, |$desk:ident, $visit:ident| $answer:expr) => {
        $(#[$about])*
        async fn $name(
            axum::extract::State($desk): axum::extract::State<std::sync::Arc<$crate::web::Desk>>,
            id: Option<axum::extract::Extension<$crate::web::guard::RequestId>>,
            peer: Option<axum::extract::Extension<axum::extract::ConnectInfo<std::net::SocketAddr>>>,
            token: Result<axum::extract::Path<String>, axum::extract::rejection::PathRejection>,
            headers: axum::http::HeaderMap,
            body: axum::body::Bytes,
        ) -> axum::response::Response {
            let $visit = $crate::web::visit::Visit::new(id, peer, token, headers, body);
            let answered = $answer.await;
            answered.unwrap_or_else(|error| $crate::web::visit::failed(&$desk, &$visit, &error))
        }
    };
}
pub(super) use handler;

/// A page that says that something went wrong here; the log has more.
pub(super) fn failed(desk: &Desk, visit: &Visit, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(request.id = visit.id, %error, "a page could not be made");
    let trouble = Trouble::Failed { id: visit.id.clone() };
    desk.trouble(StatusCode::INTERNAL_SERVER_ERROR, &trouble, &visit.headers)
}

impl Desk {
    /// The one answer to every token that opens nothing.
    pub(super) fn unknown(&self, visit: &Visit) -> Response {
        self.trouble(StatusCode::NOT_FOUND, &Trouble::Unknown, &visit.headers)
    }
}
