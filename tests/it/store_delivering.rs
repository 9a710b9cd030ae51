//! Every reader gets one letter, from one hand, and the ledger says so at any moment.

use std::collections::HashSet;

use pressrun::model::{
    DeliveryState, EditionId, EditionState, Excluded, Explanation, ListId, Name, Outcome, SubscriptionState,
};
use pressrun::store::{Released, Store, StoreError, Terms, Turn};

use crate::store_world::{
    CONSIDERED, HAND, address, addresses, article, at, attempt, collected, confirmed, draft, edition, lease,
    list, message, name, readers, record, stores,
};

/// An edition released to the list `daily` with these confirmed readers.
async fn released(store: &Store, addresses: &[&str]) -> EditionId {
    confirmed(store, "daily", addresses).await;
    let id = draft(store, 1).await;
    store.release(id, &[name("daily")], &Terms::default(), at(1)).await.expect("releases");
    id
}

async fn states(store: &Store, id: EditionId) -> Vec<DeliveryState> {
    store.deliveries(id, None, None, 99).await.expect("the ledger").iter().map(|d| d.state).collect()
}

#[tokio::test]
async fn releasing_twice_is_refused() {
    for store in stores().await {
        let id = released(&store, &["ann@x.org"]).await;
        let again = store.release(id, &[name("daily")], &Terms::default(), at(2)).await.expect_err("refused");
        assert!(matches!(again, StoreError::NotADraft { state: EditionState::Released, .. }), "{again}");
        assert_eq!(store.deliveries(id, None, None, 9).await.expect("the ledger").len(), 1);
        let nobody = store.release(EditionId(77), &[], &Terms::default(), at(2)).await;
        assert!(matches!(nobody, Err(StoreError::NoEdition(EditionId(77)))));
    }
}

#[tokio::test]
async fn two_machines_that_release_at_once_freeze_one_list_of_readers() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@x.org", "bob@x.org"]).await;
        let (id, lists) = (draft(&store, 1).await, [name("daily")]);
        let terms = Terms::default();
        let (a, b) =
            tokio::join!(store.release(id, &lists, &terms, at(1)), store.release(id, &lists, &terms, at(1)));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        assert_eq!(states(&store, id).await.len(), 2);
    }
}

#[tokio::test]
async fn a_release_to_an_unknown_list_changes_nothing() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@x.org"]).await;
        let id = draft(&store, 1).await;
        let refused = store.release(id, &[name("daily"), name("dayly")], &Terms::default(), at(1)).await;
        assert!(matches!(&refused, Err(StoreError::NoList(n)) if n == "dayly"), "{refused:?}");
        let record = store.edition(id).await.expect("reads").expect("is there");
        assert_eq!((record.state, record.totals.open()), (EditionState::Draft, 0));
        assert!(store.release(id, &[name("daily")], &Terms::default(), at(2)).await.is_ok());
    }
}

#[tokio::test]
async fn a_slot_is_taken_once_even_by_two_machines_and_even_when_cancelled() {
    for store in stores().await {
        let one = edition("daily", at(1), &[]);
        let (m, e) = (message("News"), Explanation::default());
        let put = || store.put_edition(&one, &m, &e, at(1));
        let (a, b) = tokio::join!(put(), put());
        let (made, refused) = if a.is_ok() { (a, b) } else { (b, a) };
        let made = made.expect("one is made");
        assert!(matches!(refused, Err(StoreError::SlotTaken { edition }) if edition == made), "{refused:?}");
        assert!(store.cancel(made).await.expect("cancels"));
        assert!(matches!(put().await, Err(StoreError::SlotTaken { .. })));
        assert!(matches!(
            store.release(made, &[], &Terms::default(), at(2)).await,
            Err(StoreError::NotADraft { state: EditionState::Cancelled, .. })
        ));
    }
}

#[tokio::test]
async fn a_reader_on_two_lists_gets_one_letter() {
    for store in stores().await {
        store.declare_lists(&[list("one"), list("two")]).await.expect("declares");
        confirmed(&store, "one", &["both@x.org", "one@x.org"]).await;
        confirmed(&store, "two", &["both@x.org", "two@x.org", "waits@x.org"]).await;
        let pending = readers(&["waits@x.org"]);
        store.add_subscribers(&name("one"), &pending, SubscriptionState::Pending, at(0)).await.expect("adds");
        let id = draft(&store, 1).await;
        let lists = [name("two"), name("one"), name("two")];
        let released = store.release(id, &lists, &Terms::default(), at(1)).await.expect("releases");
        assert_eq!(
            released,
            Released { candidates: 4, excluded: 0, left_out: Excluded::default(), queued: 4 }
        );
        let mut claimed = store.claim(id, &lease(), 9, at(1)).await.expect("claims");
        claimed.sort_by(|a, b| a.address.cmp(&b.address));
        let through: Vec<_> = claimed.iter().map(|c| (c.address.local(), c.list)).collect();
        let (one, two) = (ListId(1), ListId(2));
        assert_eq!(through, [("both", one), ("one", one), ("two", two), ("waits", two)]);
    }
}

#[tokio::test]
async fn a_reader_who_left_or_was_suppressed_is_skipped_at_claim() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "left@x.org", "never@x.org", "z@x.org"]).await;
        store.unsubscribe(&address("left@x.org"), None, at(2)).await.expect("leaves");
        store.suppress(&address("never@x.org").into(), "asked us to", at(2)).await.expect("suppresses");
        let claimed = store.claim(id, &lease(), 2, at(3)).await.expect("claims");
        assert_eq!(addresses(&claimed), ["a@x.org", "z@x.org"], "the skipped do not use up the limit");
        use DeliveryState::{Cancelled, Sending, Suppressed};
        assert_eq!(states(&store, id).await, [Sending, Cancelled, Suppressed, Sending]);
    }
}

