//! The question whether an edition may go out: HTML and text side by side, so that they change together.

use maud::{Markup, html};

use crate::frame::{self, dir, flow, text_foot, text_head, text_link, upright};
use crate::role::{Look, Role};
use crate::view::{Approval, Headline, Line, Soft};

/// Returns the whole document.
#[must_use]
pub fn html(approval: &Approval, look: &Look) -> String {
    let body = html! {
        tr {
            td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&approval.intro)) }
        }
        (facts(approval, look))
        (buttons(approval, look))
        (contents(approval, look))
    };
    frame::html(&approval.frame, look, &body)
}

/// Returns the lines of the text part.
#[must_use]
pub fn text(approval: &Approval) -> Vec<Line> {
    let mut lines = Vec::with_capacity(24 + 2 * approval.headlines.len());
    text_head(&approval.frame, &mut lines);
    lines.extend([Line::plain(&approval.intro), Line::Blank]);
    lines.extend(approval.facts.iter().map(|(word, value)| Line::plain(&format!("{word}: {value}"))));
    lines.extend([Line::Blank, Line::plain(&approval.unanswered), Line::Blank]);
    for link in [&approval.approve, &approval.cancel] {
        text_link(link, &mut lines);
        lines.push(Line::Blank);
    }
    lines.extend([Line::Rule('-'), Line::plain(&approval.contents), Line::Rule('-'), Line::Blank]);
    for headline in &approval.headlines {
        lines.push(Line::Text { first: "* ", rest: "  ", text: headline.title.clone() });
        if !headline.source.is_empty() {
            lines.push(Line::Text { first: "  ", rest: "  ", text: headline.source.clone() });
        }
    }
    if !approval.more.is_empty() {
        lines.push(Line::Text { first: "  ", rest: "  ", text: approval.more.clone() });
    }
    text_foot(&approval.frame, &mut lines);
    lines
}

fn facts(approval: &Approval, look: &Look) -> Markup {
    html! {
        @for (n, (word, value)) in approval.facts.iter().enumerate() {
            @let role = if n == 0 { Role::CardFirst } else { Role::Card };
            tr {
                td class=[look.class(role)] style=(look.style(role)) {
                    p class=[look.class(Role::Kicker)] style=(look.style(Role::Kicker)) { (Soft(word)) }
                    p class=[look.class(Role::Summary)] style=(look.style(Role::Summary)) { (Soft(value)) }
                }
            }
        }
    }
}

/// The links stand in cells of their own: padding on a link is lost in Outlook on Windows.
fn buttons(approval: &Approval, look: &Look) -> Markup {
    html! {
        tr {
            td class=[look.class(Role::Actions)] style=(look.style(Role::Actions)) {
                table role="presentation" border="0" cellpadding="0" cellspacing="0" {
                    tr {
                        td class=[look.class(Role::Action)] style=(look.style(Role::Action)) {
                            (frame::link(&approval.approve, Role::ActionLink, look))
                        }
                        td width="16" class=[look.class(Role::Gap)] style=(look.style(Role::Gap)) {}
                        td class=[look.class(Role::Other)] style=(look.style(Role::Other)) {
                            (frame::link(&approval.cancel, Role::OtherLink, look))
                        }
                    }
                }
            }
        }
        tr {
            td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&approval.unanswered)) }
        }
    }
}

fn contents(approval: &Approval, look: &Look) -> Markup {
    html! {
        tr {
            td class=[look.class(Role::Section)] style=(look.style(Role::Section)) {
                h2 class=[look.class(Role::SectionTitle)]
                    style={ (look.style(Role::SectionTitle)) (upright(&approval.frame.tongue)) } {
                    (Soft(&approval.contents))
                }
            }
        }
        @for (n, one) in approval.headlines.iter().enumerate() { (headline(one, n == 0, look)) }
        @if !approval.more.is_empty() {
            tr {
                td class=[look.class(Role::More)] style=(look.style(Role::More)) {
                    p class=[look.class(Role::MoreText)] style=(look.style(Role::MoreText)) { (approval.more) }
                }
            }
        }
    }
}

fn headline(headline: &Headline, first: bool, look: &Look) -> Markup {
    let role = if first { Role::CardFirst } else { Role::Card };
    let tongue = &headline.tongue;
    html! {
        tr {
            td lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(role)]
                style={ (look.style(role)) (flow(tongue)) } {
                p class=[look.class(Role::Summary)] style=(look.style(Role::Summary)) { (Soft(&headline.title)) }
                @if !headline.source.is_empty() {
                    p class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) { (Soft(&headline.source)) }
                }
            }
        }
    }
}
