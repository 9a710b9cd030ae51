//! The elements that are open while a feed is read, and what each means for what stands in it.

use url::Url;

use super::capture::Capture;
use super::draft::Draft;
use super::names::{Field, Space, field};
use super::tag::{Tag, local};

/// Elements deeper than this are counted, no more.
const DEEPEST: usize = 200;
/// The most `xml:base` attributes that are obeyed.
const MOST_BASES: usize = 1000;
/// The longest of them, in bytes.
const LONGEST_BASE: usize = 2000;
/// The most namespaces that are in force at a time.
const MOST_SPACES: usize = 100;

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

/// The stack of open elements, and the feed that grows from it.
pub(super) struct Frames<'d> {
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
}

impl<'d> Frames<'d> {
    pub(super) fn new(base: &Url) -> Self {
        Self {
            frames: Vec::with_capacity(16),
            spaces: Vec::with_capacity(16),
            bases: vec![base.clone()],
            capture: None,
            excess: 0,
            draft: Draft::new(),
            rooted: false,
            atom: false,
        }
    }

    /// True inside an entry.
    pub(super) fn in_entry(&self) -> bool {
        self.frames.iter().any(|frame| frame.role == Role::Entry)
    }

    /// Takes a start tag as it stands in the document.
    pub(super) fn open(&mut self, source: &'d str, empty: bool) {
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
                    "xmlns" => self.declare("", value),
                    "xml:lang" => frame.language = Some(value),
                    "xml:base" => frame.base = self.rebase(frame.base, value),
                    _ => {
                        if let Some(prefix) = name.strip_prefix("xmlns:") {
                            self.declare(prefix, value);
                        }
                    }
                }
            }
        }
        self.frames.push(frame);
    }

    fn declare(&mut self, prefix: &'d str, uri: &str) {
        if self.spaces.len() < MOST_SPACES {
            self.spaces.push((prefix, Space::of(uri)));
        }
    }

    /// RFC 3986 §5.1.1 by way of xml:base; a base that cannot be read changes nothing.
    fn rebase(&mut self, base: usize, value: &str) -> usize {
        let value = super::entity::decode(value.trim());
        match self.bases[base].join(&value) {
            Ok(url)
                if self.bases.len() < MOST_BASES
                    && url.as_str().len() < LONGEST_BASE
                    && !url.cannot_be_a_base() =>
            {
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
            Role::Side if matches!(local, "hour" | "day") && self.skips() => {
                self.field(tag, space, local, false)
            }
            Role::Outside | Role::Side => Role::Side,
            Role::Feed => self.field(tag, space, local, false),
            Role::Entry | Role::Group => self.field(tag, space, local, true),
            Role::Dead | Role::Field | Role::Inner => Role::Dead,
        }
    }

    /// True if the element at hand stands in `skipHours` or `skipDays`.
    fn skips(&self) -> bool {
        let parent = self.frames.iter().rev().nth(1).map_or("", |frame| local(frame.name));
        parent.eq_ignore_ascii_case("skipHours") || parent.eq_ignore_ascii_case("skipDays")
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
        let of_feed_alone = matches!(
            field,
            Field::Ttl | Field::SkipHour | Field::SkipDay | Field::UpdatePeriod | Field::UpdateFrequency
        );
        let of_feed =
            of_feed_alone || matches!(field, Field::Title | Field::Link | Field::Language | Field::Author);
        if in_entry && of_feed_alone {
            return other;
        }
        if !in_entry && (!of_feed || (field == Field::Author && !atom)) {
            return other;
        }
        if matches!(
            field,
            Field::MediaContent
                | Field::Thumbnail
                | Field::Group
                | Field::Enclosure
                | Field::Cover
                | Field::Statistics
        ) {
            let base = self.frames.last().map_or(0, |frame| frame.base);
            // The document's own address is joined later, with what is written elsewhere.
            self.draft.picture(field, tag, (base > 0).then(|| &self.bases[base]));
            return Role::Group;
        }
        self.capture = Some(Capture::new(field, rank, tag, space, atom));
        Role::Field
    }

    /// Takes an end tag.
    pub(super) fn close(&mut self, source: &'d str) {
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

    /// Takes characters.
    pub(super) fn text(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            capture.text(source);
        }
    }

    /// Takes `&name;`.
    pub(super) fn reference(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            capture.reference(source.trim_start_matches('&').trim_end_matches(';'));
        }
    }

    /// Takes a CDATA section, with or without its ends.
    pub(super) fn cdata(&mut self, source: &'d str) {
        if let Some(capture) = self.capture.as_mut() {
            let text = source.strip_prefix("<![CDATA[").unwrap_or(source);
            capture.cdata(text.strip_suffix("]]>").unwrap_or(text));
        }
    }

    /// The feed; `None` if no root was among the elements.
    pub(super) fn finish(mut self, torn: bool) -> Option<Draft> {
        let open = self.frames.iter().any(|f| matches!(f.role, Role::Feed | Role::Entry));
        self.draft.torn = torn || open;
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
