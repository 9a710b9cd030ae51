//! Folding: articles that tell the same story become one.
//!
//! Two articles of different sources are *kin* if they have the same canonical address or the same fingerprint, or if
//! they were published within three days of each other and are [`alike`], or within a day and have the [same
//! marks](same_marks). Within one source it is the fingerprint that
//! tells articles apart. A report that brings another number or another name is a story of its own: a follow-up, a
//! higher toll, the next day's weather.
//!
//! The best version leads: one with a picture before one without, the one with the fuller summary, one with a date of
//! its own, the one of the source that stands first in the digest, the older, the lower row. What is kin to it is
//! folded into it; what is kin only to that is a story of its own, so that no chain of likes ties two ends together.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::Sources;
use super::alike::alike;
use super::marks::same_marks;
use super::sketch;
use super::telling::Telling;
use crate::model::{ArticleId, Candidate, Digest, Instant, Name, SourceId, Take};

/// Reports that are further apart in time tell of two things, however alike they are.
const NEAR: TimeDelta = TimeDelta::hours(72);
/// What is told in other words later than that is what came of it.
const SOON: TimeDelta = TimeDelta::hours(24);
/// What says less, in bytes, a source may say of two things.
const TWIN: usize = 40;
/// The most reports of one address that are compared with each other.
const REACH: usize = 64;

/// Which articles tell the same story: symmetric, and of one source only where it says the same at two addresses.
#[derive(Debug, Clone, Default)]
pub struct Kin(HashMap<ArticleId, Vec<ArticleId>>);

impl Kin {
    /// Finds the articles that tell the same story; ten thousand in less than a second.
    ///
    /// The order of `articles` does not matter.
    #[must_use]
    pub fn among<'a>(
        articles: impl IntoIterator<Item = &'a Candidate>,
        sources: &[crate::model::Source],
    ) -> Self {
        let names: HashMap<SourceId, &str> = sources.iter().map(|s| (s.id, s.label())).collect();
        let mut all: Vec<&Candidate> = articles.into_iter().collect();
        all.sort_by_key(|c| (c.date(), c.id));
        all.dedup_by_key(|c| c.id);
        let mut kin = Self::default();
        for (a, b) in same_prints(&all) {
            kin.tie(all[a], all[b]);
        }
        if all.iter().all(|c| c.source == all[0].source) {
            return kin.settled();
        }
        let mut tellings: Vec<Telling> = all.iter().map(|c| telling(c, &names)).collect();
        forget_furniture(&all, &mut tellings);
        let apart = |a: usize, b: usize| {
            let (a, b) = (all[a], all[b]);
            a.source == b.source || (a.date() - b.date()).abs() > NEAR
        };
        for (a, b) in sketch::pairs(&tellings, apart) {
            let (a, b) = (a as usize, b as usize);
            let soon = (all[a].date() - all[b].date()).abs() <= SOON;
            if alike(&tellings[a], &tellings[b]) || soon && same_marks(&tellings[a], &tellings[b]) {
                kin.tie(all[a], all[b]);
            }
        }
        kin.settled()
    }

    fn settled(mut self) -> Self {
        self.0.values_mut().for_each(|of| {
            of.sort_unstable();
            of.dedup();
        });
        self
    }

    fn tie(&mut self, a: &Candidate, b: &Candidate) {
        self.0.entry(a.id).or_default().push(b.id);
        self.0.entry(b.id).or_default().push(a.id);
    }

    /// What tells the same story as an article, lowest row first.
    #[must_use]
    pub fn of(&self, article: ArticleId) -> &[ArticleId] {
        self.0.get(&article).map(Vec::as_slice).unwrap_or_default()
    }

    /// Parts articles, the best first, into stories, each with its best version first; gives indexes.
    pub(super) fn stories(&self, best_first: &[&Candidate]) -> Vec<Vec<usize>> {
        let index: HashMap<ArticleId, usize> = best_first.iter().zip(0..).map(|(c, n)| (c.id, n)).collect();
        let mut told = vec![false; best_first.len()];
        let mut stories = Vec::new();
        for (n, candidate) in best_first.iter().enumerate() {
            if std::mem::replace(&mut told[n], true) {
                continue;
            }
            let kin = self.of(candidate.id).iter().filter_map(|id| index.get(id).copied());
            let mut story = vec![n];
            story.extend(kin.filter(|other| !std::mem::replace(&mut told[*other], true)));
            story[1..].sort_unstable();
            stories.push(story);
        }
        stories
    }
}

