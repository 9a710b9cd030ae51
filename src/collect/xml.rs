//! One pass over an XML feed: frames for the elements that are open, a capture for the field being read.
//!
//! No tree is built and nothing is expanded, so a document costs time in proportion to its length whatever it
//! holds. Every fault that still lets one see which entry a text belongs to is forgiven.

use quick_xml::errors::Error;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use url::Url;

use super::capture::Capture;
use super::draft::Draft;
use super::names::{Field, Space, field};
use super::tag::{Tag, local};

/// Elements deeper than this are counted, no more.
const DEEPEST: usize = 200;
/// How often reading starts again behind a CDATA section or comment that nothing closes.
const RESTARTS: usize = 8;

/// What an open element means for its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Before the root of a feed.
    Outside,
    /// The root or its channel.
    Feed,
    /// A part of the feed that says nothing of it, but may hold entries.
    Side,
    Entry,
    /// A part of an entry that only groups.
    Group,
    /// A part of an entry that says nothing to us.
    Dead,
    /// The field that is being captured.
    Field,
    /// Markup inside that field.
    Inner,
}

#[derive(Debug)]
struct Frame<'d> {
    name: &'d str,
    role: Role,
    /// How many namespace declarations stood before it.
    spaces: usize,
    base: usize,
    language: Option<&'d str>,
}

/// Reads a document; `None` if no root of a feed is in it.
pub(super) fn read(document: &str, base: &Url) -> Option<Draft> {
    let mut walk = Walk::new(document, base);
    walk.run();
    walk.finish()
}

struct Walk<'d> {
    document: &'d str,
    frames: Vec<Frame<'d>>,
    spaces: Vec<(&'d str, Space)>,
    bases: Vec<Url>,
    capture: Option<Capture<'d>>,
    /// Open elements beyond the deepest frame.
    excess: usize,
    draft: Draft,
    rooted: bool,
    /// True if the root is Atom's, with or without its namespace.
    atom: bool,
    torn: bool,
}

impl<'d> Walk<'d> {
    fn new(document: &'d str, base: &Url) -> Self {
        Self {
            document,
            frames: Vec::with_capacity(16),
            spaces: Vec::with_capacity(16),
            bases: vec![base.clone()],
            capture: None,
            excess: 0,
            draft: Draft::new(),
            rooted: false,
            atom: false,
            torn: false,
        }
    }

    fn run(&mut self) {
        let mut from = 0;
        for _ in 0..RESTARTS {
            match self.stretch(from) {
                Some(again) if again > from => from = again,
                Some(_) | None => return,
            }
        }
        self.torn = true;
    }

