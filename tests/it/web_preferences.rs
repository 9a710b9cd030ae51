//! The reader's page: what is said on it holds, who has no business there changes nothing, and nobody learns anything.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use pressrun::model::{
    Digest, Language, Mail, Name, NewList, Offer, Reader, Section, SubscriptionState, Take,
};
use pressrun::render::Theme;
use pressrun::store::Lease;
use pressrun::web::{self, Site};
use proptest::prelude::*;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::store_choices::token;
use crate::store_world::address;
use crate::web_site::{Answer, answer};
use crate::world::{World, name};

/// The pages of three lists and three digests, and Ann, who is on one.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) token: String,
    pub(crate) port: u16,
}

/// What says that a form is ours, and whole.
const FORM: (&str, &str) = ("seen", "form");

fn offer(list: &str, public: bool, digests: &[&str]) -> Offer {
    Offer {
        name: name(list),
        title: format!("The {list} list"),
        about: "What happens, once a day.".to_owned(),
        public,
        confirm: true,
        digests: digests.iter().map(|digest| name(digest)).collect(),
    }
}

fn topics() -> Vec<Section> {
    let section = |title: &str| Section {
        title: title.to_owned(),
        take: Take::Topics(vec![title.to_lowercase()]),
        limit: 9,
        optional: true,
        ..Section::default()
    };
    vec![section("Sea"), section("Town: <b>\"&\"</b>")]
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let world = World::new().await;
        let lists = ["town", "secret"].map(|list| NewList {
            name: name(list),
            title: list.to_owned(),
            list_id: format!("{list}.tide.example"),
        });
        world.store.declare_lists(&lists).await.unwrap();
        world.subscribe(&["ann@sea.example", "bob@sea.example"]).await;
        let token = token(&world.store, "ann@sea.example").await;
        let digest = |called: &str, list: &str, sections: Vec<Section>| Digest {
            name: name(called),
            title: format!("The {called} letter"),
            lists: vec![name(list)],
            sections,
            ..world.digest()
        };
        let latest = || world.digest().sections;
        let digests = [
            digest("morning", "readers", topics()),
            digest("evening", "readers", latest()),
            digest("council", "town", latest()),
        ];
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let clock = world.clock();
        let site = web::site(Site {
            store: world.store.clone(),
            digests: digests.into_iter().map(|digest| (digest, Theme::built_in())).collect(),
            offers: vec![
                offer("readers", false, &["morning", "evening"]),
                offer("town", true, &["council"]),
                offer("secret", false, &[]),
            ],
            title: "The Tide".to_owned(),
            public_url: "https://tide.example".to_owned(),
            now: Box::new(move || clock.now()),
            proxies: 0,
            signups: web::Signups::default(),
            clicks: None,
            patience: web::PATIENCE,
        });
        tokio::spawn(web::serve(listener, site, std::future::pending()));
        Self { world, token, port }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let _ = stream.write_all(body).await;
        answer(stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", b"").await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.ask("POST", path, form, body.finish().as_bytes()).await
    }

    pub(crate) fn page(&self) -> String {
        format!("/preferences/{}", self.token)
    }

    pub(crate) async fn reader(&self) -> Reader {
        self.world.store.reader(&self.token).await.unwrap().unwrap()
    }

    pub(crate) async fn mail(&self) -> Option<Mail> {
        let lease = Lease { holder: "test".to_owned(), until: self.world.now() + TimeDelta::days(9) };
        self.world.store.claim_mail(&lease, TimeDelta::minutes(1), self.world.now()).await.unwrap()
    }

    /// What the page would post if nothing on it were changed.
    pub(crate) async fn form(&self) -> Vec<(String, String)> {
        fields(&self.get(&self.page()).await.body)
    }
}

/// What a browser would post of the first form of a page.
pub(crate) fn fields(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form").nth(1).unwrap().split("</form>").next().unwrap();
    let attribute = |tag: &str, key: &str| {
        let (_, rest) = tag.split_once(&format!(" {key}=\""))?;
        Some(unescaped(rest.split('"').next()?))
    };
    let mut all = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input ")) {
        let kind = attribute(tag, "type").unwrap_or_default();
        if kind != "checkbox" || tag.contains(" checked") {
            all.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
        }
    }
    for select in form.split("<select ").skip(1) {
        let of = attribute(&format!(" {select}"), "name").unwrap();
        let chosen = select.split("</select>").next().unwrap();
        let chosen = chosen.split("<option ").find(|option| option.contains(" selected"));
        let value = chosen.and_then(|option| attribute(&format!(" {option}"), "value"));
        all.push((of, value.unwrap_or_default()));
    }
    all
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

pub(crate) fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn the_page_says_what_is_so_and_posting_it_back_changes_nothing() {
    let desk = Desk::open().await;
    let before = desk.reader().await;
    let page = desk.get(&desk.page()).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    for words in
        ["ann@sea.example", "The readers list", "The town list", "Topics in The morning letter", "Europe"]
    {
        assert!(page.says(words), "no {words:?} in {}", page.body);
    }
    assert!(!page.says("The secret list"), "nobody is offered what is not for them");
    assert!(!page.says("The council letter") && !page.says("<script") && !page.says("<b>"));
    assert_eq!(page.body.matches("<h1").count(), 1);
    let said = desk.post(&desk.page(), &pairs(&fields(&page.body))).await;
    assert_eq!((said.status, said.header("location")), (200, None));
    assert!(said.says("Saved."), "{}", said.body);
    assert_eq!(desk.reader().await, before);
}

