//! Header fields: folding, phrases and encoded-words (RFC 5322 §2.2.3 and §3.2.5, RFC 2047).
//!
//! Every function takes the column at which the field's body begins and gives the body with its folds in it; no
//! line is over 78 where it can be folded, and what comes out is ASCII unless an address is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::Hole;

/// RFC 5322 §2.1.1: what a line should not exceed.
const LINE: usize = 78;
/// RFC 2047 §2: a line that holds an encoded-word.
const ENCODED_LINE: usize = 76;
/// The characters of a display name that are kept; a longer one is cut.
const NAME: usize = 256;
/// `=?utf-8?B?` and `?=`.
const WRAPPING: usize = 12;

/// Makes any text one line: controls and line separators become blanks, runs of blanks become one.
pub(super) fn one_line(text: &str) -> String {
    let gap = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let kept = |c: &char| !Hole::ALL.iter().any(|hole| hole.mark() == *c);
    let clean: String = text.chars().filter(kept).map(|c| if gap(c) { ' ' } else { c }).collect();
    clean.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns the body of an unstructured field, as Subject.
pub(super) fn unstructured(column: usize, text: &str) -> String {
    let text = one_line(text);
    let mut body = String::with_capacity(text.len() + 8);
    if plain_words(&text, LINE - column) {
        fold_words(&mut body, column, &text);
    } else {
        encoded_words(&mut body, column, &text);
    }
    body
}

/// Returns a display name and an address, or the address alone when there is no name.
pub(super) fn mailbox(column: usize, name: &str, address: &str) -> String {
    let mut body = String::with_capacity(name.len() + address.len() + 8);
    if phrase(&mut body, column, name) {
        in_brackets(&mut body, column, address);
    } else {
        body.push_str(address);
    }
    body
}

/// Returns the body of a List-Id, at most `limit` characters: a title that is too long for it is cut.
pub(super) fn list_id(column: usize, title: &str, id: &str, limit: usize) -> String {
    let mut title = one_line(title);
    loop {
        let mut body = String::new();
        phrase(&mut body, column, &title);
        in_brackets(&mut body, column, id);
        if body.len() <= limit || title.is_empty() {
            return body;
        }
        title.pop();
    }
}

/// Appends ` <inner>`, on a line of its own if this one is full.
fn in_brackets(body: &mut String, column: usize, inner: &str) {
    if !body.is_empty() {
        let last_line = body.rsplit("\r\n").next().unwrap_or_default();
        let limit = if last_line.contains("=?") { ENCODED_LINE } else { LINE };
        let full = column_of(body, column) + inner.len() + 3 > limit;
        body.push_str(if full { "\r\n " } else { " " });
    }
    body.push('<');
    body.push_str(inner);
    body.push('>');
}

/// Appends a phrase: atoms, a quoted-string or encoded-words; returns false if nothing is left of it.
fn phrase(body: &mut String, column: usize, text: &str) -> bool {
    let mut text = one_line(text);
    if let Some((cut, _)) = text.char_indices().nth(NAME) {
        text.truncate(cut);
    }
    if text.is_empty() {
        return false;
    }
    let atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b);
    let quoted = text.len() + 2 + text.matches(['"', '\\']).count();
    if !plain_words(&text, LINE - column) {
        encoded_words(body, column, &text);
    } else if text.bytes().all(atext) {
        fold_words(body, column, &text);
    } else if column + quoted <= LINE {
        // RFC 5322 §3.2.4
        body.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                body.push('\\');
            }
            body.push(c);
        }
        body.push('"');
    } else {
        encoded_words(body, column, &text);
    }
    true
}

/// True if the text can stand as it is: ASCII, no word too long for a line, nothing that looks encoded.
fn plain_words(text: &str, first_line: usize) -> bool {
    let room = first_line.min(LINE - 1);
    text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() <= room)
}

/// Appends words with a fold before each that does not fit.
fn fold_words(body: &mut String, column: usize, text: &str) {
    let mut at = column;
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            let full = at + 1 + word.len() > LINE;
            body.push_str(if full { "\r\n " } else { " " });
            at = if full { 1 } else { at + 1 };
        }
        body.push_str(word);
        at += word.len();
    }
}

/// RFC 2047: appends encoded-words of whole characters, each at most 75 long, one to a line.
fn encoded_words(body: &mut String, column: usize, text: &str) {
    let encoding = if q_length(text) <= text.len().div_ceil(3) * 4 { Encoding::Q } else { Encoding::B };
    let mut start = 0;
    let mut room = ENCODED_LINE - column - WRAPPING;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if encoding.length(&text[start..end]) > room && at > start {
            // Some programs show the blank between encoded-words (RFC 2047 §6.2): let it fall between words.
            let cut = text[start..at].rfind(' ').map_or(at, |blank| start + blank + 1);
            let cut = if (cut - start) * 2 > at - start { cut } else { at };
            encoding.word(body, &text[start..cut]);
            body.push_str("\r\n ");
            start = cut;
            room = ENCODED_LINE - 1 - WRAPPING;
        }
    }
    encoding.word(body, &text[start..]);
}

/// The two encodings of RFC 2047 §4; Q in the form that is allowed in a phrase (§5(3)).
#[derive(Clone, Copy)]
enum Encoding {
    B,
    Q,
}

impl Encoding {
    fn length(self, text: &str) -> usize {
        match self {
            Self::B => text.len().div_ceil(3) * 4,
            Self::Q => q_length(text),
        }
    }

    fn word(self, body: &mut String, text: &str) {
        match self {
            Self::B => {
                body.push_str("=?utf-8?B?");
                STANDARD.encode_string(text, body);
            }
            Self::Q => {
                body.push_str("=?utf-8?Q?");
                for byte in text.bytes() {
                    match byte {
                        b' ' => body.push('_'),
                        plain if q_plain(plain) => body.push(char::from(plain)),
                        other => body.push_str(&format!("={other:02X}")),
                    }
                }
            }
        }
        body.push_str("?=");
    }
}

const fn q_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'*' | b'+' | b'-' | b'/')
}

fn q_length(text: &str) -> usize {
    text.bytes().map(|b| if b == b' ' || q_plain(b) { 1 } else { 3 }).sum()
}

/// The column after what was written, when it began at `column`.
fn column_of(body: &str, column: usize) -> usize {
    body.rfind('\n').map_or(column + body.len(), |at| body.len() - at - 1)
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
