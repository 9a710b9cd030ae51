//! Summaries: the short form of an article as plain text, without what content systems hang on to it.

use memchr::memmem;

use super::entity::escape_into;
use super::text;

/// What stands at the end of a text and says nothing, in lower case.
const TAILS: [&str; 45] = [
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
    "read the rest of this entry »",
    "read the rest of this entry",
    "read the rest of this entry →",
    "המשך לקרוא",
    "اقرأ المزيد",
    "続きを読む",
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
    let tells = |short: &&str| !short.is_empty() && !repeats(short, title) && !says_nothing(short);
    let short = short.map(without_tail).filter(tells);
    let text = match short {
        // An excerpt made by a machine: cutting it ourselves gives the better end.
        Some(short) if content.starts_with(short.trim_end_matches(['…', '.', ' '])) => content,
        Some(short) => short,
        None => content,
    };
    let text = text.trim();
    if repeats(text, title) || says_nothing(text) { String::new() } else { text::cut(text, limit) }
}

/// How short texts begin that only lead on, or say who entered them, in lower case.
#[rustfmt::skip]
const NOTHINGS: [&str; 20] = [
    "click here to view", "click here to read", "click here for the full", "read the full article", "read the full story",
    "read the rest of this", "view the full article", "view full article", "submitted by /u/", "submitted by admin on",
    "המשך לקרוא", "להמשך קריאה", "לכתבה המלאה", "اقرأ المزيد", "قراءة المزيد", "إقرأ المزيد", "続きを読む", "記事全文を読む", "阅读全文",
    "더 보기",
];
/// They are no longer than that, in bytes.
const NOTHING: usize = 100;

/// True for a text that tells nothing of its article.
fn says_nothing(text: &str) -> bool {
    if text.len() > NOTHING {
        return false;
    }
    let lower = text.to_lowercase();
    NOTHINGS.iter().any(|start| lower.starts_with(start))
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
        if memmem::find(end.as_bytes(), middle.as_bytes()).is_some()
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
            ("It was so … [...] Read the rest of this entry »", "It was so …"),
            ("היה היה. המשך לקרוא", "היה היה."),
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
    fn a_summary_that_only_leads_on_gives_way_to_the_text() {
        for nothing in [
            "Click here to view the full article",
            "Submitted by admin on Sun, 11/22/2026 - 08:15",
            "submitted by /u/jo",
            "המשך לקרוא",
            "اقرأ المزيد",
            "続きを読む",
        ] {
            assert_eq!(summary(Some(nothing), "It was so.", "T", 500), "It was so.", "{nothing}");
            assert_eq!(summary(Some(nothing), "", "T", 500), "", "{nothing}");
        }
        let told = "Submitted by admin on Sunday, the plan to move the whole of the harbour a mile to the north was refused by all.";
        assert_eq!(summary(Some(told), "", "T", 500), told);
    }

    #[test]
    fn plain_text_keeps_its_paragraphs() {
        assert_eq!(paragraphs("a < b\r\nc\n\n\nd"), "<p>a &lt; b<br>c</p><p>d</p>");
    }
}
