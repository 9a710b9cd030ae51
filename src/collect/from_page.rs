//! What was read of a page as an entry, so that it becomes an article by the same way as what feeds say.

use url::Url;

use super::fingerprint;
use super::reading::Reading;
use super::sitemap::ListedPage;
use crate::model::{Entry, Markup, Picture};

/// Returns what a page tells as an entry of its own, known again by its address.
#[must_use]
pub fn entry_of(reading: &Reading, listed: &ListedPage) -> Entry {
    let mut entry = Entry::new(reading.canonical.clone());
    entry.guid = Some(reading.canonical.to_string());
    entry.link = Some(reading.canonical.to_string());
    let headline = Some(reading.headline.clone()).filter(|headline| !headline.is_empty());
    entry.title = headline.or_else(|| listed.title.clone()).map(Markup::Text);
    entry.published = reading.published.or(listed.date);
    entry.updated = reading.modified;
    entry.topics = reading.section.iter().cloned().collect();
    entry.language = reading.language.as_ref().or(listed.language.as_ref()).map(ToString::to_string);
    fill(&mut entry, reading, true);
    entry
}

/// Gives an entry of a feed what its page tells and it does not; with `full_text`, the page's text in any case.
pub fn fill(entry: &mut Entry, reading: &Reading, full_text: bool) {
    if full_text || entry.content.is_none() {
        if entry.summary.is_none() {
            let summary = reading.dek.clone().unwrap_or_else(|| reading.excerpt.clone());
            entry.summary = Some(summary).filter(|summary| !summary.is_empty()).map(Markup::Text);
        }
        entry.content = Some(Markup::Html(reading.content.clone()));
    }
    if entry.authors.is_empty() {
        entry.authors = reading.byline.iter().cloned().collect();
    }
    if entry.language.is_none() {
        entry.language = reading.language.as_ref().map(ToString::to_string);
    }
    entry.published = entry.published.or(reading.published);
    if entry.pictures.is_empty()
        && let Some(lead) = &reading.lead
    {
        let alt = if lead.image.alt.is_empty() {
            lead.caption.clone().unwrap_or_default()
        } else {
            lead.image.alt.clone()
        };
        entry.pictures.push(Picture {
            url: lead.image.url.to_string(),
            width: lead.image.width,
            height: lead.image.height,
            alt: Some(alt).filter(|alt| !alt.is_empty()),
        });
    }
}

/// Returns the page of an entry, if it has one on the web.
#[must_use]
pub fn page_of(entry: &Entry) -> Option<Url> {
    let written =
        entry.link.as_deref().or_else(|| entry.guid.as_deref().filter(|guid| guid.starts_with("http")))?;
    super::link::web(written, &entry.base)
}

/// True if an entry says so little that its page is worth a look: no text but its title.
#[must_use]
pub fn says_little(entry: &Entry) -> bool {
    let texts = [&entry.content, &entry.summary].into_iter().flatten();
    !texts.map(super::parse::raw).any(|text| says_more(text, entry))
}

/// True if a text says more than the title of its entry.
fn says_more(text: &str, entry: &Entry) -> bool {
    let title = entry.title.as_ref().map(super::parse::raw).unwrap_or_default();
    let least = title.chars().filter(|c| c.is_alphanumeric()).count() + 20;
    // No further than that: most texts are long.
    text.chars().filter(|c| c.is_alphanumeric()).nth(least).is_some()
}

/// Returns the fingerprint of the address of an article that was read of a page.
#[must_use]
pub fn place_digest(url: &Url) -> i64 {
    fingerprint::place(url)
}

/// Returns a digest of a page's address, the same for all spellings of it.
#[must_use]
pub fn page_digest(url: &Url) -> i64 {
    fingerprint::page(url)
}
