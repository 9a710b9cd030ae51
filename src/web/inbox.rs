//! The inbox: a folder of `.eml` files in the viewer, newest first.

use std::convert::Infallible;
use std::path::PathBuf;
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
use maud::{Markup, html};
use url::form_urlencoded::{byte_serialize, parse};

use super::inbox_folder::{Listed, holds, listed, read};
use super::viewer::{assets, front_door};
use super::viewer_door::{Door, guard, trouble};
use super::viewer_letter;
use super::viewer_page::{document, line, piece, scrolled, stage, tabs, tools};
use super::viewer_panels::{findings_of, sizes};
use super::viewer_wish::{Look, Panel, query};

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
        .merge(front_door(base))
        .layer(middleware::from_fn_with_state(Door { open }, guard))
        .with_state(Arc::new(Inbox { folder, base, preview }))
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
    let named = wanted.filter(|name| holds(&inbox.folder, name));
    let chosen = named.or_else(|| letters.first().map(|letter| letter.name.clone()));
    let mut look = Look::parse(asked);
    if look.panel != Panel::Sizes {
        look.panel = Panel::Findings;
    }
    let (letter, nothing) = match chosen.as_deref().map(|name| read(&inbox.folder, name)) {
        Some(Ok(bytes)) => (Some(viewer_letter::Letter::read(bytes)), String::new()),
        Some(Err(why)) => (None, format!("{why}.")),
        None => (None, "No letter lies in the outbox yet.".to_owned()),
    };
    let base = inbox.base;
    let at = |name: &str, look: Look| {
        let mut pairs = vec![("letter", name.to_owned())];
        pairs.extend(look.pairs());
        format!("{base}/?{}", query(&pairs))
    };
    let name = chosen.unwrap_or_default();
    let part = |part: &str| format!("{base}/letters/{}/{part}?{}", segment(&name), query(&look.guise()));
    let seen = |look: Look| at(&name, look);
    let body = html! {
        header.top {
            h1.brand { a href={ (base) "/" } { "Pressrun" } span { "Outbox" } }
            div.bar { p.soft.folder title=(inbox.folder.display()) { (inbox.folder.display()) } }
            nav.elsewhere aria-label="Elsewhere" {
                @if let Some(preview) = inbox.preview { a href={ (preview) "/" } { "Preview" } }
                p.live id="live" role="status" hidden { "Live" }
            }
        }
        (list(letters, total, &name, &|name| at(name, look)))
        main {
            @match &letter {
                Some(letter) => { (line(letter)) (tools(look, None, &seen, &part("eml"))) (stage(letter, look, &part)) }
                None => { (piece("stage", "stage", &html! { div.empty { h2 { "No letter" } p { (nothing) } } })) }
            }
        }
        @if let Some(letter) = &letter {
            aside.beside aria-label="About the letter" {
                (piece("tabs", "tabbar", &tabs(&[Panel::Findings, Panel::Sizes], look, &seen, letter.findings.len())))
                @let panel = if look.panel == Panel::Sizes { sizes(letter, None) } else { findings_of(letter) };
                (scrolled("panel", "panel", "What the tab shows", &panel))
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
            @if total > 0 { " · times in UTC" }
        }
        @for letter in letters {
            a href=(at(&letter.name)) data-soft aria-current=[(letter.name == current).then_some("true")] {
                strong dir="auto" { (letter.to) }
                span dir="auto" { (letter.subject) }
                @if let Some(at) = letter.at {
                    span {
                        time datetime=(at.format("%FT%TZ")) { (at.format("%-d %b, %H:%M:%S")) }
                        @if !letter.address.is_empty() { " · " (letter.address) }
                    }
                }
            }
        }
    };
    html! { nav.letters aria-label="Letters" tabindex="-1" { (piece("letters", "", &inside)) } }
}

/// A file name as a segment of a path.
fn segment(name: &str) -> String {
    byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

async fn part(
    State(inbox): State<Arc<Inbox>>,
    Segment((name, part)): Segment<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    apart(move || {
        let bytes = match read(&inbox.folder, &name) {
            Ok(bytes) => bytes,
            Err(why) => return trouble(StatusCode::NOT_FOUND, &why),
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
