//! What the reader's pages bear: a served site on an SQLite file, and clients beside it in the same process, over
//! loopback. Requests a second, and how long the slowest hundredth waits.
//!
//! `cargo bench --bench web`; `WEB_CONNECTIONS` clients (32), `WEB_REQUESTS` of each kind (20,000).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant as Moment};

use chrono::{SubsecRound as _, TimeDelta, Utc};
use pressrun::model::{
    ArticleId, Digest, Direction, Edition, EmailAddress, Explanation, Instant, Language, Message, Name,
    NewList, NewSubscriber, Offer, Section, SubscriptionState, Take,
};
use pressrun::render::Theme;
use pressrun::store::{Lease, Store, Terms};
use pressrun::web::{self, Site};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n";
const CLICK: &str = "List-Unsubscribe=One-Click";
const PACKED: &str = "Accept-Encoding: gzip\r\n";

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn digest(list: &Name) -> Digest {
    Digest {
        name: "daily".parse().expect("a name"),
        title: "The Daily Tide".to_owned(),
        subject: "{title}".to_owned(),
        intro: String::new(),
        lists: vec![list.clone()],
        language: Language::english(),
        zone: chrono_tz::UTC,
        from: "Daily <news@tide.example>".parse().expect("a sender"),
        reply_to: None,
        postal_address: "1 Quay Street".to_owned(),
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

/// A letter of some 50 KB.
fn message(n: usize) -> Message {
    let story = "<p style=\"margin:0\"><a href=\"https://news.example/\">A story of the harbour</a> and its ships</p>";
    let foot = "<p><a href=\"\u{10FF01}\">Unsubscribe</a> · <a href=\"\u{10FF02}\">Preferences</a></p>";
    Message {
        subject: format!("The Daily Tide, number {n}"),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!("<html><head><title>x</title></head><body>{}{foot}</body></html>", story.repeat(500)),
        text: "\u{10FF01}\n".to_owned(),
    }
}

/// A store with so many readers and 30 editions that have gone out; returns the tokens of the readers' links.
async fn furnish(store: &Store, list: &Name, readers: usize) -> Vec<String> {
    let new =
        NewList { name: list.clone(), title: "Tide".to_owned(), list_id: "tide.tide.example".to_owned() };
    store.declare_lists(&[new]).await.expect("a list");
    let now = Utc::now().trunc_subsecs(0);
    let reader = |n: usize| NewSubscriber {
        address: EmailAddress::parse(&format!("reader{n:07}@mail{}.example", n % 97)).expect("an address"),
        name: String::new(),
        zone: None,
        consent: String::new(),
    };
    for first in (0..readers).step_by(1_000) {
        let batch: Vec<_> = (first..(first + 1_000).min(readers)).map(reader).collect();
        store.add_subscribers(list, &batch, SubscriptionState::Confirmed, now).await.expect("readers");
    }
    let mut tokens = Vec::new();
    for n in 0..30 {
        let slot: Instant = now - TimeDelta::days(n);
        let edition = Edition {
            digest: "daily".parse().expect("a name"),
            slot,
            lead: None,
            sections: Vec::new(),
            considered: ArticleId(0),
            since: (n > 0).then_some(ArticleId(0)),
        };
        let id = store
            .put_edition(&edition, &message(n as usize), &Explanation::default(), now)
            .await
            .expect("a draft");
        // Its letters go to nobody after the first: only that one's links are needed.
        let lists = if n == 0 { std::slice::from_ref(list) } else { &[] };
        store.release(id, lists, &Terms::default(), now).await.expect("is released");
        let lease = Lease { holder: "bench".to_owned(), until: now + TimeDelta::hours(1) };
        loop {
            let claimed = store.claim(id, &lease, 5_000, now).await.expect("letters");
            if claimed.is_empty() {
                break;
            }
            tokens.extend(claimed.into_iter().map(|letter| letter.list_token));
        }
    }
    tokens
}

async fn served(store: Store, list: &Name) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let digest = digest(list);
    let offer = Offer {
        name: list.clone(),
        title: "Tide".to_owned(),
        about: "What the tide brings.".to_owned(),
        public: true,
        confirm: true,
        digests: vec![digest.name.clone()],
    };
    let site = web::site(Site {
        store,
        digests: vec![(digest, Theme::built_in())],
        offers: vec![offer],
        title: "The Tide".to_owned(),
        public_url: "https://tide.example".to_owned(),
        now: Box::new(Utc::now),
        proxies: 0,
        signups: web::Signups::default(),
        clicks: None,
        patience: web::PATIENCE,
    });
    tokio::spawn(web::serve(listener, site, std::future::pending()));
    port
}

/// Reads one answer; returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.expect("an answer") > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|n| n.parse().ok()).unwrap_or_default();
        while buffer.len() < end + 4 + length {
            assert!(stream.read_buf(buffer).await.expect("a body") > 0, "the server hung up");
        }
        return head[9..12].parse().expect("a status");
    }
}

