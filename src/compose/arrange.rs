//! Arranging: stories into sections, with their limits, and the lead.

use super::fold::Worth;
use super::{Kin, Sources};
use crate::model::{
    Also, ArticleId, Candidate, Digest, Edition, EditionSection, Instant, Placed, Placement, Section, Take,
    WhyOut,
};

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
    /// Per article that has a place: those that are folded into it, the best first.
    folded: Vec<Vec<usize>>,
}

/// Gives each story that is not yet out to the first section that takes it and has room: the best version that the
/// section takes stands for all.
pub(super) fn arrange<'a>(
    ordered: &'a [&'a Candidate],
    sifted: &[Option<WhyOut>],
    digest: &'a Digest,
    left_out: &[String],
    sources: &Sources<'_>,
    kin: &Kin,
) -> Arranged<'a> {
    let mut out = sifted.to_vec();
    let wants: Vec<Vec<usize>> = ordered
        .iter()
        .zip(&mut out)
        .map(|(candidate, out)| {
            let all = digest.sections.iter().enumerate().filter(|(_, s)| takes(s, candidate, sources));
            let (takers, shunned) = if out.is_none() { wanted(all, left_out) } else { (Vec::new(), false) };
            if out.is_none() && takers.is_empty() {
                *out = Some(if shunned { WhyOut::LeftOut } else { WhyOut::NoSection });
            }
            takers
        })
        .collect();
    let stories = stories(ordered, &out, digest, sources, kin);
    let mut filling = Filling { wants: &wants, open: vec![true; stories.len()], stories };
    let mut places: Vec<Vec<(usize, usize)>> =
        digest.sections.iter().enumerate().map(|(n, section)| filling.fill(n, section)).collect();
    keep_newest(&mut places, digest.limit, &filling.stories, &mut out);
    let mut folded = vec![Vec::new(); ordered.len()];
    for (story, leader) in places.iter().flatten() {
        let article = ordered[*leader].id;
        folded[*leader] = filling.stories[*story].iter().copied().filter(|v| v != leader).collect();
        folded[*leader].iter().for_each(|other| out[*other] = Some(WhyOut::FoldedInto { article }));
    }
    for (story, _) in filling.stories.iter().zip(&filling.open).filter(|(_, open)| **open) {
        story.iter().for_each(|version| out[*version] = Some(WhyOut::SectionFull));
    }
    let mut places: Vec<Vec<usize>> =
        places.into_iter().map(|s| s.into_iter().map(|(_, leader)| leader).collect()).collect();
    let lead = if digest.lead { choose_lead(&places, ordered) } else { None };
    for section in &mut places {
        section.retain(|index| Some(*index) != lead);
    }
    Arranged { ordered, sections: &digest.sections, places, lead, out, folded }
}

/// The stories of what is not out, each with its best version first; indexes into `ordered`.
fn stories(
    ordered: &[&Candidate],
    out: &[Option<WhyOut>],
    digest: &Digest,
    sources: &Sources<'_>,
    kin: &Kin,
) -> Vec<Vec<usize>> {
    let worth = Worth::of(digest, sources);
    let mut best: Vec<usize> = (0..ordered.len()).filter(|index| out[*index].is_none()).collect();
    best.sort_by_cached_key(|index| worth.rank(ordered[*index]));
    let candidates: Vec<&Candidate> = best.iter().map(|index| ordered[*index]).collect();
    let stories = kin.stories(&candidates);
    stories.into_iter().map(|story| story.into_iter().map(|n| best[n]).collect()).collect()
}

/// Stories on their way into sections.
struct Filling<'a> {
    /// Per article: the sections that take it.
    wants: &'a [Vec<usize>],
    stories: Vec<Vec<usize>>,
    /// Per story: whether it still has no place.
    open: Vec<bool>,
}

impl Filling<'_> {
    /// Gives a section what it takes: each story with the version that leads it, newest first.
    fn fill(&mut self, number: usize, section: &Section) -> Vec<(usize, usize)> {
        let offer = |(story, versions): (usize, &Vec<usize>)| {
            let leader = versions.iter().find(|version| self.wants[**version].contains(&number))?;
            Some((story, *leader))
        };
        let open = self.stories.iter().enumerate().filter(|(story, _)| self.open[*story]);
        let mut offers: Vec<(usize, usize)> = open.filter_map(offer).collect();
        // Candidates are ordered by date.
        offers.sort_unstable_by_key(|(_, leader)| *leader);
        offers.truncate(section.limit);
        offers.iter().for_each(|(story, _)| self.open[*story] = false);
        offers
    }
}

/// Takes away what is more than the digest's limit, oldest first.
fn keep_newest(
    places: &mut [Vec<(usize, usize)>],
    limit: usize,
    stories: &[Vec<usize>],
    out: &mut [Option<WhyOut>],
) {
    let mut all: Vec<usize> = places.iter().flatten().map(|(_, leader)| *leader).collect();
    if all.len() <= limit {
        return;
    }
    all.sort_unstable();
    let kept: std::collections::HashSet<usize> = all.into_iter().take(limit).collect();
    for section in places {
        section.retain(|(story, leader)| {
            let keep = kept.contains(leader);
            if !keep {
                stories[*story].iter().for_each(|version| out[*version] = Some(WhyOut::DigestFull));
            }
            keep
        });
    }
}

fn takes(section: &Section, candidate: &Candidate, sources: &Sources<'_>) -> bool {
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
fn wanted<'s>(takers: impl Iterator<Item = (usize, &'s Section)>, left_out: &[String]) -> (Vec<usize>, bool) {
    let mut shunned = false;
    let wanted = takers.filter(|(_, section)| {
        if section.optional && left_out.contains(&section.title) {
            shunned = true;
            return false;
        }
        !(shunned && section.take == Take::Latest)
    });
    let wanted = wanted.map(|(number, _)| number).collect();
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

    fn placed(&self, index: usize, sources: &Sources<'_>) -> Placed {
        let candidate = self.ordered[index];
        let also = |other: &usize| {
            let other = self.ordered[*other];
            Also { id: other.id, source: label(other, sources), url: other.article.url.clone() }
        };
        Placed {
            id: candidate.id,
            source: label(candidate, sources),
            site: sources.get(&candidate.source).and_then(|s| s.site.clone()),
            article: candidate.article.clone(),
            also: self.folded[index].iter().map(also).collect(),
        }
    }

    /// The edition that this arrangement makes.
    pub(super) fn edition(
        &self,
        digest: &Digest,
        slot: Instant,
        since: Option<ArticleId>,
        sources: &Sources<'_>,
    ) -> Edition {
        let last = self.ordered.iter().map(|c| c.id).max();
        let sections = self.sections.iter().zip(&self.places).filter(|(_, places)| !places.is_empty());
        Edition {
            digest: digest.name.clone(),
            slot,
            since,
            considered: last.max(since).unwrap_or(ArticleId(0)),
            lead: self.lead.map(|index| self.placed(index, sources)),
            sections: sections
                .map(|(section, places)| EditionSection {
                    title: section.title.clone(),
                    articles: places.iter().map(|index| self.placed(*index, sources)).collect(),
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
        placements
    }
}
