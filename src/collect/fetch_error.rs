//! Why a source could not be fetched, as sentences for the publisher.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::guard::{Refused, Way};

/// Why there is no document; `Display` is the sentence that the publisher reads.
///
/// Addresses are shown without credentials and without their query, which may hold a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Neither http nor https.
    #[error("{address} is not a web address; expected http:// or https://")]
    NotTheWeb {
        /// What was asked for.
        address: String,
    },
    /// The host has a private, loopback or otherwise special address.
    #[error("{host} has a private or reserved address ({found}), which is not polled; {}", advice(host, from.as_deref()))]
    PrivateAddress {
        /// The host.
        host: String,
        /// The address.
        found: String,
        /// The host whose redirect or link leads there, if it is another one.
        from: Option<String>,
    },
    /// The name has no address.
    #[error("the host name {host} cannot be found; is the address spelled right?")]
    NoSuchHost {
        /// The host.
        host: String,
    },
    /// Nobody listens, or the network is away.
    #[error("{host} does not accept connections ({cause})")]
    NoConnection {
        /// The host.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// The certificate or the protocol of the secure connection is not in order.
    #[error("{host} offers no secure connection that can be trusted ({cause})")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong.
        cause: String,
    },
    /// The time limit.
    #[error("{host} did not answer in full within {} s", limit.as_secs())]
    Timeout {
        /// The host.
        host: String,
        /// The limit for the whole exchange.
        limit: Duration,
    },
    /// The size limit, counted after decompression.
    #[error("the document at {address} is larger than {} (collect.max_bytes)", shown_size(*limit))]
    TooLarge {
        /// What was asked for.
        address: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection broke, or what came was not HTTP or not what it claimed to be compressed with.
    #[error("the answer of {host} broke off or cannot be understood ({cause})")]
    Broken {
        /// The host.
        host: String,
        /// What was wrong.
        cause: String,
    },
    /// A redirect to where the reader has been.
    #[error("{address} redirects in a circle")]
    RedirectLoop {
        /// What was asked for.
        address: String,
    },
    /// More than ten redirects.
    #[error("{address} redirects more than {limit} times")]
    TooManyRedirects {
        /// What was asked for.
        address: String,
        /// The limit.
        limit: usize,
    },
    /// A redirect without or with an unreadable target.
    #[error("{address} redirects to nowhere (status {status} without a usable Location)")]
    BadRedirect {
        /// Who redirected.
        address: String,
        /// The status.
        status: u16,
    },
    /// 401 or 407.
    #[error("{address} wants a login (status 401)")]
    LoginWanted {
        /// What was asked for.
        address: String,
    },
    /// 403 or 451.
    #[error("{address} is forbidden to us (status {status}); the site may refuse feed readers")]
    Forbidden {
        /// What was asked for.
        address: String,
        /// The status.
        status: u16,
    },
    /// 404.
    #[error("there is nothing at {address} (status 404); the feed may have moved")]
    NotFound {
        /// What was asked for.
        address: String,
    },
    /// 410: gone for ever.
    #[error(
        "{address} is gone for good (status 410); remove the source, which is asked once a month in case that is a mistake"
    )]
    Gone {
        /// What was asked for.
        address: String,
    },
    /// 429.
    #[error("{host} asks for fewer requests (status 429){}", shown_wait(*wait))]
    RateLimited {
        /// The host.
        host: String,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// 5xx.
    #[error("{host} has trouble of its own (status {status}){}", shown_wait(*wait))]
    ServerError {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// Any other status that brings no document.
    #[error("{address} answered with status {status}, which brings no document")]
    Unexpected {
        /// What was asked for.
        address: String,
        /// The status.
        status: u16,
    },
    /// 204, or a body of no bytes.
    #[error("{address} answered with an empty document")]
    EmptyBody {
        /// What was asked for.
        address: String,
    },
    /// The site's robots.txt says no.
    #[error("{address} may not be read by robots: a rule of the site's robots.txt says so")]
    Disallowed {
        /// What was asked for.
        address: String,
    },
    /// The site's robots.txt cannot be had (RFC 9309 §2.3.1.4).
    #[error("{address} is not read, because nobody knows whether robots may: {cause}")]
    NoRules {
        /// What was asked for.
        address: String,
        /// Why there is no robots.txt.
        cause: String,
    },
    /// A hub that does not do what it was asked for.
    #[error("the hub at {address} does not take what it was asked for (status {status})")]
    HubRefused {
        /// What was asked.
        address: String,
        /// The status.
        status: u16,
    },
    /// The client could not be made at start.
    #[error("no HTTP client can be made ({cause})")]
    NoClient {
        /// Why.
        cause: String,
    },
}

fn shown_wait(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!("; it asks to wait {} s", wait.as_secs()))
}

