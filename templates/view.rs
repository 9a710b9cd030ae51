//! What a template may see: plain values, finished texts, nothing to call.
//!
//! In every text U+200B marks where a long word may be broken; HTML gets `<wbr>` there.

use maud::{Escaper, Render};

/// A digest, ready to be written.
#[derive(Debug, Clone)]
pub struct Digest {
    /// What stands round the articles.
    pub frame: Frame,
    /// A sentence above the first article; empty for none.
    pub intro: String,
    /// True if that is written from right to left.
    pub intro_rtl: bool,
    /// The story that opens it.
    pub lead: Option<Article>,
    /// The sections, none of them empty.
    pub sections: Vec<Section>,
}

/// What stands round the articles of every mail.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Language and direction of the mail.
    pub tongue: Tongue,
    /// The language of the theme's words, where it is not the mail's own.
    pub words: Option<Tongue>,
    /// What the window is called: the subject.
    pub subject: String,
    /// The masthead.
    pub title: String,
    /// True if the title is written from right to left, which may be against the mail's direction.
    pub title_rtl: bool,
    /// A short text that stands elsewhere in the mail, for the list of an inbox; empty for none.
    pub preheader: String,
    /// The date of the slot.
    pub date: String,
    /// The whole edition on the web.
    pub web_copy: Option<Link>,
    /// How to leave; none in a mail that goes through no list.
    pub unsubscribe: Option<Link>,
    /// How to change what comes, with the same rule.
    pub preferences: Option<Link>,
    /// Why the reader gets this.
    pub why: String,
    /// The sender's postal address, a line each.
    pub postal_address: Vec<String>,
    /// True if it is written from right to left.
    pub postal_rtl: bool,
}

/// A language and its direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tongue {
    /// A language tag; `None` if it is not known.
    pub lang: Option<String>,
    /// True if it is written from right to left.
    pub rtl: bool,
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its words.
    pub text: String,
    /// Its address: absolute, or a mark that the sender fills per reader.
    pub href: String,
}

/// A part under one heading.
#[derive(Debug, Clone)]
pub struct Section {
    /// The heading; empty for none.
    pub title: String,
    /// True if the heading is written from right to left.
    pub rtl: bool,
    /// At least one.
    pub rows: Vec<Row>,
}

/// What stands beside each other in a section.
#[derive(Debug, Clone)]
pub enum Row {
    /// An article, its picture beside it.
    Card(Article),
    /// An article, its picture above it.
    Wide(Article),
    /// Two articles, the picture of each above it; one above the other where there is no room.
    Pair(Box<[Article; 2]>),
    /// An article of which only the title and where it is from are shown.
    Line(Article),
}

impl Row {
    /// Its articles, in reading order.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        match self {
            Self::Card(article) | Self::Wide(article) | Self::Line(article) => std::slice::from_ref(article),
            Self::Pair(two) => two.as_slice(),
        }
    }
}

/// An article.
#[derive(Debug, Clone)]
pub struct Article {
    /// Language and direction of title and summary.
    pub tongue: Tongue,
    /// The language of the line of author and date, where it is not the article's.
    pub meta_lang: Option<String>,
    /// Where to read it.
    pub href: String,
    /// The title.
    pub title: String,
    /// The source; empty if it has no name.
    pub source: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was published.
    pub date: Option<String>,
    /// The summary; empty for none.
    pub summary: String,
    /// The picture.
    pub picture: Option<Picture>,
    /// The words of the link: where it is read.
    pub read: String,
    /// Where else the story is told.
    pub also: Option<Also>,
}

/// Where else a story is told.
#[derive(Debug, Clone)]
pub struct Also {
    /// The words before the first place; they end with a blank if one belongs there.
    pub before: String,
    /// What stands between two places.
    pub between: &'static str,
    /// The words behind the last one; empty for none.
    pub after: String,
    /// At least one.
    pub places: Vec<Place>,
}

