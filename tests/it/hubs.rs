//! A feed that names a hub is pushed by it, and polled all the same: what a hub does not do costs nothing but time.

use chrono::TimeDelta;
use pressrun::collect::FetchError;
use pressrun::model::{NewSource, Source};
use pressrun::press::{Pushing, Tended};
use pressrun::store::Store;

use crate::hub_server::{Hub, Town};
use crate::store_opening::urls;
use crate::store_world::stores;
use crate::world::{name, rss};

const DAY: TimeDelta = TimeDelta::days(1);

async fn town() -> Town {
    Town::on(Store::open("sqlite::memory:").await.unwrap()).await
}

fn minutes_to_go(town: &Town, source: &Source) -> i64 {
    (source.next_poll.unwrap() - town.now()).num_minutes()
}

#[tokio::test]
async fn what_a_hub_pushes_is_in_the_store_and_its_source_is_polled_as_rarely_as_any() {
    for store in stores().await {
        let town = Town::on(store.store.clone()).await;
        town.world.collect().await;
        assert_eq!(town.tend().await.asked, 1);
        let form = town.hub.last();
        assert_eq!((form["hub.mode"].as_str(), &form["hub.topic"]), ("subscribe", &town.topic()));
        assert!(form["hub.secret"].len() >= 32 && form["hub.secret"].len() < 200);
        let (status, kind, echo) = town.verify(&form, DAY).await;
        assert_eq!(
            (status, kind.as_str(), echo.as_str()),
            (200, "text/plain; charset=utf-8", "a <b>challenge</b>")
        );
        assert_eq!(town.source().await.pushed_until, None, "it has not delivered yet");
        let tended = town.delivered(&form, &town.feed(&["Two", "One"])).await;
        assert_eq!(tended, Tended { asked: 0, pushes: 1, new: 1, changed: 0 });
        assert_eq!(town.titles().await, ["One", "Two"]);
        let again = town.delivered(&form, &town.feed(&["Two"])).await;
        assert_eq!((again.pushes, again.new, again.changed), (1, 0, 0), "the same once more");
        assert_eq!(town.source().await.pushed_until, Some(town.now() + DAY));
        // What a poll finds now it knows already.
        town.publish(&["Two", "One"]);
        town.turn(TimeDelta::minutes(20));
        town.world.collect().await;
        let source = town.source().await;
        assert!((108..=132).contains(&minutes_to_go(&town, &source)), "{}", minutes_to_go(&town, &source));
    }
}

#[tokio::test]
async fn a_hub_that_is_named_in_the_header_is_asked_too() {
    use crate::feed_server::{Server, answer};
    let town = town().await;
    let link = format!("<{}>; rel=\"hub\", </topic>; rel=self", town.hub.url);
    let server =
        Server::start(move |_| answer("200 OK", &[("link", link.as_str())], rss(&["One"]).as_bytes())).await;
    let new = NewSource {
        name: name("headed"),
        url: server.at("/feed"),
        title: None,
        topics: vec![],
        every: None,
        manner: Default::default(),
    };
    town.world.store.add_source(&new).await.unwrap();
    town.world.collect().await;
    town.tend().await;
    let topics: Vec<String> = town.hub.asked().into_iter().map(|form| form["hub.topic"].clone()).collect();
    assert!(
        topics.contains(&server.at("/topic").to_string()) && topics.contains(&town.topic()),
        "{topics:?}"
    );
}

#[tokio::test]
async fn only_what_was_asked_for_is_agreed_to() {
    let town = town().await;
    town.world.collect().await;
    town.tend().await;
    let form = town.hub.last();
    let (callback, topic) = (form["hub.callback"].as_str(), town.topic());
    let token = callback.rsplit('/').next().unwrap();
    let (other, worse) = (callback.replace(token, &"0".repeat(32)), callback.replace(token, "x"));
    let question = |mode: &'static str, topic: &str| {
        [("hub.mode", mode.to_owned()), ("hub.topic", topic.to_owned()), ("hub.challenge", "c".to_owned())]
    };
    for (place, mode, topic) in [
        (callback, "subscribe", "https://other.example/"),
        (callback, "unsubscribe", topic.as_str()),
        (callback, "publish", topic.as_str()),
        (callback, "denied", "https://other.example/"),
        (other.as_str(), "subscribe", topic.as_str()),
        (worse.as_str(), "subscribe", topic.as_str()),
    ] {
        let pairs = question(mode, topic);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let (status, _, body) = town.question(place, &pairs).await;
        assert_eq!(status, 404, "{place} {mode} {topic}");
        assert_ne!(body, "c");
    }
    assert!(town.world.store.hubs().await.unwrap()[0].verified_at.is_none());
    town.turn(TimeDelta::days(2));
    assert_eq!(town.verify(&form, DAY).await.0, 404, "nobody has asked for that of late");
}

