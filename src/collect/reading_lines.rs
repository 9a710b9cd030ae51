//! The lines of an article that are none of it: whose rights it is, a link to another page and nothing else, its tags, and
//! who its author is.

use super::reading_measures::{Measures, Sums, is_blank};
use super::reading_signs::{Said, Signs};
use super::reading_words::{heads_bio, heads_furniture_inside, heads_tags, is_of_rights};
use super::text;
use super::tree::Tree;

/// No such line is longer, in columns; nor as it is written, in bytes; nor has it more nodes.
const LINE: u32 = 260;
const WRITTEN: u32 = 2_000;
const NODES: usize = 24;
/// A link that says more is a sentence, in columns.
const LINK: usize = 150;
/// What is said of an author is no longer, in columns.
const BIO: u32 = 700;
/// A paragraph that can begin an article is as long, in columns.
const PARAGRAPH: u32 = 80;

/// Marks such lines in the elements that make the article.
pub(super) fn drop_lines(tree: &Tree<'_>, said: &Said, roots: &[usize], dropped: &mut [bool]) {
    let measures = Measures::new(tree, dropped);
    let lines = Lines { tree, said, measures };
    let mut begun = false;
    for root in roots {
        lines.drop_runs(*root, dropped);
        let mut at = *root + 1;
        while at < tree.end(*root) {
            if dropped[at] {
                at = tree.end(at).max(at + 1);
                continue;
            }
            let name = tree.name(at);
            let sums = lines.measures.of(tree, at);
            begun |= matches!(name, "p" | "") && sums.text >= PARAGRAPH;
            if lines.is_none(at, sums, begun, dropped) {
                dropped[at] = true;
            } else if begun && matches!(name, "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "strong") {
                lines.drop_bio(at, sums, dropped);
            } else if matches!(name, "td" | "div" | "font" | "p" | "section" | "center") {
                lines.drop_runs(at, dropped);
            }
            at += 1;
        }
    }
}

struct Lines<'p> {
    tree: &'p Tree<'p>,
    said: &'p Said,
    measures: Measures,
}

impl Lines<'_> {
    /// True for an element that is such a line.
    fn is_none(&self, at: usize, sums: Sums, begun: bool, dropped: &[bool]) -> bool {
        let name = self.tree.name(at);
        if begun && self.said.both(at).has(Signs::BIO) && (1..=BIO).contains(&sums.text) {
            return true;
        }
        if matches!(name, "ul" | "ol") {
            return sums.text > 0 && sums.images == 0 && sums.link_density() > 0.9;
        }
        let block = matches!(
            name,
            "p" | "div" | "li" | "small" | "center" | "h5" | "h6" | "dd" | "font" | "span" | "address"
        );
        if !block || sums.text == 0 || !self.is_short(at, sums) {
            return false;
        }
        let written = self.tree.text(at, dropped);
        let alone = || {
            let outer = self.tree.parent(at);
            matches!(name, "p" | "div")
                && sums.images == 0
                && sums.link_density() > 0.95
                && text::columns(&written) <= LINK
                // Headlines end without one.
                && !written.trim_end().ends_with(['.', '。', '”', '»', '"'])
                && !matches!(self.tree.name(outer), "blockquote" | "figure" | "td" | "th")
        };
        is_of_rights(&written)
            || alone()
            || (heads_tags(&written) && (sums.link_density() > 0.3 || sums.text < 60))
    }

    fn is_short(&self, at: usize, sums: Sums) -> bool {
        sums.text <= LINE && sums.written <= WRITTEN && self.tree.end(at) - at <= NODES
    }

    /// Drops a heading over what is said of the author, and that.
    fn drop_bio(&self, at: usize, sums: Sums, dropped: &mut [bool]) {
        let tree = self.tree;
        if sums.text == 0 || sums.text > 60 || sums.written > WRITTEN || !heads_bio(&tree.text(at, dropped)) {
            return;
        }
        let outer = if tree.name(at) == "strong" { tree.parent(at) } else { at };
        let end = tree.end(tree.parent(outer));
        if self.measures.between(outer, end).text <= BIO {
            dropped[outer] = true;
            let mut sibling = tree.end(outer);
            while sibling < end {
                dropped[sibling] = true;
                sibling = tree.end(sibling);
            }
        }
    }

    /// Drops such lines between the breaks of an element.
    fn drop_runs(&self, at: usize, dropped: &mut [bool]) {
        let tree = self.tree;
        if !tree.children(at).any(|child| tree.name(child) == "br") {
            return;
        }
        let mut run: Vec<usize> = Vec::new();
        let children: Vec<usize> = tree.children(at).filter(|child| !dropped[*child]).collect();
        for child in children {
            let parts = tree.name(child) == "br" || self.measures.of(tree, child).blocks > 0;
            if parts {
                self.drop_run(&run, dropped);
                run.clear();
            } else if !is_blank(tree, child) {
                run.push(child);
            }
        }
        self.drop_run(&run, dropped);
    }

    fn drop_run(&self, run: &[usize], dropped: &mut [bool]) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let sums = self.measures.between(*first, self.tree.end(*last));
        let short = sums.text > 0 && sums.text <= LINE && sums.written <= WRITTEN && last - first <= NODES;
        if !short || sums.images > 0 {
            return;
        }
        let written: Vec<String> = run.iter().map(|at| self.tree.text(*at, dropped)).collect();
        let written = written.join(" ");
        let link = sums.link_density() > 0.95 && text::columns(&written) <= LINK;
        if link || is_of_rights(&written) || heads_furniture_inside(&written, sums.links > 0, false) {
            for at in run {
                dropped[*at] = true;
            }
        }
    }
}
