//! Lint: what could go wrong with a mail, found before its readers find it.
//!
//! [`letter`] looks at a whole letter, [`page`] at an HTML part alone. Both are pure: bytes in, [`Finding`]s out; no
//! network, no clock. Each finding names its [`Rule`] — a stable name, why it matters, the way out — and a place: the
//! part, the line, the words or the tag.
//!
//! ```text
//!            lint_mail            lint_tree           lint_style
//!   bytes ─────────────▶ Mail ─────────────▶ Tree ─────────────▶ colours, sizes, what is hidden (light, dark, plain)
//!                          │                   │                      │
//!            header, parts, subject    links, pictures, structure    contrast, hidden words
//!                                      support (lint/support.toml)
//! ```
//!
//! Promises:
//!
//! * Any bytes are read, and in bounded time: of an HTML part the first 256 KiB, of its style sheets 500 rules.
//! * The rules about clients follow tested support ([`SUPPORT_DATE`] says of when), less what nothing is lost by
//!   (`lint/graceful.toml`, each with what is left).
//! * What Pressrun renders has no findings but those that the publisher's words, pictures and addresses cause.
//! * One fault in a hundred places is one finding that says so.
//!
//! The tree is our own, over the tokens of html5ever: bounded in depth, with the line of each element, and with what
//! was never closed, which a browser's tree forgets. Style sheets are read with cssparser, which html sanitising brings
//! anyway; lightningcss knows more than a mail holds, and weighs forty crates.

use std::collections::HashMap;

use serde::Serialize;
use serde::ser::SerializeStruct as _;

pub use super::lint_inbox::{addresses, preheader};
pub use super::lint_links::LOCAL_LINK;
pub use super::lint_support::date as support_date;

use super::lint_mail::{self, Mail};
use super::lint_style::{Guise, styled};
use super::lint_tree::Tree;
use super::{
    lint_active, lint_contrast, lint_direction, lint_header, lint_hidden, lint_images, lint_leaving,
    lint_links, lint_loud, lint_parts, lint_structure, lint_subject, lint_support, lint_tables,
};

/// How much of an HTML part is looked at, in bytes; Gmail shows not half of it.
pub(super) const READ: usize = 256 * 1024;
/// More different findings of one rule than these are counted with the last one.
const PER_RULE: usize = 20;

/// How much a finding matters; the order is from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It would be better otherwise.
    Hint,
    /// Some readers see something worse, or a filter counts it.
    Warning,
    /// It is broken for many, or against a standard.
    Error,
}

impl Severity {
    /// Returns `error`, `warning` or `hint`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is looked for, and what is said of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable name, in kebab case.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Why it matters, as a sentence.
    pub why: &'static str,
    /// What to do, as a sentence.
    pub way_out: &'static str,
}

/// The parts of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The fields above the body; the lines are those of the file.
    Header,
    /// The HTML part; the lines are its own, decoded.
    Html,
    /// The plain-text part; the lines are its own, decoded.
    Text,
    /// The file as it is.
    Source,
}

impl Part {
    /// Returns `header`, `html`, `text` or `source`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Html => "html",
            Self::Text => "text",
            Self::Source => "source",
        }
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The part.
    pub part: Part,
    /// The line, counted from 1; `None` if it is about the whole part.
    pub line: Option<usize>,
    /// The words or the tag, shortened; empty if the line or the part says it.
    pub text: String,
}

impl Place {
    pub(super) const fn whole(part: Part) -> Self {
        Self { part, line: None, text: String::new() }
    }

    pub(super) const fn line(part: Part, line: usize) -> Self {
        Self { part, line: Some(line), text: String::new() }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.part.name())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if !self.text.is_empty() {
            write!(f, ", {}", self.text)?;
        }
        Ok(())
    }
}

