//! The tree of an HTML part, bounded in depth, with the line of each element and with what was never closed.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};

use super::lint::{Part, Place, READ, short};
use super::lint_elements::{RAW, VOID, closes, ends_at, may_stay_open};

/// What is nested deeper stands beside its parent.
const DEEPEST: usize = 160;

/// So many nodes are looked at as the inside of a link.
const INSIDE: usize = 100;
/// A tag with more blanks than these ends what is read.
const MOST_ATTRIBUTES: usize = 400;

/// What a node is.
pub(super) enum Kind {
    /// The document.
    Root,
    /// An element: its name in lower case, and its attributes.
    Element(String, Vec<(String, String)>),
    /// Words, with character references resolved.
    Text(String),
}

/// A node of the tree.
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The index of the parent; the root is its own.
    pub(super) parent: usize,
    /// The line of the end of the tag, counted from 1.
    pub(super) line: usize,
    /// The index after the last descendant.
    pub(super) end: usize,
}

/// The nodes in the order of the document; the first is the root.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) doctype: bool,
    /// Elements that nothing closed, and how they are.
    pub(super) unclosed: Vec<usize>,
    /// End tags that close nothing: name and line.
    pub(super) stray: Vec<(String, usize)>,
    /// True if the document goes on after what was read.
    pub(super) cut: bool,
}

impl Tree {
    /// Reads the first [`READ`] bytes of a document; never fails.
    pub(super) fn read(html: &str) -> Self {
        let head = &html[..html.floor_char_boundary(READ)];
        let head = &head[..sane_length(head)];
        let root = Node { kind: Kind::Root, parent: 0, line: 1, end: 1 };
        let tree = Self {
            nodes: vec![root],
            doctype: false,
            unclosed: Vec::new(),
            stray: Vec::new(),
            cut: head.len() < html.len(),
        };
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from_slice(head));
        let builder = Builder(RefCell::new(State { tree, open: vec![0], beyond: 0 }));
        let tokenizer = Tokenizer::new(builder, TokenizerOpts::default());
        let _ = tokenizer.feed(&queue);
        tokenizer.end();
        let mut state = tokenizer.sink.0.into_inner();
        while state.open.len() > 1 {
            state.pop(true);
        }
        state.tree.nodes[0].end = state.tree.nodes.len();
        if state.tree.cut {
            state.tree.unclosed.clear();
        }
        state.tree
    }

    /// The name of an element; empty for another node.
    pub(super) fn name(&self, node: usize) -> &str {
        match &self.nodes[node].kind {
            Kind::Element(name, _) => name,
            Kind::Root | Kind::Text(_) => "",
        }
    }

    /// The attributes of an element.
    pub(super) fn attributes(&self, node: usize) -> &[(String, String)] {
        match &self.nodes[node].kind {
            Kind::Element(_, attributes) => attributes,
            Kind::Root | Kind::Text(_) => &[],
        }
    }

    /// The value of an attribute.
    pub(super) fn get(&self, node: usize, name: &str) -> Option<&str> {
        self.attributes(node).iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The elements in order.
    pub(super) fn elements(&self) -> impl Iterator<Item = usize> + '_ {
        (1..self.nodes.len()).filter(|node| matches!(self.nodes[*node].kind, Kind::Element(..)))
    }

    /// The elements of a name in order.
    pub(super) fn named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = usize> + 't {
        self.elements().filter(move |node| self.name(*node) == name)
    }

    /// The words of a node, if it is words and not a style sheet, a script or the title.
    pub(super) fn words(&self, node: usize) -> Option<&str> {
        match &self.nodes[node].kind {
            Kind::Text(text) if !RAW.contains(&self.name(self.nodes[node].parent)) => Some(text),
            Kind::Root | Kind::Element(..) | Kind::Text(_) => None,
        }
    }

    /// The words of an element and of what is in it, blanks as they come.
    pub(super) fn text_of(&self, node: usize) -> String {
        (node..self.nodes[node].end).filter_map(|inside| self.words(inside)).collect()
    }

    /// An element and what is in it, as far as a link or a paragraph goes in a mail that is one.
    pub(super) fn near(&self, node: usize) -> std::ops::Range<usize> {
        node..self.nodes[node].end.min(node + INSIDE)
    }

    /// The elements above a node, the nearest first, without the root.
    pub(super) fn above(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let up = |node: usize| Some(self.nodes[node].parent).filter(|parent| *parent != 0);
        std::iter::successors(up(node), move |node| up(*node))
    }

    /// Where an element stands: its line, and its words or its tag.
    pub(super) fn place(&self, node: usize) -> Place {
        let text = match &self.nodes[node].kind {
            Kind::Text(text) => format!("“{}”", short(text, 50)),
            Kind::Root => String::new(),
            Kind::Element(name, _) => {
                let words =
                    short(&self.near(node).filter_map(|inside| self.words(inside)).collect::<String>(), 40);
                let telling = ["src", "href", "alt", "name", "type", "class", "style"];
                let told = telling.iter().find_map(|key| self.get(node, key).map(|value| (key, value)));
                let tag = match told {
                    Some((key, value)) => format!("<{} {key}=\"{}\">", short(name, 20), short(value, 60)),
                    None => format!("<{}>", short(name, 20)),
                };
                if words.is_empty() { tag } else { format!("{tag} “{words}”") }
            }
        };
        Place { part: Part::Html, line: Some(self.nodes[node].line), text }
    }
}

