//! Foreign HTML to balanced HTML of bounded depth, its text and its images, in one pass over its tokens.
//!
//! What comes out is what [`sanitise`](super::sanitise) is given: ammonia's cost grows with the square of the
//! depth, so depth is capped here; links and images are made absolute here, because they need the base.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;
use url::Url;

use super::elements::{self, Place};
use super::entity::{decode, escape_attribute_into, escape_into};
use super::tokens::{Tag, Token, Tokens};
use super::{image, link, text};
use crate::model::{Language, Picture};

/// The deepest nesting of what comes out.
const DEEPEST: usize = 48;

/// What a piece of HTML holds for us.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// Balanced HTML of known elements.
    pub(super) html: String,
    /// True if there are parts of tables or ruby in it, which a browser may put elsewhere than they stand.
    pub(super) shifty: bool,
    /// Its text, scrubbed; block boundaries are blanks.
    pub(super) text: String,
    /// Its pictures in order, absolute, without trackers.
    pub(super) images: Vec<Picture>,
}

/// Sifts a piece of HTML whose links are relative to `base`.
pub(super) fn sift(html: &str, base: &Url) -> Sifted {
    let html = with_unix_lines(html);
    let sifted = Sifted {
        html: String::with_capacity(html.len() + html.len() / 8),
        text: String::with_capacity(html.len()),
        ..Sifted::default()
    };
    let mut state = State { base, sifted, pending: Cow::default(), open: Vec::new(), skipping: None };
    let mut tokens = Tokens::new(&html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) if state.skipping.is_none() => state.text(text),
            Token::Text(_) => {}
            Token::Start(tag) => {
                state.flush();
                if state.start(&tag) {
                    tokens.skip_raw(&tag.name);
                }
            }
            Token::End(name) => {
                state.flush();
                state.end(&name);
            }
        }
    }
    state.flush();
    state.close_down_to(0);
    state.sifted
}

/// HTML §13.2.3.5
fn with_unix_lines(html: &str) -> Cow<'_, str> {
    if html.contains('\r') {
        Cow::Owned(html.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(html)
    }
}

struct State<'h> {
    base: &'h Url,
    sifted: Sifted,
    /// Characters since the last tag; comments may part letters from their marks.
    pending: Cow<'h, str>,
    /// The elements open in the output.
    open: Vec<&'static str>,
    /// An element that is left out whole, and how often it is nested in itself.
    skipping: Option<(String, usize)>,
}

impl<'h> State<'h> {
    fn text(&mut self, text: &'h str) {
        let text = decode(text);
        if self.pending.is_empty() {
            self.pending = text;
        } else {
            self.pending.to_mut().push_str(&text);
        }
    }

