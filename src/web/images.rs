//! Copies of pictures, to which letters lead: named by what is in them, so that whoever has one never asks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Desk;
use crate::render::Trouble;

/// No name of a copy is longer.
const LONGEST: usize = 40;
/// The bytes of copies that are kept at hand: when an edition goes out, many ask for the same few.
const KEPT: usize = 16 << 20;

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/images/{name}", get(image))
}

/// Copies at hand, each with its type.
#[derive(Default)]
pub(super) struct Images(Mutex<HashMap<String, (Bytes, &'static str)>>);

impl Images {
    fn get(&self, name: &str) -> Option<(Bytes, &'static str)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn keep(&self, name: &str, image: (Bytes, &'static str)) {
        let mut images = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: usize = images.values().map(|(bytes, _)| bytes.len()).sum();
        if bytes + image.0.len() > KEPT {
            images.clear();
        }
        images.insert(name.to_owned(), image);
    }
}

async fn image(
    State(desk): State<Arc<Desk>>,
    name: Result<Path<String>, PathRejection>,
    asked: HeaderMap,
) -> Response {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !plain || name.len() > LONGEST {
        return desk.trouble(StatusCode::NOT_FOUND, &Trouble::Missing, &asked);
    }
    let found = match desk.images.get(&name) {
        Some(found) => Some(found),
        None => match desk.store.copy(&name).await {
            Ok(Some(copy)) => {
                let image = (Bytes::from(copy.bytes), copy.kind.content_type());
                desk.images.keep(&name, image.clone());
                Some(image)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "a picture could not be read");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        },
    };
    let Some((bytes, kind)) = found else {
        return desk.trouble(StatusCode::NOT_FOUND, &Trouble::Missing, &asked);
    };
    let tag = HeaderValue::try_from(format!("\"{name}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let known = asked.get_all(header::IF_NONE_MATCH).iter().any(|value| value == tag || value == "*");
    let headers = [
        (header::ETAG, tag),
        // RFC 8246 §2: what is named by its digest never changes.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        // Mail programs in browsers are other sites.
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], bytes).into_response()
}
