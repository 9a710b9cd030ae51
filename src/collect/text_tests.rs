//! Text that must not reach a reader as it came.

use unicode_segmentation::UnicodeSegmentation;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::{collapse, cut, graphemes, is_junk, is_plain, one_line, scrub};

#[test]
fn controls_junk_and_plane_16_are_gone_and_what_scripts_need_stays() {
    for (text, expected) in [
        ("a\0b\u{7}c\u{9B}d", "abcd"),
        ("a\r\nBcc: x", "a \nBcc: x"),
        ("a\u{200B}b\u{FEFF}c\u{2060}d", "abcd"),
        ("a\u{10FF01}b\u{10FFFD}c\u{FFFF}d", "abcd"),
        ("e\u{301}", "é"),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"),
        ("👨\u{200D}👩\u{200D}👧", "👨\u{200D}👩\u{200D}👧"),
        ("a\u{200F}b", "a\u{200F}b"),
    ] {
        assert_eq!(scrub(text), expected, "{text:?}");
    }
    assert!(scrub(&format!("Z{}", "\u{30D}".repeat(500))).chars().count() <= 9);
}

#[test]
fn direction_marks_stay_only_where_both_ends_are_there() {
    for (text, expected) in [
        ("a\u{202E}gpj.exe", "agpj.exe"),
        ("a\u{202E}b\u{202C}c", "abc"),
        ("a\u{202B}b\u{202C}c", "a\u{202B}b\u{202C}c"),
        ("a\u{2067}b\u{2069}c", "a\u{2067}b\u{2069}c"),
        ("a\u{2067}b", "ab"),
        ("a\u{2069}b\u{202C}", "ab"),
        ("\u{2066}a\u{2067}b\u{2069}", "a\u{2067}b\u{2069}"),
    ] {
        assert_eq!(scrub(text), expected, "{text:?}");
    }
}

#[test]
fn in_a_text_that_is_called_plain_there_is_nothing_to_do() {
    let plain: Vec<char> = ('\0'..=char::MAX).filter(|c| is_plain(&c.to_string())).collect();
    assert_eq!(plain.len(), 1 + 95 + 0x300 - 0xA0 + 24);
    for c in plain {
        assert!(!is_junk(c) && !is_combining_mark(c) && (c == ' ' || c == '\n' || c >= '!'), "{c:?}");
        // None that is surely normal composes with what stands before it.
        assert_eq!(is_nfc_quick(std::iter::once(c)), IsNormalized::Yes, "{c:?}");
        assert!(is_plain(&format!("a{c}b{c}")) && !is_plain(&format!("{c}\u{301}")), "{c:?}");
        let long = format!("{c}{}{c}b{c}{c}", "abcdefgh".repeat(6));
        assert!(is_plain(&long) && !is_plain(&format!("{long}\u{301}")), "{c:?}");
        assert_eq!(long.graphemes(true).count(), long.chars().count(), "{c:?}");
    }
}

#[test]
fn a_cut_falls_behind_a_sentence_or_a_word_and_never_inside_a_grapheme() {
    assert_eq!(cut("One two. Three four five.", 30), "One two. Three four five.");
    assert_eq!(cut("One two three. Four five six", 20), "One two three. …");
    assert_eq!(cut("alpha beta gamma delta", 18), "alpha beta gamma…");
    assert_eq!(cut("Version 1.2.3 of it, and more", 21), "Version 1.2.3 of it…");
    let family = "👨‍👩‍👧".repeat(10);
    assert_eq!(cut(&family, 4), format!("{}…", "👨‍👩‍👧".repeat(3)));
    assert_eq!(cut("日本語のとても長い題名です", 6), "日本語のと…");
}

proptest::proptest! {
    #[test]
    fn runs_of_blanks_become_one(text in "[a é\u{A0}\u{2003}\n]{0,40}|([a-zé’]{1,20}[     \u{3000}\n]){0,6}[a-z]{0,20}") {
        let words: Vec<&str> = text.split_whitespace().collect();
        proptest::prop_assert_eq!(collapse(&text), words.join(" "));
    }

    #[test]
    fn a_plain_text_is_cut_as_any_other(text in "[a-z é.’\u{301}]{0,60}", limit in 2_usize..40) {
        let starts: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).take(limit + 1).collect();
        proptest::prop_assert_eq!(graphemes(&text, limit).collect::<Vec<_>>(), starts);
    }

    #[test]
    fn a_line_keeps_its_promises_whatever_comes(text in "[\\PC\\x00-\\x1f\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,80}", limit in 2_usize..40) {
        let line = one_line(&text, limit);
        proptest::prop_assert!(line.graphemes(true).count() <= limit, "{:?}", line);
        proptest::prop_assert!(!line.chars().any(char::is_control));
        proptest::prop_assert_eq!(scrub(&line), line.clone());
    }
}
