//! Pushes: where hubs make sure of what they were asked for, and where they send what is new (`WebSub`).
//!
//! The one GET that changes something is the hub's question whether we meant what we asked for: it says yes to that and
//! to nothing else. What is sent counts only if it is signed with the secret that the hub was given; it is kept for the
//! stage that reads it.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use url::form_urlencoded;

use super::Desk;
use super::guard::RequestId;
use super::visit::{Visit, failed, is_token};
use crate::store::StoreError;

/// Where hubs push to: a path, up to the token.
pub const PLACE: &str = "/push/";
/// A longer document is not taken; how long one may be is for the stage that reads it to say.
const LONGEST_PUSH: usize = 10_000_000;
/// What a hub that names no lease will do.
const LEASE: TimeDelta = TimeDelta::days(10);
/// A longer challenge or reason is none.
const LONGEST: usize = 2_000;
const SIGNATURE: &str = "x-hub-signature";

/// The places of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/push/{token}", get(verify).post(receive))
}

/// What a hub asks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    /// Do you want this topic pushed for so long?
    Subscribe(TimeDelta),
    /// Do you want it pushed no more?
    Unsubscribe,
    /// You will not get it, for this reason.
    Denied(String),
}

/// Reads a query (`WebSub` §5.2, §5.3): the question, its topic, and what is to be echoed.
fn question(query: &str) -> Option<(Question, String, String)> {
    let get = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let topic = get("hub.topic")?;
    let challenge = get("hub.challenge").filter(|text| !text.is_empty() && text.len() <= LONGEST);
    let question = match get("hub.mode")?.as_str() {
        "subscribe" => {
            let seconds = get("hub.lease_seconds").and_then(|text| text.trim().parse::<i64>().ok());
            let lease = seconds.filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds);
            Question::Subscribe(lease.unwrap_or(LEASE))
        }
        "unsubscribe" => Question::Unsubscribe,
        "denied" => {
            let reason = get("hub.reason").unwrap_or_default();
            let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
            return Some((Question::Denied(reason), topic, String::new()));
        }
        _ => return None,
    };
    Some((question, topic, challenge?))
}

/// `WebSub` §7.1: true if a header signs a body with a secret; compared in constant time.
fn signs(header: &str, secret: &str, body: &[u8]) -> bool {
    let Some((method, signature)) = header.trim().split_once('=') else { return false };
    let algorithm = match method.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let Some(signature) = bytes(signature) else { return false };
    hmac::verify(&hmac::Key::new(algorithm, secret.as_bytes()), body, &signature).is_ok()
}

/// Reads hexadecimal digits, as many as the longest signature has at most.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2) && digits.len() <= 128)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

async fn verify(
    State(desk): State<Arc<Desk>>,
    method: Method,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let visit = Visit::of(headers);
    let asked = question(&query.unwrap_or_default()).filter(|_| method == Method::GET && is_token(&token));
    let Some((question, topic, challenge)) = asked else { return desk.unknown(&visit) };
    match desk.meant(&token, question, &topic).await {
        Ok(true) => {
            // WebSub §5.3: the challenge and nothing else; never as anything that a browser would run.
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
            (StatusCode::OK, kind, challenge).into_response()
        }
        Ok(false) => desk.unknown(&visit),
        Err(error) => failed(&desk, &visit, &error),
    }
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    Path(token): Path<String>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = id.map(|Extension(RequestId(id))| id).unwrap_or_default();
    let taken = desk.take_push(&token, &headers, &body, &id).await;
    let visit = Visit::of(headers);
    match taken {
        Ok(Some(status)) => status.into_response(),
        Ok(None) => desk.unknown(&visit),
        Err(error) => failed(&desk, &visit, &error),
    }
}

impl Desk {
    /// How long the body of a request to this path may be: a hub that we asked sends documents.
    pub(super) async fn longest_body(&self, path: &str, usual: usize) -> usize {
        let Some(token) = path.strip_prefix(PLACE).filter(|token| is_token(token)) else { return usual };
        match self.store.hub(token).await {
            Ok(Some(_)) => LONGEST_PUSH.max(usual),
            Ok(None) | Err(_) => usual,
        }
    }

    /// True if that is what the hub was asked for.
    async fn meant(&self, token: &str, question: Question, topic: &str) -> Result<bool, StoreError> {
        let now = (self.now)();
        match question {
            Question::Subscribe(lease) => self.store.verify_hub(token, topic, lease, now).await,
            Question::Unsubscribe => self.store.leave_hub(token, topic).await,
            Question::Denied(reason) => self.store.deny_hub(token, topic, &reason, now).await,
        }
    }

