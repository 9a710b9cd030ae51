//! A clock that was ahead is set right: nothing waits for the year that it showed.

use std::time::Duration;

use chrono::TimeDelta;
use pressrun::model::{Bounds, Instant, Lane, Next, Outcome, SourceId};
use pressrun::press;
use pressrun::store::{Lease, Poll, PollEnd, Store, Terms};

use crate::publishing::{Press, timetable};
use crate::store_world::{at, attempt, confirmed, draft, name, record, source, stores};

/// A year ahead.
fn ahead() -> Instant {
    at(0) + TimeDelta::days(365)
}

async fn failed(store: &Store, when: Instant) -> SourceId {
    store.add_source(&source("harbour", "https://example.org/feed")).await.expect("added");
    let id = store.sources().await.expect("sources")[0].id;
    let later = Some(when + TimeDelta::hours(1));
    let next = Next { poll: later, not_before: later, rest: None };
    let end = PollEnd::Failed { sentence: "no".to_owned() };
    let poll = Poll { at: when, end, validators: None, moved_to: None, next };
    store.record_poll(id, &poll).await.expect("recorded");
    id
}

#[tokio::test]
async fn a_source_that_was_polled_by_a_clock_that_was_ahead_is_polled_and_wanted_at_once() {
    for store in stores().await {
        let id = failed(&store, ahead()).await;
        let bounds = Bounds { fastest: Duration::from_secs(900), slowest: Duration::from_secs(7_200) };
        let (due, in_peace) = press::due(store.sources().await.expect("sources"), &bounds, at(0));
        assert_eq!((due.len(), in_peace.len()), (1, 0));
        assert_eq!(store.want_sources(None, at(0), at(-5)).await.expect("wants"), 1);
        let lease = Lease { holder: "one".to_owned(), until: at(1) };
        assert_eq!(store.claim_sources(9, &lease, at(0)).await.expect("claims").len(), 1);
        let end = PollEnd::Failed { sentence: "no".to_owned() };
        let next = Next { poll: Some(at(60)), not_before: Some(at(60)), rest: None };
        let poll = Poll { at: at(0), end, validators: None, moved_to: None, next };
        store.record_poll(id, &poll).await.expect("recorded");
        let health = store.sources().await.expect("sources").remove(0).health;
        assert_eq!((health.checked_at, health.failing_since), (Some(at(0)), Some(at(0))));
        store.give_sources_back("one").await.expect("gives back");
        assert!(store.claim_sources(9, &lease, at(59)).await.expect("claims").is_empty(), "as planned");
    }
}

#[tokio::test]
async fn letters_that_were_put_off_by_a_clock_that_was_ahead_are_due_and_others_are_left_alone() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example", "bob@b.example", "cai@c.example"]).await;
        let id = draft(&store, 0).await;
        store.release(id, &[name("daily")], &Terms::default(), at(0)).await.expect("released");
        let hand = |until| Lease { holder: "hand".to_owned(), until };
        let claimed = store.claim(id, &hand(at(5)), 3, at(0)).await.expect("claims");
        let put_off = |n: usize, when: Instant| {
            let until = when + TimeDelta::hours(1);
            pressrun::model::Attempt { at: when, ..attempt(&claimed[n], 0, Outcome::Deferred { until }) }
        };
        record(&store, &[put_off(0, ahead()), put_off(1, at(0))]).await.expect("recorded");
        store.renew(id, &hand(ahead())).await.expect("renewed");
        store.set_right(at(1)).await.expect("set right");
        let waiting = store.waiting(id, "").await.expect("waits");
        assert_eq!(waiting.deferred, Some(at(1)), "what was put off a year ahead");
        assert!(waiting.sending.is_some_and(|lapses| lapses < at(120)), "its holder may have died");
        let due = store.claim(id, &hand(at(5)), 3, at(2)).await.expect("claims");
        assert_eq!(due.len(), 1, "the other was put off by a clock that was right");
    }
}

#[tokio::test]
async fn a_lane_that_was_held_by_a_clock_that_was_ahead_is_open() {
    for store in stores().await {
        let lane = |held: Instant| Lane { held_until: Some(held), ..Lane::new(at(0)) };
        let put = |lanes: &mut pressrun::store::Lanes| {
            lanes.insert("google".to_owned(), lane(ahead()));
            lanes.insert("yahoo".to_owned(), lane(at(10)));
        };
        store.with_lanes(put).await.expect("put");
        store.set_right(at(1)).await.expect("set right");
        let lanes = store.lanes().await.expect("lanes");
        assert_eq!(lanes.keys().collect::<Vec<_>>(), ["yahoo"]);
    }
}

#[tokio::test]
async fn a_press_sets_right_when_it_begins_and_when_its_clock_is_put_back() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    for begins in [false, true] {
        let held = press.world.now() + TimeDelta::days(365);
        let put = |lanes: &mut pressrun::store::Lanes| {
            lanes.insert("google".to_owned(), Lane { held_until: Some(held), ..Lane::new(held) });
        };
        press.store().with_lanes(put).await.unwrap();
        press.tick_after(TimeDelta::minutes(2)).await;
        assert_eq!(press.store().lanes().await.unwrap().len(), 1, "all seems well");
        if begins {
            press.agenda = press::Agenda::new(None);
        }
        press.tick_after(if begins { TimeDelta::zero() } else { TimeDelta::minutes(-1) }).await;
        assert_eq!(press.store().lanes().await.unwrap().len(), 0);
    }
}
