//! Summaries: the short form of an article as plain text, without what content systems hang on to it.

use super::entity::escape_into;
use super::text;

/// What stands at the end of a text and says nothing, in lower case.
const TAILS: [&str; 39] = [
    "★",
    "∞",
    "permalink",
    "[…]",
    "[...]",
    "[ … ]",
    "[ ... ]",
    "(…)",
    "(...)",
    "[link]",
    "[comments]",
    "(more…)",
    "(more...)",
    "(more)",
    "read more",
    "read more »",
    "read more…",
    "read more...",
    "read more →",
    "read more.",
    "read on",
    "continue reading",
    "continue reading →",
    "continue reading...",
    "continue reading…",
    "read the rest",
    "read the full story",
    "read full article",
    "full story",
    "keep reading",
    "comments",
    "view comments",
    "weiterlesen",
    "mehr lesen",
    "lire la suite",
    "leer más",
    "seguir leyendo",
    "leia mais",
    "читать далее",
];
/// How content systems sign: the beginning of the last sentence, and what must follow in it.
const SIGNATURES: [(&str, &str); 7] = [
    ("The post ", " appeared first on "),
    ("The article ", " appeared first on "),
    ("Der Beitrag ", " erschien zuerst auf "),
    ("L’article ", " est apparu en premier sur "),
    ("La entrada ", " se publicó primero en "),
    ("O post ", " apareceu primeiro em "),
    ("L'articolo ", " proviene da "),
];
/// The longest title between the two.
const LONGEST_SIGNATURE: usize = 600;
/// How often the end of a text is looked at again after something was dropped.
const MOST_TAILS: usize = 8;

/// Returns the summary: the source's short form, or the beginning of the content where that is the same text
/// or the source gave none; at most `limit` graphemes. Both texts are on one line.
pub(super) fn summary(short: Option<&str>, content: &str, title: &str, limit: usize) -> String {
    let content = without_tail(content);
    let short = short.map(without_tail).filter(|short| !short.is_empty() && !repeats(short, title));
    let text = match short {
        // An excerpt made by a machine: cutting it ourselves gives the better end.
        Some(short) if content.starts_with(short.trim_end_matches(['…', '.', ' '])) => content,
        Some(short) => short,
        None => content,
    };
    let text = text.trim();
    if repeats(text, title) { String::new() } else { text::cut(text, limit) }
}

/// True if a text says the title and nothing else, however it is punctuated.
fn repeats(text: &str, title: &str) -> bool {
    let letters = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    text == title || (text.len() <= 2 * title.len() && letters(text) == letters(title))
}

/// Drops boilerplate at the end of a text.
fn without_tail(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..MOST_TAILS {
        let before = text.len();
        text = without_signature(text);
        let mut last = last_letter(text);
        for tail in TAILS {
            if tail.chars().next_back() == last {
                text = without_suffix(text, tail);
                last = last_letter(text);
            }
        }
        if text.len() == before {
            break;
        }
    }
    text
}

/// The last character, in lower case.
fn last_letter(text: &str) -> Option<char> {
    text.chars().next_back().and_then(|c| c.to_lowercase().last())
}

fn without_signature(text: &str) -> &str {
    let from = text.floor_char_boundary(text.len().saturating_sub(2 * LONGEST_SIGNATURE));
    let end = &text[from..];
    for (start, middle) in SIGNATURES {
        // Looking forward is much faster, and nearly always in vain.
        if end.contains(middle)
            && let Some(at) = end.rfind(middle)
            && let Some(begin) = end[..at].rfind(start)
        {
            return text[..from + begin].trim_end();
        }
    }
    text
}

/// Drops a suffix in any case, where it stands as a word of its own.
fn without_suffix<'t>(text: &'t str, tail: &str) -> &'t str {
    let Some(at) = text.len().checked_sub(tail.len()).filter(|at| text.is_char_boundary(*at)) else {
        return text;
    };
    let (head, end) = text.split_at(at);
    let same = end == tail || end.chars().flat_map(char::to_lowercase).eq(tail.chars());
    let apart = head.is_empty()
        || !tail.starts_with(char::is_alphabetic)
        || head.ends_with(|c: char| !c.is_alphanumeric());
    // A sentence may end in "comments"; only what stands behind the end of one is boilerplate.
    let behind_sentence = !tail.starts_with(char::is_alphabetic)
        || head.trim_end().is_empty()
        || head.trim_end().ends_with(['.', '!', '?', '…', ']', ')', '”', '"', '。', '∞', '★']);
    if same && apart && behind_sentence { head.trim_end() } else { text }
}

/// Returns plain text as HTML: blank lines part paragraphs, single line breaks stay.
pub(super) fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut html = String::with_capacity(text.len() + 16);
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        html.push_str("<p>");
        for (number, line) in paragraph.lines().enumerate() {
            if number > 0 {
                html.push_str("<br>");
            }
            escape_into(line, &mut html);
        }
        html.push_str("</p>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_at_the_end_is_not_part_of_a_summary() {
        for (text, expected) in [
            ("A story. The post A story appeared first on My Blog.", "A story."),
            ("It was so […]", "It was so"),
            ("It was so. [...] Read more", "It was so."),
            ("It was so. Continue reading →", "It was so."),
            ("Long text. [link] [comments]", "Long text."),
            ("Comments", ""),
            ("I like your comments", "I like your comments"),
            ("The post office appeared closed.", "The post office appeared closed."),
        ] {
            assert_eq!(without_tail(text), expected);
        }
    }

    #[test]
    fn a_machine_made_excerpt_gives_way_to_the_text_itself() {
        let content = "One two three four five. Six seven.";
        assert_eq!(summary(Some("One two three […]"), content, "T", 500), content);
        assert_eq!(summary(Some("By hand."), content, "T", 500), "By hand.");
        assert_eq!(summary(Some("T"), content, "T", 500), content);
        assert_eq!(summary(None, "T", "T", 500), "");
    }

    #[test]
    fn plain_text_keeps_its_paragraphs() {
        assert_eq!(paragraphs("a < b\r\nc\n\n\nd"), "<p>a &lt; b<br>c</p><p>d</p>");
    }
}
