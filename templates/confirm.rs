//! The mail that asks whether somebody wants what was asked for in their name, or says that they have it already: HTML
//! and text side by side, so that they change together.

use maud::{Markup, html};

use crate::frame::{self, dir, flow, text_foot, text_head, text_link};
use crate::role::{Look, Role};
use crate::view::{Frame, Line, Link, Soft, Tongue};

/// A mail with one thing to do, ready to be written.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What stands round it.
    pub frame: Frame,
    /// Who asked for what, and when.
    pub intro: String,
    /// What the lists are called together.
    pub label: String,
    /// The lists, each with its language.
    pub lists: Vec<(String, Tongue)>,
    /// The thing to do.
    pub button: Link,
    /// What to do where buttons do not work; empty for nothing.
    pub plain: String,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// Returns the whole document.
#[must_use]
pub fn html(confirm: &Confirm, look: &Look) -> String {
    let body = html! {
        tr {
            td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&confirm.intro)) }
        }
        (lists(confirm, look))
        tr {
            td class=[look.class(Role::Actions)] style=(look.style(Role::Actions)) {
                table role="presentation" border="0" cellpadding="0" cellspacing="0" {
                    tr {
                        td class=[look.class(Role::Action)] style=(look.style(Role::Action)) {
                            (frame::link(&confirm.button, Role::ActionLink, look))
                        }
                    }
                }
            }
        }
        tr {
            td class=[look.class(Role::CardFirst)] style=(look.style(Role::CardFirst)) {
                @for note in &confirm.notes {
                    p class=[look.class(Role::Summary)] style=(look.style(Role::Summary)) { (Soft(note)) }
                }
                @if !confirm.plain.is_empty() {
                    p class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) { (Soft(&confirm.plain)) }
                    p dir="ltr" class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) {
                        a href=(confirm.button.href) class=[look.class(Role::ReadLink)]
                            style=(look.style(Role::ReadLink)) { (confirm.button.href) }
                    }
                }
            }
        }
    };
    frame::html(&confirm.frame, look, &body)
}

fn lists(confirm: &Confirm, look: &Look) -> Markup {
    html! {
        tr {
            td class=[look.class(Role::CardFirst)] style=(look.style(Role::CardFirst)) {
                p class=[look.class(Role::Kicker)] style=(look.style(Role::Kicker)) { (Soft(&confirm.label)) }
                @for (title, tongue) in &confirm.lists {
                    p lang=[tongue.lang.as_deref()] dir=(dir(tongue)) class=[look.class(Role::CardTitle)]
                        style={ (look.style(Role::CardTitle)) (flow(tongue)) } { (Soft(title)) }
                }
            }
        }
    }
}

/// Returns the lines of the text part.
#[must_use]
pub fn text(confirm: &Confirm) -> Vec<Line> {
    let mut lines = Vec::with_capacity(24 + confirm.lists.len());
    text_head(&confirm.frame, &mut lines);
    lines.extend([Line::plain(&confirm.intro), Line::Blank, Line::plain(&format!("{}:", confirm.label))]);
    let list = |(title, _): &(String, Tongue)| Line::Text { first: "* ", rest: "  ", text: title.clone() };
    lines.extend(confirm.lists.iter().map(list));
    lines.push(Line::Blank);
    text_link(&confirm.button, &mut lines);
    for note in &confirm.notes {
        lines.extend([Line::Blank, Line::plain(note)]);
    }
    text_foot(&confirm.frame, &mut lines);
    lines
}
