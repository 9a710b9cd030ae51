//! Sifting: which candidates are new to this digest's readers.

use std::collections::{HashMap, HashSet};

use crate::model::{ArticleId, Candidate, Digest, Instant, Previous, SourceId, WhyOut};

/// Tells for each candidate, in the given order, why it is out; `None` for those that are new.
pub(super) fn sift(
    ordered: &[&Candidate],
    digest: &Digest,
    previous: &Previous,
    slot: Instant,
) -> Vec<Option<WhyOut>> {
    let oldest = chrono::Duration::from_std(digest.max_age).ok().and_then(|age| slot.checked_sub_signed(age));
    let edition_of = |article: &ArticleId| previous.consumed.get(article).copied();
    let mut sent = Pages::of(ordered);
    ordered.iter().filter(|c| edition_of(&c.id).is_some()).for_each(|c| sent.report(c));
    let sift = |candidate: &&Candidate| {
        used(candidate, previous, oldest).or_else(|| {
            // Readers have had the page, whoever reports it today.
            let edition = edition_of(&sent.reported_elsewhere(candidate)?)?;
            Some(WhyOut::UsedBy { edition })
        })
    };
    ordered.iter().map(sift).collect()
}

fn used(candidate: &Candidate, previous: &Previous, oldest: Option<Instant>) -> Option<WhyOut> {
    if let Some(&edition) = previous.consumed.get(&candidate.id) {
        return Some(WhyOut::UsedBy { edition });
    }
    // Before the first edition everything is new: a first issue shows what its sources have.
    let considered = previous.considered?;
    if candidate.id <= considered && !previous.returned.contains(&candidate.id) {
        return Some(WhyOut::SeenBefore);
    }
    // A source added later brings its whole archive at once; only the date tells it from news.
    let dated = candidate.article.published.zip(oldest);
    dated.is_some_and(|(published, oldest)| published < oldest).then_some(WhyOut::TooOld)
}

/// Pages that have been reported, by which the report of another source is known as the same.
///
/// Within one source it is the fingerprint that tells articles apart, and an address that one source gives to
/// several of them names none.
pub(super) struct Pages {
    shared: HashSet<i64>,
    reports: HashMap<i64, (SourceId, ArticleId)>,
}

impl Pages {
    /// No page is reported yet; `all` are the articles that there are.
    pub(super) fn of(all: &[&Candidate]) -> Self {
        let mut met = HashSet::new();
        let twice = |c: &&&Candidate| !met.insert((c.source, c.article.fingerprint.url));
        let shared = all.iter().filter(twice).map(|c| c.article.fingerprint.url).collect();
        Self { shared, reports: HashMap::new() }
    }

    /// Notes that an article reports its page.
    pub(super) fn report(&mut self, candidate: &Candidate) {
        let address = candidate.article.fingerprint.url;
        if !self.shared.contains(&address) {
            self.reports.entry(address).or_insert((candidate.source, candidate.id));
        }
    }

    /// The article of another source that reports the same page.
    pub(super) fn reported_elsewhere(&self, candidate: &Candidate) -> Option<ArticleId> {
        let (source, article) = self.reports.get(&candidate.article.fingerprint.url)?;
        (*source != candidate.source).then_some(*article)
    }
}
