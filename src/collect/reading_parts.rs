//! The parts that stand round the text of an article: dek, byline, date, section.

use chrono::Datelike;

use super::reading_dateline::{is_date_line, named_beside};
use super::reading_meta::Meta;
use super::reading_signs::{Said, Signs};
use super::reading_title::alike;
use super::reading_words::{heads_furniture, says_by, without_by};
use super::tree::Tree;
use super::{author, date, text};
use crate::model::Instant;

/// So many nodes before a headline its section is looked for.
const BEFORE: usize = 120;
/// No section's name is longer, in characters.
const SECTION: usize = 40;
/// What comes so many nodes behind a headline is not right behind it.
const NEAR: usize = 400;
/// A dek has so many characters at least, and at most.
const DEK: (usize, usize) = (15, 500);
/// No byline is longer, in characters.
const BYLINE: usize = 140;

/// What is known of a page before its parts are looked for.
#[derive(Clone, Copy)]
pub(super) struct Page<'p> {
    pub(super) tree: &'p Tree<'p>,
    pub(super) said: &'p Said,
    pub(super) meta: &'p Meta,
    /// What is no part of an article.
    pub(super) dropped: &'p [bool],
    pub(super) headline: &'p str,
    /// The heading that shows it.
    pub(super) heading: Option<usize>,
    /// The first paragraph of the article, and its last node.
    pub(super) body: (usize, usize),
}

/// A part with the element that shows it.
pub(super) type Part<T> = (Option<T>, Vec<usize>);

