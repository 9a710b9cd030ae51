//! A source is polled by one process at a time, when it is due, and for an edition unless it is left in peace.

use std::time::Duration;

use pressrun::model::{Health, Instant, Manner, NewSource, Next, Source, SourceId};
use pressrun::store::{Lease, Poll, PollEnd, Polled, Store};

use crate::store_world::{article, at, name, source, stores};

fn lease(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: at(until) }
}

/// A store's sources, named after their numbers, without any poll.
async fn declared(store: &Store, names: &[&str]) -> Vec<SourceId> {
    let all: Vec<_> = names.iter().map(|n| source(n, &format!("https://{n}.example/"))).collect();
    store.declare_sources(&all).await.expect("declares");
    store.sources().await.expect("sources").into_iter().map(|s| s.id).collect()
}

/// The names of what `holder` claims at a minute, in order; its lease is ten minutes long.
async fn claimed(store: &Store, holder: &str, minute: i64, limit: usize) -> Vec<String> {
    let all = store.claim_sources(limit, &lease(holder, minute + 10), at(minute)).await.expect("claims");
    all.into_iter().map(|s| s.name.to_string()).collect()
}

fn polled(id: SourceId, minute: i64, end: PollEnd, next: Next) -> Polled {
    let poll = Poll { at: at(minute), end, validators: None, moved_to: None, next };
    Polled { source: id, poll, articles: Vec::new(), if_changed: next }
}

fn due(minute: i64) -> Next {
    Next { poll: Some(at(minute)), ..Next::default() }
}

async fn record(store: &Store, holder: &str, polled: &Polled) -> bool {
    store.record_polls(&[polled], Some(holder)).await.expect("records")[0].is_some()
}

async fn only(store: &Store) -> Source {
    store.sources().await.expect("sources").remove(0)
}

