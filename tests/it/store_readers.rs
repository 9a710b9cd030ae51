//! An import adds readers; it never brings one back.

use std::collections::HashSet;

use pressrun::model::{DeliveryState, Never, NewSubscriber, Outcome, SubscriptionState};
use pressrun::store::{Added, Store, StoreError, Terms};

use crate::store_world::{
    address, at, attempt, confirmed, draft, lease, list, name, readers, record, stores,
};

use SubscriptionState::{Confirmed, Pending, Unsubscribed};

async fn import(store: &Store, addresses: &[&str], state: SubscriptionState) -> Added {
    store.add_subscribers(&name("daily"), &readers(addresses), state, at(5)).await.expect("imports")
}

async fn state_of(store: &Store, text: &str) -> SubscriptionState {
    store.subscriber(&address(text)).await.expect("reads").expect("is there").subscriptions[0].state
}

#[tokio::test]
async fn an_import_never_reactivates_a_reader_who_left_or_is_suppressed() {
    for store in stores().await {
        confirmed(&store, "daily", &["left@x.org", "never@x.org", "stays@x.org"]).await;
        store.unsubscribe(&address("left@x.org"), None, at(1)).await.expect("leaves");
        store.suppress(&address("never@x.org").into(), "bounced", at(1)).await.expect("suppresses");
        store.suppress(&address("unknown@x.org").into(), "bounced", at(1)).await.expect("suppresses");
        let all = ["left@x.org", "never@x.org", "stays@x.org", "unknown@x.org", "new@x.org"];
        let added = import(&store, &all, Confirmed).await;
        assert_eq!(added, Added { new: 1, known: 1, left: 1, suppressed: 2 });
        assert_eq!(state_of(&store, "left@x.org").await, Unsubscribed);
        assert_eq!(store.subscriber(&address("unknown@x.org")).await.expect("reads"), None);
        let edition = draft(&store, 10).await;
        let released =
            store.release(edition, &[name("daily")], &Terms::default(), at(10)).await.expect("releases");
        assert_eq!((released.candidates, released.queued), (4, 2));
    }
}

#[tokio::test]
async fn a_domain_and_a_hash_suppress_who_is_there_and_who_comes_until_they_are_lifted() {
    // printf %s ann@a.example | sha256sum
    let hash = "39bfae698d367ba3fb7100a9d4255083f05252f9dba6616e91b9e22a042a66a3";
    for store in stores().await {
        confirmed(&store, "daily", &["Ann@a.example", "bob@b-b.example", "cy@bxb.example"]).await;
        let (domain, hash) = ("@b-b.example".parse(), format!("sha256:{hash}").parse());
        let (domain, hash): (Never, Never) = (domain.expect("a domain"), hash.expect("a hash"));
        assert!(store.suppress(&domain, "they asked us to", at(1)).await.expect("suppresses"));
        assert!(store.suppress(&hash, "complained", at(1)).await.expect("suppresses"));
        assert!(!store.suppress(&hash, "again", at(2)).await.expect("was suppressed"));
        let known = async |text: &str| store.suppressed(&address(text)).await.expect("reads");
        assert_eq!(known("ANN@a.example").await.as_deref(), Some("complained"));
        assert_eq!(known("who@b-b.example").await.as_deref(), Some("they asked us to"));
        assert_eq!(known("cy@bxb.example").await, None);

        let batch = ["ann@a.example", "dora@b-b.example", "eve@sub.b-b.example"];
        let expected = Added { new: 1, suppressed: 2, ..Added::default() };
        let looked = store.would_add(&name("daily"), &readers(&batch), at(4)).await.expect("looks");
        assert_eq!((looked, store.subscriber(&address(batch[2])).await.expect("reads")), (expected, None));
        assert_eq!(import(&store, &batch, Confirmed).await, expected);
        let edition = draft(&store, 10).await;
        let released = store.release(edition, &[name("daily")], &Terms::default(), at(10)).await;
        assert_eq!(released.expect("releases").queued, 2, "cy and eve");

        let listed = store.suppressions(None, 9).await.expect("reads");
        let listed: Vec<String> = listed.iter().map(|s| s.never.to_string()).collect();
        assert_eq!(listed, [domain.to_string(), hash.to_string()], "what follows from a rule is the rule");
        assert!(
            store.unsuppress(&domain).await.expect("lifts") && store.unsuppress(&hash).await.expect("lifts")
        );
        assert!(!store.unsuppress(&domain).await.expect("was lifted"));
        assert_eq!((known("ann@a.example").await, known("bob@b-b.example").await), (None, None));
    }
}

