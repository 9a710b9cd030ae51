//! Sifting: which candidates are new to this digest's readers.

use super::Kin;
use super::arrange::{Ordering, rules_of};
use crate::model::{Candidate, EditionId, Instant, Previous, WhyOut};

/// Tells for each candidate, in the given order, why it is out; `None` for those that are new.
pub(super) fn sift(ordered: &[&Candidate], order: &Ordering<'_>, previous: &Previous) -> Vec<Option<WhyOut>> {
    let Ordering { digest, sources, kin, slot, .. } = *order;
    let oldest = chrono::Duration::from_std(digest.max_age).ok().and_then(|age| slot.checked_sub_signed(age));
    let sift = |candidate: &&Candidate| {
        used(candidate, previous, oldest)
            .or_else(|| told(candidate, kin, previous).map(|edition| WhyOut::UsedBy { edition }))
            .or_else(|| {
                let source = &sources.get(&candidate.source)?.name;
                let rule = rules_of(candidate, digest, sources)?;
                let rule = rule.against(&candidate.article, candidate.date(), slot)?;
                Some(WhyOut::Rule { of: format!("source {source}"), rule })
            })
    };
    ordered.iter().map(sift).collect()
}

fn used(candidate: &Candidate, previous: &Previous, oldest: Option<Instant>) -> Option<WhyOut> {
    if let Some(&edition) = previous.consumed.get(&candidate.id) {
        return Some(WhyOut::UsedBy { edition });
    }
    // Before the first edition everything is new: a first issue shows what its sources have.
    let considered = previous.considered?;
    if candidate.id <= considered && !previous.returned.contains(&candidate.id) {
        return Some(WhyOut::SeenBefore);
    }
    // A source added later brings its whole archive at once; only the date tells it from news.
    let dated = candidate.article.published.zip(oldest);
    dated.is_some_and(|(published, oldest)| published < oldest).then_some(WhyOut::TooOld)
}

/// The edition in which readers have had the story, whoever tells it today.
fn told(candidate: &Candidate, kin: &Kin, previous: &Previous) -> Option<EditionId> {
    kin.of(candidate.id).iter().find_map(|kin| previous.consumed.get(kin).copied())
}
