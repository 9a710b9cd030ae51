//! The inbox: a folder of `.eml` files in the browser — list, letter on desktop and phone, text part, source.

use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Segment, Query, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mail_parser::MessageParser;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// More letters than this are counted, not listed.
const LISTED: usize = 200;

/// The headers of a letter are in its first so many bytes; the rest is not read for the list.
const HEADERS: u64 = 64 * 1024;

const STYLE: &str = include_str!("inbox.css");

/// Pages that show the letters of `folder`: `/`, and the parts of each letter below `/letters/`.
///
/// They answer only to names of this machine: a page elsewhere whose host name is made to lead here (DNS
/// rebinding) gets 403.
pub fn inbox(folder: PathBuf) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/letters/{name}/{part}", get(part))
        .layer(middleware::from_fn(only_from_here))
        .with_state(Arc::new(folder))
}

async fn only_from_here(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_of_this_machine) {
        next.run(request).await
    } else {
        trouble(StatusCode::FORBIDDEN, "the letters are shown to this machine only, as http://127.0.0.1")
    }
}

/// True for a loopback address, `localhost` and the names below it (RFC 6761 §6.3), with a port or without.
fn is_of_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = literal.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    loopback || host == "localhost" || host.ends_with(".localhost")
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
    size: u64,
}

async fn page(State(folder): State<Arc<PathBuf>>, Query(wish): Query<Wish>) -> Response {
    apart(move || match listed(&folder) {
        Ok((letters, total)) => list(&letters, total, &wish),
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

fn list(letters: &[Letter], total: usize, wish: &Wish) -> Response {
    let wanted = wish.letter.as_ref();
    let chosen =
        wanted.and_then(|wanted| letters.iter().find(|l| &l.name == wanted)).or_else(|| letters.first());
    let view = wish.view.unwrap_or(View::Desktop);
    let body = html! {
        nav aria-label="Letters" {
            p.count { (total) @if total == 1 { " letter" } @else { " letters" } }
            @for letter in letters {
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
    apart(move || match read(&folder, &name) {
        Some(bytes) => part_of(&bytes, &part),
        None => trouble(StatusCode::NOT_FOUND, "there is no such letter in the outbox"),
    })
    .await
}

fn part_of(bytes: &[u8], part: &str) -> Response {
    let parsed = MessageParser::new().parse(bytes);
    let body = |index: usize, html: bool| {
        let message = parsed.as_ref()?;
        let body = if html { message.body_html(index) } else { message.body_text(index) };
        Some(body?.into_owned())
    };
    let text = match part {
        "html" => body(0, true),
        "text" => body(0, false).map(|text| plain(&text)),
        "source" => Some(plain(&String::from_utf8_lossy(bytes))),
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
fn listed(folder: &Path) -> std::io::Result<(Vec<Letter>, usize)> {
    let (names, total) = names(folder)?;
    Ok((names.iter().filter_map(|name| letter(folder, name)).collect(), total))
}

/// The names of the first letters, and how many there are.
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
    let opened = std::fs::File::open(folder.join(name)).ok()?;
    let size = opened.metadata().ok()?.len();
    let mut bytes = Vec::new();
    opened.take(HEADERS).read_to_end(&mut bytes).ok()?;
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
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let ours = ["127.0.0.1:8025", "localhost", "LOCALHOST.:80", "gazette.localhost:8025", "[::1]:8025"];
        assert!(ours.iter().all(|host| is_of_this_machine(host)));
        let others = [
            "",
            "evil.example:8025",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "evil.example@",
            "0.0.0.0",
        ];
        for host in others {
            assert!(!is_of_this_machine(host), "{host}");
        }
    }
}
