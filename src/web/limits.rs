//! Limits: how many sign-ups a network may bring in an hour, and how many come in all.
//!
//! They live as long as the process does; what an address may get is counted in the store.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::model::Instant;

/// After so many questions, networks that have been quiet are forgotten.
const SWEEP: u64 = 1_024;

/// What counts as one network: a /24 of IPv4, a /48 of IPv6, which is what one site has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Network {
    V4([u8; 3]),
    V6([u8; 6]),
    Unknown,
}

impl Network {
    pub(super) fn of(ip: Option<IpAddr>) -> Self {
        match ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, e, f, ..] = ip.octets();
                Self::V6([a, b, c, d, e, f])
            }
            None => Self::Unknown,
        }
    }
}

/// The time that was told last.
#[derive(Debug, Clone)]
struct Told(Arc<AtomicU64>);

impl Clock for Told {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Ordering::Relaxed))
    }
}

/// Counts sign-ups.
pub(super) struct Limits {
    told: Told,
    networks: RateLimiter<Network, HashMapStateStore<Network>, Told, NoOpMiddleware<Nanos>>,
    all: RateLimiter<NotKeyed, InMemoryState, Told, NoOpMiddleware<Nanos>>,
    asked: AtomicU64,
}

impl Limits {
    /// So many an hour from one network, and so many in all; at least one.
    pub(super) fn new(per_network: u32, in_all: u32, now: Instant) -> Self {
        let told = Told(Arc::new(AtomicU64::new(nanos(now))));
        let quota = |most: u32| Quota::per_hour(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
        Self {
            networks: RateLimiter::new(quota(per_network), HashMapStateStore::default(), told.clone()),
            all: RateLimiter::new(quota(in_all), InMemoryState::default(), told.clone()),
            told,
            asked: AtomicU64::new(0),
        }
    }

    /// True if one more may come from there; it counts. What a network has too many of takes nothing from the others.
    pub(super) fn admit(&self, ip: Option<IpAddr>, now: Instant) -> bool {
        self.told.0.store(nanos(now), Ordering::Relaxed);
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.networks.retain_recent();
        }
        self.networks.check_key(&Network::of(ip)).is_ok() && self.all.check().is_ok()
    }
}

fn nanos(now: Instant) -> u64 {
    now.timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn a_network_is_stopped_where_others_pass_and_may_come_again_after_a_while() {
        let now = DateTime::from_timestamp(1_780_000_000, 0).expect("a time");
        let limits = Limits::new(3, 8, now);
        let asks = |ip: &str, now| limits.admit(ip.parse().ok(), now);
        let from = |range: std::ops::Range<u32>, write: fn(u32) -> String| {
            range.filter(|n| asks(&write(*n), now)).count()
        };
        assert_eq!(from(0..250, |n| format!("203.0.113.{n}")), 3, "a /24");
        assert_eq!(from(0..1_000, |n| format!("2001:db8:7:{n:x}::1")), 3, "a /48");
        assert!(asks("192.0.2.1", now), "somebody from elsewhere");
        assert!(asks("198.51.100.1", now) && !asks("198.18.0.1", now), "eight in all");
        let later = now + TimeDelta::minutes(20);
        assert!(asks("203.0.113.9", later) && !asks("203.0.113.10", later), "one of three an hour");
    }
}
