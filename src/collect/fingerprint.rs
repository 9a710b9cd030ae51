//! The three digests by which an article is known again.

use aws_lc_rs::digest::{Context, SHA256};

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
        Mark::Guid(guid) => short(&[b"guid", guid.as_bytes()]),
        Mark::Place(place, title) => short(&[b"mark", place.as_bytes(), title.as_bytes()]),
    };
    let content = short(&[b"content", &letters(title), &letters(text)]);
    Fingerprint { guid, url: short(&[b"url", place.as_bytes()]), content }
}

/// Returns what a fingerprint has of an address that is a page of its own.
pub(super) fn place(url: &url::Url) -> i64 {
    short(&[b"url", super::link::canonical(url).as_bytes()])
}

/// Returns the digest of a page's address, the same for all spellings of it.
pub(super) fn page(url: &url::Url) -> i64 {
    short(&[b"page", super::link::canonical(url).as_bytes()])
}

/// Returns the fingerprint of the `n`th entry, from 1, with this guid and place; the first keeps its own.
pub(super) fn nth(print: Fingerprint, n: usize) -> Fingerprint {
    if n == 1 {
        return print;
    }
    let numbered = |print: i64| short(&[b"nth", n.to_string().as_bytes(), print.to_string().as_bytes()]);
    Fingerprint { guid: numbered(print.guid), url: numbered(print.url), content: print.content }
}

/// Letters and digits in lower case: what stays when a text is laid out or punctuated anew.
fn letters(text: &str) -> Vec<u8> {
    let mut letters = Vec::with_capacity(text.len());
    let (mut rest, mut buffer) = (text, [0; 4]);
    loop {
        let (run, others) = rest.split_at(rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len()));
        push_ascii(run.as_bytes(), &mut letters);
        let mut chars = others.chars();
        match chars.next() {
            None => return letters,
            // The letters of Western Europe are not looked up.
            Some(c @ ('\u{DF}'..='\u{F6}' | '\u{F8}'..='\u{FF}')) => {
                letters.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
            Some(c) if c.is_alphanumeric() => {
                for c in c.to_lowercase() {
                    letters.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                }
            }
            Some(_) => {}
        }
        rest = chars.as_str();
    }
}

/// Without a branch: words end where no processor foresees it.
fn push_ascii(run: &[u8], letters: &mut Vec<u8>) {
    let mut end = letters.len();
    letters.resize(end + run.len(), 0);
    for byte in run {
        letters[end] = byte.to_ascii_lowercase();
        end += usize::from(byte.is_ascii_alphanumeric());
    }
    letters.truncate(end);
}

/// The first eight bytes of a SHA-256: stable across versions and machines.
fn short(parts: &[&[u8]]) -> i64 {
    let mut whole = Context::new(&SHA256);
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            whole.update(b"\0");
        }
        whole.update(part);
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&whole.finish().as_ref()[..8]);
    i64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_what_is_left_without_blanks_signs_and_case_in_any_script() {
        for (text, expected) in [
            ("Was it 5 o'clock?  YES!", "wasit5oclockyes"),
            ("Größe — ÉTÉ\u{2009}2026", "größeété2026"),
            ("İstanbul: ΣΟΦΟΣ", "i̇stanbulσοφοσ"),
            ("你好，世界 123", "你好世界123"),
            ("…", ""),
            ("", ""),
        ] {
            let spelled: String = letters_by_char(text);
            assert_eq!(String::from_utf8(letters(text)).as_deref(), Ok(spelled.as_str()), "{text}");
            assert_eq!(spelled, expected);
        }
    }

    fn letters_by_char(text: &str) -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_version() {
        let print = of(Mark::Guid("https://a.example/?p=1"), "a.example/1", "The harbour", "Größe 5.");
        assert_eq!(
            print,
            Fingerprint {
                guid: 5384521692638217503,
                url: -6205866501502781883,
                content: -677570939784291618
            }
        );
    }
}
