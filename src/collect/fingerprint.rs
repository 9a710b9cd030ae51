//! The three digests by which an article is known again.

use aws_lc_rs::digest::{SHA256, digest};

use crate::model::Fingerprint;

/// Returns the fingerprint of an article; `place` is what tells its address from others.
pub(super) fn of(guid: Option<&str>, place: &str, title: &str, text: &str) -> Fingerprint {
    let url = short(&["url", place]);
    let guid = guid.map_or(url, |guid| short(&["guid", guid]));
    Fingerprint { guid, url, content: short(&["content", &letters(title), &letters(text)]) }
}

/// Letters and digits in lower case: what stays when a text is laid out or punctuated anew.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first eight bytes of a SHA-256: stable across versions and machines.
fn short(parts: &[&str]) -> i64 {
    let whole = digest(&SHA256, parts.join("\0").as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&whole.as_ref()[..8]);
    i64::from_be_bytes(bytes)
}
