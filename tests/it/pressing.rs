//! The stages together: collect, compose, render, deliver, remember.

use chrono::TimeDelta;
use pressrun::model::{
    Article, DeliveryState, Digest, Direction, EditionState, EmailAddress, Fingerprint, Hole, Manner,
    NewSource, Section, Take,
};
use pressrun::press::Drafted;

use crate::feed_server::{Server, answer};
use crate::world::{World, name, rss};

#[tokio::test]
async fn an_edition_goes_from_the_feed_to_every_confirmed_reader_and_is_remembered() {
    let world = World::new().await;
    world.newsroom.publish("news", rss(&["Harbour opens", "Bridge closed"]));
    world.subscribe(&["ann@a.example", "bob@b.example"]).await;
    let collected = world.collect().await;
    assert_eq!(collected[0].end.as_ref().unwrap().new, 2);

    let digest = world.digest();
    let edition = world.release(&digest).await;
    let delivered = world.deliver(edition, &digest, &world.carrier).await;
    assert_eq!(delivered.totals.candidates, 2);
    assert_eq!(delivered.totals.in_state(DeliveryState::Sent), 2);
    assert!(delivered.given_up.is_none());
    assert_eq!(world.store.edition(edition).await.unwrap().unwrap().state, EditionState::Finished);

    let letters = world.letters();
    let mut recipients: Vec<&str> = letters.iter().map(|l| l.recipient.as_str()).collect();
    recipients.sort_unstable();
    assert_eq!(recipients, ["ann@a.example", "bob@b.example"]);
    for letter in &letters {
        let text = String::from_utf8_lossy(&letter.bytes);
        assert!(text.contains("Harbour opens") && text.contains("Bridge closed"));
        assert!(!Hole::ALL.iter().any(|hole| text.contains(hole.mark())));
    }
}

#[tokio::test]
async fn a_second_edition_holds_only_what_came_since_and_none_is_made_of_nothing() {
    let world = World::new().await;
    let digest = world.digest();
    world.newsroom.publish("news", rss(&["One", "Two"]));
    world.collect().await;
    world.release(&digest).await;

    world.turn_clock(TimeDelta::hours(1));
    world.collect().await;
    assert!(matches!(world.draft(&digest).await, Drafted::Nothing(..)));

    world.newsroom.publish("news", rss(&["Three", "One", "Two"]));
    world.turn_clock(TimeDelta::hours(1));
    world.collect().await;
    let Drafted::Draft(draft) = world.draft(&digest).await else { panic!("there is a third") };
    let titles: Vec<_> = draft.edition.articles().map(|p| p.article.title.as_str()).collect();
    assert_eq!(titles, ["Three"]);
}

#[tokio::test]
async fn a_preview_and_a_cancelled_edition_consume_nothing() {
    let world = World::new().await;
    let digest = world.digest();
    world.newsroom.publish("news", rss(&["One"]));
    world.collect().await;
    for _ in 0..3 {
        assert!(matches!(world.draft(&digest).await, Drafted::Draft(_)));
    }
    let edition = world.release(&digest).await;
    assert!(matches!(world.draft(&digest).await, Drafted::Nothing(..)));
    assert!(world.store.cancel(edition).await.unwrap());
    world.turn_clock(TimeDelta::minutes(1));
    assert!(matches!(world.draft(&digest).await, Drafted::Draft(_)));
}

#[tokio::test]
async fn one_bad_source_is_told_and_stops_no_other() {
    let world = World::new().await;
    world.source("broken").await;
    world.source("gone").await;
    world.source("nonsense").await;
    world.newsroom.publish("news", rss(&["One"]));
    world.newsroom.break_down("broken", 500);
    world.newsroom.publish("nonsense", "<html><body>no feed</body></html>");
    let collected = world.collect().await;
    let fine: Vec<_> = collected.iter().filter(|c| c.end.is_ok()).map(|c| c.source.name.as_str()).collect();
    assert_eq!(fine, ["news"]);

    let sources = world.store.sources().await.unwrap();
    let broken = sources.iter().find(|s| s.name == name("broken")).unwrap();
    assert_eq!(broken.health.failures, 1);
    assert!(broken.health.trouble.as_ref().unwrap().contains("500"), "{:?}", broken.health.trouble);
    let news = sources.iter().find(|s| s.name == name("news")).unwrap();
    assert_eq!((news.health.failures, news.health.succeeded_at), (0, Some(world.now())));
}

#[tokio::test]
async fn a_source_in_trouble_is_asked_less_and_less_often() {
    let world = World::new().await;
    world.newsroom.break_down("news", 503);
    world.collect().await;
    let wait = |sources: Vec<pressrun::model::Source>| sources[0].next_poll.unwrap() - world.now();
    let first = wait(world.store.sources().await.unwrap());
    world.collect().await;
    assert_eq!(world.newsroom.asked(), 1, "it is left in peace until its wait is over");
    world.turn_clock(first);
    world.collect().await;
    let second = wait(world.store.sources().await.unwrap());
    assert!(second > first, "{second} after {first}");
}

