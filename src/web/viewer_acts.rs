//! What the viewer's forms do: try out, keep, send a test copy, ask links. Each ends at the page that it came from.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded::parse;

use super::viewer::{Edit, Said, Viewer, locked};
use super::viewer_door::trouble;
use super::viewer_wish::{Look, Panel, Wish, query};
use crate::model::{ArticleId, EmailAddress, Hand};
use crate::render::lint;

/// A test copy is for a few.
const MOST: usize = 10;

/// What was posted: the form's own values, and what was looked at.
struct Form {
    wish: Wish,
    look: Look,
    values: Vec<(String, String)>,
}

impl Form {
    /// Reads a form with our token in it.
    fn read(viewer: &Viewer, body: &Bytes) -> Option<Self> {
        let values: Vec<(String, String)> = parse(body).into_owned().collect();
        let value = |name: &str| values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let ours = value("token").is_some_and(|token| !token.is_empty() && token == viewer.token);
        let back = value("back").unwrap_or_default().to_owned();
        ours.then(|| Self { wish: Wish::parse(&back), look: Look::parse(&back), values })
    }

    fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

fn refused() -> Response {
    trouble(StatusCode::FORBIDDEN, "the page is from before a restart; load it again")
}

/// Back to where it came from, with what is to be said there.
fn back(viewer: &Viewer, form: &Form, panel: Panel, said: Vec<Result<String, String>>) -> Response {
    let said = said.into_iter().map(|end| match end {
        Ok(text) => Said { good: true, text },
        Err(text) => Said { good: false, text },
    });
    // What is seen at once needs no words.
    locked(&viewer.said).0.extend(said.filter(|said: &Said| !said.text.is_empty()));
    let mut pairs = form.wish.pairs();
    pairs.extend(Look { panel, ..form.look }.pairs());
    let to = format!("{}/?{}", viewer.place.base, query(&pairs));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// Tries something out, keeps it or takes it back.
pub(super) async fn edit(State(viewer): State<Arc<Viewer>>, body: Bytes) -> Response {
    let Some(form) = Form::read(&viewer, &body) else { return refused() };
    let edit = match (form.value("do"), form.value("intro").trim()) {
        ("keep", _) => Some(Edit::Keep),
        ("undo", _) => Some(Edit::Undo),
        ("drop", _) => Some(Edit::Drop),
        ("intro", "") => Some(Edit::Intro(None)),
        ("intro", intro) => Some(Edit::Intro(Some(intro.split_whitespace().collect::<Vec<_>>().join(" ")))),
        (decision, _) => decided(decision).map(|(article, hand)| Edit::Decide(article, hand)),
    };
    let Some(edit) = edit else { return trouble(StatusCode::BAD_REQUEST, "nothing of ours asks for that") };
    let end = viewer.studio.edit(&form.wish, edit).await;
    back(&viewer, &form, Panel::Articles, vec![end])
}

/// Reads `lead:7`, `out:7`, `free:7` or `in:7:2:At sea`.
fn decided(text: &str) -> Option<(ArticleId, Option<Hand>)> {
    let mut parts = text.splitn(4, ':');
    let (what, article) = (parts.next()?, ArticleId(parts.next()?.parse().ok()?));
    let hand = match what {
        "lead" => Some(Hand::Lead),
        "out" => Some(Hand::Out),
        "free" => None,
        "in" => {
            let place = parts.next()?.parse().ok()?;
            Some(Hand::In { place, section: parts.next()?.to_owned() })
        }
        _ => return None,
    };
    Some((article, hand))
}

/// Sends a test copy to each address.
pub(super) async fn send(State(viewer): State<Arc<Viewer>>, body: Bytes) -> Response {
    let Some(form) = Form::read(&viewer, &body) else { return refused() };
    let written = form.value("to").split([',', ';', ' ', '\n', '\r', '\t']).filter(|one| !one.is_empty());
    let (mut to, mut said) = (Vec::new(), Vec::new());
    for one in written {
        match EmailAddress::parse(one) {
            Ok(address) => to.push(address),
            Err(error) => said.push(Err(format!("{one}: {error}"))),
        }
    }
    if to.len() > MOST {
        said.push(Err(format!("a test copy goes to {MOST} addresses at most; nothing was sent")));
    } else if said.is_empty() && to.is_empty() {
        said.push(Err("whom is it for? Write an address".to_owned()));
    } else if said.is_empty() {
        said = viewer.studio.send(&form.wish, &to).await;
    }
    back(&viewer, &form, Panel::Send, said)
}

/// Asks the links of what is shown.
pub(super) async fn links(State(viewer): State<Arc<Viewer>>, body: Bytes) -> Response {
    let Some(form) = Form::read(&viewer, &body) else { return refused() };
    let sheet = viewer.sheet(&form.wish).await;
    let letter = sheet.letter.as_ref();
    let html = letter.and_then(|letter| letter.html.as_deref()).unwrap_or_default();
    let answered = viewer.studio.ask(lint::addresses(html)).await;
    *locked(&viewer.asked) = letter.map(|letter| (letter.print, answered));
    back(&viewer, &form, Panel::Links, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_names_an_article_and_what_becomes_of_it() {
        assert_eq!(decided("lead:7"), Some((ArticleId(7), Some(Hand::Lead))));
        let section = "At sea: boats".to_owned();
        let hand = Hand::In { section, place: 2 };
        assert_eq!(decided("in:7:2:At sea: boats"), Some((ArticleId(7), Some(hand))));
        let hand = Hand::In { section: String::new(), place: 1 };
        assert_eq!(decided("in:7:1:"), Some((ArticleId(7), Some(hand))));
        assert_eq!(decided("free:7"), Some((ArticleId(7), None)));
        for nonsense in ["", "lead", "lead:x", "in:7", "in:7:x:Sea", "in:7:1", "burn:7"] {
            assert_eq!(decided(nonsense), None, "{nonsense}");
        }
    }
}
