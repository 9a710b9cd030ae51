//! Two publishers live the same life, and one of them prunes: their readers see no difference.

use chrono::{Days, TimeDelta};
use pressrun::model::{Digest, Instant, Section, SourceId, Take};
use pressrun::store::Store;
use proptest::prelude::*;

use crate::keeping::{DAY, compose, day, entry, keep_at, rules, send, titles};
use crate::store_world::{confirmed, name, source};
use crate::world::World;

/// What happens to a publisher.
#[derive(Debug, Clone)]
enum Event {
    Days(u64),
    /// A poll of a source brings these entries.
    Poll(usize, i64, i64),
    Publish(usize),
    Keep,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1..60_u64).prop_map(Event::Days),
        4 => (0..2_usize, 0..150_i64, 1..90_i64).prop_map(|(source, first, n)| Event::Poll(source, first, n)),
        3 => (0..2_usize).prop_map(Event::Publish),
        3 => Just(Event::Keep),
    ]
}

/// A publisher with two sources and two digests.
struct Life {
    store: Store,
    sources: Vec<SourceId>,
    sent: Vec<(usize, String)>,
}

impl Life {
    async fn new() -> Self {
        let store = Store::open("sqlite::memory:").await.expect("opens");
        confirmed(&store, "readers", &["ann@a.example"]).await;
        let sources = ["harbour", "pier"].map(|n| source(n, &format!("https://{n}.example/")));
        store.declare_sources(&sources).await.expect("declared");
        let sources = store.sources().await.expect("sources").iter().map(|s| s.id).collect();
        Self { store, sources, sent: Vec::new() }
    }

    async fn poll(&self, from: usize, first: i64, n: i64, now: Instant) {
        // Both report the pages of a few, by marks of their own.
        let of = |n: i64| {
            let mut entry = entry(n, 4 * n - 300);
            if n % 7 != 0 {
                entry.fingerprint.url += 1_000 * from as i64;
            }
            entry.fingerprint.guid += 1_000 * from as i64;
            entry.title = format!("Story {n} of {from}");
            entry
        };
        let feed: Vec<_> = (first..first + n).map(of).collect();
        self.store.put_articles(self.sources[from], &feed, now).await.expect("stored");
    }
}

#[test]
fn whatever_is_pruned_the_next_edition_is_the_same_and_nothing_is_sent_twice() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let one = runtime.block_on(World::new()).digest();
    let sections = vec![Section {
        title: String::new(),
        take: Take::Sources(vec![name("pier")]),
        limit: 12,
        optional: false,
        ..Section::default()
    }];
    let two = Digest { name: name("evening"), sections, max_age: 40 * DAY, ..one.clone() };
    let digests = [one, two];
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(events in prop::collection::vec(event(), 5..60))| {
        runtime.block_on(async {
            let (mut whole, mut pruned) = (Life::new().await, Life::new().await);
            let rules = rules(&[&digests[0], &digests[1]]);
            let mut now = day(0);
            for event in &events {
                now += TimeDelta::minutes(40);
                match *event {
                    Event::Days(n) => now = now + Days::new(n),
                    Event::Poll(source, first, n) => {
                        whole.poll(source, first, n, now).await;
                        pruned.poll(source, first, n, now).await;
                    }
                    Event::Publish(which) => {
                        let digest = &digests[which];
                        let [a, b] = [compose(&whole.store, digest, now).await, compose(&pruned.store, digest, now).await];
                        assert_eq!(titles(&a), titles(&b), "the same answer");
                        for (life, drafted) in [(&mut whole, a), (&mut pruned, b)] {
                            let sent = send(&life.store, digest, &drafted, now).await;
                            life.sent.extend(sent.into_iter().map(|title| (which, title)));
                        }
                    }
                    Event::Keep => {
                        keep_at(&pruned.store, &rules, now).await;
                    }
                }
            }
            let mut sent = pruned.sent.clone();
            sent.sort();
            sent.dedup();
            assert_eq!(sent.len(), pruned.sent.len(), "sent twice");
        });
    });
}