#[tokio::test]
async fn what_is_not_signed_by_the_hub_is_answered_like_all_else_and_ignored() {
    let town = town().await;
    let form = town.verified(DAY).await;
    let forged = town.feed(&["Forged"]);
    assert_eq!(town.push(&form, "another secret", &forged).await.0, 202);
    for headers in [&[][..], &[("x-hub-signature", "sha256=00")], &[("x-hub-signature", "md5=00")]] {
        assert_eq!(town.push_with(&form, headers, &forged).await.0, 202);
    }
    assert_eq!(town.tend().await.pushes, 0);
    assert_eq!(town.titles().await, ["One"]);
    assert_eq!(town.source().await.pushed_until, None);
    let mut elsewhere = form.clone();
    elsewhere.insert("hub.callback".to_owned(), form["hub.callback"].replace("/push/", "/push/0"));
    assert_eq!(town.push(&elsewhere, &form["hub.secret"], &forged).await.0, 404);
}

#[tokio::test]
async fn a_document_is_long_for_a_hub_that_was_asked_and_for_nobody_else() {
    let town = town().await;
    let form = town.verified(DAY).await;
    let padded = |length: usize| {
        town.feed(&["Two"]).replace("</rss>", &format!("<!--{}--></rss>", "x".repeat(length)))
    };
    assert_eq!(town.push(&form, &form["hub.secret"], &padded(3_000_000)).await.0, 202);
    assert_eq!(town.push(&form, &form["hub.secret"], &padded(10_100_000)).await.0, 413);
    let mut elsewhere = form.clone();
    let token = form["hub.callback"].rsplit('/').next().unwrap().to_owned();
    elsewhere.insert("hub.callback".to_owned(), form["hub.callback"].replace(&token, &"0".repeat(32)));
    assert_eq!(town.push(&elsewhere, &form["hub.secret"], &padded(150_000)).await.0, 413);
    assert_eq!(town.tend().await.pushes, 1);
}

#[tokio::test]
async fn a_lease_is_renewed_before_it_ends() {
    for store in stores().await {
        let town = Town::on(store.store.clone()).await;
        let form = town.verified(DAY).await;
        town.delivered(&form, &town.feed(&["Two"])).await;
        town.turn(TimeDelta::hours(15));
        assert_eq!(town.tend().await.asked, 0, "it is not time yet");
        town.turn(TimeDelta::hours(5));
        assert_eq!(town.tend().await.asked, 1);
        let again = town.hub.last();
        assert_eq!(
            (&again["hub.callback"], &again["hub.secret"]),
            (&form["hub.callback"], &form["hub.secret"])
        );
        assert_eq!(town.verify(&again, DAY).await.0, 200);
        assert_eq!(town.source().await.pushed_until, Some(town.now() + DAY));
        assert_eq!(town.verify(&again, DAY).await.0, 200, "a hub that did not hear us asks again");
        assert_eq!(town.tend().await.asked, 0);
    }
}

#[tokio::test]
async fn a_lease_that_nobody_renews_ends_and_the_source_is_polled_as_before() {
    let town = town().await;
    let form = town.verified(DAY).await;
    town.delivered(&form, &town.feed(&["Two", "One"])).await;
    town.publish(&["Two", "One"]);
    town.hub.answer(503);
    for _ in 0..30 {
        town.turn(TimeDelta::hours(1));
        town.world.collect().await;
        town.tend().await;
    }
    let source = town.source().await;
    assert!(source.pushed_until.is_none_or(|until| until <= town.now()));
    let hub = &town.world.store.hubs().await.unwrap()[0];
    assert!(
        hub.verified_at.is_none() && hub.trouble.as_deref().unwrap().contains("503"),
        "{:?}",
        hub.trouble
    );
    assert!(minutes_to_go(&town, &source) <= 132);
    let asked = town.hub.asked().len();
    assert!((4..=7).contains(&asked), "ever more rarely: {asked}");
}