    /// Writes the characters since the last tag.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let clean = text::scrub(&pending);
        // A mark without its letter would compose with the `>` of the tag before.
        let written = clean.trim_start_matches(is_combining_mark);
        let in_lines = self.open.contains(&"pre");
        // HTML §13.1.2.5: the first line break in a <pre> is none.
        let begins = in_lines && self.sifted.html.ends_with("<pre>");
        let written = if begins { written.strip_prefix('\n').unwrap_or(written) } else { written };
        for (number, line) in written.split('\n').enumerate() {
            if number > 0 {
                self.sifted.html.push_str(if in_lines { "<br>" } else { " " });
            }
            escape_into(line, &mut self.sifted.html);
        }
        if !self.open.contains(&"figcaption") {
            self.sifted.text.push_str(&clean);
        }
    }

    /// Takes a start tag; true if its element is left out, with what may be no markup in it.
    fn start(&mut self, tag: &Tag<'h>) -> bool {
        let name: &str = &tag.name;
        if let Some((skipped, depth)) = self.skipping.as_mut() {
            *depth += usize::from(skipped == name && !tag.self_closing);
            return false;
        }
        match elements::place(name) {
            Place::Dropped => {
                // Foreign elements may close themselves, HTML's may not.
                if !(tag.self_closing && matches!(name, "svg" | "math")) {
                    self.skipping = Some((name.to_owned(), 1));
                }
                return true;
            }
            Place::Image => self.image(tag),
            Place::Void(name) => self.void(name),
            Place::Kept(name) => self.keep(name, tag),
            Place::Ignored => {}
        }
        false
    }

    fn void(&mut self, name: &'static str) {
        self.imply_ends(name);
        self.sifted.text.push(' ');
        self.sifted.html.push('<');
        self.sifted.html.push_str(name);
        self.sifted.html.push('>');
    }

    fn keep(&mut self, name: &'static str, tag: &Tag<'h>) {
        self.imply_ends(name);
        if elements::is_block(name) {
            self.sifted.text.push(' ');
        }
        let html = &mut self.sifted.html;
        let before = html.len();
        html.push('<');
        html.push_str(name);
        let bare = html.len();
        attributes(name, tag, self.base, html);
        let pointless = matches!(name, "a" | "span" | "bdo") && html.len() == bare;
        if pointless || self.open.len() >= DEEPEST {
            html.truncate(before);
            return;
        }
        html.push('>');
        self.sifted.shifty |= elements::is_shifty(name);
        self.open.push(name);
    }

    fn image(&mut self, tag: &Tag<'h>) {
        let Some(picture) = image::of_tag(tag, self.base) else { return };
        // A lazy image and its copy in <noscript> are one picture.
        if self.sifted.images.last().is_some_and(|last| last.url == picture.url) {
            return;
        }
        let html = &mut self.sifted.html;
        html.push_str("<img src=\"");
        escape_attribute_into(&picture.url, html);
        html.push_str("\" alt=\"");
        escape_attribute_into(picture.alt.as_deref().unwrap_or_default(), html);
        html.push('"');
        for (name, size) in [("width", picture.width), ("height", picture.height)] {
            if let Some(size) = size {
                // Writing to a string cannot fail.
                let _ = write!(html, " {name}=\"{size}\"");
            }
        }
        html.push('>');
        self.sifted.images.push(picture);
    }

    fn end(&mut self, name: &str) {
        if let Some((skipped, depth)) = self.skipping.as_mut() {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipping = None;
                }
            }
            return;
        }
        let Place::Kept(name) = elements::place(name) else { return };
        if elements::is_block(name) {
            self.sifted.text.push(' ');
        }
        let walls = if elements::is_of_table(name) { &["table"][..] } else { elements::CELL };
        self.close_innermost(&[name], walls);
    }

    /// Closes what HTML closes by itself when `name` begins, so that nothing is reopened behind our back.
    fn imply_ends(&mut self, name: &str) {
        if let Some((closed, walls)) = elements::implied_ends(name) {
            self.close_innermost(closed, walls);
        }
        if elements::ends_paragraph(name) {
            self.close_innermost(&["p"], elements::CELL);
        }
    }

    fn close_innermost(&mut self, closed: &[&str], walls: &[&str]) {
        let found = self.open.iter().rposition(|open| closed.contains(open) || walls.contains(open));
        if let Some(at) = found.filter(|at| closed.contains(&self.open[*at])) {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(name) = self.open.pop() {
                self.sifted.html.push_str("</");
                self.sifted.html.push_str(name);
                self.sifted.html.push('>');
            }
        }
    }
}

/// Writes those attributes of an element that are kept, of each name the first.
fn attributes(name: &str, tag: &Tag<'_>, base: &Url, out: &mut String) {
    let mut put = |key: &str, value: &str| {
        for part in [" ", key, "=\""] {
            out.push_str(part);
        }
        escape_attribute_into(value, out);
        out.push('"');
    };
    let mut seen: Vec<&str> = Vec::new();
    for (key, written) in tag.attributes() {
        let Some(key) = elements::kept_attribute(name, key).filter(|key| !seen.contains(key)) else {
            continue;
        };
        seen.push(key);
        let value = decode(written);
        let value = value.trim();
        match key {
            // A link into the page leads nowhere in a mail.
            "href" if value.starts_with('#') => {}
            "href" => {
                if let Some(url) = link::target(value, base) {
                    put(key, &url);
                }
            }
            "dir" if matches!(value.to_ascii_lowercase().as_str(), "ltr" | "rtl" | "auto") => put(key, value),
            "lang" => {
                if let Some(language) = Language::parse(value) {
                    put(key, language.as_str());
                }
            }
            "title" => put(key, &text::one_line(value, 200)),
            "colspan" | "rowspan" if value.parse::<u8>().is_ok() => put(key, value),
            "start" if value.parse::<i32>().is_ok() => put(key, value),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
