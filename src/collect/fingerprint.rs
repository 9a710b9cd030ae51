//! The three digests by which an article is known again.

use aws_lc_rs::digest::{SHA256, digest};

use crate::model::Fingerprint;

/// By what an entry says that it is itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark<'e> {
    /// Its guid.
    Guid(&'e str),
    /// It has none: its place, and the title that tells it from others there.
    Place(&'e str, &'e str),
}

/// Returns the fingerprint of an article at `place`.
pub(super) fn of(mark: Mark<'_>, place: &str, title: &str, text: &str) -> Fingerprint {
    let guid = match mark {
        Mark::Guid(guid) => short(&["guid", guid]),
        Mark::Place(place, title) => short(&["mark", place, title]),
    };
    let content = short(&["content", &letters(title), &letters(text)]);
    Fingerprint { guid, url: short(&["url", place]), content }
}

/// Returns the digest of a page's address, the same for all spellings of it.
pub(super) fn page(url: &url::Url) -> i64 {
    short(&["page", &super::link::canonical(url)])
}

/// Returns the fingerprint of the `n`th entry, from 1, with this guid and place; the first keeps its own.
pub(super) fn nth(print: Fingerprint, n: usize) -> Fingerprint {
    if n == 1 {
        return print;
    }
    let numbered = |print: i64| short(&["nth", &n.to_string(), &print.to_string()]);
    Fingerprint { guid: numbered(print.guid), url: numbered(print.url), content: print.content }
}

/// Letters and digits in lower case: what stays when a text is laid out or punctuated anew.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            letters.extend(c.to_lowercase());
        }
    }
    letters
}

/// The first eight bytes of a SHA-256: stable across versions and machines.
fn short(parts: &[&str]) -> i64 {
    let whole = digest(&SHA256, parts.join("\0").as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&whole.as_ref()[..8]);
    i64::from_be_bytes(bytes)
}
