//! What a mail must not do: scripts, forms, frames, foreign style sheets, refreshes.

use super::lint::{Book, Rule, Severity};
use super::lint_css;
use super::lint_tree::Tree;

static SCRIPT: Rule = Rule {
    name: "script",
    severity: Severity::Error,
    why: "No client runs scripts in a mail, and many filters refuse a mail that has one.",
    way_out: "Take the script out; link to a page that does what it did.",
};
static HANDLER: Rule = Rule {
    name: "event-handler",
    severity: Severity::Error,
    why: "An `on…` attribute is a script: dropped by clients, counted by filters.",
    way_out: "Take the attribute out.",
};
static FORM: Rule = Rule {
    name: "form",
    severity: Severity::Error,
    why: "Outlook and Yahoo show no forms, Gmail warns before it sends one, and phishing filters look for them.",
    way_out: "Link to a page with the form.",
};
static FRAME: Rule = Rule {
    name: "frame",
    severity: Severity::Error,
    why: "No client shows a page, a plug-in or an object inside a mail.",
    way_out: "Show a picture, and link it to the page.",
};
static STYLE: Rule = Rule {
    name: "external-style",
    severity: Severity::Error,
    why: "Clients load no style sheet from elsewhere; the mail looks as if it had none.",
    way_out: "Put the rules into a style element and, as far as they matter, into style attributes.",
};
static REFRESH: Rule = Rule {
    name: "meta-refresh",
    severity: Severity::Error,
    why: "A mail that leads elsewhere by itself is what fraud looks like; filters refuse it.",
    way_out: "Take the refresh out; use a link.",
};
static BASE: Rule = Rule {
    name: "base-element",
    severity: Severity::Error,
    why: "Web mail drops `<base>`, and every address that relied on it leads nowhere.",
    way_out: "Write every address out in full.",
};
static UNCLOSED: Rule = Rule {
    name: "element-unclosed",
    severity: Severity::Warning,
    why: "Web mail puts a mail into its own page; what is left open swallows what follows, and each client mends it otherwise.",
    way_out: "Close the element where it should end.",
};
static STRAY: Rule = Rule {
    name: "end-tag-stray",
    severity: Severity::Warning,
    why: "An end tag that closes nothing may end a table of the web mail around the mail.",
    way_out: "Take it out, or open what it closes.",
};

pub(super) static RULES: &[&Rule] =
    &[&SCRIPT, &HANDLER, &FORM, &FRAME, &STYLE, &REFRESH, &BASE, &UNCLOSED, &STRAY];

pub(super) fn check(tree: &Tree, book: &mut Book) {
    for node in tree.elements() {
        element(tree, node, book);
        let handlers =
            tree.attributes(node).iter().filter(|(name, _)| name.starts_with("on") && name.len() > 4);
        for (name, _) in handlers {
            book.add(&HANDLER, tree.place(node), format!("the attribute {name}"));
        }
    }
    for rule in lint_css::sheet(tree).at_rules.iter().filter(|rule| rule.name == "import") {
        let place = super::lint::Place::line(super::lint::Part::Html, rule.line);
        book.add(&STYLE, place, format!("@import {}", super::lint::short(&rule.prelude, 60)));
    }
    for node in &tree.unclosed {
        book.add(&UNCLOSED, tree.place(*node), format!("<{}> is never closed", tree.name(*node)));
    }
    for (name, line) in &tree.stray {
        let place = super::lint::Place::line(super::lint::Part::Html, *line);
        book.add(&STRAY, place, format!("</{name}> closes nothing"));
    }
}

fn element(tree: &Tree, node: usize, book: &mut Book) {
    let is = |name: &str, value: &str| {
        tree.get(node, name)
            .is_some_and(|own| own.to_ascii_lowercase().split_whitespace().any(|word| word == value))
    };
    let name = tree.name(node);
    let rule = match name {
        "script" => &SCRIPT,
        "form" | "input" | "select" | "textarea" | "button" => &FORM,
        "iframe" | "frame" | "frameset" | "object" | "embed" | "applet" => &FRAME,
        "link" if is("rel", "stylesheet") => &STYLE,
        "meta" if is("http-equiv", "refresh") => &REFRESH,
        "base" => &BASE,
        _ => return,
    };
    book.add(rule, tree.place(node), format!("<{name}> in a mail"));
}