#[tokio::test]
async fn what_is_chosen_holds_and_is_shown_next_time() {
    let desk = Desk::open().await;
    let mut form = desk.form().await;
    form.retain(|(key, value)| {
        !matches!((&**key, &**value), ("topic", "morning:Sea") | ("digest", "evening"))
    });
    for (key, value) in &mut form {
        match key.as_str() {
            "name" => *value = "Ann\r\nBcc: x@y.example\u{202E}".to_owned(),
            "zone" => *value = "Asia/Tokyo".to_owned(),
            "language" => *value = "de".to_owned(),
            "until" => *value = "2026-03-20".to_owned(),
            _ => {}
        }
    }
    form.extend([("plain".to_owned(), "yes".to_owned()), ("list".to_owned(), "town".to_owned())]);
    let said = desk.post(&desk.page(), &pairs(&form)).await;
    assert!(said.status == 200 && said.says("<html lang=\"de\""), "{}", said.body);
    let reader = desk.reader().await;
    assert_eq!(reader.name, "AnnBcc: x@y.example");
    assert_eq!((reader.zone.as_deref(), reader.plain), (Some("Asia/Tokyo"), true));
    assert_eq!(reader.paused_until.unwrap().to_rfc3339(), "2026-03-19T15:00:00+00:00");
    let choices: BTreeMap<_, _> =
        reader.choices.iter().map(|c| (c.digest.as_str(), (c.declined, c.left_out.join("+")))).collect();
    assert_eq!(choices["morning"], (false, "Sea".to_owned()));
    assert_eq!(choices["evening"], (true, String::new()));
    assert!(reader.subscriptions.iter().all(|place| place.state == SubscriptionState::Confirmed));
    assert_eq!(reader.subscriptions.len(), 2);
    // And it stays so.
    let again = desk.form().await;
    assert_eq!(desk.post(&desk.page(), &pairs(&again)).await.status, 200);
    assert_eq!(desk.reader().await, reader);
    // Unticked, the list is left; ticked again, the reader is back by their own hand.
    let without: Vec<_> =
        again.iter().filter(|(key, value)| (&**key, &**value) != ("list", "town")).cloned().collect();
    desk.post(&desk.page(), &pairs(&without)).await;
    let town = |reader: &Reader| reader.subscriptions.iter().find(|p| p.list == name("town")).unwrap().state;
    assert_eq!(town(&desk.reader().await), SubscriptionState::Unsubscribed);
    desk.post(&desk.page(), &pairs(&again)).await;
    assert_eq!(town(&desk.reader().await), SubscriptionState::Confirmed);
}

#[tokio::test]
async fn a_form_that_did_not_have_a_box_changes_nothing_of_it_and_one_that_is_made_up_opens_nothing() {
    let desk = Desk::open().await;
    let before = desk.reader().await;
    let forged = [
        ("seen", "form"),
        ("seen", "list secret"),
        ("list", "secret"),
        ("seen", "digest council"),
        ("seen", "topic council:Sea"),
        ("seen", "topic morning:Nowhere"),
        ("seen", "list nowhere"),
        ("list", "nowhere"),
        ("id", "2"),
        ("address", "eve@evil.example"),
    ];
    assert_eq!(desk.post(&desk.page(), &forged).await.status, 200);
    assert_eq!(desk.reader().await, before);
}