#[tokio::test]
async fn what_is_longest_due_is_claimed_first_and_by_one_alone() {
    for store in stores().await {
        let ids = declared(&store, &["a", "b", "c", "d"]).await;
        for (id, minute) in [(ids[0], 8), (ids[1], 5), (ids[2], 90)] {
            store
                .record_poll(id, &polled(id, 1, PollEnd::Unchanged, due(minute)).poll)
                .await
                .expect("records");
        }
        assert_eq!(claimed(&store, "one", 4, 9).await, ["d"], "never polled, so due at once");
        assert_eq!(claimed(&store, "one", 9, 1).await, ["b"]);
        assert_eq!(claimed(&store, "two", 9, 9).await, ["a"]);
        assert_eq!(claimed(&store, "three", 9, 9).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_claim_that_nobody_renews_lapses_and_one_that_is_given_back_is_due_as_it_was() {
    for store in stores().await {
        declared(&store, &["a"]).await;
        assert_eq!(claimed(&store, "dead", 0, 9).await, ["a"]);
        assert_eq!(claimed(&store, "one", 9, 9).await, [""; 0]);
        assert_eq!(claimed(&store, "one", 10, 9).await, ["a"]);
        store.renew_sources(&lease("one", 30)).await.expect("renews");
        assert_eq!(claimed(&store, "two", 29, 9).await, [""; 0]);
        store.give_sources_back("two").await.expect("has none");
        assert_eq!(claimed(&store, "two", 29, 9).await, [""; 0]);
        store.give_sources_back("one").await.expect("gives back");
        assert_eq!(claimed(&store, "two", 29, 9).await, ["a"]);
    }
}

#[tokio::test]
async fn what_a_holder_has_lost_meanwhile_is_not_recorded() {
    for store in stores().await {
        let id = declared(&store, &["a"]).await[0];
        assert_eq!(claimed(&store, "slow", 0, 9).await, ["a"]);
        assert_eq!(claimed(&store, "quick", 20, 9).await, ["a"]);
        let mut late = polled(id, 21, PollEnd::Failed { sentence: "late".to_owned() }, due(99));
        late.articles = vec![article(1, 1, 1)];
        assert!(!record(&store, "slow", &late).await);
        assert_eq!(only(&store).await.health, Health::default());
        assert_eq!(store.candidates(None, 9).await.expect("candidates"), []);
        assert!(record(&store, "quick", &polled(id, 22, PollEnd::Unchanged, due(30))).await);
        assert_eq!(claimed(&store, "one", 30, 9).await, ["a"], "a recorded poll is no claim any more");

        let elsewhere = [source("a", "https://elsewhere.example/")];
        store.declare_sources(&elsewhere).await.expect("declares");
        assert!(!record(&store, "one", &late).await, "another address");
        assert_eq!(claimed(&store, "one", 31, 9).await, ["a"]);
        store.remove_source(&name("a")).await.expect("removes");
        assert!(!record(&store, "one", &late).await, "removed");
    }
}

#[tokio::test]
async fn the_next_poll_of_many_is_the_one_that_fits_what_they_brought() {
    for store in stores().await {
        let ids = declared(&store, &["a", "b", "c"]).await;
        store.put_articles(ids[1], &[article(2, 2, 2)], at(0)).await.expect("stores");
        assert_eq!(claimed(&store, "one", 1, 9).await.len(), 3);
        let rest = |minute: i64| Next { rest: Some(Duration::from_secs(60)), ..due(minute) };
        let mut polls: Vec<_> = ids.iter().map(|id| polled(*id, 2, PollEnd::Unchanged, rest(40))).collect();
        polls.iter_mut().for_each(|p| p.if_changed = rest(20));
        polls[0].articles = vec![article(1, 1, 1)];
        polls[1].articles = vec![article(2, 2, 2)];
        let all = store.record_polls(&polls.iter().collect::<Vec<_>>(), Some("one")).await.expect("records");
        let new: Vec<_> = all.iter().map(|gathered| gathered.expect("is ours").new).collect();
        assert_eq!(new, [1, 0, 0]);
        let sources = store.sources().await.expect("sources");
        let next: Vec<_> = sources.iter().map(|s| s.next_poll).collect();
        assert_eq!(next, [Some(at(20)), Some(at(40)), Some(at(40))]);
        assert!(sources.iter().all(|s| s.rest == Some(Duration::from_secs(60))));
    }
}

#[tokio::test]
async fn two_that_move_to_one_address_at_once_do_not_both_get_it() {
    for store in stores().await {
        let ids = declared(&store, &["a", "b"]).await;
        claimed(&store, "one", 0, 9).await;
        let mut polls: Vec<_> = ids.iter().map(|id| polled(*id, 1, PollEnd::Unchanged, due(9))).collect();
        polls.iter_mut().for_each(|p| p.poll.moved_to = "https://new.example/".parse().ok());
        store.record_polls(&[&polls[0], &polls[1]], Some("one")).await.expect("records");
        let urls: Vec<_> =
            store.sources().await.expect("sources").into_iter().map(|s| s.url.to_string()).collect();
        assert_eq!(urls, ["https://new.example/", "https://b.example/"]);
    }
}

/// What is wanted at a minute, fresh since another, and what stays stale.
async fn wanted(store: &Store, of: Option<&[SourceId]>, minute: i64, since: i64) -> (usize, Vec<SourceId>) {
    let wanted = store.want_sources(of, at(minute), at(since)).await.expect("wants");
    (wanted, store.stale_sources(of, at(minute), at(since)).await.expect("asks"))
}

#[tokio::test]
async fn what_an_edition_wants_is_due_at_once_unless_it_is_fresh_or_left_in_peace() {
    for store in stores().await {
        let ids = declared(&store, &["a", "fresh", "other", "peace"]).await;
        let in_peace = Next { not_before: Some(at(60)), ..due(60) };
        for (id, minute, next) in
            [(ids[0], 1, due(200)), (ids[1], 50, due(200)), (ids[2], 1, due(200)), (ids[3], 1, in_peace)]
        {
            store.record_poll(id, &polled(id, minute, PollEnd::Unchanged, next).poll).await.expect("records");
        }
        let of = [ids[0], ids[1], ids[3]];
        assert_eq!(claimed(&store, "one", 55, 9).await, [""; 0]);
        assert_eq!(wanted(&store, Some(&of), 55, 45).await, (1, vec![ids[0]]));
        assert_eq!(wanted(&store, Some(&[]), 55, 45).await, (0, vec![]));
        assert_eq!(claimed(&store, "one", 55, 9).await, ["a"]);
        assert_eq!(wanted(&store, Some(&of), 56, 45).await, (1, vec![ids[0]]), "while it is being polled");
        assert!(record(&store, "one", &polled(ids[0], 57, PollEnd::Unchanged, due(200))).await);
        assert_eq!(wanted(&store, Some(&of), 58, 45).await, (0, vec![]));
        assert_eq!(wanted(&store, None, 58, 45).await, (1, vec![ids[2]]));
        assert_eq!(wanted(&store, None, 61, 45).await, (2, vec![ids[2], ids[3]]));
        assert_eq!(claimed(&store, "one", 61, 9).await, ["other", "peace"]);
    }
}

#[tokio::test]
async fn an_interval_that_is_declared_anew_holds_from_now_on() {
    for store in stores().await {
        let every = |hours: u64| NewSource {
            every: Some(Duration::from_secs(3_600 * hours)),
            manner: Manner::default(),
            ..source("a", "https://a.example/")
        };
        let declare = async |new: &NewSource| -> Source {
            store.declare_sources(std::slice::from_ref(new)).await.expect("declares");
            only(&store).await
        };
        let id = declare(&every(24)).await.id;
        store.record_poll(id, &polled(id, 1, PollEnd::Unchanged, due(1_440)).poll).await.expect("records");
        assert_eq!(declare(&every(24)).await.next_poll, Some(at(1_440)));
        let sooner = declare(&every(1)).await;
        assert_eq!((sooner.every, sooner.next_poll), (Some(Duration::from_secs(3_600)), None));
    }
}

#[tokio::test]
async fn the_first_of_the_failures_in_a_row_is_remembered() {
    for store in stores().await {
        let id = declared(&store, &["a"]).await[0];
        let failed = || PollEnd::Failed { sentence: "no".to_owned() };
        let since = async |minute: i64, end: PollEnd| -> Option<Instant> {
            store.record_poll(id, &polled(id, minute, end, Next::default()).poll).await.expect("records");
            only(&store).await.health.failing_since
        };
        assert_eq!(since(1, failed()).await, Some(at(1)));
        assert_eq!(since(2, failed()).await, Some(at(1)));
        assert_eq!(since(3, PollEnd::Unchanged).await, None);
        assert_eq!(since(4, failed()).await, Some(at(4)));
    }
}

#[tokio::test]
async fn of_a_source_that_is_gone_nothing_is_told_any_more() {
    for store in stores().await {
        declared(&store, &["a", "b", "c"]).await;
        for key in ["source:a", "source:b", "source:c", "relay:backup"] {
            store.notice(key, "trouble", at(1)).await.expect("notices");
        }
        let keys = async || -> Vec<String> {
            store.notices().await.expect("notices").into_iter().map(|n| n.key).collect()
        };
        store.remove_source(&name("a")).await.expect("removes");
        assert_eq!(keys().await, ["relay:backup", "source:b", "source:c"]);
        declared(&store, &["c"]).await;
        assert_eq!(keys().await, ["relay:backup", "source:c"]);
    }
}
