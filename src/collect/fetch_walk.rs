//! The way to a document: request by request, from redirect to redirect, each of them checked.

use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use super::{FetchError, Fetched, Fetcher, MOST_REDIRECTS, host, is_redirect, shown, target};
use crate::collect::guard::Way;
use crate::model::Validators;

/// How much of a document is read, in bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::collect) enum Size {
    /// One that is longer is none.
    AtMost(usize),
    /// Of one that is longer, the beginning is read.
    First(usize),
}

/// A document that is being asked for.
pub(in crate::collect) struct Walk<'f> {
    fetcher: &'f Fetcher,
    validators: &'f Validators,
    size: Size,
    way: Way,
    /// Where it has been; the last one is asked next.
    seen: Vec<Url>,
    moved_to: Option<Url>,
    permanent: bool,
    /// Time that its requests may still take.
    left: Duration,
}

impl<'f> Walk<'f> {
    /// Begins at `url`, to which `way` leads; refuses what may not be asked for.
    pub(in crate::collect) fn begin(
        fetcher: &'f Fetcher,
        url: &Url,
        way: Way,
        validators: &'f Validators,
        size: Size,
    ) -> Result<Self, FetchError> {
        fetcher.admit(url, &way)?;
        let (seen, left) = (vec![url.clone()], fetcher.0.rules.timeout);
        Ok(Self { fetcher, validators, size, way, seen, moved_to: None, permanent: true, left })
    }

    /// What is asked next.
    pub(in crate::collect) fn url(&self) -> &Url {
        self.seen.last().unwrap_or(&self.seen[0])
    }

    /// How it came there.
    pub(in crate::collect) fn way(&self) -> &Way {
        &self.way
    }

    /// Where it was before, after a redirect.
    pub(in crate::collect) fn before(&self) -> Option<&Url> {
        self.seen.iter().nth_back(1)
    }

    /// Asks once: returns what came, or `None` after a redirect.
    pub(in crate::collect) async fn step(&mut self) -> Result<Option<Fetched>, FetchError> {
        let (begun, limit) = (Moment::now(), self.fetcher.0.rules.timeout);
        let ended = tokio::time::timeout(self.left, self.ask()).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        ended.unwrap_or_else(|_| Err(FetchError::Timeout { host: host(self.url()), limit }))
    }

    async fn ask(&mut self) -> Result<Option<Fetched>, FetchError> {
        let url = self.url().clone();
        let response = self.fetcher.request(&url, self.validators, &self.way).await?;
        let status = response.status();
        if !is_redirect(status) {
            let moved_to = self.moved_to.take();
            return self
                .fetcher
                .conclude(response, url, moved_to, self.validators, self.size)
                .await
                .map(Some);
        }
        let next = target(&response, &url)?;
        drop(response);
        // RFC 9110 §15.4.2, §15.4.9
        self.permanent &= matches!(status.as_u16(), 301 | 308);
        if self.permanent {
            self.moved_to = Some(next.clone());
        }
        let address = || shown(&self.seen[0]);
        if self.seen.contains(&next) {
            return Err(FetchError::RedirectLoop { address: address() });
        }
        if self.seen.len() > MOST_REDIRECTS {
            return Err(FetchError::TooManyRedirects { address: address(), limit: MOST_REDIRECTS });
        }
        self.way.go(&next, &self.fetcher.0.allowed);
        self.fetcher.admit(&next, &self.way)?;
        self.seen.push(next);
        Ok(None)
    }
}
