//! Leases: a run that dies leaves nobody behind, and what may have gone twice is what the ledger says.

use chrono::TimeDelta;
use pressrun::model::{Delivery, DeliveryId, DeliveryState, EditionId, EmailAddress, Outcome};
use pressrun::store::{Claimed, Lease, Store, StoreError, Terms, Turn};

use crate::store_world::{
    CONSIDERED, HAND, address, article, at, attempt, collected, confirmed, draft, edition, lease, message,
    name, stores,
};

async fn released(store: &Store, addresses: &[&str]) -> EditionId {
    collected(store, &[article(1, 1, 1)]).await;
    confirmed(store, "daily", addresses).await;
    let id = draft(store, 1).await;
    store.release(id, &[name("daily")], &Terms::default(), at(1)).await.unwrap();
    id
}

/// Opens what was claimed; returns what may go.
async fn open(store: &Store, claimed: &[Claimed], holder: &str) -> Vec<DeliveryId> {
    let opened = claimed.iter().map(|c| c.delivery).collect();
    let mut may_go = store.turn(&Turn { closed: vec![], opened }, holder, at(2)).await.unwrap();
    may_go.sort_unstable();
    may_go
}

async fn ledger(store: &Store, id: EditionId) -> Vec<Delivery> {
    store.deliveries(id, None, None, 99).await.unwrap()
}

fn states(ledger: &[Delivery]) -> Vec<DeliveryState> {
    ledger.iter().map(|d| d.state).collect()
}

fn other(until: i64) -> Lease {
    Lease { holder: "other".to_owned(), until: at(until) }
}

#[tokio::test]
async fn a_lapsed_lease_gives_back_what_was_not_opened_and_leaves_the_rest_uncertain() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let claimed = store.claim(id, &other(10), 9, at(1)).await.unwrap();
        assert_eq!(open(&store, &claimed[..1], "other").await, [claimed[0].delivery]);
        assert_eq!(store.claim(id, &lease(), 9, at(9)).await.unwrap(), [], "the lease still holds");

        let again = store.claim(id, &lease(), 9, at(10)).await.unwrap();
        let taken: Vec<DeliveryId> = again.iter().map(|c| c.delivery).collect();
        assert_eq!(taken, [claimed[1].delivery]);
        assert_eq!(states(&ledger(&store, id).await), [DeliveryState::Uncertain, DeliveryState::Sending]);
    }
}

#[tokio::test]
async fn a_run_that_says_it_lives_keeps_what_it_holds() {
    for store in stores().await {
        let id = released(&store, &["a@x.org"]).await;
        store.claim(id, &other(10), 9, at(1)).await.unwrap();
        store.renew(id, &other(50)).await.unwrap();
        store.renew(id, &Lease { until: at(9_999), ..lease() }).await.unwrap();
        assert_eq!(store.claim(id, &lease(), 9, at(49)).await.unwrap(), []);
        assert_eq!(store.claim(id, &lease(), 9, at(50)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_run_that_slept_past_its_own_lease_takes_nothing_from_itself() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let claimed = store.claim(id, &other(10), 9, at(1)).await.unwrap();
        assert_eq!(open(&store, &claimed[..1], "other").await, [claimed[0].delivery]);
        assert_eq!(store.claim(id, &other(90), 9, at(80)).await.unwrap(), []);
        assert_eq!(states(&ledger(&store, id).await), [DeliveryState::Sending; 2]);
    }
}

#[tokio::test]
async fn a_letter_opened_before_that_may_not_go_again_is_withdrawn_and_not_in_doubt() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let claimed = store.claim(id, &lease(), 9, at(1)).await.unwrap();
        open(&store, &claimed, HAND).await;
        store.unsubscribe(&claimed[0].address, None, at(2)).await.unwrap();
        let opened = claimed.iter().map(|c| c.delivery).collect();
        let again = store.turn(&Turn { closed: vec![], opened }, HAND, at(3)).await.unwrap();
        assert_eq!(again, [claimed[1].delivery]);
        let rows = ledger(&store, id).await;
        assert_eq!(states(&rows), [DeliveryState::Cancelled, DeliveryState::Sending]);
        assert_eq!(rows[0].doubts, 0);
    }
}

#[tokio::test]
async fn who_lost_a_lease_may_neither_open_nor_give_back_what_another_holds() {
    for store in stores().await {
        let id = released(&store, &["a@x.org"]).await;
        let lost = store.claim(id, &other(10), 9, at(1)).await.unwrap();
        let held = store.claim(id, &lease(), 9, at(11)).await.unwrap();
        assert_eq!(open(&store, &lost, "other").await, []);
        store.unclaim(&[lost[0].delivery], "other").await.unwrap();
        assert_eq!(states(&ledger(&store, id).await), [DeliveryState::Sending]);
        assert_eq!(open(&store, &held, HAND).await, [held[0].delivery]);
    }
}

#[tokio::test]
async fn a_reader_who_leaves_in_the_last_moment_gets_no_letter() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org", "c@x.org"]).await;
        let claimed = store.claim(id, &lease(), 9, at(1)).await.unwrap();
        let (b, c): (EmailAddress, EmailAddress) = (address("b@x.org"), address("c@x.org"));
        store.unsubscribe(&b, None, at(2)).await.unwrap();
        store.suppress(&c.clone().into(), "asked us to", at(2)).await.unwrap();
        assert_eq!(open(&store, &claimed, HAND).await, [claimed[0].delivery]);
        let expected = [DeliveryState::Sending, DeliveryState::Cancelled, DeliveryState::Suppressed];
        assert_eq!(states(&ledger(&store, id).await), expected);
        assert!(ledger(&store, id).await[1].ended_at.is_some());
    }
}

