//! What stands round and between the paragraphs of an article and is none of it: lists of other articles, boxes that
//! ask for an address, buttons to share with.

use super::places::Places;
use super::reading_measures::{Crowd, Measures, Sums, is_blank};
use super::reading_signs::{Said, Signs};
use super::reading_words::{heads_furniture_inside, points_elsewhere};
use super::tree::Tree;

/// A paragraph is one of the article's from so many characters on.
const PARAGRAPH: u32 = 80;
/// No heading of furniture is longer, in characters.
const HEADING: u32 = 90;
/// Nor as it is written, in bytes.
const WRITTEN: u32 = 2_000;
/// A box that asks for something says no more, in characters.
const BOX: u32 = 500;
/// What is shared in has less text, in characters.
const SHARED: u32 = 400;

/// Marks furniture that is known by its headings and its forms, wherever on the page.
pub(super) fn drop_boxes(tree: &Tree<'_>, said: &Said, dropped: &mut [bool]) {
    let measures = Measures::new(tree, dropped);
    let good = paragraphs(tree, &measures, dropped);
    let around = Around {
        tree,
        all: good.last().copied().unwrap_or_default(),
        good,
        titles: Places::of(tree, "h1"),
        crowd: Crowd::of(tree),
        measures,
    };
    let mut at = 1;
    while at < tree.nodes.len() {
        if dropped[at] {
            at = tree.end(at);
            continue;
        }
        let name = tree.name(at);
        let sums = around.measures.of(tree, at);
        if around.is_heading(said, at, sums)
            && heads_furniture_inside(&tree.text(at, dropped), sums.links > 0, name == "div")
        {
            around.drop_from_heading(at, dropped);
        } else if matches!(name, "form" | "input") && asks(tree, at, sums) {
            dropped[around.climb(at, |above| above.text <= BOX)] = true;
        }
        at += 1;
    }
}

/// How many characters of the page's paragraphs come before each node.
fn paragraphs(tree: &Tree<'_>, measures: &Measures, dropped: &[bool]) -> Vec<u32> {
    let mut sum = 0;
    let mut before = Vec::with_capacity(tree.nodes.len() + 1);
    for (at, dropped) in dropped.iter().enumerate() {
        before.push(sum);
        if tree.name(at) == "p" && !dropped {
            let sums = measures.of(tree, at);
            if sums.text >= PARAGRAPH && sums.link_density() < 0.3 {
                sum += sums.text;
            }
        }
    }
    before.push(sum);
    if sum >= 4 * PARAGRAPH { before } else { lines(tree, measures, dropped) }
}

/// The same for a page without paragraphs: of lines that are text, and no links.
fn lines(tree: &Tree<'_>, measures: &Measures, dropped: &[bool]) -> Vec<u32> {
    let (mut sum, mut at, mut out) = (0, 0, 0);
    let mut before = Vec::with_capacity(tree.nodes.len() + 1);
    while at < tree.nodes.len() {
        before.push(sum);
        out = if dropped[at] { tree.end(at).max(out) } else { out };
        if at >= out && tree.tag(at).is_none() {
            let sums = measures.of(tree, at);
            if sums.text >= PARAGRAPH && sums.links == 0 {
                sum += sums.text;
            }
        }
        at += 1;
    }
    before.push(sum);
    before
}

/// What is known of a page whose furniture is looked for.
struct Around<'p> {
    tree: &'p Tree<'p>,
    measures: Measures,
    /// How many characters of the page's paragraphs come before each node.
    good: Vec<u32>,
    /// And how many there are.
    all: u32,
    titles: Places,
    crowd: Crowd,
}