#[tokio::test]
async fn a_hub_that_fails_or_denies_leaves_its_source_to_polling() {
    for store in stores().await {
        let town = Town::on(store.store.clone()).await;
        let form = town.verified(DAY).await;
        town.delivered(&form, &town.feed(&["Two"])).await;
        let denied = [("hub.mode", "denied"), ("hub.topic", &town.topic()), ("hub.reason", "no more")];
        assert_eq!(town.question(&form["hub.callback"], &denied).await.0, 200);
        let source = town.source().await;
        assert_eq!(source.pushed_until, None);
        assert!(source.next_poll.unwrap() <= town.now(), "it is polled at once");
        let hub = &town.world.store.hubs().await.unwrap()[0];
        assert_eq!(hub.trouble.as_deref(), Some("the hub will not push it: no more"));
        town.turn(DAY);
        assert_eq!(town.tend().await.asked, 0, "it has said no");
        town.turn(DAY * 7);
        town.hub.answer(500);
        assert_eq!(town.tend().await.asked, 1);
        town.publish(&["Three"]);
        town.world.collect().await;
        assert!(town.titles().await.contains(&"Three".to_owned()));
    }
}

#[tokio::test]
async fn a_poll_that_finds_what_was_not_pushed_ends_the_trust_until_the_hub_delivers_again() {
    let town = town().await;
    let form = town.verified(DAY).await;
    town.delivered(&form, &town.feed(&["Two", "One"])).await;
    town.publish(&["Three", "Two", "One"]);
    town.turn(TimeDelta::minutes(20));
    town.world.collect().await;
    let source = town.source().await;
    assert_eq!(source.pushed_until, None);
    assert!(minutes_to_go(&town, &source) <= 17);
    town.delivered(&form, &town.feed(&["Three"])).await;
    assert!(town.source().await.pushed_until.is_some(), "it was late, but came");
}

#[tokio::test]
async fn a_source_that_is_removed_or_has_another_hub_is_given_up_at_the_old_one() {
    for store in stores().await {
        let town = Town::on(store.store.clone()).await;
        let form = town.verified(DAY).await;
        town.delivered(&form, &town.feed(&["Two"])).await;
        let second = Hub::open().await;
        town.world.newsroom.publish("news", town.feed_of(&second.url, &["Two", "One"]));
        town.turn(TimeDelta::minutes(20));
        town.world.collect().await;
        assert_eq!(town.tend().await.asked, 2);
        let (left, new) = (town.hub.last(), second.last());
        assert_eq!(
            (left["hub.mode"].as_str(), &left["hub.callback"]),
            ("unsubscribe", &form["hub.callback"])
        );
        assert_ne!(new["hub.callback"], form["hub.callback"]);
        assert_ne!(new["hub.secret"], form["hub.secret"]);
        assert_eq!(town.source().await.pushed_until, None);
        assert_eq!(town.push(&form, &form["hub.secret"], &town.feed(&["Late"])).await.0, 410);
        assert_eq!(town.verify(&left, DAY).await.0, 200);
        assert_eq!(town.push(&form, &form["hub.secret"], &town.feed(&["Late"])).await.0, 404);
        assert_eq!(town.verify(&new, DAY).await.0, 200);
        town.world.store.remove_source(&name("news")).await.unwrap();
        assert_eq!(town.tend().await.asked, 1);
        assert_eq!(second.last()["hub.mode"], "unsubscribe");
        assert!(town.world.store.hubs().await.unwrap().is_empty());
        // A hub that does not care is asked three times.
        for _ in 0..12 {
            town.turn(DAY);
            town.tend().await;
        }
        assert_eq!(second.asked().len(), 1 + 3);
    }
}

