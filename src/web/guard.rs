//! The guard: what every request must pass, and what every answer carries.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::Instant as Moment;

use super::answer::Frameable;
use super::{Desk, packing};
use crate::render::Trouble;

/// No form of ours is longer.
const LONGEST_BODY: usize = 64 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an answer carries unless whoever made it says otherwise: a page is private, may load nothing, stands in no frame
/// and tells nobody where its links were.
const DEFAULTS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Under which the log has what happened to a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Lets a request in once all of it is here, and an answer out with its headers.
pub(super) async fn guard(State(desk): State<Arc<Desk>>, mut request: Request, next: Next) -> Response {
    let start = Moment::now();
    let (method, asked) = (request.method().clone(), request.headers().clone());
    // Not the path itself: what opens a page stands in it.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let id = request_id(&asked, desk.proxies);
    request.extensions_mut().insert(RequestId(id.clone()));
    let answered = AssertUnwindSafe(admitted(&desk, request, next)).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| {
        tracing::error!(request.id = id, route, "a page panicked, which is a fault of this program");
        desk.trouble(StatusCode::INTERNAL_SERVER_ERROR, &Trouble::Failed { id: id.clone() }, &asked)
    });
    let response = packing::packed(finished(&desk, response, &method, &asked, &id), &asked);
    let (status, duration_ms) = (response.status().as_u16(), start.elapsed().as_millis() as u64);
    tracing::debug!(request.id = id, %method, route, status, duration_ms, "answered");
    response
}

/// Answers a request whose body has come whole and is not too long.
async fn admitted(desk: &Desk, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(head, Body::empty())).await;
    }
    let longest = desk.longest_body(head.uri.path(), LONGEST_BODY).await;
    let status = match tokio::time::timeout(desk.patience, whole(body, longest)).await {
        Ok(Ok(body)) => return next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(status)) => status,
        Err(_) => StatusCode::REQUEST_TIMEOUT,
    };
    let mut refused = desk.trouble(status, &Trouble::Refused, &head.headers);
    // The rest of the body is not read, so no request can follow it.
    refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    refused
}

async fn whole(body: Body, longest: usize) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > longest as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (mut all, mut parts) = (Vec::new(), body.into_data_stream());
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| StatusCode::BAD_REQUEST)?;
        if all.len() + part.len() > longest {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        all.extend_from_slice(&part);
    }
    Ok(all.into())
}

/// Makes a page of what the router refused, and writes the headers.
fn finished(desk: &Desk, response: Response, method: &Method, asked: &HeaderMap, id: &str) -> Response {
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut response = match response.status() {
        // RFC 9110 §9.3.7
        StatusCode::METHOD_NOT_ALLOWED if method == Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        status @ StatusCode::METHOD_NOT_ALLOWED => desk.trouble(status, &Trouble::Refused, asked),
        _ => response,
    };
    let frameable = response.extensions().get::<Frameable>().is_some();
    let headers = response.headers_mut();
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, allow);
    }
    for (name, value) in DEFAULTS {
        if frameable && (name == header::X_FRAME_OPTIONS || name.as_str() == "cross-origin-resource-policy") {
            continue;
        }
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The number that a proxy of ours has given the request, or a new one.
fn request_id(headers: &HeaderMap, proxies: usize) -> String {
    let fits = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let given = headers.get(REQUEST_ID).filter(|_| proxies > 0).and_then(|id| id.to_str().ok());
    given.filter(fits).map_or_else(new_id, str::to_owned)
}

fn new_id() -> String {
    let mut bytes = [0; 8];
    // It opens nothing: without randomness it is merely no help.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
