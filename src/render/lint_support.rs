//! Which clients show what a mail uses: elements, attributes, properties, values, at-rules, selectors, pictures.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::lint::{Book, Part, Place, Rule, Severity, short};
use super::lint_css::{self, AtRule, Declaration, StyleRule};
use super::lint_selector;
use super::lint_tree::Tree;

const WHY: &str = "Gmail, Outlook on Windows and Apple Mail show most mail; what one of them drops, many readers never see.";
const WAY_OUT: &str = "Use what all three show (tables, width attributes, inline styles), or see to it that the mail is whole without.";

const fn rule(name: &'static str) -> Rule {
    Rule { name, severity: Severity::Warning, why: WHY, way_out: WAY_OUT }
}

const ELEMENT: Rule = rule("client-element");
const ATTRIBUTE: Rule = rule("client-attribute");
const PROPERTY: Rule = rule("client-property");
const VALUE: Rule = rule("client-value");
const AT_RULE: Rule = rule("client-at-rule");
const SELECTOR: Rule = rule("client-selector");
const IMAGE: Rule = rule("client-image");
static BROKEN: Rule = Rule {
    name: "css-broken",
    severity: Severity::Warning,
    why: "Gmail drops a whole style sheet at the first thing that it cannot read; other clients drop what follows.",
    way_out: "Write `property: value` and close every brace; hacks for one client belong into a style element of their own.",
};

static KINDS: [(&str, Rule); 7] = [
    ("element", ELEMENT),
    ("attribute", ATTRIBUTE),
    ("property", PROPERTY),
    ("value", VALUE),
    ("at-rule", AT_RULE),
    ("selector", SELECTOR),
    ("image", IMAGE),
];

pub(super) static RULES: &[&Rule] =
    &[&KINDS[0].1, &KINDS[1].1, &KINDS[2].1, &KINDS[3].1, &KINDS[4].1, &KINDS[5].1, &KINDS[6].1, &BROKEN];

/// The table as it is written.
#[derive(Deserialize)]
struct File {
    date: String,
    great: Vec<String>,
    feature: Vec<Feature>,
}

/// What some client does not show.
#[derive(Deserialize)]
struct Feature {
    slug: String,
    title: String,
    kind: String,
    keys: Vec<String>,
    none: Vec<String>,
}

struct Table {
    date: String,
    /// By kind and key.
    features: HashMap<(&'static str, String), Feature>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let empty = File { date: String::new(), great: Vec::new(), feature: Vec::new() };
    // A test proves that both files can be read.
    let file: File = toml::from_str(include_str!("lint/support.toml")).unwrap_or(empty);
    let graceful: HashMap<String, String> =
        toml::from_str(include_str!("lint/graceful.toml")).unwrap_or_default();
    let mut features = HashMap::new();
    for feature in file.feature {
        let lacking = feature.none.iter().any(|client| file.great.contains(client));
        if !lacking || graceful.contains_key(&feature.slug) {
            continue;
        }
        for key in &feature.keys {
            let kind = match feature.kind.as_str() {
                "function" => "function",
                "unit" => "unit",
                "word" => "word",
                other => KINDS.iter().find(|(kind, _)| *kind == other).map_or("", |(kind, _)| kind),
            };
            let one = Feature {
                slug: feature.slug.clone(),
                title: feature.title.clone(),
                kind: feature.kind.clone(),
                keys: Vec::new(),
                none: feature.none.clone(),
            };
            features.insert((kind, key.clone()), one);
        }
    }
    Table { date: file.date, features }
});

/// The day up to which clients were tested, as `2025-09-09`.
#[must_use]
pub fn date() -> &'static str {
    &TABLE.date
}

/// Looks up one key and tells of it.
fn ask(kind: &'static str, key: &str, place: &dyn Fn() -> Place, book: &mut Book) {
    let Some(feature) = TABLE.features.get(&(kind, key.to_owned())) else { return };
    let said = match kind {
        "function" | "unit" | "word" => "value",
        other => other,
    };
    let Some((_, rule)) = KINDS.iter().find(|(known, _)| *known == said) else { return };
    // An element is named as it is used, one of several that a title lists.
    let title = if kind == "element" { format!("<{key}>") } else { feature.title.clone() };
    book.add(rule, place(), format!("{title}, which {} cannot show", listed(&feature.none)));
}

