//! The test world: a store in memory, a newsroom on loopback, a memory carrier, a clock turned by hand.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta};
use pressrun::collect::{FetchRules, Fetcher};
use pressrun::deliver::Carrier;
use pressrun::model::{
    Bounds, Digest, EditionId, EmailAddress, Instant, Language, Manner, Name, NewList, NewSource,
    NewSubscriber, Section, SubscriptionState, Take,
};
use pressrun::press::{
    self, Clock, Collected, CollectingRules, Delivered, DeliveringRules, Drafted, Postmark, Ways,
};
use pressrun::render::Theme;
use pressrun::store::{Store, Terms};

/// Whatever a test needs, made fresh for it.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) newsroom: Newsroom,
    pub(crate) carrier: Carrier,
    millis: Arc<AtomicI64>,
}

/// A loopback web server of which the test writes the pages.
#[derive(Clone, Default)]
pub(crate) struct Newsroom {
    pages: Arc<Mutex<HashMap<String, (StatusCode, String)>>>,
    asked: Arc<AtomicUsize>,
    port: u16,
}

impl Newsroom {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let room = Self { port: listener.local_addr().unwrap().port(), ..Self::default() };
        let router = Router::new().route("/{page}", get(answer)).with_state(room.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        room
    }

    pub(crate) fn publish(&self, page: &str, body: impl Into<String>) {
        self.pages.lock().unwrap().insert(page.to_owned(), (StatusCode::OK, body.into()));
    }

    pub(crate) fn break_down(&self, page: &str, status: u16) {
        let status = StatusCode::from_u16(status).unwrap();
        self.pages.lock().unwrap().insert(page.to_owned(), (status, String::new()));
    }

    pub(crate) fn url(&self, page: &str) -> String {
        format!("http://127.0.0.1:{}/{page}", self.port)
    }

    /// How many requests have come.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(room): State<Newsroom>, Path(page): Path<String>) -> Response {
    room.asked.fetch_add(1, Ordering::SeqCst);
    let found = room.pages.lock().unwrap().get(&page).cloned();
    found.unwrap_or((StatusCode::NOT_FOUND, String::new())).into_response()
}

