//! The inbox: a folder of `.eml` files in the browser — list, letter on desktop and phone, text part, source.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Segment, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mail_parser::MessageParser;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// More letters than this are counted, not listed.
const LISTED: usize = 200;

const STYLE: &str = include_str!("inbox.css");

/// Pages that show the letters of `folder`: `/`, and the parts of each letter below `/letters/`.
pub fn inbox(folder: PathBuf) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/letters/{name}/{part}", get(part))
        .with_state(Arc::new(folder))
}

#[derive(serde::Deserialize)]
struct Wish {
    letter: Option<String>,
    view: Option<View>,
}

#[derive(serde::Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum View {
    Desktop,
    Phone,
    Text,
    Source,
}

impl View {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Desktop, "desktop", "Desktop"),
        (Self::Phone, "phone", "Phone"),
        (Self::Text, "text", "Text"),
        (Self::Source, "source", "Source"),
    ];

    const fn part(self) -> &'static str {
        match self {
            Self::Desktop | Self::Phone => "html",
            Self::Text => "text",
            Self::Source => "source",
        }
    }
}

struct Letter {
    name: String,
    to: String,
    from: String,
    subject: String,
    size: usize,
}

async fn page(State(folder): State<Arc<PathBuf>>, Query(wish): Query<Wish>) -> Response {
    let (names, total) = match names(&folder) {
        Ok(found) => found,
        Err(error) => {
            return trouble(
                StatusCode::INTERNAL_SERVER_ERROR,
                &format!("the outbox cannot be read: {error}"),
            );
        }
    };
    let letters: Vec<Letter> = names.iter().filter_map(|name| letter(&folder, name)).collect();
    let chosen =
        wish.letter.and_then(|wanted| letters.iter().find(|l| l.name == wanted)).or_else(|| letters.first());
    let view = wish.view.unwrap_or(View::Desktop);
    let body = html! {
        nav aria-label="Letters" {
            p.count { (total) @if total == 1 { " letter" } @else { " letters" } }
            @for letter in &letters {
                @let current = chosen.is_some_and(|c| c.name == letter.name);
                a href={ "/?letter=" (letter.name) } aria-current=[current.then_some("true")] {
                    strong { (letter.to) }
                    span { (letter.subject) }
                }
            }
        }
        main { @match chosen {
            None => { p.none { "No letter lies in the outbox yet." } }
            Some(letter) => (shown(letter, view))
        } }
    };
    document(&body).into_response()
}

fn shown(letter: &Letter, view: View) -> Markup {
    html! {
        header {
            h1 { (letter.subject) }
            p { (letter.from) " → " (letter.to) " · " (letter.size.div_ceil(1000)) " KB" }
            div.views { @for (each, word, label) in View::ALL {
                a href={ "/?letter=" (letter.name) "&view=" (word) } aria-current=[(each == view).then_some("true")] { (label) }
            } }
        }
        iframe.phone[view == View::Phone] sandbox="allow-popups allow-popups-to-escape-sandbox" title="The letter"
            src={ "/letters/" (letter.name) "/" (view.part()) } {}
    }
}

fn document(body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Outbox · Pressrun" }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    // Nothing of a letter may reach out of its frame, and no other page may frame this one.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'";
    (
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)],
        page.into_string(),
    )
        .into_response()
}

async fn part(
    State(folder): State<Arc<PathBuf>>,
    Segment((name, part)): Segment<(String, String)>,
) -> Response {
    let Some(bytes) = read(&folder, &name) else {
        return trouble(StatusCode::NOT_FOUND, "there is no such letter in the outbox");
    };
    let parsed = MessageParser::new().parse(&bytes);
    let body = |index: usize, html: bool| {
        let message = parsed.as_ref()?;
        let body = if html { message.body_html(index) } else { message.body_text(index) };
        Some(body?.into_owned())
    };
    let text = match part.as_str() {
        "html" => body(0, true),
        "text" => body(0, false).map(|text| plain(&text)),
        "source" => Some(plain(&String::from_utf8_lossy(&bytes))),
        _ => return trouble(StatusCode::NOT_FOUND, "a letter has the parts html, text and source"),
    };
    let Some(text) = text else { return trouble(StatusCode::NOT_FOUND, "the letter has no such part") };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_static(
        "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; \
         sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], text).into_response()
}

/// A page that shows text as it is, in the colours of the reader's machine.
fn plain(text: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Letter" }
                style { ":root{color-scheme:light dark}pre{margin:24px 28px;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}" }
            }
            body { pre dir="auto" { (text) } }
        }
    };
    page.into_string()
}

fn trouble(status: StatusCode, sentence: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{sentence}\n")).into_response()
}

/// The first letters of the folder by name, and how many there are.
fn names(folder: &Path) -> std::io::Result<(Vec<String>, usize)> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_letter(name))
        .collect();
    names.sort_unstable();
    let total = names.len();
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

fn letter(folder: &Path, name: &str) -> Option<Letter> {
    let bytes = read(folder, name)?;
    let message = MessageParser::new().parse_headers(&bytes)?;
    let first = |address: Option<&mail_parser::Address<'_>>| {
        let address = address.and_then(mail_parser::Address::first)?;
        Some(address.name().or(address.address())?.to_owned())
    };
    Some(Letter {
        name: name.to_owned(),
        to: first(message.to()).unwrap_or_default(),
        from: first(message.from()).unwrap_or_default(),
        subject: message.subject().unwrap_or_default().to_owned(),
        size: bytes.len(),
    })
}
