//! Clicks: how often readers go to an article through our pages, counted without a trace of who they are.
//!
//! What is kept for good is a number per article. Who asks is looked at once, when they ask: of their network (a /24 or a
//! /48) a keyed hash is remembered for an hour, in memory alone, by a key that is made when the process starts and is
//! written nowhere. No cookie, no time, no reader, no edition, and in the log neither the network nor the article.
//!
//! Most of what follows the links of a letter is no reader: mail programs, filters and previews open them seconds or
//! minutes after it came. So a click counts
//!
//! * when a browser says that somebody opened the page by hand (Fetch Metadata §2.4), or, where it says nothing of that,
//!   when it is a browser at all; HEAD and what is fetched ahead is looked at and not counted;
//! * once per article, network and hour, so that nobody counts twice, nor makes an article popular by pressing a key;
//! * after five seconds, and only if the network has not asked for a third article by then: readers do not read as fast.
//!   Nothing of a network that did counts for ten minutes.
//!
//! It errs to the side of too few: of an office behind one address one reader counts. What it cannot know is a machine that
//! opens one link alone, in a whole browser, from a network of its own.
//!
//! Counts are written each ten seconds in one statement, and when the pages stop; a process that dies takes the clicks of
//! its last seconds with it and nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use chrono::TimeDelta;
use tokio::sync::oneshot;

use super::limits::Network;
use crate::model::{ArticleId, Instant, Passage};
use crate::store::{Store, StoreError};

/// How often counts are written.
const EACH: Duration = Duration::from_secs(10);
/// A network counts once for an article within this, and is forgotten after it.
const MEMORY: TimeDelta = TimeDelta::hours(1);
/// Whoever asks for so many articles within so long does not read them.
const BURST: usize = 3;
const WITHIN: TimeDelta = TimeDelta::seconds(5);
/// For how long its network counts for nothing then: filters take one letter after the other.
const QUIET: TimeDelta = TimeDelta::minutes(10);
/// So much is remembered at once, some 30 MB; what comes beyond it is led on and not counted.
const MOST: usize = 200_000;

/// Names in which machines tell what they are.
const MACHINES: [&str; 17] = [
    "bot/", "bot;", "bot)", "bot,", "crawl", "spider", "preview", "scan", "headless", "phantom", "monitor",
    "fetch", "proxy", "python", "curl", "http:", "https:",
];

/// Counts clicks; a clone counts into the same.
#[derive(Debug, Clone, Default)]
pub struct Clicks(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Random for each process.
    key: RandomState,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By the hash of a network.
    networks: HashMap<u64, Visits>,
    /// How many visits there are in all.
    held: usize,
    /// Clicks by token that the store does not have yet.
    unwritten: HashMap<String, u32>,
}

/// What a network has asked for within the hour.
#[derive(Debug, Default)]
struct Visits {
    asked: Vec<Asked>,
    quiet_until: Option<Instant>,
}

#[derive(Debug)]
struct Asked {
    article: ArticleId,
    token: String,
    at: Instant,
    stands: Stands,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// By no reader, as far as one knows.
    Looked,
    /// It counts if nothing else comes.
    Waits,
    Counted,
}

impl Clicks {
    /// Notes that somebody asked for a passage; `reads` is whether that may have been a reader.
    pub(super) fn asked(&self, ip: Option<IpAddr>, passage: &Passage, reads: bool, now: Instant) {
        let network = self.0.key.hash_one(Network::of(ip));
        let mut known = self.known();
        let full = known.held >= MOST;
        let visits = match known.networks.get_mut(&network) {
            Some(visits) => visits,
            None if full => return,
            None => known.networks.entry(network).or_default(),
        };
        let reads = reads && visits.quiet_until.is_none_or(|until| now >= until);
        let stands = if reads { Stands::Waits } else { Stands::Looked };
        let mut new = 0;
        match visits.asked.iter_mut().find(|asked| asked.article == passage.article) {
            Some(asked) if asked.stands == Stands::Looked && reads => {
                (asked.stands, asked.at) = (stands, now)
            }
            Some(asked) if near(asked.at, now, MEMORY) => {}
            Some(asked) => (asked.stands, asked.at) = (stands, now),
            None if full => return,
            None => {
                let (article, token) = (passage.article, passage.token.clone());
                visits.asked.push(Asked { article, token, at: now, stands });
                new = 1;
            }
        }
        let lately = |asked: &Asked| near(asked.at, now, WITHIN);
        if visits.asked.iter().filter(|asked| lately(asked)).count() >= BURST {
            visits.quiet_until = Some(now + QUIET);
            let waiting = visits.asked.iter_mut().filter(|asked| asked.stands == Stands::Waits);
            waiting.filter(|asked| lately(asked)).for_each(|asked| asked.stands = Stands::Looked);
        }
        known.held += new;
    }

