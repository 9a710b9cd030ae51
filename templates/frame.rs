//! The frame round every mail: head, masthead, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::role::{Look, Role};
use crate::view::{Frame, Line, Link, Soft, Tongue};

/// Outlook on Windows knows no `max-width`: it gets a table of fixed width round the sheet.
fn mso_open(sheet: u32) -> PreEscaped<String> {
    PreEscaped(format!(
        "<!--[if mso]><table role=\"presentation\" align=\"center\" width=\"{sheet}\" border=\"0\" \
         cellpadding=\"0\" cellspacing=\"0\"><tr><td><![endif]-->"
    ))
}
const MSO_CLOSE: PreEscaped<&str> = PreEscaped("<!--[if mso]></td></tr></table><![endif]-->");
/// Without it Outlook on Windows scales pictures by the screen's resolution.
const MSO_HEAD: PreEscaped<&str> = PreEscaped(
    "<!--[if mso]><noscript><xml><o:OfficeDocumentSettings xmlns:o=\"urn:schemas-microsoft-com:office:office\">\
     <o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->",
);

/// Returns the value of `dir`.
pub(crate) const fn dir(tongue: &Tongue) -> &'static str {
    way(tongue.rtl)
}

const fn way(rtl: bool) -> &'static str {
    if rtl { "rtl" } else { "ltr" }
}

/// Returns the declaration that goes with `dir` on words that stay at the side of the mail, or in its middle.
const fn flowing(rtl: bool) -> &'static str {
    if rtl { ";direction:rtl" } else { ";direction:ltr" }
}

/// Returns the declarations that go with `dir`: clients strip the attribute more often than the style.
pub(crate) const fn flow(tongue: &Tongue) -> &'static str {
    if tongue.rtl { ";direction:rtl;text-align:right" } else { ";direction:ltr;text-align:left" }
}

/// Returns what the words of the mail itself need beside their style: scripts from right to left have no italics, only
/// letters that a machine has pushed over.
pub(crate) const fn upright(tongue: &Tongue) -> &'static str {
    if tongue.rtl { ";font-style:normal" } else { "" }
}

