//! What the inbox shows beside the subject, and words that the mail hides.

use super::lint::{Book, Part, Place, Rule, Severity, short};
use super::lint_contrast::vanishes;
use super::lint_elements::BLOCK;
use super::lint_style::Styled;
use super::lint_tree::Tree;

static MISSING: Rule = Rule {
    name: "preheader-missing",
    severity: Severity::Hint,
    why: "Inboxes show the first words of a mail beside its subject; a link or a masthead is a wasted line.",
    way_out: "Begin the body with a sentence that makes one read on; hidden, if it has no place in the layout.",
};
static LONG: Rule = Rule {
    name: "preheader-long",
    severity: Severity::Warning,
    why: "Inboxes show 40 to 140 characters; Gmail's guidelines ask for no hidden words beyond need.",
    way_out: "Keep the hidden preheader under 140 characters.",
};
static REPEATS: Rule = Rule {
    name: "preheader-repeats-subject",
    severity: Severity::Hint,
    why: "The inbox shows the same words twice, side by side.",
    way_out: "Go on where the subject ends.",
};
static PADDED: Rule = Rule {
    name: "preheader-padded",
    severity: Severity::Warning,
    why: "Rows of invisible characters that keep other words out of the inbox are a mark of spam, and Gmail asks for none.",
    way_out: "Take them out; write a preheader that fills the line itself.",
};
static HIDDEN: Rule = Rule {
    name: "hidden-text",
    severity: Severity::Warning,
    why: "Words that readers cannot see are how spam talks to filters; Gmail's guidelines forbid them.",
    way_out: "Show the words or take them out; one short preheader is customary.",
};
static OUTLOOK: Rule = Rule {
    name: "preheader-in-outlook",
    severity: Severity::Hint,
    why: "Outlook on Windows shows some of what `display:none` hides, above the mail.",
    way_out: "Add mso-hide:all to the style of the preheader.",
};
static IMAGE_ONLY: Rule = Rule {
    name: "image-only",
    severity: Severity::Warning,
    why: "With pictures off nothing is left, and filters give points for pictures with hardly any words.",
    way_out: "Write what the pictures say as words, a paragraph at least.",
};

pub(super) static RULES: &[&Rule] = &[&MISSING, &LONG, &REPEATS, &PADDED, &HIDDEN, &OUTLOOK, &IMAGE_ONLY];

/// The most characters of a preheader, and the fewest letters of a mail with pictures.
const MOST: usize = 150;
const FEWEST: usize = 120;

pub(super) fn check(tree: &Tree, light: &Styled, subject: Option<&str>, book: &mut Book) {
    let hidden = hidden(tree, light);
    let shown = (1..tree.nodes.len()).filter(|node| !light.looks[*node].hidden);
    let first =
        shown.clone().find(|node| tree.words(*node).is_some_and(|w| w.chars().any(char::is_alphanumeric)));
    let preheader = hidden.first().filter(|node| first.is_none_or(|first| **node < first)).copied();
    match preheader {
        Some(node) => judge(tree, node, subject, book),
        None => visible(tree, first, book),
    }
    for node in hidden.into_iter().filter(|node| Some(*node) != preheader) {
        book.add(&HIDDEN, tree.place(node), "words that are not shown");
    }
    for node in shown.clone().filter(|node| tree.words(*node).is_some_and(|words| !words.trim().is_empty())) {
        if vanishes(&light.looks[node])
            && tree.words(node).is_some_and(|w| w.chars().any(char::is_alphanumeric))
        {
            book.add(&HIDDEN, tree.place(node), "words in the colour of their ground");
        }
    }
    padding(tree, book);
    let letters = |node: usize| {
        tree.words(node).map_or(0, |words| words.chars().filter(|c| c.is_alphanumeric()).count())
    };
    let count: usize = shown.map(letters).sum();
    let pictures = tree.named("img").count();
    if pictures > 0 && count < FEWEST {
        let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let what = format!("{} and {}", of(count, "letter"), of(pictures, "picture"));
        book.add(&IMAGE_ONLY, Place::whole(Part::Html), what);
    }
}

/// The outermost hidden elements that hold words.
fn hidden(tree: &Tree, light: &Styled) -> Vec<usize> {
    let mut found = Vec::new();
    let mut node = 1;
    while node < tree.nodes.len() {
        let name = tree.name(node);
        if light.looks[node].hidden
            && !matches!(name, "head" | "style" | "script" | "title" | "template" | "html")
        {
            if tree.text_of(node).chars().any(char::is_alphanumeric) {
                found.push(node);
            }
            node = tree.nodes[node].end;
        } else if matches!(name, "head" | "noscript") {
            node = tree.nodes[node].end;
        } else {
            node += 1;
        }
    }
    found
}

fn judge(tree: &Tree, node: usize, subject: Option<&str>, book: &mut Book) {
    let text = tree.text_of(node);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || invisible(c)).filter(|w| !w.is_empty()).collect();
    let text = words.join(" ");
    let count = text.chars().count();
    if count > MOST {
        book.add(&LONG, tree.place(node), format!("a preheader of {count} characters"));
    }
    if subject.is_some_and(|subject| !text.is_empty() && letters(subject) == letters(&text)) {
        book.add(&REPEATS, tree.place(node), "the preheader is the subject");
    }
    let style = tree.get(node, "style").unwrap_or_default().to_ascii_lowercase();
    if !style.contains("mso-hide") {
        book.add(&OUTLOOK, tree.place(node), "a preheader without mso-hide");
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first visible words are the preheader then: a sentence will do, a link or a heading will not.
fn visible(tree: &Tree, first: Option<usize>, book: &mut Book) {
    let Some(first) = first else {
        book.add(&MISSING, Place::whole(Part::Html), "the mail has no words for the inbox");
        return;
    };
    let block = tree.above(first).find(|up| BLOCK.contains(&tree.name(*up))).unwrap_or(first);
    let text = tree.text_of(block);
    let linked: usize = (block..tree.nodes[block].end)
        .filter(|node| tree.name(*node) == "a")
        .map(|node| tree.text_of(node).chars().count())
        .sum();
    let heading = matches!(tree.name(block), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let count = text.trim().chars().count();
    if heading || linked * 2 > count || count < 25 {
        book.add(&MISSING, tree.place(first), format!("the inbox shows “{}” first", short(&text, 40)));
    }
}

/// Characters that take no room.
const fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{feff}')
}

fn padding(tree: &Tree, book: &mut Book) {
    for node in 1..tree.nodes.len() {
        let Some(words) = tree.words(node) else { continue };
        let (mut run, mut longest) = (0, 0);
        for c in words.chars() {
            run = match c {
                _ if invisible(c) => run + 1,
                _ if c.is_whitespace() => run,
                _ => 0,
            };
            longest = longest.max(run);
        }
        if longest >= 5 {
            book.add(&PADDED, tree.place(node), format!("{longest} invisible characters in a row"));
        }
    }
}