/// A place where a story is told.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its name: the words of the link.
    pub name: String,
    /// The same with the words round it, for a line of its own.
    pub line: String,
    /// Its address.
    pub href: String,
}

/// A picture, with the size at which it is shown.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it is.
    pub url: String,
    /// What it shows; never empty, for it is the text of a link.
    pub alt: String,
    /// Pixels, where there is room for it.
    pub width: u32,
    /// Pixels, if the shape is known.
    pub height: Option<u32>,
    /// The most pixels of its width where it stands alone on a phone; never less than `width`.
    pub most: u32,
}

/// What stands after the last article when some did not fit.
#[derive(Debug, Clone)]
pub struct More {
    /// "5 more on the web".
    pub text: String,
    /// The web copy.
    pub href: Option<String>,
}

/// What the publisher hears about trouble, ready to be written.
#[derive(Debug, Clone)]
pub struct Notices {
    /// What stands round it.
    pub frame: Frame,
    /// A sentence above the first notice.
    pub intro: String,
    /// The notices under their headings, none of them empty.
    pub groups: Vec<NoticeGroup>,
    /// How many are not shown; empty if all are.
    pub more: String,
}

/// Notices under one heading.
#[derive(Debug, Clone)]
pub struct NoticeGroup {
    /// The heading.
    pub title: String,
    /// At least one.
    pub notices: Vec<NoticeLine>,
}

/// A notice.
#[derive(Debug, Clone)]
pub struct NoticeLine {
    /// The language of its words, where it is not the mail's own.
    pub tongue: Option<Tongue>,
    /// The sentence.
    pub text: String,
    /// Since when; empty where that does not matter any more.
    pub when: String,
}

/// The question whether an edition may go out, ready to be written.
#[derive(Debug, Clone)]
pub struct Approval {
    /// What stands round it.
    pub frame: Frame,
    /// What is asked.
    pub intro: String,
    /// What is known of the edition: each a word and its value.
    pub facts: Vec<(String, String)>,
    /// Where it is approved.
    pub approve: Link,
    /// Where it is cancelled.
    pub cancel: Link,
    /// What happens without an answer.
    pub unanswered: String,
    /// The heading of its contents.
    pub contents: String,
    /// Its articles, in reading order.
    pub headlines: Vec<Headline>,
    /// How many are not shown; empty if all are.
    pub more: String,
}

/// An article in a table of contents.
#[derive(Debug, Clone)]
pub struct Headline {
    /// Language and direction of the title.
    pub tongue: Tongue,
    /// The title.
    pub title: String,
    /// The source; empty if it has no name.
    pub source: String,
}

/// A line of the text part, before it is set in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An empty line; more than two in a row count as two.
    Blank,
    /// A rule of the given character.
    Rule(char),
    /// A text to be wrapped: the first line begins with `first`, the others with `rest`.
    Text {
        /// What the first line begins with.
        first: &'static str,
        /// What the others begin with.
        rest: &'static str,
        /// The text.
        text: String,
    },
    /// An address, alone and whole.
    Address {
        /// What it is indented by.
        indent: &'static str,
        /// The address, or the mark that stands for it.
        href: String,
    },
}

impl Line {
    /// A text without indent.
    pub(crate) fn plain(text: &str) -> Self {
        Self::Text { first: "", rest: "", text: text.to_owned() }
    }
}

/// A text in which long words may be broken.
pub(crate) struct Soft<'a>(pub(crate) &'a str);

impl Render for Soft<'_> {
    fn render_to(&self, buffer: &mut String) {
        use std::fmt::Write as _;
        for (n, part) in self.0.split('\u{200B}').enumerate() {
            if n > 0 {
                buffer.push_str("<wbr>");
            }
            // Writing into a string cannot fail.
            let _ = Escaper::new(buffer).write_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_break_becomes_an_element_and_everything_else_is_escaped() {
        assert_eq!(Soft("a<b\u{200B}&\"c").render().into_string(), "a&lt;b<wbr>&amp;&quot;c");
    }
}