#[tokio::test]
async fn what_is_not_the_form_wishes_for_nothing() {
    let desk = Desk::open().await;
    let posted = desk.post(&desk.page(), &[FORM, ("name", "Ann"), ("zone", "Asia/Tokyo")]).await;
    assert_eq!(posted.status, 200);
    let before = desk.reader().await;
    assert_eq!((before.name.as_str(), before.zone.as_deref()), ("Ann", Some("Asia/Tokyo")));
    let multipart = b"--x\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\nform\r\n--x--\r\n";
    for body in [&b""[..], b"name=", b"List-Unsubscribe=One-Click", multipart] {
        let said = desk.ask("POST", &desk.page(), "", body).await;
        assert_eq!(said.status, 200);
        assert_eq!(desk.reader().await, before);
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_is_saved() {
    let desk = Desk::open().await;
    let before = desk.reader().await;
    let long = "x".repeat(101);
    for (field, value, words) in [
        ("until", "2026-03-02", "a day after today"),
        ("until", "yesterday", "a day after today"),
        ("until", "9999-12-31", "a day after today"),
        ("zone", "Mars/Olympus", "time zone is not known"),
        ("language", "tlh", "language is not known"),
        ("name", &*long, "too long"),
    ] {
        let said = desk.post(&desk.page(), &[FORM, ("name", "Ann"), ("plain", "yes"), (field, value)]).await;
        assert_eq!(said.status, 422, "{field}={value}");
        assert!(
            said.says(words) && said.says("role=\"alert\"") && said.says("aria-invalid=\"true\""),
            "{}",
            said.body
        );
        assert!(said.says(&format!("href=\"#f-{field}\"")) && said.says(&format!("id=\"f-{field}-error\"")));
        assert!(said.says("name=\"plain\" value=\"yes\" checked"), "what was filled in stays");
        assert_eq!(desk.reader().await, before);
    }
    for (value, words) in [("ann", "does not look like"), ("ann@sea.example", "that you have now")] {
        let said = desk.post(&format!("{}/address", desk.page()), &[("address", value)]).await;
        assert!(said.status == 422 && said.says(words), "{}", said.body);
    }
    assert!(desk.mail().await.is_none());
}

#[tokio::test]
async fn tokens_that_open_nothing_are_answered_alike_and_those_of_test_copies_say_what_they_are() {
    let desk = Desk::open().await;
    let token = &desk.token;
    let tokens = [
        "0".repeat(40),
        "0".repeat(32),
        token[..39].to_owned(),
        format!("{token}0"),
        token[8..].to_owned(),
        "%ff%fe".to_owned(),
        "'%20OR%20'1'='1".to_owned(),
        "a".repeat(8_000),
        token.to_uppercase() + "x",
    ];
    let mut answers = Vec::new();
    for token in &tokens {
        for path in ["", "/data", "/delete"] {
            answers.push(desk.get(&format!("/preferences/{token}{path}")).await);
        }
        for path in ["", "/address", "/delete"] {
            answers
                .push(desk.post(&format!("/preferences/{token}{path}"), &[("address", "x@y.example")]).await);
        }
        answers.push(desk.get(&format!("/address/{token}")).await);
        answers.push(desk.post(&format!("/address/{token}"), &[]).await);
    }
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (404, &answers[0].body));
        assert!(answer.says("This link leads nowhere"));
    }
    let sample = desk.get("/preferences/sample").await;
    assert!(sample.status == 200 && sample.says("This is a test copy"), "{}", sample.body);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_reader_else_of_the_browser() {
    let desk = Desk::open().await;
    let asked = desk.ask("GET", &desk.page(), "Accept-Language: ar\r\n", b"").await;
    assert!(asked.says("<html lang=\"ar\" dir=\"rtl\">"), "{}", asked.body);
    desk.post(&desk.page(), &[FORM, ("language", "he")]).await;
    assert_eq!(desk.reader().await.language, Language::parse("he"));
    let own = desk.ask("GET", &desk.page(), "Accept-Language: ar\r\n", b"").await;
    assert!(own.says("<html lang=\"he\" dir=\"rtl\">") && own.says("עברית"), "{}", own.body);
}

#[test]
fn whatever_is_posted_is_answered_and_only_a_readers_own_row_is_touched() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::open());
    let key = prop::sample::select(vec![
        "seen", "list", "digest", "topic", "name", "zone", "language", "plain", "until", "address", "x",
    ]);
    let value = prop_oneof![
        ".{0,40}",
        Just("list readers".to_owned()),
        Just("topic morning:Sea".to_owned()),
        Just("town".to_owned()),
        Just("'; DROP TABLE subscribers; --".to_owned()),
        Just("{{7*7}}<script>alert(1)</script>\r\nBcc: a@b.example".to_owned()),
        Just("a\0b\u{202E}c@d.example".to_owned()),
        Just("2026-12-31".to_owned()),
    ];
    let fields = prop::collection::vec((key, value), 0..12);
    let raw = prop::collection::vec(any::<u8>(), 0..200);
    let where_to = prop::sample::select(vec!["", "/address", "/delete?", "/data"]);
    let bob = runtime.block_on(desk.world.store.subscriber(&address("bob@sea.example"))).unwrap();
    let config = ProptestConfig { cases: 96, ..ProptestConfig::default() };
    proptest!(config, |(fields in fields, raw in raw, raw_wins in any::<bool>(), path in where_to)| {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair(FORM.0, FORM.1);
        body.extend_pairs(fields.iter().map(|(key, value)| (*key, value.as_str())));
        let body = if raw_wins { raw } else { body.finish().into_bytes() };
        // Whoever deletes all is gone, which is another test's.
        let path = if path == "/delete?" { "/preferences/0/delete".to_owned() } else { format!("{}{path}", desk.page()) };
        let said = runtime.block_on(desk.ask("POST", &path, "Content-Type: text/x\r\n", &body));
        prop_assert!([200, 404, 405, 422].contains(&said.status), "{} for {path}", said.status);
        prop_assert!(!said.body.contains("<script") && !said.body.contains('\0'));
        let ann = runtime.block_on(desk.reader());
        prop_assert!(ann.name.chars().count() <= 100 && !ann.name.chars().any(char::is_control));
        let known: Vec<Name> = ["readers", "town"].map(name).to_vec();
        prop_assert!(ann.subscriptions.iter().all(|place| known.contains(&place.list)));
        let other = runtime.block_on(desk.world.store.subscriber(&address("bob@sea.example"))).unwrap();
        prop_assert_eq!(&other, &bob);
    });
}
