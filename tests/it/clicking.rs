//! Clicks: counted per article where the publisher wants it, and nothing is kept of who clicked.

use chrono::TimeDelta;
use mail_parser::MessageParser;
use pressrun::deliver::Letter;
use pressrun::model::{ArticleId, Digest, Edition, EditionId, Name, Order, Section};
use pressrun::press::Drafted;
use pressrun::render::{Theme, lint};
use pressrun::store::{Store, Terms};
use pressrun::web::{self, Clicks, Signups, Site};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::desk::Desk;
use crate::keeping::{day, keep_at, rules};
use crate::store_world::{CONSIDERED, Empty, article, at, collected, confirmed, edition, message, stores};
use crate::web_site::{Answer, answer};
use crate::world::{World, name, rss};

const HOME: &str = "https://tide.example";
/// What a browser says when somebody follows a link.
const HAND: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                    Safari/537.36\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n";

/// A press that counts clicks, with its pages.
struct Quay {
    world: World,
    digest: Digest,
    edition: EditionId,
    clicks: Clicks,
    port: u16,
    _store: Option<Empty>,
}

impl Quay {
    /// Three stories, one of them told by two sources and with a picture, have gone out to ann and bob.
    async fn on(store: Store, clicks: bool) -> Self {
        let world = World::on(store).await;
        world.source("pier").await;
        let picture = "<enclosure url='https://news.example/p.jpg' type='image/jpeg' length='9'/></item>";
        let news = rss(&["Harbour opens", "Bread is baked", "Ferries go & come"]);
        world
            .newsroom
            .publish("news", news.replacen("</item>", picture, 1).replace("bread-is-baked", "b?x=1&amp;y=2"));
        world.newsroom.publish(
            "pier",
            rss(&["Harbour opens"])
                .replace("news.example", "pier.example")
                .replace("<title>News<", "<title>Pier<"),
        );
        assert!(world.collect().await.iter().all(|collected| collected.end.is_ok()));
        world.subscribe(&["ann@sea.example", "bob@sea.example"]).await;
        let digest = Digest { clicks, ..world.digest() };
        let edition = world.release(&digest).await;
        world.deliver(edition, &digest, &world.carrier).await;
        let (clicks, listener) = (Clicks::default(), TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
        let port = listener.local_addr().unwrap().port();
        let clock = world.clock();
        let site = web::site(Site {
            store: world.store.clone(),
            digests: vec![(digest.clone(), Theme::built_in())],
            offers: Vec::new(),
            title: "The Tide".to_owned(),
            public_url: HOME.to_owned(),
            now: Box::new(move || clock.now()),
            proxies: 1,
            signups: Signups::default(),
            clicks: Some(clicks.clone()),
            patience: web::PATIENCE,
        });
        tokio::spawn(web::serve(listener, site, std::future::pending()));
        Self { world, digest, edition, clicks, port, _store: None }
    }

    async fn new() -> Self {
        Self::on(Store::open("sqlite::memory:").await.unwrap(), true).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        answer(stream).await
    }

    /// Somebody follows a link by hand.
    async fn follow(&self, path: &str, from: &str) -> Answer {
        self.ask("GET", path, &format!("{HAND}X-Forwarded-For: {from}\r\n")).await
    }

    /// The path that leads to an article whose address ends like this.
    async fn way_to(&self, end: &str) -> String {
        let passages = self.world.store.open_passages(self.edition).await.unwrap();
        let passage = passages.iter().find(|passage| passage.url.as_str().ends_with(end)).expect("a passage");
        format!("/to/{}", passage.token)
    }

    /// The clicks in the store once all that waits is settled, by the ends of the articles' addresses.
    async fn counted(&self) -> Vec<(String, u64)> {
        self.world.turn_clock(TimeDelta::seconds(10));
        self.clicks.write(&self.world.store, self.world.now()).await.unwrap();
        let candidates = self.world.store.candidates(None, 99).await.unwrap();
        let ids: Vec<ArticleId> = candidates.iter().map(|c| c.id).collect();
        let clicks = self.world.store.clicks(&ids).await.unwrap();
        let end = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let mut all: Vec<(String, u64)> = candidates
            .iter()
            .filter_map(|c| clicks.get(&c.id).map(|n| (end(c.article.url.as_str()), *n)))
            .collect();
        all.sort();
        all
    }
}

/// HTML and text of a letter.
fn parts(letter: &Letter) -> (String, String) {
    let mail = MessageParser::default().parse(&letter.bytes).expect("a mail");
    (mail.body_html(0).unwrap_or_default().into_owned(), mail.body_text(0).unwrap_or_default().into_owned())
}

/// Where the links of a page lead, each once.
fn links(html: &str) -> Vec<String> {
    let hrefs = html.split("<a href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut all: Vec<String> = hrefs.map(|href| href.replace("&amp;", "&")).collect();
    all.sort();
    all.dedup();
    all
}

const ARTICLES: [&str; 4] = [
    "https://news.example/b?x=1&y=2",
    "https://news.example/ferries-go-&-come",
    "https://news.example/harbour-opens",
    "https://pier.example/harbour-opens",
];

#[tokio::test]
async fn letters_lead_through_the_pages_and_their_text_and_the_web_copy_do_not() {
    let quay = Quay::new().await;
    let letters = quay.world.letters();
    let [ann, bob] = [parts(&letters[0]), parts(&letters[1])];
    let led: Vec<String> = links(&ann.0).into_iter().filter(|link| link.contains("/to/")).collect();
    assert_eq!(led.len(), 4, "{:?}", links(&ann.0));
    assert!(led.iter().all(|link| link.starts_with(&format!("{HOME}/to/")) && link.len() == HOME.len() + 36));
    assert!(!links(&ann.0).iter().any(|link| ARTICLES.contains(&link.as_str())), "{:?}", links(&ann.0));
    let of_bob: Vec<String> = links(&bob.0).into_iter().filter(|link| link.contains("/to/")).collect();
    assert_eq!(led, of_bob, "the same for all readers");
    for own in ["/unsubscribe/", "/preferences/", "/morning/2026-03-02T070000Z"] {
        assert!(links(&ann.0).iter().any(|link| link.contains(own)), "{own} in {:?}", links(&ann.0));
    }
    let stored = quay.world.store.message(quay.edition).await.unwrap().unwrap();
    let copy = quay.ask("GET", "/morning/2026-03-02T070000Z", "").await;
    assert_eq!(copy.status, 200);
    for page in [&stored.html, &copy.body] {
        assert!(!page.contains("/to/"));
        assert!(
            ARTICLES.iter().all(|article| links(page).iter().any(|link| link == article)),
            "{:?}",
            links(page)
        );
    }
    assert!(!ann.1.contains("/to/") && ARTICLES.iter().all(|article| ann.1.contains(article)), "{}", ann.1);

    let mut places = Vec::new();
    for link in &led {
        let led = quay.follow(link.strip_prefix(HOME).unwrap(), "203.0.113.1").await;
        assert_eq!((led.status, led.body.as_str()), (302, ""));
        assert_eq!(led.header("cache-control"), Some("no-store"));
        assert_eq!(led.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(led.header("x-robots-tag"), Some("noindex, nofollow"));
        assert_eq!(led.header("set-cookie"), None);
        places.push(led.header("location").unwrap().to_owned());
    }
    places.sort();
    assert_eq!(places, ARTICLES);
}

#[tokio::test]
async fn where_nobody_counts_letters_are_what_they_were() {
    let quay = Quay::on(Store::open("sqlite::memory:").await.unwrap(), false).await;
    let (html, _) = parts(&quay.world.letters()[0]);
    assert!(
        !html.contains("/to/")
            && ARTICLES.iter().all(|article| links(&html).iter().any(|link| link == article))
    );
    let counts = Digest { clicks: true, name: name("evening"), ..quay.digest.clone() };
    let straight = Digest { name: name("evening"), ..quay.digest.clone() };
    let of = async |digest: &Digest| match quay.world.draft(digest).await {
        Drafted::Draft(draft) => draft.message,
        Drafted::Nothing(nothing, _) => panic!("{nothing}"),
    };
    assert_eq!(of(&counts).await, of(&straight).await, "what is stored is the same");
}

#[tokio::test]
async fn a_click_counts_once_for_a_network_and_for_each_article() {
    let quay = Quay::new().await;
    let (bread, harbour) = (quay.way_to("y=2").await, quay.way_to("news.example/harbour-opens").await);
    for from in ["203.0.113.1", "203.0.113.1", "203.0.113.77", "198.51.100.4"] {
        assert_eq!(quay.follow(&bread, from).await.status, 302);
    }
    quay.follow(&harbour, "203.0.113.1").await;
    let both = [("b?x=1&y=2".to_owned(), 2), ("harbour-opens".to_owned(), 1)];
    assert_eq!(quay.counted().await, both);
    quay.follow(&bread, "203.0.113.1").await;
    assert_eq!(quay.counted().await, both);
    quay.world.turn_clock(TimeDelta::hours(1));
    quay.follow(&bread, "203.0.113.1").await;
    assert_eq!(quay.counted().await[0].1, 3);
}

#[tokio::test]
async fn what_looks_fetches_ahead_or_takes_all_links_at_once_is_led_on_and_not_counted() {
    let quay = Quay::new().await;
    let bread = quay.way_to("y=2").await;
    for (method, headers) in [
        ("HEAD", HAND.to_owned()),
        ("GET", format!("{HAND}Sec-Purpose: prefetch\r\n")),
        ("GET", HAND.replace("navigate", "no-cors")),
        ("GET", "User-Agent: Linkcheck/1.0\r\n".to_owned()),
        ("GET", String::new()),
    ] {
        let led = quay.ask(method, &bread, &headers).await;
        assert_eq!((led.status, led.header("location")), (302, Some(ARTICLES[0])), "{method} {headers}");
    }
    for end in ["y=2", "news.example/harbour-opens", "come"] {
        assert_eq!(quay.follow(&quay.way_to(end).await, "198.51.100.1").await.status, 302);
    }
    assert_eq!(quay.counted().await, []);
    quay.world.turn_clock(TimeDelta::minutes(11));
    quay.follow(&bread, "198.51.100.1").await;
    assert_eq!(quay.counted().await, [("b?x=1&y=2".to_owned(), 1)]);
}

#[tokio::test]
async fn a_stop_writes_what_is_counted() {
    let quay = Quay::new().await;
    quay.follow(&quay.way_to("y=2").await, "203.0.113.1").await;
    let now = quay.world.now();
    web::counting(&quay.clicks, &quay.world.store, || now, async {}).await;
    let ids: Vec<ArticleId> =
        quay.world.store.candidates(None, 99).await.unwrap().iter().map(|c| c.id).collect();
    assert_eq!(quay.world.store.clicks(&ids).await.unwrap().into_values().collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn what_the_store_did_not_take_is_written_with_the_next_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pressrun.db");
    let quay = Quay::on(Store::open(&format!("sqlite:{}", file.display())).await.unwrap(), true).await;
    let mut aside = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    quay.follow(&quay.way_to("y=2").await, "203.0.113.1").await;
    aside.execute("ALTER TABLE passages RENAME TO lost").await.unwrap();
    quay.world.turn_clock(TimeDelta::seconds(10));
    quay.clicks.write(&quay.world.store, quay.world.now()).await.unwrap_err();
    aside.execute("ALTER TABLE lost RENAME TO passages").await.unwrap();
    let once = [("b?x=1&y=2".to_owned(), 1)];
    assert_eq!(quay.counted().await, once);
    assert_eq!(quay.counted().await, once);
}

#[tokio::test]
async fn a_token_that_nobody_gave_leads_nowhere() {
    let quay = Quay::new().await;
    let way = quay.way_to("y=2").await;
    let nobody = quay.ask("GET", &format!("/preferences/{}", "0".repeat(32)), "").await;
    let other = if way.ends_with('0') { '1' } else { '0' };
    for path in [
        format!("/to/{}", "0".repeat(32)),
        format!("{}{other}", &way[..way.len() - 1]),
        way[..way.len() - 1].to_owned(),
        format!("{way}00000000"),
        way.to_uppercase().replace("/TO/", "/to/"),
        "/to/sample".to_owned(),
        "/to/https:%2f%2fevil.example".to_owned(),
        format!("/to/{}?url=https://evil.example", "f".repeat(32)),
        "/to/%ff".to_owned(),
    ] {
        let missing = quay.follow(&path, "203.0.113.1").await;
        assert_eq!((missing.status, &missing.body), (404, &nobody.body), "{path}");
        assert_eq!(missing.header("location"), None);
    }
    let elsewhere = quay.follow(&format!("{way}?to=https://evil.example"), "203.0.113.1").await;
    assert_eq!(elsewhere.header("location"), Some(ARTICLES[0]));
    for path in ["/to", "/to/", &format!("{way}/")] {
        assert_eq!(quay.follow(path, "203.0.113.1").await.status, 404, "{path}");
    }
    assert_eq!(quay.ask("POST", &way, "Content-Length: 0\r\n").await.status, 405);
}

#[tokio::test]
async fn the_link_of_an_old_letter_leads_on_after_its_article_was_pruned() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example"]).await;
        let articles: Vec<_> = (1..=60).rev().map(|n| article(n, n, n)).collect();
        let source = collected(&store, &articles).await;
        let all = store.candidates(Some(&[source]), 99).await.unwrap();
        let oldest = all.last().unwrap().clone();
        let put = async |from: &[_], slot| {
            let since = (slot > day(0)).then_some(CONSIDERED);
            let composed = Edition { since, ..edition("daily", slot, from) };
            let id = store.put_edition(&composed, &message("News"), &Default::default(), slot).await.unwrap();
            store.release(id, &[name("daily")], &Terms::default(), slot).await.unwrap();
            id
        };
        let old = put(std::slice::from_ref(&oldest), day(0)).await;
        let passages = store.open_passages(old).await.unwrap();
        assert_eq!((passages.len(), passages[0].article), (1, oldest.id));
        assert_eq!(store.open_passages(old).await.unwrap(), passages, "the same again");
        store.add_clicks(&[(passages[0].token.clone(), 3), ("0".repeat(32), 9)]).await.unwrap();
        store.add_clicks(&[(passages[0].token.clone(), 4)]).await.unwrap();
        assert_eq!(store.clicks(&[oldest.id, all[0].id]).await.unwrap(), [(oldest.id, 7)].into());

        // Its source sends it elsewhere, and the letter leads where it led.
        let moved = pressrun::model::Article {
            url: "https://elsewhere.example/".parse().unwrap(),
            ..article(1, 1, 1)
        };
        store.put_articles(source, &[moved], at(9)).await.unwrap();
        assert_eq!(store.passage(&passages[0].token).await.unwrap().as_ref(), Some(&passages[0]));
        let again = store.open_passages(old).await.unwrap();
        assert!(again[0].token != passages[0].token && again[0].url.as_str() == "https://elsewhere.example/");

        put(&all[..1], day(300)).await;
        for edition in [old, store.editions(None, 9).await.unwrap()[0].id] {
            let _ = store.cancel(edition).await;
            store.finish(edition).await.unwrap();
        }
        keep_at(&store, &rules(&[]), day(500)).await.unwrap();
        assert_eq!(store.candidates_among(None, [oldest.id]).await.unwrap(), [], "pruned");
        assert_eq!(store.passage(&passages[0].token).await.unwrap().as_ref(), Some(&passages[0]));
        assert_eq!(store.passage("x' OR ''='").await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_readers_of_one_digest_click_leads_the_popular_of_another() {
    for empty in stores().await {
        let quay = Quay { _store: None, ..Quay::on(empty.store.clone(), true).await };
        let bread = quay.way_to("y=2").await;
        for from in ["203.0.113.1", "198.51.100.4", "192.0.2.9"] {
            quay.follow(&bread, from).await;
        }
        quay.counted().await;
        let section = Section { order: Order::Popular, ..quay.digest.sections[0].clone() };
        let weekly = Digest {
            name: Name::parse("weekly").unwrap(),
            lead: false,
            sections: vec![section],
            ..quay.digest.clone()
        };
        let drafted = async |digest: &Digest| match quay.world.draft(digest).await {
            Drafted::Draft(draft) => *draft,
            Drafted::Nothing(nothing, _) => panic!("{nothing}"),
        };
        let said = |draft: &pressrun::press::Draft| -> Vec<String> {
            draft.explanation.articles.iter().filter_map(|article| article.popular.clone()).collect()
        };
        let draft = drafted(&weekly).await;
        assert_eq!(draft.edition.articles().next().unwrap().article.title, "Bread is baked");
        assert!(
            said(&draft).iter().any(|sum| sum.contains("(1 + 2.0 for 3 clicks) ×")),
            "{:?}",
            said(&draft)
        );
        let off = drafted(&Digest { clicks: false, ..weekly }).await;
        assert!(said(&off).iter().all(|sum| !sum.contains("click")), "{:?}", said(&off));
        assert_eq!(off.edition.articles().next().unwrap().article.title, "Harbour opens", "two sources");
    }
}

#[tokio::test]
async fn lint_finds_nothing_in_links_that_lead_through_that_it_did_not_find_before() {
    let found = async |clicks: bool| {
        let quay = Quay::on(Store::open("sqlite::memory:").await.unwrap(), clicks).await;
        let found = lint::letter(&quay.world.letters()[0].bytes);
        found.iter().map(|finding| (finding.rule.name, finding.more)).collect::<Vec<_>>()
    };
    assert_eq!(found(true).await, found(false).await);
}

#[test]
fn who_counts_needs_pages_that_readers_find() {
    let whole =
        "public_url = \"https://tide.example\"\n[web]\nlisten = \"127.0.0.1:8080\"\nclicks = \"count\"\n";
    let complained = |without: &str| Desk::with(whole.replace(without, "")).complaints();
    let nowhere = complained("listen = \"127.0.0.1:8080\"\n");
    assert!(nowhere.contains("web.clicks: is \"count\", and web.listen says nowhere"), "{nowhere}");
    let unfound = complained("public_url = \"https://tide.example\"\n");
    assert!(unfound.contains("web.clicks: is \"count\", and no public_url"), "{unfound}");
    Desk::with(whole.replace("\"count\"", "\"all\"")).complains("\"off\" or \"count\"");
}
