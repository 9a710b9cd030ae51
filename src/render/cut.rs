//! Cutting and breaking texts on whole characters as a reader sees them (Unicode UAX #29).

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// A place where a long word may be broken; templates write `<wbr>` for it.
pub(super) const SOFT_BREAK: char = '\u{200B}';
/// Words of up to this many characters are left to the reader's program.
const LONG_WORD: usize = 22;
/// The length of the pieces of longer ones: what fits beside a picture on the narrowest phone.
const PIECE: usize = 11;

/// Returns at most `limit` graphemes of a line; a cut ends in `…`, at a blank where one is near.
pub(super) fn ellipsis(line: &str, limit: usize) -> Cow<'_, str> {
    if line.len() <= limit || line.graphemes(true).nth(limit).is_none() {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}…", head(line, limit.saturating_sub(1)).trim_end_matches(['.', '…'])))
}

/// Returns the beginning of a line, at most `limit` graphemes, ending before a blank where one is near.
pub(super) fn head(line: &str, limit: usize) -> &str {
    let Some((end, next)) = line.grapheme_indices(true).nth(limit) else {
        return line;
    };
    let cut = &line[..end];
    let whole = if next == " " { None } else { cut.rfind(' ').filter(|at| end - at <= 24 && *at > end / 2) };
    cut[..whole.unwrap_or(end)].trim_end_matches([' ', ',', ';', ':', '–', '-'])
}

/// Returns at most `limit` bytes of a text: a grapheme has no longest form, and one article must not fill a letter.
pub(super) fn bounded(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let room = limit.saturating_sub('…'.len_utf8());
    let whole =
        text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or_default();
    let end = if whole == 0 { text.floor_char_boundary(room) } else { whole };
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Returns a line on which long words may be broken, marked by [`SOFT_BREAK`].
pub(super) fn soften(line: &str) -> String {
    // Nearly every line has none: a byte is at least as much as a grapheme.
    if line.split(' ').all(|word| word.len() <= LONG_WORD) {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 16);
    for (n, word) in line.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        if word.len() <= LONG_WORD || word.graphemes(true).nth(LONG_WORD).is_none() {
            out.push_str(word);
        } else {
            break_word(word, &mut out);
        }
    }
    out
}

fn break_word(word: &str, out: &mut String) {
    let mut run = 0;
    for grapheme in word.graphemes(true) {
        // An address breaks best after its punctuation.
        if run >= PIECE {
            out.push(SOFT_BREAK);
            run = 0;
        }
        out.push_str(grapheme);
        run = if matches!(grapheme, "/" | "-" | "." | "_" | "?" | "&") && run >= PIECE / 2 {
            PIECE
        } else {
            run + 1
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character_and_prefers_a_blank() {
        assert_eq!(ellipsis("short", 10), "short");
        assert_eq!(ellipsis("one two three four", 10), "one two…");
        assert_eq!(ellipsis("One two. Three four", 10), "One two…");
        assert_eq!(ellipsis("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2), "👩‍👩‍👧…");
        assert_eq!(ellipsis("日本語のとても長い題名", 5), "日本語の…");
        assert_eq!(ellipsis("👩‍👩‍👧👩‍👩‍👧", 2), "👩‍👩‍👧👩‍👩‍👧");
    }

    #[test]
    fn a_text_without_end_is_bounded_in_bytes() {
        let stacked = format!("a{}", "\u{301}".repeat(5_000));
        for (text, start) in
            [(stacked.repeat(2), "a\u{301}"), ("ab".repeat(900), "abab"), ("漢".repeat(900), "漢漢")]
        {
            let short = bounded(&text, 1_000);
            assert!(
                short.len() <= 1_000 && short.len() > 990 && short.starts_with(start) && short.ends_with('…')
            );
        }
        assert_eq!(bounded("short", 1_000), "short");
    }

    #[test]
    fn only_long_words_get_breaks_and_nothing_is_lost() {
        let word = "Donaudampfschifffahrtsgesellschaft";
        assert_eq!(soften("a plain line of words"), "a plain line of words");
        let soft = soften(&format!("Die {word} fährt"));
        assert_eq!(soft.replace(SOFT_BREAK, ""), format!("Die {word} fährt"));
        assert!(soft.split([' ', SOFT_BREAK]).all(|piece| piece.graphemes(true).count() <= PIECE));
        assert!(soften(&"漢".repeat(40)).contains(SOFT_BREAK));
    }
}