#[tokio::test]
async fn an_address_suppressed_by_itself_stays_so_when_its_domain_is_lifted() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example", "bob@a.example"]).await;
        let domain: Never = "@a.example".parse().expect("a domain");
        store.suppress(&domain, "asked", at(1)).await.expect("suppresses");
        let ann = address("ann@a.example").into();
        assert!(store.suppress(&ann, "complained", at(2)).await.expect("suppresses"));
        store.unsuppress(&domain).await.expect("lifts");
        let why = |text| {
            let store = &store;
            async move { store.suppressed(&address(text)).await.expect("reads") }
        };
        assert_eq!(why("ann@a.example").await.as_deref(), Some("complained"));
        assert_eq!(why("bob@a.example").await, None);
    }
}

#[tokio::test]
async fn a_pending_reader_is_confirmed_by_a_confirmed_import_and_never_put_back() {
    for store in stores().await {
        confirmed(&store, "daily", &[]).await;
        assert_eq!(import(&store, &["ann@x.org"], Pending).await.new, 1);
        assert_eq!(import(&store, &["ann@x.org"], Pending).await.known, 1);
        assert_eq!(state_of(&store, "ann@x.org").await, Pending);
        assert_eq!(import(&store, &["Ann@x.org"], Confirmed).await.known, 1);
        assert_eq!(state_of(&store, "ann@x.org").await, Confirmed);
        assert_eq!(import(&store, &["ann@x.org"], Pending).await.known, 1);
        assert_eq!(state_of(&store, "ann@x.org").await, Confirmed);
    }
}

#[tokio::test]
async fn readers_who_have_left_are_added_as_such_and_never_move_back() {
    for store in stores().await {
        confirmed(&store, "daily", &["stays@x.org", "never@x.org"]).await;
        store.suppress(&address("never@x.org").into(), "bounced", at(1)).await.expect("suppresses");
        let added = import(&store, &["stays@x.org", "never@x.org", "new@x.org"], Unsubscribed).await;
        assert_eq!(added, Added { new: 1, known: 1, left: 0, suppressed: 1 });
        store.unsuppress(&address("never@x.org").into()).await.expect("lifts");
        let again = import(&store, &["stays@x.org", "never@x.org", "new@x.org"], Confirmed).await;
        assert_eq!(again, Added { left: 3, ..Added::default() });
        for reader in ["stays@x.org", "never@x.org", "new@x.org"] {
            assert_eq!(state_of(&store, reader).await, Unsubscribed, "{reader}");
        }
    }
}

#[tokio::test]
async fn two_spellings_are_one_reader_whose_address_stays_as_first_typed() {
    for store in stores().await {
        confirmed(&store, "daily", &["Ann.O'Neil@Example.org"]).await;
        let added = import(&store, &["ann.o'neil@example.org", "ANN.O'NEIL@EXAMPLE.ORG"], Confirmed).await;
        assert_eq!(added, Added { new: 0, known: 2, ..Added::default() });
        let all = store.subscribers(None, None, 9).await.expect("readers");
        assert_eq!(all.iter().map(|s| s.address.as_str()).collect::<Vec<_>>(), ["Ann.O'Neil@example.org"]);
    }
}

#[tokio::test]
async fn a_name_is_taken_only_where_there_was_none_and_without_control_characters() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@x.org"]).await;
        for given in ["", "Ann\u{0} \"the\"\r\nsailor", "Somebody Else"] {
            let batch = [NewSubscriber {
                address: address("ann@x.org"),
                name: given.to_owned(),
                zone: None,
                consent: String::new(),
            }];
            store.add_subscribers(&name("daily"), &batch, Confirmed, at(2)).await.expect("adds");
        }
        let ann = store.subscriber(&address("ann@x.org")).await.expect("reads").expect("is there");
        assert_eq!(ann.name, "Ann \"the\"sailor");
    }
}

#[tokio::test]
async fn a_reader_may_leave_one_list_and_stay_on_another() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@x.org"]).await;
        confirmed(&store, "weekly", &["ann@x.org"]).await;
        let ann = address("ann@x.org");
        let nowhere = store.unsubscribe(&ann, Some(&name("monthly")), at(1)).await.expect("no such list");
        assert_eq!(nowhere, 0);
        assert_eq!(store.unsubscribe(&ann, Some(&name("daily")), at(1)).await.expect("leaves"), 1);
        let reader = store.subscriber(&ann).await.expect("reads").expect("is there");
        let states: Vec<_> = reader.subscriptions.iter().map(|s| (s.list.as_str(), s.state)).collect();
        assert_eq!(states, [("daily", Unsubscribed), ("weekly", Confirmed)]);
        assert_eq!(store.unsubscribe(&ann, None, at(2)).await.expect("leaves all"), 1);
    }
}