#[tokio::test]
async fn a_source_that_asks_for_a_longer_wait_gets_it_whether_it_refuses_or_has_nothing_new() {
    let world = World::new().await;
    let server = Server::start(|request| {
        if request.headers.contains_key("if-none-match") {
            answer("304 Not Modified", &[("retry-after", "7200")], b"")
        } else if request.path == "/full" {
            answer("503 Service Unavailable", &[("retry-after", "604800")], b"")
        } else {
            answer("200 OK", &[("etag", "\"a\"")], rss(&["One"]).as_bytes())
        }
    })
    .await;
    for page in ["calm", "full"] {
        let new = NewSource {
            name: name(page),
            url: server.at(page),
            title: None,
            topics: vec![],
            every: None,
            manner: Manner::default(),
        };
        assert!(world.store.add_source(&new).await.unwrap());
    }
    let wait = async |source: &str| {
        let sources = world.store.sources().await.unwrap();
        sources.iter().find(|s| s.name == name(source)).unwrap().next_poll.unwrap() - world.now()
    };
    world.collect().await;
    assert_eq!(wait("full").await, TimeDelta::days(7));
    let calm = wait("calm").await.num_seconds();
    assert!((13 * 60..17 * 60).contains(&calm), "{calm}");
    world.turn_clock(TimeDelta::minutes(15));
    world.collect().await;
    assert_eq!(wait("calm").await, TimeDelta::hours(2));
}

#[tokio::test]
async fn a_reader_who_leaves_while_letters_wait_gets_none() {
    let world = World::new().await;
    let digest = world.digest();
    world.newsroom.publish("news", rss(&["One"]));
    world.collect().await;
    world.subscribe(&["ann@a.example", "bob@b.example"]).await;
    let edition = world.release(&digest).await;
    let bob = EmailAddress::parse("bob@b.example").unwrap();
    world.store.unsubscribe(&bob, None, world.now()).await.unwrap();
    let delivered = world.deliver(edition, &digest, &world.carrier).await;
    assert_eq!(delivered.totals.in_state(DeliveryState::Sent), 1);
    assert_eq!(delivered.totals.in_state(DeliveryState::Cancelled), 1);
    assert!(world.letters().iter().all(|l| l.recipient != bob));
}

#[tokio::test]
async fn every_letter_has_its_own_message_id_and_addresses_to_leave_by() {
    let world = World::new().await;
    let digest = world.digest();
    world.newsroom.publish("news", rss(&["One"]));
    world.collect().await;
    world.subscribe(&["ann@a.example", "bob@b.example"]).await;
    let edition = world.release(&digest).await;
    world.deliver(edition, &digest, &world.carrier).await;
    let header = |letter: &pressrun::deliver::Letter, name: &str| {
        let text = String::from_utf8(letter.bytes.clone()).unwrap();
        let start = text.find(&format!("\r\n{name}: ")).unwrap_or_else(|| panic!("no {name}"));
        text[start + 2..].lines().next().unwrap().to_owned()
    };
    let letters = world.letters();
    for name in ["Message-ID", "List-Unsubscribe"] {
        assert_ne!(header(&letters[0], name), header(&letters[1], name));
    }
    assert!(header(&letters[0], "Message-ID").ends_with("@tide.example>"));
}

/// Puts articles straight into the store; their addresses are made of the titles.
async fn store(world: &World, source: &str, articles: impl Iterator<Item = (i64, String)>) {
    let articles: Vec<Article> = articles
        .map(|(mark, title)| Article {
            fingerprint: Fingerprint { guid: mark, url: mark, content: mark },
            url: format!("https://news.example/{mark}").parse().unwrap(),
            title,
            summary: "A sentence.".to_owned(),
            content: "<p>A text.</p>".to_owned(),
            image: None,
            author: None,
            published: None,
            language: None,
            direction: Direction::Ltr,
            topics: vec![],
            popularity: Default::default(),
        })
        .collect();
    let sources = world.store.sources().await.unwrap();
    let id = sources.iter().find(|s| s.name == name(source)).unwrap().id;
    for articles in articles.chunks(500) {
        world.store.put_articles(id, articles, world.now()).await.unwrap();
    }
}

async fn titles(world: &World, digest: &Digest) -> Vec<String> {
    match world.draft(digest).await {
        Drafted::Draft(draft) => draft.edition.articles().map(|p| p.article.title.clone()).collect(),
        Drafted::Nothing(nothing, _) => panic!("nothing: {nothing}"),
    }
}

fn flood(from: i64, articles: i64) -> impl Iterator<Item = (i64, String)> {
    (from..from + articles).map(|mark| (mark, format!("Loud {mark}")))
}

fn quiet(mark: i64) -> impl Iterator<Item = (i64, String)> {
    std::iter::once((mark, format!("Quiet {mark}")))
}