    /// Keeps what was sent, if its hub has signed it; `None` if nobody was asked to send anything there.
    async fn take_push(
        &self,
        token: &str,
        headers: &HeaderMap,
        body: &[u8],
        id: &str,
    ) -> Result<Option<StatusCode>, StoreError> {
        if !is_token(token) {
            return Ok(None);
        }
        let Some(hub) = self.store.hub(token).await? else { return Ok(None) };
        if hub.leaving {
            // WebSub §7: the hub may take that for the end of the matter.
            return Ok(Some(StatusCode::GONE));
        }
        let mut signatures = headers.get_all(SIGNATURE).iter().filter_map(|value| value.to_str().ok());
        if !signatures.any(|signature| signs(signature, &hub.secret, body)) {
            // WebSub §7.1: whoever that was learns nothing from the answer.
            tracing::warn!(
                request.id = id,
                source.id = hub.source.0,
                "what was pushed is not signed by its hub"
            );
            return Ok(Some(StatusCode::ACCEPTED));
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.filter(|kind| kind.len() <= 200);
        self.store.put_push((hub.id, hub.source), kind, body, (self.now)()).await?;
        Ok(Some(StatusCode::ACCEPTED))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const METHODS: [(&str, hmac::Algorithm); 4] = [
        ("sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        ("sha256", hmac::HMAC_SHA256),
        ("sha384", hmac::HMAC_SHA384),
        ("sha512", hmac::HMAC_SHA512),
    ];

    #[test]
    fn a_question_is_read_with_all_that_belongs_to_it() {
        let days = TimeDelta::days;
        for (query, expected) in [
            (
                "hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2F%3Fb%26c&hub.challenge=x+y&hub.lease_seconds=86400",
                Some((Question::Subscribe(days(1)), "https://a.example/?b&c", "x y")),
            ),
            (
                "hub.challenge=c&hub.topic=t&hub.mode=subscribe",
                Some((Question::Subscribe(days(10)), "t", "c")),
            ),
            (
                "hub.mode=subscribe&hub.topic=t&hub.challenge=c&hub.lease_seconds=-4",
                Some((Question::Subscribe(days(10)), "t", "c")),
            ),
            ("hub.mode=unsubscribe&hub.topic=t&hub.challenge=c", Some((Question::Unsubscribe, "t", "c"))),
            (
                "hub.mode=denied&hub.topic=t&hub.reason=no%0Await",
                Some((Question::Denied("nowait".to_owned()), "t", "")),
            ),
            ("hub.mode=denied&hub.topic=t", Some((Question::Denied(String::new()), "t", ""))),
            ("hub.mode=subscribe&hub.topic=t", None),
            ("hub.mode=subscribe&hub.challenge=c", None),
            ("hub.mode=publish&hub.topic=t&hub.challenge=c", None),
            ("", None),
        ] {
            let expected =
                expected.map(|(question, topic, echo)| (question, topic.to_owned(), echo.to_owned()));
            assert_eq!(question(query), expected, "{query}");
        }
        assert_eq!(
            question(&format!("hub.mode=subscribe&hub.topic=t&hub.challenge={}", "c".repeat(3_000))),
            None
        );
    }

    proptest! {
        #[test]
        fn any_query_is_a_question_or_is_none(query in "[a-z.=&%+0-9-]{0,60}") {
            for mode in ["subscribe", "unsubscribe", "denied", ""] {
                let query = format!("hub.mode={mode}&hub.topic=t&{query}");
                if let Some((Question::Subscribe(lease), _, _)) = question(&query) {
                    prop_assert!(lease > TimeDelta::zero());
                }
            }
        }

        #[test]
        fn what_was_sent_comes_back_whole(topic in "\\PC{0,40}", challenge in "\\PC{1,40}", lease in 1_i64..9_999_999) {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("hub.mode", "subscribe")
                .append_pair("hub.topic", &topic)
                .append_pair("hub.challenge", &challenge)
                .append_pair("hub.lease_seconds", &lease.to_string())
                .finish();
            prop_assert_eq!(question(&query), Some((Question::Subscribe(TimeDelta::seconds(lease)), topic, challenge)));
        }

        #[test]
        fn a_body_is_signed_by_its_secret_alone(body in prop::collection::vec(any::<u8>(), 0..200), secret in "[0-9a-f]{32}", other in "[0-9a-f]{32}", method in 0..4_usize, at in 0..20_usize) {
            let (word, algorithm) = METHODS[method];
            let signature = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), &body);
            let header = format!("{word}={}", hex(signature.as_ref()));
            prop_assert!(signs(&header, &secret, &body));
            prop_assert!(signs(&header.to_uppercase(), &secret, &body));
            prop_assert!(secret == other || !signs(&header, &other, &body));
            let longer = [body.as_slice(), b" "].concat();
            prop_assert!(!signs(&header, &secret, &longer));
            let mut wrong = signature.as_ref().to_vec();
            wrong[at] ^= 1;
            let (wrong, short) = (format!("{word}={}", hex(&wrong)), format!("{word}={}", hex(&wrong[..at])));
            prop_assert!(!signs(&wrong, &secret, &body) && !signs(&short, &secret, &body));
        }

        #[test]
        fn any_header_is_a_signature_or_is_none(header in "(sha(1|256|384|512|3)=)?\\PC{0,140}", body in prop::collection::vec(any::<u8>(), 0..20)) {
            prop_assert!(!signs(&header, "secret", &body));
        }
    }
}
