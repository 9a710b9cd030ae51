//! The tokens of HTML (HTML §13.2.5), borrowed from the text: one pass, no copies, references left as they stand.
//!
//! It finds the same tags and the same text as a browser's tokenizer; comments, doctypes and instructions are passed over.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::entity;

/// A piece of HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'h> {
    /// Characters up to the next `<`; a text may come in several pieces.
    Text(&'h str),
    /// A start tag.
    Start(Tag<'h>),
    /// The name of an end tag, in lower case.
    End(Cow<'h, str>),
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'h> {
    /// In lower case.
    pub(super) name: Cow<'h, str>,
    /// True for `<name/>`.
    pub(super) self_closing: bool,
    attributes: &'h str,
}

impl<'h> Tag<'h> {
    /// A tag that no document has.
    pub(super) fn nameless() -> Self {
        Self { name: Cow::Borrowed(""), self_closing: false, attributes: "" }
    }

    /// Writes the tag as it stood.
    pub(super) fn write_into(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in self.attributes() {
            out.push(' ');
            out.push_str(name);
            if !value.is_empty() {
                // Of its kind the other quote cannot be in it.
                let quote = if value.contains('"') { '\'' } else { '"' };
                out.push('=');
                out.push(quote);
                out.push_str(value);
                out.push(quote);
            }
        }
        out.push('>');
    }

    /// How long its attributes are as written, in bytes.
    pub(super) const fn length(&self) -> usize {
        self.attributes.len()
    }

    /// The attributes in their order, names and values as written; of several with one name the first counts.
    pub(super) fn attributes(&self) -> Attributes<'h> {
        Attributes::new(self.attributes)
    }

    /// The decoded value of an attribute; `name` is in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'h, str>> {
        self.attributes()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| entity::decode(value))
    }
}

/// Walks over the tokens of a text.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'h> {
    rest: &'h str,
}

impl<'h> Tokens<'h> {
    pub(super) fn new(html: &'h str) -> Self {
        Self { rest: html }
    }

    /// Passes over what is no markup: the inside of the element `name`, whose start tag came last, where no tag is one.
    ///
    /// Returns what it has passed over; `None` for an element in which tags are tags.
    pub(super) fn skip_raw(&mut self, name: &str) -> Option<&'h str> {
        let end = match name {
            "script" => script_end(self.rest),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" | "textarea" | "title" => {
                let mut ends = memmem::find_iter(self.rest.as_bytes(), "</");
                ends.find(|at| is_tag_of(&self.rest[at + 2..], name)).unwrap_or(self.rest.len())
            }
            _ => return None,
        };
        let (inside, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(inside)
    }

    /// The token of a `<` at the beginning, if it is one; what is passed over gives none.
    fn markup(&mut self) -> Option<Token<'h>> {
        let inner = &self.rest[1..];
        let letter = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
        if letter(inner) {
            let tag = self.tag(inner)?;
            return Some(Token::Start(tag));
        }
        if let Some(name) = inner.strip_prefix('/').filter(|name| letter(name)) {
            return self.tag(name).map(|tag| Token::End(tag.name));
        }
        let end = match inner.strip_prefix("!--") {
            Some(comment) => comment_end(comment).map(|end| end + "<!--".len()),
            None => memchr(b'>', inner.as_bytes()).map(|end| end + "<>".len()),
        };
        self.rest = end.map_or("", |end| &self.rest[end..]);
        None
    }

    /// Reads a tag from its name on; one that the text ends in is none.
    fn tag(&mut self, text: &'h str) -> Option<Tag<'h>> {
        let end = text.bytes().position(|b| is_blank(b) || matches!(b, b'/' | b'>')).unwrap_or(text.len());
        let (name, attributes) = text.split_at(end);
        let mut walk = Attributes::new(attributes);
        while walk.next().is_some() {}
        self.rest = walk.rest.strip_prefix('>').unwrap_or_default();
        let ended = !walk.rest.is_empty();
        // With the sign that ends them, and nothing behind it.
        let attributes = &attributes[..attributes.len() - walk.rest.len() + usize::from(ended)];
        ended.then(|| Tag { name: lower(name), self_closing: walk.slash, attributes })
    }
}

impl<'h> Iterator for Tokens<'h> {
    type Item = Token<'h>;