#[tokio::test]
async fn an_unknown_list_takes_nobody() {
    for store in stores().await {
        let batch = readers(&["ann@x.org"]);
        let refused = store.add_subscribers(&name("daily"), &batch, Confirmed, at(0)).await;
        assert!(matches!(&refused, Err(StoreError::NoList(n)) if n == "daily"), "{refused:?}");
        assert_eq!(store.subscribers(None, None, 9).await.expect("nobody"), []);
    }
}

#[tokio::test]
async fn two_imports_of_the_same_readers_at_once_add_each_reader_once() {
    for store in stores().await {
        store.declare_lists(&[list("daily")]).await.expect("declares");
        let forth: Vec<String> = (0..300).map(|n| format!("reader{n}@x.org")).collect();
        let forth: Vec<&str> = forth.iter().map(String::as_str).collect();
        let back: Vec<&str> = forth.iter().rev().copied().collect();
        tokio::join!(import(&store, &forth, Confirmed), import(&store, &back, Confirmed));
        let all = store.subscribers(Some(&name("daily")), None, 999).await.expect("readers");
        assert_eq!(all.len(), 300);
        assert_eq!(store.lists().await.expect("lists")[0].confirmed, 300);
    }
}

#[tokio::test]
async fn no_two_tokens_are_alike() {
    for store in stores().await {
        let addresses: Vec<String> = (0..50).map(|n| format!("reader{n}@x.org")).collect();
        confirmed(&store, "daily", &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let edition = draft(&store, 10).await;
        store.release(edition, &[name("daily")], &Terms::default(), at(10)).await.expect("releases");
        let claimed = store.claim(edition, &lease(), 99, at(10)).await.expect("claims");
        let tokens: HashSet<_> = claimed.iter().flat_map(|c| [&c.list_token, &c.reader_token]).collect();
        assert_eq!(tokens.len(), 100);
        let shown = format!("{:?}", claimed[0]);
        assert!(!shown.contains(&claimed[0].list_token) && !shown.contains("reader0@"), "{shown}");
    }
}

#[tokio::test]
async fn a_forgotten_reader_leaves_sums_and_nothing_else() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@x.org", "bob@x.org", "cy@x.org"]).await;
        let edition = draft(&store, 10).await;
        store.release(edition, &[name("daily")], &Terms::default(), at(10)).await.expect("releases");
        let claimed = store.claim(edition, &lease(), 1, at(10)).await.expect("claims");
        let mut refused = attempt(&claimed[0], 11, Outcome::Refused);
        refused.reply.text = format!("<{}> unknown", claimed[0].address);
        record(&store, &[refused]).await.expect("records");

        for reader in ["Ann@x.org", "bob@x.org", "cy@x.org"] {
            assert!(store.forget_subscriber(&address(reader), at(3)).await.expect("forgets"));
            assert!(!store.forget_subscriber(&address(reader), at(3)).await.expect("looks"));
            assert_eq!(store.subscriber(&address(reader)).await.expect("reads"), None);
        }
        assert!(store.subscribers(None, None, 9).await.expect("reads").is_empty());
        assert_eq!(store.lists().await.expect("lists")[0].confirmed, 0);
        let ledger = store.deliveries(edition, None, None, 9).await.expect("reads");
        for delivery in &ledger {
            assert_eq!(delivery.address.domain(), "forgotten.invalid");
            assert!(delivery.reply.as_ref().is_none_or(|reply| !reply.text.contains("x.org")));
        }
        let totals = store.edition(edition).await.expect("reads").expect("is there").totals;
        let (refused, cancelled) =
            (totals.in_state(DeliveryState::Refused), totals.in_state(DeliveryState::Cancelled));
        assert_eq!((totals.candidates, ledger.len(), refused, cancelled), (3, 3, 1, 2));
        // An old file does not bring them back; they themselves can.
        let all = ["ann@x.org", "bob@x.org", "new@x.org"];
        assert_eq!(
            import(&store, &all, Confirmed).await,
            Added { new: 1, suppressed: 2, ..Added::default() }
        );
        for suppression in store.suppressions(None, 9).await.expect("reads") {
            assert!(suppression.never.to_string().starts_with("sha256:"), "{:?}", suppression.never);
        }
    }
}
