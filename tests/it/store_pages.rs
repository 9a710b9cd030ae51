//! That a page was read is remembered while it stands in a document of its source, and for as long as articles are kept.

use chrono::TimeDelta;
use pressrun::model::{Instant, Next, SourceId, Validators, Wish};
use pressrun::store::{PageFound, PageRead, Pages, Poll, PollEnd, Store};

use crate::store_opening::{tamper, urls};
use crate::store_world::{at, name, source, stores};

fn day(n: i64) -> Instant {
    at(0) + TimeDelta::days(n)
}

fn read(page: i64, at: Instant) -> PageRead {
    PageRead {
        page,
        at,
        found: PageFound::Article,
        tries: 1,
        again_at: Some(at + TimeDelta::hours(1)),
        canonical: Some(7),
        validators: Validators { etag: Some("\"a\"".to_owned()), last_modified: None },
    }
}

async fn declared(store: &Store) -> SourceId {
    store.add_source(&source("harbour", "https://example.org/")).await.expect("adds");
    store.sources().await.expect("sources")[0].id
}

/// A document of the source was read, in which these pages stand.
async fn listed(store: &Store, id: SourceId, seen: &[i64], now: Instant) {
    let end =
        PollEnd::Collected { title: None, site: None, wish: Wish::default(), again_at: None, hub: None };
    let poll = Poll { at: now, end, validators: None, moved_to: None, next: Next::default() };
    store.record_poll(id, &poll).await.expect("records");
    let pages = Pages { read: Vec::new(), seen: seen.to_vec(), popular: None };
    store.record_pages(id, &pages, now).await.expect("records");
}

async fn known(store: &Store, id: SourceId) -> Vec<i64> {
    let mut known: Vec<i64> = store.pages_read(id, &[1, 2, 3]).await.expect("reads").into_keys().collect();
    known.sort_unstable();
    known
}

#[tokio::test]
async fn a_page_is_forgotten_when_it_has_stood_in_no_document_for_long() {
    for store in stores().await {
        let id = declared(&store).await;
        let pages = Pages { read: vec![read(1, day(0)), read(2, day(0))], seen: Vec::new(), popular: None };
        store.record_pages(id, &pages, day(0)).await.expect("records");
        let all = store.pages_read(id, &[1, 9]).await.expect("reads");
        assert_eq!(all.into_values().collect::<Vec<_>>(), [read(1, day(0))]);
        listed(&store, id, &[1, 2], day(20)).await;
        listed(&store, id, &[1], day(40)).await;
        // From then on the source says that nothing has changed.
        assert_eq!(store.prune_pages(day(10), 100).await.expect("prunes"), 0);
        assert_eq!(store.prune_pages(day(39), 100).await.expect("prunes"), 1);
        assert_eq!(store.prune_pages(day(500), 100).await.expect("prunes"), 0, "it stands there still");
        assert_eq!(known(&store, id).await, [1]);
        store.remove_source(&name("harbour")).await.expect("removes");
        assert_eq!(store.prune_pages(day(39), 100).await.expect("prunes"), 0, "it may come back");
        assert_eq!(store.prune_pages(day(500), 100).await.expect("prunes"), 1);
    }
}

#[tokio::test]
async fn a_page_that_is_read_again_is_counted_and_keeps_what_it_is_known_by() {
    for store in stores().await {
        let id = declared(&store).await;
        let mut page = read(1, day(0));
        for (n, canonical) in [(1, Some(7)), (2, None)] {
            page = PageRead { at: day(n), again_at: None, canonical, ..page };
            let pages = Pages { read: vec![page.clone()], seen: vec![1], popular: None };
            store.record_pages(id, &pages, day(n)).await.expect("records");
        }
        let expected = PageRead { tries: 2, canonical: Some(7), ..page };
        assert_eq!(store.pages_read(id, &[1]).await.expect("reads")[&1], expected);
    }
}

/// What migrations 18 and 19 brought, taken away again.
const BEFORE: &str = "DROP TABLE passages; DROP TABLE pushes; DROP TABLE hubs; DROP INDEX sources_hub; ALTER TABLE sources DROP COLUMN hub;
    ALTER TABLE sources DROP COLUMN topic; ALTER TABLE sources DROP COLUMN pushed_until; ALTER TABLE sources DROP COLUMN ended; ALTER TABLE sources DROP COLUMN fresh_ms;
    ALTER TABLE sources DROP COLUMN quiet_hours; ALTER TABLE sources DROP COLUMN quiet_days;
    ALTER TABLE sources DROP COLUMN listed_at; ALTER TABLE sources DROP COLUMN again_at;
    DROP INDEX pages_seen; ALTER TABLE pages DROP COLUMN seen_at; ALTER TABLE pages DROP COLUMN again_at;
    ALTER TABLE pages DROP COLUMN canonical; ALTER TABLE pages DROP COLUMN etag; ALTER TABLE pages DROP COLUMN last_modified;
    DELETE FROM _sqlx_migrations WHERE version >= 18;";

#[tokio::test]
async fn a_database_from_before_knows_what_has_ended_and_which_pages_were_read() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let store = Store::open(&url).await.expect("opens");
        let id = declared(&store).await;
        store.add_source(&source("pier", "https://example.org/pier")).await.expect("adds");
        let failed = [
            "https://example.org/ is gone for good (status 410); remove the source",
            "there is nothing at https://example.org/pier (status 404); the feed may have moved",
        ];
        for (source, sentence) in store.sources().await.expect("sources").iter().zip(failed) {
            let end = PollEnd::Failed { sentence: sentence.to_owned() };
            let poll = Poll { at: at(1), end, validators: None, moved_to: None, next: Next::default() };
            store.record_poll(source.id, &poll).await.expect("records");
        }
        let pages = Pages { read: vec![read(1, day(0))], seen: Vec::new(), popular: None };
        store.record_pages(id, &pages, day(0)).await.expect("records");
        drop(store);
        tamper(&url, BEFORE).await;
        let store = Store::open(&url).await.expect("opens again");
        let ended: Vec<bool> =
            store.sources().await.expect("sources").iter().map(|source| source.health.ended).collect();
        assert_eq!(ended, [true, false]);
        let page = store.pages_read(id, &[1]).await.expect("reads")[&1].clone();
        assert_eq!((page.found, page.again_at), (PageFound::Article, None));
        assert_eq!(store.prune_pages(day(500), 100).await.expect("prunes"), 0, "no document was read since");
    }
}
