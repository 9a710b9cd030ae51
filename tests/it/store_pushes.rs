//! What is pushed is a part of what a source has: it says nothing of the rest.

use chrono::TimeDelta;
use pressrun::model::{Article, Popularity};
use pressrun::store::Gathered;

use crate::store_world::{article, at, source, stores};

fn placed(n: i64, place: Option<u32>) -> Article {
    Article { popularity: Popularity { place, ..Popularity::default() }, ..article(n, n, n) }
}

#[tokio::test]
async fn a_push_moves_nothing_that_the_document_of_the_source_has_put_in_order() {
    for store in stores().await {
        store.add_source(&source("harbour", "https://example.org/feed")).await.expect("adds");
        let id = store.sources().await.expect("sources")[0].id;
        let document = [placed(1, Some(1)), placed(2, Some(2)), placed(3, Some(3))];
        store.put_articles(id, &document, at(0)).await.expect("stores");
        assert!(store.put_push((7, id), Some("text/xml"), b"<rss/>", at(1)).await.expect("keeps"));
        let until = at(1) + TimeDelta::minutes(5);
        let push = store.claim_push(until, at(1)).await.expect("claims").expect("is there");
        assert_eq!((push.body.as_slice(), push.content_type.as_deref()), (&b"<rss/>"[..], Some("text/xml")));
        assert_eq!(store.claim_push(until, at(2)).await.expect("looks"), None, "somebody reads it");
        assert_eq!(store.claim_push(until, at(7)).await.expect("looks"), Some(push.clone()), "who has died");
        let changed = Article { title: "Another title".to_owned(), ..placed(2, Some(1)) };
        let pushed = [placed(4, Some(1)), changed, placed(3, Some(2))];
        let gathered = store.end_push(&push, &pushed, false, at(8)).await.expect("stores");
        assert_eq!(gathered, Gathered { new: 1, changed: 1, known: 1 });
        let mut all: Vec<_> = store.candidates(None, 9).await.expect("candidates");
        all.sort_by_key(|candidate| candidate.id);
        let places: Vec<_> = all.iter().map(|candidate| candidate.article.popularity.place).collect();
        assert_eq!(places, [Some(3), Some(2), Some(1), None], "the oldest row is the last of its document");
        assert_eq!(all[1].article.title, "Another title");
        assert_eq!(store.claim_push(until, at(99)).await.expect("looks"), None, "it was read");
    }
}
