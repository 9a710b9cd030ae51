//! What stands beside the letter: articles, findings, sizes, links, and the test copy.

use maud::{Markup, html};

use super::viewer::{Answered, locked};
use super::viewer_articles::articles;
use super::viewer_letter::Letter;
use super::viewer_page::{Scene, piece, scrolled, tabs};
use super::viewer_wish::Panel;
use crate::render::lint::{self, Severity};

/// What Gmail shows of a message before it cuts.
const CLIP: usize = 102 * 1024;

/// The tabs and the panel that is open.
pub(super) fn aside(scene: &Scene<'_>) -> Markup {
    let letter = scene.sheet.letter.as_ref();
    let findings = letter.map_or(0, |letter| letter.findings.len());
    let all = [Panel::Articles, Panel::Findings, Panel::Sizes, Panel::Links, Panel::Send];
    let tabs = tabs(&all, scene.look, &|look| scene.seen(look), findings);
    let panel = match (scene.look.panel, letter) {
        (Panel::Articles, _) => articles(scene),
        (_, None) => html! { p.none { "There is no letter to look at." } },
        (Panel::Findings, Some(letter)) => findings_of(letter),
        (Panel::Sizes, Some(letter)) => sizes(letter, scene.sheet.drawn.budget),
        (Panel::Links, Some(letter)) => links(scene, letter),
        (Panel::Send, Some(_)) => send(scene),
    };
    html! {
        aside.beside aria-label="About the letter" {
            (piece("tabs", "tabbar", &tabs))
            (scrolled("panel", "panel", "What the tab shows", &panel))
            (keys())
        }
    }
}

/// What lint says, what matters most first.
pub(super) fn findings_of(letter: &Letter) -> Markup {
    html! {
        h2 { "Findings" }
        @if letter.findings.is_empty() {
            p.none.well { "Nothing to mend." }
        }
        ol.findings { @for finding in &letter.findings {
            @let severity = finding.rule.severity;
            li class={ "finding " (severity.name()) } {
                p.what {
                    span.chip { (mark(severity)) " " (severity.name()) }
                    b { (finding.what) }
                    @if finding.more > 0 { span.soft { " and " (finding.more) " more" } }
                }
                p.place { code { (finding.rule.name) } " " (finding.place) }
                p { (finding.rule.why) }
                p.out { b { "Way out: " } (finding.rule.way_out) }
            }
        } }
        p.soft { "What clients show is Can I email’s data of " (lint::support_date()) "." }
    }
}

const fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✕",
        Severity::Warning => "!",
        Severity::Hint => "·",
    }
}

/// How large each part is, beside what it may be.
pub(super) fn sizes(letter: &Letter, budget: Option<usize>) -> Markup {
    let html = Letter::size_of(letter.html.as_ref());
    let rows = [
        ("HTML part, of the digest’s budget", html, budget),
        ("HTML part, of what Gmail shows before it cuts", html, Some(CLIP)),
        ("Text part", Letter::size_of(letter.text.as_ref()), None),
        ("Header", letter.header.len(), None),
        ("The whole letter, as it is sent", letter.bytes.len(), None),
    ];
    html! {
        h2 { "Size" }
        dl.sizes { @for (label, bytes, most) in rows.into_iter().filter(|(label, _, most)| most.is_some() || !label.contains(" of the digest")) {
            dt { (label) }
            dd {
                b { (kilobytes(bytes)) }
                @if let Some(most) = most {
                    span.soft { " of " (kilobytes(most)) " · " (bytes * 100 / most.max(1)) " %" }
                    meter min="0" max=(most) high=(most * 9 / 10) optimum="0" value=(bytes.min(most)) aria-label=(label) {}
                }
            }
        } }
        p.soft { "Whole articles are left out from the end until the HTML fits its budget; the Articles panel names them." }
    }
}

fn kilobytes(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} B") } else { format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100) }
}

/// The links, and whether anybody answers there.
fn links(scene: &Scene<'_>, letter: &Letter) -> Markup {
    let all = lint::addresses(letter.html.as_deref().unwrap_or_default());
    let asked = locked(&scene.viewer.asked)
        .as_ref()
        .filter(|(print, _)| *print == letter.print)
        .map(|(_, a)| a.clone());
    html! {
        h2 { "Links and pictures" }
        p.soft { (all.len()) @if all.len() == 1 { " address" } @else { " addresses" } ". Asking sends a HEAD request to each server; private addresses are not asked." }
        form method="post" action={ (scene.viewer.place.base) "/links" } data-soft {
            (scene.ours())
            button type="submit" id="ask" { "Ask whether they are there" }
        }
        ol.links { @for url in &all {
            @let end = asked.as_ref().and_then(|asked| asked.iter().find(|a| a.url == *url));
            li.dead[end.is_some_and(Answered::is_dead)] {
                @match end.filter(|answered| !answered.is_unasked()).map(|answered| &answered.end) {
                    Some(Ok(status)) => b.status { (status) },
                    Some(Err(_)) => b.status { "✕" },
                    None => span.status { "–" },
                }
                span.url { (url) @if let Some(Answered { end: Err(why), .. }) = end { br; span.why { (why) } } }
            }
        } }
    }
}

/// The form for a test copy.
fn send(scene: &Scene<'_>) -> Markup {
    html! {
        h2 { "Send me one" }
        @match &scene.sheet.drawn.carrier {
            Some(carrier) => {
                p { "A test copy of this letter goes to " (carrier) ". It consumes nothing." }
                form.send method="post" action={ (scene.viewer.place.base) "/send" } data-soft {
                    (scene.ours())
                    label.field { span { "Addresses" }
                        input type="text" inputmode="email" name="to" id="to" placeholder="you@example.org, me@example.org" required;
                    }
                    button.main type="submit" { "Send" }
                }
            }
            None => p.none { "Without a configuration there is nobody to carry it. Save it as .eml instead." },
        }
    }
}

/// The keys, for whoever has the script.
fn keys() -> Markup {
    let keys = [
        ("1 – 7", "views"),
        ("D", "dark"),
        ("I", "pictures"),
        ("S", "style sheets"),
        ("R", "right to left"),
        ("A F Z L T", "articles, findings, size, links, test copy"),
    ];
    html! {
        details.keys id="keys" hidden {
            summary { "Keys" }
            dl { @for (key, what) in keys { dt { kbd { (key) } } dd { (what) } } }
        }
    }
}
