//! What sources say of how popular an article is: kept as of the last poll, without making articles new.

use pressrun::collect::{clean, parse};
use pressrun::model::{Article, Popularity};

use crate::store_world::{article, at, name, source, stores};

fn said(mut article: Article, comments: u32, place: Option<u32>) -> Article {
    article.popularity = Popularity { comments: Some(comments), views: Some(7), place, clicks: None };
    article
}

#[tokio::test]
async fn counts_and_places_follow_the_last_poll_and_change_no_article() {
    for store in stores().await {
        store.add_source(&source("harbour", "https://harbour.example/feed")).await.expect("adds");
        let harbour = store.sources().await.expect("sources")[0].id;
        let first = [said(article(1, 1, 1), 3, Some(1)), said(article(2, 2, 2), 0, Some(2))];
        assert_eq!(store.put_articles(harbour, &first, at(0)).await.expect("puts").new, 2);
        let popularity = async || {
            let mut all = store.candidates(None, 9).await.expect("candidates");
            all.sort_by_key(|c| c.article.fingerprint.guid);
            all.into_iter()
                .map(|c| (c.article.popularity.comments, c.article.popularity.place))
                .collect::<Vec<_>>()
        };
        assert_eq!(popularity().await, [(Some(3), Some(1)), (Some(0), Some(2))]);
        // The second has risen, the first has left the list, and a third is new.
        let next = [said(article(2, 2, 2), 40, Some(1)), said(article(3, 3, 3), 1, Some(2))];
        let gathered = store.put_articles(harbour, &next, at(1)).await.expect("puts");
        assert_eq!((gathered.new, gathered.changed, gathered.known), (1, 0, 1));
        assert!(gathered.has_changed());
        assert_eq!(popularity().await, [(Some(3), None), (Some(40), Some(1)), (Some(1), Some(2))]);
        let again = store.put_articles(harbour, &next, at(2)).await.expect("puts");
        assert!(!again.has_changed());
        let risen = [said(article(2, 2, 2), 41, Some(1)), next[1].clone()];
        let risen = store.put_articles(harbour, &risen, at(3)).await.expect("puts");
        assert!(!risen.has_changed(), "a comment makes no article new");
        assert_eq!(popularity().await[1], (Some(41), Some(1)));
        let _ = name("harbour");
    }
}

fn of(feed: &str) -> Vec<Popularity> {
    let url = "https://harbour.example/feed".parse().expect("a URL");
    let feed = parse(feed.as_bytes(), None, &url).expect("a feed");
    clean(feed, at(10_000_000)).into_iter().map(|article| article.popularity).collect()
}

#[test]
fn a_feed_says_how_popular_its_entries_are_and_its_order_counts_where_it_is_none_by_date() {
    let item = |n: u32, day: u32, more: &str| {
        format!(
            "<item><title>Story {n}</title><guid>g{n}</guid><link>https://harbour.example/{n}</link>\
             <pubDate>{day:02} Mar 2026 06:00:00 GMT</pubDate>{more}</item>"
        )
    };
    let rss = |items: &[String]| {
        format!(
            "<rss version=\"2.0\" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" \
             xmlns:thr=\"http://purl.org/syndication/thread/1.0\" xmlns:media=\"http://search.yahoo.com/mrss/\">\
             <channel><title>H</title>{}</channel></rss>",
            items.concat()
        )
    };
    let community = "<media:group><media:community><media:statistics views=\"12,345\" favorites=\"2\"/>\
                     </media:community></media:group>";
    let by_date = of(&rss(&[
        item(1, 9, "<slash:comments>42</slash:comments>"),
        item(2, 8, "<thr:total>7</thr:total><slash:comments>5</slash:comments>"),
        item(3, 7, community),
        item(4, 6, "<slash:comments>many</slash:comments>"),
    ]));
    let comments: Vec<_> = by_date.iter().map(|said| said.comments).collect();
    assert_eq!(comments, [Some(42), Some(7), None, None]);
    assert_eq!(by_date[2].views, Some(12_345));
    assert!(by_date.iter().all(|said| said.place.is_none()), "its order is that of dates");
    let by_merit = of(&rss(&[item(1, 3, ""), item(2, 9, ""), item(3, 1, ""), item(4, 5, "")]));
    assert_eq!(by_merit.iter().map(|said| said.place).collect::<Vec<_>>(), [1, 2, 3, 4].map(Some));
}
