//! What a reader is told and asked beside their choices: moving to another address, and being forgotten.

use chrono_tz::Tz;
use templates::moving;
use templates::preferences::{self as page, Question};
use templates::view::{Frame, Link};

use super::bidi::{is_rtl, isolate};
use super::cut::{bounded, soften};
use super::layout::{preheader_of, tongue};
use super::page_words::PageWords;
use super::preferences::{Host, TITLE, address, path, sheet};
use super::words::fill;
use super::{Theme, dates, typeset};
use crate::model::{Direction, Instant, Language, Message};

/// A page with a sentence about a reader, and perhaps a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// Whether to delete all that is kept about this address.
    Delete(&'a str),
    /// It is deleted.
    Deleted,
    /// A link was sent to this address, if it could be.
    Asked(&'a str),
    /// Whether letters come to this address from now on.
    Move(&'a str),
    /// They do.
    Moved(&'a str),
    /// It is too late to say so.
    Over,
    /// The link of a letter that nobody subscribed to.
    Sample,
}

/// Writes a page with a sentence; `back` is the token of the page from which one came.
#[must_use]
pub fn told_page(
    told: Told<'_>,
    back: Option<&str>,
    theme: &Theme,
    language: &Language,
    host: Host<'_>,
) -> String {
    let words = theme.page_words(language);
    let (said, moving) = (&words.preferences, &words.moving);
    let about = |pattern: &str, who: &str| fill(pattern, &[("address", &address(who, words))]);
    let (heading, text, button) = match told {
        Told::Delete(who) => (&said.delete_heading, about(&said.delete_text, who), Some(&said.delete_button)),
        Told::Deleted => (&said.deleted, said.deleted_text.clone(), None),
        Told::Asked(who) => (&said.asked, about(&said.asked_text, who), None),
        Told::Move(who) => (&moving.question, about(&moving.question_text, who), Some(&moving.button)),
        Told::Moved(who) => (&moving.moved, about(&moving.moved_text, who), None),
        Told::Over => (&moving.over, moving.over_text.clone(), None),
        Told::Sample => (&said.sample, said.sample_text.clone(), None),
    };
    let words_back = if matches!(told, Told::Delete(_)) { &said.keep } else { &said.heading };
    let back = back.map(|token| (words_back.clone(), format!("{}/preferences/{token}", path(host.url))));
    let question = Question { text: soften(&text), button: button.cloned(), back };
    sheet(theme, words, host, heading, &page::question(&question))
}

/// Writes the mail to the address to which a reader wants to move; `link` opens the page on which to say so.
#[must_use]
pub fn confirm_address(
    link: &str,
    theme: &Theme,
    language: &Language,
    host: Host<'_>,
    now: Instant,
) -> Message {
    let words = theme.page_words(language);
    let said = &words.moving;
    let link = Link { text: said.link.clone(), href: link.to_owned() };
    let texts = (said.subject.as_str(), said.intro.clone(), said.why.as_str());
    mail(texts, Some(link), theme, words, host, now)
}

/// Writes the mail to the address that a reader has left for another.
#[must_use]
pub fn address_changed(
    to: &str,
    theme: &Theme,
    language: &Language,
    host: Host<'_>,
    now: Instant,
) -> Message {
    let words = theme.page_words(language);
    let said = &words.moving;
    let title = isolate(host.title, words.language.direction());
    let text = fill(&said.told_intro, &[("title", &title), ("address", &address(to, words))]);
    mail((&said.told_subject, text, &said.told_why), None, theme, words, host, now)
}

fn mail(
    (subject, text, why): (&str, String, &str),
    link: Option<Link>,
    theme: &Theme,
    words: &PageWords,
    host: Host<'_>,
    now: Instant,
) -> Message {
    let language = &words.language;
    let title = isolate(&bounded(host.title, TITLE), language.direction());
    let frame = Frame {
        tongue: tongue(language),
        words: None,
        subject: subject.to_owned(),
        title: soften(&title),
        title_rtl: is_rtl(host.title, language.direction()),
        preheader: preheader_of(&text, language.direction()),
        date: dates::full(theme.words(language), Tz::UTC, now),
        web_copy: None,
        unsubscribe: None,
        preferences: None,
        why: soften(&fill(why, &[("title", &title)])),
        postal_address: Vec::new(),
        postal_rtl: language.direction() == Direction::Rtl,
    };
    let view = moving::Moving { frame, text: soften(&text), link };
    let (html, text) = (moving::html(&view, &theme.look), typeset::set(&moving::text(&view)));
    let direction = language.direction();
    Message { subject: view.frame.subject, language: language.clone(), direction, html, text }
}