/// Sends these requests over so many connections, and tells how it went.
async fn load(name: &str, port: u16, requests: Vec<String>, connections: usize) {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let start = Moment::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
                stream.set_nodelay(true).expect("no delay");
                let (mut waits, mut buffer) = (Vec::new(), Vec::with_capacity(64 * 1024));
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = Moment::now();
                    stream.write_all(request.as_bytes()).await.expect("asks");
                    let status = answer(&mut stream, &mut buffer).await;
                    waits.push((asked.elapsed(), status));
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.expect("a client"));
    }
    let took = start.elapsed().as_secs_f64();
    let good = waits.iter().filter(|(_, status)| matches!(status, 200 | 304)).count();
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].0.as_secs_f64() * 1e3;
    println!(
        "{name:<34} {:>8.0} requests/s   median {:>6.2} ms   p99 {:>6.2} ms   {good} of {} good",
        waits.len() as f64 / took,
        at(0.5),
        at(0.99),
        waits.len()
    );
}

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0 / 1e6
}

#[tokio::main]
async fn main() {
    let (connections, count) = (number("WEB_CONNECTIONS", 32), number("WEB_REQUESTS", 20_000));
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}/pressrun.db", folder.path().display());
    let store = Store::open(&url).await.expect("a store");
    let list: Name = "tide".parse().expect("a name");
    let tokens = furnish(&store, &list, count).await;
    let newest = store.past(&"daily".parse().expect("a name"), None, 1).await.expect("editions").remove(0);
    let copy = format!("/daily/{}", newest.slot.format("%Y-%m-%dT%H%M%SZ"));
    let port = served(store, &list).await;
    println!("{connections} connections, {} readers, {:.0} MB", tokens.len(), resident());
    let ask = |method: &str, path: &str, headers: &str, body: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: tide.example\r\n{headers}\r\n{body}")
    };
    let get = |path: &str, headers: &str| vec![ask("GET", path, headers, ""); count];
    let clicks = tokens.iter().map(|token| ask("POST", &format!("/unsubscribe/{token}"), FORM, CLICK));
    let clicks: Vec<String> = clicks.collect();
    load("one-click POST, distinct tokens", port, clicks.clone(), connections).await;
    load("the same again", port, clicks, connections).await;
    load("GET the page of a link", port, get(&format!("/unsubscribe/{}", tokens[0]), ""), connections).await;
    load("GET the list of editions", port, get("/daily/", ""), connections).await;
    load("GET a web copy", port, get(&copy, ""), connections).await;
    load("GET a web copy, packed", port, get(&copy, PACKED), connections).await;
    load("GET a web copy that is known", port, get(&copy, "If-None-Match: *\r\n"), connections).await;
    load("GET /", port, get("/", ""), connections).await;
    println!("{:.0} MB", resident());
}
