//! The list of editions that have gone out.

use maud::{Markup, html};

use crate::frame::dir;
use crate::pages::{Masthead, Page, sheet};
use crate::view::{Link, Soft, Tongue};

/// What has gone out.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// What the digest is about; empty if nobody has said.
    pub about: String,
    /// Where else to go: to subscribe, to the feed.
    pub links: Vec<Link>,
    /// The editions, newest first.
    pub editions: Vec<Past>,
    /// What stands where there are none.
    pub empty: String,
    /// Where the older ones are.
    pub older: Option<Link>,
}

/// An edition that has gone out.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its day, in words.
    pub date: String,
    /// Its day, for programs.
    pub day: String,
    /// Its subject.
    pub subject: String,
    /// The subject's language, where it is not the page's.
    pub tongue: Option<Tongue>,
    /// Where it is.
    pub href: String,
}

/// Writes the page.
#[must_use]
pub fn archive(page: &Page, masthead: &Masthead, heading: &str, archive: &Archive) -> String {
    let body = html! {
        @if !archive.about.is_empty() { p.text { (Soft(&archive.about)) } }
        @if !archive.links.is_empty() {
            p.links { @for link in &archive.links { a href=(link.href) { (link.text) } " " } }
        }
        @if archive.editions.is_empty() { p.text { (Soft(&archive.empty)) } } @else {
            ol.editions reversed { @for one in &archive.editions { (past(one)) } }
        }
        @if let Some(older) = &archive.older { p.links { a href=(older.href) rel="next" { (older.text) } } }
    };
    sheet(page, masthead, heading, &body)
}

fn past(past: &Past) -> Markup {
    let tongue = past.tongue.as_ref();
    html! {
        li {
            time datetime=(past.day) { (past.date) }
            a href=(past.href) lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] {
                (Soft(&past.subject))
            }
        }
    }
}
