//! Where on a page the article is: paragraphs give points to what they are in, links take them away.
//!
//! The idea is that of Arc90's Readability, which browsers use: the element round most good paragraphs holds the article.

use super::reading_measures::{Crowd, Measures, is_blank};
use super::reading_signs::{Said, Signs};
use super::tree::Tree;

/// Shorter paragraphs say nothing.
const LEAST: u32 = 25;
/// A cell of a table with so much text is laid out like a block, in columns.
const CELL: u32 = 200;
/// So many levels up a paragraph counts.
const LEVELS: usize = 5;
/// So many elements are compared with the best.
const CANDIDATES: usize = 5;

/// Points, as elements collect them.
struct Points<'p> {
    tree: &'p Tree<'p>,
    said: &'p Said,
    measures: &'p Measures,
    by_names: bool,
    crowd: Crowd,
    points: Vec<f32>,
    /// Elements that somebody has given points, in the order in which it happened.
    given: Vec<usize>,
}

/// Returns the elements that make the article, in the order of the page; `by_names` believes classes and ids.
pub(super) fn find(
    tree: &Tree<'_>,
    said: &Said,
    measures: &Measures,
    dropped: &[bool],
    by_names: bool,
) -> Vec<usize> {
    let points = vec![f32::NAN; tree.nodes.len()];
    let mut points =
        Points { tree, said, measures, by_names, crowd: Crowd::of(tree), points, given: Vec::new() };
    let body = (0..tree.nodes.len()).find(|at| tree.name(*at) == "body").unwrap_or(0);
    let mut at = 0;
    while at < tree.nodes.len() {
        if dropped[at] {
            at = tree.end(at);
            continue;
        }
        points.paragraph(at);
        at += 1;
    }
    match points.best(body) {
        Some(top) => points.with_siblings(top, dropped),
        None => vec![body],
    }
}

impl Points<'_> {
    /// Gives the points of what is a paragraph, or of the lines that stand in a block without one.
    fn paragraph(&mut self, at: usize) {
        let sums = self.measures.of(self.tree, at);
        let parent = self.tree.parent(at);
        match self.tree.name(at) {
            // A cell with so much in it lays out a page.
            "td" if sums.text >= CELL => self.lines(at),
            "p" | "td" | "pre" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.give(sums.text, sums.commas, parent)
            }
            // The block itself is the first.
            "div" | "section" | "article" | "main" if sums.blocks <= 1 => {
                self.give(sums.text, sums.commas, parent);
            }
            "div" => self.lines(at),
            _ => {}
        }
    }

    /// The runs of lines between the blocks in a block.
    fn lines(&mut self, at: usize) {
        let (mut from, mut behind_break) = (at + 1, false);
        let children: Vec<usize> = self.tree.children(at).collect();
        for child in children {
            let breaks = self.tree.name(child) == "br";
            let broken = (breaks && behind_break)
                || self.measures.of(self.tree, child).blocks > 0
                || is_parting(self.tree.name(child));
            behind_break = breaks || (behind_break && is_blank(self.tree, child));
            if broken {
                self.run(from, child, at);
                from = self.tree.end(child);
            }
        }
        self.run(from, self.tree.end(at), at);
    }

    fn run(&mut self, from: usize, to: usize, parent: usize) {
        if from < to {
            let sums = self.measures.between(from, to);
            self.give(sums.text, sums.commas, parent);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "points are rough")]
    fn give(&mut self, text: u32, commas: u32, to: usize) {
        if text < LEAST {
            return;
        }
        let score = 2.0 + commas as f32 + ((text / 100) as f32).min(3.0);
        let tree = self.tree;
        let above = std::iter::once(to).chain(tree.ancestors(to)).filter(|at| *at != 0);
        // A block round a single paragraph is that paragraph.
        let above = above.filter(|at| !self.is_wrapper(*at)).take(LEVELS).collect::<Vec<_>>();
        for (level, at) in above.into_iter().enumerate() {
            if self.points[at].is_nan() {
                self.points[at] = self.first(at);
                self.given.push(at);
            }
            self.points[at] += score
                / match level {
                    0 => 1.0,
                    1 => 2.0,
                    _ => 3.0 * level as f32,
                };
        }
    }

    fn is_wrapper(&self, at: usize) -> bool {
        self.tree.name(at) == "div" && self.crowd.only(at).is_some_and(|only| self.tree.name(only) == "p")
    }

    /// What an element has before anybody gives.
    #[expect(clippy::cast_precision_loss, reason = "points are rough")]
    fn first(&self, at: usize) -> f32 {
        let by_kind = match self.tree.name(at) {
            "div" => 5.0,
            "pre" | "td" | "blockquote" => 3.0,
            "address" | "ol" | "ul" | "dl" | "dd" | "dt" | "li" | "form" => -3.0,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" => -5.0,
            _ => 0.0,
        };
        by_kind + if self.by_names { self.said.weight(at) as f32 } else { 0.0 }
    }

    /// The element that holds the article.
    fn best(&mut self, body: usize) -> Option<usize> {
        for at in &self.given {
            self.points[*at] *= 1.0 - self.measures.of(self.tree, *at).link_density();
        }
        let mut order = self.given.clone();
        order.sort_by(|a, b| self.points[*b].total_cmp(&self.points[*a]));
        order.truncate(CANDIDATES);
        let first = *order.first().filter(|at| **at != body && self.tree.name(**at) != "html")?;
        Some(self.only_child(self.climbed(self.shared(first, &order, body), body), body))
    }

    /// What several good candidates are in together is better than each.
    fn shared(&self, first: usize, order: &[usize], body: usize) -> usize {
        let enough = self.points[first] * 0.75;
        let others: Vec<usize> = order[1..].iter().copied().filter(|at| self.points[*at] >= enough).collect();
        let holds =
            |outer: usize| others.iter().filter(|at| **at != outer && self.tree.is_in(**at, outer)).count();
        if others.len() < 3 {
            return first;
        }
        let mut above = self.tree.ancestors(first).take_while(|at| *at != body);
        above.find(|at| holds(*at) >= 3).unwrap_or(first)
    }

    /// A parent that has more is the article; one that has much less ends the search.
    fn climbed(&self, top: usize, body: usize) -> usize {
        let mut last = self.points[top];
        let least = last / 3.0;
        for parent in self.tree.ancestors(top).take_while(|at| *at != body) {
            let points = self.points[parent];
            if points.is_nan() {
                continue;
            }
            if points < least {
                break;
            }
            if points > last {
                return parent;
            }
            last = points;
        }
        top
    }

    fn only_child(&self, mut top: usize, body: usize) -> usize {
        loop {
            let parent = self.tree.parent(top);
            let elements = self.tree.children(parent).filter(|child| self.tree.tag(*child).is_some());
            if parent == 0 || parent == body || elements.count() != 1 {
                return top;
            }
            top = parent;
        }
    }

    /// The element with those beside it that belong to the article.
    fn with_siblings(&self, top: usize, dropped: &[bool]) -> Vec<usize> {
        let best = if self.points[top].is_nan() { 0.0 } else { self.points[top] };
        let enough = (best * 0.2).max(10.0);
        let class = self.tree.attribute(top, "class").filter(|class| !class.is_empty());
        let joins = |at: usize| {
            if at == top {
                return true;
            }
            let alike = class.is_some() && self.tree.attribute(at, "class") == class;
            let bonus = if alike { best * 0.2 } else { 0.0 };
            if self.points[at] + bonus >= enough {
                return true;
            }
            let sums = self.measures.of(self.tree, at);
            let density = sums.link_density();
            let sentence =
                || self.tree.text(at, dropped).trim_end().ends_with(['.', '。', '।', '؟', '!', '?']);
            self.tree.name(at) == "p"
                && ((sums.text > 80 && density < 0.25) || (sums.text > 0 && density == 0.0 && sentence()))
        };
        let siblings = self.tree.children(self.tree.parent(top));
        siblings.filter(|at| self.tree.tag(*at).is_some() && !dropped[*at] && joins(*at)).collect()
    }
}

