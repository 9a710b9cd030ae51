//! The relaxed forms of a letter (RFC 6376 §3.4.2, §3.4.4): what DKIM hashes in place of the bytes themselves.

use std::ops::Range;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use memchr::memmem;

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
pub(super) fn body_hash(body: &[u8]) -> Digest {
    let mut relaxed = Body { body, hash: Context::new(&SHA256), run: 0..0, empty: 0, scratch: Vec::new() };
    let mut from = 0;
    for end in memmem::find_iter(body, b"\r\n") {
        relaxed.line(from..end, end + 2);
        from = end + 2;
    }
    if from < body.len() {
        relaxed.line(from..body.len(), body.len());
    }
    relaxed.flush();
    relaxed.hash.finish()
}

/// A body on its way into the hash: what is relaxed as it stands goes there in long runs and is not copied.
struct Body<'b> {
    body: &'b [u8],
    hash: Context,
    /// Lines that are as they should be and are not hashed yet.
    run: Range<usize>,
    /// Empty lines since; they count only if another line follows.
    empty: usize,
    scratch: Vec<u8>,
}

impl Body<'_> {
    /// Takes a line; the next one begins at `next`.
    fn line(&mut self, line: Range<usize>, next: usize) {
        let text = &self.body[line.clone()];
        let end = text.iter().rposition(|b| !blank(*b)).map_or(0, |last| last + 1);
        if end == 0 {
            self.empty += 1;
        } else if end == text.len() && next == line.end + 2 && !needs_squeezing(text) {
            // Empty lines that are nothing but line ends may stay in the run.
            if self.run.end + 2 * self.empty != line.start {
                self.flush();
                self.empty_lines();
                self.run.start = line.start;
            }
            self.run.end = next;
            self.empty = 0;
        } else {
            self.flush();
            self.empty_lines();
            self.scratch.clear();
            squeeze(&self.body[line], blank, &mut self.scratch);
            self.scratch.extend_from_slice(b"\r\n");
            self.hash.update(&self.scratch);
            self.run = next..next;
        }
    }

    fn flush(&mut self) {
        self.hash.update(&self.body[self.run.clone()]);
        self.run.start = self.run.end;
    }

    fn empty_lines(&mut self) {
        for _ in 0..std::mem::take(&mut self.empty) {
            self.hash.update(b"\r\n");
        }
    }
}

const fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// True if there is a tab, or a blank after a blank.
fn needs_squeezing(text: &[u8]) -> bool {
    // No early return: so the compiler looks at many bytes at once.
    let pairs = text.iter().zip(&text[1..]);
    pairs.fold(false, |found, (a, b)| found | (*a == b'\t') | ((*a == b' ') & (*b == b' ')))
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
