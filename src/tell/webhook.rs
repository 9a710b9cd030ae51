//! The webhook: an address of the publisher's that takes what is told as JSON.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::WEBHOOK;
use crate::model::Bulletin;

/// For the whole exchange, from the name's lookup to the status.
const LIMIT: Duration = Duration::from_secs(10);
/// Says by HMAC-SHA-256 over the body that it is from whoever knows the secret.
const SIGNATURE: &str = "X-Pressrun-Signature";

/// Where and how the publisher's webhook is told; a clone is cheap, `Debug` shows the host alone.
#[derive(Clone)]
pub struct Webhook {
    client: Client,
    url: Url,
    key: Option<hmac::Key>,
}

/// Why a webhook did not take what it was told; no text here holds its address, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Its address is none of the web.
    #[error(
        "the address of the webhook is not understood: expected one that begins with https:// or http://"
    )]
    Address,
    /// The system's TLS roots or the user agent cannot be used.
    #[error("this machine cannot make HTTP requests: its TLS authorities cannot be read")]
    Client,
    /// The name is not known, or nobody listens.
    #[error("the webhook cannot be reached")]
    Unreachable,
    /// The exchange took too long.
    #[error("the webhook did not answer within {} seconds", LIMIT.as_secs())]
    Timeout,
    /// The exchange broke off.
    #[error("the connection to the webhook broke off")]
    Broken,
    /// It wants us elsewhere, where nobody has asked us to go.
    #[error("the webhook answered {0}, a redirect, and those are not followed: configure where it leads")]
    Redirect(u16),
    /// It answered something else than 2xx.
    #[error("the webhook answered {0}")]
    Refused(u16),
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.url.host_str().unwrap_or_default())
    }
}

impl Webhook {
    /// Prepares to tell the webhook at `url`, signed with the secret if there is one.
    pub fn new(
        url: &SecretString,
        secret: Option<&SecretString>,
        user_agent: &str,
    ) -> Result<Self, WebhookError> {
        let url = Url::parse(url.expose_secret()).map_err(|_| WebhookError::Address)?;
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(WebhookError::Address);
        }
        let client = Client::builder()
            .user_agent(user_agent)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(LIMIT)
            // It is called once in an hour.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| WebhookError::Client)?;
        let key = secret.map(|secret| hmac::Key::new(HMAC_SHA256, secret.expose_secret().as_bytes()));
        Ok(Self { client, url, key })
    }

    /// Makes one request with this body; the answer's own body is not read.
    pub async fn call(&self, body: &str) -> Result<(), WebhookError> {
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            request = request.header(SIGNATURE, signature(key, body));
        }
        // An error of the client would show the address.
        let answer = request.body(body.to_owned()).send().await.map_err(|error| {
            if error.is_timeout() {
                WebhookError::Timeout
            } else if error.is_connect() {
                WebhookError::Unreachable
            } else {
                WebhookError::Broken
            }
        })?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status @ 300..=399 => Err(WebhookError::Redirect(status)),
            status => Err(WebhookError::Refused(status)),
        }
    }
}

fn signature(key: &hmac::Key, body: &str) -> String {
    let tag = hmac::sign(key, body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// Returns the body of the request that tells a bulletin; `None` if it has nothing for a webhook, which is not told of
/// its own trouble.
#[must_use]
pub fn body(bulletin: &Bulletin) -> Option<String> {
    let notices: Vec<_> = bulletin.notices.iter().filter(|told| told.notice.key != WEBHOOK).collect();
    (!notices.is_empty())
        .then(|| serde_json::json!({ "notices": notices, "sent_at": bulletin.sent_at }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_anybody_can_check() {
        // RFC 4231 §4.3
        let key = hmac::Key::new(HMAC_SHA256, b"Jefe");
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature(&key, "what do ya want for nothing?"), expected);
    }

    #[test]
    fn nothing_that_is_shown_holds_the_address() {
        let secret = "https://hooks.example/services/T0/tellnobody".to_owned().into();
        let webhook = Webhook::new(&secret, None, "Pressrun/test").expect("a webhook");
        assert_eq!(format!("{webhook:?}"), "Webhook(hooks.example)");
        for wrong in ["hooks.example/tellnobody", "ftp://hooks.example/tellnobody", ""] {
            let error = Webhook::new(&wrong.to_owned().into(), None, "x").expect_err("no webhook");
            assert!(!format!("{error} {error:?}").contains("tellnobody"));
        }
    }
}
