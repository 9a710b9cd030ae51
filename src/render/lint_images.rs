//! Pictures: what stands in their place, how large they are, where they come from.

use url::Url;

use super::lint::{Book, Rule, Severity, short};
use super::lint_links::{is_local, scheme};
use super::lint_tree::Tree;

static NO_ALT: Rule = Rule {
    name: "image-alt-missing",
    severity: Severity::Error,
    why: "With pictures off, the default of many clients, and to a screen reader, a picture is its alt text (WCAG 1.1.1).",
    way_out: "Describe it in alt; write alt=\"\" if it only decorates.",
};
static FILE_ALT: Rule = Rule {
    name: "image-alt-filename",
    severity: Severity::Warning,
    why: "The name of a file, or the word \"image\", tells nobody what is to be seen.",
    way_out: "Describe the picture in a few words.",
};
static LINK_ALT: Rule = Rule {
    name: "image-alt-long",
    severity: Severity::Hint,
    why: "With pictures off a long alt text breaks the layout, and a screen reader cannot skip in it.",
    way_out: "Keep it under 150 characters; a longer text belongs beside the picture.",
};
static NO_WIDTH: Rule = Rule {
    name: "image-width-missing",
    severity: Severity::Warning,
    why: "Outlook on Windows shows a picture without a width attribute in its own size, which can be 3,000 px.",
    way_out: "Write width=\"…\" in pixels as an attribute, and style=\"width:100%;height:auto\" for phones.",
};
static NO_SOURCE: Rule = Rule {
    name: "image-source-missing",
    severity: Severity::Error,
    why: "A picture without an address is an empty frame.",
    way_out: "Give it a src, or take it out.",
};
static RELATIVE: Rule = Rule {
    name: "image-relative",
    severity: Severity::Error,
    why: "A mail has no address that a picture could be relative to; it is an empty frame.",
    way_out: "Write the whole address, beginning with https://.",
};
static DATA: Rule = Rule {
    name: "image-data-uri",
    severity: Severity::Error,
    why: "Gmail and Outlook on Windows show no pictures that are written into the page, and they count against its size.",
    way_out: "Put the picture on a server, and use its https address.",
};
static SVG: Rule = Rule {
    name: "image-svg",
    severity: Severity::Error,
    why: "Gmail and Outlook on Windows show no SVG.",
    way_out: "Use PNG, twice as large as it is shown.",
};
static INSECURE: Rule = Rule {
    name: "image-insecure",
    severity: Severity::Hint,
    why: "Some web mail loads no pictures without https, and anybody on the way sees who reads.",
    way_out: "Use the https address, if the server has one.",
};
static SCHEME: Rule = Rule {
    name: "image-scheme",
    severity: Severity::Error,
    why: "Clients load pictures over https only; a file of your machine is nobody else's.",
    way_out: "Put the picture on a server, and use its https address.",
};
static PIXEL: Rule = Rule {
    name: "tracking-pixel",
    severity: Severity::Warning,
    why: "A picture of one pixel reports who opens a mail and when; readers resent it, and clients block or forge it.",
    way_out: "Take it out; ask readers, or count clicks on your own pages.",
};

pub(super) static RULES: &[&Rule] = &[
    &NO_ALT, &FILE_ALT, &LINK_ALT, &NO_WIDTH, &NO_SOURCE, &RELATIVE, &DATA, &SVG, &INSECURE, &SCHEME, &PIXEL,
];

/// Alt texts that stand for none.
const NO_WORDS: [&str; 8] = ["image", "picture", "photo", "img", "bild", "untitled", "logo.png", "spacer"];

pub(super) fn check(tree: &Tree, book: &mut Book) {
    for node in tree.named("img") {
        let side =
            |name: &str| tree.get(node, name).map(|value| value.trim().trim_end_matches("px").to_owned());
        let tiny = |name: &str| side(name).is_some_and(|value| matches!(value.as_str(), "0" | "1" | "2"));
        let pixel = tiny("width") && tiny("height");
        if pixel {
            book.add(&PIXEL, tree.place(node), "a picture of one pixel");
        } else if side("width").is_none_or(|width| width.is_empty()) {
            book.add(&NO_WIDTH, tree.place(node), "a picture without a width attribute");
        }
        alt(tree, node, book);
        source(tree, node, book);
    }
    for node in tree.named("svg") {
        book.add(&SVG, tree.place(node), "a drawing in the page");
    }
}

fn alt(tree: &Tree, node: usize, book: &mut Book) {
    let Some(alt) = tree.get(node, "alt") else {
        book.add(&NO_ALT, tree.place(node), "a picture without alt");
        return;
    };
    let alt = alt.trim().to_lowercase();
    let file = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg"].iter().any(|end| alt.ends_with(end));
    if NO_WORDS.contains(&alt.as_str()) || file && !alt.contains(' ') {
        book.add(&FILE_ALT, tree.place(node), format!("the alt text “{}”", short(&alt, 40)));
    }
    let count = alt.chars().count();
    if count > 300 {
        book.add(&LINK_ALT, tree.place(node), format!("an alt text of {count} characters"));
    }
}

fn source(tree: &Tree, node: usize, book: &mut Book) {
    let place = || tree.place(node);
    let source = tree.get(node, "src").unwrap_or_default().trim();
    if source.is_empty() {
        book.add(&NO_SOURCE, place(), "a picture without an address");
        return;
    }
    if source.starts_with(['{', '[', '*']) {
        return;
    }
    let Some((scheme, _)) = scheme(source) else {
        book.add(&RELATIVE, place(), format!("the address `{}` is relative", short(source, 60)));
        return;
    };
    let path = source.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if path.ends_with(".svg") || path.starts_with("data:image/svg") {
        book.add(&SVG, place(), "an SVG picture");
    }
    match scheme.as_str() {
        "https" | "cid" => {}
        "data" => book.add(&DATA, place(), "a picture written into the page"),
        // On the machine itself nobody listens; that it is no public address the links say.
        "http" if Url::parse(source).is_ok_and(|url| is_local(&url)) => {}
        "http" => book.add(&INSECURE, place(), "a picture without https"),
        _ => book.add(&SCHEME, place(), format!("a picture with {scheme}:")),
    }
}