    fn next(&mut self) -> Option<Token<'h>> {
        while !self.rest.is_empty() {
            if opens(self.rest) {
                match self.markup() {
                    None => continue,
                    token => return token,
                }
            }
            let (text, rest) = self.rest.split_at(text_end(self.rest));
            self.rest = rest;
            return Some(Token::Text(text));
        }
        None
    }
}

/// True if a text begins with markup, and not with a lone `<` or something else.
fn opens(text: &str) -> bool {
    match text.as_bytes() {
        [b'<', b'/'] => false,
        [b'<', second, ..] => second.is_ascii_alphabetic() || matches!(second, b'!' | b'/' | b'?'),
        _ => false,
    }
}

fn text_end(text: &str) -> usize {
    let mut from = 0;
    while let Some(at) = memchr(b'<', &text.as_bytes()[from..]) {
        if opens(&text[from + at..]) {
            return from + at;
        }
        from += at + 1;
    }
    text.len()
}

/// Where a comment ends; `text` follows its `<!--`.
fn comment_end(text: &str) -> Option<usize> {
    for short in [">", "->"] {
        if text.starts_with(short) {
            return Some(short.len());
        }
    }
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"--") {
        from += at + 1;
        for (end, length) in [("->", 2), ("-!>", 3)] {
            if text[from..].starts_with(end) {
                return Some(from + length);
            }
        }
    }
    None
}

/// Where a script ends: its end tag, but not one of a script that a comment in it opens (HTML §13.2.5.15 to 31).
fn script_end(text: &str) -> usize {
    let (mut from, mut commented, mut nested) = (0, false, false);
    while let Some(at) = memchr2(b'<', b'-', &text.as_bytes()[from..]) {
        from += at + 1;
        let rest = &text[from..];
        if text.as_bytes()[from - 1] == b'-' {
            if rest.starts_with("->") {
                (commented, nested) = (false, false);
            }
        } else if rest.strip_prefix('/').is_some_and(|name| is_tag_of(name, "script")) {
            if !nested {
                return from - 1;
            }
            nested = false;
        } else if commented {
            nested |= is_tag_of(rest, "script");
        } else {
            commented = rest.starts_with("!--");
        }
    }
    text.len()
}

/// True if a text begins with this name, and the name ends there.
fn is_tag_of(text: &str, name: &str) -> bool {
    let Some((start, rest)) = text.split_at_checked(name.len()) else { return false };
    start.eq_ignore_ascii_case(name)
        && rest.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
}

/// The blanks of HTML, line breaks of any kind among them.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Walks over the attributes of a tag.
#[derive(Debug, Clone)]
pub(super) struct Attributes<'h> {
    /// At the end the `>` and what follows it; empty if there is none.
    rest: &'h str,
    /// True if a `/` stood last.
    slash: bool,
}

impl<'h> Attributes<'h> {
    fn new(rest: &'h str) -> Self {
        Self { rest, slash: false }
    }

    /// The first `count` bytes, taken off.
    fn take(&mut self, count: usize) -> &'h str {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    fn take_blanks(&mut self) {
        self.take(self.rest.bytes().take_while(|b| is_blank(*b)).count());
    }

    fn take_until(&mut self, ends: impl Fn(u8) -> bool) -> &'h str {
        self.take(self.rest.bytes().position(ends).unwrap_or(self.rest.len()))
    }

    /// What follows a name: its value, with or without quotes; empty if there is none.
    fn value(&mut self) -> &'h str {
        self.take_blanks();
        if !self.rest.starts_with('=') {
            return "";
        }
        self.take(1);
        self.take_blanks();
        match self.rest.as_bytes().first() {
            Some(&quote @ (b'"' | b'\'')) => {
                self.take(1);
                let value = self.take_until(|b| b == quote);
                self.take(self.rest.len().min(1));
                value
            }
            _ => self.take_until(|b| is_blank(b) || b == b'>'),
        }
    }
}

impl<'h> Iterator for Attributes<'h> {
    type Item = (&'h str, &'h str);

    fn next(&mut self) -> Option<Self::Item> {
        let between = self.take_until(|b| !is_blank(b) && b != b'/');
        self.slash = between.ends_with('/');
        if self.rest.is_empty() || self.rest.starts_with('>') {
            return None;
        }
        // A `=` at the beginning belongs to the name.
        let rest = &self.rest.as_bytes()[1..];
        let end =
            rest.iter().position(|b| is_blank(*b) || matches!(b, b'/' | b'>' | b'=')).unwrap_or(rest.len());
        let name = self.take(end + 1);
        Some((name, self.value()))
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
