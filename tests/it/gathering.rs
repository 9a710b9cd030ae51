//! Sources are collected by themselves: each when it is due, by one process, whatever the others do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use pressrun::collect::{FetchRules, Fetcher};
use pressrun::model::{Bounds, Manner, NewSource, Source};
use pressrun::press::{Clock, CollectingRules, Gathering, Tally, gather};
use pressrun::store::{Lease, Store};
use url::Url;

use crate::desk::Desk;
use crate::feed_server::{Answer, Server, answer, ok};
use crate::store_opening::{tamper, urls};
use crate::world::{World, name, rss};

const FASTEST: Duration = Duration::from_secs(900);

/// What gathers by a clock that the test turns.
struct Office {
    store: Store,
    millis: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    per_host: usize,
    lease: Duration,
}

impl Office {
    fn new(store: Store) -> Self {
        let (millis, stop) = (Arc::new(AtomicI64::new(1_772_434_800_000)), Arc::default());
        Self { store, millis, stop, per_host: 4, lease: Duration::from_secs(60) }
    }

    async fn in_memory() -> Self {
        Self::new(Store::open("sqlite::memory:").await.unwrap())
    }

    /// One that works beside this one, by the same clock.
    fn beside(&self, store: Store) -> Self {
        Self { millis: Arc::clone(&self.millis), ..Self::new(store) }
    }

    fn clock(&self) -> Clock {
        let millis = Arc::clone(&self.millis);
        Clock::new(move || DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap())
    }

    fn turn(&self, by: TimeDelta) {
        self.millis.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    fn gathering(&self) -> Gathering {
        let fetch = FetchRules {
            user_agent: "Pressrun/test".to_owned(),
            timeout: Duration::from_secs(60),
            max_bytes: 1_000_000,
            allow_hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
            per_host: self.per_host,
        };
        let bounds = Bounds { fastest: FASTEST, slowest: 4 * FASTEST };
        let rules = CollectingRules {
            at_once: 4,
            per_host: self.per_host,
            bounds,
            lease: self.lease,
            pages_per_run: 20,
        };
        let fetcher = Fetcher::new(fetch).unwrap();
        Gathering::new(self.store.clone(), fetcher, rules, self.clock(), Arc::clone(&self.stop))
    }

    async fn gather(&self) -> Tally {
        gather(&self.gathering()).await.unwrap().expect("it gathers alone")
    }

    async fn add(&self, source: &str, url: Url) {
        let new = NewSource {
            name: name(source),
            url,
            title: None,
            topics: vec![],
            every: None,
            manner: Manner::default(),
        };
        assert!(self.store.add_source(&new).await.unwrap());
    }

    async fn source(&self, source: &str) -> Source {
        let all = self.store.sources().await.unwrap();
        all.into_iter().find(|s| s.name == name(source)).unwrap()
    }

    /// Returns when so many sources were polled.
    async fn polled(&self, sources: usize) {
        let look = async {
            let polled = |all: Vec<Source>| all.iter().filter(|s| s.health.checked_at.is_some()).count();
            while polled(self.store.sources().await.unwrap()) < sources {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), look).await.expect("others are polled meanwhile");
    }
}

/// Returns when a server was asked so often.
async fn asked(server: &Server, times: usize) {
    let look = async {
        while server.asked().len() < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), look).await.expect("it is asked");
}

/// A server whose pages that begin with `slow` never come.
async fn partly_slow() -> Server {
    Server::start(|request| match request.path.starts_with("/slow") {
        true => Answer::Stalled(b"HTTP/1.1 200 OK\r\n".to_vec()),
        false => ok(rss(&[&request.path]).as_bytes()),
    })
    .await
}

fn requests(server: &Server) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for request in server.asked() {
        *all.entry(request.path).or_default() += 1;
    }
    all
}