/// "Gmail, Yahoo and Thunderbird".
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Checks every element, attribute, picture, rule and declaration of a document.
pub(super) fn check(tree: &Tree, book: &mut Book) {
    for node in tree.elements() {
        element(tree, node, book);
    }
    let sheet = lint_css::sheet(tree);
    for (line, words) in &sheet.broken {
        let place = Place { text: short(words, 60), ..Place::line(Part::Html, *line) };
        book.add(&BROKEN, place, "what stands in a style sheet is no CSS");
    }
    sheet.at_rules.iter().for_each(|rule| at_rule(rule, book));
    sheet.rules.iter().for_each(|rule| style_rule(rule, book));
}

fn element(tree: &Tree, node: usize, book: &mut Book) {
    let name = tree.name(node);
    let place = || tree.place(node);
    ask("element", name, &place, book);
    for (attribute, value) in tree.attributes(node) {
        ask("attribute", attribute, &place, book);
        if matches!(attribute.as_str(), "type" | "name") && value.len() < 40 {
            ask("element", &format!("{name}[{attribute}={}]", value.to_ascii_lowercase()), &place, book);
        }
    }
    if let Some(path) = tree.get(node, "src").filter(|_| name == "img") {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        if let Some((_, suffix)) = path.rsplit_once('.').filter(|(_, suffix)| suffix.len() < 6) {
            ask("image", &format!(".{}", suffix.to_ascii_lowercase()), &place, book);
        }
    }
    if let Some(style) = tree.get(node, "style") {
        let (declarations, broken) = lint_css::inline(style, tree.nodes[node].line);
        declarations.iter().for_each(|one| declaration(one, &place, book));
        if !broken.is_empty() {
            book.add(
                &BROKEN,
                place(),
                format!("`{}` in a style attribute is no declaration", short(&broken[0], 40)),
            );
        }
    }
}

fn at_rule(rule: &AtRule, book: &mut Book) {
    let place = || Place {
        text: short(&format!("@{} {}", rule.name, rule.prelude), 60),
        ..Place::line(Part::Html, rule.line)
    };
    ask("at-rule", &rule.name, &place, book);
    let features = rule.prelude.split(['(', ')', ':', ' ']).map(|word| word.trim_start_matches("-webkit-"));
    for feature in features.filter(|_| rule.name == "media") {
        let feature = feature.trim_start_matches("min-").trim_start_matches("max-");
        ask("at-rule", &format!("media:{feature}"), &place, book);
    }
}

fn style_rule(rule: &StyleRule, book: &mut Book) {
    let place =
        || Place { text: format!("`{}`", short(&rule.selectors, 60)), ..Place::line(Part::Html, rule.line) };
    // What stands under a query that asks for more is dropped where the query is not understood.
    if rule.media.is_empty() {
        for selector in lint_selector::parse(&rule.selectors) {
            selector.uses.iter().for_each(|name| ask("selector", name, &place, book));
        }
        rule.declarations.iter().for_each(|one| declaration(one, &place, book));
    }
}

fn declaration(declaration: &Declaration, place: &dyn Fn() -> Place, book: &mut Book) {
    let Declaration { property, value, .. } = declaration;
    if property.starts_with("mso-") || property.starts_with("--") {
        return;
    }
    ask("property", property, place, book);
    let value = value.to_ascii_lowercase();
    ask("value", &format!("{property}:{}", value.trim()), place, book);
    if value.len() > 2_000 {
        return;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '%' | '.' | '(');
    for word in value.split(|c: char| !plain(c)).filter(|word| !word.is_empty()) {
        for function in word.split_inclusive('(').filter_map(|part| part.strip_suffix('(')) {
            ask("function", function, place, book);
        }
        let last = word.rsplit('(').next().unwrap_or_default();
        ask("word", last, place, book);
        let unit =
            last.trim_start_matches(['-', '+']).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if unit.len() < last.len() {
            ask("unit", unit, place, book);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_has_its_date() {
        let file: File = toml::from_str(include_str!("lint/support.toml")).expect("the table");
        assert_eq!((file.date.len(), file.great.len()), (10, 3));
        assert!(file.feature.len() > 200, "{}", file.feature.len());
        let kinds = ["function", "unit", "word"];
        let known = |f: &Feature| kinds.contains(&&*f.kind) || KINDS.iter().any(|(kind, _)| *kind == f.kind);
        assert!(file.feature.iter().all(known));
    }

    #[test]
    fn what_is_lost_with_grace_is_a_feature_of_the_table() {
        let file: File = toml::from_str(include_str!("lint/support.toml")).expect("the table");
        let graceful: HashMap<String, String> =
            toml::from_str(include_str!("lint/graceful.toml")).expect("the list");
        let unknown: Vec<_> =
            graceful.keys().filter(|slug| file.feature.iter().all(|f| f.slug != **slug)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
