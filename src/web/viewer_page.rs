//! The page of the viewer: what is chosen above, the letter in its frames, and beside it what is to be known of it.
//!
//! Each piece is a `data-part` with the print of what is in it, by which the script swaps those that have changed and no
//! others. All of it works without the script, by links and forms.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};

use super::viewer::{Said, Sheet, Viewer};
use super::viewer_letter::{Letter, print_of};
use super::viewer_wish::{Look, Panel, View, Wish, query};
use super::{viewer_panels, viewer_top};

/// Nothing of a letter may reach out of its frame, no other page may frame this one, and only our own script runs.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; \
                      img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a page is made of.
pub(super) struct Scene<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) wish: &'a Wish,
    pub(super) look: Look,
    pub(super) sheet: &'a Sheet,
}

impl Scene<'_> {
    /// The address of the same with another look.
    pub(super) fn seen(&self, look: Look) -> String {
        let mut pairs = self.wish.pairs();
        pairs.extend(look.pairs());
        format!("{}/?{}", self.viewer.place.base, query(&pairs))
    }

    /// The address of something else, seen alike.
    pub(super) fn of(&self, wish: &Wish) -> String {
        let mut pairs = wish.pairs();
        pairs.extend(self.look.pairs());
        format!("{}/?{}", self.viewer.place.base, query(&pairs))
    }

    /// What a form must say besides: that it is ours, and where it was.
    pub(super) fn ours(&self) -> Markup {
        let mut pairs = self.wish.pairs();
        pairs.extend(self.look.pairs());
        html! {
            input type="hidden" name="token" value=(self.viewer.token);
            input type="hidden" name="back" value=(query(&pairs));
        }
    }
}

/// The page.
pub(super) fn page(viewer: &Viewer, wish: &Wish, look: Look, sheet: &Sheet, said: &[Said]) -> Response {
    let scene = Scene { viewer, wish, look, sheet };
    let letter = sheet.letter.as_ref();
    let mut pairs = wish.pairs();
    pairs.extend(look.guise());
    let part = |part: &str| format!("{}/part/{part}?{}", viewer.place.base, query(&pairs));
    let again = Wish { rtl: !wish.rtl, ..wish.clone() };
    let mirror = wish.edition.is_none().then(|| (scene.of(&again), wish.rtl));
    let body = html! {
        (viewer_top::top(&scene))
        main {
            (notes(&sheet.drawn.mistakes, said))
            @match letter {
                Some(letter) => {
                    (line(letter))
                    (tools(look, mirror, &|look| scene.seen(look), &part("eml")))
                    (stage(letter, look, &part))
                }
                None => (nothing(&scene)),
            }
        }
        (viewer_panels::aside(&scene))
    };
    document(viewer.place.base, &title(letter), Some(&format!("{}/live", viewer.place.base)), &body)
}

fn title(letter: Option<&Letter>) -> String {
    letter.map_or_else(|| "Preview".to_owned(), |letter| format!("{} · Preview", letter.subject))
}

/// A whole document; `live` is where its script hears of changes.
pub(super) fn document(base: &str, title: &str, live: Option<&str>, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href={ (base) "/viewer.css" };
                script src={ (base) "/viewer.js" } defer {}
            }
            body data-live=[live] { (body) }
        }
    };
    let kind =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (kind, page.into_string()).into_response()
}

/// A piece of the page that is swapped when what is in it has changed.
pub(super) fn piece(name: &str, class: &str, inside: &Markup) -> Markup {
    html! { div class=(class) data-part=(name) data-print=(format!("{:x}", print_of(&inside.0))) { (inside) } }
}

/// The same for one that scrolls by itself: the keyboard can get there.
pub(super) fn scrolled(name: &str, class: &str, label: &str, inside: &Markup) -> Markup {
    let print = format!("{:x}", print_of(&inside.0));
    html! {
        div class=(class) data-part=(name) data-print=(print) role="region" aria-label=(label) tabindex="0" { (inside) }
    }
}

/// What is wrong, and what was done.
fn notes(mistakes: &[String], said: &[Said]) -> Markup {
    let inside = html! {
        @if !mistakes.is_empty() {
            section.mistakes role="alert" aria-label="Mistakes" tabindex="0" {
                h2 { "Not yet: this is the last that was good" }
                @for mistake in mistakes { pre { (mistake) } }
            }
        }
        @for Said { good, text } in said {
            p.said.bad[!good] role="status" { (text) }
        }
    };
    piece("notes", "notes", &inside)
}

/// What inboxes show before the letter is opened: on a desktop and on a phone.
pub(super) fn line(letter: &Letter) -> Markup {
    let sender = if letter.from.0.is_empty() { &letter.from.1 } else { &letter.from.0 };
    let initial: String =
        sender.chars().find(|c| c.is_alphanumeric()).into_iter().flat_map(char::to_uppercase).collect();
    let inside = html! {
        section.line aria-label="As inboxes list it" {
            div.row title="As a desktop inbox lists it" {
                span.dot aria-hidden="true" {}
                b.from dir="auto" { (sender) }
                span.words dir="auto" { b { (letter.subject) } span.after { " — " (letter.preheader) } }
            }
            div.card title="As a phone lists it" {
                span.face aria-hidden="true" { (initial) }
                span.lines {
                    b.from dir="auto" { (sender) }
                    b.subject dir="auto" { (letter.subject) }
                    span.after dir="auto" { (letter.preheader) }
                }
            }
        }
    };
    piece("line", "lineup", &inside)
}

