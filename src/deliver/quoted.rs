//! Quoted-printable (RFC 2045 §6.7) with room for holes: a hole begins a line and ends one.

/// The characters of a line before its soft break (RFC 2045 §6.7(5): 76 with it).
const ROOM: usize = 75;

/// A body part that is being encoded.
#[derive(Default)]
pub(super) struct Quoted {
    out: Vec<u8>,
    column: usize,
}

impl Quoted {
    /// Goes on after what is already there, at the beginning of a line.
    pub(super) const fn after(out: Vec<u8>) -> Self {
        Self { out, column: 0 }
    }

    /// Gives back all that was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Encodes a text; CR, LF and CR LF all become CR LF, and NUL is dropped (RFC 5322 §2.3, RFC 5321 §2.3.8).
    pub(super) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            match byte {
                0 => {}
                b'\r' | b'\n' => {
                    at += usize::from(byte == b'\r' && bytes.get(at) == Some(&b'\n'));
                    self.out.extend_from_slice(b"\r\n");
                    self.column = 0;
                }
                b' ' | b'\t' if matches!(bytes.get(at), None | Some(b'\r' | b'\n' | 0)) => self.escape(byte),
                // A line that some mail program would quote, or take for the end.
                b'.' if self.begins_line() => self.escape(byte),
                b'F' if self.begins_line() && bytes[at..].starts_with(b"rom ") => self.escape(byte),
                b'=' | 0x7f.. | 0..=8 | 10..=31 => self.escape(byte),
                plain => {
                    self.make_room(1);
                    self.out.push(plain);
                    self.column += 1;
                }
            }
        }
    }

    /// Leaves a hole: returns where, at the beginning of a line; what follows begins on the next.
    pub(super) fn hole(&mut self) -> usize {
        if self.column > 0 {
            self.soft_break();
        }
        self.column = ROOM;
        self.out.len()
    }

    fn escape(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        self.make_room(3);
        self.out.extend_from_slice(&[b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        self.column += 3;
    }

    /// True if the next character comes first on its line.
    const fn begins_line(&self) -> bool {
        self.column == 0 || self.column >= ROOM
    }

    fn make_room(&mut self, width: usize) {
        if self.column + width > ROOM {
            self.soft_break();
        }
    }

    fn soft_break(&mut self) {
        self.out.extend_from_slice(b"=\r\n");
        self.column = 0;
    }
}

/// Encodes what goes into a hole: whole lines but the last, which leaves room for a soft break.
pub(super) fn filling(text: &str) -> Vec<u8> {
    let mut quoted = Quoted::after(Vec::with_capacity(text.len() + 16));
    quoted.text(text);
    quoted.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(encoded: &[u8]) -> String {
        let decoded = mail_parser::decoders::quoted_printable::quoted_printable_decode(encoded);
        String::from_utf8(decoded.expect("decodes")).expect("is UTF-8")
    }

    fn check_lines(encoded: &[u8]) {
        let text = std::str::from_utf8(encoded).expect("is ASCII");
        assert!(text.is_ascii());
        for line in text.split("\r\n") {
            assert!(line.len() <= 76, "{} characters: {line}", line.len());
            assert!(!line.contains(['\r', '\n', '\0']) && !line.ends_with([' ', '\t']), "{line:?}");
            assert!(!line.starts_with('.') && !line.starts_with("From "), "{line:?}");
        }
    }

    #[test]
    fn line_ends_blanks_dots_and_froms_are_made_safe() {
        let encoded = filling(".\r.hidden \r\nFrom here\n\tx=y\t\n\0é");
        assert_eq!(
            std::str::from_utf8(&encoded),
            Ok("=2E\r\n=2Ehidden=20\r\n=46rom here\r\n\tx=3Dy=09\r\n=C3=A9")
        );
    }

    #[test]
    fn a_hole_in_the_middle_of_a_line_begins_and_ends_a_line() {
        let mut quoted = Quoted::default();
        quoted.text("<a href=\"");
        let at = quoted.hole();
        quoted.text("\">leave</a>");
        assert_eq!(quoted.into_bytes(), b"<a href=3D\"=\r\n=\r\n\">leave</a>");
        assert_eq!(at, 14);
    }

    #[test]
    fn a_hole_alone_on_its_line_needs_no_soft_break() {
        let mut quoted = Quoted::default();
        quoted.text("Leave:\n");
        let at = quoted.hole();
        quoted.text("\nBye");
        assert_eq!((at, quoted.into_bytes()), (8, b"Leave:\r\n\r\nBye".to_vec()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_back_in_lines_that_mail_carries(text in any::<String>()) {
            let encoded = filling(&text);
            check_lines(&encoded);
            let normal = text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            // A decoder may give LF or CRLF; the words are what counts.
            prop_assert_eq!(decode(&encoded).replace("\r\n", "\n"), normal.replace("\r\n", "\n"));
        }
    }
}
