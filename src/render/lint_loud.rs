//! Words that cry out in the body of a mail.

use std::collections::BTreeMap;

use super::lint::{Book, Part, Place, Rule, Severity, short};
use super::lint_elements::BLOCK;
use super::lint_mail::Mail;
use super::lint_style::Styled;
use super::lint_subject::{is_loud, rows_of_marks};
use super::lint_tree::Tree;

static SHOUTS: Rule = Rule {
    name: "text-shouts",
    severity: Severity::Warning,
    why: "Whole lines in capitals, and rows of exclamation marks or dollar signs, are marks of spam to every filter.",
    way_out: "Write sentences; one exclamation mark is enough.",
};

pub(super) static RULES: &[&Rule] = &[&SHOUTS];

/// Fewer words in capitals are a name, or a heading.
const WORDS: usize = 4;
/// Two marks are an exclamation.
const MARKS: usize = 3;

/// Looks at what is shown of an HTML part, a block at a time.
pub(super) fn check(tree: &Tree, light: &Styled, book: &mut Book) {
    let mut blocks: BTreeMap<usize, String> = BTreeMap::new();
    for node in (1..tree.nodes.len()).filter(|node| !light.looks[*node].hidden) {
        let Some(words) = tree.words(node) else { continue };
        let block = tree.above(node).find(|up| BLOCK.contains(&tree.name(*up)));
        blocks.entry(block.unwrap_or(0)).or_default().push_str(words);
    }
    for (node, text) in blocks {
        if let Some(what) = shouts(&text) {
            book.add(&SHOUTS, Place { text: format!("“{}”", short(&text, 60)), ..tree.place(node) }, what);
        }
    }
}

/// Looks at a mail that has words alone.
pub(super) fn check_text(mail: &Mail, book: &mut Book) {
    for paragraph in mail.text.as_deref().unwrap_or_default().split("\n\n") {
        if let Some(what) = shouts(paragraph) {
            let text = format!("“{}”", short(paragraph, 60));
            book.add(&SHOUTS, Place { part: Part::Text, line: None, text }, what);
        }
    }
}

fn shouts(text: &str) -> Option<&'static str> {
    if is_loud(text, WORDS) {
        return Some("words in capitals");
    }
    rows_of_marks(text, MARKS).then_some("rows of exclamation marks or dollar signs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cried_is_heard_and_what_is_said_is_not() {
        assert!(shouts("FREE MONEY!!! CLICK HERE NOW!!! 100% GUARANTEED $$$").is_some());
        assert!(shouts("ACT NOW BEFORE THESE PRICES RISE AGAIN").is_some());
        assert!(shouts("Win $$$ today").is_some() && shouts("Really???").is_some());
        for said in [
            "THE HARBOUR GAZETTE",
            "NATO and UNESCO meet in Port Ellery",
            "Well?! Really!",
            "US$ 4, not $5",
            "",
        ] {
            assert_eq!(shouts(said), None, "{said}");
        }
    }
}
