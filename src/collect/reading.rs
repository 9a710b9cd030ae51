//! Reading a page: what it tells, and none of what stands round that.
//!
//! Own rather than `dom_smoothie`: on the same pages that one takes 12 to 19 ms for 130 KB and grows with the square of
//! their depth; and what it does not look for (dek, caption, credit, section, furniture) is most of the work.

use std::collections::HashMap;

use url::Url;

use super::reading_captions::Captions;
use super::reading_kind::{self, ReadingKind};
use super::reading_lead::{self, Lead};
use super::reading_measures::{Crowd, Measures, is_blank};
use super::reading_meta::Meta;
use super::reading_parts::Page;
use super::reading_score::{find, unlikely};
use super::reading_signs::{Said, Signs};
use super::sieve::{Sifted, sift};
use super::tree::{Kind, Tree};
use super::{
    charset, language, reading_furniture, reading_lines, reading_title, sanitise, sentences, text, title,
};
use crate::model::{Direction, Instant, Language, Markup};

/// Limits in graphemes.
const HEADLINE: usize = 300;
const DEK: usize = 500;
const EXCERPT: usize = 300;
/// So much text ends the search for more of it, in characters.
const ENOUGH: usize = 140;
/// A byline between two paragraphs takes no more nodes with all that is round it.
const OVER_BYLINE: usize = 60;
/// No more headings that lead elsewhere are counted.
const CARDS: usize = 100;
/// So much of a text is enough to recognise its language, in bytes.
const RECOGNISED: usize = 2_000;

/// What a page tells. No text of it holds a control character, an unbalanced direction mark or a private-use code point
/// of plane 16; lines are plain text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reading {
    /// What the page is; the other fields are filled as well as can be in any case.
    pub kind: ReadingKind,
    /// One line, at most 300 graphemes; empty if there is none.
    pub headline: String,
    /// The sub-headline: one line, at most 500 graphemes.
    pub dek: Option<String>,
    /// The picture that leads it.
    pub lead: Option<Lead>,
    /// Who wrote it: names without "By", at most 120 graphemes.
    pub byline: Option<String>,
    /// The part of the site that it belongs to.
    pub section: Option<String>,
    /// When it was published, as the page says.
    pub published: Option<Instant>,
    /// When it was last changed, as the page says.
    pub modified: Option<Instant>,
    /// The language, as declared or recognised.
    pub language: Option<Language>,
    /// The direction of headline and text.
    pub direction: Direction,
    /// The page's address as the page itself has it.
    pub canonical: Url,
    /// What the site calls itself.
    pub site: Option<String>,
    /// The text of the article alone, on one line.
    pub text: String,
    /// Whole sentences from its beginning, at most 300 graphemes.
    pub excerpt: String,
    /// The article as sanitised HTML.
    pub content: String,
}

