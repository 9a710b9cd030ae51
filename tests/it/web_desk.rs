//! A site where people sign up: two public lists, one for friends, a browser of few words, and the stage that answers.

use chrono::TimeDelta;
use pressrun::model::{
    Digest, EmailAddress, NewList, Offer, Schedule, SlotZone, SubscriptionState, Timetable,
};
use pressrun::press::{self, Inviting};
use pressrun::render::Theme;
use pressrun::web::{self, MailDomains, Signups, Site, TakesMail};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::web_site::{Answer, answer};
use crate::world::{World, name};

/// The site, served on loopback; behind a proxy, so that a test can come from anywhere.
pub(crate) struct SignUpDesk {
    pub(crate) world: World,
    pub(crate) inviting: Inviting,
    pub(crate) digest: Digest,
    pub(crate) port: u16,
}

pub(crate) fn offer(list: &str, title: &str, public: bool, confirm: bool) -> Offer {
    let digests = vec![name("morning")];
    Offer { name: name(list), title: title.to_owned(), about: String::new(), public, confirm, digests }
}

impl SignUpDesk {
    pub(crate) async fn new() -> Self {
        Self::with(Signups { origins: vec!["https://www.own.example".to_owned()], ..signups() }).await
    }

    pub(crate) async fn with(signups: Signups) -> Self {
        Self::sending(signups, |digest| digest).await
    }

    /// A site whose digest is another one.
    pub(crate) async fn sending(signups: Signups, other: impl FnOnce(Digest) -> Digest) -> Self {
        let world = World::new().await;
        let more = ["weekly", "friends", "open"].map(|list| NewList {
            name: name(list),
            title: list.to_owned(),
            list_id: format!("{list}.tide.example"),
        });
        world.store.declare_lists(&more).await.unwrap();
        let offers = vec![
            Offer {
                about: "The harbour, each morning.".to_owned(),
                ..offer("readers", "The Morning Tide", true, true)
            },
            offer("weekly", "The Week", true, true),
            offer("friends", "Friends of the press", false, true),
            offer("open", "Notices", true, false),
        ];
        let timetable = Timetable {
            schedule: Schedule::parse("weekdays at 06:30").unwrap(),
            zone: SlotZone::Fixed(chrono_tz::Europe::Berlin),
            catch_up: std::time::Duration::from_secs(3_600),
            quiet: vec![],
            until: None,
            approval: None,
        };
        let digest = other(Digest { timetable: Some(timetable), ..world.digest() });
        let digests = vec![(digest.clone(), Theme::built_in())];
        let inviting = Inviting {
            offers: offers.clone(),
            digests: digests.clone(),
            site: "The Tide".to_owned(),
            public_url: "https://tide.example".to_owned(),
            most: signups.mails_per_address,
            welcoming: signups.welcoming.clone(),
        };
        let clock = world.clock();
        let site = Site {
            store: world.store.clone(),
            digests,
            offers,
            title: "The Tide".to_owned(),
            public_url: "https://tide.example".to_owned(),
            now: Box::new(move || clock.now()),
            proxies: 1,
            signups,
            clicks: None,
            patience: web::PATIENCE,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(web::serve(listener, web::site(site), std::future::pending()));
        Self { world, inviting, digest, port }
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

    /// The stamp of a form that was opened a minute ago.
    pub(crate) async fn stamp(&self) -> String {
        let page = self.get("/").await.body;
        let (_, rest) = page.split_once("name=\"stamp\" value=\"").unwrap();
        let stamp = rest.split('"').next().unwrap().to_owned();
        self.world.turn_clock(TimeDelta::minutes(1));
        stamp
    }

    /// Posts a form that was opened a minute ago, from an address.
    pub(crate) async fn sign_up(&self, fields: &str, from: &str) -> Answer {
        let body = format!("{fields}&stamp={}", self.stamp().await);
        self.post("/subscribe", &body, from).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str, from: &str) -> Answer {
        let headers =
            format!("Content-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: {from}\r\n");
        self.ask("POST", path, &headers, body.as_bytes()).await
    }

    pub(crate) async fn api(&self, json: &str, headers: &str) -> Answer {
        let headers = format!("Content-Type: application/json\r\n{headers}");
        self.ask("POST", "/api/subscribe", &headers, json.as_bytes()).await
    }

    /// Lets the stage answer what waits; returns how many mails it queued.
    pub(crate) async fn answer_all(&self) -> usize {
        press::invite(&self.world.store, &self.inviting, self.world.now()).await.unwrap()
    }

    /// To whom mails wait, and which.
    pub(crate) async fn mails(&self) -> Vec<String> {
        let mails = self.world.store.unsent_mails(10_000).await.unwrap();
        mails.iter().rev().map(|mail| format!("{} {}", mail.to.as_str(), mail.purpose)).collect()
    }

    /// The path of the link in the newest mail.
    pub(crate) async fn link(&self) -> String {
        let lease = crate::store_world::lease();
        let mut found = None;
        let day = TimeDelta::days(1);
        while let Some(mail) = self.world.store.claim_mail(&lease, day, self.world.now()).await.unwrap() {
            found = Some(mail);
        }
        let text = found.expect("a mail").new.message.text;
        let line = text
            .lines()
            .find(|line| line.starts_with("https://tide.example/"))
            .unwrap_or_else(|| panic!("{text}"));
        line.trim_start_matches("https://tide.example").to_owned()
    }

    /// The lists that an address is confirmed on.
    pub(crate) async fn on(&self, address: &str) -> Vec<String> {
        let reader = self.world.store.subscriber(&EmailAddress::parse(address).unwrap()).await.unwrap();
        let places = reader.map(|reader| reader.subscriptions).unwrap_or_default();
        let on = places.into_iter().filter(|place| place.state == SubscriptionState::Confirmed);
        on.map(|place| place.list.to_string()).collect()
    }
}

/// Rules under which `nowhere.example` takes no mail, and others do.
pub(crate) fn signups() -> Signups {
    let known = |domain: &str| match domain {
        "nowhere.example" => TakesMail::No,
        "silent.example" => TakesMail::Unknown,
        _ => TakesMail::Yes,
    };
    Signups { mail_domains: MailDomains::by(known), ..Signups::default() }
}