impl Around<'_> {
    /// True for what may be a heading: one by name, or a short text in lines of its own.
    fn is_heading(&self, said: &Said, at: usize, sums: Sums) -> bool {
        if sums.text == 0 || sums.text > HEADING || sums.written > WRITTEN {
            return false;
        }
        let name = self.tree.name(at);
        match name {
            "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "header" | "legend" | "label" | "dt" | "summary" => true,
            "strong" | "b" => self.is_line(at, sums),
            "div" | "span" | "a" => {
                let alone = || self.crowd.only(self.tree.parent(at)) == Some(at);
                let signed = || said.both(at) != Signs::default() && self.is_line(at, sums);
                sums.blocks <= 1 && (name == "div" || signed() || alone())
            }
            _ => false,
        }
    }

    /// True for what stands in a line of its own, and is no word of a sentence.
    fn is_line(&self, at: usize, sums: Sums) -> bool {
        let tree = self.tree;
        let inline = |at: usize| {
            matches!(tree.name(at), "strong" | "b" | "em" | "i" | "u" | "a" | "span" | "font" | "small")
        };
        let mut outer = at;
        while inline(tree.parent(outer)) {
            outer = tree.parent(outer);
        }
        let parent = tree.parent(outer);
        if self.measures.of(tree, parent).text <= sums.text + 2 {
            return true;
        }
        let mut behind = tree.end(outer);
        while behind < tree.end(parent) && is_blank(tree, behind) && tree.name(behind) != "br" {
            behind = tree.end(behind).max(behind + 1);
        }
        let parts = behind >= tree.end(parent)
            || tree.name(behind) == "br"
            || self.measures.of(tree, behind).blocks > 0;
        parts && self.measures.between(parent, outer).text == 0
    }

    /// Drops what a heading stands over: its box, or what follows it up to the article's next paragraph.
    fn drop_from_heading(&self, heading: usize, dropped: &mut [bool]) {
        let (tree, measures) = (self.tree, &self.measures);
        // A heading heads what begins with it.
        let mut outer = heading;
        loop {
            let parent = tree.parent(outer);
            let before = measures.between(parent, heading);
            if before.text > 2 || before.images > 0 || !self.is_aside(parent) {
                break;
            }
            outer = parent;
        }
        dropped[outer] = true;
        if measures.of(tree, outer).text > measures.of(tree, heading).text {
            return;
        }
        let (mut sibling, end) = (tree.end(outer), tree.end(tree.parent(outer)));
        while sibling < end {
            if !is_blank(tree, sibling) {
                if !self.is_of_heading(sibling) {
                    return;
                }
                dropped[sibling] = true;
            }
            sibling = tree.end(sibling);
        }
    }

    /// True for what a heading of furniture stands over: lists, links, pictures.
    fn is_of_heading(&self, at: usize) -> bool {
        let sums = self.measures.of(self.tree, at);
        let list = matches!(self.tree.name(at), "ul" | "ol" | "dl" | "nav" | "aside" | "form");
        let links = sums.link_density() >= 0.5;
        let picture = sums.text == 0 && self.tree.tag(at).is_some();
        let cards = sums.images > 1 && sums.links > 0;
        (list || links || picture || cards) && self.is_aside(at)
    }

    /// The largest element round `at` that fits, and is not the article.
    fn climb(&self, at: usize, fits: impl Fn(Sums) -> bool) -> usize {
        let fits = |above: &usize| fits(self.measures.of(self.tree, *above)) && self.is_aside(*above);
        self.tree.ancestors(at).take_while(fits).last().unwrap_or(at)
    }

    /// True for an element that cannot hold the article: no headline, and little of the page's paragraphs.
    fn is_aside(&self, at: usize) -> bool {
        if at == 0 || matches!(self.tree.name(at), "body" | "html" | "main" | "article") {
            return false;
        }
        let inside = self.good[self.tree.end(at)] - self.good[at];
        inside * 4 <= self.all && self.titles.within(self.tree, at).is_empty()
    }
}

/// True for a form that asks for an address, and for a field of one.
fn asks(tree: &Tree<'_>, at: usize, sums: Sums) -> bool {
    if tree.name(at) == "form" {
        return sums.text <= BOX;
    }
    let kind = tree.attribute(at, "type").unwrap_or_default().to_ascii_lowercase();
    matches!(kind.as_str(), "" | "email" | "text" | "search" | "submit")
}

/// Marks in the elements that make the article what does not belong there, by what it holds.
pub(super) fn drop_inside(
    tree: &Tree<'_>,
    said: &Said,
    roots: &[usize],
    dropped: &mut [bool],
    by_looks: bool,
) {
    for root in roots {
        for at in *root + 1..tree.end(*root) {
            drop_by_name(tree, said, at, dropped);
        }
    }
    if !by_looks {
        return;
    }
    let data = data_tables(tree);
    for names in [&["form", "fieldset", "table"][..], &["ul", "ol"], &["div", "section"]] {
        let measures = Measures::new(tree, dropped);
        for root in roots {
            for at in (*root + 1..tree.end(*root)).rev() {
                let looked_at = names.contains(&tree.name(at)) && !dropped[at];
                if looked_at && !is_of_data(tree, &data, at) && is_odd(tree, said, &measures, at) {
                    dropped[at] = true;
                }
            }
        }
    }
}

