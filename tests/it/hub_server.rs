//! A small hub of our own, a site for it to push to, and feeds that name it, by a clock that the test turns.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::TimeDelta;
use pressrun::collect::{FetchRules, Fetcher};
use pressrun::model::{Bounds, Instant, Source};
use pressrun::press::{CollectingRules, Hubs, Pushing, Tended, tend};
use pressrun::store::Store;
use pressrun::web::{self, Site};
use tokio::net::TcpListener;

use crate::world::{World, rss};

/// What a hub was asked for.
pub(crate) type Form = HashMap<String, String>;

/// A hub that remembers what it was asked, and does nothing by itself.
#[derive(Clone)]
pub(crate) struct Hub {
    asked: Arc<Mutex<Vec<Form>>>,
    answers: Arc<AtomicU16>,
    pub(crate) url: String,
}

async fn asked(State(hub): State<Hub>, body: String) -> StatusCode {
    let form = url::form_urlencoded::parse(body.as_bytes());
    let form = form.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    hub.asked.lock().unwrap().push(form);
    StatusCode::from_u16(hub.answers.load(Ordering::SeqCst)).unwrap()
}

impl Hub {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://127.0.0.1:{}/hub", listener.local_addr().unwrap().port());
        let hub = Self { asked: Arc::default(), answers: Arc::new(AtomicU16::new(202)), url };
        let router = Router::new().route("/hub", post(asked)).with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hub
    }

    /// Answers with this from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.answers.store(status, Ordering::SeqCst);
    }

    pub(crate) fn asked(&self) -> Vec<Form> {
        self.asked.lock().unwrap().clone()
    }

    /// What it was asked last.
    pub(crate) fn last(&self) -> Form {
        self.asked().pop().expect("it was asked")
    }
}

/// A world whose source `news` has a hub, and a site that the hub can push to.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) hub: Hub,
    callback: String,
    client: reqwest::Client,
}

/// What the site said: status, content type, body.
pub(crate) type Said = (u16, String, String);

impl Town {
    pub(crate) async fn on(store: Store) -> Self {
        let world = World::on(store).await;
        let hub = Hub::open().await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let callback = format!("http://127.0.0.1:{}{}", listener.local_addr().unwrap().port(), web::PUSH);
        let clock = world.clock();
        let site = web::site(Site {
            store: world.store.clone(),
            digests: Vec::new(),
            offers: Vec::new(),
            title: "The Tide".to_owned(),
            public_url: "https://tide.example".to_owned(),
            now: Box::new(move || clock.now()),
            proxies: 0,
            signups: web::Signups::default(),
            clicks: None,
            patience: web::PATIENCE,
        });
        tokio::spawn(web::serve(listener, site, std::future::pending()));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let town = Self { world, hub, callback, client };
        town.publish(&["One"]);
        town
    }

    /// The feed with these stories, as it names its hub.
    pub(crate) fn feed(&self, titles: &[&str]) -> String {
        self.feed_of(&self.hub.url, titles)
    }

    pub(crate) fn feed_of(&self, hub: &str, titles: &[&str]) -> String {
        let links = format!(
            "<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{hub}\"/>\
             <atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"{}\"/>",
            self.topic()
        );
        rss(titles).replace("<link>https://news.example/</link>", &links)
    }

    pub(crate) fn topic(&self) -> String {
        format!("{}?topic", self.world.newsroom.url("news"))
    }

    pub(crate) fn publish(&self, titles: &[&str]) {
        self.world.newsroom.publish("news", self.feed(titles));
    }

    /// Where hubs push to, up to the token.
    pub(crate) fn callback(&self) -> &str {
        &self.callback
    }

    pub(crate) fn fetcher() -> Fetcher {
        let rules = FetchRules {
            user_agent: "Pressrun/test".to_owned(),
            timeout: Duration::from_secs(20),
            max_bytes: 1_000_000,
            allow_hosts: vec!["127.0.0.1".to_owned()],
            per_host: 4,
        };
        Fetcher::new(rules).unwrap()
    }

    /// Tends hubs as this process would that serves the site.
    pub(crate) async fn tend(&self) -> Tended {
        self.tend_as(&self.world.store, Pushing::Here(self.callback.clone())).await
    }

    pub(crate) async fn tend_as(&self, store: &Store, pushing: Pushing) -> Tended {
        let bounds = Bounds { fastest: Duration::from_secs(900), slowest: Duration::from_secs(7_200) };
        let rules = CollectingRules {
            at_once: 4,
            per_host: 4,
            bounds,
            lease: Duration::from_secs(60),
            pages_per_run: 20,
        };
        let hubs = Hubs::new(store, &Self::fetcher(), &rules, &self.world.clock(), pushing, Arc::default());
        tend(&hubs).await.unwrap()
    }

    pub(crate) fn turn(&self, by: TimeDelta) {
        self.world.turn_clock(by);
    }

    pub(crate) fn now(&self) -> Instant {
        self.world.now()
    }

    pub(crate) async fn source(&self) -> Source {
        let sources = self.world.store.sources().await.unwrap();
        sources.into_iter().find(|source| source.name.as_str() == "news").unwrap()
    }

    /// The titles of all articles that are there.
    pub(crate) async fn titles(&self) -> Vec<String> {
        let all = self.world.store.candidates(None, 100).await.unwrap();
        let mut titles: Vec<String> = all.into_iter().map(|c| c.article.title).collect();
        titles.sort();
        titles
    }

    /// Asks the site as a hub does.
    pub(crate) async fn question(&self, callback: &str, pairs: &[(&str, &str)]) -> Said {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let answer = self.client.get(format!("{callback}?{query}")).send().await.unwrap();
        said(answer).await
    }

    /// Makes sure that a form was meant, for so long a lease.
    pub(crate) async fn verify(&self, form: &Form, lease: TimeDelta) -> Said {
        let lease = lease.num_seconds().to_string();
        let pairs = [
            ("hub.mode", form["hub.mode"].as_str()),
            ("hub.topic", form["hub.topic"].as_str()),
            ("hub.challenge", "a <b>challenge</b>"),
            ("hub.lease_seconds", lease.as_str()),
        ];
        self.question(&form["hub.callback"], &pairs).await
    }

    /// Collects, and has the hub make sure of what it is asked then.
    pub(crate) async fn verified(&self, lease: TimeDelta) -> Form {
        self.world.collect().await;
        self.tend().await;
        let form = self.hub.last();
        assert_eq!(self.verify(&form, lease).await.0, 200);
        form
    }

    /// Pushes a document, signed with a secret.
    pub(crate) async fn push(&self, form: &Form, secret: &str, document: &str) -> Said {
        self.push_with(form, &[("x-hub-signature", &signature(secret, document))], document).await
    }

    /// Pushes a document with these headers.
    pub(crate) async fn push_with(&self, form: &Form, headers: &[(&str, &str)], document: &str) -> Said {
        let mut request = self.client.post(&form["hub.callback"]).body(document.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        said(request.send().await.unwrap()).await
    }

    /// Pushes a document as its hub does, and reads it.
    pub(crate) async fn delivered(&self, form: &Form, document: &str) -> Tended {
        assert_eq!(self.push(form, &form["hub.secret"], document).await.0, 202);
        self.tend().await
    }
}

/// What a hub writes into the header.
pub(crate) fn signature(secret: &str, document: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, document.as_bytes());
    let digits: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

async fn said(answer: reqwest::Response) -> Said {
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    (answer.status().as_u16(), kind.unwrap_or_default(), answer.text().await.unwrap())
}
