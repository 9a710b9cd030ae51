//! A page as a light tree: its nodes in the order of the document, each knowing where its subtree ends.
//!
//! So a walk over a subtree is a walk over a slice, and nothing recurses. Depth and number of nodes are capped: what
//! lies deeper becomes a sibling of what encloses it, what comes later is not read.

#[path = "tree_steps.rs"]
pub(super) mod steps;

use std::borrow::Cow;

use super::entity::decode;
use super::tokens::{Tag, Token, Tokens};
use super::{elements, text};

/// The deepest nesting; real pages have a third of it.
const DEEPEST: usize = 160;
/// The most nodes; real pages have a twentieth of it.
const MOST_NODES: usize = 200_000;
/// More of a page than this is not read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'h> {
    /// An element.
    Element(Tag<'h>),
    /// Characters, references undecoded.
    Text(&'h str),
    /// The inside of an element whose text is no text: scripts, styles.
    Raw(&'h str),
}

/// A node of a page.
#[derive(Debug)]
pub(super) struct Node<'h> {
    /// The element that it is in; the root is its own.
    pub(super) parent: usize,
    /// The first node behind its subtree.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind<'h>,
}

/// A page; node 0 is its root, an element without a name.
#[derive(Debug)]
pub(super) struct Tree<'h> {
    pub(super) nodes: Vec<Node<'h>>,
}

impl<'h> Tree<'h> {
    /// Reads a page; cannot fail.
    pub(super) fn new(html: &'h str) -> Self {
        let html = &html[..html.floor_char_boundary(LONGEST)];
        let mut builder = Builder { nodes: Vec::with_capacity(html.len() / 24), open: vec![0] };
        let root = Tag::nameless();
        builder.nodes.push(Node { parent: 0, end: 1, kind: Kind::Element(root) });
        let mut tokens = Tokens::new(html);
        while let Some(token) = tokens.next() {
            if builder.nodes.len() >= MOST_NODES {
                break;
            }
            match token {
                Token::Text(text) => builder.leaf(Kind::Text(text)),
                Token::Start(tag) => builder.start(tag, &mut tokens),
                Token::End(name) => builder.end(&name),
            }
        }
        builder.close_down_to(0);
        Self { nodes: builder.nodes }
    }

    /// The name of an element in lower case; empty for the root and for text.
    pub(super) fn name(&self, at: usize) -> &str {
        steps::count(1);
        match &self.nodes[at].kind {
            Kind::Element(tag) => &tag.name,
            Kind::Text(_) | Kind::Raw(_) => "",
        }
    }

    /// The tag of an element that has a name.
    pub(super) fn tag(&self, at: usize) -> Option<&Tag<'h>> {
        steps::count(1);
        match &self.nodes[at].kind {
            Kind::Element(tag) if !tag.name.is_empty() => Some(tag),
            Kind::Element(_) | Kind::Text(_) | Kind::Raw(_) => None,
        }
    }

    /// An attribute of an element, decoded.
    pub(super) fn attribute(&self, at: usize, name: &str) -> Option<Cow<'h, str>> {
        let tag = self.tag(at)?;
        steps::count(tag.length());
        tag.attribute(name)
    }

    /// The first node behind a subtree.
    pub(super) fn end(&self, at: usize) -> usize {
        steps::count(1);
        self.nodes[at].end
    }

    pub(super) fn parent(&self, at: usize) -> usize {
        steps::count(1);
        self.nodes[at].parent
    }

    /// The elements that a node is in, the innermost first, without the root.
    pub(super) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        let next = |from: usize| Some(self.parent(from)).filter(|parent| *parent != 0);
        std::iter::successors(next(at).filter(|_| at != 0), move |from| next(*from))
    }

    /// The nodes directly in an element.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let end = self.end(at);
        let first = Some(at + 1).filter(|first| *first < end);
        std::iter::successors(first, move |from| Some(self.end(*from)).filter(|next| *next < end))
    }

    /// The elements of a name in a subtree, the subtree's own root left out.
    pub(super) fn named<'t>(&'t self, at: usize, name: &'t str) -> impl Iterator<Item = usize> + 't {
        (at + 1..self.end(at)).filter(move |node| self.name(*node) == name)
    }

    /// True if `at` is `outer`, or in it.
    pub(super) fn is_in(&self, at: usize, outer: usize) -> bool {
        (outer..self.end(outer)).contains(&at)
    }

    /// The text of a subtree on one line, scrubbed; what is `dropped` is left out.
    pub(super) fn text(&self, at: usize, dropped: &[bool]) -> String {
        self.text_without(at, |node| dropped.get(node).copied().unwrap_or(false))
    }

    /// The same, without the nodes that `dropped` tells.
    pub(super) fn text_without(&self, at: usize, dropped: impl Fn(usize) -> bool) -> String {
        text::flowed(&self.written(at, dropped))
    }

    /// The text of a subtree with a blank where blocks and breaks part it.
    fn written(&self, at: usize, dropped: impl Fn(usize) -> bool) -> String {
        let (mut out, mut from, end) = (String::new(), at, self.end(at));
        let mut blocks: Vec<usize> = Vec::new();
        while from < end {
            while blocks.pop_if(|block| *block <= from).is_some() {
                out.push(' ');
            }
            if dropped(from) {
                from = self.end(from);
                continue;
            }
            match &self.nodes[from].kind {
                Kind::Text(written) => {
                    steps::count(written.len());
                    out.push_str(&decode(written));
                }
                Kind::Raw(_) => {}
                Kind::Element(tag) => {
                    if is_parting(&tag.name) {
                        out.push(' ');
                        blocks.push(self.end(from));
                    }
                }
            }
            from += 1;
        }
        out
    }

    /// A subtree as HTML, what is `dropped` left out; balanced, and still foreign.
    pub(super) fn html(&self, at: usize, dropped: &[bool], out: &mut String) {
        let (mut from, end) = (at, self.end(at));
        let mut open: Vec<usize> = Vec::new();
        loop {
            while let Some(inner) = open.pop_if(|inner| self.end(*inner) <= from) {
                self.write_end(inner, out);
            }
            if from >= end {
                return;
            }
            if dropped.get(from).copied().unwrap_or(false) {
                from = self.end(from);
                continue;
            }
            match &self.nodes[from].kind {
                Kind::Text(written) => out.push_str(written),
                Kind::Raw(_) => {}
                Kind::Element(tag) => {
                    if !tag.name.is_empty() {
                        tag.write_into(out);
                        open.push(from);
                    }
                }
            }
            from += 1;
        }
    }

    fn write_end(&self, at: usize, out: &mut String) {
        let name = self.name(at);
        if !is_void(name) {
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }
}

