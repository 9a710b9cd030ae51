//! Asking a server for a document: conditional, polite, bounded, and never from inside.

#[path = "fetch_hub.rs"]
mod hub;
#[path = "fetch_picture.rs"]
mod picture;
#[path = "fetch_probe.rs"]
mod probe;
#[path = "fetch_walk.rs"]
mod walk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{
    ACCEPT, AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, EXPIRES,
    HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
    RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::fetch_error::{FetchError, host, shown};
use super::guard::{Allowed, Guard, Lookup, Way, check_literal, system_lookup};
use super::hub::{Links, of_header};
use super::polite::Sites;
use crate::model::Validators;

pub use picture::PictureBytes;
pub(super) use walk::{Size, Walk};

/// A connection that nobody has used for so long is closed: a thousand hosts would else keep a thousand open.
const IDLE: Duration = Duration::from_secs(5);
/// RFC 9110 §15.4 leaves the limit to us; browsers take 20.
const MOST_REDIRECTS: usize = 10;
/// A connection that is not there after this long will not come.
const CONNECT: Duration = Duration::from_secs(15);
/// No server is obeyed for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(31 * 24 * 3600);
/// The wait taken from a Retry-After date where the answer does not say what time it is there.
const UNDATED_WAIT: Duration = Duration::from_secs(3600);
/// Hosts remembered before those without a request are forgotten.
const MOST_HOSTS: usize = 1024;
/// Room is made ahead for so much of a body.
const LIKELY: usize = 256 * 1024;
const WANTED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                      text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// How to fetch.
#[derive(Debug, Clone)]
pub struct FetchRules {
    /// The `User-Agent` sent.
    pub user_agent: String,
    /// For the whole exchange, redirects and body included.
    pub timeout: Duration,
    /// The largest body, counted after decompression.
    pub max_bytes: usize,
    /// Hosts that may have private addresses, names or addresses: for the sources that live there, not for whoever
    /// redirects to them.
    pub allow_hosts: Vec<String>,
    /// Requests to one host at the same time; 0 counts as 1.
    pub per_host: usize,
}

/// An HTTP client for sources. Cheap to clone; clones share connections and politeness.
#[derive(Debug, Clone)]
pub struct Fetcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Goes to public addresses only.
    outside: Client,
    /// Goes to the private addresses of allowed hosts as well.
    inside: Client,
    rules: FetchRules,
    allowed: Allowed,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
    sites: Sites,
}

/// What a server gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Not modified since the validators were given (304).
    Unchanged {
        /// The validators for the next time.
        validators: Validators,
        /// Where the source is now, if the way there began with permanent redirects.
        moved_to: Option<Url>,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
        /// How long the document stays as it is, as the server says.
        fresh_for: Option<Duration>,
    },
    /// A document.
    Body(Document),
}

/// A document as it came, decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The bytes, at least one.
    pub bytes: Vec<u8>,
    /// Where it was in the end.
    pub url: Url,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// Where the source is now: the target of the permanent redirects (301, 308) with which the way began.
    pub moved_to: Option<Url>,
    /// The validators for the next time.
    pub validators: Validators,
    /// How long it stays as it is, as the server says.
    pub fresh_for: Option<Duration>,
    /// Who pushes it, as the header says.
    pub links: Box<Links>,
}

impl Fetcher {
    /// Makes a client; fails only if the system's TLS roots or the user agent cannot be used.
    pub fn new(rules: FetchRules) -> Result<Self, FetchError> {
        Self::with_lookup(rules, system_lookup())
    }

    /// Makes a client that looks names up in another way.
    pub(super) fn with_lookup(rules: FetchRules, lookup: Lookup) -> Result<Self, FetchError> {
        let allowed = Allowed::new(&rules.allow_hosts);
        let outside = client(&rules, Guard { allowed: Allowed::default(), lookup: Arc::clone(&lookup) })?;
        let inside = client(&rules, Guard { allowed: allowed.clone(), lookup })?;
        let (hosts, sites) = (Mutex::default(), Sites::default());
        Ok(Self(Arc::new(Inner { outside, inside, rules, allowed, hosts, sites })))
    }

    /// How we introduce ourselves.
    pub(super) fn agent(&self) -> &str {
        &self.0.rules.user_agent
    }

