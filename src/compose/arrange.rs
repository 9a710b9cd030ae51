//! Arranging: sections, their limits and the lead.

use crate::model::{
    Candidate, Digest, Edition, EditionSection, Instant, Placed, Placement, Section, Take, WhyOut,
};

use super::Sources;
use super::hands::{self, Chosen};
use super::select::Pages;

/// How far down the page a picture may lift a story into the lead.
const LEAD_REACH: usize = 3;

/// New articles in their places.
pub(super) struct Arranged<'a> {
    ordered: &'a [&'a Candidate],
    sections: &'a [Section],
    /// Per section: indexes into `ordered`.
    places: Vec<Vec<usize>>,
    lead: Option<usize>,
    out: Vec<Option<WhyOut>>,
    /// Those that were put where they are by hand.
    by_hand: Vec<usize>,
}

/// Gives each article that is not yet out to the first section that takes it and has room; of several reports of
/// one page the newest that finds a place stands for all.
pub(super) fn arrange<'a>(
    ordered: &'a [&'a Candidate],
    sifted: &[Option<WhyOut>],
    digest: &'a Digest,
    left_out: &[String],
    sources: &Sources<'_>,
    chosen: &[Chosen],
) -> Arranged<'a> {
    let mut places = vec![Vec::new(); digest.sections.len()];
    let mut out = sifted.to_vec();
    let mut taken = chosen.len();
    let mut placed = Pages::of(ordered);
    chosen.iter().for_each(|c| placed.report(ordered[c.index]));
    let by_hand: Vec<usize> = chosen.iter().map(|c| c.index).collect();
    let held = |section: usize| chosen.iter().filter(|c| c.section == Some(section)).count();
    for (index, candidate) in ordered.iter().enumerate() {
        if out[index].is_some() || by_hand.contains(&index) {
            continue;
        }
        let all = digest.sections.iter().enumerate().filter(|(_, s)| takes(s, candidate, sources));
        let (takers, shunned) = wanted(all, left_out);
        let mut takers = takers.into_iter();
        out[index] = if takers.len() == 0 {
            Some(if shunned { WhyOut::LeftOut } else { WhyOut::NoSection })
        } else if let Some(article) = placed.reported_elsewhere(candidate) {
            Some(WhyOut::SameAs { article })
        } else if taken >= digest.limit {
            Some(WhyOut::DigestFull)
        } else if let Some((section, _)) =
            takers.find(|(section, s)| places[*section].len() + held(*section) < s.limit)
        {
            places[section].push(index);
            placed.report(candidate);
            taken += 1;
            None
        } else {
            Some(WhyOut::SectionFull)
        };
    }
    let set = chosen.iter().find(|c| c.section.is_none()).map(|c| c.index);
    let lead = set.or_else(|| if digest.lead { choose_lead(&places, ordered) } else { None });
    for section in &mut places {
        section.retain(|index| Some(*index) != lead);
    }
    hands::put(chosen, &mut places);
    Arranged { ordered, sections: &digest.sections, places, lead, out, by_hand }
}

pub(super) fn takes(section: &Section, candidate: &Candidate, sources: &Sources<'_>) -> bool {
    let source = sources.get(&candidate.source);
    match &section.take {
        Take::Latest => true,
        Take::Sources(names) => source.is_some_and(|s| names.contains(&s.name)),
        Take::Topics(topics) => {
            let own = &candidate.article.topics;
            topics.iter().any(|t| own.contains(t) || source.is_some_and(|s| s.topics.contains(t)))
        }
    }
}

/// The sections that are not left out, and whether one is that comes before them; behind it none takes whatever is there.
pub(super) fn wanted<'s>(
    takers: impl Iterator<Item = (usize, &'s Section)>,
    left_out: &[String],
) -> (Vec<(usize, &'s Section)>, bool) {
    let mut shunned = false;
    let wanted = takers.filter(|(_, section)| {
        if section.optional && left_out.contains(&section.title) {
            shunned = true;
            return false;
        }
        !(shunned && section.take == Take::Latest)
    });
    let wanted = wanted.collect();
    (wanted, shunned)
}

/// The first story with a picture near the top; else the first story.
fn choose_lead(places: &[Vec<usize>], ordered: &[&Candidate]) -> Option<usize> {
    let reading_order = || places.iter().flatten().copied();
    reading_order()
        .take(LEAD_REACH)
        .find(|index| ordered[*index].article.image.is_some())
        .or_else(|| reading_order().next())
}

/// What readers see as the source of an article.
pub(super) fn label(candidate: &Candidate, sources: &Sources<'_>) -> String {
    let host = || candidate.article.url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    sources.get(&candidate.source).map_or_else(host, |source| source.label().to_owned())
}

impl Arranged<'_> {
    /// How many articles have a place.
    pub(super) fn len(&self) -> usize {
        usize::from(self.lead.is_some()) + self.places.iter().map(Vec::len).sum::<usize>()
    }

    /// The edition that this arrangement makes.
    pub(super) fn edition(
        &self,
        digest: &Digest,
        slot: Instant,
        since: Option<crate::model::ArticleId>,
        sources: &Sources<'_>,
    ) -> Edition {
        let placed = |index: &usize| {
            let candidate = self.ordered[*index];
            Placed {
                id: candidate.id,
                source: label(candidate, sources),
                site: sources.get(&candidate.source).and_then(|s| s.site.clone()),
                article: candidate.article.clone(),
            }
        };
        Edition {
            digest: digest.name.clone(),
            slot,
            since,
            considered: self
                .ordered
                .iter()
                .map(|c| c.id)
                .max()
                .max(since)
                .unwrap_or(crate::model::ArticleId(0)),
            lead: self.lead.as_ref().map(placed),
            sections: self
                .sections
                .iter()
                .zip(&self.places)
                .filter(|(_, places)| !places.is_empty())
                .map(|(section, places)| EditionSection {
                    title: section.title.clone(),
                    articles: places.iter().map(placed).collect(),
                })
                .collect(),
        }
    }

    /// The placement of every candidate, in their order.
    pub(super) fn placements(&self) -> Vec<Placement> {
        let mut placements: Vec<Placement> =
            self.out.iter().map(|out| out.clone().map_or(Placement::Lead, Placement::Out)).collect();
        for (section, places) in self.sections.iter().zip(&self.places) {
            for (place, index) in places.iter().enumerate() {
                placements[*index] = Placement::In { section: section.title.clone(), place: place + 1 };
            }
        }
        for index in &self.by_hand {
            let (section, place) = match std::mem::replace(&mut placements[*index], Placement::Lead) {
                Placement::In { section, place } => (Some(section), place),
                Placement::Lead | Placement::ByHand { .. } | Placement::Out(_) => (None, 1),
            };
            placements[*index] = Placement::ByHand { section, place };
        }
        placements
    }
}
