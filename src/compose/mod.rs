//! Composing: a digest, what was collected and what was sent before → an edition, or the reason for none.
//!
//! Does: takes the articles that are new since the last *released* edition; folds those that tell the same story into
//! the best of them ([`Kin`]); gives each story to the first section that takes it and has room — the newest, the most popular,
//! or as its source has it —; opens with a picture story.
//!
//! Readers who leave sections out get an edition without them, and what somebody has decided by hand comes before all
//! rules but one: nothing is sent twice ([`compose_for`]).
//!
//! Promises: the same input gives the same answer; every candidate is in the [`Explanation`] exactly once, with
//! its reason; a story that several sources tell is sent once, names them all, and is never lost because a version that no
//! section takes is better; nothing is folded into what is out; an article that no released edition has used stays
//! available however often a preview, a dry run or a cancelled edition has shown it.
//!
//! A story that was sent is not sent again because another source tells it the same way a day later; a follow-up, which
//! brings other numbers or names or is told in other words, is news.
//!
//! Never: reads the clock, the store or the network; fails.

mod alike;
mod arrange;
mod filling;
mod fold;
mod hands;
mod letters;
mod lexicon;
mod marks;
mod popular;
mod select;
mod sketch;
mod telling;
mod words;

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod tests;

use crate::model::{
    Candidate, Composed, Digest, Editing, Edition, Explained, Explanation, Instant, Nothing, Placement,
    Previous, Source, WhyOut,
};

pub use fold::Kin;

/// The name of a source, for readers, by the row of the source.
type Sources<'a> = std::collections::HashMap<crate::model::SourceId, &'a Source>;

/// Composes the edition of `digest` that is due at `slot`.
///
/// `candidates` may come in any order and from any source; `previous` is what released editions have used.
#[must_use]
pub fn compose(
    digest: &Digest,
    sources: &[Source],
    candidates: &[Candidate],
    previous: &Previous,
    slot: Instant,
) -> (Composed, Explanation) {
    let kin = Kin::among(candidates.iter().chain(&previous.sent), sources);
    let brief = Brief { digest, editing: &Editing::default(), left_out: &[], slot };
    compose_for(&brief, sources, candidates, previous, &kin)
}

/// What an edition is composed for.
#[derive(Debug, Clone, Copy)]
pub struct Brief<'a> {
    /// The standing order.
    pub digest: &'a Digest,
    /// What somebody has decided by hand.
    pub editing: &'a Editing,
    /// The headings of the sections that its readers leave out.
    pub left_out: &'a [String],
    /// When it is due.
    pub slot: Instant,
}

/// Composes the same for some readers, with what somebody has decided by hand; `kin` is what is known of the candidates
/// and of what was sent of late.
///
/// What a section takes that is left out stands in another only if that one names its source or topic too: a section of
/// whatever is latest does not bring it back. Nothing that is left out counts against the digest's limit.
///
/// An article that is put somewhere stands there whatever limits, age, rules and sections say, leads its story, and takes
/// the room of another; one that is hidden is out. What a released edition has used, or a reader has left out, no hand
/// brings back.
#[must_use]
pub fn compose_for(
    brief: &Brief<'_>,
    sources: &[Source],
    candidates: &[Candidate],
    previous: &Previous,
    kin: &Kin,
) -> (Composed, Explanation) {
    let Brief { digest, editing, left_out, slot } = *brief;
    let sources: Sources<'_> = sources.iter().map(|s| (s.id, s)).collect();
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_key(|c| (std::cmp::Reverse(c.date()), c.id));

    let order = arrange::Ordering { digest, left_out, sources: &sources, kin, slot };
    let mut sifted = select::sift(&ordered, &order, previous);
    hands::sift(&ordered, &mut sifted, editing, kin);
    let chosen = hands::choose(&ordered, &mut sifted, &order, editing);
    let arranged = arrange::arrange(&ordered, &sifted, &order, &chosen);
    let composed = match why_nothing(&ordered, &sifted, &arranged, digest) {
        Some(nothing) => Composed::Nothing(nothing),
        None => Composed::Edition(Box::new(arranged.edition(slot, previous.considered, &sources))),
    };
    let waiting = matches!(composed, Composed::Nothing(_));
    let articles = ordered
        .iter()
        .zip(arranged.placements())
        .enumerate()
        .map(|(index, (candidate, placement))| Explained {
            id: candidate.id,
            title: arranged.title(index, &sources),
            popular: arranged.popular(index),
            source: arrange::label(candidate, &sources),
            date: candidate.date(),
            placement: match placement {
                Placement::Lead
                | Placement::In { .. }
                | Placement::ByHand { .. }
                | Placement::Out(WhyOut::FoldedInto { .. })
                    if waiting =>
                {
                    Placement::Out(WhyOut::Waiting)
                }
                Placement::Lead | Placement::In { .. } | Placement::ByHand { .. } | Placement::Out(_) => {
                    placement
                }
            },
        })
        .collect();
    (composed, Explanation { articles })
}

fn why_nothing(
    ordered: &[&Candidate],
    sifted: &[Option<WhyOut>],
    arranged: &arrange::Arranged<'_>,
    digest: &Digest,
) -> Option<Nothing> {
    let fresh = sifted.iter().filter(|out| out.is_none()).count();
    let taken = arranged.len();
    if ordered.is_empty() {
        Some(Nothing::NoArticles)
    } else if fresh == 0 {
        Some(Nothing::NothingNew)
    } else if taken == 0 {
        Some(Nothing::NoSectionTakesThem)
    } else if taken < digest.minimum {
        Some(Nothing::BelowMinimum { found: taken, minimum: digest.minimum })
    } else {
        None
    }
}

/// Marks in an explanation the articles that rendering had to trim, so that it says what readers see.
pub fn explain_trimmed(
    explanation: &mut Explanation,
    edition: &mut Edition,
    trimmed: &[crate::model::ArticleId],
) {
    for explained in &mut explanation.articles {
        let into = match &explained.placement {
            Placement::Out(WhyOut::FoldedInto { article }) => *article,
            Placement::Lead | Placement::In { .. } | Placement::ByHand { .. } | Placement::Out(_) => {
                explained.id
            }
        };
        if trimmed.contains(&into) {
            explained.placement = Placement::Out(WhyOut::OverBudget);
        }
    }
    for section in &mut edition.sections {
        section.articles.retain(|placed| !trimmed.contains(&placed.id));
    }
    edition.sections.retain(|section| !section.articles.is_empty());
}
