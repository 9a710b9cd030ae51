//! What the promises about the store share: both engines, and nouns made in a line.

use chrono::{DateTime, TimeDelta};
use pressrun::model::{
    Article, ArticleId, Attempt, Candidate, Direction, Edition, EditionId, EditionSection, EmailAddress,
    Explanation, Fingerprint, Instant, Language, Manner, Message, Name, NewList, NewSource, NewSubscriber,
    Otherwise, Outcome, Placed, Reply, SourceId, Step, SubscriptionState,
};
use pressrun::store::{Claimed, Lease, Store, StoreError, Turn};

use crate::postgres;

/// A store that is empty, and the folder that goes with it.
pub(crate) struct Empty {
    pub(crate) store: Store,
    _folder: Option<tempfile::TempDir>,
}

impl std::ops::Deref for Empty {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

/// An empty store on each engine: SQLite in a file, SQLite in memory, and PostgreSQL unless it is left out.
pub(crate) async fn stores() -> Vec<Empty> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("sqlite:{}/pressrun.db", folder.path().display());
    let open = async |url: &str| Store::open(url).await.expect("opens");
    let mut stores = vec![
        Empty { store: open(&file).await, _folder: Some(folder) },
        Empty { store: open("sqlite::memory:").await, _folder: None },
    ];
    if let Some(url) = postgres::fresh_database().await {
        stores.push(Empty { store: open(&url).await, _folder: None });
    }
    stores
}

