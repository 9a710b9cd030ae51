//! How much text, how many links and which elements each part of a page holds; counted once, then asked for any subtree.

use super::text::is_wide;
use super::tree::{Kind, Tree};

/// What a subtree holds, counted in columns and elements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) text: u32,
    /// The same as it is written, in bytes.
    pub(super) written: u32,
    /// Of links, in tenths.
    pub(super) links: u32,
    pub(super) commas: u32,
    pub(super) paragraphs: u32,
    pub(super) images: u32,
    pub(super) items: u32,
    pub(super) inputs: u32,
    pub(super) embeds: u32,
    /// Characters in headings.
    pub(super) headings: u32,
    /// Characters in lists.
    pub(super) lists: u32,
    /// Elements that part a text.
    pub(super) blocks: u32,
}

/// The sums of all subtrees of a page.
#[derive(Debug)]
pub(super) struct Measures(Vec<Sums>);

impl Measures {
    /// Counts; what is `dropped` counts nothing.
    pub(super) fn new(tree: &Tree<'_>, dropped: &[bool]) -> Self {
        let count = tree.nodes.len();
        let mut before = Vec::with_capacity(count + 1);
        let mut sums = Sums::default();
        let (mut link, mut weight, mut heading, mut list) = (0, 10, 0, 0);
        let mut at = 0;
        while at < count {
            if dropped[at] {
                before.resize(tree.end(at), sums);
                at = tree.end(at);
                continue;
            }
            before.push(sums);
            match &tree.nodes[at].kind {
                Kind::Raw(_) => {}
                Kind::Text(text) => {
                    let (length, commas) = letters(text);
                    sums.text += length;
                    sums.written += u32::try_from(text.len()).unwrap_or(u32::MAX);
                    sums.commas += commas;
                    sums.links += if at < link { length * weight } else { 0 };
                    sums.headings += if at < heading { length } else { 0 };
                    sums.lists += if at < list { length } else { 0 };
                }
                Kind::Element(tag) => {
                    match tag.name.as_ref() {
                        "a" => {
                            let inside = tag.attribute("href").is_some_and(|href| href.starts_with('#'));
                            (link, weight) = (tree.end(at), if inside { 3 } else { 10 });
                        }
                        "p" => sums.paragraphs += 1,
                        "img" | "amp-img" | "picture" => sums.images += 1,
                        "li" => sums.items += 1,
                        "input" => sums.inputs += 1,
                        "object" | "embed" | "iframe" => sums.embeds += 1,
                        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => heading = heading.max(tree.end(at)),
                        "ul" | "ol" => list = list.max(tree.end(at)),
                        _ => {}
                    }
                    sums.blocks += u32::from(is_block(&tag.name));
                }
            }
            at += 1;
        }
        before.push(sums);
        Self(before)
    }

    /// The sums of a subtree, its root included.
    pub(super) fn of(&self, tree: &Tree<'_>, at: usize) -> Sums {
        self.between(at, tree.end(at))
    }

    /// The sums of what begins at `from` and ends before `to`.
    pub(super) fn between(&self, from: usize, to: usize) -> Sums {
        let (a, b) = (&self.0[from], &self.0[to]);
        Sums {
            text: b.text - a.text,
            written: b.written - a.written,
            links: b.links - a.links,
            commas: b.commas - a.commas,
            paragraphs: b.paragraphs - a.paragraphs,
            images: b.images - a.images,
            items: b.items - a.items,
            inputs: b.inputs - a.inputs,
            embeds: b.embeds - a.embeds,
            headings: b.headings - a.headings,
            lists: b.lists - a.lists,
            blocks: b.blocks - a.blocks,
        }
    }
}

impl Sums {
    /// Which part of the text is links, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share, not an amount")]
    pub(super) fn link_density(&self) -> f32 {
        if self.text == 0 { 0.0 } else { self.links as f32 / (10 * self.text) as f32 }
    }
}

/// Which elements hold one thing alone.
#[derive(Debug)]
pub(super) struct Crowd {
    /// The first thing in each element that is no blank text.
    first: Vec<usize>,
    /// True if there is another.
    more: Vec<bool>,
}

impl Crowd {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let count = tree.nodes.len();
        let (mut first, mut more) = (vec![0; count], vec![false; count]);
        for at in (1..count).filter(|at| !is_blank(tree, *at)) {
            let parent = tree.parent(at);
            if first[parent] == 0 {
                first[parent] = at;
            } else {
                more[parent] = true;
            }
        }
        Self { first, more }
    }

    /// The first thing that an element holds, blanks left out.
    pub(super) fn first(&self, at: usize) -> Option<usize> {
        Some(self.first[at]).filter(|first| *first != 0)
    }

    /// The one thing that an element holds, blanks left out.
    pub(super) fn only(&self, at: usize) -> Option<usize> {
        Some(self.first[at]).filter(|first| *first != 0 && !self.more[at])
    }
}

/// True for a text of blanks.
pub(super) fn is_blank(tree: &Tree<'_>, at: usize) -> bool {
    matches!(&tree.nodes[at].kind, Kind::Text(text) if text.trim().is_empty())
}

/// Columns with runs of blanks as one, none at the ends of a blank text; and commas of all scripts.
fn letters(text: &str) -> (u32, u32) {
    let (mut length, mut commas, mut blank) = (0, 0, true);
    for c in text.chars() {
        if c.is_whitespace() {
            length += u32::from(!blank);
            blank = true;
        } else {
            (length, blank) = (length + 1 + u32::from(is_wide(c)), false);
            commas += u32::from(matches!(c, ',' | '،' | '﹐' | '︐' | '︑' | '、' | '⹁' | '⸴' | '⸲' | '，'));
        }
    }
    (if length > 0 && blank { length - 1 } else { length }, commas)
}

fn is_block(name: &str) -> bool {
    matches!(name, "blockquote" | "dl" | "div" | "img" | "ol" | "p" | "pre" | "table" | "ul")
}