impl Page<'_> {
    /// The elements between two nodes that are shown, but for those of links and headings of the first rank.
    fn elements(&self, from: usize, to: usize) -> impl Iterator<Item = usize> {
        let mut at = from;
        std::iter::from_fn(move || {
            while at < to {
                let here = at;
                if self.dropped[here] {
                    at = self.tree.end(here).max(here + 1);
                    continue;
                }
                at += 1;
                if self.tree.tag(here).is_some() {
                    return Some(here);
                }
            }
            None
        })
    }

    fn property(&self, at: usize, names: &[&str]) -> bool {
        let property = self.tree.attribute(at, "itemprop");
        property.is_some_and(|all| all.split_whitespace().any(|one| names.contains(&one)))
    }

    fn text(&self, at: usize) -> String {
        self.tree.text(at, self.dropped)
    }

    /// The sub-headline: what the page shows under its headline, else what it says of itself, unless the text says that too.
    pub(super) fn dek(&self, body_text: &str) -> Part<String> {
        let described = [self.meta.said("alternativeHeadline"), self.meta.description()];
        let fits = |text: &str| {
            (DEK.0..=DEK.1).contains(&text.chars().count())
                && !alike(text, self.headline)
                && !heads_furniture(text)
                && !says_by(text)
                && !is_date_line(text)
        };
        if let Some(heading) = self.heading {
            let described = |text: &str| described.iter().flatten().any(|known| alike(known, text));
            for at in
                self.elements(self.tree.end(heading), self.tree.end(self.body.0).max(self.tree.end(heading)))
            {
                let name = self.tree.name(at);
                let sign = self.said.both(at).has(Signs::DEK)
                    || self.property(at, &["alternativeHeadline", "description"]);
                let inside = self
                    .tree
                    .ancestors(at)
                    .any(|above| matches!(self.tree.name(above), "figure" | "figcaption" | "a" | "ul"));
                let plain = matches!(
                    name,
                    "p" | "h2"
                        | "h3"
                        | "h4"
                        | "div"
                        | "span"
                        | "blockquote"
                        | "strong"
                        | "em"
                        | "i"
                        | "b"
                        | "font"
                );
                if inside
                    || !(plain || sign)
                    || self.said.both(at).has(Signs::BYLINE)
                    || self.said.both(at).has(Signs::CAPTION)
                {
                    continue;
                }
                let text = self.text(at);
                if fits(&text) && (sign || described(&text) || self.is_beside(at, heading)) {
                    return (Some(text), vec![at]);
                }
            }
        }
        let said = described.into_iter().flatten().find(|text| {
            fits(text) && !repeats(text, body_text) && !text.ends_with(['…']) && !text.ends_with("...")
        });
        (said, Vec::new())
    }

    /// True for a heading of the second rank, or a paragraph that ends a header, right behind the headline.
    fn is_beside(&self, at: usize, heading: usize) -> bool {
        if at > self.tree.end(heading) + NEAR {
            return false;
        }
        let between = (self.tree.end(heading)..at).filter(|node| self.tree.tag(*node).is_some());
        let nothing = between.clone().all(|node| self.tree.is_in(at, node) || self.text(node).is_empty());
        let name = self.tree.name(at);
        let header =
            self.tree.ancestors(at).any(|above| matches!(self.tree.name(above), "header" | "hgroup"));
        // A line that says more than what readers may do, and leads nowhere.
        let line = || {
            let text = self.text(at);
            let said = text.split_whitespace().count() >= 5 || !text.is_ascii();
            said && self.tree.end(at) - at <= 4
                && text::columns(&text) >= 30
                && self.tree.named(at, "a").next().is_none()
        };
        nothing
            && (matches!(name, "h2" | "h3" | "h4")
                || (name == "p"
                    && (header || (at < self.body.0 && !self.text(at).ends_with(['?', '؟', '？']))))
                || (at < self.body.0 && !self.tree.is_in(self.body.0, at) && line()))
    }

    /// Who wrote it: as the page says of itself, else as it shows near the headline.
    pub(super) fn byline(&self) -> Part<String> {
        let (shown, at) = self.shown_byline();
        let said = author::names(
            &self.meta.authors().iter().map(|name| without_by(name).to_owned()).collect::<Vec<_>>(),
        );
        let (beside, lines) = self.date_line();
        let by = beside.and_then(|(_, rest)| named_beside(&rest));
        let more = if said.is_some() || shown.is_some() { Vec::new() } else { lines };
        (said.or(shown).or(by), at.into_iter().map(|at| self.with_by(at)).chain(more).collect())
    }

    /// The element round a byline that holds nothing more than "By".
    fn with_by(&self, at: usize) -> usize {
        let parent = self.tree.parent(at);
        if self.tree.end(parent) - parent > 12
            || !matches!(self.tree.name(parent), "p" | "div" | "span" | "small" | "address")
        {
            return at;
        }
        let rest = self.tree.text_without(parent, |node| node == at || self.dropped[node]);
        if !rest.is_empty() && without_by(&rest).is_empty() { parent } else { at }
    }

    fn shown_byline(&self) -> Part<String> {
        let from = self.heading.map_or(0, |heading| self.tree.end(heading));
        let behind = self.elements(from, self.tree.nodes.len());
        let before = self.elements(1, from);
        for at in behind.chain(before) {
            let rel = self.tree.attribute(at, "rel").is_some_and(|rel| rel == "author")
                && self.tree.name(at) == "a";
            let signed = self.said.both(at).has(Signs::BYLINE)
                && !matches!(self.tree.name(at), "body" | "article" | "main" | "img" | "svg");
            if !(rel || signed || self.property(at, &["author"])) || self.is_elsewhere(at) {
                continue;
            }
            let written = self.without_dates(at);
            if written.is_empty() || written.chars().count() > BYLINE {
                continue;
            }
            let in_footer = self.tree.ancestors(at).chain([at]).any(|above| {
                self.tree.name(above) == "footer"
                    || self.said.both(above).has(Signs::FOOTER)
                    || self.said.both(above).has(Signs::UNLIKELY)
            });
            // The foot of a page names many: there, who wrote it has to be called so.
            if in_footer && !says_by(&written) {
                continue;
            }
            if let Some(name) = name(&written) {
                return (Some(name), vec![at]);
            }
        }
        self.said_by()
    }

    /// A line that says by whom it is without a class that says so.
    fn said_by(&self) -> Part<String> {
        let Some(heading) = self.heading else { return (None, Vec::new()) };
        let from = self.tree.end(heading);
        let lines = self.elements(from, self.tree.end(self.body.1).max(from)).filter(|at| {
            matches!(
                self.tree.name(*at),
                "p" | "div" | "span" | "address" | "li" | "a" | "small" | "em" | "footer"
            ) && self.tree.end(*at) - at < 12
        });
        for at in lines {
            if self.is_elsewhere(at) {
                continue;
            }
            let written = self.without_dates(at);
            let short = written.chars().count() <= 60 && written.split_whitespace().count() <= 8;
            if short
                && says_by(&written)
                && !written.ends_with(['.', '!', '?'])
                && let Some(name) = name(&written)
            {
                return (Some(name), vec![at]);
            }
        }
        (None, Vec::new())
    }

    /// True for what stands in comments, lists of other articles and captions.
    pub(super) fn is_elsewhere(&self, at: usize) -> bool {
        std::iter::once(at).chain(self.tree.ancestors(at)).any(|above| {
            let signs = self.said.both(above);
            self.said.comments[above]
                || signs.has(Signs::FURNITURE)
                    && !matches!(self.tree.name(above), "body" | "html" | "main" | "article")
                    && !self.heading.is_some_and(|heading| self.tree.is_in(heading, above))
                || signs.has(Signs::CREDIT)
                || matches!(self.tree.name(above), "figure" | "nav" | "aside" | "blockquote")
        })
    }

    /// The text of an element without the dates in it.
    fn without_dates(&self, at: usize) -> String {
        let dates: Vec<usize> = (at + 1..self.tree.end(at))
            .filter(|node| self.tree.name(*node) == "time" || self.said.both(*node).has(Signs::DATE))
            .collect();
        self.tree.text_without(at, |node| self.dropped[node] || dates.binary_search(&node).is_ok())
    }

    /// When it was published and changed: as the page says of itself, else as it shows near the headline; and the
    /// elements that show it.
    pub(super) fn dates(&self) -> (Option<Instant>, Option<Instant>, Vec<usize>) {
        let (mut published, mut modified) = (self.meta.published(), self.meta.modified());
        let mut shown = Vec::new();
        let from = self.heading.map_or(0, |heading| heading.saturating_sub(BEFORE));
        // What stands right behind the headline counts though it looks like furniture.
        let behind = self.heading.map_or(from, |heading| self.tree.end(heading));
        let between = (behind..self.body.0).filter(|at| self.tree.name(*at) == "time");
        for at in self.elements(from, self.tree.end(self.body.1)).chain(between) {
            let names = ["datePublished", "dateCreated", "dateModified"];
            if !(self.tree.name(at) == "time" || self.property(at, &names)) || self.is_elsewhere(at) {
                continue;
            }
            let written =
                ["datetime", "content", "title"].iter().find_map(|name| self.tree.attribute(at, name));
            let read = written.as_deref().and_then(date::parse).or_else(|| date::parse(&self.text(at)));
            let Some(read) = read.filter(|read| (1990..2200).contains(&read.year())) else { continue };
            shown.push(at);
            if self.property(at, &["dateModified"]) {
                modified = modified.or(Some(read));
            } else {
                published = published.or(Some(read));
            }
        }
        let near = self.heading.map_or(0, |heading| self.tree.end(heading));
        let dated = |at: &usize| self.said.both(*at).has(Signs::DATE) && self.tree.end(*at) - *at < 12;
        for at in self.elements(near, self.body.0.max(near)).filter(dated) {
            let written = self.text(at);
            let read = date::parse(&written).or_else(|| date::in_line(&written).map(|(read, _)| read));
            if let Some(read) = read.filter(|read| (1990..2200).contains(&read.year())) {
                published = published.or(Some(read));
                shown.push(at);
            }
        }
        let (line, at) = self.date_line();
        if let Some((read, _)) = line {
            published = published.or(Some(read));
            shown.extend(at);
        }
        (published, modified, shown)
    }

    /// The section: as the page says of itself, else as it shows over the headline.
    pub(super) fn section(&self) -> Part<String> {
        let said = self
            .meta
            .section()
            .map(|section| text::one_line(&section, 60))
            .filter(|section| !section.contains("://"));
        let Some(heading) = self.heading else { return (said, Vec::new()) };
        let label = |at: usize| {
            let rel = self.tree.attribute(at, "rel").unwrap_or_default();
            let signed = self.said.both(at).has(Signs::SECTION)
                || self.property(at, &["articleSection"])
                || rel.contains("category");
            let text = if signed { self.text(at) } else { String::new() };
            let short = (2..=SECTION).contains(&text.chars().count()) && !alike(&text, self.headline);
            (short && !self.is_elsewhere(at) && date::parse(&text).is_none()).then_some(text)
        };
        let mut shown = Vec::new();
        let mut first = None;
        let (from, to) = (heading.saturating_sub(BEFORE), self.body.0.max(heading));
        // What is nearest over the headline, else what follows it.
        let before: Vec<usize> = self.elements(from.max(1), heading).collect();
        for at in before.into_iter().rev().chain(self.elements(self.tree.end(heading), to)) {
            if let Some(text) = label(at) {
                // An element and the one in it say the same.
                if first.is_none() || first.as_ref() == Some(&text) {
                    shown.push(at);
                }
                first.get_or_insert(text);
            }
        }
        let crumb = || self.crumb(heading);
        (said.or(first).or_else(crumb), shown)
    }

    /// The last but the article itself of the crumbs that lead here.
    fn crumb(&self, heading: usize) -> Option<String> {
        let is = |at: &usize| {
            ["class", "aria-label", "id"].iter().any(|name| {
                let value = self.tree.attribute(*at, name);
                value.is_some_and(|value| value.to_ascii_lowercase().contains("breadcrumb"))
            })
        };
        let crumbs = (1..heading).rev().find(is)?;
        let links = |name: &'static str| {
            let texts = self.tree.named(crumbs, name).take(10).map(|at| self.tree.text(at, &[]));
            texts.filter(|text| !text.is_empty() && text.chars().count() <= SECTION).collect::<Vec<String>>()
        };
        let links = Some(links("li")).filter(|all| all.len() >= 2).unwrap_or_else(|| links("a"));
        // The first leads home.
        links.into_iter().skip(1).rfind(|text| !alike(text, self.headline))
    }
}

