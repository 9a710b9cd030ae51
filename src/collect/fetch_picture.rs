//! Asking for a picture: its first bytes, or all of it where that is not too much.

use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, RANGE};
use reqwest::{Response, StatusCode};
use url::Url;

use super::{FetchError, Fetcher, MOST_REDIRECTS, host, is_redirect, retry_after, shown, target, text};
use crate::collect::guard::Way;
use crate::collect::measure::{Glance, HEAD, LONG_HEAD, glance};

/// A picture is one of many, and worth no longer wait, redirect by redirect.
const PATIENCE: Duration = Duration::from_secs(8);
/// Kinds that every mail program shows come first, for servers that choose.
const PICTURES: &str = "image/jpeg, image/png, image/gif, image/webp;q=0.9, image/avif;q=0.8, image/*;q=0.5";

/// The bytes of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBytes {
    /// As many as were wanted, or all.
    pub bytes: Vec<u8>,
    /// True if that is all of it.
    pub whole: bool,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
}

impl Fetcher {
    /// Looks at a picture of an article whose source is at `home`: its first 64 KB, and up to 512 KB of those few that
    /// tell their size so late. What a server sends beyond is not read.
    ///
    /// The same addresses are refused as if the source had redirected there.
    pub async fn glance(&self, url: &Url, home: &Url) -> Result<Glance, FetchError> {
        let mut found = Glance::Unsized;
        for most in [HEAD, LONG_HEAD] {
            let head = self.picture(url, home, most).await?;
            found = glance(&head.bytes, head.whole, head.content_type.as_deref());
            if found != Glance::Unsized || head.whole {
                break;
            }
        }
        Ok(found)
    }

    /// Fetches the first `most` bytes of a picture of an article whose source is at `home`.
    pub async fn picture(&self, url: &Url, home: &Url, most: usize) -> Result<PictureBytes, FetchError> {
        let mut url = url.clone();
        url.set_fragment(None);
        let start = url.clone();
        let mut way = Way::begin(home, &self.0.allowed);
        way.go(&url, &self.0.allowed);
        for _ in 0..=MOST_REDIRECTS {
            self.admit(&url, &way)?;
            let _permit = self.permit(&url).await;
            let limit = self.0.rules.timeout.min(PATIENCE);
            let hop = tokio::time::timeout(limit, self.hop(&url, &way, most)).await;
            match hop.unwrap_or_else(|_| Err(FetchError::Timeout { host: host(&url), limit }))? {
                Hop::Here(picture) => return Ok(picture),
                Hop::To(next) => url = next,
            }
            way.go(&url, &self.0.allowed);
        }
        Err(FetchError::TooManyRedirects { address: shown(&start), limit: MOST_REDIRECTS })
    }

    async fn hop(&self, url: &Url, way: &Way, most: usize) -> Result<Hop, FetchError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(PICTURES));
        // Of what is packed nobody could ask for a part.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let last = most.saturating_sub(1);
        // RFC 9110 §14.2: who knows no ranges sends all of it, and is cut off.
        if let Ok(range) = HeaderValue::try_from(format!("bytes=0-{last}")) {
            headers.insert(RANGE, range);
        }
        let client = if way.is_inside() { &self.0.inside } else { &self.0.outside };
        let sent = client.get(url.clone()).headers(headers).send().await;
        let response = sent.map_err(|error| FetchError::of_client(&error, url, PATIENCE))?;
        let status = response.status();
        if is_redirect(status) {
            return target(&response, url).map(Hop::To);
        }
        if !status.is_success() {
            let wait = retry_after(response.headers());
            return Err(FetchError::of_status(status.as_u16(), url, wait));
        }
        self.head(response, url, most).await.map(Hop::Here)
    }

    /// Reads so many bytes and no more; the connection ends with the answer that is dropped.
    async fn head(&self, mut response: Response, url: &Url, most: usize) -> Result<PictureBytes, FetchError> {
        let content_type = text(response.headers(), &CONTENT_TYPE);
        let total = text(response.headers(), &CONTENT_RANGE)
            .filter(|_| response.status() == StatusCode::PARTIAL_CONTENT)
            .and_then(|range| range.rsplit_once('/')?.1.trim().parse::<usize>().ok());
        let mut bytes = Vec::new();
        let mut ended = false;
        while bytes.len() < most {
            match response.chunk().await {
                Ok(Some(piece)) => bytes.extend_from_slice(&piece[..piece.len().min(most - bytes.len())]),
                Ok(None) => {
                    ended = true;
                    break;
                }
                // What is there may be enough.
                Err(_) if bytes.len() >= 1_024 => break,
                Err(error) => return Err(FetchError::of_client(&error, url, PATIENCE)),
            }
        }
        if bytes.is_empty() {
            return Err(FetchError::EmptyBody { address: shown(url) });
        }
        let whole = match total {
            Some(total) => bytes.len() >= total,
            None => ended && response.status() != StatusCode::PARTIAL_CONTENT,
        };
        Ok(PictureBytes { bytes, whole, content_type })
    }
}

enum Hop {
    Here(PictureBytes),
    To(Url),
}
