//! The pages over loopback, with an edition that waits for a yes, and a browser of few words.

use std::time::Duration;

use chrono::TimeDelta;
use pressrun::model::{Digest, EditionId, EditionRecord, Instant, Language, Offer, Otherwise};
use pressrun::render::Theme;
use pressrun::web::{self, Site};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{World, name, rss};

/// The pages of a world, served.
pub(crate) struct Pages {
    pub(crate) world: World,
    pub(crate) digest: Digest,
    pub(crate) edition: EditionId,
    pub(crate) token: String,
    pub(crate) port: u16,
    /// How long heads and bodies may take.
    pub(crate) patience: Duration,
    /// The lists as they are offered: one, which is everybody's.
    pub(crate) offers: Vec<Offer>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name)))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

impl Pages {
    /// Two readers, and an edition in the language that waits for two hours.
    pub(crate) async fn in_language(language: &str, otherwise: Otherwise) -> Self {
        let world = World::new().await;
        world.newsroom.publish("news", rss(&["Harbour opens", "Bread is baked"]));
        world.collect().await;
        world.subscribe(&["ann@sea.example", "bob@sea.example"]).await;
        let timetable = Some(crate::publishing::timetable("daily at 07:30"));
        let digest = Digest { language: Language::parse(language).unwrap(), timetable, ..world.digest() };
        let drafted = world.draft(&digest).await;
        let stored =
            pressrun::press::store_draft(&world.store, &digest, &drafted, world.now(), world.now()).await;
        let edition = stored.unwrap().unwrap();
        let by = world.now() + TimeDelta::hours(2);
        let token = crate::store_world::asked(&world.store, edition, by, otherwise).await;
        let mut pages = Self {
            world,
            digest,
            edition,
            token,
            port: 0,
            patience: web::PATIENCE,
            offers: vec![offer()],
            stop: None,
            served: None,
        };
        let clock = pages.world.clock();
        pages.serve(Box::new(move || clock.now())).await;
        pages
    }

    pub(crate) async fn new() -> Self {
        Self::in_language("en", Otherwise::Skip).await
    }

    /// The same, of a server that waits for nobody.
    pub(crate) async fn impatient() -> Self {
        let mut pages = Self { patience: Duration::from_millis(100), ..Self::new().await };
        let clock = pages.world.clock();
        pages.serve(Box::new(move || clock.now())).await;
        pages
    }

    /// Serves them by this clock, on a port of its own.
    pub(crate) async fn serve(&mut self, now: Box<dyn Fn() -> Instant + Send + Sync>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let digests = vec![(self.digest.clone(), Theme::built_in())];
        let site = web::site(Site {
            store: self.world.store.clone(),
            digests,
            offers: self.offers.clone(),
            title: "The Tide".to_owned(),
            public_url: "https://tide.example".to_owned(),
            now,
            proxies: 0,
            signups: web::Signups::default(),
            clicks: None,
            patience: self.patience,
        });
        let (stop, stopped) = oneshot::channel();
        self.stop = Some(stop);
        let stopped = async {
            let _ = stopped.await;
        };
        self.served = Some(tokio::spawn(web::serve_within(self.patience, listener, site, stopped)));
    }

    /// Asks them to stop; what comes back ends when they have.
    pub(crate) fn stop(&mut self) -> JoinHandle<()> {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.take().unwrap()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// The answer to a request with these headers, each ending in a line break.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that has refused the head need not hear the rest.
        let _ = stream.write_all(body).await;
        answer(stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", b"").await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.ask("POST", path, "Content-Length: 0\r\n", b"").await
    }

    pub(crate) fn approve(&self) -> String {
        format!("/approve/{}", self.token)
    }

    pub(crate) fn cancel(&self) -> String {
        format!("/cancel/{}", self.token)
    }

    pub(crate) async fn record(&self) -> EditionRecord {
        self.world.store.edition(self.edition).await.unwrap().unwrap()
    }
}

fn offer() -> Offer {
    Offer {
        name: name("readers"),
        title: "Our readers".to_owned(),
        about: "What the tide brings, each morning.".to_owned(),
        public: true,
        confirm: true,
        digests: vec![name("morning")],
    }
}

/// What comes until the other side has said all.
pub(crate) async fn answer(mut stream: TcpStream) -> Answer {
    let mut all = Vec::new();
    // A connection that is cut off has said what it had to say.
    let _ = stream.read_to_end(&mut all).await;
    let all = String::from_utf8(all).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap_or((&all, ""));
    let status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_default();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
