//! Contrast of words and ground, light, dark and without the style sheet (WCAG 2.1 §1.4.3).

use super::lint::{Book, Rule, Severity};
use super::lint_style::{Guise, Look, Styled};
use super::lint_tree::Tree;

static LIGHT: Rule = Rule {
    name: "contrast",
    severity: Severity::Error,
    why: "Pale words are lost in sunlight, on cheap screens and to one reader in twelve (WCAG 2.1 §1.4.3, AA).",
    way_out: "Darken the words or lighten the ground until the ratio is 4.5 (3 for words of 24 px, or bold ones of 18.7 px).",
};
static DARK: Rule = Rule {
    name: "contrast-dark",
    severity: Severity::Error,
    why: "A reader with dark colours gets this pair; a colour that was set for light ground stayed behind.",
    way_out: "In `@media (prefers-color-scheme: dark)` give words, links and every ground a colour, or none of them.",
};
static PLAIN: Rule = Rule {
    name: "contrast-without-styles",
    severity: Severity::Warning,
    why: "Some clients drop the style sheet and keep the style attributes; what is left must be readable.",
    way_out: "Put colour and background-color of words and ground into style attributes, side by side.",
};

pub(super) static RULES: &[&Rule] = &[&LIGHT, &DARK, &PLAIN];

/// Returns the ratio of an element's words, and the least that it should be; `None` if it cannot be told.
fn ratio(look: &Look) -> Option<(f64, f64)> {
    let large = look.size >= 24.0 || look.bold && look.size >= 18.66;
    Some((look.ink()?.contrast(look.ground?), if large { 3.0 } else { 4.5 }))
}

/// Words of the colour of their ground are hidden, which is another rule's business.
pub(super) fn vanishes(look: &Look) -> bool {
    ratio(look).is_some_and(|(ratio, _)| ratio < 1.1)
}

/// Checks the words of each guise; what is as in the light guise is told once.
pub(super) fn check(tree: &Tree, guises: &[Styled; 3], book: &mut Book) {
    let [light, others @ ..] = guises;
    one(tree, light, None, book);
    for guise in others {
        one(tree, guise, Some(light), book);
    }
}

fn one(tree: &Tree, styled: &Styled, light: Option<&Styled>, book: &mut Book) {
    let rule = match styled.guise {
        Guise::Light => &LIGHT,
        Guise::Dark => &DARK,
        Guise::Plain => &PLAIN,
    };
    for node in 1..tree.nodes.len() {
        let look = &styled.looks[node];
        let read = tree.words(node).is_some_and(|words| words.chars().any(char::is_alphanumeric));
        if !read || look.hidden {
            continue;
        }
        let (Some((ratio, least)), Some(ink), Some(ground)) = (ratio(look), look.ink(), look.ground) else {
            continue;
        };
        let known = light.map(|light| &light.looks[node]);
        let same = known.is_some_and(|known| known.ink() == Some(ink) && known.ground == Some(ground));
        // Never told down to the last digit: 4.496 is no 4.5 and must not look like it.
        let shown = (ratio * 100.0).floor() / 100.0;
        if ratio < least && !same && !(light.is_none() && vanishes(look)) {
            book.add(
                rule,
                tree.place(node),
                format!("{ink} on {ground} has a contrast of {shown}, expected at least {least}"),
            );
        }
    }
}