/// Reads the page that `bytes` are; `content_type` is the HTTP header, `url` where it was found.
///
/// Pure, and cannot fail: time and memory are bounded by the length of the page, of which 4 MB are read at most.
#[must_use]
pub fn read(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Reading {
    read_text(&charset::decode(bytes, content_type), url)
}

/// Reads a page whose text is known.
pub(super) fn read_text(html: &str, url: &Url) -> Reading {
    let tree = Tree::new(html);
    let said = Said::new(&tree);
    let meta = Meta::of(&tree, url);
    let (headline, heading) = reading_title::of(&tree, &meta, &said.hidden);
    let body = Body::find(&tree, &said, &meta);
    let page = Page {
        tree: &tree,
        said: &said,
        meta: &meta,
        dropped: &body.dropped,
        headline: &headline,
        heading,
        body: body.bounds(&tree, &said),
    };
    compose(&page, &body, url)
}

/// Where the article is on a page.
struct Body {
    roots: Vec<usize>,
    dropped: Vec<bool>,
    /// How many characters it has.
    length: usize,
    /// Which part of it is links.
    links: f32,
}

impl Body {
    /// Looks for the article: strictly first, and less so as long as that finds next to nothing.
    fn find(tree: &Tree<'_>, said: &Said, meta: &Meta) -> Self {
        let base = unlikely(tree, said, false);
        let mut best: Option<Self> = None;
        for (strict, by_names, by_looks) in
            [(true, true, true), (false, true, true), (false, false, true), (false, false, false)]
        {
            let mut dropped = if strict { unlikely(tree, said, true) } else { base.clone() };
            reading_furniture::drop_boxes(tree, said, &mut dropped);
            let found = Self::attempt(tree, said, dropped, by_names, by_looks);
            if found.length >= ENOUGH || (meta.is_article() && found.length >= ENOUGH / 2) {
                return found;
            }
            if best.as_ref().is_none_or(|best| found.length > 2 * best.length) {
                best = Some(found);
            }
        }
        best.unwrap_or(Self { roots: Vec::new(), dropped: base, length: 0, links: 0.0 })
    }

    fn attempt(tree: &Tree<'_>, said: &Said, mut dropped: Vec<bool>, by_names: bool, by_looks: bool) -> Self {
        let measures = Measures::new(tree, &dropped);
        let named = declared_body(tree, &measures, &dropped);
        let roots = named.unwrap_or_else(|| find(tree, said, &measures, &dropped, by_names));
        reading_furniture::drop_inside(tree, said, &roots, &mut dropped, by_looks);
        if by_looks {
            reading_lines::drop_lines(tree, said, &roots, &mut dropped);
        }
        let measures = Measures::new(tree, &dropped);
        let sums = roots.iter().map(|root| measures.of(tree, *root));
        let (text, links) =
            sums.fold((0_u32, 0_u32), |(text, links), sums| (text + sums.text, links + sums.links));
        #[expect(clippy::cast_precision_loss, reason = "a share, not an amount")]
        let links = if text == 0 { 0.0 } else { links as f32 / (10 * text) as f32 };
        Self { roots, dropped, length: text as usize, links }
    }

    /// How many headings in it lead elsewhere; and how many lines of a few words that are a link and nothing else.
    fn cards(&self, tree: &Tree<'_>) -> (usize, usize) {
        let heading = |at: &usize| matches!(tree.name(*at), "h2" | "h3" | "h4") && !self.dropped[*at];
        let leads = |at: &usize| {
            tree.named(*at, "a").next().is_some()
                || tree.ancestors(*at).take(3).any(|above| tree.name(above) == "a")
        };
        let all = self.roots.iter().flat_map(|root| *root..tree.end(*root));
        let headings = all.filter(|at| heading(at) && leads(at)).take(CARDS).count();
        (headings, self.linked_lines(tree))
    }

    /// Lines of the page that are one link, in what holds the article: each of an index is one.
    fn linked_lines(&self, tree: &Tree<'_>) -> usize {
        let Some(root) = self.roots.first() else { return 0 };
        let end = self.roots.last().map_or(0, |last| tree.end(*last));
        let crowd = Crowd::of(tree);
        let is = |at: &usize| {
            let above = tree.parent(*at);
            let plain =
                matches!(tree.name(above), "p" | "div" | "td" | "b" | "strong" | "font" | "h2" | "h3" | "h4");
            plain && tree.name(*at) == "a" && tree.end(*at) - at <= 8 && tree.parent(above) != 0 && {
                let before = crowd.first(above) == Some(*at);
                let next = tree.end(*at);
                let behind = next >= tree.end(above) || is_blank(tree, next) || tree.name(next) == "br";
                let words = tree.text(*at, &[]);
                before
                    && behind
                    && (words.split_whitespace().count() >= 4
                        || !words.is_ascii() && text::columns(&words) >= 16)
            }
        };
        (*root..end).filter(is).take(CARDS).count()
    }

    /// The first paragraph of the article, and the last root of it.
    fn bounds(&self, tree: &Tree<'_>, said: &Said) -> (usize, usize) {
        let first = self.roots.first().copied().unwrap_or(0);
        let last = self.roots.last().copied().unwrap_or(0);
        let measures = Measures::new(tree, &self.dropped);
        let captioned = |at: usize| {
            tree.ancestors(at).any(|above| {
                matches!(tree.name(above), "figure" | "header" | "hgroup") || said.both(above).has(Signs::DEK)
            })
        };
        let long = |at: &usize| {
            let sums = measures.of(tree, *at);
            matches!(tree.name(*at), "p" | "li" | "blockquote")
                && sums.text >= 60
                && sums.link_density() < 0.5
                && !said.both(*at).has(Signs::DEK)
                && !captioned(*at)
        };
        let all =
            || self.roots.iter().flat_map(|root| *root..tree.end(*root)).filter(|at| !self.dropped[*at]);
        let mut paragraphs = all().filter(long);
        let paragraph = paragraphs.next();
        // What stands over the byline is a dek, whatever it is called.
        let signed = |at: usize| {
            let signs = said.both(at);
            tree.name(at) == "time"
                || ((signs.has(Signs::BYLINE) || signs.has(Signs::DATE)) && !signs.has(Signs::BIO))
        };
        let second = paragraphs.next().filter(|second| {
            let first = paragraph.map_or(*second, |first| tree.end(first));
            *second < first + OVER_BYLINE && (first..*second).any(signed)
        });
        let paragraph = second.or(paragraph);
        let first = paragraph
            .or_else(|| first_of_several(tree, &measures, all().filter(|at| !captioned(*at))))
            .unwrap_or(first);
        (first, last)
    }
}

/// The first of several lines of text that stand in one element, or of which each is in an element of its own.
fn first_of_several(tree: &Tree<'_>, measures: &Measures, all: impl Iterator<Item = usize>) -> Option<usize> {
    let mut firsts: HashMap<usize, usize> = HashMap::new();
    let mut only = None;
    for at in all {
        let line = matches!(tree.nodes[at].kind, Kind::Text(_)) && measures.of(tree, at).text >= 60;
        if !line || tree.ancestors(at).take(3).any(|above| tree.name(above) == "a") {
            continue;
        }
        let parent = tree.parent(at);
        // What is slanted or bold all through is a dek.
        if matches!(tree.name(parent), "b" | "strong" | "i" | "em" | "small") {
            continue;
        }
        let (line, parent) = match tree.name(parent) {
            "font" | "span" => (at, tree.parent(parent)),
            _ => (at, parent),
        };
        if let Some(first) = firsts.get(&parent) {
            return Some(*first);
        }
        let outer = tree.parent(parent);
        if let Some(first) = firsts.get(&outer) {
            return Some(*first);
        }
        only.get_or_insert(line);
        firsts.insert(parent, line);
        firsts.entry(outer).or_insert(parent);
    }
    only
}

/// The one element that the page itself calls the body of its article.
fn declared_body(tree: &Tree<'_>, measures: &Measures, dropped: &[bool]) -> Option<Vec<usize>> {
    let is = |at: &usize| {
        tree.attribute(*at, "itemprop")
            .is_some_and(|all| all.split_whitespace().any(|one| one == "articleBody"))
    };
    let fits = |at: &usize| {
        let sums = measures.of(tree, *at);
        sums.text >= 200 && sums.link_density() < 0.5 && !dropped[*at]
    };
    let mut all = (1..tree.nodes.len()).filter(is).filter(fits);
    let only = all.next()?;
    all.all(|other| tree.is_in(other, only)).then(|| vec![only])
}

fn compose(page: &Page<'_>, body: &Body, url: &Url) -> Reading {
    let Page { tree, said, meta, heading, .. } = *page;
    let mut dropped = body.dropped.clone();
    let (byline, byline_at) = page.byline();
    let (published, modified, dates_at) = page.dates();
    let (section, section_at) = page.section();
    let from = heading.unwrap_or_else(|| body.roots.first().copied().unwrap_or(0));
    let end = tree.end(page.body.1).max(from);
    let from = body.roots.first().copied().unwrap_or(from).min(from);
    let measures = Measures::new(tree, &dropped);
    let captions = Captions { tree, said, dropped: &body.dropped, measures: &measures, body: page.body.0 };
    let (lead, captions_at) = reading_lead::of(tree, said, meta, &captions, (from, lead_until(page), end));
    let others = captions.of_all((from, end));
    let shown = byline_at.into_iter().chain(dates_at).chain(section_at).chain(captions_at);
    let shown = shown.chain(others).chain(heading);
    drop_parts(tree, &body.roots, shown, &mut dropped);
    let before_dek = sifted(tree, &body.roots, &dropped, &meta.base);
    let (dek, dek_at) = page.dek(&text::flowed(&before_dek.text));
    drop_parts(tree, &body.roots, dek_at.into_iter(), &mut dropped);
    let mut whole = sifted(tree, &body.roots, &dropped, &meta.base);
    let mut text = text::flowed(&whole.text);
    if let Some(said) = meta.said_body().filter(|said| said.len() > 4 * text.len().max(50)) {
        whole = sift(&super::excerpt::paragraphs(&said), &meta.base);
        text = text::flowed(&whole.text);
    }
    let kind = reading_kind::of(page, &text, &body.roots, body.links, body.cards(tree));
    let headline = title::plain(&Markup::Text(page.headline.replace('&', "&amp;")), HEADLINE);
    let head = &text[..text.floor_char_boundary(RECOGNISED)];
    let (language, direction) = language::of(&headline, head, "", meta.language());
    Reading {
        kind,
        headline,
        dek: dek.map(|dek| text::one_line(&dek, DEK)),
        lead,
        byline,
        section: section.map(|section| text::one_line(&section, 60)),
        published,
        modified,
        language,
        direction,
        canonical: meta.canonical(url),
        site: meta.site().map(|site| text::one_line(&site, 120)),
        excerpt: sentences::first(&text, EXCERPT),
        text,
        content: sanitise::sanitise(whole),
    }
}

/// A picture up to here leads: the second paragraph, so that one behind the first counts.
fn lead_until(page: &Page<'_>) -> usize {
    let tree = page.tree;
    let next = (tree.end(page.body.0)..tree.end(page.body.1))
        .find(|at| tree.name(*at) == "p" && !page.dropped[*at] && tree.named(*at, "img").next().is_none());
    next.unwrap_or_else(|| tree.end(page.body.1))
}

/// Drops the elements that show what is told apart from the text, and what holds nothing but them.
fn drop_parts(tree: &Tree<'_>, roots: &[usize], parts: impl Iterator<Item = usize>, dropped: &mut [bool]) {
    for at in parts {
        // What holds the article is no part of it.
        if !roots.iter().all(|root| tree.is_in(*root, at)) {
            dropped[at] = true;
        }
    }
}

/// The article as bounded HTML, with its text and its pictures.
fn sifted(tree: &Tree<'_>, roots: &[usize], dropped: &[bool], base: &Url) -> Sifted {
    let mut html = String::new();
    for root in roots.iter().filter(|root| !dropped[**root]) {
        tree.html(*root, dropped, &mut html);
    }
    sift(&html, base)
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
