//! What a selector points at on a page.

use super::tree::Tree;
use crate::model::{Compare, Relation, Selector, Stride, Test};

/// The elements that fit, in the order of the page.
pub(super) fn find(selector: &Selector, tree: &Tree<'_>) -> Vec<usize> {
    let elements = (1..tree.nodes.len()).filter(|at| tree.tag(*at).is_some());
    elements.filter(|at| selector.0.iter().any(|chain| fits(tree, *at, chain))).collect()
}

/// True if an element fits the last step, and others before it fit the steps before.
///
/// Looked at from the end, each step keeps the elements that may be meant, so that no way is gone twice.
fn fits(tree: &Tree<'_>, at: usize, steps: &[Stride]) -> bool {
    let Some((last, before)) = steps.split_last() else { return false };
    if !passes(tree, at, &last.tests) {
        return false;
    }
    let (mut meant, mut relation) = (vec![at], last.relation);
    for step in before.iter().rev() {
        let mut next: Vec<usize> = Vec::new();
        for at in meant {
            let others: Box<dyn Iterator<Item = usize>> = match relation {
                Relation::Within => Box::new(tree.ancestors(at)),
                Relation::Child => Box::new(tree.ancestors(at).take(1)),
                Relation::Next => Box::new(siblings_before(tree, at).last().into_iter()),
                Relation::After => Box::new(siblings_before(tree, at)),
            };
            next.extend(others.filter(|other| passes(tree, *other, &step.tests)));
        }
        next.sort_unstable();
        next.dedup();
        (meant, relation) = (next, step.relation);
    }
    !meant.is_empty()
}

fn siblings_before<'t>(tree: &'t Tree<'_>, at: usize) -> impl Iterator<Item = usize> + 't {
    let elements = tree.children(tree.parent(at)).filter(|child| tree.tag(*child).is_some());
    elements.take_while(move |child| *child < at)
}

fn passes(tree: &Tree<'_>, at: usize, tests: &[Test]) -> bool {
    tests.iter().all(|test| match test {
        Test::Name(name) => tree.name(at) == name,
        Test::Class(class) => has_word(tree, at, "class", class),
        Test::Id(id) => tree.attribute(at, "id").is_some_and(|value| value.trim() == id),
        Test::Attribute(name, compare, value) => compares(tree, at, name, *compare, value),
        Test::FirstChild => siblings_before(tree, at).next().is_none(),
        Test::LastChild => {
            let mut all = tree.children(tree.parent(at)).filter(|child| tree.tag(*child).is_some());
            all.all(|child| child <= at)
        }
        Test::Not(inner) => !passes(tree, at, inner),
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
