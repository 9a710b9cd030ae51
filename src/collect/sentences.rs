//! The first sentences of a text, whole.

use unicode_segmentation::UnicodeSegmentation as _;

use super::text;

/// Words with a dot behind which a sentence goes on, in lower case.
const ABBREVIATIONS: [&str; 32] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "gen", "col", "sgt", "capt", "lt", "rev", "hon",
    "sen", "rep", "gov", "no", "vs", "etc", "inc", "ltd", "co", "corp", "hr", "fr", "nr", "z", "bzw", "mme",
    "sra",
];

/// Returns the sentences with which a text on one line begins, at most `limit` graphemes; of a first sentence that is
/// longer the beginning, with an ellipsis.
pub(super) fn first(line: &str, limit: usize) -> String {
    let head = &line[..line.floor_char_boundary(limit * 16)];
    let (mut end, mut length) = (0, 0);
    for (at, sentence) in head.split_sentence_bound_indices() {
        let behind = at + sentence.len();
        let torn = behind == head.len() && head.len() < line.len();
        length += sentence.graphemes(true).count();
        if length > limit + 1 || torn {
            break;
        }
        if is_end(&head[..behind]) || behind == line.len() {
            end = behind;
        }
    }
    let whole = line[..end].trim_end();
    if whole.is_empty() || whole.graphemes(true).count() > limit {
        text::cut(line, limit)
    } else {
        whole.to_owned()
    }
}

/// True if a sentence ends here, and not only an abbreviation (UAX 29 §5 cannot tell).
fn is_end(text: &str) -> bool {
    let text = text.trim_end();
    let Some(before) = text.strip_suffix('.') else { return true };
    let word =
        before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“')).next().unwrap_or_default();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    !(initial || word.contains('.') || ABBREVIATIONS.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_ends_with_a_sentence() {
        for (line, limit, expected) in [
            ("One here. Two here. Three here.", 20, "One here. Two here."),
            ("Mr. Smith met J. R. Jones. He left.", 30, "Mr. Smith met J. R. Jones."),
            ("Who? Me! Yes.", 10, "Who? Me!"),
            ("אחת כאן. שתיים כאן. שלוש כאן.", 20, "אחת כאן. שתיים כאן."),
            ("هل جاء؟ نعم جاء. ثم ذهب.", 17, "هل جاء؟ نعم جاء."),
            ("One sentence that is longer than all there is room for.", 20, "One sentence that…"),
            ("No end at all", 40, "No end at all"),
            ("", 40, ""),
        ] {
            assert_eq!(first(line, limit), expected);
        }
    }

    proptest! {
        #[test]
        fn an_excerpt_is_never_longer_than_it_may_be(line in "\\PC{0,80}", limit in 10..60_usize) {
            let line = text::flowed(&line);
            prop_assert!(first(&line, limit).graphemes(true).count() <= limit);
        }
    }
}
