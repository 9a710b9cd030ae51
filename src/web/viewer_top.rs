//! What is chosen above the viewer: digest, edition, reader, clock.

use maud::{Markup, html};

use super::viewer::Drawn;
use super::viewer_page::{Scene, piece};
use super::viewer_wish::Wish;
use crate::model::Instant;

/// The bar above.
pub(super) fn top(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let inside = html! {
        form.choose action={ (scene.viewer.place.base) "/" } data-soft {
            // What the form does not ask goes with it.
            @for (name, value) in scene.look.pairs() { input type="hidden" name=(name) value=(value); }
            @if scene.wish.rtl { input type="hidden" name="rtl" value="1"; }
            @if drawn.digests.len() > 1 {
                label.field { span { "Digest" }
                    select name="digest" id="digest" {
                        @for (name, title) in &drawn.digests {
                            option value=(name) selected[name.as_str() == drawn.digest] { (title) }
                        }
                    }
                }
            } @else if let Some((_, title)) = drawn.digests.first() {
                p.field.name { span { "Digest" } b { (title) } }
            }
            @if !drawn.editions.is_empty() {
                label.field.wide { span { "Edition" }
                    select name="edition" id="edition" {
                        option value="" selected[scene.wish.edition.is_none()] { "The next one" }
                        @for gone in &drawn.editions {
                            option value=(gone.id) selected[scene.wish.edition == Some(gone.id.0)] {
                                (gone.id) " · " (gone.slot) " · " (gone.state) " · " (gone.subject)
                            }
                        }
                    }
                }
            }
            (seen_by(scene))
            button.plain type="submit" { "Show" }
        }
    };
    html! {
        header.top {
            h1.brand { a href={ (scene.viewer.place.base) "/" } { "Pressrun" } span { "Preview" } }
            (piece("top", "bar", &inside))
            nav.elsewhere aria-label="Elsewhere" {
                @if let Some(inbox) = scene.viewer.place.inbox { a href={ (inbox) "/" } { "Outbox" } }
                p.live id="live" role="status" hidden { "Live" }
            }
        }
    }
}

/// When the next slot is, by the clock of the digest, as the clock above is written.
fn at_slot(drawn: &Drawn, next: Instant) -> String {
    match drawn.zone {
        Some(zone) => next.with_timezone(&zone).format("%a %-d %b, %H:%M").to_string(),
        None => next.format("%a %-d %b, %H:%M UTC").to_string(),
    }
}

/// For whom and when: closed as long as it is for anybody, now.
fn seen_by(scene: &Scene<'_>) -> Markup {
    let (wish, drawn) = (scene.wish, &scene.sheet.drawn);
    let anybody =
        Wish { digest: wish.digest.clone(), edition: wish.edition, rtl: wish.rtl, ..Wish::default() };
    let usual = *wish == anybody;
    html! {
        details.seen id="seen" {
            summary { span { "Seen by" } b {
                @if wish.reader.is_empty() { "anybody" } @else { (wish.reader) }
                @if !drawn.clock.is_empty() { ", " (drawn.clock) }
            } }
            div.choices {
                label.field { span { "A reader, by address" }
                    input type="email" name="reader" id="reader" value=(wish.reader) placeholder="ann@example.org" autocomplete="off";
                }
                @if let Some(remark) = &drawn.reader { p.remark { (remark) } }
                label.field { span { "Clock, as RFC 3339" }
                    input name="now" id="now" value=(wish.now) placeholder="2026-03-02T06:30:00Z" autocomplete="off";
                }
                @if let Some(next) = drawn.next {
                    @let then = Wish { now: next.format("%Y-%m-%dT%H:%M:%SZ").to_string(), ..wish.clone() };
                    p.remark { a href=(scene.of(&then)) data-soft { "At the next slot: " (at_slot(drawn, next)) } }
                }
                label.field { span { "Zone" }
                    input name="zone" id="zone" value=(wish.zone) placeholder=(drawn.zone.map_or("the digest’s own", |zone| zone.name())) autocomplete="off";
                }
                label.field { span { "Language" }
                    select name="language" id="language" {
                        option value="" { "the digest’s own" }
                        @for (tag, name) in &drawn.languages {
                            option value=(tag) selected[*tag == wish.language] { (name) }
                        }
                    }
                }
                @if !drawn.optional.is_empty() {
                    fieldset {
                        legend { "Sections left out" }
                        @for section in &drawn.optional {
                            label.check {
                                input type="checkbox" name="without" value=(section) checked[wish.left_out.contains(section)];
                                (section)
                            }
                        }
                    }
                }
                @if !usual { p.remark { a href=(scene.of(&anybody)) data-soft { "Anybody, now" } } }
            }
        }
    }
}