/// Returns the whole document round the rows of `body`.
pub(crate) fn html(frame: &Frame, look: &Look, body: &Markup) -> String {
    let (lang, dir, flow) = (frame.tongue.lang.as_deref(), dir(&frame.tongue), flow(&frame.tongue));
    html! {
        (DOCTYPE)
        html lang=[lang] dir=(dir) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no";
                title { (frame.subject) }
                (MSO_HEAD)
                style { (PreEscaped(&look.media)) }
                // Apart, for a client that meets a selector it does not know drops the whole element.
                style { (PreEscaped(&look.outlook)) }
            }
            body class=[look.class(Role::Page)] style=(look.style(Role::Page)) {
                div role="main" lang=[lang] dir=(dir) class=[look.class(Role::Page)]
                    style={ (look.style(Role::Page)) (flow) } {
                    @if !frame.preheader.is_empty() {
                        div style=(look.style(Role::Preheader)) { (Soft(&frame.preheader)) }
                    }
                    table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0" {
                        tr {
                            td align="center" class=[look.class(Role::Margin)] style=(look.style(Role::Margin)) {
                                (mso_open(look.sheet))
                                table role="presentation" dir=(dir) width="100%" border="0" cellpadding="0"
                                    cellspacing="0" class=[look.class(Role::Sheet)]
                                    style={ (look.style(Role::Sheet)) (flow) } {
                                    tr {
                                        td class=[look.class(Role::Column)] style=(look.style(Role::Column)) {
                                            (column(frame, look, body))
                                        }
                                    }
                                }
                                (MSO_CLOSE)
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

fn column(frame: &Frame, look: &Look, body: &Markup) -> Markup {
    html! {
        table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"
            style="table-layout:fixed" {
            (masthead(frame, look))
            (body)
            (footer(frame, look))
        }
    }
}

fn masthead(frame: &Frame, look: &Look) -> Markup {
    let words = frame.words.as_ref();
    html! {
        tr {
            td class=[look.class(Role::Masthead)] style=(look.style(Role::Masthead)) {
                @let turned = frame.title_rtl != frame.tongue.rtl;
                h1 dir=[turned.then(|| way(frame.title_rtl))] class=[look.class(Role::Title)]
                    style={ (look.style(Role::Title)) @if turned { (flowing(frame.title_rtl)) } } {
                    @if let Some(logo) = &look.logo {
                        img src=(logo.url) alt=(logo.alt.as_ref().unwrap_or(&frame.title)) width=(logo.width)
                            height=(logo.height) border="0" class=[look.class(Role::Logo)]
                            style={ (look.style(Role::Logo)) ";max-width:" (logo.width) "px" };
                    } @else {
                        (Soft(&frame.title))
                    }
                }
            }
        }
        tr {
            td class=[look.class(Role::Band)] style=(look.style(Role::Band)) {
                table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0" {
                    tr lang=[words.and_then(|w| w.lang.as_deref())] dir=[words.map(dir)] {
                        td class=[look.class(Role::Dateline)] style=(look.style(Role::Dateline)) { (frame.date) }
                        // There even if it is empty: on a phone it bears the band's lower rule.
                        td align=(if frame.tongue.rtl { "left" } else { "right" })
                            class=[look.class(Role::Ear)]
                            style={ (look.style(Role::Ear)) ";text-align:" (if frame.tongue.rtl { "left" } else { "right" }) } {
                            (dotted(&links([&frame.web_copy, &frame.unsubscribe]), Role::EarLink, look))
                        }
                    }
                }
            }
        }
    }
}

fn footer(frame: &Frame, look: &Look) -> Markup {
    let words = frame.words.as_ref();
    html! {
        tr {
            td lang=[words.and_then(|w| w.lang.as_deref())] dir=[words.map(dir)]
                class=[look.class(Role::Foot)]
                style={ (look.style(Role::Foot)) @if let Some(words) = words { (flow(words)) } } {
                p class=[look.class(Role::FootText)] style=(look.style(Role::FootText)) { (Soft(&frame.why)) }
                @let feet = links([&frame.unsubscribe, &frame.preferences, &frame.web_copy]);
                @if !feet.is_empty() {
                    p class=[look.class(Role::FootLinks)] style=(look.style(Role::FootLinks)) {
                        (dotted(&feet, Role::FootLink, look))
                    }
                }
                @if !frame.postal_address.is_empty() {
                    @let turned = frame.postal_rtl != words.unwrap_or(&frame.tongue).rtl;
                    p lang=[words.and(frame.tongue.lang.as_deref())]
                        dir=[turned.then(|| way(frame.postal_rtl))] class=[look.class(Role::FootText)]
                        style={ (look.style(Role::FootText)) @if turned { (flowing(frame.postal_rtl)) } } {
                        @for (n, line) in frame.postal_address.iter().enumerate() {
                            @if n > 0 { br; }
                            (Soft(line))
                        }
                    }
                }
            }
        }
    }
}

/// The links that there are.
fn links<const N: usize>(links: [&Option<Link>; N]) -> Vec<&Link> {
    links.into_iter().flatten().collect()
}

fn dotted(links: &[&Link], role: Role, look: &Look) -> Markup {
    html! {
        @for (n, one) in links.iter().enumerate() {
            @if n > 0 { " · " }
            (link(one, role, look))
        }
    }
}

pub(crate) fn link(link: &Link, role: Role, look: &Look) -> Markup {
    html! {
        a href=(link.href) class=[look.class(role)] style=(look.style(role)) { (link.text) }
    }
}

/// Writes what stands above the articles in the text part.
pub(crate) fn text_head(frame: &Frame, lines: &mut Vec<Line>) {
    lines.extend([Line::plain(&frame.title), Line::plain(&frame.date), Line::Rule('=')]);
    links([&frame.web_copy, &frame.unsubscribe]).into_iter().for_each(|link| text_link(link, lines));
    lines.push(Line::Blank);
}

/// Writes what stands under them.
pub(crate) fn text_foot(frame: &Frame, lines: &mut Vec<Line>) {
    lines.extend([Line::Blank, Line::Rule('='), Line::plain(&frame.why), Line::Blank]);
    let feet = links([&frame.unsubscribe, &frame.preferences, &frame.web_copy]);
    feet.into_iter().for_each(|link| text_link(link, lines));
    lines.push(Line::Blank);
    lines.extend(frame.postal_address.iter().map(|line| Line::plain(line)));
}

/// Writes the words of a link and, on a line of its own, its address.
pub(crate) fn text_link(link: &Link, lines: &mut Vec<Line>) {
    lines.push(Line::plain(&format!("{}:", link.text)));
    lines.push(Line::Address { indent: "", href: link.href.clone() });
}
