//! Waves: makes the edition of a slot, for all readers or for those of some zones.
//!
//! Readers of one wave who were shown different things before get different texts of one edition: each text is what
//! is new since then.

use super::composing::{Draft, Drafted, Stock};
use super::texts::{TEXTS, Texts};
use super::{PressError, draft, store_draft};
use crate::model::{
    ArticleId, Digest, Edition, EditionId, Explanation, Instant, Publication, Skipped, SlotZone, Timetable,
};
use crate::render::Theme;
use crate::store::{Audience, Group, Reading, Store, Variant};

/// What was made of a slot.
pub(super) enum Made {
    /// An edition, not stored yet.
    Edition {
        /// What most readers get.
        draft: Box<Draft>,
        /// What others get.
        variants: Vec<Variant>,
        /// Which readers get which.
        readings: Vec<Reading>,
        /// Whose it is; `None` for everybody's.
        audience: Option<Audience>,
    },
    /// None, and why.
    Nothing(Skipped, Option<Explanation>),
}

impl Made {
    /// Each text, as an edition.
    pub(super) fn editions(&self) -> Vec<&Edition> {
        match self {
            Self::Edition { draft, variants, .. } => {
                std::iter::once(&draft.edition).chain(variants.iter().map(|v| &v.edition)).collect()
            }
            Self::Nothing(..) => Vec::new(),
        }
    }
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
    let stock = Stock { digest, theme, public_url, slot: due.slot, editing: None };
    let SlotZone::Subscriber { otherwise } = timetable.zone else {
        if !store.has_readers(&digest.name, &digest.lists, now).await? {
            return Ok(Made::Nothing(Skipped::NoReaders, None));
        }
        return for_all(store, stock, now).await;
    };
    let mut zones: Vec<String> = due.zones.iter().map(|zone| zone.name().to_owned()).collect();
    if due.zones.contains(&otherwise) {
        // Names that mean nothing any more are those of readers who have named none.
        zones.extend(store.zones().await?.into_iter().filter(|zone| zone.parse::<chrono_tz::Tz>().is_err()));
    }
    let audience = Audience { zones, home: otherwise.name().to_owned() };
    // The day is that of the readers.
    let digest = Digest { zone: due.zones.first().copied().unwrap_or(otherwise), ..digest.clone() };
    for_audience(store, Stock { digest: &digest, ..stock }, audience, now).await
}

/// What is sent by hand, to all readers whatever their zone.
#[derive(Debug)]
pub struct ByHand {
    /// What most readers get, or why there is nothing.
    pub drafted: Drafted,
    /// What others get.
    pub variants: Vec<Variant>,
    /// Which readers get which.
    pub readings: Vec<Reading>,
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
        let subscribers = digest.timetable.as_ref().filter(|table| table.zone.is_subscribers());
        let mut made = match subscribers {
            Some(timetable) => {
                let named = store.zones().await?.into_iter().filter_map(|zone| zone.parse().ok());
                let zones = std::iter::once(timetable.zone.home()).chain(named).collect();
                let due = Publication { slot, zones };
                make(store, digest, timetable, &due, theme, public_url, slot).await?
            }
            None => for_all(store, Stock { digest, theme, public_url, slot, editing: None }, slot).await?,
        };
        // Nobody is there: what an edition would be can be seen all the same.
        if matches!(made, Made::Nothing(Skipped::NoReaders, _)) {
            let stock = Stock { digest, theme, public_url, slot, editing: None };
            made = for_all(store, stock, slot).await?;
        }
        Ok(match made {
            Made::Edition { draft, variants, readings, audience } => {
                Self { drafted: Drafted::Draft(draft), variants, readings, audience }
            }
            Made::Nothing(why, explanation) => {
                let (variants, readings, explanation) =
                    (Vec::new(), Vec::new(), explanation.unwrap_or_default());
                let drafted = if let Skipped::Nothing(why) = why {
                    Drafted::Nothing(why, explanation)
                } else {
                    draft(store, digest, theme, public_url, slot).await?
                };
                Self { drafted, variants, readings, audience: None }
            }
        })
    }

    /// Each text, as an edition.
    pub(super) fn editions(&self) -> Vec<&Edition> {
        self.drafted.edition().into_iter().chain(self.variants.iter().map(|v| &v.edition)).collect()
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
        if let Some(id) = id {
            address(store, id, self.audience.as_ref(), &self.variants, &self.readings).await?;
        }
        Ok(id)
    }
}

/// Stores what an edition is to whom, unless it is the same to everybody.
pub(super) async fn address(
    store: &Store,
    edition: EditionId,
    audience: Option<&Audience>,
    variants: &[Variant],
    readings: &[Reading],
) -> Result<(), PressError> {
    if audience.is_some() || !readings.is_empty() {
        store.address(edition, audience, variants, readings).await?;
    }
    Ok(())
}

