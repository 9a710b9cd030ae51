//! What is written right under a picture without a name for it: a slanted or small line, or all that its box holds.

use super::reading_measures::{Measures, is_blank};
use super::reading_signs::{Said, Signs};
use super::reading_words::credited;
use super::text;
use super::tree::Tree;

/// No such line is longer, in columns; nor has it more nodes.
const LINE: usize = 300;
const NODES: usize = 16;
/// Nor the one that is known by its box alone: what is longer there is text.
const BOXED: usize = 160;
/// So many levels round a picture are looked at.
const LEVELS: usize = 4;
/// No more pictures are looked at.
const MOST: usize = 40;

/// What is known of a page whose captions are looked for.
#[derive(Clone, Copy)]
pub(super) struct Captions<'p> {
    pub(super) tree: &'p Tree<'p>,
    pub(super) said: &'p Said,
    pub(super) dropped: &'p [bool],
    pub(super) measures: &'p Measures,
    /// The article's first paragraph, which is no caption.
    pub(super) body: usize,
}

impl Captions<'_> {
    /// The elements that are captions or credits of the pictures in a part of the page.
    pub(super) fn of_all(&self, (from, to): (usize, usize)) -> Vec<usize> {
        let tree = self.tree;
        let pictures = (from..to).filter(|at| matches!(tree.name(*at), "img" | "amp-img")).take(MOST);
        pictures.filter(|at| !self.dropped[*at]).flat_map(|at| self.behind(at)).collect()
    }

    /// The elements right behind a picture that are its caption, or its credit.
    pub(super) fn behind(&self, picture: usize) -> Vec<usize> {
        let tree = self.tree;
        let mut outer = picture;
        for level in 0..=LEVELS {
            let lines = self.lines(outer);
            if !lines.is_empty() {
                return lines;
            }
            let above = tree.parent(outer);
            let plain = matches!(
                tree.name(above),
                "a" | "picture"
                    | "span"
                    | "div"
                    | "td"
                    | "tr"
                    | "tbody"
                    | "table"
                    | "p"
                    | "center"
                    | "figure"
                    | "font"
            );
            if level == LEVELS || !plain || tree.is_in(self.body, above) {
                break;
            }
            // Only what holds nothing but the picture up to here.
            let sums = self.measures.between(above, outer);
            if sums.text > 0 || self.measures.of(tree, above).images > 2 {
                break;
            }
            outer = above;
        }
        Vec::new()
    }

    /// The lines that follow an element and are a caption.
    fn lines(&self, outer: usize) -> Vec<usize> {
        let (tree, parent) = (self.tree, self.tree.parent(outer));
        let (mut found, mut at) = (Vec::new(), tree.end(outer));
        let end = tree.end(parent).min(at + 4 * NODES);
        let boxed = self.is_box(parent);
        while at < end && found.len() < 3 {
            let passed = is_blank(tree, at) || matches!(tree.name(at), "br" | "noscript") || self.dropped[at];
            if !passed {
                if !self.is_line(at, boxed) {
                    break;
                }
                found.push(at);
            }
            at = tree.end(at);
        }
        found
    }

    /// True for an element that holds a picture and a few words under it, and nothing else.
    fn is_box(&self, at: usize) -> bool {
        let tree = self.tree;
        let sums = self.measures.of(tree, at);
        matches!(tree.name(at), "div" | "table" | "tbody" | "td" | "dl" | "center")
            && sums.images <= 2
            && sums.headings == 0
            && (1..=BOXED).contains(&(sums.text as usize))
            && sums.link_density() < 0.3
            && !tree.is_in(self.body, at)
            && !self.said.both(at).has(Signs::BYLINE)
    }

    fn is_line(&self, at: usize, boxed: bool) -> bool {
        let tree = self.tree;
        let name = tree.name(at);
        let sums = self.measures.of(tree, at);
        let fits = (1..=LINE).contains(&(sums.text as usize))
            && tree.end(at) - at <= NODES
            && sums.images == 0
            && !tree.is_in(self.body, at)
            && !matches!(
                name,
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "blockquote" | "a" | ""
            );
        if !fits {
            return false;
        }
        let signed = (at..tree.end(at))
            .any(|node| self.said.both(node).has(Signs::CAPTION) || self.said.both(node).has(Signs::CREDIT));
        let slanted = self.is_slanted(at);
        let credit = || {
            let written = tree.text(at, self.dropped);
            text::columns(&written) <= 100
                && written.contains([':', '：', '©'])
                && credited(&written).is_some()
        };
        signed || slanted || boxed || credit()
    }

    /// True for a slanted or small line, or one that holds nothing else.
    fn is_slanted(&self, at: usize) -> bool {
        let tree = self.tree;
        let mut at = at;
        loop {
            match tree.name(at) {
                "em" | "i" | "small" | "cite" | "figcaption" => return true,
                "p" | "div" | "span" | "td" | "tr" | "font" | "center" => {}
                _ => return false,
            }
            let mut inside = tree.children(at).filter(|child| !is_blank(tree, *child));
            match (inside.next(), inside.next()) {
                (Some(only), None) => at = only,
                _ => return false,
            }
        }
    }
}
