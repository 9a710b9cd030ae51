//! Hands: what somebody has decided about articles, which comes before all rules but those that keep promises.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Kin;
use super::arrange::{self, Ordering};
use crate::model::{ArticleId, Candidate, Editing, Hand, Section, WhyOut};

/// An article that is put somewhere by hand.
pub(super) struct Chosen {
    /// Which, of the ordered candidates.
    pub(super) index: usize,
    /// In which section; `None` for the lead.
    pub(super) section: Option<usize>,
    /// Its place there, from 1.
    place: usize,
}

/// Lets in what is old, and keeps out what is hidden, whoever tells it; what an edition has used stays used.
pub(super) fn sift(ordered: &[&Candidate], sifted: &mut [Option<WhyOut>], editing: &Editing, kin: &Kin) {
    if editing.hands.is_empty() {
        return;
    }
    let hidden = editing.hands.iter().filter(|handled| handled.hand == Hand::Out);
    let hidden: HashSet<ArticleId> = hidden.flat_map(|handled| kin.of(handled.article)).copied().collect();
    for (candidate, out) in ordered.iter().zip(sifted) {
        match (editing.of(candidate.id), &*out) {
            (None, None) if hidden.contains(&candidate.id) => *out = Some(WhyOut::Hidden),
            (None, _) | (_, Some(WhyOut::UsedBy { .. })) => {}
            (Some(Hand::Out), _) => *out = Some(WhyOut::Hidden),
            (Some(Hand::Lead | Hand::In { .. }), _) => *out = None,
        }
    }
}

/// Finds the places of what is put somewhere, in the order of their places. A section that is no more decides nothing.
pub(super) fn choose(
    ordered: &[&Candidate],
    sifted: &mut [Option<WhyOut>],
    order: &Ordering<'_>,
    editing: &Editing,
) -> Vec<Chosen> {
    let Ordering { digest, left_out, sources, .. } = *order;
    let mut chosen = Vec::new();
    for handled in &editing.hands {
        let known = ordered.iter().position(|candidate| candidate.id == handled.article);
        let Some(index) = known.filter(|index| sifted[*index].is_none()) else { continue };
        let (section, place, shunned) = match &handled.hand {
            Hand::Out => continue,
            Hand::Lead => {
                let sections = digest.sections.iter().enumerate();
                let takers = sections.filter(|(_, s)| arrange::takes(s, ordered[index], sources));
                let (takers, shunned) = arrange::wanted(takers, left_out);
                (None, 1, takers.is_empty() && shunned)
            }
            Hand::In { section, place } => {
                let found = digest.sections.iter().position(|known| known.title == *section);
                let Some(found) = found else { continue };
                let optional = digest.sections[found].optional;
                (Some(found), *place, optional && left_out.contains(section))
            }
        };
        if shunned {
            sifted[index] = Some(WhyOut::LeftOut);
        } else {
            chosen.push(Chosen { index, section, place });
        }
    }
    chosen.sort_by_key(|chosen| chosen.place);
    chosen
}

/// What room is left in the sections.
pub(super) fn rest<'d>(sections: &'d [Section], chosen: &[Chosen]) -> Cow<'d, [Section]> {
    let mut rest = Cow::Borrowed(sections);
    for section in chosen.iter().filter_map(|chosen| chosen.section) {
        let limit = &mut rest.to_mut()[section].limit;
        *limit = limit.saturating_sub(1);
    }
    rest
}

/// Puts them between those that have found a place by the rules.
pub(super) fn put(chosen: &[Chosen], places: &mut [Vec<usize>]) {
    for Chosen { index, section, place } in chosen {
        if let Some(section) = section {
            let at = place.saturating_sub(1).min(places[*section].len());
            places[*section].insert(at, *index);
        }
    }
}
