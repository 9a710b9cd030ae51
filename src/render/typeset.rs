//! Sets the text part in columns, as a terminal counts them (Unicode UAX #11).

use templates::view::Line;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::bidi::without_isolates;
use super::cut::SOFT_BREAK;

/// The measure: under the 78 columns of RFC 5322 §2.1.1, with room for the `> ` of an answer or two.
const MEASURE: usize = 72;
/// What may not begin a line of Chinese or Japanese.
const CLOSING: &str = "、。，．！？：；）」』】》〉〕］｝…";

/// Returns the text of the lines, each ending in `\n`.
pub(super) fn set(lines: &[Line]) -> String {
    let mut out = String::with_capacity(lines.len() * 48);
    let mut blanks = 2;
    for line in lines {
        match line {
            Line::Blank if blanks < 2 => {
                out.push('\n');
                blanks += 1;
                continue;
            }
            Line::Blank => continue,
            Line::Rule(c) => {
                out.extend(std::iter::repeat_n(*c, MEASURE));
                out.push('\n');
            }
            Line::Address { indent, href } => {
                out.push_str(indent);
                out.push_str(href);
                out.push('\n');
            }
            Line::Text { first, rest, text } => wrap(&mut out, first, rest, text),
        }
        blanks = 0;
    }
    out
}

fn wrap(out: &mut String, first: &str, rest: &str, text: &str) {
    let text = without_isolates(text).replace(SOFT_BREAK, "");
    let mut column = Column { out, rest, width: first.len(), empty: true };
    let start = column.out.len();
    column.out.push_str(first);
    for word in text.split_whitespace() {
        column.word(word);
    }
    column.out.push('\n');
    // RFC 4155: a mailbox file would take such a line for the beginning of the next mail.
    let set = &out[start..];
    if set.starts_with("From ") || set.contains("\nFrom ") {
        let set = set.replace("\nFrom ", "\nFrom\u{A0}");
        let set = set.strip_prefix("From ").map(|rest| format!("From\u{A0}{rest}")).unwrap_or(set);
        out.truncate(start);
        out.push_str(&set);
    }
}

struct Column<'a> {
    out: &'a mut String,
    rest: &'a str,
    width: usize,
    empty: bool,
}

impl Column<'_> {
    fn word(&mut self, word: &str) {
        let gap = usize::from(!self.empty);
        let whole = word.width();
        if self.width + gap + whole <= MEASURE {
            self.put(gap, word, whole);
            return;
        }
        let room = MEASURE - self.rest.len();
        if is_address(word) || (whole <= room && word.is_ascii()) {
            self.turn();
            self.put(0, word, whole);
            return;
        }
        self.broken(word, gap, room);
    }

    /// A word that is longer than a line, or of a script that breaks between any two characters.
    fn broken(&mut self, word: &str, mut gap: usize, room: usize) {
        let atoms = atoms(word);
        if atoms.len() == 1 && word.width() <= room {
            self.turn();
            gap = 0;
        }
        for atom in atoms {
            let width = atom.width();
            if self.width + gap + width > MEASURE && (width <= room || atom.graphemes(true).nth(1).is_none())
            {
                self.turn();
                gap = 0;
            }
            if width <= room {
                self.put(gap, atom, width);
            } else {
                self.pieces(atom, gap);
            }
            gap = 0;
        }
    }

    fn pieces(&mut self, atom: &str, gap: usize) {
        if gap > 0 {
            self.turn();
        }
        for grapheme in atom.graphemes(true) {
            let width = grapheme.width();
            if self.width + width > MEASURE {
                self.turn();
            }
            self.put(0, grapheme, width);
        }
    }

    fn put(&mut self, gap: usize, text: &str, width: usize) {
        self.out.push_str(&" "[..gap]);
        self.out.push_str(text);
        self.width += gap + width;
        self.empty = false;
    }

    fn turn(&mut self) {
        if !self.empty {
            self.out.push('\n');
            self.out.push_str(self.rest);
            self.width = self.rest.len();
            self.empty = true;
        }
    }
}

fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '[', '"']);
    ["http://", "https://", "mailto:"].iter().any(|scheme| word.starts_with(scheme))
}

/// Splits a word where it may be broken: round every wide character, but not before closing punctuation.
fn atoms(word: &str) -> Vec<&str> {
    let mut atoms = Vec::new();
    let (mut start, mut wide_before) = (0, false);
    for (at, grapheme) in word.grapheme_indices(true) {
        let wide = grapheme.width() >= 2;
        if at > start && (wide || wide_before) && !CLOSING.contains(grapheme) {
            atoms.push(&word[start..at]);
            start = at;
        }
        wide_before = wide;
    }
    atoms.push(&word[start..]);
    atoms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        set(&[Line::Text { first: "* ", rest: "  ", text: text.to_owned() }])
    }

    #[test]
    fn columns_are_counted_as_a_terminal_counts_them() {
        for (text, lines) in [
            ("日本語".repeat(20), 2),
            ("👩‍👩‍👧 ".repeat(30), 2),
            ("e\u{301}".repeat(70), 1),
            ("x".repeat(140), 2),
        ] {
            let set = plain(&text);
            assert_eq!(set.lines().count(), lines, "{set}");
            assert!(set.lines().all(|line| line.width() <= MEASURE), "{set}");
            let joined: String = set.lines().map(|line| &line[2..]).collect();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""), "nothing is lost");
        }
    }

    #[test]
    fn an_address_is_never_broken_and_no_line_begins_a_mailbox() {
        let address = format!("https://example.org/{}", "a/".repeat(60));
        let set = plain(&format!("See {address} for more"));
        assert_eq!(set, format!("* See\n  {address}\n  for more\n"));
        let lines = [Line::Text { first: "", rest: "", text: format!("From {} From here", "x".repeat(66)) }];
        let alone = Line::Text { first: "", rest: "", text: "From here".to_owned() };
        assert_eq!(super::set(&[alone]), "From\u{A0}here\n");
        let set = super::set(&lines);
        assert!(set.lines().all(|line| !line.starts_with("From ")), "{set}");
        assert_eq!(set.lines().count(), 2, "{set}");
    }

    #[test]
    fn closing_punctuation_does_not_begin_a_line() {
        let set = plain(&format!("{}。{}", "漢".repeat(35), "字".repeat(10)));
        assert!(set.lines().all(|line| !line.trim_start().starts_with('。')), "{set}");
    }

    #[test]
    fn at_most_two_empty_lines_stand_together_and_none_at_the_top() {
        let text = Line::Text { first: "", rest: "", text: "a".to_owned() };
        let blank = || Line::Blank;
        let set = set(&[blank(), text.clone(), blank(), blank(), blank(), text]);
        assert_eq!(set, "a\n\n\na\n");
    }
}
