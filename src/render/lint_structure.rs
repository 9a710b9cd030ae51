//! The frame of a page: doctype, language, title, headings, and words that are too small to read.

use super::lint::{Book, Part, Place, Rule, Severity};
use super::lint_style::Styled;
use super::lint_tree::Tree;

static LANGUAGE: Rule = Rule {
    name: "language-missing",
    severity: Severity::Error,
    why: "A screen reader reads the words in the voice of the language that the page names, or in a wrong one.",
    way_out: "Write lang=\"en\" (or yours) on the html element, and on the first element of the body.",
};
static WRAPPER: Rule = Rule {
    name: "language-not-in-body",
    severity: Severity::Hint,
    why: "Web mail drops html and body with their attributes; what is said only there is lost.",
    way_out: "Write lang on the element that wraps the whole body as well.",
};
static OUTSIDE: Rule = Rule {
    name: "language-not-on-html",
    severity: Severity::Hint,
    why: "Where the mail is a page of its own, its title is read in the voice that the html element names.",
    way_out: "Write lang on the html element as well.",
};
static TITLE: Rule = Rule {
    name: "title-missing",
    severity: Severity::Warning,
    why: "The title is read out first, and names the page when the mail is opened in a browser or printed.",
    way_out: "Write the subject into a title element in the head.",
};
static DOCTYPE: Rule = Rule {
    name: "doctype-missing",
    severity: Severity::Hint,
    why: "Without it browsers lay tables and fonts out as in 1998.",
    way_out: "Begin the HTML part with <!DOCTYPE html>.",
};
static CHARSET: Rule = Rule {
    name: "charset-missing",
    severity: Severity::Hint,
    why: "A mail that is saved as a page loses the header that names its charset, and its accents with it.",
    way_out: "Write <meta charset=\"utf-8\"> first in the head.",
};
static VIEWPORT: Rule = Rule {
    name: "viewport-missing",
    severity: Severity::Hint,
    why: "Some phones lay a page without it out for a desk and shrink it.",
    way_out: "Write <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"> into the head.",
};
static NO_HEADING: Rule = Rule {
    name: "heading-missing",
    severity: Severity::Warning,
    why: "Readers who listen jump along headings; without a first one they have to hear it all.",
    way_out: "Make the title of the mail an h1 and the title of each article an h2.",
};
static SKIPS: Rule = Rule {
    name: "heading-skips",
    severity: Severity::Warning,
    why: "A level that is left out sounds like a part that was missed.",
    way_out: "Let each heading be at most one level below the one before; size is a matter of style.",
};
static EMPTY: Rule = Rule {
    name: "heading-empty",
    severity: Severity::Warning,
    why: "A heading without words is announced as one, and says nothing.",
    way_out: "Give it words, or take it out.",
};
static MANY: Rule = Rule {
    name: "heading-two-first",
    severity: Severity::Hint,
    why: "Two first headings leave it open which of them names the mail.",
    way_out: "Keep one h1; let the others be h2.",
};
static SMALL: Rule = Rule {
    name: "text-small",
    severity: Severity::Warning,
    why: "Words under 14 px cannot be read on a phone without zooming.",
    way_out: "Set them in 14 px at least; 16 px for what is read at length.",
};
static TIGHT: Rule = Rule {
    name: "lines-tight",
    severity: Severity::Hint,
    why: "Lines that stand too close are hard to follow, most of all with dyslexia.",
    way_out: "Give words of reading size a line-height of 1.4 at least.",
};

pub(super) static RULES: &[&Rule] = &[
    &LANGUAGE,
    &WRAPPER,
    &OUTSIDE,
    &TITLE,
    &DOCTYPE,
    &CHARSET,
    &VIEWPORT,
    &NO_HEADING,
    &SKIPS,
    &EMPTY,
    &MANY,
    &SMALL,
    &TIGHT,
];

pub(super) fn check(tree: &Tree, light: &Styled, book: &mut Book) {
    head(tree, book);
    language(tree, light, book);
    headings(tree, light, book);
    sizes(tree, light, book);
}