/// Minute `minute` of the tests' time.
pub(crate) fn at(minute: i64) -> Instant {
    DateTime::from_timestamp(1_780_000_000, 0).expect("an instant") + TimeDelta::minutes(minute)
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub(crate) fn source(text: &str, url: &str) -> NewSource {
    let topics = vec!["harbour".to_owned()];
    NewSource {
        name: name(text),
        url: url.parse().expect("a URL"),
        title: None,
        topics,
        every: None,
        manner: Manner::default(),
    }
}

/// An article whose three fingerprints are given.
pub(crate) fn article(guid: i64, url: i64, content: i64) -> Article {
    Article {
        fingerprint: Fingerprint { guid, url, content },
        url: format!("https://example.org/{url}").parse().expect("a URL"),
        title: format!("Title {content} \"with\" ünïcode \u{1f6a2}"),
        summary: "A summary.".to_owned(),
        content: format!("<p>Text {content}</p>\n<p>'quoted' \\ back</p>"),
        image: None,
        author: Some("Ann".to_owned()),
        published: Some(at(content)),
        language: Some(Language::english()),
        direction: Direction::Ltr,
        topics: vec!["ships".to_owned(), "sea \"life\"".to_owned()],
        popularity: Default::default(),
    }
}

pub(crate) fn list(text: &str) -> NewList {
    NewList { name: name(text), title: text.to_uppercase(), list_id: format!("{text}.example.org") }
}

pub(crate) fn readers(addresses: &[&str]) -> Vec<NewSubscriber> {
    addresses
        .iter()
        .map(|a| NewSubscriber {
            address: address(a),
            name: String::new(),
            zone: None,
            consent: String::new(),
        })
        .collect()
}

/// Declares the list and puts confirmed readers on it.
pub(crate) async fn confirmed(store: &Store, on: &str, addresses: &[&str]) {
    store.declare_lists(&[list(on)]).await.expect("the list is declared");
    let batch = readers(addresses);
    store
        .add_subscribers(&name(on), &batch, SubscriptionState::Confirmed, at(0))
        .await
        .expect("they are added");
}

pub(crate) fn message(subject: &str) -> Message {
    Message {
        subject: subject.to_owned(),
        language: Language::parse("he").expect("a language"),
        direction: Direction::Rtl,
        html: "<html lang=he>\u{10FF01}</html>".to_owned(),
        text: "שלום\n\u{10FF01}\n".to_owned(),
    }
}

/// The highest article that the editions of these tests have looked at.
pub(crate) const CONSIDERED: ArticleId = ArticleId(4711);

/// An edition with the first candidate as lead and the others in one section.
pub(crate) fn edition(digest: &str, slot: Instant, candidates: &[Candidate]) -> Edition {
    let mut placed = candidates.iter().map(|c| Placed {
        id: c.id,
        source: "The Harbour".to_owned(),
        site: None,
        article: c.article.clone(),
        also: Vec::new(),
    });
    let lead = placed.next();
    let articles: Vec<_> = placed.collect();
    let section = EditionSection { title: "News".to_owned(), articles };
    let sections = if section.articles.is_empty() { Vec::new() } else { vec![section] };
    Edition { digest: name(digest), slot, lead, sections, considered: CONSIDERED, since: None }
}

/// A draft of a digest for a slot, without articles.
pub(crate) async fn draft_of(store: &Store, digest: &str, slot: Instant) -> EditionId {
    let composed = edition(digest, slot, &[]);
    store.put_edition(&composed, &message("News"), &Explanation::default(), slot).await.expect("a draft")
}

/// Lets a draft wait for a yes, as whoever has its slot open does; returns what opens its page.
pub(crate) async fn asked(store: &Store, draft: EditionId, by: Instant, otherwise: Otherwise) -> String {
    let record = store.edition(draft).await.expect("read").expect("there");
    let lease = Lease { holder: "asking".to_owned(), until: by };
    store.open_slot(&record.digest, record.slot, &lease, record.slot).await.expect("opened");
    store.ask(draft, "asking", by, otherwise, record.slot, |_| Vec::new()).await.expect("asked")
}

/// A draft of the digest `daily` without articles.
pub(crate) async fn draft(store: &Store, minute: i64) -> EditionId {
    draft_of(store, "daily", at(minute)).await
}

/// A source with the given articles; returns its number.
pub(crate) async fn collected(store: &Store, articles: &[Article]) -> SourceId {
    let new = source("harbour", "https://example.org/feed");
    store.add_source(&new).await.expect("the source is added");
    let id = store.sources().await.expect("sources")[0].id;
    store.put_articles(id, articles, at(0)).await.expect("the articles are stored");
    id
}

/// An attempt at a claimed delivery that ended like this.
pub(crate) fn attempt(claimed: &Claimed, minute: i64, outcome: Outcome) -> Attempt {
    let (step, code, enhanced) = match outcome {
        Outcome::Sent => (Step::FinalDot, 250, Some("2.0.0")),
        Outcome::Deferred { .. } | Outcome::Expired => (Step::Recipient, 450, Some("4.2.0")),
        Outcome::Refused | Outcome::Suppressed => (Step::Recipient, 550, Some("5.1.1")),
        Outcome::Uncertain => (Step::FinalDot, 0, None),
        Outcome::Cancelled => (Step::Connect, 0, None),
    };
    // What proves the mailbox dead refuses the letter and suppresses the address.
    let suppress = outcome == Outcome::Suppressed;
    let outcome = if suppress { Outcome::Refused } else { outcome };
    let reply = Reply { step, code, enhanced: enhanced.map(str::to_owned), text: "so it \"is\"".to_owned() };
    Attempt { delivery: claimed.delivery, at: at(minute), duration_ms: 1_500, reply, outcome, suppress }
}

pub(crate) fn addresses(claimed: &[Claimed]) -> Vec<&str> {
    let mut all: Vec<_> = claimed.iter().map(|c| c.address.as_str()).collect();
    all.sort_unstable();
    all
}

/// The name of the hand that claims in these tests.
pub(crate) const HAND: &str = "hand";

/// A lease that outlasts the tests.
pub(crate) fn lease() -> Lease {
    Lease { holder: HAND.to_owned(), until: at(10_000_000) }
}

/// Records the ends of attempts, and opens nothing.
pub(crate) async fn record(store: &Store, closed: &[Attempt]) -> Result<(), StoreError> {
    let turn = Turn { closed: closed.to_vec(), opened: Vec::new() };
    store.turn(&turn, HAND, at(0)).await.map(|_| ())
}
