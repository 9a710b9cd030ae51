//! The feed of what has gone out: Atom 1.0 (RFC 4287).

use std::fmt::Write as _;

use chrono::SecondsFormat;

use super::archive::PastEdition;
use super::web_copy::escaped;
use crate::model::{Digest, Instant};

/// A feed of the editions of a digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed<'a> {
    /// The digest.
    pub digest: &'a Digest,
    /// What the site is called: the author.
    pub site: &'a str,
    /// Where the archive is, with a slash at its end; it is the feed's id, and what the ids of entries begin with.
    pub url: &'a str,
    /// The editions, newest first.
    pub editions: &'a [PastEdition],
}

/// Writes the document. An empty feed was never updated; it says 1970.
#[must_use]
pub fn feed(feed: &Feed<'_>) -> String {
    let (digest, url) = (feed.digest, escaped(feed.url));
    let newest = feed.editions.iter().map(|edition| edition.released_at).max().unwrap_or_default();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <id>{url}</id>\n<title>{}</title>\n<updated>{}</updated>\n<author><name>{}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{url}feed.xml\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n",
        digest.language,
        escaped(&digest.title),
        stamp(newest),
        escaped(feed.site),
    );
    for edition in feed.editions {
        entry(&mut out, edition, &url);
    }
    out.push_str("</feed>\n");
    out
}

fn entry(out: &mut String, edition: &PastEdition, url: &str) {
    let PastEdition { subject, href, slot, released_at, titles, .. } = edition;
    let address = format!("{url}{}", escaped(href));
    let list: String = titles.iter().map(|title| format!("<li>{}</li>", escaped(title))).collect();
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        "<entry>\n<id>{address}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n",
        escaped(subject),
        stamp(*slot),
        stamp(*released_at),
    );
    if !list.is_empty() {
        let _ = writeln!(out, "<summary type=\"html\">{}</summary>", escaped(&format!("<ul>{list}</ul>")));
    }
    out.push_str("</entry>\n");
}

fn stamp(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}