fn telling(candidate: &Candidate, names: &HashMap<SourceId, &str>) -> Telling {
    let article = &candidate.article;
    let own = names.get(&candidate.source).copied().unwrap_or_default();
    let host = article.url.host_str().unwrap_or_default();
    Telling::of(&article.title, &article.summary, &format!("{own} {host}"))
}

/// A summary that one source puts below several articles is its furniture.
fn forget_furniture(all: &[&Candidate], tellings: &mut [Telling]) {
    let mut seen: HashMap<(SourceId, &str), usize> = HashMap::new();
    for candidate in all.iter().filter(|c| !c.article.summary.is_empty()) {
        *seen.entry((candidate.source, &candidate.article.summary)).or_default() += 1;
    }
    for (candidate, telling) in all.iter().zip(tellings) {
        if seen.get(&(candidate.source, candidate.article.summary.as_str())).is_some_and(|n| *n > 1) {
            telling.forget_text();
        }
    }
}

/// Pairs with the same address or fingerprint. An address that one source gives to several of its articles names none.
fn same_prints(all: &[&Candidate]) -> Vec<(usize, usize)> {
    let mut met = HashSet::new();
    let twice = |c: &&&Candidate| !met.insert((c.source, c.article.fingerprint.url));
    let shared: HashSet<i64> = all.iter().filter(twice).map(|c| c.article.fingerprint.url).collect();
    let mut keyed: Vec<(u8, i64, usize)> = Vec::with_capacity(2 * all.len());
    for (index, candidate) in all.iter().enumerate() {
        let print = candidate.article.fingerprint;
        if !shared.contains(&print.url) {
            keyed.push((0, print.url, index));
        }
        keyed.push((1, print.content, index));
    }
    keyed.sort_unstable();
    let mut pairs = Vec::new();
    for same in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|same| same.len() > 1) {
        for (n, (by, _, a)) in same.iter().enumerate() {
            for (.., b) in same[n + 1..].iter().take(REACH) {
                let (one, other) = (all[*a], all[*b]);
                let same = if one.source == other.source {
                    *by == 1 && is_twin(one, other)
                } else {
                    *by == 0 || one.article.fingerprint.same_article(&other.article.fingerprint)
                };
                if same {
                    pairs.push((*a, *b));
                }
            }
        }
    }
    pairs
}

/// True for articles of one source with the same words that stand at two addresses of it: under "Local" and "Sport".
fn is_twin(one: &Candidate, other: &Candidate) -> bool {
    let says = one.article.summary.len().min(other.article.summary.len());
    says >= TWIN && (one.date() - other.date()).abs() <= SOON
}

/// By what the best version of a story is chosen.
pub(super) struct Worth<'a> {
    named: HashMap<&'a Name, usize>,
    sources: &'a Sources<'a>,
}

/// A summary this much longer is a fuller one, in bytes.
const FULLER: usize = 80;
/// What is fuller than this many such steps is full enough.
const FULL: usize = 4;

impl<'a> Worth<'a> {
    /// Sources stand in the order in which the digest's sections name them, the others behind by their names.
    pub(super) fn of(digest: &'a Digest, sources: &'a Sources<'a>) -> Self {
        let lists = digest.sections.iter().filter_map(|section| match &section.take {
            Take::Sources(names) => Some(names),
            Take::Topics(_) | Take::Latest => None,
        });
        let mut named = HashMap::new();
        for name in lists.flatten() {
            let place = named.len();
            named.entry(name).or_insert(place);
        }
        Self { named, sources }
    }

    /// The lower, the better.
    pub(super) fn rank(&self, candidate: &Candidate) -> impl Ord + use<'a> {
        let article = &candidate.article;
        let name = self.sources.get(&candidate.source).map(|source| &source.name);
        let place = name.and_then(|name| self.named.get(name)).copied().unwrap_or(usize::MAX);
        let at: Instant = candidate.date();
        (
            article.image.is_none(),
            Reverse((article.summary.len() / FULLER).min(FULL)),
            article.published.is_none(),
            place,
            name,
            at,
            candidate.id,
        )
    }
}