    pub(super) fn sites(&self) -> &Sites {
        &self.0.sites
    }

    /// The largest document that is read, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.0.rules.max_bytes
    }

    /// Fetches the document of a source, or learns that it has not changed since `validators` were given. Whatever a
    /// source leads to is fetched by [`page`](Self::page), which asks where the link stands.
    ///
    /// The time limit is for all requests together; waiting for other requests to the same host does not count.
    pub async fn fetch(&self, url: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let (way, size) = (Way::begin(url, &self.0.allowed), Size::AtMost(self.max_bytes()));
        self.walk(Walk::begin(self, url, way, validators, size)?).await
    }

    /// Follows redirects by hand: each target is checked, and a move for good is told from a detour.
    pub(super) async fn walk(&self, mut walk: Walk<'_>) -> Result<Fetched, FetchError> {
        let mut permit = Some(self.permit(walk.url()).await);
        loop {
            if let Some(fetched) = walk.step().await? {
                return Ok(fetched);
            }
            if walk.before().is_some_and(|before| before.host_str() != walk.url().host_str()) {
                // One permit at a time, or two sources that redirect to each other's host could block for ever.
                drop(permit.take());
                permit = Some(self.permit(walk.url()).await);
            }
        }
    }

    /// The way of a page to which a document of the source at `home` leads.
    pub(super) fn way(&self, url: &Url, home: &Url) -> Way {
        let mut way = Way::begin(home, &self.0.allowed);
        way.go(url, &self.0.allowed);
        way
    }

    /// Refuses what is not the web, and addresses that are not public unless the way may lead inside.
    fn admit(&self, url: &Url, way: &Way) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(FetchError::NotTheWeb { address: shown(url) });
        }
        let nobody = Allowed::default();
        let allowed = if way.is_inside() { &self.0.allowed } else { &nobody };
        check_literal(url, allowed).map_err(|refused| FetchError::of_refusal(&refused, url).led_by(way))
    }

    /// Waits for a turn at a host.
    pub(super) async fn permit(&self, url: &Url) -> OwnedSemaphorePermit {
        let semaphore = {
            let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            if hosts.len() > MOST_HOSTS {
                hosts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
            }
            let turns = self.0.rules.per_host.clamp(1, Semaphore::MAX_PERMITS);
            let semaphore = hosts.entry(host(url)).or_insert_with(|| Arc::new(Semaphore::new(turns)));
            Arc::clone(semaphore)
        };
        #[expect(clippy::expect_used, reason = "the semaphores are never closed")]
        semaphore.acquire_owned().await.expect("is open")
    }

    async fn request(&self, url: &Url, validators: &Validators, way: &Way) -> Result<Response, FetchError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(WANTED));
        // RFC 9110 §13.1.2, §13.1.3: sent back as they came.
        let pairs = [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)];
        for (name, value) in pairs {
            if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
                headers.insert(name, value);
            }
        }
        let client = if way.is_inside() { &self.0.inside } else { &self.0.outside };
        let sent = client.get(url.clone()).headers(headers).send().await;
        sent.map_err(|error| FetchError::of_client(&error, url, self.0.rules.timeout).led_by(way))
    }

    async fn conclude(
        &self,
        response: Response,
        url: Url,
        moved_to: Option<Url>,
        sent: &Validators,
        size: Size,
    ) -> Result<Fetched, FetchError> {
        let status = response.status();
        let fresh = validators(response.headers());
        let (wait, fresh_for) = (retry_after(response.headers()), fresh_for(response.headers()));
        if status == StatusCode::NOT_MODIFIED && *sent != Validators::default() {
            let validators = Validators {
                etag: fresh.etag.or_else(|| sent.etag.clone()),
                last_modified: fresh.last_modified.or_else(|| sent.last_modified.clone()),
            };
            return Ok(Fetched::Unchanged { validators, moved_to, retry_after: wait, fresh_for });
        }
        if status == StatusCode::NO_CONTENT {
            return Err(FetchError::EmptyBody { address: shown(&url) });
        }
        if !status.is_success() {
            return Err(FetchError::of_status(status.as_u16(), &url, wait));
        }
        let content_type = text(response.headers(), &CONTENT_TYPE);
        let links = Box::new(of_header(response.headers(), &url));
        let bytes = self.body(response, &url, size).await?;
        if bytes.is_empty() {
            return Err(FetchError::EmptyBody { address: shown(&url) });
        }
        Ok(Fetched::Body(Document {
            bytes,
            url,
            content_type,
            moved_to,
            validators: fresh,
            fresh_for,
            links,
        }))
    }

    /// Reads the body piece by piece, each already decompressed, and stops at the limit.
    async fn body(&self, mut response: Response, url: &Url, size: Size) -> Result<Vec<u8>, FetchError> {
        let (Size::AtMost(limit) | Size::First(limit)) = size;
        let cut = matches!(size, Size::First(_));
        let too_large = || FetchError::TooLarge { address: shown(url), limit };
        let packed = response.headers().contains_key(CONTENT_ENCODING);
        let announced =
            text(response.headers(), &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if !cut && !packed && announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        // What is announced is not believed beyond what a feed has.
        let mut bytes = Vec::with_capacity(announced.unwrap_or_default().min(LIKELY));
        loop {
            let piece = response.chunk().await;
            let piece = piece.map_err(|error| FetchError::of_client(&error, url, self.0.rules.timeout))?;
            let Some(piece) = piece else { return Ok(bytes) };
            if bytes.len() + piece.len() > limit {
                if !cut {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&piece[..limit - bytes.len()]);
                return Ok(bytes);
            }
            bytes.extend_from_slice(&piece);
        }
    }
}