/// True if a text begins with what another says, or holds it.
fn repeats(said: &str, text: &str) -> bool {
    let letters = |text: &str, most: usize| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(most).collect()
    };
    let start = letters(said, 60);
    !start.is_empty() && letters(text, 1_000).contains(&start)
}

/// The names in a byline; `None` if it holds none.
pub(super) fn name(written: &str) -> Option<String> {
    let parts = written
        .split(['|', '•', '·', '\n', '/'])
        .flat_map(|part| part.split(" - "))
        .flat_map(|part| part.split(" – "));
    let mut parts = parts.map(|part| {
        without_by(part)
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—'))
    });
    let fits = |part: &&str| {
        part.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !part.chars().any(|c| c.is_ascii_digit())
    };
    parts.find(fits).and_then(|part| author::names(&[part.to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byline_is_the_names_in_it() {
        for (written, expected) in [
            ("By Ann Lee", Some("Ann Lee")),
            ("By Ann Lee and Bo Keel | 3 May 2026", Some("Ann Lee and Bo Keel")),
            ("3 May 2026 · Ann Lee", Some("Ann Lee")),
            ("מאת דנה לוי", Some("דנה לוי")),
            ("بقلم: سارة حسن", Some("سارة حسن")),
            ("文・山本健太", Some("山本健太")),
            ("12:30", None),
            ("", None),
        ] {
            assert_eq!(name(written).as_deref(), expected, "{written}");
        }
    }
}