/// Composes and renders for all readers at once, and for those of them who leave sections out.
async fn for_all(store: &Store, stock: Stock<'_>, now: Instant) -> Result<Made, PressError> {
    let digest = stock.digest;
    let previous = store.previous(&digest.name).await?;
    let (drafted, opened) = stock.open(store, previous).await?;
    let draft = match drafted {
        Drafted::Draft(draft) => *draft,
        Drafted::Nothing(why, explanation) => {
            return Ok(Made::Nothing(Skipped::Nothing(why), Some(explanation)));
        }
    };
    let mut texts = Texts::default();
    let whole = texts.add_whole(draft, &[]);
    if digest.optional_sections().next().is_some() {
        let groups = store.choosers(&digest.name, &digest.lists, now).await?;
        texts.add_choices(digest, &opened, whole, &[None], &groups)?;
    }
    Ok(made(texts, None, None))
}

/// Composes and renders for an audience what each of its groups was not shown yet.
async fn for_audience(
    store: &Store,
    stock: Stock<'_>,
    audience: Audience,
    now: Instant,
) -> Result<Made, PressError> {
    let digest = stock.digest;
    let groups = store.groups(&digest.name, &digest.lists, &audience, now).await?;
    let ways = ways(&groups);
    let (mut texts, mut nothing, mut wholes) = (Texts::default(), None, Vec::new());
    for way in ways {
        let previous = store.previous_at(&digest.name, way[0], now).await?;
        match stock.open(store, previous).await? {
            (Drafted::Draft(draft), opened) => {
                let whole = texts.add_whole(*draft, &way);
                let chosen = |group: &&Group| way.contains(&group.reached) && !group.left_out.is_empty();
                let theirs: Vec<Group> = groups.iter().filter(chosen).cloned().collect();
                if !theirs.is_empty() {
                    wholes.push((whole, way, opened, theirs));
                }
            }
            (Drafted::Nothing(why, explanation), _) => {
                nothing.get_or_insert((why, explanation));
            }
        }
    }
    // Everybody has a text before anybody has one of their own.
    for (whole, way, opened, theirs) in &wholes {
        texts.add_choices(digest, opened, *whole, way, theirs)?;
    }
    let nothing = nothing.map(|(why, explanation)| (Skipped::Nothing(why), explanation));
    Ok(made(texts, Some(audience), nothing))
}

fn made(texts: Texts, audience: Option<Audience>, nothing: Option<(Skipped, Explanation)>) -> Made {
    match (texts.finish(), nothing) {
        (Some((draft, variants, readings)), _) => Made::Edition { draft, variants, readings, audience },
        (None, Some((why, explanation))) => Made::Nothing(why, Some(explanation)),
        (None, None) => Made::Nothing(Skipped::NoReaders, None),
    }
}

/// How far readers have come of whom each gets a text of their own, most readers first. Who is new reads with them.
fn ways(groups: &[Group]) -> Vec<Vec<Option<ArticleId>>> {
    let mut ways: Vec<(Option<ArticleId>, u64)> = Vec::new();
    for group in groups {
        match ways.iter_mut().find(|(reached, _)| *reached == group.reached) {
            Some((_, readers)) => *readers += group.readers,
            None => ways.push((group.reached, group.readers)),
        }
    }
    // Stable: of ways that as many have come the farthest is the first, as the store gives them.
    ways.sort_by_key(|(_, readers)| std::cmp::Reverse(*readers));
    let news = ways.iter().position(|(reached, _)| reached.is_none()).filter(|at| *at > 0);
    if let Some(at) = news {
        ways.remove(at);
    }
    let mut ways: Vec<Vec<Option<ArticleId>>> =
        ways.into_iter().take(TEXTS).map(|(reached, _)| vec![reached]).collect();
    if news.is_some() {
        ways[0].push(None);
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_readers_read_with_the_largest_group_and_alone_when_they_are_it() {
        let (one, two) = (Some(ArticleId(1)), Some(ArticleId(2)));
        let group = |reached, left_out: &[&str], readers| {
            let left_out = left_out.iter().map(|title| (*title).to_owned()).collect();
            Group { reached, left_out, readers }
        };
        let groups = [group(two, &[], 9), group(None, &[], 3), group(one, &[], 1)];
        assert_eq!(ways(&groups), [vec![two, None], vec![one]]);
        assert_eq!(ways(&[group(None, &[], 9), group(two, &[], 3)]), [vec![None], vec![two]]);
        let parted = [group(one, &[], 4), group(two, &[], 3), group(two, &["Sea"], 2)];
        assert_eq!(ways(&parted), [vec![two], vec![one]], "whatever they leave out");
    }
}