fn client(rules: &FetchRules, guard: Guard) -> Result<Client, FetchError> {
    Client::builder()
        .user_agent(&rules.user_agent)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(guard))
        .connect_timeout(CONNECT.min(rules.timeout))
        // The sources of one host are polled one after the other, and then for long not at all.
        .pool_max_idle_per_host(rules.per_host.max(1))
        .pool_idle_timeout(IDLE)
        .build()
        .map_err(|error| FetchError::NoClient { cause: error.to_string() })
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// RFC 9110 §10.2.2: where a redirect leads; the fragment is for readers, not for servers.
fn target(response: &Response, url: &Url) -> Result<Url, FetchError> {
    let bad = || FetchError::BadRedirect { address: shown(url), status: response.status().as_u16() };
    let location = response.headers().get(LOCATION).ok_or_else(bad)?;
    let mut next = url.join(String::from_utf8_lossy(location.as_bytes()).trim()).map_err(|_| bad())?;
    next.set_fragment(None);
    Ok(next)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .filter(|text| text.len() <= 1000)
}

fn validators(headers: &HeaderMap) -> Validators {
    Validators { etag: text(headers, &ETAG), last_modified: text(headers, &LAST_MODIFIED) }
}

/// RFC 9110 §10.2.3: seconds, or a date, which is measured against the server's own clock (its `Date`).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let written = text(headers, &RETRY_AFTER)?;
    let written = written.trim();
    if let Ok(seconds) = written.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = DateTime::parse_from_rfc2822(written).ok()?;
    let there = text(headers, &DATE).and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok());
    let wait = there.map_or(UNDATED_WAIT, |there| (until - there).to_std().unwrap_or(Duration::ZERO));
    Some(wait.min(LONGEST_WAIT))
}

/// RFC 9111 §4.2.1, §4.2.3: how long an answer stays fresh from now on; `None` where the server does not say, or wants
/// to be asked each time.
fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let control = text(headers, &CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return None;
    }
    let seconds = |text: &str| text.trim_matches('"').parse::<u64>().ok().map(Duration::from_secs);
    let fresh = match directives().find_map(|directive| directive.strip_prefix("max-age=")) {
        Some(age) => {
            let aged = text(headers, &AGE).as_deref().and_then(|age| seconds(age.trim())).unwrap_or_default();
            seconds(age)?.saturating_sub(aged)
        }
        None => {
            let date = |name| DateTime::parse_from_rfc2822(text(headers, name)?.trim()).ok();
            (date(&EXPIRES)? - date(&DATE)?).to_std().ok()?
        }
    };
    Some(fresh.min(LONGEST_WAIT)).filter(|fresh| !fresh.is_zero())
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
