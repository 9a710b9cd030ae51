//! The viewer: a digest before its readers see it, as they will, and the outbox afterwards.
//!
//! Does: shows a letter in frames of several widths, light and dark, without pictures and without style sheets, with its
//! parts, sizes and faults; lets its publisher try out what is in it; says by server-sent events that something is new.
//!
//! Promises: what is shown is the letter that would be sent, byte for byte; what a letter holds runs nothing, posts nothing
//! and covers nothing outside its frame; it answers only to names of this machine, or to its bare addresses if it is
//! listened for elsewhere; only POST acts, and only from a page of its own.
//!
//! Never: composes, sends or reads files itself: whoever knows how is its [`Studio`].

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path as Segment, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use chrono_tz::Tz;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::viewer_letter::Letter;
use super::viewer_wish::Look;
pub use super::viewer_wish::Wish;
use super::{viewer_acts, viewer_door, viewer_live, viewer_page};
use crate::model::{ArticleId, Editing, EditionId, EmailAddress, Explanation, Hand, Instant, Name};

/// So many pictures of wishes are kept, so that the frames of a page are drawn once.
const KEPT: usize = 8;

/// What is to be shown.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// The digests that there are: name and title.
    pub digests: Vec<(Name, String)>,
    /// The name of the one that is shown.
    pub digest: String,
    /// The headings of its sections, in order.
    pub sections: Vec<String>,
    /// Those that readers may leave out.
    pub optional: Vec<String>,
    /// The languages that its theme speaks: tag and name.
    pub languages: Vec<(String, String)>,
    /// Its past editions, newest first.
    pub editions: Vec<Gone>,
    /// When the edition is due.
    pub now: Option<Instant>,
    /// The same in words, by the clock of the digest.
    pub clock: String,
    /// The zone of that clock.
    pub zone: Option<Tz>,
    /// When the schedule has the next one.
    pub next: Option<Instant>,
    /// The letter as it would be sent, if there is one.
    pub letter: Option<Vec<u8>>,
    /// Why there is none.
    pub nothing: Option<String>,
    /// How many bytes of HTML the digest allows itself.
    pub budget: Option<usize>,
    /// Why each article is in or out.
    pub explanation: Explanation,
    /// The digest's own sentence above the first article.
    pub intro: String,
    /// What is tried out by hand.
    pub tried: Editing,
    /// What is kept for the next edition; `None` where nothing can be kept.
    pub kept: Option<Editing>,
    /// What is to be said of the chosen reader.
    pub reader: Option<String>,
    /// Where a test copy goes, in words; `None` where none can be sent.
    pub carrier: Option<String>,
    /// What is wrong with configuration or theme; what is shown is the last that was good.
    pub mistakes: Vec<String>,
}

/// A past edition.
#[derive(Debug, Clone)]
pub struct Gone {
    /// Its row.
    pub id: EditionId,
    /// When it was due, in words.
    pub slot: String,
    /// Its subject.
    pub subject: String,
    /// Where it stands, in a word.
    pub state: &'static str,
}

/// Something that is done to an edition before it is made.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Puts an article somewhere; `None` leaves it to composing.
    Decide(ArticleId, Option<Hand>),
    /// Writes another sentence above the first article; `None` for the digest's own.
    Intro(Option<String>),
    /// Keeps what is tried out for the next edition.
    Keep,
    /// Goes back to what is kept.
    Undo,
}

/// How a link answered.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The address.
    pub url: String,
    /// The status and what it means, or what went wrong.
    pub end: Result<u16, String>,
}

impl Answered {
    /// True if nobody was asked, so that nothing is known.
    #[must_use]
    pub fn is_unasked(&self) -> bool {
        self.end.as_ref().is_err_and(|why| why.starts_with("not asked"))
    }

    /// True if whoever follows it finds nothing.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        !self.is_unasked() && !matches!(self.end, Ok(200..=399))
    }
}

/// Who draws, edits and sends for the viewer.
pub trait Studio: Send + Sync + 'static {
    /// Draws what is wished for.
    fn draw<'a>(&'a self, wish: &'a Wish) -> BoxFuture<'a, Drawn>;
    /// Does something to the next edition; the answer is a sentence.
    fn edit<'a>(&'a self, wish: &'a Wish, edit: Edit) -> BoxFuture<'a, Result<String, String>>;
    /// Sends a test copy to each address; a sentence for each.
    fn send<'a>(
        &'a self,
        wish: &'a Wish,
        to: &'a [EmailAddress],
    ) -> BoxFuture<'a, Vec<Result<String, String>>>;
    /// Asks the servers of some addresses whether they are there.
    fn ask(&self, urls: Vec<String>) -> BoxFuture<'_, Vec<Answered>>;
    /// A number that rises when something is new.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Where the viewer stands.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// What comes before its paths, without a slash at the end; empty for the root.
    pub base: &'static str,
    /// Where the inbox is, if there is one.
    pub inbox: Option<&'static str>,
    /// Whether it is listened for on other addresses than those of this machine.
    pub open: bool,
}

