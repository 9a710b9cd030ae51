//! The archive: web copies that are nobody's own, a list, a feed; what is not public is hard to come by.

use chrono::TimeDelta;
use pressrun::collect::parse;
use pressrun::model::Digest;

use crate::web_letters::{delivered, links};
use crate::web_site::Pages;
use crate::world::rss;

const ANN: &str = "ann@sea.example";
const COPY: &str = "/morning/2026-03-02T070000Z";

async fn serve_again(pages: &mut Pages) {
    let clock = pages.world.clock();
    pages.serve(Box::new(move || clock.now())).await;
}

#[tokio::test]
async fn the_link_in_a_letter_opens_the_edition_without_anything_of_the_readers() {
    let pages = delivered("en", &[]).await;
    let links = links(&pages, ANN);
    assert!(links.iter().any(|link| link == COPY), "{links:?}");
    let copy = pages.get(COPY).await;
    assert_eq!(copy.status, 200);
    assert!(copy.says("Bread is baked") && copy.says("Harbour opens"), "{}", copy.body);
    for own in
        ["/unsubscribe/", "/preferences/", "\u{10FF01}", "\u{10FF02}", "You receive this", "sea.example"]
    {
        assert!(!copy.says(own), "{own} is in {}", copy.body);
    }
    assert!(copy.says("<a href=\"../\"") && copy.says("<a href=\"./\"") && copy.says("All editions"));
    assert!(!copy.says(COPY), "a link to itself: {}", copy.body);
    assert!(!copy.says("<script"));
}

#[tokio::test]
async fn whoever_has_a_page_is_not_sent_it_again() {
    let pages = delivered("en", &[]).await;
    for path in [COPY, "/morning/", "/morning/feed.xml"] {
        let first = pages.get(path).await;
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("cache-control"), Some("public, max-age=300"), "{path}");
        assert_eq!(first.header("x-robots-tag"), Some("all"), "{path}");
        for asked in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned(), tag.replace("W/", "")] {
            let again = pages.ask("GET", path, &format!("If-None-Match: {asked}\r\n"), b"").await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path} {asked}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        let other = pages.ask("GET", path, "If-None-Match: W/\"other\"\r\n", b"").await;
        assert_eq!((other.status, &other.body), (200, &first.body), "{path}");
        assert_eq!(pages.ask("HEAD", path, "", b"").await.header("etag"), Some(tag.as_str()));
    }
}

#[tokio::test]
async fn the_list_tells_what_has_gone_out_and_the_feed_does_too() {
    let pages = delivered("en", &[]).await;
    let list = pages.get("/morning/").await;
    for words in [
        "<h1>Morning</h1>",
        "What the tide brings, each morning.",
        "<time datetime=\"2026-03-02\">Monday, 2 March 2026</time>",
        "<a href=\"2026-03-02T070000Z\">Morning: Bread is baked</a>",
        "type=\"application/atom+xml\"",
    ] {
        assert!(list.says(words), "no {words:?} in {}", list.body);
    }
    let feed = pages.get("/morning/feed.xml").await;
    assert_eq!(feed.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let base = "https://tide.example/morning/feed.xml".parse().unwrap();
    let parsed = parse(feed.body.as_bytes(), None, &base).expect("a feed");
    let entry = &parsed.entries[0];
    assert_eq!(entry.link.as_deref(), Some(format!("https://tide.example{COPY}").as_str()));
    assert!(feed.says("<id>https://tide.example/morning/</id>") && feed.says("&lt;li&gt;Harbour opens"));
    let bare = pages.get("/morning").await;
    assert_eq!((bare.status, bare.header("location")), (308, Some("morning/")));
}

#[tokio::test]
async fn what_has_not_gone_out_is_not_there() {
    let pages = Pages::new().await;
    assert_eq!(pages.get(COPY).await.status, 404, "a draft");
    let list = pages.get("/morning/").await;
    assert!(list.status == 200 && list.says("No edition has gone out yet."), "{}", list.body);
    assert!(!pages.get("/morning/feed.xml").await.says("<entry>"));
    pages.world.store.cancel(pages.edition).await.unwrap();
    for path in [
        COPY,
        "/evening/",
        "/evening/feed.xml",
        "/evening",
        "/morning/2026-03-02T070001Z",
        "/morning/2026-03-02",
        "/morning/feed.atom",
        "/morning/%ff",
        "/%00/",
        "/morning/+262142-12-31T235959Z",
        "/morning/-262143-01-01T000000Z",
        "/..%2f/",
    ] {
        let missing = pages.get(path).await;
        assert!(missing.status == 404 && missing.says("There is no such page"), "{path}: {}", missing.head);
    }
}

#[tokio::test]
async fn of_a_private_list_only_who_has_the_address_of_a_copy_can_read_it() {
    let mut pages = delivered("en", &[]).await;
    pages.offers[0].public = false;
    serve_again(&mut pages).await;
    let copy = pages.get(COPY).await;
    assert_eq!((copy.status, copy.header("x-robots-tag")), (200, Some("noindex, nofollow")));
    assert_eq!(copy.header("cache-control"), Some("private, no-cache"));
    assert!(copy.says("Bread is baked") && !copy.says("All editions"), "{}", copy.body);
    for path in ["/morning/", "/morning/feed.xml", "/morning"] {
        assert_eq!(pages.get(path).await.status, 404, "{path}");
    }
    // Nor of a digest that the configuration no longer has; its letters are still in mailboxes.
    pages.offers[0].public = true;
    pages.digest.name = "another".parse().unwrap();
    serve_again(&mut pages).await;
    assert_eq!(pages.get(COPY).await.status, 200);
    assert_eq!(pages.get("/morning/").await.status, 404);
}

#[tokio::test]
async fn what_a_letter_had_no_room_for_is_on_its_web_copy() {
    let pages = delivered("en", &[]).await;
    let world = &pages.world;
    let titles: Vec<String> = (0..40).map(|n| format!("Story number {n:02}")).collect();
    world.newsroom.publish("news", rss(&titles.iter().map(String::as_str).collect::<Vec<_>>()));
    world.turn_clock(TimeDelta::hours(24));
    world.collect().await;
    let digest = Digest { html_budget: 24_000, ..pages.digest.clone() };
    let edition = world.release(&digest).await;
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert!(record.articles < 30, "{} articles fit", record.articles);
    let copy = pages.get("/morning/2026-03-03T070000Z").await;
    assert!(copy.status == 200 && copy.says("Also in this edition"), "{}", copy.body);
    let told = (0..40).filter(|n| copy.says(&format!("Story number {n:02}"))).count();
    assert_eq!(told, 30, "as many as the digest takes");
}

#[tokio::test]
async fn the_list_goes_back_a_page_at_a_time() {
    let pages = delivered("en", &[]).await;
    let world = &pages.world;
    for n in 0..101 {
        world.newsroom.publish("news", rss(&[format!("Story {n}").as_str()]));
        world.turn_clock(TimeDelta::minutes(30));
        world.collect().await;
        world.release(&pages.digest).await;
    }
    let newest = pages.get("/morning/").await;
    assert_eq!(newest.body.matches("<li>").count(), 100);
    let older = newest.body.split_once("href=\"?before=").unwrap().1.split_once('"').unwrap().0;
    let oldest = pages.get(&format!("/morning/?before={older}")).await;
    assert!(oldest.says("Morning: Bread is baked") && oldest.says("Story 0</a>"), "{}", oldest.body);
    assert_eq!(oldest.body.matches("<li>").count(), 2);
    assert!(!oldest.says("?before="));
    assert_eq!(pages.get("/morning/?before=nonsense").await.body, newest.body);
}
