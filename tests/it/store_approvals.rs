//! Approvals in the store: whom a draft would go to, and a no that only a draft can hear.

use pressrun::model::{EditionState, NewSubscriber, Otherwise, SubscriptionState};
use pressrun::store::{Audience, Terms};

use crate::store_world::{address, asked, at, confirmed, draft, list, name, readers, stores};

#[tokio::test]
async fn a_draft_knows_how_many_readers_it_would_go_to() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example", "bob@b.example", "eve@e.example"]).await;
        confirmed(&store, "more", &["bob@b.example"]).await;
        store.declare_lists(&[list("news"), list("more"), list("other")]).await.unwrap();
        let pending = readers(&["new@n.example"]);
        store.add_subscribers(&name("news"), &pending, SubscriptionState::Pending, at(0)).await.unwrap();
        let abroad = NewSubscriber {
            address: address("far@f.example"),
            name: String::new(),
            zone: Some(chrono_tz::Asia::Tokyo),
            consent: String::new(),
        };
        store.add_subscribers(&name("more"), &[abroad], SubscriptionState::Confirmed, at(0)).await.unwrap();
        store.suppress(&address("eve@e.example").into(), "complaint", at(0)).await.unwrap();
        let edition = draft(&store, 0).await;
        let lists = [name("news"), name("more")];
        assert_eq!(
            store.readers_of(edition, &lists, at(0)).await.unwrap(),
            3,
            "each once, and none who must not"
        );
        assert_eq!(store.readers_of(edition, &lists[..1], at(0)).await.unwrap(), 2);
        assert_eq!(store.readers_of(edition, &[name("other")], at(0)).await.unwrap(), 0);
        let audience = Audience { zones: vec!["Asia/Tokyo".to_owned()], home: "Europe/Berlin".to_owned() };
        store.address(edition, Some(&audience), &[], &[]).await.unwrap();
        assert_eq!(store.readers_of(edition, &lists, at(0)).await.unwrap(), 1, "those of its zones");
    }
}

#[tokio::test]
async fn only_a_draft_that_was_asked_about_can_be_declined() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example"]).await;
        let edition = draft(&store, 0).await;
        assert!(!store.decline(edition).await.unwrap(), "nobody was asked");
        let token = asked(&store, edition, at(60), Otherwise::Send).await;
        assert_eq!(store.edition_by_approval(&token).await.unwrap(), Some(edition));
        store.approve(edition, at(1)).await.unwrap();
        assert!(store.decline(edition).await.unwrap(), "who said yes may think better of it");
        assert!(!store.decline(edition).await.unwrap());
        assert_eq!(store.edition(edition).await.unwrap().unwrap().state, EditionState::Cancelled);

        let released = draft(&store, 1).await;
        asked(&store, released, at(60), Otherwise::Send).await;
        store.release(released, &[name("news")], &Terms::default(), at(2)).await.unwrap();
        assert!(!store.decline(released).await.unwrap());
        let record = store.edition(released).await.unwrap().unwrap();
        assert_eq!((record.state, record.totals.open()), (EditionState::Released, 1));
    }
}