/// What is drawn, with its letter taken apart.
pub(super) struct Sheet {
    pub(super) drawn: Drawn,
    pub(super) letter: Option<Letter>,
}

/// What was said to whoever has done something, until the next page is shown.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) good: bool,
    pub(super) text: String,
}

/// What the handlers share.
pub(super) struct Viewer {
    pub(super) studio: Box<dyn Studio>,
    pub(super) place: Place,
    /// In every form of ours, and in nobody else's.
    pub(super) token: String,
    sheets: Mutex<Vec<(String, u64, Arc<Sheet>)>>,
    /// Not shown yet, and shown by the last page that somebody has asked for.
    pub(super) said: Mutex<(Vec<Said>, Vec<Said>)>,
    /// What was asked about links, by the print of the letter.
    pub(super) asked: Mutex<Option<(u64, Vec<Answered>)>>,
}

impl Viewer {
    /// What is wished for: drawn anew if something has changed since.
    pub(super) async fn sheet(&self, wish: &Wish) -> Arc<Sheet> {
        let (key, now) = (wish.query(), *self.studio.changes().borrow());
        let known = |sheets: &Vec<(String, u64, Arc<Sheet>)>| {
            let found = sheets.iter().find(|(known, at, _)| *known == key && *at == now);
            found.map(|(.., sheet)| Arc::clone(sheet))
        };
        if let Some(sheet) = known(&locked(&self.sheets)) {
            return sheet;
        }
        let mut drawn = self.studio.draw(wish).await;
        let letter = drawn.letter.take().map(Letter::read);
        let sheet = Arc::new(Sheet { drawn, letter });
        let mut sheets = locked(&self.sheets);
        sheets.retain(|(known, ..)| *known != key);
        sheets.truncate(KEPT - 1);
        sheets.insert(0, (key, now, Arc::clone(&sheet)));
        sheet
    }
}

/// What a lock holds, whoever has died over it.
pub(super) fn locked<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of the viewer.
pub fn viewer(studio: impl Studio, place: Place) -> Router {
    let base = place.base;
    let door = viewer_door::Door { open: place.open };
    let at = |path: &str| format!("{base}{path}");
    let viewer = Arc::new(Viewer {
        studio: Box::new(studio),
        place,
        token: viewer_door::token(),
        sheets: Mutex::default(),
        said: Mutex::default(),
        asked: Mutex::default(),
    });
    Router::new()
        .route(&at("/"), get(page))
        .route(&at("/part/{part}"), get(part))
        .route(&at("/live"), get(viewer_live::live))
        .route(&at("/edit"), post(viewer_acts::edit))
        .route(&at("/send"), post(viewer_acts::send))
        .route(&at("/links"), post(viewer_acts::links))
        .merge(assets(base))
        .merge(front_door(base))
        .layer(middleware::from_fn_with_state(door, viewer_door::guard))
        .with_state(viewer)
}

/// Leads from an address without the slash at its end to the one with it.
pub(super) fn front_door<S: Clone + Send + Sync + 'static>(base: &'static str) -> Router<S> {
    match base {
        "" => Router::new(),
        _ => Router::new().route(base, get(async move || Redirect::temporary(&format!("{base}/")))),
    }
}

/// The style sheet and the script.
pub(super) fn assets<S: Clone + Send + Sync + 'static>(base: &str) -> Router<S> {
    let css = || async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) };
    let js = || async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT) };
    Router::new().route(&format!("{base}/viewer.css"), get(css)).route(&format!("{base}/viewer.js"), get(js))
}

const STYLE: &str = include_str!("viewer.css");
const SCRIPT: &str = include_str!("viewer.js");

async fn page(State(viewer): State<Arc<Viewer>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let (wish, look) = (Wish::parse(&query), Look::parse(&query));
    let sheet = viewer.sheet(&wish).await;
    let said = {
        let mut said = locked(&viewer.said);
        // A page that looks anew by itself takes nothing from under the eyes of who has just done something.
        if !headers.contains_key("x-live") {
            said.1 = std::mem::take(&mut said.0);
        }
        said.1.clone()
    };
    viewer_page::page(&viewer, &wish, look, &sheet, &said)
}

async fn part(
    State(viewer): State<Arc<Viewer>>,
    Segment(part): Segment<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let sheet = viewer.sheet(&Wish::parse(&query)).await;
    let shown = sheet.letter.as_ref().and_then(|letter| letter.part(&part, Look::parse(&query)));
    shown.unwrap_or_else(|| viewer_door::trouble(StatusCode::NOT_FOUND, "the letter has no such part"))
}
