//! Character references of XML and HTML, each decoded once and never recursively.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// The longest name in the HTML table is 31 letters; a longer one is no reference.
const LONGEST: usize = 33;

/// After so many references the next one that must stay ends the text.
const MOST_REFERENCES: usize = 20_000;

/// Appends what `&name;` stands for; false (and nothing appended) if it is unknown.
///
/// XML's five, HTML's 2,000 and numbers; entities that a document declares itself are never expanded.
pub(super) fn push_reference(name: &str, out: &mut String) -> bool {
    match name {
        "amp" => out.push('&'),
        "lt" => out.push('<'),
        "gt" => out.push('>'),
        "quot" => out.push('"'),
        "apos" => out.push('\''),
        _ => return push_rare(name, out),
    }
    true
}

fn push_rare(name: &str, out: &mut String) -> bool {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        // A NUL is known, and nothing.
        return code == Ok(0) || code.ok().and_then(character).map(|c| out.push(c)).is_some();
    }
    if name.len() > LONGEST || name.is_empty() {
        return false;
    }
    let Some(&(first, second)) = NAMED_ENTITIES.get(format!("{name};").as_str()) else { return false };
    let found = [first, second].into_iter().filter(|code| *code != 0).filter_map(char::from_u32);
    let before = out.len();
    out.extend(found);
    out.len() > before
}

/// The character of a number; 0x80 to 0x9F mean windows-1252, as in every browser.
fn character(code: u32) -> Option<char> {
    let replaced = match code {
        0x80..=0x9F => C1_REPLACEMENTS.get((code - 0x80) as usize).copied().flatten(),
        _ => None,
    };
    replaced.or_else(|| char::from_u32(code))
}

/// Decodes every complete reference in a text once; everything else stays as it is.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(LONGEST + 1).position(|b| b == b';');
        match end {
            Some(end) if push_reference(&rest[..end], &mut out) => rest = &rest[end + 1..],
            Some(_) | None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns HTML with the references that stand for no markup decoded, and every other `&` escaped; behind
/// 20,000 of them it ends at the next that cannot be decoded.
///
/// The HTML parser's cost grows with the square of the references in a text.
pub(super) fn tidied(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut scratch, mut written) = (String::new(), 0);
    for (count, (at, _)) in html.match_indices('&').enumerate() {
        let rest = &html[at + 1..];
        let end = rest.bytes().take(LONGEST + 1).position(|b| !(b.is_ascii_alphanumeric() || b == b'#'));
        let name = end.filter(|end| rest.as_bytes()[*end] == b';').map(|end| &rest[..end]);
        scratch.clear();
        let known = name.filter(|name| push_reference(name, &mut scratch));
        let markup = scratch.contains(['&', '<', '>', '"', '\'']);
        if count >= MOST_REFERENCES && (markup || known.is_none()) {
            out.push_str(&html[written..at]);
            return Cow::Owned(out);
        }
        match known {
            Some(_) if markup => {}
            Some(name) => {
                out.push_str(&html[written..at]);
                out.push_str(&scratch);
                written = at + name.len() + 2;
            }
            None => {
                out.push_str(&html[written..at]);
                out.push_str("&amp;");
                written = at + 1;
            }
        }
    }
    if written == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[written..]);
    Cow::Owned(out)
}

/// Escapes a text for HTML, in content and in double-quoted attributes.
pub(super) fn escape_into(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>' | b'"')) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_reference_is_escaped_for_the_tokenizer() {
        for (html, expected) in [
            ("a &amp; b &#8211; &lt;", "a &amp; b – &lt;"),
            ("&&a;&lt&é", "&amp;&amp;a;&amp;lt&amp;é"),
            ("?a=1&copy=2", "?a=1&amp;copy=2"),
            ("&", "&amp;"),
        ] {
            assert_eq!(tidied(html), expected);
        }
    }

    #[test]
    fn a_reference_is_decoded_once_and_what_is_none_stays() {
        for (text, expected) in [
            ("A&nbsp;B &eacute; &#233; &#xE9;", "A\u{A0}B é é é"),
            ("&amp;amp; &amp;lt;b&gt;", "&amp; &lt;b>"),
            ("AT&T & co; &unknown; &#0;&#xFFFFFFFF; &;", "AT&T & co; &unknown; &#xFFFFFFFF; &;"),
            ("it&#146;s &#x96;", "it’s –"),
            ("&", "&"),
            ("ä&é;ö", "ä&é;ö"),
        ] {
            assert_eq!(decode(text), expected);
        }
    }
}
