//! The articles: what is in and where, what is out and why, and the hands that try it otherwise.

use maud::{Markup, html};

use super::viewer::Drawn;
use super::viewer_page::Scene;
use crate::model::{Editing, Explained, Placement, WhyOut};

/// More that are out than these are counted.
const OUT: usize = 200;

/// The articles, and what was decided about them.
pub(super) fn articles(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let open =
        scene.wish.edition.is_none() && drawn.digests.iter().any(|(name, _)| name.as_str() == drawn.digest);
    let open = open.then_some(scene);
    html! {
        @if open.is_some() { (changes(scene)) }
        h2 { "In this edition" }
        (placed(drawn, open))
        h2 { "Left out" }
        (left_out(drawn, open))
        @if let Some(zone) = drawn.zone { p.soft { "Times by the clock of " (zone.name()) "." } }
        @if open.is_some() { (intro(scene)) }
    }
}

/// How many decisions are in one of two and not in the other.
fn differences(tried: &Editing, kept: &Editing) -> usize {
    let news = |these: &Editing, those: &Editing| {
        these.hands.iter().filter(|one| those.of(one.article) != these.of(one.article)).count()
    };
    let dropped = kept.hands.iter().filter(|one| tried.of(one.article).is_none()).count();
    news(tried, kept) + dropped + usize::from(tried.intro != kept.intro)
}

/// What is tried out, and what is kept.
fn changes(scene: &Scene<'_>) -> Markup {
    let drawn = &scene.sheet.drawn;
    let nothing = Editing::default();
    let kept = drawn.kept.as_ref().unwrap_or(&nothing);
    let (tried, count) = (differences(&drawn.tried, kept), differences(kept, &nothing));
    let changes = |count: usize| if count == 1 { " change" } else { " changes" };
    html! { @if tried > 0 {
        form.changes method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
            (scene.ours())
            p { b { "Tried out: " } (tried) (changes(tried)) ", until this preview ends." }
            @if drawn.kept.is_some() { button.main type="submit" name="do" value="keep" id="keep" { "Keep for the next edition" } }
            button type="submit" name="do" value="undo" id="undo" { "Undo" }
        }
    } @else if count > 0 {
        p.kept { b { "Kept for the next edition: " } (count) (changes(count)) "." }
    } }
}

/// The articles that are in, in reading order.
fn placed(drawn: &Drawn, open: Option<&Scene<'_>>) -> Markup {
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
                h3 { (heading(section)) }
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

fn row(drawn: &Drawn, one: &Explained, at: Option<(&str, usize, usize)>, open: Option<&Scene<'_>>) -> Markup {
    let by_hand = matches!(one.placement, Placement::ByHand { .. });
    html! {
        li.article.byhand[by_hand] id={ "article-" (one.id) } {
            p.title dir="auto" { (one.title) }
            p.soft { bdi { (one.source) } " · " (written(drawn, one)) @if by_hand { " · " b { "by hand" } } }
            @if let Some(scene) = open { div.hands { (hands(scene, one, at)) } }
        }
    }
}

/// When an article is of, by the clock of the digest.
fn written(drawn: &Drawn, one: &Explained) -> String {
    let words = "%-d %b %H:%M";
    drawn
        .zone
        .map_or_else(|| one.date.format(words), |zone| one.date.with_timezone(&zone).format(words))
        .to_string()
}

/// What can be done to an article that is in; `at` is its section, its place there and how many that has.
fn hands(scene: &Scene<'_>, one: &Explained, at: Option<(&str, usize, usize)>) -> Markup {
    let (id, sections) = (one.id, &scene.sheet.drawn.sections);
    let button = |value: String, label: &str, what: &str| {
        html! {
            button.small type="submit" name="do" value=(value) aria-label={ (what) ": " (one.title) } title=(what) { (label) }
        }
    };
    let mut places = Vec::new();
    if let Some((section, place, _)) = at {
        places.push((format!("lead:{id}"), "the lead".to_owned()));
        if place > 1 {
            places.push((format!("in:{id}:1:{section}"), "the top of its section".to_owned()));
        }
    }
    let others = sections.iter().filter(|other| at.is_none_or(|(section, ..)| section != *other));
    places.extend(others.map(|other| (format!("in:{id}:1:{other}"), heading(other).to_owned())));
    html! {
        form method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
            (scene.ours())
            @if let Some((section, place, of)) = at {
                @if place > 1 { (button(format!("in:{id}:{}:{section}", place - 1), "↑", "Move up")) }
                @if place < of { (button(format!("in:{id}:{}:{section}", place + 1), "↓", "Move down")) }
            }
            (button(format!("out:{id}"), "Hide", "Hide"))
            @if scene.sheet.drawn.tried.of(id).is_some() {
                (button(format!("free:{id}"), "Let go", "Let go, so that the rules decide"))
            }
        }
        (choice(scene, one, "Move to", &places))
    }
}