fn head(tree: &Tree, book: &mut Book) {
    let whole = || Place::whole(Part::Html);
    if !tree.doctype {
        book.add(&DOCTYPE, whole(), "the page has no doctype");
    }
    if !tree.named("title").any(|node| (node..tree.nodes[node].end).any(|n| holds_words(tree, n))) {
        book.add(&TITLE, whole(), "the page has no title");
    }
    let metas: Vec<usize> = tree.named("meta").collect();
    let says = |name: &str, value: &str| {
        metas.iter().any(|node| tree.get(*node, name).is_some_and(|own| own.eq_ignore_ascii_case(value)))
    };
    if !metas.iter().any(|node| tree.get(*node, "charset").is_some()) && !says("http-equiv", "content-type") {
        book.add(&CHARSET, whole(), "the page names no charset");
    }
    if !says("name", "viewport") {
        book.add(&VIEWPORT, whole(), "the page has no viewport");
    }
}

fn holds_words(tree: &Tree, node: usize) -> bool {
    matches!(&tree.nodes[node].kind, super::lint_tree::Kind::Text(text) if !text.trim().is_empty())
}

/// The elements around the first visible words that are left when html and body are dropped.
pub(super) fn wrappers<'t>(tree: &'t Tree, light: &Styled) -> impl Iterator<Item = usize> + use<'t> {
    let seen = |node: &usize| !light.looks[*node].hidden;
    let first = (1..tree.nodes.len())
        .filter(seen)
        .find(|node| tree.words(*node).is_some_and(|words| !words.trim().is_empty()));
    let above = first.map(|node| tree.above(node).collect::<Vec<_>>()).unwrap_or_default();
    above.into_iter().filter(|node| !matches!(tree.name(*node), "html" | "body" | "head"))
}

fn language(tree: &Tree, light: &Styled, book: &mut Book) {
    let said = |node: usize| tree.get(node, "lang").is_some_and(|lang| !lang.trim().is_empty());
    let inside = wrappers(tree, light).any(said);
    if !inside && !tree.named("html").chain(tree.named("body")).any(said) {
        book.add(&LANGUAGE, Place::whole(Part::Html), "neither the page nor its body names its language");
    } else if !inside {
        book.add(&WRAPPER, Place::whole(Part::Html), "only html or body names the language");
    } else if !tree.named("html").any(said) {
        book.add(&OUTSIDE, Place::whole(Part::Html), "the html element names no language");
    }
}

fn headings(tree: &Tree, light: &Styled, book: &mut Book) {
    let level = |node: usize| match tree.name(node).as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    };
    let (mut before, mut firsts) = (0, 0);
    for node in tree.elements().filter(|node| !light.looks[*node].hidden) {
        let Some(level) = level(node) else { continue };
        let pictures = (node..tree.nodes[node].end)
            .any(|n| tree.get(n, "alt").is_some_and(|alt| !alt.trim().is_empty()));
        if tree.text_of(node).trim().is_empty() && !pictures {
            book.add(&EMPTY, tree.place(node), format!("an h{level} without words"));
        }
        firsts += usize::from(level == 1);
        if level == 1 && firsts == 2 {
            book.add(&MANY, tree.place(node), "a second h1");
        }
        if level > before + 1 {
            let found = if before == 0 {
                format!("the first heading is an h{level}")
            } else {
                format!("an h{level} after an h{before}")
            };
            book.add(&SKIPS, tree.place(node), found);
        }
        before = level;
    }
    if before == 0 {
        book.add(&NO_HEADING, Place::whole(Part::Html), "the page has no heading");
    }
}

fn sizes(tree: &Tree, light: &Styled, book: &mut Book) {
    for node in 1..tree.nodes.len() {
        let look = &light.looks[node];
        let read = tree.words(node).is_some_and(|words| words.chars().any(char::is_alphanumeric));
        if !read || look.hidden || tree.above(node).any(|up| matches!(tree.name(up), "sup" | "sub")) {
            continue;
        }
        if look.size < 13.9 {
            book.add(&SMALL, tree.place(node), format!("words of {} px", (look.size * 10.0).round() / 10.0));
        } else if let Some(line) = look.line.filter(|line| look.size < 20.0 && line / look.size < 1.39) {
            let ratio = (line / look.size * 100.0).round() / 100.0;
            book.add(&TIGHT, tree.place(node), format!("a line-height of {ratio}"));
        }
    }
}