fn is_parting(name: &str) -> bool {
    matches!(
        name,
        "hr" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "section"
            | "article"
            | "figure"
            | "form"
            | "header"
            | "footer"
            | "aside"
            | "nav"
            | "main"
            | "address"
            | "details"
    )
}

/// Marks what is not the article for certain; `strict` leaves out what is not likely to be it either.
pub(super) fn unlikely(tree: &Tree<'_>, said: &Said, strict: bool) -> Vec<bool> {
    let mut dropped = vec![false; tree.nodes.len()];
    for (at, dropped) in dropped.iter_mut().enumerate().skip(1) {
        *dropped = match tree.name(at) {
            "" => false,
            "head"
            | "script"
            | "style"
            | "template"
            | "title"
            | "meta"
            | "link"
            | "button"
            | "select"
            | "textarea"
            | "object"
            | "applet"
            | "dialog"
            | "amp-ad"
            | "amp-sticky-ad"
            | "amp-sidebar"
            | "amp-consent"
            | "amp-social-share"
            | "amp-user-notification" => true,
            // A copy of a lazy picture may stay.
            "noscript" => tree.named(at, "img").next().is_none() || !tree.text(at, &[]).is_empty(),
            "body" => false,
            "html" | "article" | "main" | "a" | "figure" | "img" => said.hidden[at],
            _ => said.hidden[at] || (strict && is_unlikely(tree, said, at)),
        };
    }
    dropped
}

fn is_unlikely(tree: &Tree<'_>, said: &Said, at: usize) -> bool {
    const ROLES: [&str; 8] =
        ["menu", "menubar", "complementary", "navigation", "alert", "alertdialog", "dialog", "search"];
    if matches!(tree.name(at), "nav" | "aside") {
        return true;
    }
    let signs = said.both(at);
    if signs.has(Signs::UNLIKELY) && !signs.has(Signs::MAYBE) {
        return !tree.ancestors(at).take(LEVELS).any(|above| matches!(tree.name(above), "table" | "code"));
    }
    tree.attribute(at, "role").is_some_and(|role| ROLES.contains(&role.as_ref()))
}
