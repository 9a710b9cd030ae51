//! The articles: what is in and where, what is out and why, and the hands that try it otherwise.

use maud::{Markup, html};

use super::viewer::Drawn;
use super::viewer_page::Scene;
use crate::model::{Explained, Placement, WhyOut};

/// More that are out than these are counted.
const OUT: usize = 200;

/// The articles, and what was decided about them.
pub(super) fn articles(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let open =
        scene.wish.edition.is_none() && drawn.digests.iter().any(|(name, _)| name.as_str() == drawn.digest);
    let inside = html! {
        h2 { "In this edition" }
        (placed(drawn, open))
        h2 { "Left out" }
        (left_out(drawn, open))
    };
    html! {
        @if open {
            (changes(scene))
            form method="post" action={ (scene.viewer.place.base) "/edit" } data-soft { (scene.ours()) (inside) }
            (intro(scene))
        } @else { (inside) }
    }
}

/// What is tried out, and what is kept.
fn changes(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let count = drawn.tried.hands.len() + usize::from(drawn.tried.intro.is_some());
    let kept = drawn.kept.as_ref();
    let same = kept.map_or(count == 0, |kept| *kept == drawn.tried);
    html! { @if !same {
        form.changes method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
            (scene.ours())
            p { b { "Tried out: " } (count) @if count == 1 { " change" } @else { " changes" } ", for this page alone." }
            @if kept.is_some() { button.main type="submit" name="do" value="keep" id="keep" { "Keep for the next edition" } }
            button type="submit" name="do" value="undo" id="undo" { "Undo" }
        }
    } @else if count > 0 {
        p.kept { b { "Kept for the next edition: " } (count) @if count == 1 { " change." } @else { " changes." } }
    } }
}

/// The articles that are in, in reading order.
fn placed(drawn: &Drawn, open: bool) -> Markup {
    let of = |title: &str| {
        let mut all: Vec<(usize, &Explained)> = drawn
            .explanation
            .articles
            .iter()
            .filter_map(|one| match &one.placement {
                Placement::In { section, place } | Placement::ByHand { section: Some(section), place }
                    if section == title =>
                {
                    Some((*place, one))
                }
                Placement::In { .. } | Placement::ByHand { .. } | Placement::Lead | Placement::Out(_) => None,
            })
            .collect();
        all.sort_by_key(|(place, _)| *place);
        all
    };
    let is_lead =
        |one: &&Explained| matches!(one.placement, Placement::Lead | Placement::ByHand { section: None, .. });
    let lead = drawn.explanation.articles.iter().find(is_lead);
    let sections = headings(drawn);
    html! {
        @if let Some(lead) = lead {
            h3 { "Lead" }
            ol.articles { (row(drawn, lead, None, open)) }
        }
        @for section in &sections {
            @let all = of(section);
            @if !all.is_empty() {
                h3 { @if section.is_empty() { "Stories" } @else { (section) } }
                ol.articles { @for (place, one) in &all { (row(drawn, one, Some((section, *place, all.len())), open)) } }
            }
        }
        @if lead.is_none() && sections.iter().all(|section| of(section).is_empty()) { p.none { "Nothing." } }
    }
}

/// The headings of the digest now, and those that a past edition had besides.
fn headings(drawn: &Drawn) -> Vec<&str> {
    let mut all: Vec<&str> = drawn.sections.iter().map(String::as_str).collect();
    for one in &drawn.explanation.articles {
        if let Placement::In { section, .. } | Placement::ByHand { section: Some(section), .. } =
            &one.placement
            && !all.contains(&section.as_str())
        {
            all.push(section);
        }
    }
    let mut met = std::collections::HashSet::new();
    all.retain(|title| met.insert(*title));
    all
}

