//! Leaving in the store: by token, together, undone, forgotten — the same on every engine.

use std::collections::BTreeMap;

use pressrun::model::SubscriptionState::{Confirmed, Pending, Unsubscribed};
use pressrun::model::{Instant, LeavingReason, Way};
use pressrun::store::{OnList, Standing, Store, Terms};

use crate::store_world::{address, at, confirmed, draft, lease, list, name, readers, stores};

/// The tokens of readers of a list, by address: as their letters have them.
async fn tokens(store: &Store, on: &str, minute: i64) -> BTreeMap<String, String> {
    let edition = draft(store, minute).await;
    store.release(edition, &[name(on)], &Terms::default(), at(minute)).await.unwrap();
    let claimed = store.claim(edition, &lease(), 100, at(minute)).await.unwrap();
    claimed.into_iter().map(|claimed| (claimed.address.to_string(), claimed.list_token)).collect()
}

fn on_list(standing: Option<Standing>) -> OnList {
    match standing {
        Some(Standing::Known(on_list)) => on_list,
        other @ (Some(Standing::Forgotten) | None) => panic!("{other:?}"),
    }
}

async fn states(store: &Store, reader: &str) -> Vec<pressrun::model::SubscriptionState> {
    let reader = store.subscriber(&address(reader)).await.unwrap().unwrap();
    reader.subscriptions.into_iter().map(|place| place.state).collect()
}

#[tokio::test]
async fn many_leave_in_one_transaction_and_each_stays_left_as_they_did_first() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example", "bob@b.example", "eve@e.example"]).await;
        let tokens = tokens(&store, "news", 0).await;
        let (ann, bob) = (tokens["ann@a.example"].as_str(), tokens["bob@b.example"].as_str());
        let forged = "0".repeat(40);
        let leaving: [(&str, Way, Instant); 4] = [
            (ann, Way::OneClick, at(5)),
            (&forged, Way::OneClick, at(5)),
            (bob, Way::Page, at(6)),
            (ann, Way::OneClick, at(5)),
        ];
        let left: BTreeMap<String, Standing> = store.leave(&leaving).await.unwrap().into_iter().collect();
        assert_eq!(
            left.keys().collect::<Vec<_>>(),
            BTreeMap::from([(ann, 0), (bob, 0)]).into_keys().collect::<Vec<_>>()
        );
        assert_eq!(on_list(left.get(ann).cloned()).left_by, Some(Way::OneClick));
        store.leave(&[(ann, Way::Page, at(9))]).await.unwrap();
        let ann = on_list(store.standing(ann).await.unwrap());
        assert_eq!((ann.state, ann.left_by), (Unsubscribed, Some(Way::OneClick)));
        assert_eq!(ann.title, "NEWS");
        assert_eq!(states(&store, "eve@e.example").await, [Confirmed]);
        assert_eq!(store.standing(&forged).await.unwrap(), None);
    }
}

#[tokio::test]
async fn all_lists_are_left_and_come_back_together_with_the_one_left_before() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example"]).await;
        store.declare_lists(&[list("news"), list("more"), list("slow"), list("old")]).await.unwrap();
        let ann = readers(&["ann@a.example"]);
        store.add_subscribers(&name("more"), &ann, Confirmed, at(0)).await.unwrap();
        store.add_subscribers(&name("slow"), &ann, Pending, at(0)).await.unwrap();
        store.add_subscribers(&name("old"), &ann, Unsubscribed, at(0)).await.unwrap();
        let token = tokens(&store, "news", 0).await.remove("ann@a.example").unwrap();
        store.leave(&[(&token, Way::Page, at(1))]).await.unwrap();
        assert_eq!(on_list(store.standing(&token).await.unwrap()).others, 2);
        for minute in [2, 3] {
            let left = on_list(store.leave_all(&token, at(minute)).await.unwrap());
            assert_eq!((left.others, left.left_by), (0, Some(Way::All)));
        }
        assert_eq!(states(&store, "ann@a.example").await, [Unsubscribed; 4]);
        let back = on_list(store.undo_leaving(&token, at(4)).await.unwrap());
        assert_eq!((back.state, back.left_by, back.others), (Confirmed, None, 2));
        // more, news, old, slow: what was confirmed or not is so again, what had ended before has ended.
        assert_eq!(states(&store, "ann@a.example").await, [Confirmed, Confirmed, Unsubscribed, Pending]);
        assert_eq!(store.leave_all(&"0".repeat(40), at(5)).await.unwrap(), None);
        assert_eq!(store.undo_leaving(&"0".repeat(40), at(5)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_import_brings_nobody_back_and_ends_the_undoing_of_nobody() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example"]).await;
        let token = tokens(&store, "news", 0).await.remove("ann@a.example").unwrap();
        store.leave(&[(&token, Way::OneClick, at(1))]).await.unwrap();
        let ann = readers(&["ann@a.example"]);
        store.add_subscribers(&name("news"), &ann, Confirmed, at(2)).await.unwrap();
        assert_eq!(states(&store, "ann@a.example").await, [Unsubscribed]);
        store.undo_leaving(&token, at(3)).await.unwrap();
        assert_eq!(states(&store, "ann@a.example").await, [Confirmed]);
        // What ended by another hand is not undone, though it was left by the link once.
        store.leave(&[(&token, Way::OneClick, at(4))]).await.unwrap();
        store.undo_leaving(&token, at(5)).await.unwrap();
        store.unsubscribe(&address("ann@a.example"), None, at(6)).await.unwrap();
        let left = on_list(store.undo_leaving(&token, at(7)).await.unwrap());
        assert_eq!((left.state, left.left_by), (Unsubscribed, None));
    }
}

#[tokio::test]
async fn reasons_are_counted_by_list_and_a_forgotten_reader_leaves_a_spent_link() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example", "bob@b.example", "eve@e.example"]).await;
        let tokens = tokens(&store, "news", 0).await;
        for token in tokens.values() {
            store.leave(&[(token, Way::Page, at(1))]).await.unwrap();
        }
        let reasons = [LeavingReason::Other, LeavingReason::TooMany, LeavingReason::Other];
        for (token, reason) in tokens.values().zip(reasons) {
            let told = on_list(store.leaving_reason(token, reason).await.unwrap());
            assert_eq!(told.reason, Some(reason));
        }
        let counted = store.leaving_reasons(&name("news")).await.unwrap();
        assert_eq!(counted, [(LeavingReason::TooMany, 1), (LeavingReason::Other, 2)]);
        for _ in 0..2 {
            store.forget_subscriber(&address("ann@a.example"), at(5)).await.unwrap();
        }
        let spent = &tokens["ann@a.example"];
        assert_eq!(store.standing(spent).await.unwrap(), Some(Standing::Forgotten));
        let left = store.leave(&[(spent, Way::OneClick, at(2))]).await.unwrap();
        assert_eq!(left, [(spent.clone(), Standing::Forgotten)]);
        assert_eq!(store.leave_all(spent, at(2)).await.unwrap(), Some(Standing::Forgotten));
    }
}
