//! The digest: HTML and text side by side, so that they change together.

use maud::{Markup, PreEscaped, html};

use crate::frame::{self, dir, flow, text_foot, text_head, text_link, upright};
use crate::role::{Look, Role};
use crate::rows::{joined, lead, row};
use crate::view::{Article, Digest, Line, Link, More, Row, Section, Soft, Tongue};

/// Rows of the page that stay or go together.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The rows.
    pub html: String,
    /// How many articles stand in them.
    pub articles: usize,
}

/// Writes every row of articles in reading order, a section's heading standing in the piece of its first.
///
/// Each piece is whole: any number of them from the front make a well-formed page.
pub fn pieces(digest: &Digest, look: &Look) -> impl Iterator<Item = Piece> {
    let lead =
        digest.lead.iter().map(move |article| Piece { html: lead(article, look).into_string(), articles: 1 });
    let rows = digest.sections.iter().enumerate().flat_map(move |(place, section)| {
        let first = place == 0 && digest.lead.is_none();
        let home = &digest.frame.tongue;
        section.rows.iter().enumerate().map(move |(n, one)| {
            let html = html! {
                @if n == 0 { (heading(section, look, home)) }
                // A heading and the masthead have a rule of their own.
                (row(one, n == 0 && (first || !section.title.is_empty()), look, home))
            };
            Piece { html: html.into_string(), articles: one.articles().len() }
        })
    });
    lead.chain(rows)
}

/// Returns the whole document, with the given pieces and what is left out.
#[must_use]
pub fn html(digest: &Digest, look: &Look, pieces: &[Piece], more: Option<&More>) -> String {
    let size = pieces.iter().map(|piece| piece.html.len()).sum::<usize>() + 4096;
    let mut body = String::with_capacity(size);
    body.push_str(&intro(digest, look).into_string());
    body.extend(pieces.iter().map(|piece| piece.html.as_str()));
    if let Some(more) = more {
        body.push_str(&more_html(digest, more, look).into_string());
    }
    frame::html(&digest.frame, look, &PreEscaped(body))
}

/// Returns the lines of the text part: the first `shown` articles and what is left out.
#[must_use]
pub fn text(digest: &Digest, shown: usize, more: Option<&More>) -> Vec<Line> {
    let mut lines = Vec::with_capacity(16 + 8 * shown);
    text_head(&digest.frame, &mut lines);
    if !digest.intro.is_empty() {
        lines.extend([Line::plain(&digest.intro), Line::Blank]);
    }
    let mut left = shown;
    if let Some(lead) = digest.lead.as_ref().filter(|_| left > 0) {
        text_article(lead, &mut lines);
        left -= 1;
    }
    for section in &digest.sections {
        if left > 0 && !section.title.is_empty() {
            lines.extend([Line::Rule('-'), Line::plain(&section.title), Line::Rule('-'), Line::Blank]);
        }
        for article in section.rows.iter().flat_map(Row::articles).take(left) {
            text_article(article, &mut lines);
            left -= 1;
        }
    }
    if let Some(more) = more {
        lines.push(Line::Rule('-'));
        match &more.href {
            Some(href) => text_link(&Link { text: more.text.clone(), href: href.clone() }, &mut lines),
            None => lines.push(Line::plain(&more.text)),
        }
    }
    text_foot(&digest.frame, &mut lines);
    lines
}

fn intro(digest: &Digest, look: &Look) -> Markup {
    html! {
        @if !digest.intro.is_empty() {
            tr {
                @let own = Tongue { lang: None, rtl: digest.intro_rtl };
                @let turned = own.rtl != digest.frame.tongue.rtl;
                td dir=[turned.then(|| dir(&own))] class=[look.class(Role::Standfirst)]
                    style={ (look.style(Role::Standfirst)) (upright(&own)) @if turned { (flow(&own)) } } {
                    (Soft(&digest.intro))
                }
            }
        }
    }
}

fn heading(section: &Section, look: &Look, home: &Tongue) -> Markup {
    let own = Tongue { lang: None, rtl: section.rtl };
    let turned = if own.rtl == home.rtl { "" } else { flow(&own) };
    html! {
        @if !section.title.is_empty() {
            tr {
                td class=[look.class(Role::Section)] style=(look.style(Role::Section)) {
                    // Not a heading: one h1 and one h2 per article is what readers jump along.
                    p dir=[(own.rtl != home.rtl).then(|| dir(&own))] class=[look.class(Role::SectionTitle)]
                        style={ (look.style(Role::SectionTitle)) (upright(&own)) (turned) } {
                        (Soft(&section.title))
                    }
                }
            }
        }
    }
}

fn more_html(digest: &Digest, more: &More, look: &Look) -> Markup {
    let words = digest.frame.words.as_ref();
    html! {
        tr {
            td lang=[words.and_then(|w| w.lang.as_deref())] dir=[words.map(dir)]
                class=[look.class(Role::More)] style=(look.style(Role::More)) {
                p class=[look.class(Role::MoreText)]
                    style={ (look.style(Role::MoreText)) (upright(words.unwrap_or(&digest.frame.tongue))) } {
                    @if let Some(href) = &more.href {
                        a href=(href) class=[look.class(Role::MoreLink)] style=(look.style(Role::MoreLink)) {
                            (more.text)
                        }
                    } @else {
                        (more.text)
                    }
                }
            }
        }
    }
}

fn text_article(article: &Article, lines: &mut Vec<Line>) {
    let indented = |text: String| Line::Text { first: "  ", rest: "  ", text };
    lines.push(Line::Text { first: "* ", rest: "  ", text: article.title.clone() });
    lines.push(indented(joined([Some(&article.source), article.author.as_ref(), article.date.as_ref()])));
    lines.push(Line::Blank);
    if !article.summary.is_empty() {
        lines.extend([indented(article.summary.clone()), Line::Blank]);
    }
    lines.push(Line::Address { indent: "  ", href: article.href.clone() });
    for place in article.also.iter().flat_map(|also| &also.places) {
        lines
            .extend([indented(place.line.clone()), Line::Address { indent: "  ", href: place.href.clone() }]);
    }
    lines.extend([Line::Blank, Line::Blank]);
}
