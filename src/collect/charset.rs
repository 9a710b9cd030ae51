//! Bytes of any encoding to text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Returns the text of a document: byte order mark, then HTTP charset, then XML declaration, then what it looks like.
///
/// A label that the bytes themselves contradict is not believed: text that is valid UTF-8 beyond ASCII is no
/// single-byte text, whatever a server says.
pub(super) fn decode<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    if let Some(encoding) = bare_utf16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let utf8 = UTF_8.decode_without_bom_handling_and_without_replacement(bytes);
    let wide = utf8.is_some() && !bytes.is_ascii();
    let labels = [content_type.and_then(http_charset), xml_encoding(bytes).or_else(|| meta_charset(bytes))];
    for encoding in labels.into_iter().flatten() {
        let contradicted = encoding == UTF_8 || (wide && encoding.is_single_byte());
        if contradicted {
            continue;
        }
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        if !damaged {
            return text;
        }
    }
    if let Some(text) = utf8 {
        return text;
    }
    let declared = labels.into_iter().flatten().find(|e| *e != UTF_8 || mostly_utf8(bytes));
    let encoding = declared.unwrap_or_else(|| guess(bytes));
    encoding.decode_without_bom_handling(bytes).0
}

/// Returns UTF-16 if the document begins with a `<` or `{` of two bytes.
fn bare_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<' | b'{', 0, ..] => Some(UTF_16LE),
        [0, b'<' | b'{', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns the encoding that `charset=` of a Content-Type names.
fn http_charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let label = lower.split("charset=").nth(1)?.split(';').next()?;
    ascii_based(label.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace()))
}

/// Returns the encoding that the XML declaration names.
fn xml_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024)];
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("<?xml").nth(1)?.split("?>").next()?;
    let value = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    ascii_based(value[1..].split(quote).next()?)
}

/// Returns the encoding that a web page names in a `<meta>` (HTML §13.2.3.2).
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let metas = head.split("<meta").skip(1).filter_map(|rest| rest.split('>').next());
    let label = metas.filter_map(|tag| tag.split_once("charset")).find_map(|(_, rest)| {
        let value = rest.trim_start().strip_prefix('=')?.trim_start_matches([' ', '"', '\'']);
        value.split(['"', '\'', ' ', ';', '/']).next().filter(|label| !label.is_empty()).map(str::to_owned)
    })?;
    ascii_based(&label)
}

/// A label of a document whose first bytes were readable as ASCII cannot mean UTF-16.
fn ascii_based(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes()).filter(|e| *e != UTF_16LE && *e != UTF_16BE)
}

/// True if a text with some damage is still UTF-8 rather than anything else.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xC2).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad * 4
}

/// Recognises the encoding by its bytes.
fn guess(bytes: &[u8]) -> &'static Encoding {
    if mostly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_taken_from_mark_header_declaration_or_looks_in_this_order() {
        let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("<a>Привет, мир, как дела сегодня</a>");
        let declared = [b"<?xml version='1.0' encoding='windows-1251'?>".as_slice(), &cyrillic].concat();
        let utf16: Vec<u8> = "\u{FEFF}<a>é</a>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let bare: Vec<u8> = "<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, content_type, expected) in [
            (cyrillic.as_ref(), Some("text/xml; charset=\"Windows-1251\""), "Привет"),
            (cyrillic.as_ref(), None, "Привет"),
            (&declared, None, "Привет"),
            (&declared, Some("text/xml;charset=utf-8"), "Привет"),
            ("<a>Grüße</a>".as_bytes(), Some("text/xml; charset=iso-8859-1"), "Grüße"),
            (b"<?xml version=\"1.0\" encoding=\"utf-8\"?><a>caf\xE9 cr\xE8me br\xFBl\xE9e</a>", None, "café"),
            (b"<?xml version=\"1.0\" encoding=\"utf-16\"?><a>plain</a>", None, "plain"),
            (&utf16, Some("text/xml; charset=iso-8859-1"), "<a>é</a>"),
            (&bare, None, "<a>é</a>"),
        ] {
            let text = decode(bytes, content_type);
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn one_damaged_letter_does_not_turn_a_utf_8_document_into_another_encoding() {
        let mut bytes = "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>Žluťoučký kůň úpěl ďábelské ódy</a>"
            .as_bytes()
            .to_vec();
        bytes.push(0xC5);
        assert!(decode(&bytes, None).contains("Žluťoučký kůň"));
    }
}
