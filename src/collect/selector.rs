//! What a selector points at on a page.

use super::tree::Tree;
use crate::model::{Compare, Relation, Selector, Stride, Test};

/// The elements that fit, in the order of the page.
pub(super) fn find(selector: &Selector, tree: &Tree<'_>) -> Vec<usize> {
    let family = Family::of(tree);
    let mut found = vec![false; tree.nodes.len()];
    for chain in &selector.0 {
        for (found, fits) in found.iter_mut().zip(fitting(tree, &family, chain)) {
            *found |= fits;
        }
    }
    (1..tree.nodes.len()).filter(|at| found[*at]).collect()
}

/// The elements next to elements.
struct Family {
    /// The element before it with the same parent; 0 for none.
    before: Vec<usize>,
    /// True for the last element of its parent.
    last: Vec<bool>,
}

impl Family {
    fn of(tree: &Tree<'_>) -> Self {
        let count = tree.nodes.len();
        let (mut before, mut last, mut latest) = (vec![0; count], vec![false; count], vec![0; count]);
        for at in (1..count).filter(|at| tree.tag(*at).is_some()) {
            let latest = &mut latest[tree.parent(at)];
            (before[at], last[at]) = (*latest, true);
            if *latest != 0 {
                last[*latest] = false;
            }
            *latest = at;
        }
        Self { before, last }
    }
}

/// Which elements fit the last step of a chain, and others round them or before them the steps before.
///
/// Each step looks at each element once: what it needs to know of those before stands with its parent, and with the
/// element before it.
fn fitting(tree: &Tree<'_>, family: &Family, steps: &[Stride]) -> Vec<bool> {
    let count = tree.nodes.len();
    let mut fits: Vec<bool> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        // True where an element round it, or before it, fits the step before.
        let mut near = vec![false; count];
        let mut next = vec![false; count];
        for at in (1..count).filter(|at| tree.tag(*at).is_some()) {
            let (above, beside) = (tree.parent(at), family.before[at]);
            near[at] = number == 0
                || match step.relation {
                    Relation::Within => fits[above] || near[above],
                    Relation::Child => fits[above],
                    Relation::Next => fits[beside],
                    Relation::After => fits[beside] || near[beside],
                };
            next[at] = near[at] && passes(tree, family, at, &step.tests);
        }
        fits = next;
    }
    fits
}

fn passes(tree: &Tree<'_>, family: &Family, at: usize, tests: &[Test]) -> bool {
    tests.iter().all(|test| match test {
        Test::Name(name) => tree.name(at) == name,
        Test::Class(class) => has_word(tree, at, "class", class),
        Test::Id(id) => tree.attribute(at, "id").is_some_and(|value| value.trim() == id),
        Test::Attribute(name, compare, value) => compares(tree, at, name, *compare, value),
        Test::FirstChild => family.before[at] == 0,
        Test::LastChild => family.last[at],
        Test::Not(inner) => !passes(tree, family, at, inner),
    })
}

fn has_word(tree: &Tree<'_>, at: usize, attribute: &str, word: &str) -> bool {
    tree.attribute(at, attribute).is_some_and(|value| value.split_whitespace().any(|one| one == word))
}

fn compares(tree: &Tree<'_>, at: usize, name: &str, compare: Compare, value: &str) -> bool {
    let Some(found) = tree.attribute(at, name) else { return false };
    match compare {
        Compare::Present => true,
        Compare::Equal => found == value,
        Compare::Word => found.split_whitespace().any(|one| one == value),
        Compare::Start => !value.is_empty() && found.starts_with(value),
        Compare::End => !value.is_empty() && found.ends_with(value),
        Compare::Part => !value.is_empty() && found.contains(value),
        Compare::Dash => {
            found.strip_prefix(value).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "<main id=m><div class='card big'><h2><a href=/a/1 rel='x y'>1</a></h2></div>\
        <div class=card><h2><a href=/b/2>2</a></h2></div><p><a href=/a/3.html>3</a></p></main><a href=/a/4>4</a>";

    #[test]
    fn a_selector_points_at_what_a_browser_would() {
        let tree = Tree::new(PAGE);
        for (selector, expected) in [
            ("a", "1 2 3 4"),
            (".card a", "1 2"),
            ("main > a", ""),
            ("main > p > a, .big a", "1 3"),
            ("div.card.big h2 > a", "1"),
            ("#m a[href^='/a/']", "1 3"),
            ("a[href$=\".html\"]", "3"),
            ("a[rel~=y]", "1"),
            (".card + .card a", "2"),
            (".card ~ p a", "3"),
            ("main > :first-child a", "1"),
            (".card:not(.big) a", "2"),
            ("main * a", "1 2 3"),
            ("A[HREF]", "1 2 3 4"),
        ] {
            let found = find(&Selector::parse(selector).unwrap(), &tree);
            let texts: Vec<String> = found.into_iter().map(|at| tree.text(at, &[])).collect();
            assert_eq!(texts.join(" "), expected, "{selector}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_selector_or_is_not(text in "[a-c.#>+~ ,:\\[\\]()=*\"]{0,24}") {
            if let Ok(selector) = Selector::parse(&text) {
                let _ = find(&selector, &Tree::new(PAGE));
            }
        }
    }
}
