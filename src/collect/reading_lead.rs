//! The picture that leads an article: which it is, what is written under it, and who made it.

use url::Url;

use super::reading_captions::Captions;
use super::reading_json_ld::JsonPicture;
use super::reading_meta::Meta;
use super::reading_signs::{Said, Signs};
use super::reading_words::credited;
use super::tree::Tree;
use super::{image, text, title};
use crate::model::{Image, Markup, Picture};

/// No caption is longer, in graphemes.
const CAPTION: usize = 400;
/// No more of one is looked at, in bytes.
const LONGEST: usize = 4_000;
/// No credit is longer, in graphemes.
const CREDIT: usize = 120;
/// So many levels round a picture its caption is looked for.
const LEVELS: usize = 4;

/// A picture with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Lead {
    /// The picture.
    pub image: Image,
    /// What is written under it: one line of plain text, at most 400 graphemes, without the credit.
    pub caption: Option<String>,
    /// Who made it or owns it: one line, at most 120 graphemes, without the word for it ("Photo:").
    pub credit: Option<String>,
}

/// A picture of the page.
struct Shown {
    at: usize,
    image: Image,
}

/// Returns the lead picture: the first before the text goes on behind `until`, else what the page says of itself.
///
/// Second the elements that show its caption and its credit, which are not the text of the article.
pub(super) fn of(
    tree: &Tree<'_>,
    said: &Said,
    meta: &Meta,
    unnamed: &Captions<'_>,
    (from, until, end): (usize, usize, usize),
) -> (Option<Lead>, Vec<usize>) {
    let dropped = unnamed.dropped;
    let declared = declared(meta);
    let shown = shown(tree, meta, dropped, (from, end));
    let same = declared
        .as_ref()
        .and_then(|picture| shown.iter().find(|shown| stem(&shown.image.url) == stem(&picture.image.url)));
    let leads = || shown.iter().find(|shown| shown.at < until);
    let chosen = same.or_else(leads);
    let Some(chosen) = chosen else {
        let first =
            || shown.first().map(|first| Lead { image: first.image.clone(), caption: None, credit: None });
        return (declared.or_else(first), Vec::new());
    };
    let mut lead = Lead { image: chosen.image.clone(), caption: None, credit: None };
    let mut shown_by = captions(tree, said, dropped, chosen.at, &mut lead);
    if lead.caption.is_none() && lead.credit.is_none() {
        for line in unnamed.behind(chosen.at) {
            let written = tree.text(line, dropped);
            split(&written[..written.floor_char_boundary(LONGEST)], &mut lead);
            shown_by.push(line);
        }
    }
    if let Some(declared) = declared.filter(|declared| stem(&declared.image.url) == stem(&lead.image.url)) {
        let sized = |image: &Image| image.width.is_some() && image.height.is_some();
        let alt = std::mem::take(&mut lead.image.alt);
        if !sized(&lead.image) && sized(&declared.image) {
            lead.image = declared.image.clone();
        }
        lead.image.alt = if alt.is_empty() { declared.image.alt } else { alt };
        lead.caption = lead.caption.or(declared.caption);
        lead.credit = lead.credit.or(declared.credit);
    }
    if lead.image.width.is_none() || lead.image.height.is_none() {
        // One side alone reserves no room.
        (lead.image.width, lead.image.height) = (None, None);
    }
    (Some(lead), shown_by)
}

/// The picture that JSON-LD or Open Graph name.
fn declared(meta: &Meta) -> Option<Lead> {
    let article = meta.json.article();
    let json = article.and_then(|article| {
        meta.json.picture(&article["image"]).or_else(|| {
            text_of(&article["thumbnailUrl"]).map(|url| JsonPicture { url, ..JsonPicture::default() })
        })
    });
    let open_graph = || {
        let url = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"];
        let side = |name| meta.raw(name).and_then(|side| side.parse().ok());
        Some(JsonPicture {
            url: url.iter().find_map(|name| meta.raw(name))?.to_owned(),
            width: side("og:image:width"),
            height: side("og:image:height"),
            ..JsonPicture::default()
        })
    };
    let json = json.or_else(open_graph)?;
    let picture = Picture { url: json.url, width: json.width, height: json.height, alt: None };
    let mut image = image::usable(&picture, &meta.base)?;
    image.alt = meta.first(&["og:image:alt", "twitter:image:alt"]).unwrap_or_default();
    let line = |written: Option<String>, most| {
        written.map(|w| title::plain(&Markup::Html(w), most)).filter(|line| !line.is_empty())
    };
    Some(Lead { image, caption: line(json.caption, CAPTION), credit: line(json.credit, CREDIT) })
}

fn text_of(value: &serde_json::Value) -> Option<String> {
    super::reading_json_ld::text(value)
}

/// The pictures that a part of the page shows, icons left out.
fn shown(tree: &Tree<'_>, meta: &Meta, dropped: &[bool], (from, end): (usize, usize)) -> Vec<Shown> {
    let (mut found, mut at) = (Vec::new(), from);
    while at < end && found.len() < 20 {
        if dropped[at] {
            at = tree.end(at).max(at + 1);
            continue;
        }
        if matches!(tree.name(at), "img" | "amp-img")
            && let Some(picture) = tree.tag(at).and_then(|tag| image::of_tag(tag, &meta.base))
            && let Some(image) = image::usable(&picture, &meta.base)
        {
            found.push(Shown { at, image });
        }
        at += 1;
    }
    found
}

