//! Direction: right-to-left words that are not said to be so, and marks that turn what follows.

use std::collections::BTreeMap;

use unicode_bidi::{BidiClass, bidi_class};

use super::lint::{Book, Part, Place, Rule, Severity};
use super::lint_elements::BLOCK;
use super::lint_structure::wrappers;
use super::lint_style::Styled;
use super::lint_tree::Tree;

static WRAPPER: Rule = Rule {
    name: "direction-missing",
    severity: Severity::Hint,
    why: "A mail program in Hebrew or Arabic turns a mail that does not say its own direction.",
    way_out: "Write dir=\"ltr\" (or \"rtl\") and the same in CSS on the element that wraps the body.",
};
static RTL: Rule = Rule {
    name: "direction-rtl-text",
    severity: Severity::Error,
    why: "Hebrew and Arabic in a left-to-right block stand at the wrong side, with their full stops at the wrong end.",
    way_out: "Write dir=\"rtl\" and style=\"direction:rtl;text-align:right\" on the block.",
};
static LTR: Rule = Rule {
    name: "direction-ltr-text",
    severity: Severity::Warning,
    why: "Latin words in a right-to-left block stand at the wrong side, with their full stops at the wrong end.",
    way_out: "Write dir=\"ltr\" and style=\"direction:ltr;text-align:left\" on the block.",
};
static CSS: Rule = Rule {
    name: "direction-only-attribute",
    severity: Severity::Hint,
    why: "One client in five drops the attribute dir; nearly all keep the CSS property (Can I email).",
    way_out: "Write style=\"direction:rtl;text-align:right\" beside dir=\"rtl\".",
};
static MARKS: Rule = Rule {
    name: "direction-marks",
    severity: Severity::Warning,
    why: "An override or an embedding that is not ended turns the words after it; filters take it for a disguise.",
    way_out: "Use U+2068 and U+2069 in pairs, or the element bdi; no U+202D and U+202E.",
};

pub(super) static RULES: &[&Rule] = &[&WRAPPER, &RTL, &LTR, &CSS, &MARKS];

/// Fewer letters than these are a name in foreign words.
const LETTERS: usize = 8;

pub(super) fn check(tree: &Tree, light: &Styled, book: &mut Book) {
    let said = |node: usize| tree.get(node, "dir").is_some();
    if !wrappers(tree, light).any(said) {
        book.add(&WRAPPER, Place::whole(Part::Html), "no element around the body says its direction");
    }
    for node in tree.elements() {
        let turned = tree.get(node, "dir").is_some_and(|dir| dir.eq_ignore_ascii_case("rtl"));
        let named =
            matches!(tree.name(node), "html" | "body" | "bdi" | "bdo" | "span" | "tr" | "table" | "tbody");
        let style = tree.get(node, "style").unwrap_or_default().to_ascii_lowercase();
        if turned && !named && !style.contains("direction") {
            book.add(&CSS, tree.place(node), "dir=\"rtl\" without direction:rtl");
        }
    }
    // The words that stand in each block itself, not in a block inside.
    let mut blocks: BTreeMap<usize, String> = BTreeMap::new();
    for node in (1..tree.nodes.len()).filter(|node| !light.looks[*node].hidden) {
        let Some(words) = tree.words(node) else { continue };
        let block = tree.above(node).find(|up| BLOCK.contains(&tree.name(*up)));
        blocks.entry(block.unwrap_or(0)).or_default().push_str(words);
    }
    for (node, text) in blocks {
        block(tree, node, &text, book);
    }
}

fn block(tree: &Tree, node: usize, text: &str, book: &mut Book) {
    if let Some(trouble) = unbalanced(text) {
        book.add(&MARKS, tree.place(node), trouble);
    }
    let (mut left, mut right, mut first, mut isolated) = (0usize, 0usize, None, 0usize);
    for c in text.chars() {
        isolated = match c {
            '\u{2066}'..='\u{2068}' => isolated + 1,
            '\u{2069}' => isolated.saturating_sub(1),
            _ => isolated,
        };
        // What is isolated keeps its own punctuation.
        if isolated > 0 {
            continue;
        }
        let class = bidi_class(c);
        let rtl = matches!(class, BidiClass::R | BidiClass::AL);
        if rtl || class == BidiClass::L {
            first = first.or(Some(rtl));
            *(if rtl { &mut right } else { &mut left }) += 1;
        }
    }
    let declared = std::iter::once(node).chain(tree.above(node)).find_map(|up| direction(tree, up));
    let rtl = declared.unwrap_or(Some(false));
    if right >= LETTERS && right > left && first == Some(true) && rtl == Some(false) {
        book.add(&RTL, tree.place(node), "right-to-left words in a left-to-right block");
    } else if left > LETTERS && right == 0 && rtl == Some(true) {
        book.add(&LTR, tree.place(node), "left-to-right words in a right-to-left block");
    }
}

/// The direction that an element gives itself: `Some(None)` is `auto`.
#[expect(clippy::option_option, reason = "not said, said to be what the words are, said outright")]
fn direction(tree: &Tree, node: usize) -> Option<Option<bool>> {
    let style = tree.get(node, "style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    if style.contains("direction:rtl") {
        return Some(Some(true));
    }
    match tree.get(node, "dir")?.to_ascii_lowercase().as_str() {
        "rtl" => Some(Some(true)),
        "auto" => Some(None),
        _ => Some(Some(false)),
    }
}

/// Says what is wrong with the direction marks of a paragraph.
pub(super) fn unbalanced(text: &str) -> Option<String> {
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202d}' | '\u{202e}' => return Some(format!("the override U+{:04X}", c as u32)),
            '\u{202a}' | '\u{202b}' => open.push('\u{202c}'),
            '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
            '\u{202c}' | '\u{2069}' if open.pop() != Some(c) => {
                return Some(format!("a U+{:04X} that ends nothing", c as u32));
            }
            _ => {}
        }
    }
    open.pop().map(|missing| format!("a mark that no U+{:04X} ends", missing as u32))
}
