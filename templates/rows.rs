//! The rows of a digest's page: the lead, and articles by themselves, beside each other, or in a line.

use std::borrow::Cow;

use maud::{Markup, PreEscaped, html};

use crate::frame::{dir, flow};
use crate::role::{Look, Role};
use crate::view::{Also, Article, Picture, Row, Soft, Tongue};

/// Outlook on Windows knows no blocks that stand beside each other: it gets a table round them.
const MSO_PAIR: [&str; 3] = [
    "<!--[if mso]><table role=\"presentation\" width=\"100%\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\" dir=\"",
    "\"><tr><td width=\"50%\" valign=\"top\"><![endif]-->",
    "<!--[if mso]></td></tr></table><![endif]-->",
];
const MSO_BETWEEN: &str = "<!--[if mso]></td><td width=\"50%\" valign=\"top\"><![endif]-->";

/// Names of up to so many characters fit on any line.
const SHORT: usize = 24;

/// The story that opens it.
pub(crate) fn lead(article: &Article, look: &Look) -> Markup {
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

/// A row of a section; `first` where something above it has a rule of its own.
pub(crate) fn row(row: &Row, first: bool, look: &Look, home: &Tongue) -> Markup {
    match row {
        Row::Card(article) => card(article, first, look),
        Row::Wide(article) => wide(article, look),
        Row::Pair(two) => pair(two, look, home),
        Row::Line(article) => line(article, first, look),
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
                        tr class=[look.class(Role::CardRow)] {
                            td valign="top" class=[look.class(Role::CardWords)]
                                style={ (look.style(Role::CardWords)) (&flow(tongue)[words_begin(look)..]) } {
                                (words(article, Role::CardTitle, Role::Summary, look))
                            }
                            td width="4%" class=[look.class(Role::Gap)] style=(look.style(Role::Gap)) {}
                            td width={ (look.thumb) "%" } valign="top" class=[look.class(Role::Thumb)]
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

/// Where the declarations of a direction begin: behind a semicolon if something stands before them.
fn words_begin(look: &Look) -> usize {
    usize::from(look.style(Role::CardWords).is_empty())
}

fn wide(article: &Article, look: &Look) -> Markup {
    let tongue = &article.tongue;
    html! {
        tr {
            td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(Role::Wide)]
                style={ (look.style(Role::Wide)) (flow(tongue)) } {
                @if let Some(picture) = &article.picture {
                    (image(picture, &article.href, Role::WideImage, look))
                }
                (words(article, Role::CardTitle, Role::Summary, look))
            }
        }
    }
}

/// Blocks that stand beside each other where there is room, without a rule that asks for it.
fn pair(two: &[Article; 2], look: &Look, home: &Tongue) -> Markup {
    html! {
        tr {
            td dir=(dir(home)) class=[look.class(Role::Pair)] style={ (look.style(Role::Pair)) (flow(home)) } {
                (PreEscaped(MSO_PAIR[0])) (dir(home)) (PreEscaped(MSO_PAIR[1]))
                (half(&two[0], look, if home.rtl { ";padding-left:10px" } else { ";padding-right:10px" }))
                (PreEscaped(MSO_BETWEEN))
                (half(&two[1], look, if home.rtl { ";padding-right:10px" } else { ";padding-left:10px" }))
                (PreEscaped(MSO_PAIR[2]))
            }
        }
    }
}

/// One of two; `gap` keeps it from the other.
fn half(article: &Article, look: &Look, gap: &str) -> Markup {
    let tongue = &article.tongue;
    html! {
        div class=[look.class(Role::Half)] style=(look.style(Role::Half)) {
            table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"
                style="table-layout:fixed" {
                tr {
                    td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(Role::HalfCell)]
                        style={ (look.style(Role::HalfCell)) (gap) (flow(tongue)) } {
                        @if let Some(picture) = &article.picture {
                            (image(picture, &article.href, Role::HalfImage, look))
                        }
                        (words(article, Role::HalfTitle, Role::Summary, look))
                    }
                }
            }
        }
    }
}

fn line(article: &Article, first: bool, look: &Look) -> Markup {
    let tongue = &article.tongue;
    let role = if first { Role::LineFirst } else { Role::Line };
    let from = Some(&article.source).filter(|s| !s.is_empty()).or(article.author.as_ref());
    html! {
        tr {
            td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(role)]
                style={ (look.style(role)) (flow(tongue)) } {
                (title(article, Role::LineTitle, look))
                @if let Some(from) = from {
                    " "
                    span class=[look.class(Role::LineMeta)] style=(look.style(Role::LineMeta)) { (Soft(&whole(from))) }
                }
                @if let Some(told) = &article.also {
                    " "
                    span lang=[article.meta_lang.as_deref()] class=[look.class(Role::LineMeta)]
                        style=(look.style(Role::LineMeta)) { "· " (also(told, look)) }
                }
            }
        }
    }
}

fn title(article: &Article, role: Role, look: &Look) -> Markup {
    html! {
        h2 class=[look.class(role)] style=(look.style(role)) {
            a href=(article.href) class=[look.class(Role::TitleLink)] style=(look.style(Role::TitleLink)) {
                (Soft(&article.title))
            }
        }
    }
}

fn words(article: &Article, heading: Role, summary: Role, look: &Look) -> Markup {
    let meta = joined([article.author.as_ref(), article.date.as_ref()]);
    html! {
        @if !article.source.is_empty() {
            p class=[look.class(Role::Kicker)] style=(look.style(Role::Kicker)) { (Soft(&article.source)) }
        }
        (title(article, heading, look))
        @if !article.summary.is_empty() {
            p class=[look.class(summary)] style=(look.style(summary)) { (Soft(&article.summary)) }
        }
        p lang=[article.meta_lang.as_deref()] class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) {
            @if !meta.is_empty() { (Soft(&meta)) " · " }
            a href=(article.href) class=[look.class(Role::ReadLink)] style=(look.style(Role::ReadLink)) {
                (Soft(&article.read))
            }
        }
        @if let Some(told) = &article.also {
            p lang=[article.meta_lang.as_deref()] class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) {
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
                (Soft(&whole(&place.name)))
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
                style={ (look.style(role)) ";max-width:" (picture.most) "px" };
        }
    }
}

/// A short name whose words stay on one line.
fn whole(name: &str) -> Cow<'_, str> {
    if name.chars().count() <= SHORT { name.replace(' ', "\u{a0}").into() } else { name.into() }
}

/// What there is of these, with a dot between.
pub(crate) fn joined<const N: usize>(parts: [Option<&String>; N]) -> String {
    parts.into_iter().flatten().map(String::as_str).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
}