/// One fault of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// Where, at first.
    pub place: Place,
    /// What was found, as a clause.
    pub what: String,
    /// In how many more places the same was found.
    pub more: usize,
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 9)?;
        out.serialize_field("rule", self.rule.name)?;
        out.serialize_field("severity", self.rule.severity.name())?;
        out.serialize_field("part", self.place.part.name())?;
        out.serialize_field("line", &self.place.line)?;
        out.serialize_field("text", &self.place.text)?;
        out.serialize_field("what", &self.what)?;
        out.serialize_field("more", &self.more)?;
        out.serialize_field("why", self.rule.why)?;
        out.serialize_field("way_out", self.rule.way_out)?;
        out.end()
    }
}

/// Collects findings; the same fault in many places is one.
#[derive(Default)]
pub(super) struct Book {
    findings: Vec<Finding>,
    known: HashMap<(&'static str, Part, String), usize>,
    per_rule: HashMap<&'static str, (usize, usize)>,
}

impl Book {
    pub(super) fn add(&mut self, rule: &'static Rule, place: Place, what: impl Into<String>) {
        let key = (rule.name, place.part, what.into());
        if let Some(known) = self.known.get(&key) {
            self.findings[*known].more += 1;
            return;
        }
        let here = self.findings.len();
        let (count, last) = self.per_rule.entry(rule.name).or_insert((0, here));
        if *count == PER_RULE {
            self.findings[*last].more += 1;
            return;
        }
        (*count, *last) = (*count + 1, here);
        self.findings.push(Finding { rule, place, what: key.2.clone(), more: 0 });
        self.known.insert(key, here);
    }

    /// The findings, what matters most first; among equals in the order in which they were found.
    fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
        self.findings
    }
}

/// Looks at a whole letter as it lies in a `.eml` file.
#[must_use]
pub fn letter(bytes: &[u8]) -> Vec<Finding> {
    let mail = lint_mail::read(bytes);
    let mut book = Book::default();
    lint_header::check(&mail, bytes, &mut book);
    lint_subject::check(&mail, &mut book);
    let tree = mail.html.as_deref().map(Tree::read);
    lint_parts::check(&mail, tree.as_ref(), &mut book);
    if let Some(tree) = &tree {
        content(tree, mail.html.as_deref().unwrap_or_default(), Some(&mail), &mut book);
    } else {
        lint_loud::check_text(&mail, &mut book);
    }
    lint_leaving::check(&mail, tree.as_ref(), &mut book);
    book.into_findings()
}

/// Looks at an HTML part alone; what a header or a text part should hold is not asked.
#[must_use]
pub fn page(html: &str) -> Vec<Finding> {
    let mut book = Book::default();
    let tree = Tree::read(html);
    content(&tree, html, None, &mut book);
    lint_leaving::check_page(&tree, &mut book);
    book.into_findings()
}

/// The rules about what the HTML holds.
fn content(tree: &Tree, html: &str, mail: Option<&Mail>, book: &mut Book) {
    lint_parts::size(html, book);
    let guises = [Guise::Light, Guise::Dark, Guise::Plain].map(|guise| styled(tree, guise));
    let light = &guises[0];
    lint_active::check(tree, book);
    lint_support::check(tree, book);
    lint_structure::check(tree, light, book);
    lint_tables::check(tree, light, book);
    lint_direction::check(tree, light, book);
    lint_links::check(tree, light, book);
    lint_images::check(tree, book);
    lint_hidden::check(tree, light, mail.map(|mail| mail.subject.as_str()), book);
    lint_loud::check(tree, light, book);
    lint_contrast::check(tree, &guises, book);
}

/// All rules, by part of the program that looks for them.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        lint_header::RULES,
        lint_subject::RULES,
        lint_parts::RULES,
        lint_leaving::RULES,
        lint_active::RULES,
        lint_support::RULES,
        lint_structure::RULES,
        lint_tables::RULES,
        lint_direction::RULES,
        lint_links::RULES,
        lint_images::RULES,
        lint_hidden::RULES,
        lint_loud::RULES,
        lint_contrast::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Shortens words to what a line of a report has room for.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
