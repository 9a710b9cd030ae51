//! Sources say how often they wish to be asked, where they have gone, and that they have ended.

use chrono::TimeDelta;
use pressrun::model::NewSource;

use crate::feed_server::{Server, answer};
use crate::store_world::stores;
use crate::world::{World, name, rss};

async fn add(world: &World, server: &Server, pages: &[&str]) {
    for page in pages {
        let new = NewSource {
            name: name(page),
            url: server.at(page),
            title: None,
            topics: vec![],
            every: None,
            manner: Default::default(),
        };
        assert!(world.store.add_source(&new).await.unwrap());
    }
}

async fn minutes_to_go(world: &World, source: &str) -> i64 {
    let sources = world.store.sources().await.unwrap();
    let source = sources.iter().find(|s| s.name == name(source)).unwrap();
    (source.next_poll.unwrap() - world.now()).num_minutes()
}

#[tokio::test]
async fn what_a_document_and_its_server_say_of_its_freshness_is_believed() {
    let world = World::new().await;
    let server = Server::start(|request| {
        let feed = rss(&["One"]);
        let with = |more: &str| feed.replace("<link>https://news.example/</link>", more);
        match request.path.as_str() {
            "/aged" => answer(
                "200 OK",
                &[("cache-control", "public, max-age=14400"), ("age", "3600")],
                feed.as_bytes(),
            ),
            "/dated" => {
                let dates =
                    [("date", "Mon, 02 Mar 2026 07:00:00 GMT"), ("expires", "Mon, 02 Mar 2026 11:00:00 GMT")];
                answer("200 OK", &dates, feed.as_bytes())
            }
            "/never" => answer("200 OK", &[("cache-control", "no-cache, max-age=14400")], feed.as_bytes()),
            "/ttl" => answer("200 OK", &[], with("<ttl>300</ttl>").as_bytes()),
            "/asleep" => {
                let hours = "<skipHours><hour>7</hour><hour>8</hour><hour>9</hour></skipHours>";
                answer("200 OK", &[], with(hours).as_bytes())
            }
            "/daily" => {
                let often = "<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency><ttl>20</ttl>";
                answer("200 OK", &[], with(often).as_bytes())
            }
            "/weekly" => answer("200 OK", &[], with("<skipDays><day>Monday</day></skipDays>").as_bytes()),
            _ => answer("200 OK", &[], feed.as_bytes()),
        }
    })
    .await;
    let pages = ["aged", "dated", "never", "ttl", "asleep", "daily", "weekly", "plain"];
    add(&world, &server, &pages).await;
    // It is Monday, 07:00 UTC.
    world.collect().await;
    let about = |wanted: i64, found: i64| found * 10 >= wanted * 9 - 10 && found * 10 <= wanted * 11 + 10;
    for (page, wanted) in
        [("aged", 180), ("dated", 240), ("never", 15), ("ttl", 300), ("daily", 360), ("plain", 15)]
    {
        let found = minutes_to_go(&world, page).await;
        assert!(about(wanted, found), "{page}: {found}");
    }
    assert_eq!(minutes_to_go(&world, "asleep").await, 180);
    assert_eq!(minutes_to_go(&world, "weekly").await, 17 * 60);
}

#[tokio::test]
async fn what_a_feed_wished_holds_while_it_answers_that_nothing_has_changed() {
    for store in stores().await {
        let world = World::on(store.store.clone()).await;
        let server = Server::start(|request| {
            let more = match request.path.as_str() {
                "/ttl" => "<ttl>300</ttl>",
                "/asleep" => "<skipHours><hour>9</hour><hour>10</hour><hour>11</hour></skipHours>",
                _ => "<skipDays><day>Monday</day></skipDays>",
            };
            let feed = rss(&["One"]).replace("<link>https://news.example/</link>", more);
            match request.headers.contains_key("if-none-match") {
                true => answer("304 Not Modified", &[], b""),
                false => answer("200 OK", &[("etag", "\"1\"")], feed.as_bytes()),
            }
        })
        .await;
        add(&world, &server, &["ttl", "asleep", "weekly"]).await;
        world.collect().await;
        for _ in 0..2 {
            world.turn_clock(TimeDelta::hours(1));
            world.collect().await;
        }
        let unchanged = server.asked().into_iter().filter(|r| r.headers.contains_key("if-none-match"));
        assert_eq!(unchanged.count(), 6, "an edition asks all the same");
        // It is 09:00 UTC.
        let found = minutes_to_go(&world, "ttl").await;
        assert!((270..=330).contains(&found), "{found}");
        assert_eq!(minutes_to_go(&world, "asleep").await, 180);
        assert_eq!(minutes_to_go(&world, "weekly").await, 15 * 60);
    }
}

#[tokio::test]
async fn a_source_that_has_ended_is_told_of_at_once_and_asked_once_a_month() {
    let world = World::new().await;
    world.newsroom.break_down("news", 410);
    world.collect().await;
    let told = world.store.notices().await.unwrap();
    assert!(told.iter().any(|notice| notice.text.contains("source news has ended")), "{told:?}");
    assert!(minutes_to_go(&world, "news").await > 26 * 24 * 60);
    assert!(world.store.sources().await.unwrap()[0].health.ended);
    let asked = world.newsroom.asked();
    world.turn_clock(TimeDelta::days(7));
    world.collect().await;
    assert_eq!(world.newsroom.asked(), asked, "not even for an edition");
    world.turn_clock(TimeDelta::days(27));
    world.newsroom.publish("news", rss(&["Back again"]));
    world.collect().await;
    assert!(world.store.notices().await.unwrap().is_empty(), "it was a mistake");
    assert!(!world.store.sources().await.unwrap()[0].health.ended);
}

#[tokio::test]
async fn a_source_that_has_moved_for_good_is_asked_where_it_is_now() {
    let world = World::new().await;
    let server = Server::start(|request| match request.path.as_str() {
        "/old" => answer("301 Moved Permanently", &[("location", "/new")], b""),
        _ => answer("200 OK", &[], rss(&["One"]).as_bytes()),
    })
    .await;
    add(&world, &server, &["old"]).await;
    world.collect().await;
    let sources = world.store.sources().await.unwrap();
    assert_eq!(sources.iter().find(|s| s.name == name("old")).unwrap().url, server.at("new"));
    world.turn_clock(TimeDelta::hours(3));
    world.collect().await;
    let paths: Vec<String> = server.asked().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/old", "/new", "/new"]);
}