/// An RSS feed with an item for each title; links and guids are made of the titles.
pub(crate) fn rss(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| {
            let slug = title.to_lowercase().replace(' ', "-");
            format!(
                "<item><title>{title}</title><link>https://news.example/{slug}</link><guid>{slug}</guid>\
                 <pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>\
                 <description>All about {title}, told in a sentence or two.</description></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>\
         <link>https://news.example/</link>{items}</channel></rss>"
    )
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

impl World {
    /// A world with one source `news`, one list `readers`, on Monday, 2 March 2026, 07:00 UTC.
    pub(crate) async fn new() -> Self {
        Self::on(Store::open("sqlite::memory:").await.unwrap()).await
    }

    /// The same on a store that is empty.
    pub(crate) async fn on(store: Store) -> Self {
        let newsroom = Newsroom::open().await;
        let world = Self {
            store,
            newsroom,
            carrier: Carrier::memory(),
            millis: Arc::new(AtomicI64::new(1_772_434_800_000)),
        };
        world.source("news").await;
        let list = NewList {
            name: name("readers"),
            title: "Our readers".to_owned(),
            list_id: "readers.tide.example".to_owned(),
        };
        world.store.declare_lists(&[list]).await.unwrap();
        world
    }

    pub(crate) fn clock(&self) -> Clock {
        let millis = Arc::clone(&self.millis);
        Clock::new(move || DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap())
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock().now()
    }

    pub(crate) fn turn_clock(&self, by: TimeDelta) {
        self.millis.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    pub(crate) async fn source(&self, page: &str) {
        let new = NewSource {
            name: name(page),
            url: self.newsroom.url(page).parse().unwrap(),
            title: None,
            topics: vec![],
            every: None,
            manner: Manner::default(),
        };
        assert!(self.store.add_source(&new).await.unwrap());
    }

    pub(crate) async fn subscribe(&self, addresses: &[&str]) {
        let batch: Vec<_> = addresses
            .iter()
            .map(|a| NewSubscriber {
                address: EmailAddress::parse(a).unwrap(),
                name: String::new(),
                zone: None,
                consent: String::new(),
            })
            .collect();
        let state = SubscriptionState::Confirmed;
        self.store.add_subscribers(&name("readers"), &batch, state, self.now()).await.unwrap();
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest {
            name: name("morning"),
            title: "Morning".to_owned(),
            subject: "{title}: {lead}".to_owned(),
            intro: String::new(),
            lists: vec![name("readers")],
            language: Language::english(),
            zone: chrono_tz::Europe::Berlin,
            from: "Morning <news@tide.example>".parse().unwrap(),
            reply_to: None,
            postal_address: "1 Quay Street, Port Ellery".to_owned(),
            sections: vec![Section {
                title: String::new(),
                take: Take::Latest,
                limit: 30,
                optional: false,
                ..Section::default()
            }],
            lead: true,
            minimum: 1,
            limit: 30,
            max_age: Duration::from_secs(7 * 86_400),
            html_budget: 90_000,
            clicks: false,
            timetable: None,
            rules: std::sync::Arc::default(),
        }
    }

    pub(crate) async fn collect(&self) -> Vec<Collected> {
        let rules = FetchRules {
            user_agent: "Pressrun/test".to_owned(),
            timeout: Duration::from_secs(20),
            max_bytes: 1_000_000,
            allow_hosts: vec!["127.0.0.1".to_owned()],
            per_host: 4,
        };
        let fetcher = Fetcher::new(rules).unwrap();
        let bounds = Bounds { fastest: Duration::from_secs(900), slowest: Duration::from_secs(7_200) };
        let rules = CollectingRules {
            at_once: 4,
            per_host: 4,
            bounds,
            lease: Duration::from_secs(60),
            pages_per_run: 20,
        };
        let (due, _) = press::due(self.store.sources().await.unwrap(), &rules.bounds, self.now());
        press::collect(&self.store, &fetcher, due, &rules, &self.clock(), |_| {}).await.unwrap()
    }

    pub(crate) async fn draft(&self, digest: &Digest) -> Drafted {
        let theme = Theme::built_in();
        press::draft(&self.store, digest, &theme, "https://tide.example", self.now()).await.unwrap()
    }

    /// Composes, stores and releases an edition; panics if there is nothing to say.
    pub(crate) async fn release(&self, digest: &Digest) -> EditionId {
        self.release_on(digest, &Terms::default()).await
    }

    pub(crate) async fn release_on(&self, digest: &Digest, terms: &Terms) -> EditionId {
        let drafted = self.draft(digest).await;
        let id = press::store_draft(&self.store, digest, &drafted, self.now(), self.now()).await.unwrap();
        let id = id.expect("there is something to send");
        self.store.release(id, &digest.lists, terms, self.now()).await.unwrap();
        id
    }

    pub(crate) async fn deliver(&self, edition: EditionId, digest: &Digest, carrier: &Carrier) -> Delivered {
        let postmark = Postmark::new(digest.clone(), "https://tide.example".to_owned());
        let (stop, rules, clock) = (AtomicBool::new(false), self.rules(), self.clock());
        let run = press::Run {
            store: &self.store,
            ways: &Ways::only(carrier.clone()),
            clock: &clock,
            rules: &rules,
            stop: &stop,
        };
        press::deliver(&run, edition, &postmark, |_| {}).await.unwrap()
    }

    /// The rules of delivering, without pauses.
    pub(crate) fn rules(&self) -> DeliveringRules {
        DeliveringRules { pauses: vec![Duration::ZERO; 3], ..DeliveringRules::default() }
    }

    /// The letters that the memory carrier has taken.
    pub(crate) fn letters(&self) -> Vec<pressrun::deliver::Letter> {
        match &self.carrier {
            Carrier::Memory(memory) => memory.letters(),
            Carrier::Outbox(_) | Carrier::Smtp(_) => Vec::new(),
        }
    }
}
