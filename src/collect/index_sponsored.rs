//! What stands on an index page because somebody paid for it.

use super::places::Places;
use super::reading_signs::{Said, Signs};
use super::reading_words::sells;
use super::tree::{Kind, Tree};

/// No label is longer, as it is written, in bytes.
const LABEL: usize = 120;
/// So many levels round a label its box is looked for; it has no more links.
const LEVELS: usize = 5;
const LINKS: usize = 12;

/// Marks the boxes that are signed as paid for, or have a label that says so.
pub(super) fn drop_sponsored(tree: &Tree<'_>, said: &Said, links: &Places, dropped: &mut [bool]) {
    for at in 1..tree.nodes.len() {
        if dropped[at] {
            continue;
        }
        match &tree.nodes[at].kind {
            Kind::Element(_) => {
                let whole = matches!(tree.name(at), "body" | "html" | "main");
                dropped[at] =
                    !whole && said.both(at).has(Signs::SPONSORED) && links.within(tree, at).len() <= LINKS;
            }
            Kind::Text(written) if written.len() <= LABEL && sells(written) => {
                if let Some(outer) = boxed(tree, links, at) {
                    dropped[outer] = true;
                }
            }
            Kind::Text(_) | Kind::Raw(_) => {}
        }
    }
}

/// The box of a label: what begins with it and holds links, else the smallest that holds one.
fn boxed(tree: &Tree<'_>, links: &Places, label: usize) -> Option<usize> {
    let within = |above: usize| links.within(tree, above).len();
    let whole = |above: &usize| matches!(tree.name(*above), "body" | "html" | "main" | "");
    let mut above = tree.ancestors(label).take(LEVELS).take_while(|above| !whole(above));
    let first = above.find(|above| within(*above) > 0).filter(|first| within(*first) <= LINKS)?;
    // A menu's entry of that name heads nothing.
    (tree.name(first) != "a" && tree.name(first) != "nav").then_some(first)
}
