//! Asking a hub to push, or to push no more.

use reqwest::header::CONTENT_TYPE;
use url::{Url, form_urlencoded};

use super::{FetchError, Fetcher, MOST_REDIRECTS, host, retry_after, shown, target};
use crate::collect::guard::Way;

impl Fetcher {
    /// Posts a form to the hub of a source whose address is `home`; all is well if the hub takes it.
    ///
    /// Private addresses are refused as if the source had redirected there: a stranger's feed opens no host inside.
    /// `WebSub` §5.1: a redirect that keeps the method (307, 308) is followed.
    pub async fn ask_hub(&self, home: &Url, hub: &Url, form: &[(&str, &str)]) -> Result<(), FetchError> {
        let limit = self.0.rules.timeout;
        let asked = tokio::time::timeout(limit, self.post(home, hub, form)).await;
        asked.unwrap_or_else(|_| Err(FetchError::Timeout { host: host(hub), limit }))
    }

    async fn post(&self, home: &Url, hub: &Url, form: &[(&str, &str)]) -> Result<(), FetchError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut url = hub.clone();
        let mut way = Way::begin(home, &self.0.allowed);
        way.go(&url, &self.0.allowed);
        for _ in 0..=MOST_REDIRECTS {
            self.admit(&url, &way)?;
            let _permit = self.permit(&url).await;
            let client = if way.is_inside() { &self.0.inside } else { &self.0.outside };
            let request = client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let sent = request.body(body.clone()).send().await;
            let response = sent.map_err(|error| FetchError::of_client(&error, &url, self.0.rules.timeout))?;
            let status = response.status();
            if status.is_success() {
                return Ok(());
            }
            if !matches!(status.as_u16(), 307 | 308) {
                let wait = retry_after(response.headers());
                return Err(match status.as_u16() {
                    401 | 403 | 404 | 410 | 429 | 500..=599 => {
                        FetchError::of_status(status.as_u16(), &url, wait)
                    }
                    status => FetchError::HubRefused { address: shown(&url), status },
                });
            }
            url = target(&response, &url)?;
            way.go(&url, &self.0.allowed);
        }
        Err(FetchError::TooManyRedirects { address: shown(hub), limit: MOST_REDIRECTS })
    }
}