/// A form that puts an article into one of several places.
fn choice(scene: &Scene<'_>, one: &Explained, what: &str, places: &[(String, String)]) -> Markup {
    html! { @if !places.is_empty() {
        form method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
            (scene.ours())
            select.small name="do" id={ "to-" (one.id) } required aria-label={ (what) ": " (one.title) } {
                option value="" { (what) "…" }
                @for (value, label) in places { option value=(value) { (label) } }
            }
            button.small.go type="submit" aria-label={ "Do: " (what) ": " (one.title) } { "Do" }
        }
    } }
}

/// What a section is called; one of a digest without sections has no heading.
fn heading(section: &str) -> &str {
    if section.is_empty() { "Stories" } else { section }
}

/// The articles that are out, by the reason.
fn left_out(drawn: &Drawn, open: Option<&Scene<'_>>) -> Markup {
    let out = |one: &Explained| match &one.placement {
        Placement::Out(why) => Some(why.clone()),
        Placement::Lead | Placement::In { .. } | Placement::ByHand { .. } => None,
    };
    let all: Vec<(&Explained, WhyOut)> =
        drawn.explanation.articles.iter().filter_map(|one| Some((one, out(one)?))).collect();
    let mut reasons: Vec<String> = Vec::new();
    for (_, why) in &all {
        let said = reason(why);
        if !reasons.contains(&said) {
            reasons.push(said);
        }
    }
    html! {
        @if all.is_empty() { p.none { "Nothing." } }
        @for (number, said) in reasons.iter().enumerate() {
            @let these: Vec<_> = all.iter().filter(|(_, why)| reason(why) == *said).collect();
            details.out id={ "out-" (number) } open[number == 0] {
                summary { (said) " " span.count { (these.len()) } }
                ol.articles { @for (one, why) in these.iter().take(OUT) {
                    li.article id={ "article-" (one.id) } {
                        p.title dir="auto" { (one.title) }
                        p.soft { bdi { (one.source) } " · " (written(drawn, one)) (told_by(drawn, why)) }
                        @if let Some(scene) = open.filter(|_| can_come_in(why)) { div.hands { (in_again(scene, one, why)) } }
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

/// Why it is out, without the number of another article, which nobody knows it by.
fn reason(why: &WhyOut) -> String {
    if let WhyOut::FoldedInto { .. } = why {
        return "another one tells the same story, and names its source".to_owned();
    }
    why.to_string()
}

/// The article that stands for it.
fn told_by(drawn: &Drawn, why: &WhyOut) -> Markup {
    let told = |one: &&Explained| matches!(why, WhyOut::FoldedInto { article } if one.id == *article);
    html! {
        @if let Some(one) = drawn.explanation.articles.iter().find(told) { " · told by “" bdi { (one.title) } "”" }
    }
}

fn in_again(scene: &Scene<'_>, one: &Explained, why: &WhyOut) -> Markup {
    let (id, drawn) = (one.id, &scene.sheet.drawn);
    let free = drawn.tried.of(id).is_some() && matches!(why, WhyOut::Hidden);
    let place = |section: &String| (format!("in:{id}:1:{section}"), heading(section).to_owned());
    html! {
        @if free {
            form method="post" action={ (scene.viewer.place.base) "/edit" } data-soft {
                (scene.ours())
                button.small type="submit" name="do" value={ "free:" (id) }
                    aria-label={ "Let go, so that the rules decide: " (one.title) } { "Let go" }
            }
        }
        (choice(scene, one, "Pin in", &drawn.sections.iter().map(place).collect::<Vec<_>>()))
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
