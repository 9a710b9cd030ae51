//! The inbox: a folder of `.eml` files in the viewer, newest first.

use std::convert::Infallible;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Path as Segment, RawQuery, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream;
use mail_parser::MessageParser;
use maud::{Markup, html};
use url::form_urlencoded::parse;

use super::viewer::assets;
use super::viewer_door::{Door, guard, trouble};
use super::viewer_letter;
use super::viewer_page::{document, line, piece, stage, tabs, tools};
use super::viewer_panels::{findings_of, sizes};
use super::viewer_wish::{Look, Panel, query};

/// More letters than this are counted, not listed.
const LISTED: usize = 200;
/// Of more letters than this the numbers in their names tell which are new: to ask for the age of each takes too long.
const DATED: usize = 20_000;
/// The headers of a letter are in its first so many bytes; the rest is not read for the list.
const HEADERS: u64 = 64 * 1024;
/// How often an open page asks whether a letter has come.
const BREATH: Duration = Duration::from_millis(500);

/// Where the inbox is.
struct Inbox {
    folder: PathBuf,
    base: &'static str,
    /// Where the preview is, if there is one.
    preview: Option<&'static str>,
}

/// Pages that show the letters of `folder`: `/`, and the parts of each letter below `/letters/`.
///
/// They answer only to names of this machine: a page elsewhere whose host name is made to lead here (DNS
/// rebinding) gets 403.
pub fn inbox(folder: PathBuf) -> Router {
    inbox_at(folder, "", None, false)
}

/// The same below `base`, with a link to the preview; `open` if it is listened for on other addresses as well.
pub fn inbox_at(folder: PathBuf, base: &'static str, preview: Option<&'static str>, open: bool) -> Router {
    Router::new()
        .route(&format!("{base}/"), get(page))
        .route(&format!("{base}/letters/{{name}}/{{part}}"), get(part))
        .route(&format!("{base}/inbox-live"), get(live))
        .merge(assets(base))
        .layer(middleware::from_fn_with_state(Door { open }, guard))
        .with_state(Arc::new(Inbox { folder, base, preview }))
}

/// A letter in the list.
struct Listed {
    name: String,
    to: String,
    subject: String,
}

async fn page(State(inbox): State<Arc<Inbox>>, RawQuery(query): RawQuery) -> Response {
    apart(move || match listed(&inbox.folder) {
        Ok((letters, total)) => shown(&inbox, &letters, total, &query.unwrap_or_default()),
        Err(error) => {
            let sentence = format!("the outbox cannot be read: {error}");
            trouble(StatusCode::INTERNAL_SERVER_ERROR, &sentence)
        }
    })
    .await
}

