//! Hands: what somebody has decided about articles, which comes before all rules but those that keep promises.

use super::{Sources, arrange};
use crate::model::{Candidate, Digest, Editing, Hand, WhyOut};

/// An article that is put somewhere by hand.
pub(super) struct Chosen {
    /// Which, of the ordered candidates.
    pub(super) index: usize,
    /// In which section; `None` for the lead.
    pub(super) section: Option<usize>,
    /// Its place there, from 1.
    place: usize,
}

/// Lets in what is old, and keeps out what is hidden; what an edition has used stays used.
pub(super) fn sift(ordered: &[&Candidate], sifted: &mut [Option<WhyOut>], editing: &Editing) {
    if editing.hands.is_empty() {
        return;
    }
    for (candidate, out) in ordered.iter().zip(sifted) {
        match (editing.of(candidate.id), &*out) {
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
    digest: &Digest,
    editing: &Editing,
    left_out: &[String],
    sources: &Sources<'_>,
) -> Vec<Chosen> {
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

/// Puts them between those that have found a place by the rules.
pub(super) fn put(chosen: &[Chosen], places: &mut [Vec<usize>]) {
    for Chosen { index, section, place } in chosen {
        if let Some(section) = section {
            let at = place.saturating_sub(1).min(places[*section].len());
            places[*section].insert(at, *index);
        }
    }
}
