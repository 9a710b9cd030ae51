//! What the publisher hears about trouble: HTML and text side by side, so that they change together.

use maud::{Markup, html};

use crate::frame::{self, dir, flow, text_foot, text_head, upright};
use crate::role::{Look, Role};
use crate::view::{Line, NoticeGroup, NoticeLine, Notices, Soft, Tongue};

/// Returns the whole document.
#[must_use]
pub fn html(notices: &Notices, look: &Look) -> String {
    let body = html! {
        tr {
            td class=[look.class(Role::Intro)] style=(look.style(Role::Intro)) { (Soft(&notices.intro)) }
        }
        @for one in &notices.groups { (group(one, look, &notices.frame.tongue)) }
        @if !notices.more.is_empty() {
            tr {
                td class=[look.class(Role::More)] style=(look.style(Role::More)) {
                    p class=[look.class(Role::MoreText)] style=(look.style(Role::MoreText)) { (notices.more) }
                }
            }
        }
    };
    frame::html(&notices.frame, look, &body)
}

/// Returns the lines of the text part.
#[must_use]
pub fn text(notices: &Notices) -> Vec<Line> {
    let mut lines = Vec::with_capacity(16 + 4 * notices.groups.len());
    text_head(&notices.frame, &mut lines);
    lines.extend([Line::plain(&notices.intro), Line::Blank]);
    for group in &notices.groups {
        lines.extend([Line::Rule('-'), Line::plain(&group.title), Line::Rule('-'), Line::Blank]);
        for notice in &group.notices {
            lines.push(Line::Text { first: "* ", rest: "  ", text: notice.text.clone() });
            if !notice.when.is_empty() {
                lines.push(Line::Text { first: "  ", rest: "  ", text: notice.when.clone() });
            }
            lines.push(Line::Blank);
        }
    }
    if !notices.more.is_empty() {
        lines.extend([Line::Rule('-'), Line::plain(&notices.more)]);
    }
    text_foot(&notices.frame, &mut lines);
    lines
}

fn group(group: &NoticeGroup, look: &Look, home: &Tongue) -> Markup {
    html! {
        tr {
            td class=[look.class(Role::Section)] style=(look.style(Role::Section)) {
                h2 class=[look.class(Role::SectionTitle)]
                    style={ (look.style(Role::SectionTitle)) (upright(home)) } {
                    (Soft(&group.title))
                }
            }
        }
        @for (n, notice) in group.notices.iter().enumerate() { (line(notice, n == 0, look)) }
    }
}

fn line(notice: &NoticeLine, first: bool, look: &Look) -> Markup {
    let role = if first { Role::CardFirst } else { Role::Card };
    let tongue = notice.tongue.as_ref();
    html! {
        tr {
            td class=[look.class(role)] style=(look.style(role)) {
                p lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)]
                    class=[look.class(Role::Summary)]
                    style={ (look.style(Role::Summary)) @if let Some(tongue) = tongue { (flow(tongue)) } } {
                    (Soft(&notice.text))
                }
                @if !notice.when.is_empty() {
                    p class=[look.class(Role::Meta)] style=(look.style(Role::Meta)) { (Soft(&notice.when)) }
                }
            }
        }
    }
}