#[tokio::test]
async fn who_serves_no_pages_asks_nobody_and_who_turns_hubs_off_gives_all_up() {
    let town = town().await;
    town.world.collect().await;
    for pushing in [Pushing::Elsewhere, Pushing::Off] {
        town.tend_as(&town.world.store, pushing).await;
    }
    assert!(town.hub.asked().is_empty());
    let form = town.verified(DAY).await;
    town.delivered(&form, &town.feed(&["Two"])).await;
    assert_eq!(town.tend_as(&town.world.store, Pushing::Elsewhere).await.asked, 0);
    assert_eq!(town.tend_as(&town.world.store, Pushing::Off).await.asked, 1);
    assert_eq!(town.hub.last()["hub.mode"], "unsubscribe");
    assert_eq!(town.source().await.pushed_until, None);
}

#[tokio::test]
async fn a_feed_outside_opens_no_host_inside_by_calling_it_its_hub() {
    let hub = Hub::open().await;
    let (fetcher, place) = (Town::fetcher(), hub.url.parse().unwrap());
    let refused = fetcher.ask_hub(&"https://feeds.example/".parse().unwrap(), &place, &[("a", "b")]).await;
    assert!(matches!(refused, Err(FetchError::PrivateAddress { .. })), "{refused:?}");
    assert!(hub.asked().is_empty());
    fetcher.ask_hub(&place, &place, &[("a", "b")]).await.unwrap();
    assert_eq!(hub.last()["a"], "b");
}

#[tokio::test]
async fn a_hub_inside_is_not_asked() {
    let town = town().await;
    town.world.newsroom.publish("news", town.feed_of("http://10.0.0.1/hub", &["One"]));
    town.world.collect().await;
    assert_eq!(town.tend().await.asked, 1);
    let hub = &town.world.store.hubs().await.unwrap()[0];
    assert!(hub.trouble.as_deref().unwrap().contains("private"), "{:?}", hub.trouble);
}

#[tokio::test]
async fn what_cannot_be_read_has_its_source_polled_at_once() {
    let town = town().await;
    let form = town.verified(DAY).await;
    for document in ["", "<html><p>no feed</p></html>", "\u{0}\u{1}"] {
        town.turn(TimeDelta::minutes(20));
        town.world.collect().await;
        assert!(minutes_to_go(&town, &town.source().await) > 5);
        town.delivered(&form, document).await;
        assert!(minutes_to_go(&town, &town.source().await) <= 0, "{document}");
        assert_eq!(town.source().await.pushed_until, None);
    }
}

#[tokio::test]
async fn a_hub_that_pushes_faster_than_anybody_reads_fills_nothing() {
    let town = town().await;
    let form = town.verified(DAY).await;
    for _ in 0..30 {
        assert_eq!(town.push(&form, &form["hub.secret"], &town.feed(&["Two"])).await.0, 202);
    }
    assert!(minutes_to_go(&town, &town.source().await) <= 0, "it is polled instead");
    assert_eq!(town.tend().await.pushes, 20);
}

#[tokio::test]
async fn of_two_processes_one_asks_and_one_reads() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let town = Town::on(Store::open(&url).await.unwrap()).await;
        let beside = Store::open(&url).await.unwrap();
        town.world.collect().await;
        for source in ["a", "b", "c", "d"] {
            town.world.newsroom.publish(source, town.feed(&["One"]).replace("?topic", &format!("?{source}")));
            town.world.source(source).await;
        }
        town.world.collect().await;
        let here = || Pushing::Here(town.callback().to_owned());
        let (one, two) = tokio::join!(town.tend_as(&town.world.store, here()), town.tend_as(&beside, here()));
        assert_eq!(one.asked + two.asked, 5);
        assert_eq!(town.hub.asked().len(), 5);
        for form in town.hub.asked() {
            assert_eq!(town.verify(&form, DAY).await.0, 200);
            assert_eq!(town.push(&form, &form["hub.secret"], &town.feed(&["Two", "One"])).await.0, 202);
        }
        let (one, two) = tokio::join!(town.tend_as(&town.world.store, here()), town.tend_as(&beside, here()));
        assert_eq!((one.pushes + two.pushes, one.new + two.new), (5, 5));
    }
}
