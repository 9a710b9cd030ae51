//! The pages of young articles are read again, so that what is corrected reaches the next edition and nobody twice.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use pressrun::model::{Manner, NewSource, SourceKind};
use pressrun::press::Drafted;

use crate::feed_server::{Request, Server, answer};
use crate::pages_model::{BUILDS, LANGUAGES, page};
use crate::world::{World, name};

const SLUG: &str = "/2026/the-bridge-opens-in-the-spring";
const OTHER: &str = "/2026/the-ferry-goes-on-until-then";

/// A front page, or a feed of bare titles, of one article whose headline may change; what it is read with.
struct Site {
    server: Server,
    headline: Arc<Mutex<String>>,
    /// The tag of the articles; empty for none.
    tag: Arc<Mutex<String>>,
    dated: Arc<Mutex<&'static str>>,
}

impl Site {
    async fn open() -> Self {
        let headline = Arc::new(Mutex::new("The brigde opens in the spring of the year".to_owned()));
        let tag = Arc::new(Mutex::new("\"1\"".to_owned()));
        let dated = Arc::new(Mutex::new("2026-03-02"));
        let (says, tagged, on) = (Arc::clone(&headline), Arc::clone(&tag), Arc::clone(&dated));
        let server = Server::start(move |request| {
            let (headline, tag) = (says.lock().unwrap().clone(), tagged.lock().unwrap().clone());
            answered(request, &headline, &tag, &on.lock().unwrap())
        })
        .await;
        Self { server, headline, tag, dated }
    }

    /// Writes another headline, with another tag.
    fn correct(&self, headline: &str, tag: &str) {
        *self.headline.lock().unwrap() = headline.to_owned();
        *self.tag.lock().unwrap() = tag.to_owned();
    }

    fn asked(&self, path: &str) -> Vec<Request> {
        self.server.asked().into_iter().filter(|request| request.path == path).collect()
    }
}

fn answered(request: &Request, headline: &str, tag: &str, dated: &str) -> crate::feed_server::Answer {
    let known = request.headers.get("if-none-match").map(String::as_str);
    let same = |tag: &str| known == Some(tag) && !tag.is_empty();
    let html = |tag: &str, body: &str| match same(tag) {
        true => answer("304 Not Modified", &[], b""),
        false => answer("200 OK", &[("content-type", "text/html"), ("etag", tag)], body.as_bytes()),
    };
    let story = |headline: &str| {
        let words = &LANGUAGES[0];
        page(words, BUILDS[0], true).replace(words.headline, headline).replace("2026-03-02", dated)
    };
    match request.path.as_str() {
        "/" => html(
            "\"front\"",
            &format!(
                "<html lang=en><title>Harbour Daily</title><main><h2><a href=\"{SLUG}\">{headline}</a></h2>\
                 <h2><a href=\"{OTHER}\">The ferry goes on until then, they say</a></h2></main></html>"
            ),
        ),
        "/feed" => html(
            "\"feed\"",
            &format!(
                "<rss version=\"2.0\"><channel><title>Harbour</title><item><title>{headline}</title><guid>bridge</guid>\
                 <link>{SLUG}</link></item></channel></rss>"
            ),
        ),
        SLUG if tag == "\"wall\"" => html(
            tag,
            "<title>Before you continue</title><h1>We value your privacy</h1><p>We and our partners use cookies.</p>",
        ),
        SLUG => html(tag, &story(headline)),
        OTHER => html("\"other\"", &story("The ferry goes on until then, they say")),
        _ => answer("404 Not Found", &[], b"nothing"),
    }
}

async fn world(site: &Site, path: &str, kind: SourceKind) -> World {
    let world = World::new().await;
    world.store.remove_source(&name("news")).await.unwrap();
    let new = NewSource {
        name: name("harbour"),
        url: site.server.at(path),
        title: None,
        topics: vec![],
        every: None,
        manner: Manner { kind, ..Manner::default() },
    };
    assert!(world.store.add_source(&new).await.unwrap());
    world
}