/// Returns the length of the text before a tag of absurdly many attributes, each of which is compared with all others.
fn sane_length(html: &str) -> usize {
    let bytes = html.as_bytes();
    let (mut start, mut blanks, mut quote) = (None, 0, None);
    for (at, &byte) in bytes.iter().enumerate() {
        match (start, quote) {
            (None, _) => {
                let opens = byte == b'<' && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
                (start, blanks, quote) = (opens.then_some(at), 0, None);
            }
            (Some(_), Some(open)) if byte == open => (quote, blanks) = (None, blanks + 1),
            (Some(_), Some(_)) => {}
            (Some(_), None) if byte == b'>' => start = None,
            (Some(_), None) if matches!(byte, b'"' | b'\'') && bytes[at - 1] == b'=' => quote = Some(byte),
            (Some(_), None) => blanks += usize::from(byte.is_ascii_whitespace() || byte == b'/'),
        }
        if let Some(start) = start.filter(|_| blanks > MOST_ATTRIBUTES) {
            return start;
        }
    }
    html.len()
}

struct Builder(RefCell<State>);

struct State {
    tree: Tree,
    /// The open elements, the root first.
    open: Vec<usize>,
    /// How many elements are open that were too deep to be opened.
    beyond: usize,
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        let line = usize::try_from(line).unwrap_or(usize::MAX).max(1);
        match token {
            TagToken(tag) if tag.kind == EndTag => state.close(&tag.name, line),
            TagToken(tag) => return state.start(&tag, line),
            CharacterTokens(text) => state.text(&text, line),
            Token::DoctypeToken(_) => state.tree.doctype = true,
            Token::CommentToken(_) | Token::NullCharacterToken | Token::EOFToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn top(&self) -> usize {
        self.open.last().copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, line: usize) -> usize {
        let (parent, here) = (self.top(), self.tree.nodes.len());
        self.tree.nodes.push(Node { kind, parent, line, end: here + 1 });
        here
    }

    /// Ends the innermost element; `surprised` if no tag of its own did so.
    fn pop(&mut self, surprised: bool) {
        let Some(node) = self.open.pop() else { return };
        self.tree.nodes[node].end = self.tree.nodes.len();
        if surprised && !may_stay_open(self.tree.name(node)) {
            self.tree.unclosed.push(node);
        }
    }

    fn text(&mut self, text: &str, line: usize) {
        let top = self.top();
        if let Some(Node { kind: Kind::Text(before), parent, .. }) = self.tree.nodes.last_mut()
            && *parent == top
        {
            before.push_str(text);
            return;
        }
        self.push(Kind::Text(text.to_owned()), line);
    }

    fn start(&mut self, tag: &Tag, line: usize) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        while self.open.len() > 1 && closes(&name, self.tree.name(self.top())) {
            self.pop(false);
        }
        let attributes =
            tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect::<Vec<_>>();
        let node = self.push(Kind::Element(name.clone(), attributes), line);
        if VOID.contains(&name.as_str()) || tag.self_closing {
            return TokenSinkResult::Continue;
        }
        if self.open.len() < DEEPEST {
            self.open.push(node);
        } else {
            self.beyond += 1;
        }
        match name.as_str() {
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(Rcdata),
            "script" => TokenSinkResult::RawData(ScriptData),
            _ => TokenSinkResult::Continue,
        }
    }

    fn close(&mut self, name: &str, line: usize) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let found = self
            .open
            .iter()
            .rposition(|node| self.tree.name(*node) == name || ends_at(name, self.tree.name(*node)));
        match found.filter(|at| *at > 0 && self.tree.name(self.open[*at]) == name) {
            Some(at) => {
                while self.open.len() > at + 1 {
                    self.pop(true);
                }
                self.pop(false);
            }
            None if self.tree.stray.len() < 100 && name != "p" && name != "br" => {
                self.tree.stray.push((short(name, 20), line));
            }
            None => {}
        }
    }
}
