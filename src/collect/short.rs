//! Short texts — names, topics, language tags — cut before they are copied: what a feed says once goes into every
//! entry, and a long one would cost its length a thousand times.

/// The most names or topics of one entry.
const MOST: usize = 20;
/// The longest of them, in bytes; what is shown of it is far shorter.
const LONGEST: usize = 1_000;
/// The longest language tag, in bytes (see [`Language`](crate::model::Language)).
const LONGEST_TAG: usize = 35;

/// Adds a name or a topic, once, as long as there is room; an empty one is none.
pub(super) fn add(to: &mut Vec<String>, text: &str) {
    let text = text.trim();
    let text = &text[..text.floor_char_boundary(LONGEST)];
    if to.len() < MOST && !text.is_empty() && !to.iter().any(|known| known == text) {
        to.push(text.to_owned());
    }
}

/// Copies a language tag; `None` for what is too long to be one.
pub(super) fn language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    (1..=LONGEST_TAG).contains(&tag.len()).then(|| tag.to_owned())
}

/// Reads a count, with or without marks between its thousands.
pub(super) fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | ' ' | '\u{A0}'));
    if plain && digits.len() <= 15 { digits.parse().ok() } else { None }
}
