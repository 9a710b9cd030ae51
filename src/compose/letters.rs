//! Letters: what a character is to a word, and the one way in which letters and numbers are written to be compared.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a character is to a word.
pub(super) enum Class {
    /// Of a script that puts spaces between words.
    Letter,
    /// One of a script that puts no spaces between words.
    Unspaced,
    /// A digit; the ASCII one that it stands for.
    Digit(char),
    /// Belongs to the character before it and says nothing.
    Mark,
    /// Stands between words.
    Other,
}

/// Returns what a character is to a word.
pub(super) fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            '0'..='9' => Class::Digit(c),
            'a'..='z' | 'A'..='Z' => Class::Letter,
            _ => Class::Other,
        };
    }
    if let Some(digit) = digit(c) {
        return Class::Digit(digit);
    }
    match u32::from(c) {
        // Accents, points and vowel marks that many leave out; tatweel; joiners.
        0x300..=0x36F | 0x591..=0x5C7 | 0x610..=0x61A | 0x640 | 0x64B..=0x65F | 0x670 | 0x200C..=0x200F => {
            Class::Mark
        }
        // In Hebrew acronyms and numerals stand between letters.
        0x5F3 | 0x5F4 => Class::Mark,
        0xE01..=0xE4E
        | 0xE81..=0xECD
        | 0x1000..=0x109F
        | 0x1780..=0x17D3
        | 0x3041..=0x30FA
        | 0x30FC..=0x318E
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF => Class::Unspaced,
        0x3005..=0x3007 => Class::Unspaced,
        // The vowel signs of India and its neighbours are letters to us.
        0x900..=0xDFF if is_combining_mark(c) => Class::Letter,
        _ if c.is_alphabetic() => Class::Letter,
        _ => Class::Other,
    }
}

/// The ASCII digit that a digit of another script stands for.
fn digit(c: char) -> Option<char> {
    let zero = match u32::from(c) {
        0x660..=0x669 => 0x660,
        0x6F0..=0x6F9 => 0x6F0,
        0x966..=0x96F => 0x966,
        0x9E6..=0x9EF => 0x9E6,
        0xE50..=0xE59 => 0xE50,
        0xFF10..=0xFF19 => 0xFF10,
        _ => return None,
    };
    char::from_digit(u32::from(c) - zero, 10)
}

/// Writes a letter as it is compared: small, without accents, one form for those that are mixed up.
pub(super) fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        'ى' | 'ی' | 'ي' => out.push('ي'),
        'ة' | 'ه' => out.push('ه'),
        'ک' => out.push('ك'),
        'ё' | 'Ё' => out.push('е'),
        'ς' => out.push('σ'),
        'ß' => out.push_str("ss"),
        _ => match u32::from(c) {
            0xC0..=0x24F
            | 0x370..=0x3FF
            | 0x400..=0x4FF
            | 0x620..=0x6D3
            | 0x1E00..=0x1FFF
            | 0xFF00..=0xFFEF => {
                for small in c.to_lowercase() {
                    decompose_compatible(small, |part| {
                        if !is_combining_mark(part) {
                            out.push(part);
                        }
                    });
                }
            }
            _ => out.extend(c.to_lowercase()),
        },
    }
}

/// Writes a number in one way: no dots or commas between thousands, no zeros before it.
pub(super) fn plain_number(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut groups = written.split('.');
    let whole = groups.next().unwrap_or_default();
    let trimmed = whole.trim_start_matches('0');
    out.push_str(if trimmed.is_empty() && !whole.is_empty() { "0" } else { trimmed });
    let thousands = (1..=3).contains(&whole.len()) && whole != "0";
    for group in groups {
        if !(thousands && group.len() == 3) {
            out.push('.');
        }
        out.push_str(group);
    }
    out
}
