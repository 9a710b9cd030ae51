//! What html5ever finds in a text, found again.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, TagToken, Token as Theirs, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};
use proptest::prelude::*;

use super::{Token, Tokens};

/// Tags and runs of text, in one form for both.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Text(String),
    Start(String, bool, Vec<(String, String)>),
    End(String),
}

#[derive(Default)]
struct Sink(RefCell<Vec<Found>>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Theirs, _line: u64) -> TokenSinkResult<()> {
        let mut found = self.0.borrow_mut();
        match token {
            CharacterTokens(text) => add_text(&mut found, &text),
            TagToken(tag) if tag.kind == EndTag => found.push(Found::End(tag.name.to_string())),
            TagToken(tag) => {
                let attributes =
                    tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
                found.push(Found::Start(tag.name.to_string(), tag.self_closing, attributes));
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(ScriptData),
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(Rawtext),
                    "textarea" | "title" => TokenSinkResult::RawData(Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Theirs::DoctypeToken(_)
            | Theirs::CommentToken(_)
            | Theirs::NullCharacterToken
            | Theirs::EOFToken
            | Theirs::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

const RAW: [&str; 8] = ["script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"];

/// Adds to the text before; the inside of raw elements is none.
fn add_text(found: &mut Vec<Found>, text: &str) {
    match found.last_mut() {
        Some(Found::Text(before)) => before.push_str(text),
        Some(Found::Start(name, ..)) if RAW.contains(&name.as_str()) => {}
        Some(Found::Start(..) | Found::End(_)) | None => found.push(Found::Text(text.to_owned())),
    }
}

fn theirs(html: &str) -> Vec<Found> {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

fn ours(html: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => add_text(&mut found, text),
            Token::End(name) => found.push(Found::End(name.into_owned())),
            Token::Start(tag) => {
                tokens.skip_raw(&tag.name);
                let mut attributes: Vec<(String, String)> = Vec::new();
                for (name, value) in tag.attributes() {
                    let name = name.to_ascii_lowercase();
                    if !attributes.iter().any(|(known, _)| *known == name) {
                        attributes.push((name, value.to_owned()));
                    }
                }
                found.push(Found::Start(tag.name.into_owned(), tag.self_closing, attributes));
            }
        }
    }
    found
}

#[rustfmt::skip]
const PIECES: [&str; 58] = [
    "<p>", "</p>", "<p", "<a href=", "<A HREF='", "\"", "'", ">", "<", "/", "/>", "=", " ", "\n", "\t", "a", "B", "-",
    "--", "!", "->", "-->", "--!>", "<!--", "<!-->", "<!--->", "<!", "<?php", "?>", "<![CDATA[", "]]>", "<!doctype a \"b",
    "<script", "<script>", "</script", "</script>", "</SCRIPT >", "<style>", "</style>", "</style/>", "</styles>", "<title>",
    "</title\n>", "<textarea>", "</textarea>", "<xmp>", "<svg/>", "<br/ >", "</", "</>", "< p>", "</ p>", "<1>", "é", "<é>",
    "<p é=ü>", "x=y", "<img src=x/ alt>",
];

#[test]
fn a_tag_may_be_written_in_many_ways() {
    for html in [
        "<a href=x/>y</a>",
        "<a/b=c d = 'e' f=\"g\"h i>",
        "<a =b==c>",
        "<a\n\tb\n=\n'c'/>",
        "<script><!--<script></script>a--></script>b",
        "<script><!--></script>b",
        "<script><!-- <scripts></script>b",
        "a<!--b--!>c<!---->d<!--->e<!--f",
        "a</>b</ c>d<?e?>f<!g>h<i",
    ] {
        assert_eq!(ours(html), theirs(html), "{html}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_text_is_read_as_the_standard_reads_it(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)) {
        let html = pieces.concat();
        prop_assert_eq!(ours(&html), theirs(&html), "{}", html);
    }

    #[test]
    fn no_text_is_too_odd(html in "[<>/!=\"'a-cé -]{0,40}") {
        prop_assert_eq!(ours(&html), theirs(&html), "{}", html);
    }
}
