//! Texts of two directions on one line (Unicode UAX #9).

use unicode_bidi::{BidiClass, bidi_class};

use crate::model::Direction;

/// First strong isolate and its end.
const ISOLATE: char = '\u{2068}';
const END: char = '\u{2069}';

/// Returns the direction of a character, if it has one of its own.
fn strong(c: char) -> Option<Direction> {
    let class = bidi_class(c);
    if class == BidiClass::L {
        Some(Direction::Ltr)
    } else if class == BidiClass::R || class == BidiClass::AL {
        Some(Direction::Rtl)
    } else {
        None
    }
}

/// Returns the direction of the first character that has one.
pub(super) fn first_strong(text: &str) -> Option<Direction> {
    text.chars().find_map(strong)
}

/// True if a text that stands where the direction is `base` is written from right to left: of the other direction is
/// one that has no word of `base`.
pub(super) fn is_rtl(text: &str, base: Direction) -> bool {
    let mut ways = text.chars().filter_map(strong).peekable();
    let turned = ways.peek().is_some() && ways.all(|way| way != base);
    turned != (base == Direction::Rtl)
}

/// True if the text has a character of the other direction.
fn foreign(text: &str, base: Direction) -> bool {
    let ascii_is_home = base == Direction::Ltr && text.is_ascii();
    !ascii_is_home && text.chars().filter_map(strong).any(|d| d != base)
}

/// Returns a text that is put into a line of direction `base`, isolated if it could disturb that line.
pub(super) fn isolate(text: &str, base: Direction) -> String {
    if foreign(text, base) { format!("{ISOLATE}{text}{END}") } else { text.to_owned() }
}

/// Returns a text of direction `base` with each run of words of the other direction isolated, so that the
/// punctuation inside such a run (`C++`, `Node.js!`) stays with it and the punctuation after it does not.
pub(super) fn isolate_runs(text: &str, base: Direction) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let is_home = |w: &str| w.chars().filter_map(strong).any(|d| d == base);
    if !foreign(text, base) || !words.iter().any(|w| is_home(w)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 12);
    let mut n = 0;
    while n < words.len() {
        let start = n;
        let mut end = n;
        while n < words.len() && !is_home(words[n]) {
            n += 1;
            // A number after a foreign word belongs to it, as it does in UAX #9.
            let number = end > start && words[n - 1].chars().any(char::is_numeric);
            if foreign(words[n - 1], base) || number {
                end = n;
            }
        }
        if end > start {
            push_run(&mut out, &words[start..end].join(" "), base);
            n = end;
        } else {
            n = start + 1;
            out.push_str(words[start]);
        }
        out.push(' ');
    }
    out.pop();
    out
}

/// Neutral characters at the edges of a run belong to the line, except those that belong to a name: `C++`, `C#`.
fn push_run(out: &mut String, run: &str, base: Direction) {
    let core = |c: char| {
        strong(c).is_some_and(|d| d != base) || c.is_numeric() || matches!(c, '+' | '#' | '%' | '&')
    };
    let start = run.find(core).unwrap_or_default();
    let end = run.rfind(core).map_or(run.len(), |at| at + run[at..].chars().next().map_or(0, char::len_utf8));
    out.push_str(&run[..start]);
    out.push(ISOLATE);
    out.push_str(&run[start..end]);
    out.push(END);
    out.push_str(&run[end..]);
}

/// Returns the text without isolates: a terminal would show them.
pub(super) fn without_isolates(text: &str) -> String {
    text.replace([ISOLATE, END], "")
}

/// Returns a line for a place that knows no direction of its own (a subject): where its first strong character would
/// turn it round, a mark of `base` goes before it, and isolates left open by a cut are closed.
pub(super) fn settle(line: &str, base: Direction) -> String {
    let open = line.chars().fold(0usize, |open, c| match c {
        ISOLATE => open + 1,
        END => open.saturating_sub(1),
        _ => open,
    });
    let mark = match (first_strong(line), base) {
        (Some(Direction::Ltr), Direction::Rtl) => "\u{200F}",
        (Some(Direction::Rtl), Direction::Ltr) => "\u{200E}",
        _ => "",
    };
    let ends: String = std::iter::repeat_n(END, open).collect();
    format!("{mark}{line}{ends}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_the_other_direction_is_isolated_with_its_own_punctuation_only() {
        for (text, base, expected) in [
            ("plain words", Direction::Ltr, "plain words"),
            ("שלום עולם", Direction::Rtl, "שלום עולם"),
            ("שלום עולם", Direction::Ltr, "שלום עולם"),
            ("למדו C++ 23, עכשיו", Direction::Rtl, "למדו \u{2068}C++ 23\u{2069}, עכשיו"),
            ("The word שלום means peace.", Direction::Ltr, "The word \u{2068}שלום\u{2069} means peace."),
            ("חדש: Node.js!", Direction::Rtl, "חדש: \u{2068}Node.js\u{2069}!"),
            ("ב-Gmail יש", Direction::Rtl, "ב-Gmail יש"),
            ("(Reuters) נמסר", Direction::Rtl, "(\u{2068}Reuters\u{2069}) נמסר"),
            ("2026 שנה", Direction::Rtl, "2026 שנה"),
            ("", Direction::Ltr, ""),
            ("שנת 5 2026", Direction::Rtl, "שנת 5 2026"),
        ] {
            assert_eq!(isolate_runs(text, base), expected, "{text}");
        }
    }

    #[test]
    fn a_subject_keeps_its_direction_and_closes_what_a_cut_left_open() {
        assert_eq!(settle("Gmail ועוד", Direction::Rtl), "\u{200F}Gmail ועוד");
        assert_eq!(settle("שלום and more", Direction::Ltr), "\u{200E}שלום and more");
        assert_eq!(settle("News: \u{2068}שלו…", Direction::Ltr), "News: \u{2068}שלו…\u{2069}");
        assert_eq!(settle("plain", Direction::Ltr), "plain");
    }
}
