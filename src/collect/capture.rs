//! The text of one field while it is being read, and what kind of text it claims to be.

use super::entity;
use super::names::{Field, Space};
use super::tag::Tag;
use crate::model::Markup;

/// How the text of a field is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Plain, until a child element shows that it is not.
    Text,
    /// Escaped HTML; child elements are HTML too.
    Html,
    /// Markup of the document itself, re-serialised.
    Inline,
    /// Base64 of a text.
    Base64,
    /// A picture or a sound: not for us.
    Foreign,
}

/// One field being read.
#[derive(Debug)]
pub(super) struct Capture<'d> {
    pub(super) field: Field,
    pub(super) rank: u8,
    /// The tag that opened it.
    pub(super) tag: Tag<'d>,
    /// True if the element is Atom's.
    pub(super) atom: bool,
    kind: Kind,
    text: String,
    /// The `name` of a person.
    person: Option<String>,
    /// True inside a part of a person that is no name.
    muted: bool,
}

/// Elements that have no end tag in HTML.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

impl<'d> Capture<'d> {
    /// Begins a field.
    pub(super) fn new(field: Field, rank: u8, tag: Tag<'d>, space: Space, atom: bool) -> Self {
        let kind = kind(field, tag, space, atom);
        Self { field, rank, tag, atom, kind, text: String::new(), person: None, muted: false }
    }

    /// Takes a piece of text as it stands in the document.
    pub(super) fn text(&mut self, raw: &str) {
        if !self.muted {
            self.text.push_str(raw);
        }
    }

    /// Takes a reference, without its `&` and `;`.
    pub(super) fn reference(&mut self, name: &str) {
        if self.muted {
            return;
        }
        if self.kind == Kind::Inline || !entity::push_reference(name, &mut self.text) {
            self.text.push('&');
            self.text.push_str(name);
            self.text.push(';');
        }
    }

    /// Takes the inside of a CDATA section.
    pub(super) fn cdata(&mut self, text: &str) {
        if self.muted {
        } else if self.kind == Kind::Inline {
            entity::escape_into(text, &mut self.text);
        } else {
            self.text.push_str(text);
        }
    }

    /// Takes the start of a child element.
    pub(super) fn open(&mut self, tag: Tag<'d>) {
        if self.field == Field::Author {
            if tag.local().eq_ignore_ascii_case("name") {
                self.text.clear();
            }
            self.muted = !tag.local().eq_ignore_ascii_case("name");
            return;
        }
        if self.kind == Kind::Text {
            let plain = std::mem::take(&mut self.text);
            entity::escape_into(&plain, &mut self.text);
            self.kind = Kind::Inline;
        }
        self.text.push('<');
        self.text.push_str(tag.local());
        self.text.push_str(tag.attributes);
        self.text.push('>');
    }

    /// Takes the end of a child element.
    pub(super) fn close(&mut self, name: &str) {
        let local = super::tag::local(name);
        if self.field == Field::Author {
            self.muted = false;
            if local.eq_ignore_ascii_case("name") {
                self.person = Some(std::mem::take(&mut self.text));
            }
        } else if !VOID.iter().any(|void| local.eq_ignore_ascii_case(void)) {
            self.text.push_str("</");
            self.text.push_str(local);
            self.text.push('>');
        }
    }

    /// The text, blanks round it dropped.
    pub(super) fn plain(self) -> String {
        let text = match self.kind {
            Kind::Base64 => base64(&self.text).unwrap_or_default(),
            Kind::Text | Kind::Html | Kind::Inline | Kind::Foreign => self.person.unwrap_or(self.text),
        };
        let trimmed = text.trim();
        if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
    }

    /// The text with its claim; `None` if there is none.
    pub(super) fn markup(self) -> Option<Markup> {
        let kind = self.kind;
        let text = if kind == Kind::Foreign { String::new() } else { self.plain() };
        let html = match kind {
            Kind::Base64 => text.contains('<'),
            Kind::Html | Kind::Inline => true,
            Kind::Text | Kind::Foreign => false,
        };
        if text.is_empty() {
            return None;
        }
        Some(if html { Markup::Html(text) } else { Markup::Text(text) })
    }
}

/// RFC 4287 §3.1.1 and §4.1.3; the `mode` of Atom 0.3; RSS leaves it open and everybody writes HTML.
fn kind(field: Field, tag: Tag<'_>, space: Space, atom: bool) -> Kind {
    if !matches!(field, Field::Title | Field::Summary | Field::Description | Field::Content) {
        return Kind::Text;
    }
    let lower = |name| tag.attribute(name).map(|value| value.trim().to_ascii_lowercase()).unwrap_or_default();
    let (type_, mode) = (lower("type"), lower("mode"));
    let escaped = mode == "escaped";
    match type_.as_str() {
        // RFC 4287 §4.1.3.3, item 6
        "application/octet-stream" => Kind::Base64,
        _ if mode == "base64" => Kind::Base64,
        _ if space == Space::Xhtml => Kind::Inline,
        "xhtml" | "application/xhtml+xml" if !escaped => Kind::Inline,
        "html" | "text/html" | "xhtml" | "application/xhtml+xml" => Kind::Html,
        "text" | "text/plain" | "plain" if !escaped => Kind::Text,
        "" if atom && !escaped => Kind::Text,
        t if t.ends_with("xml") && !escaped => Kind::Inline,
        t if t.contains('/') && !t.starts_with("text/") && !t.ends_with("xml") => Kind::Foreign,
        _ => Kind::Html,
    }
}

/// RFC 4648 §4, blanks ignored; `None` if it is not UTF-8 text.
fn base64(text: &str) -> Option<String> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xFF).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}
