//! Waves: makes the edition of a slot, for all readers or for those of some zones.
//!
//! Readers of one wave who were shown different things before get different texts of one edition: each text is what
//! is new since then.

use super::composing::{Draft, Drafted, draft_after};
use super::{PressError, draft, store_draft};
use crate::model::{
    ArticleId, Digest, EditionId, Explanation, Instant, Previous, Publication, Skipped, SlotZone, Timetable,
};
use crate::render::Theme;
use crate::store::{Audience, Store, Variant};

/// More texts than this one edition has not; for whom there is none, there is one at the next slot.
const VARIANTS: usize = 32;

/// What was made of a slot.
pub(super) enum Made {
    /// An edition, not stored yet.
    Edition {
        /// What most readers get.
        draft: Box<Draft>,
        /// What others get.
        variants: Vec<Variant>,
        /// Whose it is; `None` for everybody's.
        audience: Option<Audience>,
    },
    /// None, and why.
    Nothing(Skipped, Option<Explanation>),
}

/// Composes and renders the edition of a slot; stores nothing.
pub(super) async fn make(
    store: &Store,
    digest: &Digest,
    timetable: &Timetable,
    due: &Publication,
    theme: &Theme,
    public_url: &str,
    now: Instant,
) -> Result<Made, PressError> {
    let SlotZone::Subscriber { otherwise } = timetable.zone else {
        if !store.anybody_on(&digest.lists).await? {
            return Ok(Made::Nothing(Skipped::NoReaders, None));
        }
        return Ok(match draft(store, digest, theme, public_url, due.slot).await? {
            Drafted::Nothing(why, explanation) => Made::Nothing(Skipped::Nothing(why), Some(explanation)),
            Drafted::Draft(draft) => Made::Edition { draft, variants: Vec::new(), audience: None },
        });
    };
    let mut zones: Vec<String> = due.zones.iter().map(|zone| zone.name().to_owned()).collect();
    if due.zones.contains(&otherwise) {
        // Names that mean nothing any more are those of readers who have named none.
        zones.extend(store.zones().await?.into_iter().filter(|zone| zone.parse::<chrono_tz::Tz>().is_err()));
    }
    let audience = Audience { zones, home: otherwise.name().to_owned() };
    // The day is that of the readers.
    let digest = Digest { zone: due.zones.first().copied().unwrap_or(otherwise), ..digest.clone() };
    for_audience(store, &digest, audience, theme, public_url, due.slot, now).await
}

/// What is sent by hand, to all readers whatever their zone.
#[derive(Debug)]
pub struct ByHand {
    /// What most readers get, or why there is nothing.
    pub drafted: Drafted,
    /// What others get.
    pub variants: Vec<Variant>,
    /// Whose it is; `None` for everybody's.
    pub audience: Option<Audience>,
}

impl ByHand {
    /// Composes and renders what `digest` would send at `slot`; stores nothing.
    pub async fn make(
        store: &Store,
        digest: &Digest,
        theme: &Theme,
        public_url: &str,
        slot: Instant,
    ) -> Result<Self, PressError> {
        if let Some(timetable) = digest.timetable.as_ref().filter(|table| table.zone.is_subscribers()) {
            let named = store.zones().await?.into_iter().filter_map(|zone| zone.parse().ok());
            let zones = std::iter::once(timetable.zone.home()).chain(named).collect();
            let due = Publication { slot, zones };
            match make(store, digest, timetable, &due, theme, public_url, slot).await? {
                Made::Edition { draft, variants, audience } => {
                    return Ok(Self { drafted: Drafted::Draft(draft), variants, audience });
                }
                Made::Nothing(Skipped::Nothing(why), explanation) => {
                    let drafted = Drafted::Nothing(why, explanation.unwrap_or_default());
                    return Ok(Self { drafted, variants: Vec::new(), audience: None });
                }
                // Nobody is there: what an edition would be can be seen all the same.
                Made::Nothing(..) => {}
            }
        }
        let drafted = draft(store, digest, theme, public_url, slot).await?;
        Ok(Self { drafted, variants: Vec::new(), audience: None })
    }

    /// Stores the edition as a draft, or the reason why there is none.
    pub async fn store(
        &self,
        store: &Store,
        digest: &Digest,
        slot: Instant,
        now: Instant,
    ) -> Result<Option<EditionId>, PressError> {
        let id = store_draft(store, digest, &self.drafted, slot, now).await?;
        if let (Some(id), Some(audience)) = (id, &self.audience) {
            store.address(id, audience, &self.variants).await?;
        }
        Ok(id)
    }
}

/// Composes and renders for an audience what each of its groups was not shown yet.
async fn for_audience(
    store: &Store,
    digest: &Digest,
    audience: Audience,
    theme: &Theme,
    public_url: &str,
    slot: Instant,
    now: Instant,
) -> Result<Made, PressError> {
    let groups = store.groups(&digest.name, &digest.lists, &audience).await?;
    if groups.is_empty() {
        return Ok(Made::Nothing(Skipped::NoReaders, None));
    }
    let (mut drafts, mut nothing) = (Vec::new(), None);
    for (reached, _) in texts(groups) {
        let previous: Previous = store.previous_at(&digest.name, reached, now).await?;
        match draft_after(store, digest, &previous, theme, public_url, slot).await? {
            Drafted::Draft(draft) => drafts.push(draft),
            Drafted::Nothing(why, explanation) => {
                nothing.get_or_insert((why, explanation));
            }
        }
    }
    let mut drafts = drafts.into_iter();
    Ok(match (drafts.next(), nothing) {
        (Some(draft), _) => {
            let variant = |draft: Box<Draft>| {
                let Draft { edition, message, explanation } = *draft;
                Variant { edition, message, explanation }
            };
            Made::Edition { draft, variants: drafts.map(variant).collect(), audience: Some(audience) }
        }
        (None, Some((why, explanation))) => Made::Nothing(Skipped::Nothing(why), Some(explanation)),
        (None, None) => Made::Nothing(Skipped::NoReaders, None),
    })
}

/// The groups that get a text of their own: those who are new read with the largest.
fn texts(groups: Vec<(Option<ArticleId>, u64)>) -> Vec<(Option<ArticleId>, u64)> {
    let first = groups.first().copied();
    groups.into_iter().filter(|group| Some(*group) == first || group.0.is_some()).take(VARIANTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_readers_read_with_the_largest_group_and_alone_when_they_are_it() {
        let (one, two) = (Some(ArticleId(1)), Some(ArticleId(2)));
        assert_eq!(texts(vec![(two, 9), (None, 3), (one, 1)]), [(two, 9), (one, 1)]);
        assert_eq!(texts(vec![(None, 9), (two, 3)]), [(None, 9), (two, 3)]);
    }
}
