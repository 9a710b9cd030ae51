//! Sifting: which candidates are new to this digest's readers.

use std::collections::HashMap;

use crate::model::{ArticleId, Candidate, Digest, Instant, Previous, WhyOut};

/// Tells for each candidate, in the given order, why it is out; `None` for those that are new.
pub(super) fn sift(
    ordered: &[&Candidate],
    digest: &Digest,
    previous: &Previous,
    slot: Instant,
) -> Vec<Option<WhyOut>> {
    let oldest = chrono::Duration::from_std(digest.max_age).ok().and_then(|age| slot.checked_sub_signed(age));
    let mut addresses: HashMap<i64, ArticleId> = HashMap::new();
    let mut sifted = vec![None; ordered.len()];
    for (out, candidate) in sifted.iter_mut().zip(ordered) {
        *out = used(candidate, previous, oldest);
        if out.is_none() {
            // The newest report of one page stands for all of them.
            let article = *addresses.entry(candidate.article.fingerprint.url).or_insert(candidate.id);
            *out = (article != candidate.id).then_some(WhyOut::SameAs { article });
        }
    }
    sifted
}

fn used(candidate: &Candidate, previous: &Previous, oldest: Option<Instant>) -> Option<WhyOut> {
    if let Some(&edition) = previous.consumed.get(&candidate.id) {
        return Some(WhyOut::UsedBy { edition });
    }
    // Before the first edition everything is new: a first issue shows what its sources have.
    let considered = previous.considered?;
    if candidate.id <= considered {
        return Some(WhyOut::SeenBefore);
    }
    // A source added later brings its whole archive at once; only the date tells it from news.
    let dated = candidate.article.published.zip(oldest);
    dated.is_some_and(|(published, oldest)| published < oldest).then_some(WhyOut::TooOld)
}
