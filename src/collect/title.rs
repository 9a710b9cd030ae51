//! Titles as one line of plain text, whatever their source thinks a title is.

use super::entity::decode;
use super::text;
use crate::model::Markup;

/// Elements that titles really have; other words in angle brackets are the author's own.
const MARKUP: [&str; 46] = [
    "a",
    "abbr",
    "acronym",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "del",
    "dfn",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "nobr",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "ul",
    "wbr",
];
/// Elements whose content is no text.
const HOSTILE: [&str; 9] =
    ["script", "style", "iframe", "svg", "math", "object", "template", "noscript", "textarea"];

/// More of a title than this is not looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// Returns the title as plain text, at most `limit` graphemes: tags dropped, references decoded.
///
/// Many sources escape once too often, so a reference that is left after decoding is decoded too; words in angle
/// brackets that are no markup (`Using <blink>`) are kept.
pub(super) fn plain(markup: &Markup, limit: usize) -> String {
    let written = super::parse::raw(markup);
    let head = &written[..written.floor_char_boundary(LONGEST)];
    let text = match markup {
        Markup::Text(_) => decode(head).into_owned(),
        Markup::Html(_) => decode(&decode(&strip(head))).into_owned(),
    };
    text::one_line(&text, limit)
}

/// Drops tags and comments.
fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut unclosed: Vec<String> = Vec::new();
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        match tag(rest) {
            Some((name, after)) if MARKUP.contains(&name.as_str()) => {
                if matches!(name.as_str(), "br" | "p" | "div" | "li" | "blockquote" | "img") {
                    out.push(' ');
                }
                rest = after;
            }
            Some((name, after)) if HOSTILE.contains(&name.as_str()) => {
                let end = if unclosed.contains(&name) { None } else { behind(&name, after) };
                if end.is_none() {
                    // Once searched in vain to the end is enough.
                    unclosed.push(name);
                }
                rest = end.unwrap_or(after);
            }
            Some(_) | None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The lower-case name of the tag at the beginning of a text, and what follows the tag.
fn tag(text: &str) -> Option<(String, &str)> {
    let inner = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
    let end = tag_end(text)?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| (name.to_ascii_lowercase(), &text[end + 1..]))
}

/// Where a tag ends; a `>` between quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(4096) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') if at > 0 => return None,
            (None, b'"' | b'\'') if text.as_bytes()[at - 1] == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// What follows the end tag of `name`.
fn behind<'t>(name: &str, text: &'t str) -> Option<&'t str> {
    let lower = text.to_ascii_lowercase();
    let end = lower.find(&format!("</{name}"))?;
    let close = text[end..].find('>')?;
    Some(&text[end + close + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_what_its_author_meant() {
        for (html, expected) in [
            ("Example <b>Atom</b>", "Example Atom"),
            ("A&nbsp;B &amp; C", "A B & C"),
            ("Q&amp;amp;A", "Q&A"),
            ("it&#8217;s", "it’s"),
            ("1 < 2 and I <3 it", "1 < 2 and I <3 it"),
            ("Using the <blink> tag", "Using the <blink> tag"),
            ("Hi<script>alert(1)</script> there", "Hi there"),
            ("<img alt=\"cat<br />dog\" src=x>Cats", "Cats"),
            ("One<br/>Two", "One Two"),
            ("a <!-- b --> c", "a c"),
            ("Line\r\nBcc: a@b", "Line Bcc: a@b"),
            ("<", "<"),
            ("<b", "<b"),
        ] {
            assert_eq!(plain(&Markup::Html(html.to_owned()), 300), expected);
        }
        assert_eq!(plain(&Markup::Text("<b>&amp;".to_owned()), 300), "<b>&");
    }
}
