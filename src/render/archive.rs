//! The list of the editions of a digest, in words.

use chrono_tz::Tz;
use templates::archive::{self, Past};
use templates::pages::{Feed, Masthead};
use templates::view::Link;

use super::bidi::{isolate, isolate_runs};
use super::cut::{bounded, soften};
use super::layout::{LINE, tongue};
use super::pages::page;
use super::{Theme, dates};
use crate::model::{Digest, Instant};

/// What a list of editions tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive<'a> {
    /// The digest.
    pub digest: &'a Digest,
    /// What its list is about; empty if nobody has said.
    pub about: &'a str,
    /// What the site is called.
    pub site: &'a str,
    /// The editions, newest first.
    pub editions: &'a [PastEdition],
    /// Where the older ones are, relative to this page.
    pub older: Option<String>,
}

/// An edition that has gone out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEdition {
    /// Its subject.
    pub subject: String,
    /// The last part of its address.
    pub href: String,
    /// When it was due.
    pub slot: Instant,
    /// Where its readers are.
    pub zone: Tz,
    /// When it went out.
    pub released_at: Instant,
    /// The titles of its articles; only a feed tells them.
    pub titles: Vec<String>,
}

/// Writes the list of the editions of a digest, in its language.
#[must_use]
pub fn archive_page(archive: &Archive<'_>, theme: &Theme) -> String {
    let digest = archive.digest;
    let (words, mail) = (theme.page_words(&digest.language), theme.words(&digest.language));
    let (said, direction) = (&words.archive, words.language.direction());
    let link = |text: &String, href: &str| Link { text: text.clone(), href: href.to_owned() };
    let foreign = digest.language.primary() != words.language.primary();
    let past = |edition: &PastEdition| Past {
        date: dates::full(mail, edition.zone, edition.slot),
        day: edition.slot.with_timezone(&edition.zone).format("%Y-%m-%d").to_string(),
        subject: soften(&isolate_runs(&bounded(&edition.subject, LINE), digest.language.direction())),
        tongue: foreign.then(|| tongue(&digest.language)),
        href: edition.href.clone(),
    };
    let view = archive::Archive {
        about: soften(&isolate(&bounded(archive.about, LINE), direction)),
        links: vec![link(&said.subscribe, "../"), link(&said.feed, "feed.xml")],
        editions: archive.editions.iter().map(past).collect(),
        empty: said.empty.clone(),
        older: archive.older.as_ref().map(|href| link(&said.older, href)),
    };
    let site = isolate(&bounded(archive.site, LINE), direction);
    let title = isolate(&bounded(&digest.title, LINE), direction);
    let mut page = page(theme, words, format!("{title} · {site}"));
    page.feed = Some(Feed { title: digest.title.clone(), href: "feed.xml".to_owned() });
    let masthead = Masthead { title: soften(&site), tongue: None, href: Some("../".to_owned()) };
    archive::archive(&page, &masthead, &soften(&title), &view)
}
