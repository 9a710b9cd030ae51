//! Foreign text made fit to be shown: NFC, no controls, no unbalanced direction marks, cut between graphemes.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// More marks on one letter than any script writes.
const MOST_MARKS: usize = 8;
/// The most bytes a grapheme may take on average where a text is limited in graphemes.
const BYTES_PER_GRAPHEME: usize = 8;
/// And so many more, so that a short line of flags and families is not cut.
const SPARE_BYTES: usize = 200;

/// Returns the text in NFC without what has no place in a mail; its blanks and lines stay.
///
/// Taken out: controls (a line break of any kind becomes a blank unless it is `\n`), invisible junk, code
/// points of plane 16, non-characters, overrides and unbalanced embeddings of direction.
pub(super) fn scrub(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let c = match c {
            '\r' | '\t' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            _ if is_junk(c) => continue,
            _ => c,
        };
        // Latin letters are not looked up: no mark is among them.
        marks = if c >= '\u{300}' && is_combining_mark(c) { marks + 1 } else { 0 };
        if marks <= MOST_MARKS {
            out.push(c);
        }
    }
    Cow::Owned(settled(out))
}

/// Takes unbalanced marks out, then composes: the other way round could leave letters that compose.
fn settled(text: String) -> String {
    if is_plain(&text) {
        return text;
    }
    let text = balanced(text);
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text } else { text.nfc().collect() }
}

/// True if there is nothing but printable ASCII, line breaks, Latin letters and signs below U+0300, and the dashes and
/// quotation marks of U+2010 to U+2027: most texts, of which nothing is taken out, which are in NFC and in which each
/// character is a grapheme.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (second, third) = (|at: usize| bytes.get(at + 1), |at: usize| bytes.get(at + 2));
    // What may stand anywhere, as itself or as a part of a character that begins with the like.
    let fits =
        |byte: u8| ((byte >= b' ') | (byte == b'\n')) & (byte != 0x7F) & (byte != 0xC2) & (byte < 0xCC);
    let mut at = 0;
    loop {
        at += whole_blocks(&bytes[at..], fits);
        let Some(other) = bytes[at..].iter().position(|byte| !fits(*byte)) else { return true };
        at += other;
        at += match bytes[at] {
            0xC2 if second(at) >= Some(&0xA0) => 2,
            0xE2 if second(at) == Some(&0x80) && matches!(third(at), Some(0x90..=0xA7)) => 3,
            _ => return false,
        };
    }
}

/// How many bytes at the beginning `fit`, counted in whole blocks: a block is looked at in one go, without branches.
pub(super) fn whole_blocks(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let all = |block: &&[u8; 16]| block.iter().fold(true, |all, byte| all & fits(*byte));
    blocks.iter().take_while(all).count() * 16
}

fn is_junk(c: char) -> bool {
    let code = u32::from(c);
    (c.is_control() && c != '\n')
        // Zero-width blanks and joiners of words, byte order mark, Mongolian vowel separator, interlinear marks.
        || matches!(code, 0x200B | 0x2060..=0x2065 | 0x206A..=0x206F | 0xFEFF | 0x180E | 0xFFF9..=0xFFFB)
        // Overrides serve deception alone.
        || matches!(code, 0x202D | 0x202E)
        || code >= 0x10_0000
        || (code & 0xFFFE) == 0xFFFE
        || (0xFDD0..=0xFDEF).contains(&code)
}

/// UAX 9 §3.3: leaves only embeddings and isolates that have both their ends.
fn balanced(text: String) -> String {
    let is_mark = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_mark) {
        return text;
    }
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut keep = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| is_mark(*c)) {
        let closes = |opener: char| match c {
            '\u{202C}' => matches!(opener, '\u{202A}' | '\u{202B}'),
            '\u{2069}' => matches!(opener, '\u{2066}'..='\u{2068}'),
            _ => false,
        };
        if !matches!(c, '\u{202C}' | '\u{2069}') {
            open.push((at, c));
        } else if let Some((start, _)) = open.pop_if(|(_, opener)| closes(*opener)) {
            keep.extend([start, at]);
        }
    }
    keep.sort_unstable();
    let kept = |at: usize| keep.binary_search(&at).is_ok();
    text.char_indices().filter(|(at, c)| !is_mark(*c) || kept(*at)).map(|(_, c)| c).collect()
}

/// Returns the text on one line: scrubbed, runs of blanks made one, at most `limit` graphemes (`…` included).
pub(super) fn one_line(text: &str, limit: usize) -> String {
    cut(&flowed(text), limit)
}

/// Returns the text scrubbed and on one line, however long.
pub(super) fn flowed(text: &str) -> String {
    collapse(&scrub(text))
}