/// Runs what reads files on a thread where waiting holds nobody up.
async fn apart(answer: impl FnOnce() -> Response + Send + 'static) -> Response {
    let died = |_| trouble(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made");
    tokio::task::spawn_blocking(answer).await.unwrap_or_else(died)
}

fn shown(inbox: &Inbox, letters: &[Listed], total: usize, asked: &str) -> Response {
    let wanted = parse(asked.as_bytes()).find(|(key, _)| key == "letter").map(|(_, name)| name.into_owned());
    // An older one that is not in the list can still be named.
    let named = wanted.filter(|name| is_letter(name) && inbox.folder.join(name).is_file());
    let chosen = named.or_else(|| letters.first().map(|letter| letter.name.clone()));
    let mut look = Look::parse(asked);
    if look.panel != Panel::Sizes {
        look.panel = Panel::Findings;
    }
    let letter =
        chosen.as_deref().and_then(|name| read(&inbox.folder, name)).map(viewer_letter::Letter::read);
    let base = inbox.base;
    let at = |name: &str, look: Look| {
        let mut pairs = vec![("letter", name.to_owned())];
        pairs.extend(look.pairs());
        format!("{base}/?{}", query(&pairs))
    };
    let name = chosen.unwrap_or_default();
    let part = |part: &str| format!("{base}/letters/{name}/{part}?{}", query(&look.guise()));
    let seen = |look: Look| at(&name, look);
    let body = html! {
        header.top {
            h1.brand { a href={ (base) "/" } { "Pressrun" } span { "Outbox" } }
            div.bar { p.soft { (inbox.folder.display()) } }
            nav.elsewhere aria-label="Elsewhere" {
                @if let Some(preview) = inbox.preview { a href={ (preview) "/" } { "Preview" } }
                p.live id="live" role="status" hidden { "Live" }
            }
        }
        (list(letters, total, &name, &|name| at(name, look)))
        main {
            @match &letter {
                Some(letter) => { (line(letter)) (tools(look, None, &seen, &part("eml"))) (stage(letter, look, &part)) }
                None => { (piece("stage", "stage", &html! { div.empty { h2 { "No letter" } p { "No letter lies in the outbox yet." } } })) }
            }
        }
        @if let Some(letter) = &letter {
            aside.beside aria-label="About the letter" {
                (piece("tabs", "tabbar", &tabs(&[Panel::Findings, Panel::Sizes], look, &seen, letter.findings.len())))
                @let panel = if look.panel == Panel::Sizes { sizes(letter, None) } else { findings_of(letter) };
                (piece("panel", "panel", &panel))
            }
        }
    };
    let title = letter.map_or_else(|| "Outbox · Pressrun".to_owned(), |l| format!("{} · Outbox", l.subject));
    document(base, &title, Some(&format!("{base}/inbox-live")), &body)
}

fn list(letters: &[Listed], total: usize, current: &str, at: &dyn Fn(&str) -> String) -> Markup {
    let inside = html! {
        p.total {
            (total) @if total == 1 { " letter" } @else { " letters" }
            @if total > letters.len() { ", the newest " (letters.len()) }
        }
        @for letter in letters {
            a href=(at(&letter.name)) data-soft aria-current=[(letter.name == current).then_some("true")] {
                strong { (letter.to) }
                span dir="auto" { (letter.subject) }
            }
        }
    };
    html! { nav.letters aria-label="Letters" tabindex="-1" { (piece("letters", "", &inside)) } }
}

async fn part(
    State(inbox): State<Arc<Inbox>>,
    Segment((name, part)): Segment<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    apart(move || {
        let Some(bytes) = read(&inbox.folder, &name) else {
            return trouble(StatusCode::NOT_FOUND, "there is no such letter in the outbox");
        };
        let look = Look::parse(&query.unwrap_or_default());
        let shown = viewer_letter::Letter::read(bytes).part(&part, look);
        shown.unwrap_or_else(|| trouble(StatusCode::NOT_FOUND, "the letter has no such part"))
    })
    .await
}

/// Says when something has come into the folder.
async fn live(State(inbox): State<Arc<Inbox>>) -> Response {
    let events = stream::unfold((inbox, None), async |(inbox, last): (Arc<Inbox>, Option<u128>)| {
        loop {
            let at = tokio::fs::metadata(&inbox.folder).await.and_then(|folder| folder.modified());
            let at = at.ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
            let at = at.map_or(0, |at| at.as_nanos());
            if last != Some(at) {
                let event = Event::default().event("change").data(at.to_string());
                return Some((Ok::<_, Infallible>(event), (inbox, Some(at))));
            }
            tokio::time::sleep(BREATH).await;
        }
    });
    Sse::new(Box::pin(events)).keep_alive(KeepAlive::new()).into_response()
}

/// The newest letters of the folder, and how many there are.
fn listed(folder: &Path) -> std::io::Result<(Vec<Listed>, usize)> {
    let (names, total) = names(folder)?;
    Ok((names.iter().filter_map(|name| letter(folder, name)).collect(), total))
}

/// The names of the newest letters, and how many there are.
fn names(folder: &Path) -> std::io::Result<(Vec<String>, usize)> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_letter(name))
        .collect();
    let total = names.len();
    if total > DATED {
        names.sort_unstable_by(|one, other| other.cmp(one));
    } else {
        let age = |name: &String| folder.join(name).metadata().and_then(|file| file.modified()).ok();
        names.sort_by_cached_key(|name| std::cmp::Reverse((age(name), name.clone())));
    }
    names.truncate(LISTED);
    Ok((names, total))
}

/// A plain file name of the outbox: no path can be smuggled in.
fn is_letter(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    name.ends_with(".eml") && !name.starts_with('.') && name.chars().all(plain)
}

fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    is_letter(name).then(|| std::fs::read(folder.join(name)).ok()).flatten()
}

fn letter(folder: &Path, name: &str) -> Option<Listed> {
    let mut bytes = Vec::new();
    std::fs::File::open(folder.join(name)).ok()?.take(HEADERS).read_to_end(&mut bytes).ok()?;
    let message = MessageParser::new().parse_headers(&bytes)?;
    let to = message.to().and_then(mail_parser::Address::first);
    let to = to.and_then(|to| to.name().or(to.address())).unwrap_or_default();
    let (to, subject) = (to.to_owned(), message.subject().unwrap_or_default().to_owned());
    Some(Listed { name: name.to_owned(), to, subject })
}
