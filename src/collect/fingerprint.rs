//! The three digests by which an article is known again.

use aws_lc_rs::digest::{SHA256, digest};
use url::Url;

use super::link;
use crate::model::Fingerprint;

/// Returns the fingerprint of an article.
///
/// `shared` is true where the address is that of several articles (a home page): the title is then a part of it.
pub(super) fn of(guid: Option<&str>, url: &Url, shared: bool, title: &str, text: &str) -> Fingerprint {
    let letters = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let canonical = link::canonical(url);
    let url = if shared { short(&["url", &canonical, &letters(title)]) } else { short(&["url", &canonical]) };
    let guid = guid.map_or(url, |guid| short(&["guid", guid]));
    Fingerprint { guid, url, content: short(&["content", &letters(title), &letters(text)]) }
}

/// The first eight bytes of a SHA-256: stable across versions and machines.
fn short(parts: &[&str]) -> i64 {
    let whole = digest(&SHA256, parts.join("\0").as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&whole.as_ref()[..8]);
    i64::from_be_bytes(bytes)
}
