//! Filling: which stories a section takes, in its order, with its limits.

use std::collections::HashMap;

use super::Kin;
use super::popular::{Popularity, popularity};
use crate::model::{ArticleId, Candidate, Instant, Order, Section, SourceId, WhyOut};

/// Stories on their way into sections.
pub(super) struct Filling<'a> {
    ordered: &'a [&'a Candidate],
    kin: &'a Kin,
    slot: Instant,
    /// Per article: the sections that take it.
    wants: Vec<Vec<usize>>,
    /// Indexes into `ordered`, the best version first.
    pub(super) stories: Vec<Vec<usize>>,
    /// Per story: whether it has a place, and else why not so far.
    pub(super) state: Vec<State>,
    /// Per story, once a section has asked.
    pub(super) popular: Vec<Option<Popularity>>,
    source_of: HashMap<ArticleId, SourceId>,
}

/// What has become of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No section had room.
    Open,
    /// A section had room, but not for one more of its source.
    Capped,
    Placed,
}

impl State {
    /// Why a story that has no place is out.
    pub(super) fn why_out(self) -> Option<WhyOut> {
        match self {
            Self::Open => Some(WhyOut::SectionFull),
            Self::Capped => Some(WhyOut::SourceFull),
            Self::Placed => None,
        }
    }
}

/// A story as a section is offered it: its number, and the version that would lead it.
pub(super) type Offer = (usize, usize);

impl<'a> Filling<'a> {
    pub(super) fn new(
        ordered: &'a [&'a Candidate],
        wants: Vec<Vec<usize>>,
        stories: Vec<Vec<usize>>,
        kin: &'a Kin,
        slot: Instant,
    ) -> Self {
        let (state, popular) = (vec![State::Open; stories.len()], vec![None; stories.len()]);
        let source_of = ordered.iter().map(|c| (c.id, c.source)).collect();
        Self { ordered, kin, slot, wants, stories, state, popular, source_of }
    }

    /// Gives a section what it takes of the stories that have no place yet.
    pub(super) fn fill(&mut self, number: usize, section: &Section) -> Vec<Offer> {
        let offer = |(story, versions): (usize, &Vec<usize>)| {
            let leader = versions.iter().find(|version| self.wants[**version].contains(&number))?;
            Some((story, *leader))
        };
        let open = self.stories.iter().enumerate().filter(|(story, _)| self.state[*story] != State::Placed);
        let mut offers: Vec<Offer> = open.filter_map(offer).collect();
        // Candidates are ordered by date.
        offers.sort_unstable_by_key(|(_, leader)| *leader);
        match section.order {
            Order::Latest => {}
            Order::Popular => self.most_popular_first(&mut offers),
            Order::Source => self.as_their_sources_have_them(&mut offers),
        }
        self.take(offers, number, section)
    }

    fn most_popular_first(&mut self, offers: &mut [Offer]) {
        for (story, leader) in offers.iter() {
            let versions: Vec<&Candidate> = self.stories[*story].iter().map(|v| self.ordered[*v]).collect();
            let kin = self.kin.of(self.ordered[*leader].id);
            let mut sources: Vec<SourceId> =
                kin.iter().filter_map(|id| self.source_of.get(id).copied()).collect();
            sources.extend(versions.iter().map(|version| version.source));
            sources.sort_unstable();
            sources.dedup();
            self.popular[*story] = Some(popularity(&versions, sources.len(), self.slot));
        }
        let points = |story: usize| self.popular[story].as_ref().map_or(0.0, |popular| popular.points);
        offers.sort_by(|a, b| points(b.0).total_cmp(&points(a.0)));
    }

    /// By place, or by date where a source has no order of its own; the first of each source, then the second of each.
    fn as_their_sources_have_them(&self, offers: &mut [Offer]) {
        let of = |leader: usize| self.ordered[leader];
        offers.sort_by_key(|(_, leader)| of(*leader).article.popularity.place.unwrap_or(u32::MAX));
        let mut turns: HashMap<SourceId, usize> = HashMap::new();
        let turn = |(_, leader): &Offer| {
            let turn = turns.entry(of(*leader).source).or_default();
            *turn += 1;
            *turn
        };
        let turn: Vec<usize> = offers.iter().map(turn).collect();
        let mut by_turn: Vec<(usize, usize, Offer)> =
            turn.into_iter().zip(offers.iter()).map(|(turn, offer)| (turn, offer.1, *offer)).collect();
        by_turn.sort_unstable();
        offers.iter_mut().zip(by_turn).for_each(|(offer, (.., next))| *offer = next);
    }

    /// The first of these for which there is room; the best version leads whose source has not had its share.
    fn take(&mut self, offers: Vec<Offer>, number: usize, section: &Section) -> Vec<Offer> {
        let most = section.per_source.unwrap_or(usize::MAX);
        let mut of_source: HashMap<SourceId, usize> = HashMap::new();
        let mut taken = Vec::new();
        for (story, leader) in offers {
            if taken.len() >= section.limit {
                break;
            }
            let mut versions =
                self.stories[story].iter().copied().filter(|v| self.wants[*v].contains(&number));
            let has_share = |version: &usize| {
                of_source.get(&self.ordered[*version].source).copied().unwrap_or_default() < most
            };
            let leader = if has_share(&leader) { Some(leader) } else { versions.find(has_share) };
            let Some(leader) = leader else {
                self.state[story] = State::Capped;
                continue;
            };
            *of_source.entry(self.ordered[leader].source).or_default() += 1;
            self.state[story] = State::Placed;
            taken.push((story, leader));
        }
        taken
    }
}

/// Takes away what is more than the digest's limit: of the sections of the latest, the oldest; then the last.
pub(super) fn keep_best(places: &mut [Vec<Offer>], sections: &[Section], limit: usize) -> Vec<Offer> {
    let all = places.iter().zip(sections).enumerate().flat_map(|(number, (offers, section))| {
        let latest = section.order == Order::Latest;
        offers.iter().enumerate().map(move |(place, offer)| {
            if latest { (true, offer.1, 0, *offer) } else { (false, number, place, *offer) }
        })
    });
    let mut all: Vec<(bool, usize, usize, Offer)> = all.collect();
    if all.len() <= limit {
        return Vec::new();
    }
    all.sort_unstable_by_key(|(latest, first, second, _)| (*latest, *first, *second));
    let gone: Vec<Offer> = all.split_off(limit).into_iter().map(|(.., offer)| offer).collect();
    places.iter_mut().for_each(|section| section.retain(|offer| !gone.contains(offer)));
    gone
}