async fn collect_after(world: &World, minutes: i64) {
    world.turn_clock(TimeDelta::minutes(minutes));
    for collected in world.collect().await {
        collected.end.expect("it is collected");
    }
}

async fn titles(world: &World) -> Vec<String> {
    match world.draft(&world.digest()).await {
        Drafted::Nothing(..) => Vec::new(),
        Drafted::Draft(draft) => draft.edition.articles().map(|p| p.article.title.clone()).collect(),
    }
}

#[tokio::test]
async fn a_corrected_headline_reaches_the_next_edition_though_the_front_page_says_that_nothing_has_changed() {
    for (path, kind) in [("/", SourceKind::Page), ("/feed", SourceKind::Feed)] {
        let site = Site::open().await;
        let world = world(&site, path, kind).await;
        collect_after(&world, 0).await;
        assert!(titles(&world).await.iter().any(|title| title.contains("brigde")), "{path}");
        site.correct("The bridge opens in the spring of the year", "\"2\"");
        collect_after(&world, 20).await;
        assert_eq!(site.asked(SLUG).len(), 1, "{path}: it was read a moment ago");
        collect_after(&world, 45).await;
        let asked = site.asked(SLUG);
        assert_eq!(asked.len(), 2, "{path}");
        assert_eq!(asked[1].headers["if-none-match"], "\"1\"", "{path}: it is asked whether it has changed");
        let titles = titles(&world).await;
        assert!(titles.iter().any(|title| title.contains("The bridge opens")), "{path}: {titles:?}");
        assert!(!titles.iter().any(|title| title.contains("brigde")), "{path}: {titles:?}");
        if kind == SourceKind::Page {
            assert_eq!(titles.len(), 2, "{titles:?}");
        }
    }
}

#[tokio::test]
async fn an_article_that_was_sent_is_not_sent_again_when_its_page_is_corrected() {
    let site = Site::open().await;
    let world = world(&site, "/", SourceKind::Page).await;
    world.subscribe(&["ann@a.example"]).await;
    collect_after(&world, 0).await;
    world.release(&world.digest()).await;
    site.correct("The bridge opens in the spring of the year", "\"2\"");
    collect_after(&world, 65).await;
    assert_eq!(site.asked(SLUG).len(), 2);
    assert_eq!(titles(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_is_read_again_ever_more_rarely_and_at_last_no_more() {
    let site = Site::open().await;
    let world = world(&site, "/", SourceKind::Page).await;
    let mut asked = Vec::new();
    for quarter in 0..4 * 24 * 4 {
        collect_after(&world, if quarter == 0 { 0 } else { 15 }).await;
        asked.resize(site.asked(SLUG).len(), quarter / 4);
    }
    assert_eq!(asked, [0, 1, 3, 7, 15, 31], "hours after the first reading");
    let whole = site.asked("/").into_iter().filter(|request| !request.headers.contains_key("if-none-match"));
    assert_eq!(whole.count(), 6, "and the front page is asked for whole no oftener");
}

#[tokio::test]
async fn the_page_of_an_old_article_is_read_once() {
    let site = Site::open().await;
    *site.dated.lock().unwrap() = "2026-02-20";
    let world = world(&site, "/", SourceKind::Page).await;
    for hour in 0..30 {
        collect_after(&world, hour.min(1) * 60).await;
    }
    assert_eq!(site.asked(SLUG).len(), 1);
}

#[tokio::test]
async fn what_stands_instead_of_an_article_now_does_not_take_its_place() {
    let site = Site::open().await;
    let world = world(&site, "/", SourceKind::Page).await;
    collect_after(&world, 0).await;
    let before = titles(&world).await;
    *site.tag.lock().unwrap() = "\"wall\"".to_owned();
    collect_after(&world, 65).await;
    assert_eq!(site.asked(SLUG).len(), 2);
    assert_eq!(titles(&world).await, before);
}
