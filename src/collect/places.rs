//! Where the elements of a name are on a page, so that nobody looks through a subtree twice for them.

use super::tree::Tree;

/// The elements of one name, in the order of the page.
#[derive(Debug)]
pub(super) struct Places(Vec<usize>);

impl Places {
    pub(super) fn of(tree: &Tree<'_>, name: &str) -> Self {
        Self(tree.named(0, name).collect())
    }

    /// Those between two nodes, the second one left out.
    pub(super) fn between(&self, from: usize, to: usize) -> &[usize] {
        let before = |at: usize| self.0.partition_point(|place| *place < at);
        self.0.get(before(from)..before(to)).unwrap_or_default()
    }

    /// Those in a subtree, the subtree's own root left out.
    pub(super) fn within(&self, tree: &Tree<'_>, at: usize) -> &[usize] {
        self.between(at + 1, tree.end(at))
    }
}