    /// Writes what has waited long enough, and forgets networks that were quiet for an hour. What the store does not take
    /// is written with the next.
    pub async fn write(&self, store: &Store, now: Instant) -> Result<(), StoreError> {
        self.settle(now, |at| !near(at, now, WITHIN));
        self.hand_over(store).await
    }

    /// Writes all that counts as far as one knows, before the process ends.
    pub async fn write_all(&self, store: &Store, now: Instant) -> Result<(), StoreError> {
        self.settle(now, |_| true);
        self.hand_over(store).await
    }

    fn settle(&self, now: Instant, counts: impl Fn(Instant) -> bool) {
        let mut known = self.known();
        let Known { networks, held, unwritten } = &mut *known;
        for asked in networks.values_mut().flat_map(|visits| &mut visits.asked) {
            if asked.stands == Stands::Waits && counts(asked.at) {
                asked.stands = Stands::Counted;
                *unwritten.entry(asked.token.clone()).or_default() += 1;
            }
        }
        *held = 0;
        networks.retain(|_, visits| {
            visits.asked.retain(|asked| near(asked.at, now, MEMORY) || asked.stands == Stands::Waits);
            *held += visits.asked.len();
            !visits.asked.is_empty()
        });
    }

    async fn hand_over(&self, store: &Store) -> Result<(), StoreError> {
        let counts: Vec<(String, u32)> = self.known().unwritten.drain().collect();
        if counts.is_empty() {
            return Ok(());
        }
        let written = store.add_clicks(&counts).await;
        if written.is_err() {
            let mut known = self.known();
            for (token, clicks) in counts {
                *known.unwritten.entry(token).or_default() += clicks;
            }
        }
        written
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts for as long as the pages are served: writes each ten seconds, and at the end what is left.
pub async fn counting(
    clicks: &Clicks,
    store: &Store,
    now: impl Fn() -> Instant,
    served: impl Future<Output = ()>,
) {
    let (ended, mut end) = oneshot::channel();
    let serving = async {
        served.await;
        // Nobody may be there to hear it.
        let _ = ended.send(());
    };
    let writing = async {
        while tokio::time::timeout(EACH, &mut end).await.is_err() {
            told(clicks.write(store, now()).await);
        }
        told(clicks.write_all(store, now()).await);
    };
    tokio::join!(serving, writing);
}

fn told(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "clicks could not be written; they are with the next");
    }
}

/// A clock may have been put back in between.
fn near(at: Instant, now: Instant, within: TimeDelta) -> bool {
    now.signed_duration_since(at).abs() < within
}

/// True if somebody opened the page by hand in a browser, as far as the request says.
pub(super) fn by_hand(headers: &HeaderMap) -> bool {
    let says = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    let ahead = ["sec-purpose", "purpose", "x-purpose", "x-moz"].map(says);
    let ahead = ahead.iter().any(|why| ["prefetch", "prerender", "preview"].iter().any(|w| why.contains(w)));
    let agent = says("user-agent");
    let browser =
        agent.starts_with("mozilla/5.0 (") && !MACHINES.iter().any(|machine| agent.contains(machine));
    if ahead || !browser {
        return false;
    }
    let [mode, user, dest, site] =
        ["mode", "user", "dest", "site"].map(|of| says(&format!("sec-fetch-{of}")));
    if [&mode, &user, &dest, &site].iter().all(|said| said.is_empty()) {
        // An old browser, or one of a program.
        return true;
    }
    // Safari tells the mode and not always the hand; all others freeze this number. Nor is there a hand for every browser
    // where another program opens a page in it, which comes from no site.
    let safari = agent.contains("applewebkit/") && !agent.contains("applewebkit/537.36");
    let opened = user == "?1" || user.is_empty() && (safari || site == "none");
    mode == "navigate" && ["", "document"].contains(&&*dest) && opened
}

#[cfg(test)]
#[path = "clicks_tests.rs"]
mod tests;
