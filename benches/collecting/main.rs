//! The collecting bench: a thousand sources that are all due, collected and stored, beside rss2email.
//!
//! `cargo bench --bench collecting`. A server of its own on loopback has 1,000 different feeds of about 38 KB and 20
//! entries, with validators. First all of them are new, then nothing has changed (304). We gather as `pressrun run`
//! does, 64 at a time, into SQLite on disk; what is timed begins and ends with `gather`. rss2email takes turns with us;
//! it asks one feed after the other, so that it is given a part of them, and what its start costs is taken off.
//! It renders no text for its mails and sends none.

#[expect(dead_code, reason = "the benches share it, and each uses a part")]
#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the benches share it, and each uses a part")]
#[path = "../press/figures.rs"]
mod figures;
mod peer;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pressrun::collect::{FetchRules, Fetcher};
use pressrun::model::{Bounds, Manner, Name, NewSource};
use pressrun::press::{Clock, CollectingRules, Gathering, Tally, gather};
use pressrun::store::Store;

use figures::{commas, median, ratio};
use server::Server;

const SOURCES: usize = 1_000;
const AT_ONCE: usize = 64;
const UNCHANGED: usize = 5;
const HOUR: Duration = Duration::from_secs(3_600);

fn main() {
    // Cargo says `--bench` when it benches, and not when it tests: nothing is timed in tests.
    let (benched, named): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg == "--bench");
    if benched.is_empty() || !named.is_empty() {
        println!("usage: cargo bench --bench collecting\n");
        println!("COLLECTING_ROUNDS=1 makes medians of so many rounds, instead of 3;");
        println!("COLLECTING_PEER=1000 gives rss2email so many feeds, instead of 200, and 0 leaves it out.");
        return;
    }
    let rounds = number("COLLECTING_ROUNDS", 3).max(1);
    let of_peer = number("COLLECTING_PEER", 200).min(SOURCES);
    let server = Server::start(SOURCES);
    println!(
        "{SOURCES} feeds of {} bytes; medians of {rounds} rounds in turns; rss2email has {of_peer} of them",
        commas(server.mean_bytes())
    );
    let peer = if of_peer == 0 { Err("COLLECTING_PEER is 0".to_owned()) } else { peer::install() };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(us(&server));
        if let Ok(peer) = &peer {
            theirs.push(peer::both_runs(peer, &server, of_peer));
        }
    }
    if let Err(why) = &peer {
        println!("rss2email left out: {why}");
    }
    for (run, what, goal) in [(0, "new", 40.0), (1, "unchanged", 20.0)] {
        let per_second =
            |runs: &[[f64; 2]]| median(&runs.iter().map(|run_of| run_of[run]).collect::<Vec<_>>());
        print!("{what:<10} {} sources/s", commas(per_second(&ours)));
        if theirs.is_empty() {
            println!();
        } else {
            let (we, it) = (per_second(&ours), per_second(&theirs));
            println!("; rss2email {it:.1}: {}", ratio(we / it, goal));
        }
    }
}

fn number(name: &str, otherwise: usize) -> usize {
    let Ok(text) = std::env::var(name) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{name} is {text}, and should be a number"))
}

/// Sources a second of both runs.
fn us(server: &Server) -> [f64; 2] {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite:{}/pressrun.db", folder.path().display());
        let store = Store::open(&store).await.expect("opens");
        let source = |n: usize| NewSource {
            name: Name::parse(&format!("s{n}")).expect("a name"),
            url: server.url(n).parse().expect("a URL"),
            title: None,
            topics: Vec::new(),
            every: None,
            manner: Manner::default(),
        };
        let all: Vec<NewSource> = (0..SOURCES).map(source).collect();
        store.declare_sources(&all).await.expect("declares");
        let later = Arc::new(AtomicI64::new(0));
        let gathering = gathering(store, Arc::clone(&later));
        let (mut new, mut unchanged) = (0.0, Vec::new());
        // The second run is over in no time, so there are some of it.
        for run in 0..=UNCHANGED {
            let start = Instant::now();
            let tally = gather(&gathering).await.expect("gathers").expect("alone");
            let rate = SOURCES as f64 / start.elapsed().as_secs_f64();
            let articles = if run == 0 { 20 * SOURCES as u64 } else { 0 };
            assert_eq!(tally, Tally { polls: SOURCES as u64, new: articles, ..Tally::default() });
            if run == 0 {
                new = rate;
            } else {
                unchanged.push(rate);
            }
            // All are due again.
            later.fetch_add(24, Ordering::Relaxed);
        }
        assert_eq!(server.unchanged(), SOURCES * UNCHANGED);
        [new, median(&unchanged)]
    })
}

fn gathering(store: Store, later: Arc<AtomicI64>) -> Gathering {
    let fetch = FetchRules {
        user_agent: "Pressrun/bench".to_owned(),
        timeout: Duration::from_secs(30),
        max_bytes: 10_000_000,
        allow_hosts: vec!["127.0.0.1".to_owned()],
        per_host: AT_ONCE,
    };
    let bounds = Bounds { fastest: HOUR / 4, slowest: 2 * HOUR };
    let rules = CollectingRules {
        at_once: AT_ONCE,
        per_host: AT_ONCE,
        bounds,
        lease: Duration::from_secs(60),
        pages_per_run: 20,
    };
    let clock = Clock::new(move || Utc::now() + TimeDelta::hours(later.load(Ordering::Relaxed)));
    let stop = Arc::new(AtomicBool::new(false));
    Gathering::new(store, Fetcher::new(fetch).expect("a client"), rules, clock, stop)
}
