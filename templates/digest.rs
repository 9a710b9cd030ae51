//! The digest: HTML and text side by side, so that they change together.

use maud::{Markup, PreEscaped, html};

use crate::frame::{self, dir, flow, text_foot, text_head, text_link};
use crate::role::{Look, Role};
use crate::view::{Also, Article, Digest, Line, Link, More, Picture, Section, Soft};

/// Writes the rows of every article in reading order, a section's heading standing in the piece of its first.
///
/// Each piece is whole: any number of them from the front make a well-formed page.
pub fn pieces(digest: &Digest, look: &Look) -> impl Iterator<Item = String> {
    let lead = digest.lead.iter().map(move |article| lead(article, look));
    let cards = digest.sections.iter().enumerate().flat_map(move |(place, section)| {
        let first = place == 0 && digest.lead.is_none();
        section.articles.iter().enumerate().map(move |(n, article)| {
            html! {
                @if n == 0 { (heading(section, look)) }
                // A heading and the masthead have a rule of their own.
                (card(article, n == 0 && (first || !section.title.is_empty()), look))
            }
        })
    });
    lead.chain(cards).map(Markup::into_string)
}

/// Returns the whole document, with the given pieces and what is left out.
#[must_use]
pub fn html(digest: &Digest, look: &Look, pieces: &[String], more: Option<&More>) -> String {
    let size = pieces.iter().map(String::len).sum::<usize>() + 4096;
    let mut body = String::with_capacity(size);
    body.push_str(&intro(digest, look).into_string());
    body.extend(pieces.iter().map(String::as_str));
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
        let articles = section.articles.iter().take(left);
        left -= articles.len();
        if articles.len() > 0 && !section.title.is_empty() {
            lines.extend([Line::Rule('-'), Line::plain(&section.title), Line::Rule('-'), Line::Blank]);
        }
        articles.for_each(|article| text_article(article, &mut lines));
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
                td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&digest.intro)) }
            }
        }
    }
}

fn heading(section: &Section, look: &Look) -> Markup {
    html! {
        @if !section.title.is_empty() {
            tr {
                td class=[look.class(Role::Section)] style=(look.style(Role::Section)) {
                    // Not a heading: one h1 and one h2 per article is what readers jump along.
                    p class=[look.class(Role::SectionTitle)] style=(look.style(Role::SectionTitle)) {
                        (Soft(&section.title))
                    }
                }
            }
        }
    }
}

fn lead(article: &Article, look: &Look) -> Markup {
    let tongue = &article.tongue;
    html! {
        @if let Some(picture) = &article.picture {
            tr {
                td dir=(dir(tongue)) class=[look.class(Role::LeadPicture)]
                    style={ (look.style(Role::LeadPicture)) (flow(tongue)) } {
                    (image(picture, &article.href, Role::LeadImage, look))
                }
            }
        }
        tr {
            td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(Role::Lead)]
                style={ (look.style(Role::Lead)) (flow(tongue)) } {
                (words(article, Role::LeadTitle, Role::LeadSummary, look))
            }
        }
    }
}

fn card(article: &Article, first: bool, look: &Look) -> Markup {
    let tongue = &article.tongue;
    let role = if first { Role::CardFirst } else { Role::Card };
    html! {
        tr {
            td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(role)]
                style={ (look.style(role)) (flow(tongue)) } {
                @if let Some(picture) = &article.picture {
                    table role="presentation" dir=(dir(tongue)) width="100%" border="0" cellpadding="0"
                        cellspacing="0" style="table-layout:fixed" {
                        tr {
                            td valign="top" style=(&flow(tongue)[1..]) {
                                (words(article, Role::CardTitle, Role::Summary, look))
                            }
                            td width="4%" class=[look.class(Role::Gap)] style=(look.style(Role::Gap)) {}
                            td width="26%" valign="top" class=[look.class(Role::Thumb)]
                                style=(look.style(Role::Thumb)) {
                                (image(picture, &article.href, Role::ThumbImage, look))
                            }
                        }
                    }
                } @else {
                    (words(article, Role::CardTitle, Role::Summary, look))
                }
            }
        }
    }
}

fn words(article: &Article, title: Role, summary: Role, look: &Look) -> Markup {
    let meta = joined([article.author.as_ref(), article.date.as_ref()]);
    html! {
        @if !article.source.is_empty() {
            p class=[look.class(Role::Kicker)] style=(look.style(Role::Kicker)) { (Soft(&article.source)) }
        }
        h2 class=[look.class(title)] style=(look.style(title)) {
            a href=(article.href) class=[look.class(Role::TitleLink)] style=(look.style(Role::TitleLink)) {
                (Soft(&article.title))
            }
        }
        @if !article.summary.is_empty() {
            p class=[look.class(summary)] style=(look.style(summary)) { (Soft(&article.summary)) }
        }
        @if !meta.is_empty() {
            p lang=[article.meta_lang.as_deref()] class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) {
                (Soft(&meta))
            }
        }
        p lang=[article.meta_lang.as_deref()] class=[look.class(Role::Read)] style=(look.style(Role::Read)) {
            a href=(article.href) class=[look.class(Role::ReadLink)] style=(look.style(Role::ReadLink)) {
                (Soft(&article.read))
            }
        }
        @if let Some(told) = &article.also {
            p lang=[article.meta_lang.as_deref()] class=[look.class(Role::Read)] style=(look.style(Role::Read)) {
                (also(told, look))
            }
        }
    }
}

fn also(told: &Also, look: &Look) -> Markup {
    html! {
        (Soft(&told.before))
        @for (n, place) in told.places.iter().enumerate() {
            @if n > 0 { (told.between) }
            a href=(place.href) class=[look.class(Role::ReadLink)] style=(look.style(Role::ReadLink)) {
                (Soft(&place.name))
            }
        }
        (Soft(&told.after))
    }
}

fn image(picture: &Picture, href: &str, role: Role, look: &Look) -> Markup {
    html! {
        a href=(href) class=[look.class(Role::PictureLink)] style=(look.style(Role::PictureLink)) {
            img src=(picture.url) alt=(picture.alt) width=(picture.width) height=[picture.height] border="0"
                class=[look.class(role)]
                style={ (look.style(role)) ";max-width:" (picture.width) "px" };
        }
    }
}

fn more_html(digest: &Digest, more: &More, look: &Look) -> Markup {
    let words = digest.frame.words.as_ref();
    html! {
        tr {
            td lang=[words.and_then(|w| w.lang.as_deref())] dir=[words.map(dir)]
                class=[look.class(Role::More)] style=(look.style(Role::More)) {
                p class=[look.class(Role::MoreText)] style=(look.style(Role::MoreText)) {
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

fn joined<const N: usize>(parts: [Option<&String>; N]) -> String {
    parts.into_iter().flatten().map(String::as_str).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
}