/// True if there are no blanks but single ones between words.
fn is_collapsed(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Other blanks begin with one of the four bytes.
    let fits = |byte: u8, next: u8| {
        ((byte > b' ') | ((byte == b' ') & (next > b' '))) & (byte != 0xC2) & !(0xE1..=0xE3).contains(&byte)
    };
    if text.starts_with(' ') {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        let ((blocks, _), (nexts, _)) = (bytes[at..].as_chunks::<16>(), bytes[at + 1..].as_chunks::<16>());
        let all = |(block, next): &(&[u8; 16], &[u8; 16])| {
            block.iter().zip(*next).fold(true, |all, (byte, next)| all & fits(*byte, *next))
        };
        at += blocks.iter().zip(nexts).take_while(all).count() * 16;
        let next = |at: usize| bytes.get(at + 1).copied().unwrap_or(b' ');
        let Some(other) = (at..bytes.len()).find(|at| !fits(bytes[*at], next(*at))) else { return true };
        match text.get(other..).and_then(|rest| rest.chars().next()) {
            Some(c) if !c.is_whitespace() => at = other + c.len_utf8(),
            Some(_) | None => return false,
        }
    }
    true
}

/// Makes one blank of each run of blanks and drops those at the ends.
fn collapse(text: &str) -> String {
    if is_collapsed(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let (mut from, mut in_blanks) = (0, true);
    for (at, byte) in text.bytes().enumerate() {
        let blank = byte <= b' ';
        // One test that is seldom true: words end where no processor foresees it.
        if !(!byte.is_ascii() | (byte < b' ') | (blank & in_blanks)) {
            in_blanks = blank;
            continue;
        }
        // Inside a character nothing begins.
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { continue };
        if c.is_whitespace() {
            out.push_str(&text[from..at]);
            if !in_blanks {
                out.push(' ');
            }
            from = at + c.len_utf8();
        }
        in_blanks = c.is_whitespace();
    }
    out.push_str(&text[from..]);
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Cuts a scrubbed text to `limit` graphemes: behind a sentence if one ends late enough, else behind a word.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let most = limit * BYTES_PER_GRAPHEME + SPARE_BYTES;
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut ends = graphemes(text, limit).skip(limit.saturating_sub(2));
    let (for_sentence, for_word, over) = (ends.next(), ends.next(), ends.next());
    if over.is_none() && text.len() <= most {
        return text.to_owned();
    }
    let head = |end: Option<usize>| {
        let end = end.unwrap_or(text.len());
        if end > most { last_grapheme_before(text, most) } else { end }
    };
    // Behind a sentence go a blank and the `…`, behind a word the `…` alone.
    if let Some(sentence) = sentence_end(&text[..head(for_sentence)]) {
        return settled(format!("{sentence} …"));
    }
    let end = head(for_word);
    let whole = text[end..].starts_with(|c: char| !c.is_alphanumeric());
    let word = if whole { None } else { text[..end].rfind(' ').filter(|at| at * 3 >= end * 2) };
    let kept =
        text[..word.unwrap_or(end)].trim_end_matches(|c: char| c.is_whitespace() || ",;:-–—(".contains(c));
    settled(format!("{kept}…"))
}

/// Where the graphemes of a text begin; only the first `most` and one more are looked for.
fn graphemes(text: &str, most: usize) -> Box<dyn Iterator<Item = usize> + '_> {
    // Not more than three bytes each, and one that shows that nothing is joined to the last.
    let plain = is_plain(&text[..text.floor_char_boundary(3 * (most + 2))]);
    if plain {
        Box::new(text.char_indices().map(|(at, _)| at).take(most + 1))
    } else {
        Box::new(text.grapheme_indices(true).map(|(at, _)| at).take(most + 1))
    }
}

/// The text up to the end of its last sentence, if that is not too far from the end.
fn sentence_end(text: &str) -> Option<&str> {
    let ends =
        text.rmatch_indices(['.', '!', '?', '。', '！', '？', '؟', '।']).map(|(at, mark)| at + mark.len());
    let mut ends = ends.take_while(|at| at * 5 >= text.len() * 3);
    ends.find(|at| text[*at..].starts_with(' ') || !text[..*at].ends_with(['.', '!', '?']))
        .map(|at| &text[..at])
}

fn last_grapheme_before(text: &str, most: usize) -> usize {
    text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= most).last().unwrap_or(0)
}

/// How wide a text is: characters, those of East Asia, which say as much as two others, double.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// True for the characters of East Asia.
pub(super) fn is_wide(c: char) -> bool {
    c >= '\u{1100}'
        && matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
