//! Foreign HTML to balanced HTML of bounded depth, its text and its images, in one pass over its tokens.
//!
//! What comes out is what [`sanitise`](super::sanitise) is given: ammonia's cost grows with the square of the
//! depth, so depth is capped here; links and images are made absolute here, because they need the base.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};
use unicode_normalization::char::is_combining_mark;
use url::Url;

use super::elements::{self, Place};
use super::entity::{escape_into, tidied};
use super::{image, link, text};
use crate::model::{Language, Picture};

/// The deepest nesting of what comes out.
const DEEPEST: usize = 48;

/// What a piece of HTML holds for us.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// Balanced HTML of known elements; not yet safe.
    pub(super) html: String,
    /// Its text, scrubbed; block boundaries are blanks.
    pub(super) text: String,
    /// Its pictures in order, absolute, without trackers.
    pub(super) images: Vec<Picture>,
}

/// Sifts a piece of HTML whose links are relative to `base`.
pub(super) fn sift(html: &str, base: &Url) -> Sifted {
    let html = tidied(&html[..elements::sane_length(html)]);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(&html));
    let state =
        State { base, sifted: Sifted::default(), pending: String::new(), open: Vec::new(), skipping: None };
    let tokenizer = Tokenizer::new(Sieve(RefCell::new(state)), TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let mut state = tokenizer.sink.0.into_inner();
    state.flush();
    state.close_down_to(0);
    state.sifted
}

struct Sieve<'b>(RefCell<State<'b>>);

struct State<'b> {
    base: &'b Url,
    sifted: Sifted,
    /// Characters since the last tag; the tokenizer gives them in pieces, letters and their marks apart.
    pending: String,
    /// The elements open in the output.
    open: Vec<&'static str>,
    /// An element that is left out whole, and how often it is nested in itself.
    skipping: Option<(String, usize)>,
}

impl TokenSink for Sieve<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            CharacterTokens(characters) if state.skipping.is_none() => state.pending.push_str(&characters),
            TagToken(tag) => {
                state.flush();
                if tag.kind == EndTag {
                    state.end(&tag.name);
                } else {
                    return state.start(&tag);
                }
            }
            CharacterTokens(_)
            | Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State<'_> {
    /// Writes the characters since the last tag.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let clean = text::scrub(&std::mem::take(&mut self.pending));
        // A mark without its letter would compose with the `>` of the tag before.
        let written = clean.trim_start_matches(is_combining_mark);
        if self.open.contains(&"pre") {
            // HTML §13.1.2.5: the first line break in a <pre> is none.
            let begins = self.sifted.html.ends_with("<pre>");
            let lines = if begins { written.strip_prefix('\n').unwrap_or(written) } else { written };
            for (number, line) in lines.split('\n').enumerate() {
                self.sifted.html.push_str(if number > 0 { "<br>" } else { "" });
                escape_into(line, &mut self.sifted.html);
            }
        } else {
            escape_into(&written.replace('\n', " "), &mut self.sifted.html);
        }
        if !self.open.contains(&"figcaption") {
            self.sifted.text.push_str(&clean);
        }
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if let Some((skipped, depth)) = self.skipping.as_mut() {
            *depth += usize::from(skipped == name && !tag.self_closing);
            return TokenSinkResult::Continue;
        }
        match elements::place(name) {
            Place::Dropped => {
                // Foreign elements may close themselves, HTML's may not.
                if !(tag.self_closing && matches!(name, "svg" | "math")) {
                    self.skipping = Some((name.to_owned(), 1));
                }
                return raw_data(name);
            }
            Place::Image => self.image(tag),
            Place::Void(name) => self.void(name),
            Place::Kept(name) => self.keep(name, tag),
            Place::Ignored => {}
        }
        TokenSinkResult::Continue
    }

    fn void(&mut self, name: &'static str) {
        if name == "hr" {
            self.imply_ends("hr");
        }
        self.sifted.text.push(' ');
        self.sifted.html.push('<');
        self.sifted.html.push_str(name);
        self.sifted.html.push('>');
    }

    fn keep(&mut self, name: &'static str, tag: &Tag) {
        self.imply_ends(name);
        if elements::is_block(name) {
            self.sifted.text.push(' ');
        }
        let attributes = self.attributes(name, tag);
        let pointless = matches!(name, "a" | "span" | "bdo") && attributes.is_empty();
        if pointless || self.open.len() >= DEEPEST {
            return;
        }
        self.sifted.html.push('<');
        self.sifted.html.push_str(name);
        self.sifted.html.push_str(&attributes);
        self.sifted.html.push('>');
        self.open.push(name);
    }

    fn attributes(&self, name: &str, tag: &Tag) -> String {
        let mut out = String::new();
        let mut put = |key: &str, value: &str| {
            out.push(' ');
            out.push_str(key);
            out.push_str("=\"");
            escape_into(value, &mut out);
            out.push('"');
        };
        for attribute in &tag.attrs {
            let value: &str = attribute.value.trim();
            match (&*attribute.name.local, name) {
                // A link into the page leads nowhere in a mail.
                ("href", "a") if !value.starts_with('#') => {
                    if let Some(url) = link::target(value, self.base) {
                        put("href", &url);
                    }
                }
                ("dir", _) if matches!(value.to_ascii_lowercase().as_str(), "ltr" | "rtl" | "auto") => {
                    put("dir", value)
                }
                ("lang", _) => {
                    if let Some(language) = Language::parse(value) {
                        put("lang", language.as_str());
                    }
                }
                ("title", "abbr") => put("title", &text::one_line(value, 200)),
                ("colspan" | "rowspan", "td" | "th") if value.parse::<u8>().is_ok() => {
                    put(&attribute.name.local, value)
                }
                ("start", "ol") if value.parse::<i32>().is_ok() => put("start", value),
                _ => {}
            }
        }
        out
    }

    fn image(&mut self, tag: &Tag) {
        let Some(picture) = image::of_tag(tag, self.base) else { return };
        // A lazy image and its copy in <noscript> are one picture.
        if self.sifted.images.last().is_some_and(|last| last.url == picture.url) {
            return;
        }
        let html = &mut self.sifted.html;
        html.push_str("<img src=\"");
        escape_into(&picture.url, html);
        html.push_str("\" alt=\"");
        escape_into(picture.alt.as_deref().unwrap_or_default(), html);
        html.push('"');
        for (name, size) in [("width", picture.width), ("height", picture.height)] {
            if let Some(size) = size {
                html.push_str(&format!(" {name}=\"{size}\""));
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
        let wall =
            if elements::is_of_table(name) { &["table"][..] } else { &["td", "th", "caption", "table"][..] };
        for at in (0..self.open.len()).rev() {
            if self.open[at] == name {
                self.close_down_to(at);
                return;
            }
            if wall.contains(&self.open[at]) {
                return;
            }
        }
    }

    /// Closes what HTML closes by itself when `name` begins, so that nothing is reopened behind our back.
    fn imply_ends(&mut self, name: &str) {
        let Some((closed, walls)) = elements::implied_ends(name) else { return };
        for at in (0..self.open.len()).rev() {
            let found = self.open[at];
            if closed.contains(&found) {
                self.close_down_to(at);
                return;
            }
            if walls.contains(&found) {
                return;
            }
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

/// The tokenizer must be told where no tags are tags.
fn raw_data(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(Rawtext),
        "textarea" | "title" => TokenSinkResult::RawData(Rcdata),
        _ => TokenSinkResult::Continue,
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