fn row(drawn: &Drawn, one: &Explained, at: Option<(&str, usize, usize)>, open: bool) -> Markup {
    let id = one.id;
    let by_hand = matches!(one.placement, Placement::ByHand { .. });
    let button = |value: String, label: &str, what: &str| {
        html! {
            button.small type="submit" name="do" value=(value) aria-label={ (what) ": " (one.title) } title=(what) { (label) }
        }
    };
    html! {
        li.article.byhand[by_hand] {
            p.title dir="auto" { (one.title) }
            p.soft { bdi { (one.source) } " · " (one.date.format("%-d %b %H:%M")) @if by_hand { " · " b { "by hand" } } }
            @if open { p.hands {
                @if let Some((section, place, of)) = at {
                    @if place > 1 { (button(format!("in:{id}:{}:{section}", place - 1), "↑", "Move up")) }
                    @if place < of { (button(format!("in:{id}:{}:{section}", place + 1), "↓", "Move down")) }
                    @if place > 1 { (button(format!("in:{id}:1:{section}"), "Pin", "Pin to the top of its section")) }
                    (button(format!("lead:{id}"), "Lead", "Make it the lead"))
                }
                @for other in drawn.sections.iter().filter(|other| at.is_none_or(|(section, ..)| section != *other)).take(8) {
                    @let name = if other.is_empty() { "Stories" } else { other };
                    (button(format!("in:{id}:1:{other}"), &format!("→ {name}"), &format!("Move to {name}")))
                }
                (button(format!("out:{id}"), "Hide", "Hide"))
                @if drawn.tried.of(id).is_some() { (button(format!("free:{id}"), "Let go", "Let go, so that the rules decide")) }
            } }
        }
    }
}

/// The articles that are out, by the reason.
fn left_out(drawn: &Drawn, open: bool) -> Markup {
    let out = |one: &Explained| match &one.placement {
        Placement::Out(why) => Some(why.clone()),
        Placement::Lead | Placement::In { .. } | Placement::ByHand { .. } => None,
    };
    let all: Vec<(&Explained, WhyOut)> =
        drawn.explanation.articles.iter().filter_map(|one| Some((one, out(one)?))).collect();
    let mut reasons: Vec<String> = Vec::new();
    for (_, why) in &all {
        let said = why.to_string();
        if !reasons.contains(&said) {
            reasons.push(said);
        }
    }
    html! {
        @if all.is_empty() { p.none { "Nothing." } }
        @for (number, reason) in reasons.iter().enumerate() {
            @let these: Vec<_> = all.iter().filter(|(_, why)| why.to_string() == *reason).collect();
            details.out id={ "out-" (number) } open[number == 0] {
                summary { (reason) " " span.count { (these.len()) } }
                ol.articles { @for (one, why) in these.iter().take(OUT) {
                    li.article {
                        p.title dir="auto" { (one.title) }
                        p.soft { bdi { (one.source) } " · " (one.date.format("%-d %b %H:%M")) }
                        @if open && can_come_in(why) { p.hands { (in_again(drawn, one, why)) } }
                    }
                } }
                @if these.len() > OUT { p.soft { "and " (these.len() - OUT) " more" } }
            }
        }
    }
}

/// What was used is used, and what readers leave out is theirs to leave out.
const fn can_come_in(why: &WhyOut) -> bool {
    !matches!(why, WhyOut::UsedBy { .. } | WhyOut::LeftOut | WhyOut::Waiting)
}

fn in_again(drawn: &Drawn, one: &Explained, why: &WhyOut) -> Markup {
    let id = one.id;
    html! {
        @if drawn.tried.of(id).is_some() && matches!(why, WhyOut::Hidden) {
            button.small type="submit" name="do" value={ "free:" (id) } aria-label={ "Let go, so that the rules decide: " (one.title) } { "Let go" }
        }
        @for section in drawn.sections.iter().take(8) {
            @let name = if section.is_empty() { "Stories" } else { section };
            button.small type="submit" name="do" value={ "in:" (id) ":1:" (section) }
                aria-label={ "Pin to " (name) ": " (one.title) } { "Pin to " (name) }
        }
    }
}

/// The sentence above the first article.
fn intro(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let text = drawn.tried.intro.as_deref().unwrap_or(&drawn.intro);
    html! {
        form.intro method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
            (scene.ours())
            label.field { span { "Intro, above the first article" }
                textarea name="intro" id="intro" rows="3" dir="auto" { (text) }
            }
            p.hands {
                button type="submit" name="do" value="intro" id="do-intro" { "Try it out" }
            }
            p.soft { "Empty: the digest’s own." }
        }
    }
}
