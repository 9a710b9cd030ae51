//! Composing: a digest, what was collected and what was sent before → an edition, or the reason for none.
//!
//! Does: takes the articles that are new since the last *released* edition, newest first; gives each to the
//! first section that takes it and has room; opens with a picture story.
//!
//! Readers who leave sections out get an edition without them ([`compose_without`]). What somebody has decided by hand
//! comes before all rules but one: nothing is sent twice ([`compose_edited`]).
//!
//! Promises: the same input gives the same answer; every candidate is in the [`Explanation`] exactly once, with
//! its reason; a page that several sources report is sent once, and is never lost because a report that no section
//! takes is newer; an article that no released edition has used stays available however often a preview, a dry run
//! or a cancelled edition has shown it.
//!
//! Never: reads the clock, the store or the network; fails.

mod arrange;
mod hands;
mod select;

#[cfg(test)]
mod tests;

use crate::model::{
    Candidate, Composed, Digest, Editing, Edition, Explained, Explanation, Instant, Nothing, Placement,
    Previous, Source, WhyOut,
};

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
    compose_edited(digest, &Editing::default(), &[], sources, candidates, previous, slot)
}

/// Composes the same for readers who leave out the sections with these headings.
///
/// What such a section takes stands in another only if that one names its source or topic too: a section of whatever
/// is latest does not bring it back. Nothing that is left out counts against the digest's limit.
#[must_use]
pub fn compose_without(
    digest: &Digest,
    left_out: &[String],
    sources: &[Source],
    candidates: &[Candidate],
    previous: &Previous,
    slot: Instant,
) -> (Composed, Explanation) {
    compose_edited(digest, &Editing::default(), left_out, sources, candidates, previous, slot)
}

/// Composes the same with what somebody has decided by hand.
///
/// An article that is put somewhere stands there whatever limits, age and sections say, and takes the room of another; one
/// that is hidden is out. What a released edition has used, or a reader has left out, no hand brings back.
#[must_use]
pub fn compose_edited(
    digest: &Digest,
    editing: &Editing,
    left_out: &[String],
    sources: &[Source],
    candidates: &[Candidate],
    previous: &Previous,
    slot: Instant,
) -> (Composed, Explanation) {
    let sources: Sources<'_> = sources.iter().map(|s| (s.id, s)).collect();
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_key(|c| (std::cmp::Reverse(c.date()), c.id));

    let mut sifted = select::sift(&ordered, digest, previous, slot);
    hands::sift(&ordered, &mut sifted, editing);
    let chosen = hands::choose(&ordered, &mut sifted, digest, editing, left_out, &sources);
    let arranged = arrange::arrange(&ordered, &sifted, digest, left_out, &sources, &chosen);
    let composed = match why_nothing(&ordered, &sifted, &arranged, digest) {
        Some(nothing) => Composed::Nothing(nothing),
        None => Composed::Edition(Box::new(arranged.edition(digest, slot, previous.considered, &sources))),
    };
    let waiting = matches!(composed, Composed::Nothing(_));
    let articles = ordered
        .iter()
        .zip(arranged.placements())
        .map(|(candidate, placement)| Explained {
            id: candidate.id,
            title: candidate.article.title.clone(),
            source: arrange::label(candidate, &sources),
            date: candidate.date(),
            placement: match placement {
                Placement::Lead | Placement::In { .. } | Placement::ByHand { .. } if waiting => {
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
        if trimmed.contains(&explained.id) {
            explained.placement = Placement::Out(WhyOut::OverBudget);
        }
    }
    for section in &mut edition.sections {
        section.articles.retain(|placed| !trimmed.contains(&placed.id));
    }
    edition.sections.retain(|section| !section.articles.is_empty());
}
