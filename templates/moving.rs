//! Mails about another address: HTML and text side by side, so that they change together.

use maud::html;

use crate::frame::{self, text_foot, text_head, text_link};
use crate::role::{Look, Role};
use crate::view::{Frame, Line, Link, Soft};

/// A mail of a sentence, and perhaps a link to confirm it by.
#[derive(Debug, Clone)]
pub struct Moving {
    /// What stands round it.
    pub frame: Frame,
    /// What is the case.
    pub text: String,
    /// What to do about it.
    pub link: Option<Link>,
}

/// Returns the whole document.
#[must_use]
pub fn html(moving: &Moving, look: &Look) -> String {
    let body = html! {
        tr {
            td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&moving.text)) }
        }
        @if let Some(link) = &moving.link {
            tr {
                td class=[look.class(Role::Actions)] style=(look.style(Role::Actions)) {
                    table role="presentation" border="0" cellpadding="0" cellspacing="0" {
                        tr {
                            td class=[look.class(Role::Action)] style=(look.style(Role::Action)) {
                                (frame::link(link, Role::ActionLink, look))
                            }
                        }
                    }
                }
            }
        }
    };
    frame::html(&moving.frame, look, &body)
}

/// Returns the lines of the text part.
#[must_use]
pub fn text(moving: &Moving) -> Vec<Line> {
    let mut lines = Vec::with_capacity(16);
    text_head(&moving.frame, &mut lines);
    lines.extend([Line::plain(&moving.text), Line::Blank]);
    moving.link.iter().for_each(|link| text_link(link, &mut lines));
    text_foot(&moving.frame, &mut lines);
    lines
}
