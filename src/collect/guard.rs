//! The guard against fetching from inside: which addresses are public, and a resolver that gives no others.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why a name was not resolved.
#[derive(Debug)]
pub(super) enum Refused {
    /// It has special addresses only; this is one of them.
    Private(IpAddr),
    /// It has no address.
    Unknown,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(address) => write!(f, "{address} is not a public address"),
            Self::Unknown => f.write_str("no address found"),
        }
    }
}

impl std::error::Error for Refused {}

/// The hosts that may have any address.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed(Vec<String>);

impl Allowed {
    /// Takes host names and addresses; brackets round an IPv6 address and a port behind are forgiven.
    pub(super) fn new(hosts: &[String]) -> Self {
        let host = |written: &String| {
            let probe = if written.contains("://") { written.clone() } else { format!("http://{written}") };
            let bare = || written.trim_matches(['[', ']']).to_ascii_lowercase();
            match Url::parse(&probe).ok().and_then(|url| url.host_str().map(str::to_owned)) {
                Some(host) if written.matches(':').count() < 2 || written.contains('[') => plain(&host),
                Some(_) | None => bare(),
            }
        };
        Self(hosts.iter().map(host).collect())
    }

    fn has(&self, host: &str) -> bool {
        let host = plain(host);
        self.0.contains(&host)
    }
}

/// The way of one fetch through hosts, of which only the operator's own may be private.
///
/// A host is allowed to the source that lives there and to what an allowed host itself redirects to; the redirect
/// of a stranger opens it to nobody.
#[derive(Debug, Clone)]
pub(super) struct Way {
    home: String,
    inside: bool,
}

impl Way {
    /// Begins at the address of a source.
    pub(super) fn begin(url: &Url, allowed: &Allowed) -> Self {
        let home = plain(url.host_str().unwrap_or_default());
        Self { inside: allowed.has(&home), home }
    }

    /// Goes on to where a redirect leads.
    pub(super) fn go(&mut self, next: &Url, allowed: &Allowed) {
        let host = plain(next.host_str().unwrap_or_default());
        self.inside = allowed.has(&host) && (self.inside || host == self.home);
    }

    /// Where it began, if that is not the host at hand.
    pub(super) fn stranger(&self, host: &str) -> Option<&str> {
        Some(self.home.as_str()).filter(|home| *home != plain(host))
    }

    /// True if the host at hand may have a private address.
    pub(super) const fn is_inside(&self) -> bool {
        self.inside
    }
}

/// A host as it is compared: lower case, no brackets, no dot at the end.
fn plain(host: &str) -> String {
    host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

/// Checks a URL whose host is an address; names are checked when they are resolved.
///
/// The client never asks a resolver for an address, so this must be called before each request.
pub(super) fn check_literal(url: &Url, allowed: &Allowed) -> Result<(), Refused> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    if is_public(address) || url.host_str().is_some_and(|host| allowed.has(host)) {
        Ok(())
    } else {
        Err(Refused::Private(address))
    }
}

/// True for an address of the public internet (RFC 6890 and its registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (192, 168, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [[w, x], [y, z]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        // IPv4-mapped, and RFC 6052's well-known prefix.
        (0, 0) if [c, d, e, f] == [0, 0, 0, 0xFFFF] => embedded(g, h),
        (0x64, 0xFF9B) if [c, d, e, f] == [0; 4] => embedded(g, h),
        // RFC 3056: 6to4.
        (0x2002, _) => embedded(b, c),
        // Teredo, ORCHID, benchmarks; documentation, old and new.
        (0x2001, 0..=0x1FF) | (0x2001, 0x0DB8) | (0x3FFF, 0..=0x0FFF) => false,
        _ => (0x2000..=0x3FFF).contains(&a),
    }
}

/// How names are looked up: the system's way, or a test's.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Looks a name up as the system does.
pub(super) fn system_lookup() -> Lookup {
    Arc::new(|host: String| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|socket| socket.ip()).collect())
        })
    })
}

/// A resolver that gives public addresses only; what it gives is what is dialled, so nothing can be rebound.
pub(super) struct Guard {
    pub(super) allowed: Allowed,
    pub(super) lookup: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let any = self.allowed.has(&host);
        let lookup = (self.lookup)(host);
        Box::pin(async move {
            let found = lookup.await.map_err(|_| Refused::Unknown)?;
            let (fit, unfit): (Vec<IpAddr>, Vec<IpAddr>) =
                found.into_iter().partition(|ip| any || is_public(*ip));
            match (fit.is_empty(), unfit.first()) {
                (true, Some(private)) => Err(Refused::Private(*private).into()),
                (true, None) => Err(Refused::Unknown.into()),
                (false, _) => {
                    let sockets: Addrs = Box::new(fit.into_iter().map(|ip| SocketAddr::new(ip, 0)));
                    Ok(sockets)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_source_and_an_allowed_host_lead_to_an_allowed_host() {
        let allowed = Allowed::new(&["wiki.lan".to_owned(), "10.0.0.7".to_owned()]);
        let url = |host: &str| Url::parse(&format!("http://{host}/feed")).expect(host);
        for (hosts, inside) in [
            (&["wiki.lan"][..], true),
            (&["news.example"], false),
            (&["news.example", "wiki.lan"], false),
            (&["news.example", "10.0.0.7"], false),
            (&["wiki.lan", "10.0.0.7"], true),
            (&["wiki.lan", "router.lan"], false),
            (&["WIKI.lan.", "news.example", "wiki.lan"], true),
            (&["wiki.lan", "news.example", "10.0.0.7"], false),
        ] {
            let mut way = Way::begin(&url(hosts[0]), &allowed);
            hosts[1..].iter().for_each(|host| way.go(&url(host), &allowed));
            assert_eq!(way.is_inside(), inside, "{hosts:?}");
        }
    }

    #[test]
    fn every_special_address_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:a00:1::1]",
            "[2001:0:1::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).expect(host);
            assert!(check_literal(&url, &Allowed::default()).is_err(), "{host}");
            assert!(check_literal(&url, &Allowed::new(&[host.to_owned()])).is_ok(), "{host} allowed");
        }
        for host in [
            "8.8.8.8",
            "172.32.0.1",
            "100.63.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
            "[2002:808:808::1]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).expect(host);
            assert!(check_literal(&url, &Allowed::default()).is_ok(), "{host}");
        }
    }
}
