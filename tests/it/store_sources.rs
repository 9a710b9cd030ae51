//! A source keeps its identity through edits of the configuration.

use pressrun::model::{NewSource, Next, Source, SourceOrigin, Validators};
use pressrun::store::{Poll, PollEnd, Store, StoreError};

use crate::store_world::{article, at, name, source, stores};

const A: &str = "https://a.example/feed";
const B: &str = "https://b.example/feed";

async fn declare(store: &Store, all: &[NewSource]) -> Vec<Source> {
    store.declare_sources(all).await.expect("declares");
    store.sources().await.expect("sources")
}

/// A poll after which the source has validators and, perhaps, another address.
fn polled(moved_to: Option<&str>) -> Poll {
    Poll {
        at: at(1),
        end: PollEnd::Unchanged,
        validators: Some(Validators { etag: Some("\"1\"".to_owned()), last_modified: None }),
        moved_to: moved_to.map(|url| url.parse().expect("a URL")),
        next: Next::default(),
    }
}

#[tokio::test]
async fn a_source_that_vanishes_from_the_configuration_and_comes_back_brings_no_article_twice() {
    for store in stores().await {
        let first = declare(&store, &[source("x", A), source("y", B)]).await;
        store.put_articles(first[0].id, &[article(1, 1, 1)], at(1)).await.expect("stores");
        assert_eq!(declare(&store, &[source("y", B)]).await.len(), 1);
        assert_eq!(store.candidates(None, 9).await.expect("candidates"), []);
        let back = declare(&store, &[source("other-name", A), source("y", B)]).await;
        assert_eq!((back[0].id, back[0].name.as_str()), (first[0].id, "other-name"));
        let gathered = store.put_articles(back[0].id, &[article(1, 1, 1)], at(2)).await.expect("stores");
        assert_eq!((gathered.new, gathered.known), (0, 1));
    }
}

#[tokio::test]
async fn sources_that_swap_their_names_keep_their_articles() {
    for store in stores().await {
        let before = declare(&store, &[source("x", A), source("y", B)]).await;
        let after = declare(&store, &[source("x", B), source("y", A)]).await;
        assert_eq!((after[0].id, after[1].id), (before[1].id, before[0].id));
        assert_eq!((after[0].url.as_str(), after[1].url.as_str()), (B, A));
    }
}

#[tokio::test]
async fn a_moved_source_stays_where_it_moved_until_the_configuration_is_edited() {
    for store in stores().await {
        let id = declare(&store, &[source("x", A)]).await[0].id;
        store.record_poll(id, &polled(Some(B))).await.expect("records");
        let again = &declare(&store, &[source("x", A)]).await[0];
        assert_eq!((again.url.as_str(), again.validators.etag.is_some()), (B, true));
        let edited = &declare(&store, &[source("x", "https://c.example/")]).await[0];
        assert_eq!((edited.id, edited.url.as_str()), (id, "https://c.example/"));
        assert_eq!(
            edited.validators,
            Validators::default(),
            "another address knows nothing of our validators"
        );
    }
}

#[tokio::test]
async fn a_redirect_to_the_address_of_another_source_is_not_taken() {
    for store in stores().await {
        let x = declare(&store, &[source("x", A), source("y", B)]).await[0].id;
        store.record_poll(x, &polled(Some(B))).await.expect("records");
        assert_eq!(store.sources().await.expect("sources")[0].url.as_str(), A);
    }
}

#[tokio::test]
async fn what_a_command_added_becomes_the_configurations_when_declared_there() {
    for store in stores().await {
        store.add_source(&source("mine", A)).await.expect("adds");
        store.add_source(&source("x", "https://c.example/")).await.expect("adds");
        let id = store.sources().await.expect("sources")[0].id;
        let now = declare(&store, &[source("x", A)]).await;
        assert_eq!((now.len(), now[0].id, now[0].origin), (1, id, SourceOrigin::Config));
        assert_eq!(declare(&store, &[]).await, []);
    }
}

#[tokio::test]
async fn a_command_cannot_add_a_name_or_an_address_that_is_there() {
    for store in stores().await {
        let x = declare(&store, &[source("x", A)]).await[0].id;
        store.record_poll(x, &polled(Some("https://moved.example/"))).await.expect("records");
        for (n, url) in [("x", B), ("z", A), ("z", "https://moved.example/")] {
            assert!(!store.add_source(&source(n, url)).await.expect("refuses"), "{n} {url}");
        }
        store.remove_source(&name("x")).await.expect("removes");
        assert!(store.add_source(&source("z", A)).await.expect("adds"));
        let back = &store.sources().await.expect("sources")[0];
        assert_eq!((back.id, back.name.as_str(), back.origin), (x, "z", SourceOrigin::Command));
    }
}

#[tokio::test]
async fn two_declared_sources_with_one_address_are_refused() {
    for store in stores().await {
        let twins = store.declare_sources(&[source("x", A), source("y", A)]).await;
        assert!(matches!(&twins, Err(StoreError::SourceTwice(n)) if n.as_str() == "y"), "{twins:?}");
        assert_eq!(store.sources().await.expect("sources"), []);
    }
}
