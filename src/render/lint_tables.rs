//! Tables that lay out, tables that are too wide, and boxes that Outlook on Windows does not know.

use super::lint::{Book, Rule, Severity};
use super::lint_css;
use super::lint_style::Styled;
use super::lint_tree::Tree;
use super::lint_values::length;

static ROLE: Rule = Rule {
    name: "table-role-missing",
    severity: Severity::Warning,
    why: "A screen reader announces a layout table as data: \"table, 1 row, 1 column\", at every corner.",
    way_out: "Write role=\"presentation\" on tables that lay out; give tables of data their th.",
};
static HEADER: Rule = Rule {
    name: "table-header-in-layout",
    severity: Severity::Warning,
    why: "A th or a caption says that the table holds data; role=\"presentation\" says that it does not.",
    way_out: "Use td in a layout table, or drop the role where it does hold data.",
};
static WIDE: Rule = Rule {
    name: "layout-wide",
    severity: Severity::Warning,
    why: "A mail wider than 600 to 640 px is cut off or scrolled sideways in narrow windows and on phones.",
    way_out: "Make it width=\"600\" with style=\"width:100%;max-width:600px\", or narrower.",
};
static PADDED: Rule = Rule {
    name: "padding-outside-cell",
    severity: Severity::Hint,
    why: "Outlook on Windows knows padding on table cells only.",
    way_out: "Put the padding on a td, or use margin on p and headings.",
};
static CENTRED: Rule = Rule {
    name: "centred-by-margin",
    severity: Severity::Hint,
    why: "Outlook on Windows does not know `margin: auto`; the table stands at the left.",
    way_out: "Write align=\"center\" on the table as well.",
};
static LONG: Rule = Rule {
    name: "word-long",
    severity: Severity::Hint,
    why: "A word without a break makes a phone scroll sideways, or the whole mail small.",
    way_out: "Break it with a soft hyphen (U+00AD), or show less of it; an address belongs behind words.",
};

pub(super) static RULES: &[&Rule] = &[&ROLE, &HEADER, &WIDE, &PADDED, &CENTRED, &LONG];

/// What clients show, in pixels, and how many letters fit on a phone.
const WIDEST: f64 = 640.0;
const LONGEST: usize = 50;

pub(super) fn check(tree: &Tree, light: &Styled, book: &mut Book) {
    for node in tree.elements() {
        if tree.name(node) == "table" {
            table(tree, node, book);
        }
        wide(tree, node, book);
        boxes(tree, node, book);
    }
    for node in 1..tree.nodes.len() {
        let Some(words) = tree.words(node).filter(|_| !light.looks[node].hidden) else { continue };
        let breaks =
            |c: char| c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}' | '-' | '\u{2010}' | '/');
        // Scripts without blanks between words break anywhere.
        let long =
            words.split(breaks).find(|word| word.chars().filter(|c| *c < '\u{2e80}').nth(LONGEST).is_some());
        if let Some(word) = long {
            book.add(&LONG, tree.place(node), format!("a word of {} letters", word.chars().count()));
        }
    }
}

/// The rows and cells of a table itself, without tables inside.
fn table(tree: &Tree, node: usize, book: &mut Book) {
    let own = |name: &'static str| {
        (node + 1..tree.nodes[node].end).find(move |inside| {
            tree.name(*inside) == name
                && tree.above(*inside).find(|up| tree.name(*up) == "table") == Some(node)
        })
    };
    let role = tree.get(node, "role").unwrap_or_default();
    let data = ["th", "caption", "thead"].iter().find_map(|name| own(name));
    match data {
        Some(inside) if matches!(role, "presentation" | "none") => {
            book.add(&HEADER, tree.place(inside), format!("<{}> in a layout table", tree.name(inside)));
        }
        None if role.is_empty() => book.add(&ROLE, tree.place(node), "a table without role and without th"),
        Some(_) | None => {}
    }
}

fn wide(tree: &Tree, node: usize, book: &mut Book) {
    if !matches!(tree.name(node), "table" | "td" | "th" | "div" | "img") {
        return;
    }
    let (declarations, _) = lint_css::inline(tree.get(node, "style").unwrap_or_default(), 0);
    let styled = |property: &str| {
        declarations.iter().rfind(|d| d.property == property).map(|d| d.value.to_ascii_lowercase())
    };
    let bounded = styled("max-width").is_some();
    let pixels = |value: &str| length(value, 0.0).filter(|_| !value.ends_with(['%', 'm']));
    let attribute =
        tree.get(node, "width").and_then(|value| value.trim_end_matches("px").trim().parse::<f64>().ok());
    let widest = [
        styled("width").as_deref().and_then(pixels),
        styled("min-width").as_deref().and_then(pixels),
        attribute,
    ]
    .into_iter()
    .flatten()
    .fold(0.0, f64::max);
    if widest > WIDEST && !bounded {
        book.add(&WIDE, tree.place(node), format!("<{}> of {widest} px", tree.name(node)));
    }
}

fn boxes(tree: &Tree, node: usize, book: &mut Book) {
    let name = tree.name(node);
    if !matches!(name, "p" | "div" | "a" | "table" | "h1" | "h2" | "h3" | "h4" | "span" | "img") {
        return;
    }
    let (declarations, _) = lint_css::inline(tree.get(node, "style").unwrap_or_default(), 0);
    for declaration in &declarations {
        let value = declaration.value.to_ascii_lowercase();
        let nothing = value.split_whitespace().all(|word| length(word, 0.0) == Some(0.0));
        if declaration.property.starts_with("padding") && !nothing && name != "table" {
            book.add(&PADDED, tree.place(node), format!("{} on <{name}>", declaration.property));
        }
        let centred = declaration.property.starts_with("margin") && value.contains("auto");
        let aligned = tree.get(node, "align").is_some()
            || tree
                .above(node)
                .next()
                .is_some_and(|up| tree.get(up, "align").is_some() || tree.name(up) == "center");
        if centred && name == "table" && !aligned {
            book.add(&CENTRED, tree.place(node), "margin:auto without align");
        }
    }
}
