//! The relaxed forms of a letter (RFC 6376 §3.4.2, §3.4.4): what DKIM hashes in place of the bytes themselves.

use aws_lc_rs::digest::{Context, Digest, SHA256};
use memchr::memmem;

/// Bytes of a body that are looked at together.
const BLOCK: usize = 64;

/// A header field as it stands: name and body, folds and blanks included, without the last line end.
pub(super) struct Field<'l> {
    pub(super) name: &'l [u8],
    pub(super) body: &'l [u8],
}

/// Splits a letter into its header fields, top to bottom, and its body; what is no field is left out.
pub(super) fn split(letter: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let (head, body) = match memmem::find(letter, b"\r\n\r\n") {
        _ if letter.starts_with(b"\r\n") => (&letter[..0], &letter[2..]),
        Some(end) => (&letter[..end + 2], &letter[end + 4..]),
        None => (letter, &letter[letter.len()..]),
    };
    let mut fields = Vec::with_capacity(16);
    let mut from = 0;
    for end in memmem::find_iter(head, b"\r\n").chain((!head.ends_with(b"\r\n")).then_some(head.len())) {
        // RFC 5322 §2.2.3: a line that begins with a blank goes on with the field above it.
        if head.get(end + 2).copied().is_some_and(blank) {
            continue;
        }
        let field = &head[from..end];
        from = end + 2;
        if let Some(colon) = memchr::memchr(b':', field) {
            fields.push(Field { name: field[..colon].trim_ascii_end(), body: &field[colon + 1..] });
        }
    }
    (fields, body)
}

/// RFC 6376 §3.4.2: appends `name:body` with the name in lower case, unfolded, blanks made one; no line end.
pub(super) fn header(field: &Field<'_>, out: &mut Vec<u8>) {
    out.extend(field.name.iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    // A fold is a line end before a blank, so that line ends count as blanks here.
    squeeze(field.body.trim_ascii_start(), |b| blank(b) || matches!(b, b'\r' | b'\n'), out);
}

/// RFC 6376 §3.4.4: hashes the body: blanks made one, none at the end of a line, no empty lines at the end.
///
/// What is relaxed as it stands goes into the hash in long runs and is not copied.
pub(super) fn body_hash(body: &[u8]) -> Digest {
    let body = without_empty_end(body);
    let mut hash = Context::new(&SHA256);
    let (mut from, mut at) = (0, 0);
    while let Some(gap) = next_gap(body, at) {
        at = gap + body[gap..].iter().take_while(|b| blank(**b)).count();
        if body[at..].starts_with(b"\r\n") {
            hash.update(&body[from..gap]);
        } else if body[gap] == b' ' {
            hash.update(&body[from..=gap]);
        } else {
            hash.update(&body[from..gap]);
            hash.update(b" ");
        }
        from = at;
    }
    if !body.is_empty() {
        hash.update(&body[from..]);
        hash.update(b"\r\n");
    }
    hash.finish()
}

/// Takes off the empty lines at the end, and the blanks and the line end of the line before them.
fn without_empty_end(mut body: &[u8]) -> &[u8] {
    loop {
        let end = body.iter().rposition(|b| !blank(*b)).map_or(0, |last| last + 1);
        match body[..end].strip_suffix(b"\r\n") {
            Some(rest) => body = rest,
            None => return &body[..end],
        }
    }
}

/// Finds the next blanks that may have to change: a tab, or a blank before a blank, a line end or another control.
///
/// The text does not end with a blank.
fn next_gap(text: &[u8], mut from: usize) -> Option<usize> {
    let gap = |(a, b): (&u8, &u8)| (*a == b'\t') | ((*a == b' ') & (*b <= b' '));
    while from + 1 < text.len() {
        let end = (from + BLOCK).min(text.len() - 1);
        let pairs = || text[from..end].iter().zip(&text[from + 1..=end]);
        // A block is looked at without an early end, so that the compiler compares many bytes at once.
        if pairs().fold(false, |found, pair| found | gap(pair)) {
            return pairs().position(gap).map(|at| from + at);
        }
        from = end;
    }
    None
}

const fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Appends the text with each run of blanks made one, and none at its end.
fn squeeze(text: &[u8], blank: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    let mut gap = false;
    for &byte in text {
        if blank(byte) {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(b' ');
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::digest;
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6376 §3.4.4, step by step.
    fn relaxed(body: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(body).into_owned();
        let mut lines: Vec<String> = text.split("\r\n").map(str::to_owned).collect();
        for line in &mut lines {
            let mut all: String = line.replace('\t', " ");
            while all.contains("  ") {
                all = all.replace("  ", " ");
            }
            *line = all.trim_end_matches(' ').to_owned();
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect::<String>().into_bytes()
    }

    fn same(body: &[u8]) -> bool {
        body_hash(body).as_ref() == digest(&SHA256, &relaxed(body)).as_ref()
    }

    #[test]
    fn a_body_is_hashed_as_its_relaxed_form() {
        for body in [
            "",
            "\r\n",
            "\r\n\r\n \t\r\n",
            "a",
            "a\r\n",
            "a\r\n\r\n\r\n",
            "\r\n\r\na\r\n \r\nb\r\n\r\n",
            "a \r\n  b\tc \r\n\td\r\n",
            " C \r\nD \t E\r\n\r\n\r\n",
            "a\r\n\r\nb\r\nc  d\r\n\r\n\r\ne",
            "no line end and blanks \t",
        ] {
            assert!(same(body.as_bytes()), "{body:?}");
        }
        // RFC 6376 §3.4.4: the relaxed form of nothing is nothing.
        assert_eq!(body_hash(b"").as_ref(), digest(&SHA256, b"").as_ref());
    }

    #[test]
    fn a_header_field_is_lower_case_unfolded_and_has_single_blanks() {
        let (fields, body) = split(b"A: X\r\nB : Y\t\r\n\tZ  \r\nempty:\r\n\r\nbody");
        let mut out = Vec::new();
        for field in &fields {
            header(field, &mut out);
            out.push(b'|');
        }
        // RFC 6376 §3.4.5
        assert_eq!(String::from_utf8(out).expect("ASCII"), "a:X|b:Y Z|empty:|");
        assert_eq!(body, b"body");
    }

    #[test]
    fn a_letter_without_header_or_without_body_is_split_all_the_same() {
        for (letter, fields, body) in [
            (&b""[..], 0, &b""[..]),
            (b"\r\nbody", 0, b"body"),
            (b"A: b", 1, b""),
            (b"A: b\r\nno field\r\nC: d\r\n\r\n", 2, b""),
        ] {
            let found = split(letter);
            assert_eq!((found.0.len(), found.1), (fields, body), "{letter:?}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_hashed_as_its_relaxed_form(
            lines in prop::collection::vec(prop_oneof!["[ \ta-c]{0,6}", "[a-c ]{0,80}", Just(String::new())], 0..12),
            end in prop::sample::select(vec!["", "\r\n", " ", "\r\n\r\n"]),
        ) {
            let body = format!("{}{end}", lines.join("\r\n"));
            prop_assert!(same(body.as_bytes()), "{body:?}");
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"\r\n: \tab".to_vec()), 0..60)) {
            let (fields, body) = split(&bytes);
            let mut out = Vec::new();
            fields.iter().for_each(|field| header(field, &mut out));
            let _hash = body_hash(body);
        }
    }
}
