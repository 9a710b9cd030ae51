//! One pass over an XML feed: frames for the elements that are open, a capture for the field being read.
//!
//! No tree is built and nothing is expanded, so a document costs time in proportion to its length whatever it
//! holds. Every fault that still lets one see which entry a text belongs to is forgiven.

use quick_xml::errors::Error;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use url::Url;

use super::draft::Draft;
use super::frames::Frames;

/// How often reading starts again behind a CDATA section or comment that nothing closes.
const RESTARTS: usize = 8;

/// Reads a document; `None` if no root of a feed is in it.
pub(super) fn read(document: &str, base: &Url) -> Option<Draft> {
    let mut walk = Walk { document, frames: Frames::new(base), torn: false };
    walk.run();
    walk.frames.finish(walk.torn)
}

struct Walk<'d> {
    document: &'d str,
    frames: Frames<'d>,
    torn: bool,
}

impl Walk<'_> {
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
                Ok(Event::Start(_)) => self.frames.open(source, false),
                Ok(Event::Empty(_)) => self.frames.open(source, true),
                Ok(Event::End(_)) => self.frames.close(source),
                Ok(Event::Text(_)) => self.frames.text(source),
                Ok(Event::GeneralRef(_)) => self.frames.reference(source),
                Ok(Event::CData(_)) => {
                    if let Some(inside) = swallowed_end(source).filter(|_| self.frames.in_entry()) {
                        self.frames.cdata(&source[..inside]);
                        return Some(from + start + inside);
                    }
                    self.frames.cdata(source);
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
            self.frames.cdata(&rest[..end]);
            end
        } else if rest.starts_with("<!--") {
            4
        } else {
            return None;
        };
        self.torn = false;
        Some(at + next)
    }
}

/// Where an entry ends inside a CDATA section that was never closed and ran into the next one.
fn swallowed_end(section: &str) -> Option<usize> {
    section.get(9..)?.contains("<![CDATA[").then(|| next_end(section)).flatten()
}

/// The first end tag of an entry.
fn next_end(text: &str) -> Option<usize> {
    ["</item>", "</entry>"].iter().filter_map(|end| text.find(end)).min()
}