#[tokio::test]
async fn a_source_that_changes_is_polled_more_often_than_one_that_does_not() {
    let office = Office::in_memory().await;
    let world = World::new().await;
    let newsroom = &world.newsroom;
    office.add("news", newsroom.url("news").parse().unwrap()).await;
    let mut rests = Vec::new();
    for titles in [&["One"][..], &["One"], &["One"], &["One"], &["One", "Two"], &["One", "Two"]] {
        newsroom.publish("news", rss(titles));
        assert_eq!(office.gather().await.polls, 1);
        assert_eq!(office.gather().await.polls, 0, "it rests");
        let source = office.source("news").await;
        rests.push(source.rest.unwrap().as_secs());
        office.turn(source.next_poll.unwrap() - office.clock().now());
    }
    assert_eq!(rests, [900, 1_125, 1_406, 1_757, 900, 1_125]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_one_polls_a_source() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let server = Server::start(|request| ok(rss(&[&request.path]).as_bytes())).await;
        let one = Office::new(Store::open(&url).await.unwrap());
        let two = one.beside(Store::open(&url).await.unwrap());
        for n in 0..40 {
            one.add(&format!("s{n}"), server.at(&n.to_string())).await;
        }
        for round in 1..=3 {
            let (a, b) = tokio::join!(one.gather(), two.gather());
            assert_eq!(a.polls + b.polls, 40, "round {round}");
            assert_eq!(a.new + b.new, if round == 1 { 40 } else { 0 });
            let requests = requests(&server);
            assert!(requests.len() == 40 && requests.values().all(|n| *n == round), "{requests:?}");
            one.turn(TimeDelta::hours(6));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_that_hang_hold_up_no_other_and_are_given_back_at_a_stop() {
    let server = partly_slow().await;
    let mut office = Office::in_memory().await;
    office.per_host = 3;
    let mut elsewhere = server.url.clone();
    elsewhere.set_host(Some("localhost")).unwrap();
    // Three of them could fill three of the four places, and the rest of them the last one.
    for n in 0..6 {
        office.add(&format!("a-slow{n}"), server.at(&format!("slow{n}"))).await;
    }
    for n in 0..12 {
        office.add(&format!("quick{n}"), elsewhere.join(&format!("quick{n}")).unwrap()).await;
    }
    let gathering = office.gathering();
    let work = tokio::spawn(async move { gather(&gathering).await.unwrap().unwrap() });
    office.polled(12).await;
    office.stop.store(true, Ordering::SeqCst);
    let tally = work.await.unwrap();
    assert_eq!((tally.polls, tally.new, tally.failed), (12, 12, 0));
    assert_eq!(server.asked().len(), 15, "no more of a host than it may have");
    assert_eq!(office.source("a-slow0").await.health.checked_at, None);
    let now = office.clock().now();
    let lease = Lease { holder: "another".to_owned(), until: now };
    let free = office.store.claim_sources(99, &lease, now);
    assert_eq!(free.await.unwrap().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gathering_never_works_twice_at_once() {
    let server = partly_slow().await;
    let office = Office::in_memory().await;
    office.add("slow", server.at("slow")).await;
    let gathering = Arc::new(office.gathering());
    let work = tokio::spawn({
        let gathering = Arc::clone(&gathering);
        async move { gather(&gathering).await.unwrap() }
    });
    asked(&server, 1).await;
    assert_eq!(gather(&gathering).await.unwrap(), None);
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    office.turn(TimeDelta::seconds(59));
    assert_eq!(
        gather(&gathering).await.unwrap(),
        Some(Tally::default()),
        "one that was killed is no hindrance"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_was_polling_is_polled_by_another_when_its_claim_lapses() {
    let server = partly_slow().await;
    let (_folder, urls) = urls().await;
    let office = Office::new(Store::open(&urls[0]).await.unwrap());
    office.add("slow", server.at("slow")).await;
    let gathering = office.gathering();
    let killed = tokio::spawn(async move { gather(&gathering).await });
    asked(&server, 1).await;
    killed.abort();
    let _ = killed.await;
    let other = office.beside(Store::open(&urls[0]).await.unwrap());
    office.turn(TimeDelta::seconds(59));
    assert_eq!(other.gather().await.polls, 0);
    office.turn(TimeDelta::seconds(1));
    let gathering = other.gathering();
    let work = tokio::spawn(async move { gather(&gathering).await });
    asked(&server, 2).await;
    work.abort();
}

#[tokio::test]
async fn what_asks_for_peace_gets_it_even_when_an_edition_waits() {
    let office = Office::in_memory().await;
    let server = Server::start(|request| match request.path.as_str() {
        "/full" => answer("503 Service Unavailable", &[("retry-after", "7200")], b""),
        "/broken" => answer("500 Internal Server Error", &[], b""),
        _ => ok(rss(&["One"]).as_bytes()),
    })
    .await;
    for page in ["broken", "fine", "full"] {
        office.add(page, server.at(page)).await;
    }
    let tally = office.gather().await;
    assert_eq!((tally.polls, tally.failed), (3, 2));
    // After ten minutes only what is well is polled for an edition, after seventeen what failed once, then the rest.
    for (minutes, pages) in
        [(10, &["/fine"][..]), (7, &["/broken", "/fine"]), (110, &["/broken", "/fine", "/full"])]
    {
        office.turn(TimeDelta::minutes(minutes));
        let (before, now) = (server.asked().len(), office.clock().now());
        let wanted = office.store.want_sources(None, now, now - TimeDelta::minutes(3)).await.unwrap();
        assert_eq!(wanted, pages.len());
        office.gather().await;
        let mut asked: Vec<_> = server.asked()[before..].iter().map(|r| r.path.clone()).collect();
        asked.sort();
        assert_eq!(asked, pages);
        assert_eq!(office.store.stale_sources(None, now, now).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_day_of_failure_is_told_and_taken_back_when_the_source_is_well() {
    let office = Office::in_memory().await;
    let world = World::new().await;
    let newsroom = &world.newsroom;
    let start = office.clock().now();
    newsroom.publish("well", rss(&["One"]));
    newsroom.break_down("news", 500);
    for page in ["news", "well"] {
        office.add(page, newsroom.url(page).parse().unwrap()).await;
    }
    let mut polls = 0;
    loop {
        office.gather().await;
        polls += 1;
        let notices = office.store.notices().await.unwrap();
        let told: Vec<_> = notices.iter().map(|n| (n.key.as_str(), n.at)).collect();
        if office.clock().now() - start >= TimeDelta::days(1) {
            assert_eq!(told, [("source:news", start)], "since when");
            assert!(notices[0].text.contains("(status 500)"), "{}", notices[0].text);
            break;
        }
        assert_eq!(told, []);
        office.turn(office.source("news").await.next_poll.unwrap() - office.clock().now());
    }
    assert!((4..12).contains(&polls), "it is asked less and less often: {polls}");
    newsroom.publish("news", rss(&["One"]));
    office.turn(TimeDelta::days(2));
    office.gather().await;
    assert_eq!(office.store.notices().await.unwrap(), []);
}

#[tokio::test]
async fn a_source_whose_articles_the_store_cannot_take_is_in_trouble_alone() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let server = Server::start(|request| ok(rss(&[&request.path]).as_bytes())).await;
        let office = Office::new(Store::open(&url).await.unwrap());
        for page in ["a", "b", "c"] {
            office.add(page, server.at(page)).await;
        }
        office.gather().await;
        tamper(
            &url,
            "UPDATE articles SET direction = 'up' WHERE source = (SELECT id FROM sources WHERE name = 'b')",
        )
        .await;
        office.turn(TimeDelta::days(1));
        let tally = office.gather().await;
        assert_eq!((tally.polls, tally.failed), (3, 1));
        let trouble = office.source("b").await.health.trouble.unwrap();
        assert!(trouble.contains("cannot be stored") && trouble.contains("articles.direction"), "{trouble}");
    }
}

#[tokio::test]
async fn sources_that_were_polled_together_come_due_apart() {
    let office = Office::in_memory().await;
    let server = Server::start(|request| ok(rss(&[&request.path]).as_bytes())).await;
    for n in 0..30 {
        office.add(&format!("s{n}"), server.at(&n.to_string())).await;
    }
    office.gather().await;
    let now = office.clock().now();
    let sources = office.store.sources().await.unwrap();
    let mut due: Vec<_> = sources.iter().map(|s| (s.next_poll.unwrap() - now).num_seconds()).collect();
    due.sort_unstable();
    due.dedup();
    assert!(due.len() > 20 && due[0] >= 810 && due[due.len() - 1] <= 990, "{due:?}");
}

#[test]
fn intervals_are_configured_and_those_the_wrong_way_round_are_complained_of() {
    let bounds = |text: &str| Desk::with(format!("[collect]\n{text}"));
    let collect = bounds("poll_every = \"6h\"").load().collect.clone();
    assert_eq!(collect.poll_every, Duration::from_secs(6 * 3_600), "whatever the other one would be");
    bounds("poll_every = \"6h\"\npoll_at_least_every = \"1h\"")
        .complains("config.toml:3: collect.poll_at_least_every: is shorter than collect.poll_every");
    let source =
        Desk::with("[sources.x]\nurl = \"https://x.example/\"\nevery = \"90m\"").load().sources().remove(0);
    assert_eq!(source.every, Some(Duration::from_secs(5_400)));
}

#[tokio::test]
async fn who_renews_its_lease_while_it_records_never_waits_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("news.db").display())).await.unwrap();
    let server = Server::start(|request| ok(rss(&[&request.path]).as_bytes())).await;
    // So short that it is renewed all the time.
    let office = Office { lease: Duration::from_millis(1), ..Office::new(store) };
    for n in 0..300 {
        office.add(&format!("s{n}"), server.at(&format!("/{n}"))).await;
    }
    let gathered = tokio::time::timeout(Duration::from_secs(60), office.gather()).await;
    assert!(gathered.is_ok(), "it waits for itself");
}