/// The views and guises.
pub(super) fn tools(
    look: Look,
    mirror: Option<(String, bool)>,
    at: &dyn Fn(Look) -> String,
    eml: &str,
) -> Markup {
    let toggles = [
        ("Dark", "d", look.dark, Look { dark: !look.dark, ..look }),
        ("No pictures", "i", look.bare, Look { bare: !look.bare, ..look }),
        ("No style sheets", "s", look.stripped, Look { stripped: !look.stripped, ..look }),
    ];
    let framed = matches!(look.view, View::Both | View::Desktop | View::Phone | View::Small);
    let inside = html! {
        nav.views aria-label="Views" {
            @for (number, (view, _, label)) in (1..).zip(View::ALL) {
                a href=(at(Look { view, ..look })) data-soft data-key=(number) aria-keyshortcuts=(number)
                    aria-current=[(view == look.view).then_some("true")] { (label) }
            }
        }
        nav.guises aria-label="Guises" {
            @for (label, key, on, next) in toggles {
                @if framed || key == "d" {
                    a.toggle.on[on] href=(at(next)) data-soft data-key=(key) aria-keyshortcuts=(key) {
                        span.box aria-hidden="true" {} (label) @if on { span.hush { " (on)" } }
                    }
                }
            }
            @if let Some((href, on)) = mirror {
                a.toggle.on[on] href=(href) data-soft data-key="r" aria-keyshortcuts="r" {
                    span.box aria-hidden="true" {} "Right to left" @if on { span.hush { " (on)" } }
                }
            }
            a.get href=(eml) download="preview.eml" { "Save .eml" }
        }
    };
    piece("tools", "tools", &inside)
}

/// The frames, or the part that is wanted.
pub(super) fn stage(letter: &Letter, look: Look, part: &dyn Fn(&str) -> String) -> Markup {
    let devices: &[(&str, &str, u32)] = match look.view {
        View::Both => &[("desktop", "Desktop", 680), ("phone", "Phone", 360)],
        View::Desktop => &[("wide", "Desktop", 0)],
        View::Phone => &[("phone", "Phone", 360)],
        View::Small => &[("small", "Small phone", 320)],
        View::Text => return sheet_of("text", "Text part", letter.text.is_some(), &part("text"), letter),
        View::Source => return sheet_of("source", "Source", true, &part("source"), letter),
        View::Header => return sheet_of("header", "Header", true, &part("header"), letter),
    };
    if letter.html.is_none() {
        return sheet_of("html", "HTML part", false, "", letter);
    }
    let src = part("html");
    let print = format!("{:x}", print_of(&(&src, letter.print)));
    let shape: Vec<&str> = devices.iter().map(|(name, ..)| *name).collect();
    html! {
        div.stage.night[look.dark] data-part="stage" data-shape=(shape.join(" ")) role="region" aria-label="The letter"
            tabindex="0" {
            div.devices { @for (name, label, width) in devices {
                figure class={ "device " (name) } data-part={ "frame-" (name) } data-print=(print) {
                    div.glass {
                        iframe sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
                            title={ "The letter: " (label) } src=(src) {}
                    }
                    figcaption {
                        (label) @if *width > 0 { " · " (width) " px" }
                        span.fit { ", made smaller to fit" }
                    }
                }
            } }
        }
    }
}

fn sheet_of(name: &str, label: &str, there: bool, src: &str, letter: &Letter) -> Markup {
    let print = format!("{:x}", print_of(&(src, &letter.bytes)));
    html! {
        div.stage data-part="stage" data-shape=(name) role="region" aria-label="The letter" tabindex="0" {
            @if there {
                div.devices {
                    figure class="device paper" data-part={ "frame-" (name) } data-print=(print) {
                        div.glass { iframe sandbox="allow-same-origin" title=(label) src=(src) {} }
                        figcaption { (label) }
                    }
                }
            } @else {
                p.none { "The letter has no " (label) "." }
            }
        }
    }
}

/// Why there is no letter.
fn nothing(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let inside = html! {
        div.empty {
            h2 { "No edition" }
            @match &drawn.nothing {
                Some(why) => p { (why) },
                None => p { "There is nothing to show until the mistakes above are mended." },
            }
            @if let Some(gone) = drawn.editions.first().filter(|_| scene.wish.edition.is_none()) {
                @let wish = Wish { edition: Some(gone.id.0), ..scene.wish.clone() };
                p { a href=(scene.of(&wish)) data-soft { "Look at the last one, edition " (gone.id) } }
            }
        }
    };
    piece("stage", "stage", &inside)
}

/// The tabs of what stands beside the letter.
pub(super) fn tabs(panels: &[Panel], look: Look, at: &dyn Fn(Look) -> String, count: usize) -> Markup {
    let known = Panel::ALL.into_iter().filter(|(panel, ..)| panels.contains(panel));
    html! {
        nav.tabs aria-label="Beside the letter" {
            @for (panel, _, label, key) in known {
                a href=(at(Look { panel, ..look })) data-soft data-key=(key) aria-keyshortcuts=(key)
                    aria-current=[(panel == look.panel).then_some("true")] {
                    (label)
                    @if panel == Panel::Findings && count > 0 { span.count { (count) } }
                }
            }
        }
    }
}