fn of_sources(world: &World, sources: &[&str]) -> Digest {
    let section = |source: &&str| Section {
        title: (*source).to_owned(),
        take: Take::Sources(vec![name(source)]),
        limit: 5,
        optional: false,
        ..Section::default()
    };
    Digest { sections: sources.iter().map(section).collect(), ..world.digest() }
}

#[tokio::test]
async fn an_article_dated_in_the_future_is_the_same_at_every_poll_and_comes_not_before_the_news() {
    let world = World::new().await;
    let dated = |title: &str, year: &str| {
        let whole = rss(&[title]).replace("02 Mar 2026", &format!("02 Mar {year}"));
        let (start, end) = (whole.find("<item>").unwrap(), whole.find("</channel>").unwrap());
        whole[start..end].to_owned()
    };
    let feed = |items: &[String]| format!("<rss><channel>{}</channel></rss>", items.concat());
    world.newsroom.publish("news", feed(&[dated("Some day", "2035")]));
    world.collect().await;
    let mut counted = Vec::new();
    for _ in 0..2 {
        world.turn_clock(TimeDelta::days(1));
        world.newsroom.publish("news", feed(&[dated("Some day", "2035"), dated("Today", "2026")]));
        let gathered = world.collect().await.remove(0).end.unwrap();
        counted.push((gathered.new, gathered.changed, gathered.known));
    }
    assert_eq!(counted, [(1, 0, 1), (0, 0, 2)]);
    world.newsroom.publish("news", feed(&[dated("Later", "2026").replace("02 Mar", "04 Mar")]));
    world.turn_clock(TimeDelta::days(1));
    world.collect().await;
    assert_eq!(titles(&world, &world.digest()).await[0], "Later");
}

#[tokio::test]
async fn a_quiet_source_is_heard_beside_a_loud_one() {
    let world = World::new().await;
    world.source("quiet").await;
    store(&world, "quiet", quiet(1)).await;
    world.turn_clock(TimeDelta::hours(1));
    store(&world, "news", flood(100, 5_500)).await;
    for digest in [of_sources(&world, &["quiet"]), of_sources(&world, &["news", "quiet"])] {
        assert!(titles(&world, &digest).await.contains(&"Quiet 1".to_owned()), "in the first edition");
    }
    let digest = of_sources(&world, &["quiet"]);
    world.release(&digest).await;

    store(&world, "quiet", quiet(2)).await;
    world.turn_clock(TimeDelta::hours(1));
    store(&world, "news", flood(10_000, 5_500)).await;
    assert_eq!(titles(&world, &digest).await, ["Quiet 2"]);
}

#[tokio::test]
async fn what_a_flood_leaves_no_room_for_is_new_to_the_next_edition() {
    let world = World::new().await;
    world.source("quiet").await;
    let digest = of_sources(&world, &["news", "quiet"]);
    store(&world, "news", flood(1, 3)).await;
    world.release(&digest).await;

    store(&world, "news", flood(100, 5_500)).await;
    store(&world, "quiet", quiet(9_000)).await;
    world.turn_clock(TimeDelta::hours(1));
    assert!(!titles(&world, &digest).await.contains(&"Quiet 9000".to_owned()));
    world.release(&digest).await;
    world.turn_clock(TimeDelta::hours(1));
    assert!(titles(&world, &digest).await.contains(&"Quiet 9000".to_owned()));
}

#[tokio::test]
async fn a_flood_that_no_section_takes_does_not_stand_in_the_way_for_ever() {
    let world = World::new().await;
    world.source("quiet").await;
    let mut digest = of_sources(&world, &["quiet", "news"]);
    store(&world, "quiet", quiet(1)).await;
    world.release(&digest).await;

    store(&world, "news", flood(100, 5_500)).await;
    store(&world, "quiet", quiet(2)).await;
    world.turn_clock(TimeDelta::hours(1));
    store(&world, "news", flood(10_000, 2_500)).await;
    // Whose topics may be anywhere: all sources are looked at.
    digest.sections[1].take = Take::Topics(vec!["sea".to_owned()]);
    world.turn_clock(TimeDelta::hours(1));
    assert_eq!(titles(&world, &digest).await, ["Quiet 2"]);
}

#[tokio::test]
async fn a_page_that_was_sent_long_ago_is_not_sent_again_by_another_source() {
    let world = World::new().await;
    world.source("quiet").await;
    let digest = world.digest();
    store(&world, "news", flood(1, 1)).await;
    world.release(&digest).await;
    world.turn_clock(TimeDelta::hours(1));
    store(&world, "news", flood(2, 400)).await;
    world.release(&digest).await;
    world.turn_clock(TimeDelta::hours(1));
    store(&world, "quiet", quiet(1).chain(quiet(1_000))).await;
    assert_eq!(titles(&world, &digest).await, ["Quiet 1000"]);
}