#[tokio::test]
async fn one_turn_ends_a_letter_and_opens_the_next() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let claimed = store.claim(id, &lease(), 9, at(1)).await.unwrap();
        open(&store, &claimed[..1], HAND).await;
        let turn =
            Turn { closed: vec![attempt(&claimed[0], 3, Outcome::Sent)], opened: vec![claimed[1].delivery] };
        assert_eq!(store.turn(&turn, HAND, at(3)).await.unwrap(), [claimed[1].delivery]);
        let rows = ledger(&store, id).await;
        assert_eq!(states(&rows), [DeliveryState::Sent, DeliveryState::Sending]);
        assert_eq!((rows[0].attempts, rows[1].attempts), (1, 0));
    }
}

#[tokio::test]
async fn what_was_on_its_way_when_its_edition_was_cancelled_is_not_tried_again() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org", "c@x.org"]).await;
        let claimed = store.claim(id, &lease(), 2, at(1)).await.unwrap();
        assert_eq!(open(&store, &claimed, HAND).await.len(), 2);
        assert!(store.cancel(id).await.unwrap());
        let closed = [
            attempt(&claimed[0], 2, Outcome::Deferred { until: at(5) }),
            attempt(&claimed[1], 2, Outcome::Uncertain),
        ];
        crate::store_world::record(&store, &closed).await.unwrap();
        assert_eq!(store.claim(id, &lease(), 9, at(99)).await.unwrap(), []);
        let expected = [DeliveryState::Expired, DeliveryState::Uncertain, DeliveryState::Cancelled];
        assert_eq!(states(&ledger(&store, id).await), expected);
        assert!(store.finish(id).await.unwrap());
    }
}

#[tokio::test]
async fn a_retry_by_hand_gives_an_expired_edition_another_day_and_wakes_no_cancelled_one() {
    for store in stores().await {
        collected(&store, &[article(1, 1, 1)]).await;
        confirmed(&store, "daily", &["a@x.org", "b@x.org"]).await;
        let id = draft(&store, 1).await;
        let terms = Terms { expires_at: Some(at(10)), ..Terms::default() };
        store.release(id, &[name("daily")], &terms, at(1)).await.unwrap();
        let claimed = store.claim(id, &lease(), 9, at(1)).await.unwrap();
        let refused = claimed.iter().map(|c| attempt(c, 2, Outcome::Refused)).collect::<Vec<_>>();
        crate::store_world::record(&store, &refused).await.unwrap();
        assert_eq!(store.requeue(id, &[DeliveryState::Refused], at(20)).await.unwrap(), 2);
        assert_eq!(store.claim(id, &lease(), 1, at(21)).await.unwrap().len(), 1);

        store.unclaim(&[claimed[0].delivery], HAND).await.unwrap();
        assert!(store.cancel(id).await.unwrap());
        assert_eq!(store.requeue(id, &[DeliveryState::Cancelled], at(30)).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_was_refused_or_uncertain_goes_back_by_hand_and_only_that() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org", "c@x.org"]).await;
        let claimed = store.claim(id, &lease(), 9, at(1)).await.unwrap();
        let closed = [
            attempt(&claimed[0], 2, Outcome::Sent),
            attempt(&claimed[1], 2, Outcome::Refused),
            attempt(&claimed[2], 2, Outcome::Uncertain),
        ];
        crate::store_world::record(&store, &closed).await.unwrap();
        assert!(!store.finish(id).await.unwrap(), "the uncertain one is to be tried once more");
        assert_eq!(store.requeue(id, &[DeliveryState::Refused], at(5)).await.unwrap(), 1);
        let expected = [DeliveryState::Sent, DeliveryState::Queued, DeliveryState::Uncertain];
        assert_eq!(states(&ledger(&store, id).await), expected);
        assert_eq!(store.unfinished(&name("daily")).await.unwrap().len(), 1, "it is released again");
        assert_eq!(store.claim(id, &lease(), 9, at(5)).await.unwrap()[0].attempts, 1);
    }
}

#[tokio::test]
async fn two_editions_that_took_the_same_articles_for_new_are_not_both_released() {
    for store in stores().await {
        collected(&store, &[article(1, 1, 1)]).await;
        let candidates = store.candidates(None, 9).await.unwrap();
        confirmed(&store, "daily", &["a@x.org"]).await;
        let put = async |slot: i64, since| {
            let mut composed = edition("daily", at(slot), &candidates);
            composed.since = since;
            let explanation = pressrun::model::Explanation::default();
            store.put_edition(&composed, &message("News"), &explanation, at(slot)).await.unwrap()
        };
        let (first, second) = (put(1, None).await, put(2, None).await);
        let daily = [name("daily")];
        store.release(first, &daily, &Terms::default(), at(3)).await.unwrap();
        let refused = store.release(second, &daily, &Terms::default(), at(3)).await;
        assert!(matches!(refused, Err(StoreError::Overtaken(id)) if id == second), "{refused:?}");
        assert_eq!(ledger(&store, second).await, []);

        let third = put(4, Some(CONSIDERED)).await;
        store.release(third, &daily, &Terms::default(), at(4) + TimeDelta::seconds(1)).await.unwrap();
    }
}