/// What makes two addresses of one picture the same: its file name without size.
fn stem(url: &Url) -> String {
    let path = url.path().to_ascii_lowercase();
    let file = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let sized = |part: &str| {
        let digits =
            |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        part.split_once('x').is_some_and(|(w, h)| digits(w) && digits(h)) || part == "scaled"
    };
    match name.rsplit_once(['-', '_']) {
        Some((head, size)) if sized(size) => head.to_owned(),
        _ => name.to_owned(),
    }
}

/// Fills caption and credit from what stands round a picture; returns the elements that show them.
fn captions(tree: &Tree<'_>, said: &Said, dropped: &[bool], at: usize, lead: &mut Lead) -> Vec<usize> {
    let mut shown_by = Vec::new();
    let around: Vec<usize> = tree.ancestors(at).take(LEVELS).collect();
    let figure = around.iter().copied().find(|above| tree.name(above.to_owned()) == "figure");
    let images = |above: usize| tree.named(above, "img").filter(|img| !dropped[*img]).count();
    for above in figure.into_iter().chain(around) {
        // Where there are several pictures nobody knows whose caption it is.
        if matches!(tree.name(above), "body" | "html" | "main" | "article") || images(above) > 1 {
            break;
        }
        let inside = (above + 1..tree.end(above)).filter(|node| tree.tag(*node).is_some() && !dropped[*node]);
        let caption = inside.clone().find(|node| {
            let signed = said.both(*node).has(Signs::CAPTION) && tree.named(*node, "img").next().is_none();
            let property =
                tree.attribute(*node, "itemprop").is_some_and(|p| p == "caption" || p == "description");
            tree.name(*node) == "figcaption" || signed || property
        });
        let credit = inside
            .clone()
            .find(|node| is_credit(tree, said, *node) && tree.named(*node, "figcaption").next().is_none());
        let mut without = dropped.to_vec();
        let written = credit.map(|credit| tree.text(credit, dropped)).unwrap_or_default();
        let name = credited(&written).unwrap_or(&written);
        // A word alone ("Credit:") stands beside the name.
        if let Some(credit) = credit.filter(|_| !name.is_empty()) {
            lead.credit = lead.credit.take().or_else(|| named(name));
            without[credit] = true;
            shown_by.push(credit);
        }
        if let Some(caption) = caption.filter(|caption| Some(*caption) != credit) {
            let written = tree.text(caption, &without);
            split(&written[..written.floor_char_boundary(LONGEST)], lead);
            shown_by.push(caption);
        }
        if lead.caption.is_some() || lead.credit.is_some() {
            break;
        }
    }
    shown_by
}

fn is_credit(tree: &Tree<'_>, said: &Said, at: usize) -> bool {
    let property = tree.attribute(at, "itemprop").unwrap_or_default();
    let properties = ["copyrightHolder", "creditText", "copyrightNotice", "creator"];
    let caption = tree.ancestors(at).any(|above| tree.name(above) == "figcaption");
    (said.both(at).has(Signs::CREDIT) && tree.name(at) != "figcaption")
        || properties.contains(&property.as_ref())
        || (caption && matches!(tree.name(at), "cite" | "small"))
}

/// Parts a caption from the credit that is written behind it: `Text. Photo: Name`, `Text (Name/Agency)`.
fn split(written: &str, lead: &mut Lead) {
    let written = written.trim();
    let (mut caption, mut credit) = (written, None);
    if let Some((head, inside)) = written.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        let named = credited(inside)
            .or_else(|| (inside.contains('/') || names_maker(head, inside)).then_some(inside));
        if let Some(name) = named.filter(|name| name.len() < 200) {
            (caption, credit) = (head, Some(name));
        }
    }
    if credit.is_none() {
        // Behind a sentence, a bar or a dash; or all of it.
        let starts = written.char_indices().filter(|(at, _)| {
            let before = written[..*at].trim_end();
            let apart = before.ends_with([
                '.', '|', '–', '—', '-', '•', '·', '!', '?', '”', '"', '/', '،', ')', '。', '！', '？',
            ]);
            let colon = written[*at..].split_once(':').is_some_and(|(label, _)| label.chars().count() <= 16);
            *at == 0 || (written[..*at].ends_with(' ') && (apart || colon))
        });
        for (at, _) in starts {
            let rest = &written[at..];
            if let Some(name) =
                credited(rest).filter(|name| name.chars().count() <= CREDIT && labelled(rest, name))
            {
                (caption, credit) = (&written[..at], Some(name));
                break;
            }
        }
    }
    let caption = caption.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '|' | '–' | '—' | '-' | '•' | '·' | '/')
    });
    lead.caption = lead
        .caption
        .take()
        .or_else(|| Some(text::one_line(caption, CAPTION)).filter(|line| !line.is_empty()));
    lead.credit = lead.credit.take().or_else(|| credit.and_then(named));
}

/// True for a name alone in brackets behind a sentence.
fn names_maker(head: &str, inside: &str) -> bool {
    let sentence = head.trim_end().ends_with(['.', '!', '?', '。', '؟', '”', '"', '“', '״']);
    let name = inside.split_whitespace().count() <= 5
        && inside.chars().count() <= 60
        && !inside.chars().any(|c| c.is_ascii_digit())
        && inside.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
    sentence && name
}

/// True if the word for a credit is followed by a sign or is one; `Photo shows …` begins a caption.
fn labelled(rest: &str, name: &str) -> bool {
    let label = &rest[..rest.len() - name.len()];
    label.contains([':', '：', '|', '/', '-', '–', '—', '©'])
        || label.trim().to_lowercase().ends_with("by")
        || label.trim().to_lowercase().ends_with("(c)")
}

fn named(name: &str) -> Option<String> {
    let name = name.trim().trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '|' | ':'));
    Some(text::one_line(name, CREDIT)).filter(|name| !name.is_empty())
}
