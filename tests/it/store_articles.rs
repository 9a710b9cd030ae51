//! An article is the same article tomorrow, whatever its source does to it.

use pressrun::model::{Article, ArticleId, Candidate, Explanation, SourceId};
use pressrun::store::{Gathered, Store, StoreError};

use crate::store_world::{article, at, collected, edition, message, source, stores};

/// An article as a candidate shows it.
fn shown(article: &Article) -> Article {
    Article { content: String::new(), ..article.clone() }
}

async fn put(store: &Store, source: SourceId, articles: &[Article], minute: i64) -> Gathered {
    store.put_articles(source, articles, at(minute)).await.expect("stores")
}

#[tokio::test]
async fn an_article_with_another_guid_another_address_or_another_text_is_changed_in_place() {
    for store in stores().await {
        let source = collected(&store, &[article(1, 1, 1)]).await;
        let before = store.candidates(None, 9).await.expect("candidates");
        for (minute, next) in [(1, article(2, 1, 1)), (2, article(2, 3, 1)), (3, article(2, 3, 4))] {
            let gathered = put(&store, source, std::slice::from_ref(&next), minute).await;
            assert_eq!(gathered, Gathered { new: 0, changed: 1, known: 0 });
            let now = store.candidates(None, 9).await.expect("candidates");
            assert_eq!((now.len(), &now[0].article), (1, &shown(&next)));
            assert_eq!((now[0].id, now[0].first_seen), (before[0].id, at(0)));
        }
        let same = put(&store, source, &[article(2, 3, 4)], 9).await;
        assert_eq!(same, Gathered { new: 0, changed: 0, known: 1 });
    }
}

#[tokio::test]
async fn an_article_that_shares_but_one_of_three_marks_is_new() {
    for store in stores().await {
        let source = collected(&store, &[article(1, 1, 1)]).await;
        let others = [article(1, 5, 5), article(6, 1, 6), article(7, 7, 1), article(8, 8, 8)];
        assert_eq!(put(&store, source, &others, 1).await, Gathered { new: 4, changed: 0, known: 0 });
        assert_eq!(store.candidates(None, 9).await.expect("candidates").len(), 5);
    }
}

#[tokio::test]
async fn a_source_that_repeats_itself_brings_one_article_and_never_changes_it_in_turn() {
    for store in stores().await {
        let source = collected(&store, &[]).await;
        let twice = [article(1, 1, 1), article(2, 1, 1)];
        assert_eq!(put(&store, source, &twice, 1).await, Gathered { new: 1, changed: 0, known: 1 });
        assert_eq!(put(&store, source, &twice, 2).await, Gathered { new: 0, changed: 0, known: 2 });
        assert_eq!(store.candidates(None, 9).await.expect("candidates")[0].article, shown(&twice[0]));
    }
}

#[tokio::test]
async fn of_two_stored_articles_the_one_that_agrees_wholly_is_the_same() {
    for store in stores().await {
        // the last of a document is stored first: it has the lower number
        let source = collected(&store, &[article(1, 1, 1), article(2, 2, 1)]).await;
        assert_eq!(put(&store, source, &[article(1, 2, 1)], 1).await.changed, 1, "either would do");
        let gathered = put(&store, source, &[article(1, 1, 1)], 2).await;
        assert_eq!(gathered, Gathered { new: 0, changed: 0, known: 1 });
    }
}

#[tokio::test]
async fn the_same_article_of_two_sources_is_two_articles() {
    for store in stores().await {
        collected(&store, &[article(1, 1, 1)]).await;
        store.add_source(&source("pier", "https://example.org/pier")).await.expect("adds");
        let pier = store.sources().await.expect("sources")[1].id;
        assert_eq!(put(&store, pier, &[article(1, 1, 1)], 1).await.new, 1);
        let unknown = store.put_articles(SourceId(77), &[], at(1)).await;
        assert!(matches!(unknown, Err(StoreError::NoSource(SourceId(77)))));
    }
}

#[tokio::test]
async fn two_machines_that_poll_one_source_at_once_store_its_articles_once() {
    for store in stores().await {
        let source = collected(&store, &[]).await;
        let articles: Vec<_> = (0..50).map(|n| article(n, n, n)).collect();
        let (a, b) = tokio::join!(put(&store, source, &articles, 1), put(&store, source, &articles, 1));
        assert_eq!((a.new + b.new, a.known + b.known), (50, 50));
    }
}

#[tokio::test]
async fn less_than_a_millisecond_is_no_change() {
    for store in stores().await {
        let mut fine = article(1, 1, 1);
        fine.published = Some(at(1) + chrono::TimeDelta::microseconds(1_400));
        let source = collected(&store, std::slice::from_ref(&fine)).await;
        assert_eq!(put(&store, source, &[fine], 1).await.known, 1);
    }
}

#[tokio::test]
async fn an_edition_shows_its_articles_after_their_source_is_gone() {
    for store in stores().await {
        collected(&store, &[article(1, 1, 1), article(2, 2, 2)]).await;
        let candidates = store.candidates(None, 9).await.expect("candidates");
        let one = edition("daily", at(5), &candidates);
        let id = store.put_edition(&one, &message("News"), &Explanation::default(), at(5)).await;
        let id = id.expect("a draft");
        assert!(store.remove_source(&"harbour".parse().expect("a name")).await.expect("removes"));
        assert_eq!(store.candidates(None, 9).await.expect("candidates"), []);
        let articles = store.edition_articles(id).await.expect("articles");
        assert!(articles.iter().all(|(_, c)| c.article.content.starts_with("<p>")));
        let shown = |c: Candidate| Candidate { article: shown(&c.article), ..c };
        assert_eq!(articles.into_iter().map(|(_, c)| shown(c)).collect::<Vec<_>>(), candidates);
    }
}

#[tokio::test]
async fn candidates_come_from_each_source_in_turn_and_what_is_new_in_the_order_of_storing() {
    for store in stores().await {
        let loud: Vec<_> = (10..20).map(|n| article(n, n, n)).collect();
        let harbour = collected(&store, &loud).await;
        store.add_source(&source("pier", "https://example.org/pier")).await.expect("adds");
        let pier = store.sources().await.expect("sources")[1].id;
        put(&store, pier, &[article(1, 1, 1)], 1).await;
        let ids = |candidates: &[Candidate]| candidates.iter().map(|c| c.id.0).collect::<Vec<_>>();
        let turns = store.candidates(None, 3).await.expect("candidates");
        assert_eq!(turns.iter().map(|c| c.source).collect::<Vec<_>>(), [harbour, harbour, pier]);

        let of = [harbour];
        let new = store.candidates_since(None, ArticleId(8), 9).await.expect("candidates");
        assert_eq!(ids(&new), [9, 10, 11]);
        let own = store.candidates_since(Some(&of), ArticleId(3), 2).await.expect("candidates");
        assert_eq!(ids(&own), [4, 5]);
        let known = store.candidates_up_to(Some(&of), ArticleId(4), 2).await.expect("candidates");
        assert!(known.len() == 2 && known.iter().all(|c| c.id.0 <= 4) && known[0].date() > known[1].date());
        let same = store.same_pages(&[new[0].id, new[1].id], &new[1..]).await.expect("candidates");
        assert_eq!(ids(&same), [10]);
        assert!(known.iter().chain(&same).all(|c| c.article.content.is_empty()));
    }
}
