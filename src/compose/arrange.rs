//! Arranging: stories into sections, with their limits, and the lead.

use super::filling::{Filling, Offer, keep_best};
use super::fold::Worth;
use super::{Kin, Sources};
use crate::model::{
    Also, Article, ArticleId, Candidate, Digest, Edition, EditionSection, Instant, Placed, Placement, Rules,
    Section, Take, WhyOut,
};

/// How far down the page a picture may lift a story into the lead.
const LEAD_REACH: usize = 3;

/// New articles in their places.
pub(super) struct Arranged<'a> {
    ordered: &'a [&'a Candidate],
    digest: &'a Digest,
    /// Per section: indexes into `ordered`.
    places: Vec<Vec<usize>>,
    lead: Option<usize>,
    out: Vec<Option<WhyOut>>,
    /// Per article that has a place: those that are folded into it, the best first.
    folded: Vec<Vec<usize>>,
    /// How popular it is, in words, where a section asked.
    popular: Vec<Option<String>>,
}

/// Gives each story that is not yet out to the first section that takes it and has room: the best version that the
/// section takes stands for all.
pub(super) fn arrange<'a>(
    ordered: &'a [&'a Candidate],
    sifted: &[Option<WhyOut>],
    order: &Ordering<'a>,
) -> Arranged<'a> {
    let Ordering { digest, sources, kin, .. } = *order;
    let mut out = sifted.to_vec();
    let wants = wants(ordered, &mut out, order);
    let stories = stories(ordered, &out, digest, sources, kin);
    let mut filling = Filling::new(ordered, wants, stories, kin, order.slot);
    let mut places: Vec<Vec<Offer>> =
        digest.sections.iter().enumerate().map(|(n, section)| filling.fill(n, section)).collect();
    for (story, _) in keep_best(&mut places, &digest.sections, digest.limit) {
        filling.stories[story].iter().for_each(|version| out[*version] = Some(WhyOut::DigestFull));
    }
    let mut folded = vec![Vec::new(); ordered.len()];
    for (story, leader) in places.iter().flatten() {
        let article = ordered[*leader].id;
        folded[*leader] = filling.stories[*story].iter().copied().filter(|v| v != leader).collect();
        folded[*leader].iter().for_each(|other| out[*other] = Some(WhyOut::FoldedInto { article }));
    }
    let mut popular = vec![None; ordered.len()];
    for ((story, state), popularity) in filling.stories.iter().zip(&filling.state).zip(&filling.popular) {
        for version in story {
            popular[*version] = popularity.as_ref().map(|popularity| popularity.words.clone());
            out[*version] = state.why_out().or(out[*version].take());
        }
    }
    let mut places: Vec<Vec<usize>> =
        places.into_iter().map(|s| s.into_iter().map(|(_, leader)| leader).collect()).collect();
    let lead = if digest.lead { choose_lead(&places, ordered) } else { None };
    for section in &mut places {
        section.retain(|index| Some(*index) != lead);
    }
    Arranged { ordered, digest, places, lead, out, folded, popular }
}

/// What an edition is arranged by.
#[derive(Clone, Copy)]
pub(super) struct Ordering<'a> {
    /// The standing order.
    pub(super) digest: &'a Digest,
    /// The headings of sections that these readers leave out.
    pub(super) left_out: &'a [String],
    /// All sources.
    pub(super) sources: &'a Sources<'a>,
    /// Which articles tell the same story.
    pub(super) kin: &'a Kin,
    /// When the edition is due.
    pub(super) slot: Instant,
}

/// The sections that take each article; those that none takes are out.
fn wants(ordered: &[&Candidate], out: &mut [Option<WhyOut>], order: &Ordering<'_>) -> Vec<Vec<usize>> {
    let sections = &order.digest.sections;
    let wants = |(candidate, out): (&&Candidate, &mut Option<WhyOut>)| {
        if out.is_some() {
            return Vec::new();
        }
        let mut barred = None;
        let all = sections.iter().enumerate().filter(|(_, section)| takes(section, candidate, order.sources));
        let allowed = all.filter(|(_, section)| {
            let rule = section.rules.against(&candidate.article, candidate.date(), order.slot);
            if let Some(rule) = &rule {
                let of = || format!("section {}", section.title).trim_end().to_owned();
                barred.get_or_insert_with(|| WhyOut::Rule { of: of(), rule: rule.clone() });
            }
            rule.is_none()
        });
        let (takers, shunned) = wanted(allowed, order.left_out);
        if takers.is_empty() {
            let nobody = || if shunned { WhyOut::LeftOut } else { WhyOut::NoSection };
            *out = Some(barred.unwrap_or_else(nobody));
        }
        takers
    };
    ordered.iter().zip(out).map(wants).collect()
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

/// The rules of an article's source, if it has any.
pub(super) fn rules_of<'d>(
    candidate: &Candidate,
    digest: &'d Digest,
    sources: &Sources<'_>,
) -> Option<&'d Rules> {
    if digest.rules.is_empty() {
        return None;
    }
    digest.rules.get(&sources.get(&candidate.source)?.name)
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

    /// What an article is called here: the rules of its source may say so.
    pub(super) fn title(&self, index: usize, sources: &Sources<'_>) -> String {
        let candidate = self.ordered[index];
        let rules = rules_of(candidate, self.digest, sources);
        rules
            .and_then(|rules| rules.title(&candidate.article.title))
            .unwrap_or_else(|| candidate.article.title.clone())
    }

    /// How popular an article is, in words, where a section asked.
    pub(super) fn popular(&self, index: usize) -> Option<String> {
        self.popular[index].clone()
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
            article: Article { title: self.title(index, sources), ..candidate.article.clone() },
            also: self.folded[index].iter().map(also).collect(),
        }
    }

    /// The edition that this arrangement makes.
    pub(super) fn edition(&self, slot: Instant, since: Option<ArticleId>, sources: &Sources<'_>) -> Edition {
        let last = self.ordered.iter().map(|c| c.id).max();
        let sections = self.digest.sections.iter().zip(&self.places).filter(|(_, places)| !places.is_empty());
        Edition {
            digest: self.digest.name.clone(),
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
        for (section, places) in self.digest.sections.iter().zip(&self.places) {
            for (place, index) in places.iter().enumerate() {
                placements[*index] = Placement::In { section: section.title.clone(), place: place + 1 };
            }
        }
        placements
    }
}
