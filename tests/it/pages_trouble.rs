//! A source whose pages cannot be read says so, and loses none of them for good.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use pressrun::model::{Manner, NewSource, SourceKind};
use pressrun::press::Drafted;

use crate::feed_server::{Server, answer};
use crate::pages_model::{BUILDS, LANGUAGES, page};
use crate::world::{World, name};

/// A site with a front page of three articles; what stands in their place, if not they: a status or a text.
struct Site {
    server: Server,
    instead: Arc<Mutex<Option<&'static str>>>,
}

impl Site {
    async fn open(instead: &'static str) -> Self {
        let instead = Arc::new(Mutex::new(Some(instead)));
        let stands = Arc::clone(&instead);
        let server = Server::start(move |request| {
            let html = |status: &str, body: &str| {
                answer(status, &[("content-type", "text/html"), ("etag", "\"1\"")], body.as_bytes())
            };
            let number = request.path.strip_prefix("/2026/story-of-the-harbour-number-");
            let unchanged = request.headers.contains_key("if-none-match");
            match (request.path.as_str(), number, *stands.lock().unwrap()) {
                ("/", ..) if unchanged => answer("304 Not Modified", &[], b""),
                ("/", ..) => html("200 OK", &front()),
                (_, Some(_), Some(status)) if status.starts_with(char::is_numeric) => html(status, "no"),
                (_, Some(_), Some(text)) => html("200 OK", text),
                (_, Some(number), None) => {
                    let words = &LANGUAGES[0];
                    let title = format!("The story of the harbour, part {number}");
                    html("200 OK", &page(words, BUILDS[0], true).replace(words.headline, &title))
                }
                _ => answer("404 Not Found", &[], b"nothing"),
            }
        })
        .await;
        Self { server, instead }
    }

    fn asked(&self) -> usize {
        self.server.asked().iter().filter(|request| request.path.starts_with("/2026/")).count()
    }
}

fn front() -> String {
    let link = |number: u32| {
        format!(
            "<h2><a href=\"/2026/story-of-the-harbour-number-{number}\">The story of the harbour, part {number}</a></h2>"
        )
    };
    let links: String = (1..=3).map(link).collect();
    format!("<html lang=en><title>Harbour Daily</title><main>{links}</main></html>")
}

async fn world(site: &Site) -> World {
    let world = World::new().await;
    world.store.remove_source(&name("news")).await.unwrap();
    let new = NewSource {
        name: name("harbour"),
        url: site.server.at("/"),
        title: None,
        topics: vec![],
        every: None,
        manner: Manner { kind: SourceKind::Page, ..Manner::default() },
    };
    assert!(world.store.add_source(&new).await.unwrap());
    world
}

/// Collects after so many hours; what the source is in trouble for, as `sources list` says it.
async fn trouble_after(world: &World, hours: i64) -> Option<String> {
    world.turn_clock(TimeDelta::hours(hours));
    world.collect().await;
    world.store.sources().await.unwrap().remove(0).health.trouble
}

#[tokio::test]
async fn a_source_of_which_no_page_can_be_read_is_not_well() {
    for (instead, expected) in [
        ("403 Forbidden", "number-1 is forbidden to us (status 403)"),
        ("404 Not Found", "there is nothing at http"),
        ("503 Service Unavailable", "has trouble of its own (status 503)"),
        (
            "<title>Before you continue</title><h1>We value your privacy</h1><p>We and our partners use cookies.</p>",
            "number-1 is a question about cookies",
        ),
        ("<title>Log in</title><h1>Log in</h1><p>Please do.</p>", "number-1 is no article"),
    ] {
        let site = Site::open(instead).await;
        let world = world(&site).await;
        let said = trouble_after(&world, 0).await.expect(instead);
        assert!(said.starts_with("lists 3 pages; none could be read: ") && said.contains(expected), "{said}");
        // Nor is it well because its list has not changed.
        let said = trouble_after(&world, 25).await.expect(instead);
        assert!(said.starts_with("lists 3 pages; none could be read: "), "{said}");
    }
}

#[tokio::test]
async fn pages_that_fail_for_days_are_read_when_they_can_be_had() {
    for instead in ["403 Forbidden", "500 Internal Server Error"] {
        let site = Site::open(instead).await;
        let world = world(&site).await;
        for hours in [0, 2, 5, 25, 25] {
            assert!(trouble_after(&world, hours).await.is_some(), "{instead}");
        }
        *site.instead.lock().unwrap() = None;
        assert_eq!(trouble_after(&world, 49).await, None, "{instead}");
        match world.draft(&world.digest()).await {
            Drafted::Nothing(..) => panic!("{instead}: there is nothing"),
            Drafted::Draft(draft) => assert_eq!(draft.edition.articles().count(), 3, "{instead}"),
        }
    }
}

#[tokio::test]
async fn pages_that_fail_are_asked_for_ever_more_rarely_and_those_that_are_not_there_once() {
    let count = async |instead: &'static str| {
        let site = Site::open(instead).await;
        let world = world(&site).await;
        for hours in std::iter::once(0).chain([6; 20 * 4]) {
            trouble_after(&world, hours).await;
        }
        site.asked()
    };
    assert_eq!(count("404 Not Found").await, 3);
    assert_eq!(count("410 Gone").await, 3);
    let asked = count("403 Forbidden").await;
    assert!((15..=3 * 14).contains(&asked), "{asked}");
}