/// What to do about a private address.
fn advice(host: &str, from: Option<&str>) -> String {
    match from {
        None => format!("if it may be, name {host} in collect.allow_hosts"),
        Some(from) => {
            format!(
                "{from} leads there, and collect.allow_hosts lets in a host's own sources and nobody else's links"
            )
        }
    }
}

/// A size in the largest unit that divides it.
fn shown_size(bytes: usize) -> String {
    let units = [("MB", 1_000_000), ("KB", 1_000), ("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1)];
    let (unit, size) =
        units.into_iter().find(|(_, size)| bytes.is_multiple_of(*size)).unwrap_or(("bytes", 1));
    format!("{} {unit}", bytes / size)
}

impl FetchError {
    /// How long the server wants to be left alone (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::RateLimited { wait, .. } | Self::ServerError { wait, .. } = self { *wait } else { None }
    }

    /// True if the server says that the document will never come back.
    #[must_use]
    pub const fn gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// True if the answer tells that nobody will see what was asked for: it is not there, or leads nowhere.
    #[must_use]
    pub const fn not_there(&self) -> bool {
        matches!(
            self,
            Self::NotTheWeb { .. }
                | Self::PrivateAddress { .. }
                | Self::NotFound { .. }
                | Self::Gone { .. }
                | Self::EmptyBody { .. }
                | Self::RedirectLoop { .. }
                | Self::TooManyRedirects { .. }
                | Self::BadRedirect { .. }
        )
    }

    /// Translates an error of the HTTP client, whose causes lie in its chain of sources.
    pub(super) fn of_client(error: &reqwest::Error, url: &Url, limit: Duration) -> Self {
        let host = host(url);
        if error.is_timeout() {
            return Self::Timeout { host, limit };
        }
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        let mut deepest = error.to_string();
        while let Some(cause) = next {
            if let Some(refused) = cause.downcast_ref::<Refused>() {
                return Self::of_refusal(refused, url);
            }
            if let Some(tls) = tls_fault(cause) {
                return Self::Tls { host, cause: tls.to_string() };
            }
            if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
                return Self::Timeout { host, limit };
            }
            deepest = cause.to_string();
            next = cause.source();
        }
        if error.is_connect() {
            Self::NoConnection { host, cause: deepest }
        } else {
            Self::Broken { host, cause: deepest }
        }
    }

    /// The error of a host that may not be asked, or cannot.
    pub(super) fn of_refusal(refused: &Refused, url: &Url) -> Self {
        match refused {
            Refused::Private(found) => {
                Self::PrivateAddress { host: host(url), found: found.to_string(), from: None }
            }
            Refused::Unknown => Self::NoSuchHost { host: host(url) },
        }
    }

    /// The same, naming the stranger who led to a private address.
    pub(super) fn led_by(mut self, way: &Way) -> Self {
        if let Self::PrivateAddress { host, from, .. } = &mut self {
            *from = way.stranger(host).map(str::to_owned);
        }
        self
    }

    /// The error of a status that brings no document.
    pub(super) fn of_status(status: u16, url: &Url, wait: Option<Duration>) -> Self {
        let address = shown(url);
        match status {
            401 | 407 => Self::LoginWanted { address },
            403 | 451 => Self::Forbidden { address, status },
            404 => Self::NotFound { address },
            410 => Self::Gone { address },
            429 => Self::RateLimited { host: host(url), wait },
            500..=599 => Self::ServerError { host: host(url), status, wait },
            _ => Self::Unexpected { address, status },
        }
    }
}

/// The TLS fault in an error; an `io::Error` hides it, because its own source skips what it wraps.
fn tls_fault<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    error.downcast_ref::<io::Error>()?.get_ref().and_then(|inner| tls_fault(inner))
}

/// The host as a publisher knows it.
pub(super) fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the server").to_owned()
}

/// The address without credentials, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    match url.host_str() {
        Some(host) => format!("{}://{host}{port}{}", url.scheme(), url.path()),
        None => format!("{}:…", url.scheme()),
    }
}