fn drop_by_name(tree: &Tree<'_>, said: &Said, at: usize, dropped: &mut [bool]) {
    let name = tree.name(at);
    if name.is_empty() || dropped[at] {
        return;
    }
    let signs = said.both(at);
    let gone = match name {
        "footer" | "aside" | "nav" | "input" | "iframe" | "embed" | "object" => true,
        "h1" | "h2" => said.weight(at) < 0,
        "p" | "div" | "li" | "strong" | "em" if points(tree, at, dropped) => true,
        _ => false,
    };
    let shares = signs.has(Signs::SHARE) && tree.text(at, dropped).chars().count() < SHARED as usize;
    dropped[at] = gone || shares;
}

/// So many nodes of a table tell what it is.
const TOLD: usize = 1_000;

/// True for a line that is a link and little more, and says so.
fn points(tree: &Tree<'_>, at: usize, dropped: &[bool]) -> bool {
    if tree.end(at) - at > 12 {
        return false;
    }
    let Some(link) = tree.named(at, "a").next() else { return false };
    let (all, linked) = (tree.text(at, dropped), tree.text(link, dropped));
    !linked.is_empty() && points_elsewhere(&all) && linked.len() * 2 > all.len()
}

/// True for what looks like no part of a text: too many links, fields, pictures, or too little of anything.
#[expect(clippy::cast_precision_loss, reason = "shares, not amounts")]
fn is_odd(tree: &Tree<'_>, said: &Said, measures: &Measures, at: usize) -> bool {
    let sums = measures.of(tree, at);
    let weight = said.weight(at);
    let name = tree.name(at);
    let inside = |names: &[&str]| tree.ancestors(at).any(|above| names.contains(&tree.name(above)));
    if inside(&["code"]) {
        return false;
    }
    if weight < 0 {
        return true;
    }
    if sums.commas >= 10 {
        return false;
    }
    let is_list =
        matches!(name, "ul" | "ol") || (sums.text > 0 && sums.lists as f32 / sums.text as f32 > 0.9);
    let density = sums.link_density();
    let headings = if sums.text == 0 { 0.0 } else { sums.headings as f32 / sums.text as f32 };
    let figure = inside(&["figure"]) || name == "figure";
    let images_alone = is_list && sums.images == sums.items && sums.images > 0;
    if images_alone {
        return false;
    }
    (sums.images > 1 && (sums.paragraphs as f32) < 0.5 * sums.images as f32 && !figure)
        || (!is_list && sums.items > 100 + sums.paragraphs)
        || sums.inputs as f32 > (sums.paragraphs as f32 / 3.0).floor()
        || (!is_list
            && headings < 0.9
            && sums.text < 25
            && (sums.images == 0 || sums.images > 2)
            && density > 0.0
            && !figure)
        || (!is_list && weight < 25 && density > 0.2)
        || (weight >= 25 && density > 0.5)
        || (sums.embeds == 1 && sums.text < 75)
        || sums.embeds > 1
        || (sums.images == 0 && sums.text == 0)
}

/// True in a table of data, and for one.
fn is_of_data(tree: &Tree<'_>, data: &[bool], at: usize) -> bool {
    data[at] || tree.ancestors(at).any(|above| data[above])
}

/// Which nodes are tables of data rather than of layout; of each so much is looked at as tells it.
fn data_tables(tree: &Tree<'_>) -> Vec<bool> {
    let is_data = |at: usize| tree.name(at) == "table" && is_data(tree, at);
    (0..tree.nodes.len()).map(is_data).collect()
}

fn is_data(tree: &Tree<'_>, at: usize) -> bool {
    if tree.attribute(at, "role").is_some_and(|role| role == "presentation") {
        return false;
    }
    let (mut rows, mut cells, mut nested) = (0_usize, 0_usize, false);
    for inside in at + 1..tree.end(at).min(at + TOLD) {
        match tree.name(inside) {
            "caption" | "thead" | "tfoot" | "th" | "col" | "colgroup" => return true,
            "table" => nested = true,
            "tr" => rows += 1,
            "td" => cells += 1,
            _ => {}
        }
    }
    !nested && (rows > 10 || (rows > 1 && cells / rows > 4))
}
