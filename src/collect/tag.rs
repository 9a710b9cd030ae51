//! Tags of XML as they stand in the document, taken apart leniently and without copying.

use std::borrow::Cow;

use super::entity;

/// A start tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'d> {
    /// The name as written, with its prefix.
    pub(super) name: &'d str,
    /// The attributes as written.
    pub(super) attributes: &'d str,
}

impl<'d> Tag<'d> {
    /// Takes `<name attributes>` or `<name attributes/>` apart.
    pub(super) fn new(source: &'d str) -> Self {
        let inner = source.strip_prefix('<').unwrap_or(source);
        let inner = inner.strip_suffix('>').unwrap_or(inner);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(end);
        Self { name, attributes }
    }

    /// The part of the name before the colon; empty if there is none.
    pub(super) fn prefix(&self) -> &'d str {
        self.name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The part of the name after the colon.
    pub(super) fn local(&self) -> &'d str {
        local(self.name)
    }

    /// The attributes, values undecoded.
    pub(super) fn attributes(&self) -> Attributes<'d> {
        Attributes { rest: self.attributes }
    }

    /// The decoded value of an attribute, by its name without prefix, in any case.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'d, str>> {
        let mut all = self.attributes();
        all.find(|(key, _)| local(key).eq_ignore_ascii_case(name)).map(|(_, value)| entity::decode(value))
    }
}

/// The part of a name after the colon.
pub(super) fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Walks over `name="value"` pairs; values may lack their quotes, or be missing.
pub(super) struct Attributes<'d> {
    rest: &'d str,
}

impl<'d> Iterator for Attributes<'d> {
    type Item = (&'d str, &'d str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '=' | '"' | '\''));
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.rest = rest;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, rest) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let value = &value[1..];
                value.split_once(char::from(*quote)).unwrap_or((value, ""))
            }
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_with_and_without_quotes() {
        let tag = Tag::new("<atom:link href=\"a?b&amp;c\"  rel = 'self' checked type=text/html/>");
        assert_eq!((tag.name, tag.prefix(), tag.local()), ("atom:link", "atom", "link"));
        assert_eq!(tag.attribute("href").as_deref(), Some("a?b&c"));
        assert_eq!(tag.attribute("REL").as_deref(), Some("self"));
        assert_eq!(tag.attribute("checked").as_deref(), Some(""));
        assert_eq!(tag.attribute("type").as_deref(), Some("text/html"));
        assert_eq!(tag.attribute("none"), None);
    }
}
