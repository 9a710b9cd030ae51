//! Texts: what an edition says to whom.
//!
//! Most readers get one text. Readers of some zones who have come equally far get what is new since then, and readers who
//! leave sections out get a text without them; two choices that come to the same articles share theirs.

use std::collections::HashMap;

use super::PressError;
use super::composing::{Draft, Opened};
use crate::model::{ArticleId, Digest, Edition, Placed};
use crate::store::{Group, Reading, Variant};

/// More texts than this one edition has not: whose choice comes too late gets the whole of it, and readers who have come
/// another way than most of them theirs at the next slot.
pub(super) const TEXTS: usize = 32;
/// So many choices are looked at.
const CHOICES: usize = 256;

/// What stands where, by which two texts are known as the same.
type Shape = (Vec<ArticleId>, Vec<(String, Vec<ArticleId>)>);

/// The texts of one edition.
#[derive(Default)]
pub(super) struct Texts {
    drafts: Vec<Draft>,
    readings: Vec<Reading>,
    looked_at: usize,
}

impl Texts {
    /// Adds the text of readers who leave nothing out, and have come so far; returns its number.
    pub(super) fn add_whole(&mut self, draft: Draft, since: &[Option<ArticleId>]) -> usize {
        let (text, considered) = (self.drafts.len(), draft.edition.considered);
        let reading = |since: &Option<ArticleId>| Reading {
            since: *since,
            left_out: Vec::new(),
            text: Some(text),
            considered,
        };
        self.readings.extend(since.iter().map(reading));
        self.drafts.push(draft);
        text
    }

    /// Adds the texts of those who leave sections out of a whole one, and have come as far; the first of them first.
    pub(super) fn add_choices(
        &mut self,
        digest: &Digest,
        opened: &Opened<'_>,
        whole: usize,
        since: &[Option<ArticleId>],
        groups: &[Group],
    ) -> Result<(), PressError> {
        let considered = self.drafts[whole].edition.considered;
        let mut known: HashMap<Vec<&str>, Option<usize>> = HashMap::new();
        let mut shapes: Vec<(Shape, usize)> = Vec::new();
        for group in groups {
            let left_out = still_optional(digest, &group.left_out);
            if left_out.is_empty() {
                continue;
            }
            let text = match known.get(&left_out) {
                Some(text) => *text,
                None if self.looked_at >= CHOICES => Some(whole),
                None => {
                    let text = self.text(opened, whole, &left_out, &mut shapes)?;
                    known.insert(left_out, text);
                    text
                }
            };
            let reading = |since: &Option<ArticleId>| Reading {
                since: *since,
                left_out: group.left_out.clone(),
                text,
                considered,
            };
            self.readings.extend(since.iter().map(reading));
        }
        Ok(())
    }

    /// The text of a choice: one that there is, a new one, or none because nothing is left.
    fn text(
        &mut self,
        opened: &Opened<'_>,
        whole: usize,
        left_out: &[&str],
        shapes: &mut Vec<(Shape, usize)>,
    ) -> Result<Option<usize>, PressError> {
        self.looked_at += 1;
        if shapes.is_empty() {
            // Not the draft's own: what had no room there may have room elsewhere.
            shapes.extend(opened.without(&[]).map(|(edition, _)| (shape(&edition), whole)));
        }
        let left_out: Vec<String> = left_out.iter().map(|title| (*title).to_owned()).collect();
        let Some((edition, explanation)) = opened.without(&left_out) else { return Ok(None) };
        let shape = shape(&edition);
        if let Some((_, text)) = shapes.iter().find(|(known, _)| *known == shape) {
            return Ok(Some(*text));
        }
        if self.drafts.len() >= TEXTS {
            return Ok(Some(whole));
        }
        let text = self.drafts.len();
        self.drafts.push(opened.rendered(edition, explanation)?);
        shapes.push((shape, text));
        Ok(Some(text))
    }

    /// What most get, what others get, and who; `None` if there is nothing at all.
    pub(super) fn finish(self) -> Option<(Box<Draft>, Vec<Variant>, Vec<Reading>)> {
        let mut drafts = self.drafts.into_iter();
        let first = Box::new(drafts.next()?);
        let variant = |Draft { edition, message, explanation }| Variant { edition, message, explanation };
        Some((first, drafts.map(variant).collect(), self.readings))
    }
}

/// What can be left out now, of what somebody has left out once, in the order of the sections.
fn still_optional<'d>(digest: &'d Digest, left_out: &[String]) -> Vec<&'d str> {
    digest.optional_sections().filter(|title| left_out.iter().any(|out| out == title)).collect()
}

fn shape(edition: &Edition) -> Shape {
    let ids = |placed: &Placed| -> Vec<ArticleId> {
        std::iter::once(placed.id).chain(placed.also.iter().map(|also| also.id)).collect()
    };
    let section = |section: &crate::model::EditionSection| {
        (section.title.clone(), section.articles.iter().flat_map(ids).collect())
    };
    (edition.lead.iter().flat_map(ids).collect(), edition.sections.iter().map(section).collect())
}
