//! Character references of XML and HTML, each decoded once and never recursively.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

use super::text::whole_blocks;

/// The longest name in the HTML table is 31 letters; a longer one is no reference.
const LONGEST: usize = 33;

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

/// Escapes a text for the content of an element, as browsers do (HTML §13.3).
pub(super) fn escape_into(text: &str, out: &mut String) {
    escape(text, false, out);
}

/// Escapes a text for an attribute between double quotes, as browsers do.
pub(super) fn escape_attribute_into(text: &str, out: &mut String) {
    escape(text, true, out);
}

fn escape(text: &str, quotes: bool, out: &mut String) {
    let bytes = text.as_bytes();
    // 0xC2 is the first of the two bytes of a no-break space, and of others; a `match` would not be done in blocks.
    let special =
        |byte: u8| (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte == 0xC2);
    let (mut at, mut written) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let (escaped, length) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' if quotes => ("&quot;", 1),
            0xC2 if bytes.get(at + 1) == Some(&0xA0) => ("&nbsp;", 2),
            _ => {
                at += 1 + whole_blocks(&bytes[at + 1..], |byte| !special(byte));
                continue;
            }
        };
        out.push_str(&text[written..at]);
        out.push_str(escaped);
        at += length;
        written = at;
    }
    out.push_str(&text[written..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_what_a_browser_escapes() {
        let text = "a&b <c> \"d\" e\u{A0}f\u{A1}";
        let (mut content, mut attribute) = (String::new(), String::new());
        escape_into(text, &mut content);
        escape_attribute_into(text, &mut attribute);
        assert_eq!(content, "a&amp;b &lt;c&gt; \"d\" e&nbsp;f\u{A1}");
        assert_eq!(attribute, "a&amp;b &lt;c&gt; &quot;d&quot; e&nbsp;f\u{A1}");
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