#[tokio::test]
async fn a_reader_who_left_one_of_two_lists_gets_the_letter_through_the_other() {
    for store in stores().await {
        confirmed(&store, "one", &["ann@x.org"]).await;
        confirmed(&store, "two", &["ann@x.org"]).await;
        confirmed(&store, "elsewhere", &["ann@x.org"]).await;
        let id = draft(&store, 1).await;
        store.release(id, &[name("one"), name("two")], &Terms::default(), at(1)).await.expect("releases");
        store.unsubscribe(&address("ann@x.org"), Some(&name("one")), at(2)).await.expect("leaves");
        let claimed = store.claim(id, &lease(), 9, at(2)).await.expect("claims");
        assert_eq!(claimed[0].list, ListId(2));
        store.unclaim(&[claimed[0].delivery], HAND).await.expect("gives back");
        store.unsubscribe(&address("ann@x.org"), Some(&name("two")), at(3)).await.expect("leaves");
        assert_eq!(
            store.claim(id, &lease(), 9, at(3)).await.expect("claims"),
            [],
            "a list not of this edition counts for nothing"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_claimers_never_share_a_delivery() {
    for store in stores().await {
        let all: Vec<String> = (0..200).map(|n| format!("reader{n}@x.org")).collect();
        let id = released(&store, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let claimers: Vec<_> = (0..4)
            .map(|_| {
                let store = store.store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let claimed = store.claim(id, &lease(), 7, at(1)).await.expect("claims");
                        if claimed.is_empty() {
                            return mine;
                        }
                        mine.extend(claimed.iter().map(|c| c.delivery));
                    }
                })
            })
            .collect();
        let mut taken = Vec::new();
        for claimer in claimers {
            taken.extend(claimer.await.expect("a claimer ends"));
        }
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), taken.len(), "a delivery in two hands");
        assert_eq!(taken.len(), 200);
    }
}

#[tokio::test]
async fn what_is_deferred_waits_for_its_time_and_then_goes_after_the_queued() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let first = store.claim(id, &lease(), 1, at(1)).await.expect("claims");
        record(&store, &[attempt(&first[0], 1, Outcome::Deferred { until: at(9) })]).await.expect("records");
        let ledger = store.deliveries(id, Some(DeliveryState::Deferred), None, 9).await.expect("the ledger");
        assert_eq!(ledger[0].due_at, Some(at(9)));
        let second = store.claim(id, &lease(), 1, at(9)).await.expect("claims");
        let third = store.claim(id, &lease(), 9, at(9)).await.expect("claims");
        assert_eq!((addresses(&second), addresses(&third)), (vec!["b@x.org"], vec!["a@x.org"]));
        assert_eq!(third[0].attempts, 1);
    }
}

#[tokio::test]
async fn a_late_word_that_the_relay_took_it_counts_and_no_other_late_word_does() {
    for store in stores().await {
        let id = released(&store, &["a@x.org", "b@x.org"]).await;
        let claimed = store.claim(id, &lease(), 9, at(1)).await.expect("claims");
        let (a, b) = (&claimed[0], &claimed[1]);
        let lost = [attempt(a, 2, Outcome::Uncertain), attempt(b, 2, Outcome::Sent)];
        record(&store, &lost).await.expect("records");
        let late = [attempt(a, 3, Outcome::Sent), attempt(b, 3, Outcome::Deferred { until: at(4) })];
        record(&store, &late).await.expect("records");
        assert_eq!(states(&store, id).await, [DeliveryState::Sent, DeliveryState::Sent]);
        assert_eq!(store.claim(id, &lease(), 9, at(99)).await.expect("nothing is open"), []);
    }
}

#[tokio::test]
async fn an_edition_cancelled_before_any_letter_went_gives_its_articles_back() {
    for store in stores().await {
        collected(&store, &[article(1, 1, 1)]).await;
        confirmed(&store, "daily", &["a@x.org", "b@x.org"]).await;
        let candidates = store.candidates(None, 9).await.expect("candidates");
        let composed = |slot| edition("daily", at(slot), &candidates);
        let put = async |slot| {
            let explanation = Explanation::default();
            let id = store.put_edition(&composed(slot), &message("News"), &explanation, at(slot)).await;
            let id = id.expect("a draft");
            store.release(id, &[name("daily")], &Terms::default(), at(slot)).await.expect("releases");
            id
        };
        let daily: Name = name("daily");
        let untouched = put(1).await;
        assert!(store.cancel(untouched).await.expect("cancels"));
        assert_eq!(store.previous(&daily).await.expect("previous").consumed.len(), 0);
        assert!(!store.cancel(untouched).await.expect("is cancelled"));

        let begun = put(2).await;
        let claimed = store.claim(begun, &lease(), 1, at(2)).await.expect("claims");
        let opened = Turn { closed: vec![], opened: vec![claimed[0].delivery] };
        assert_eq!(store.turn(&opened, HAND, at(2)).await.expect("opens").len(), 1);
        assert!(store.cancel(begun).await.expect("withdraws the rest"));
        assert!(!store.finish(begun).await.expect("one letter is on its way"));
        record(&store, &[attempt(&claimed[0], 3, Outcome::Sent)]).await.expect("records");
        assert_eq!(states(&store, begun).await, [DeliveryState::Sent, DeliveryState::Cancelled]);
        assert!(store.finish(begun).await.expect("finishes"));
        let previous = store.previous(&daily).await.expect("previous");
        assert_eq!((previous.considered, previous.consumed[&candidates[0].id]), (Some(CONSIDERED), begun));
    }
}
