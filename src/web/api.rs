//! The same as JSON, for forms of the publisher's own: `POST /api/subscribe`.
//!
//! Scripts of other sites may ask if the configuration names them (`web.origins`); no cookie means anything here.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::Desk;
use super::posted::{Posted, known_origin};
use super::subscribing::Taken;
use super::visit::{Visit, handler};
use crate::render::{Dubious, Flaw};
use crate::store::StoreError;

/// Where it is.
pub(super) const PATH: &str = "/api/subscribe";

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route(PATH, post(subscribe).options(preflight))
}

handler! {
    /// Takes a sign-up.
    subscribe, |desk, visit| desk.take_json(&visit)
}

/// Tells a browser whether a script of another site may ask.
async fn preflight(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let allow = [(header::ALLOW, HeaderValue::from_static("POST,OPTIONS"))];
    with_origin(&desk, &headers, (StatusCode::NO_CONTENT, allow).into_response())
}

impl Desk {
    async fn take_json(&self, visit: &Visit) -> Result<Response, StoreError> {
        let (status, body) = self.judged(visit).await?;
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (status, kind, body.to_string()).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
        }
        Ok(with_origin(self, &visit.headers, response))
    }

    async fn judged(&self, visit: &Visit) -> Result<(StatusCode, Value), StoreError> {
        let kind = visit.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        // A form of any site could post another type without being asked.
        let kind = kind.and_then(|kind| kind.split(';').next());
        if kind.map(str::trim) != Some("application/json") {
            let errors = vec![error("", "the content type is application/json")];
            return Ok((StatusCode::UNSUPPORTED_MEDIA_TYPE, json!({ "errors": errors })));
        }
        let posted = match Posted::json(&visit.body) {
            Ok(posted) => posted,
            Err(why) => {
                let why = format!(
                    "expected {{\"address\", \"lists\", \"name\", \"language\", \"wording\"}}: {why}"
                );
                return Ok((StatusCode::BAD_REQUEST, json!({ "errors": [error("", &why)] })));
            }
        };
        let unknown =
            posted.lists.iter().filter(|list| !self.public().any(|offer| offer.name.as_str() == *list));
        let unknown: Vec<Value> =
            unknown.take(8).map(|_| error("lists", "there is no such public list")).collect();
        let wanted = match posted.wanted(self) {
            Ok(wanted) if unknown.is_empty() => wanted,
            judged => {
                let flaws = judged.err().unwrap_or_default();
                let named = !unknown.is_empty();
                let flaws = flaws.into_iter().filter(|flaw| !named || *flaw != Flaw::ListMissing);
                let all: Vec<Value> = unknown.into_iter().take(1).chain(flaws.map(told)).collect();
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, json!({ "errors": all })));
            }
        };
        if matches!(self.admits(visit), Taken::Busy) {
            let errors = [error("", "too many sign-ups from this network; try again in an hour")];
            return Ok((StatusCode::TOO_MANY_REQUESTS, json!({ "errors": errors })));
        }
        let language = self.spoken(&posted, &visit.headers);
        let origin = known_origin(self, &visit.headers);
        let doubts = self.doubts(&wanted).await;
        self.write_down(visit, &posted, &wanted, (PATH, origin), &language).await?;
        let mut body = json!({ "status": "accepted" });
        match doubts {
            Some(Dubious::Likelier(other)) => body["did_you_mean"] = other.into(),
            Some(Dubious::NoMail(_)) => body["mail_arrives"] = false.into(),
            None => {}
        }
        Ok((StatusCode::ACCEPTED, body))
    }
}

fn error(field: &str, message: &str) -> Value {
    if field.is_empty() {
        json!({ "message": message })
    } else {
        json!({ "field": field, "message": message })
    }
}

fn told(flaw: Flaw) -> Value {
    match flaw {
        Flaw::AddressMissing => error("address", "an address is needed"),
        Flaw::AddressWrong => error("address", "expected a mail address such as name@example.org"),
        Flaw::ListMissing => error("lists", "at least one list is needed"),
    }
}

/// The Fetch standard's CORS protocol, without credentials.
fn with_origin(desk: &Desk, asked: &HeaderMap, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = known_origin(desk, asked).and_then(|origin| HeaderValue::from_str(origin).ok()) {
        let told: [(HeaderName, &'static str); 3] = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.extend(told.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
    response
}
