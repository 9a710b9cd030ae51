//! Asking whether an address is there, without its document.

use reqwest::{Method, StatusCode};
use url::Url;

use super::{FetchError, Fetcher, MOST_REDIRECTS, is_redirect, shown, target};
use crate::collect::guard::Way;

impl Fetcher {
    /// Asks with HEAD, following redirects, and with GET whom that displeases; returns the status in the end.
    ///
    /// Private addresses are refused as when a source is fetched.
    pub async fn probe(&self, url: &Url) -> Result<u16, FetchError> {
        let mut url = url.clone();
        let start = url.clone();
        url.set_fragment(None);
        let mut way = Way::begin(&url, &self.0.allowed);
        for _ in 0..=MOST_REDIRECTS {
            self.admit(&url, &way)?;
            let _permit = self.permit(&url).await;
            let mut response = self.ask(Method::HEAD, &url, &way).await?;
            // RFC 9110 §9.1: every server has HEAD; not all know.
            let displeased =
                [StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED, StatusCode::FORBIDDEN];
            if displeased.contains(&response.status()) {
                response = self.ask(Method::GET, &url, &way).await?;
            }
            if !is_redirect(response.status()) {
                return Ok(response.status().as_u16());
            }
            url = target(&response, &url)?;
            way.go(&url, &self.0.allowed);
        }
        Err(FetchError::TooManyRedirects { address: shown(&start), limit: MOST_REDIRECTS })
    }

    async fn ask(&self, method: Method, url: &Url, way: &Way) -> Result<reqwest::Response, FetchError> {
        let client = if way.is_inside() { &self.0.inside } else { &self.0.outside };
        let sent = client.request(method, url.clone()).send().await;
        sent.map_err(|error| FetchError::of_client(&error, url, self.0.rules.timeout).led_by(way))
    }
}