struct Builder<'h> {
    nodes: Vec<Node<'h>>,
    open: Vec<usize>,
}

impl<'h> Builder<'h> {
    fn innermost(&self) -> usize {
        self.open.last().copied().unwrap_or(0)
    }

    fn name(&self, at: usize) -> &str {
        match &self.nodes[at].kind {
            Kind::Element(tag) => &tag.name,
            Kind::Text(_) | Kind::Raw(_) => "",
        }
    }

    fn leaf(&mut self, kind: Kind<'h>) {
        let end = self.nodes.len() + 1;
        self.nodes.push(Node { parent: self.innermost(), end, kind });
    }

    fn start(&mut self, tag: Tag<'h>, tokens: &mut Tokens<'h>) {
        let name = tag.name.clone();
        // A second <html> or <body> is a mistake, and changes nothing for us.
        let again = |at: &usize| self.name(*at) == name;
        if matches!(name.as_ref(), "html" | "body" | "head") && self.open.iter().any(again) {
            return;
        }
        self.imply_ends(&name);
        let closed = tag.self_closing && matches!(name.as_ref(), "svg" | "math" | "path" | "use");
        let at = self.nodes.len();
        self.leaf(Kind::Element(tag));
        if is_void(&name) || closed || self.open.len() >= DEEPEST {
            tokens.skip_raw(&name);
            return;
        }
        self.open.push(at);
        if let Some(inside) = tokens.skip_raw(&name) {
            let text = matches!(name.as_ref(), "title" | "textarea");
            self.leaf(if text { Kind::Text(inside) } else { Kind::Raw(inside) });
        }
    }

    fn imply_ends(&mut self, name: &str) {
        // HTML §13.2.6.4.4: what no head may hold ends it.
        if self.name(self.innermost()) == "head" && !is_of_head(name) {
            self.close_down_to(self.open.len() - 1);
        }
        if let Some((closed, walls)) = elements::implied_ends(name) {
            self.close_innermost(closed, walls);
        }
        if is_parting(name) && name != "br" {
            self.close_innermost(&["p"], PARAGRAPH);
        }
    }

    fn end(&mut self, name: &str) {
        if matches!(name, "html" | "body") {
            return;
        }
        let walls = if elements::is_of_table(name) { &["table"][..] } else { elements::CELL };
        let inline = !is_parting(name);
        for place in (1..self.open.len()).rev() {
            let open = self.name(self.open[place]);
            if open == name {
                self.close_down_to(place);
                return;
            }
            // HTML §13.2.6.4.7: the end of what stands in a line reaches out of no block.
            if walls.contains(&open) || (inline && is_parting(open)) {
                return;
            }
        }
    }

    fn close_innermost(&mut self, closed: &[&str], walls: &[&str]) {
        let name = |at: &usize| self.name(*at);
        let found =
            self.open.iter().rposition(|open| closed.contains(&name(open)) || walls.contains(&name(open)));
        if let Some(at) = found.filter(|at| closed.contains(&self.name(self.open[*at]))) {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        let end = self.nodes.len();
        for at in self.open.drain(depth..) {
            self.nodes[at].end = end;
        }
    }
}

/// What shields a paragraph from blocks inside.
const PARAGRAPH: &[&str] = &["td", "th", "caption", "table", "button", "object", "svg"];

/// True for elements that have no inside.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// True for elements whose text does not run into that of their neighbours.
pub(super) fn is_parting(name: &str) -> bool {
    elements::is_block(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "br"
                | "center"
                | "details"
                | "dialog"
                | "fieldset"
                | "footer"
                | "form"
                | "header"
                | "hgroup"
                | "hr"
                | "main"
                | "nav"
                | "option"
                | "section"
                | "summary"
        )
}

fn is_of_head(name: &str) -> bool {
    matches!(
        name,
        "base" | "link" | "meta" | "title" | "script" | "style" | "template" | "noscript" | "bgsound"
    )
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