    /// Reads from an offset to the end, or returns the offset at which to read on.
    fn stretch(&mut self, from: usize) -> Option<usize> {
        let rest = &self.document[from..];
        let mut reader = Reader::from_str(rest);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.allow_unmatched_ends = true;
        config.check_end_names = false;
        let mut start = 0;
        loop {
            let event = reader.read_event();
            let end = usize::try_from(reader.buffer_position()).unwrap_or(rest.len()).min(rest.len());
            let source = rest.get(start..end).unwrap_or_default();
            match event {
                Ok(Event::Start(_)) => self.open(source, false),
                Ok(Event::Empty(_)) => self.open(source, true),
                Ok(Event::End(_)) => self.close(source),
                Ok(Event::Text(_)) => self.text(source),
                Ok(Event::GeneralRef(_)) => self.reference(source),
                Ok(Event::CData(_)) => {
                    if let Some(inside) = swallowed_end(source).filter(|_| self.in_entry()) {
                        self.cdata(&source[..inside]);
                        return Some(from + start + inside);
                    }
                    self.cdata(source);
                }
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Eof) => return None,
                Err(Error::IllFormed(_)) => {}
                Err(_) => return self.after_fault(from + start),
            }
            start = end;
        }
    }

    /// A tag, comment or CDATA section that nothing closes: what follows is read as if it had not been opened.
    fn after_fault(&mut self, at: usize) -> Option<usize> {
        self.torn = true;
        let rest = &self.document[at..];
        let next = if rest.starts_with("<![CDATA[") {
            let end = next_end(rest)?;
            self.cdata(&rest[..end]);
            end
        } else if rest.starts_with("<!--") {
            4
        } else {
            return None;
        };
        self.torn = false;
        Some(at + next)
    }

    fn in_entry(&self) -> bool {
        self.frames.iter().any(|frame| frame.role == Role::Entry)
    }

    fn open(&mut self, source: &'d str, empty: bool) {
        let tag = Tag::new(source);
        if !tag.name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            // A lone `<` in a text.
            return self.text(source);
        }
        if self.frames.len() >= DEEPEST {
            self.excess += usize::from(!empty);
            return;
        }
        let new_entry = is_entry(tag.local()) && self.in_entry() && self.space_of(tag) != Space::Other;
        if new_entry {
            self.leave_entry();
        }
        if let Some(capture) = self.capture.as_mut() {
            capture.open(tag);
            self.push(tag, Role::Inner);
        } else {
            self.push(tag, Role::Dead);
            let role = self.begin(tag);
            if let Some(frame) = self.frames.last_mut() {
                frame.role = role;
            }
        }
        if empty {
            self.pop();
        }
    }

    /// Puts a frame on the stack, with the namespaces, base and language that the tag declares.
    fn push(&mut self, tag: Tag<'d>, role: Role) {
        let mut frame = Frame {
            name: tag.name,
            role,
            spaces: self.spaces.len(),
            base: self.frames.last().map_or(0, |f| f.base),
            language: self.frames.last().and_then(|f| f.language),
        };
        if role != Role::Inner && tag.attributes.contains("xml") {
            for (name, value) in tag.attributes() {
                match name {
                    "xmlns" => self.spaces.push(("", Space::of(value))),
                    "xml:lang" => frame.language = Some(value),
                    "xml:base" => frame.base = self.rebase(frame.base, value),
                    _ => {
                        if let Some(prefix) = name.strip_prefix("xmlns:") {
                            self.spaces.push((prefix, Space::of(value)));
                        }
                    }
                }
            }
        }
        self.frames.push(frame);
    }

    /// RFC 3986 §5.1.1 by way of xml:base; a base that cannot be read changes nothing.
    fn rebase(&mut self, base: usize, value: &str) -> usize {
        let value = super::entity::decode(value.trim());
        match self.bases[base].join(&value) {
            Ok(url) if !url.cannot_be_a_base() && self.bases.len() < 1000 => {
                self.bases.push(url);
                self.bases.len() - 1
            }
            Ok(_) | Err(_) => base,
        }
    }

    fn space_of(&self, tag: Tag<'_>) -> Space {
        let prefix = tag.prefix();
        let declared = self.spaces.iter().rev().find(|(p, _)| *p == prefix).map(|(_, space)| *space);
        declared.unwrap_or_else(|| Space::by_custom(prefix))
    }

    /// Decides what a new element means; its frame is already on the stack.
    fn begin(&mut self, tag: Tag<'d>) -> Role {
        let parent = self.frames.iter().rev().nth(1).map_or(Role::Outside, |frame| frame.role);
        let mut lower = [0_u8; 24];
        let local = lowered(tag.local(), &mut lower);
        let space = self.space_of(tag);
        match parent {
            Role::Outside | Role::Side
                if matches!(local, "rss" | "rdf" | "feed" | "channel") && !self.rooted =>
            {
                self.root(tag, local, space)
            }
            Role::Feed if local == "channel" => {
                self.draft.channel(tag);
                Role::Feed
            }
            Role::Feed | Role::Side if is_entry(local) && space != Space::Other => self.entry(tag),
            Role::Outside if local == "entry" && space == Space::Atom => {
                (self.rooted, self.atom) = (true, true);
                self.entry(tag)
            }
            Role::Outside | Role::Side => Role::Side,
            Role::Feed => self.field(tag, space, local, false),
            Role::Entry | Role::Group => self.field(tag, space, local, true),
            Role::Dead | Role::Field | Role::Inner => Role::Dead,
        }
    }

    fn root(&mut self, tag: Tag<'d>, local: &str, space: Space) -> Role {
        self.rooted = true;
        self.atom = local == "feed";
        if space == Space::Other && tag.prefix().is_empty() {
            // Some give their RSS a namespace of their own.
            for declared in self.spaces.iter_mut().filter(|(prefix, _)| prefix.is_empty()) {
                declared.1 = Space::Core;
            }
        }
        self.draft.channel(tag);
        Role::Feed
    }

    fn entry(&mut self, tag: Tag<'d>) -> Role {
        let (base, language) = self.frames.last().map_or((0, None), |f| (f.base, f.language));
        self.draft.begin_entry(tag, &self.bases[base], language);
        Role::Entry
    }

    fn field(&mut self, tag: Tag<'d>, space: Space, local: &str, in_entry: bool) -> Role {
        let other = if in_entry { Role::Dead } else { Role::Side };
        let Some((field, rank)) = field(space, local) else { return other };
        let atom = space == Space::Atom || (self.atom && space == Space::Core);
        let of_feed = matches!(field, Field::Title | Field::Link | Field::Language | Field::Author);
        if !in_entry && (!of_feed || (field == Field::Author && !atom)) {
            return other;
        }
        if matches!(
            field,
            Field::MediaContent | Field::Thumbnail | Field::Group | Field::Enclosure | Field::Cover
        ) {
            let base = self.frames.last().map_or(0, |frame| frame.base);
            // The document's own address is joined later, with what is written elsewhere.
            self.draft.picture(field, tag, (base > 0).then(|| &self.bases[base]));
            return Role::Group;
        }
        self.capture = Some(Capture::new(field, rank, tag, space, atom));
        Role::Field
    }

    fn close(&mut self, source: &'d str) {
        if self.excess > 0 {
            self.excess -= 1;
            return;
        }
        let name = source.trim_start_matches("</").trim_end_matches('>').trim();
        let name = name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let same = |frame: &Frame<'_>| frame.name == name || frame.name.eq_ignore_ascii_case(name);
        if let Some(at) = self.frames.iter().rposition(same) {
            while self.frames.len() > at {
                self.pop();
            }
        }
    }

    /// An entry that begins inside another ends that one.
    fn leave_entry(&mut self) {
        while self.in_entry() {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let (role, name, spaces) = (frame.role, frame.name, frame.spaces);
        match role {
            Role::Inner => {
                if let Some(capture) = self.capture.as_mut() {
                    capture.close(name);
                }
            }
            Role::Field => {
                if let Some(capture) = self.capture.take() {
                    let base = frame.base;
                    let base = (base > 0).then(|| &self.bases[base]);
                    self.draft.take(capture, base, frame.language);
                }
            }
            Role::Entry => self.draft.end_entry(),
            Role::Outside | Role::Feed | Role::Side | Role::Group | Role::Dead => {}
        }
        self.spaces.truncate(spaces);
        self.frames.pop();
    }

    fn text(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            capture.text(source);
        }
    }

    fn reference(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            capture.reference(source.trim_start_matches('&').trim_end_matches(';'));
        }
    }

    fn cdata(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            let text = source.strip_prefix("<![CDATA[").unwrap_or(source);
            capture.cdata(text.strip_suffix("]]>").unwrap_or(text));
        }
    }

    fn finish(mut self) -> Option<Draft> {
        let open = self.frames.iter().any(|f| matches!(f.role, Role::Feed | Role::Entry));
        self.draft.torn = self.torn || open;
        self.rooted.then_some(self.draft)
    }
}

fn is_entry(name: &str) -> bool {
    let name = local(name);
    name.eq_ignore_ascii_case("item") || name.eq_ignore_ascii_case("entry")
}

/// The name in lower case; empty if it is longer than any that means something.
fn lowered<'b>(name: &str, buffer: &'b mut [u8; 24]) -> &'b str {
    let Some(target) = buffer.get_mut(..name.len()) else { return "" };
    target.copy_from_slice(name.as_bytes());
    target.make_ascii_lowercase();
    std::str::from_utf8(target).unwrap_or_default()
}

/// Where an entry ends inside a CDATA section that was never closed and ran into the next one.
fn swallowed_end(section: &str) -> Option<usize> {
    section.get(9..)?.contains("<![CDATA[").then(|| next_end(section)).flatten()
}

/// The first end tag of an entry.
fn next_end(text: &str) -> Option<usize> {
    ["</item>", "</entry>"].iter().filter_map(|end| text.find(end)).min()
}
