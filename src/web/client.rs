//! Who asks: the address of the client, behind however many proxies.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// Returns the client's address: the connection's, or with `proxies` before us what the outermost of them says.
///
/// Each proxy adds the address that it was asked from at the end of X-Forwarded-For. Whatever stands before what our own
/// have added anybody can have written.
pub(super) fn address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = told.flat_map(|line| line.split(',')).collect();
    let told = proxies.checked_sub(1).and_then(|inner| told.len().checked_sub(inner + 1)).map(|at| told[at]);
    told.map_or(peer, |told| parsed(told.trim()).or(peer)).map(|ip| ip.to_canonical())
}

/// An address, with a port or without.
fn parsed(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_say_is_believed() {
        for (lines, proxies, expected) in [
            (&["203.0.113.9"][..], 0, "192.0.2.1"),
            (&[], 1, "192.0.2.1"),
            (&["203.0.113.9"], 1, "203.0.113.9"),
            (&["198.51.100.66, 203.0.113.9"], 1, "203.0.113.9"),
            (&["198.51.100.66", "203.0.113.9, 10.0.0.2"], 2, "203.0.113.9"),
            (&["203.0.113.9"], 2, "192.0.2.1"),
            (&["nonsense"], 1, "192.0.2.1"),
            (&["[2001:db8::7]:4711"], 1, "2001:db8::7"),
            (&["::ffff:203.0.113.9"], 1, "203.0.113.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().expect("a header"));
            }
            let peer = "192.0.2.1".parse().ok();
            let expected = expected.parse().ok();
            assert_eq!(address(peer, &headers, proxies), expected, "{lines:?} behind {proxies}");
        }
    }
}
