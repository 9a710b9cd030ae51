//! Popularity: how much a story is read and talked of, as far as anybody says so, and how old it is.
//!
//! A story has points: one for being there; for comments and views by their logarithm, so that a large site does not
//! drown a small one; for clicks in our own letters, of all its versions, the same way, where the publisher has them
//! counted; for its place where a source has an order of its own; for each further source that tells it. Half of them are
//! left after twelve hours, a quarter after a day.
//!
//! A digest shows no article twice, so that clicks say nothing for what it has sent itself: they weigh in what other
//! digests have sent of late, in the evening for the most read of the morning, and in editions by readers' own clocks, where the
//! east has read before the west.

use crate::model::{Candidate, Instant};

/// After so many hours a story has half of its points.
const HALF_LIFE: f64 = 12.0;
/// Points of who stands first in a source's own order; the second has half of them, the third a third.
const FIRST: f64 = 4.0;
/// Points for each further source that tells the story, and of how many at most.
const SOURCE: f64 = 2.0;
const SOURCES: usize = 6;

/// How popular a story is.
#[derive(Debug, Clone)]
pub(super) struct Popularity {
    /// The more, the more popular.
    pub(super) points: f64,
    /// The sum in words.
    pub(super) words: String,
}

/// Sums up how popular a story is whose versions are these; `sources` is how many tell it, whether they are in or not.
pub(super) fn popularity(versions: &[&Candidate], sources: usize, at: Instant) -> Popularity {
    let of = versions.iter().map(|version| version.article.popularity);
    let comments = of.clone().filter_map(|said| said.comments).max().unwrap_or_default();
    let views = of.clone().filter_map(|said| said.views).max().unwrap_or_default();
    // Each version is another link: unlike comments, clicks on two of them are not the same ones.
    let clicks = of.clone().filter_map(|said| said.clicks).fold(0, u64::saturating_add);
    let place = of.filter_map(|said| said.place).min();
    let mut points = 1.0;
    let mut sum = vec!["1".to_owned()];
    let mut add = |what: String, more: f64| {
        points += more;
        sum.push(format!("{more:.1} for {what}"));
    };
    if comments > 0 {
        add(counted(u64::from(comments), "comment"), f64::from(comments).ln_1p() / std::f64::consts::LN_2);
    }
    if views > 0 {
        add(counted(views, "view"), logarithm(views) / 4.0);
    }
    if clicks > 0 {
        add(counted(clicks, "click"), logarithm(clicks));
    }
    if let Some(place) = place {
        add(format!("place {place} in its source"), FIRST / f64::from(place.max(1)));
    }
    if sources > 1 {
        let further = u8::try_from((sources - 1).min(SOURCES)).unwrap_or_default();
        add(counted(sources as u64, "source"), SOURCE * f64::from(further));
    }
    let first = versions.iter().map(|version| version.date()).min().unwrap_or(at);
    let minutes = i32::try_from((at - first).num_minutes().max(0)).unwrap_or(i32::MAX);
    let hours = f64::from(minutes) / 60.0;
    let left = (-hours / HALF_LIFE).exp2();
    let words =
        format!("popularity {:.1} = ({}) × {left:.2} for {hours:.0} h", points * left, sum.join(" + "));
    Popularity { points: points * left, words }
}

#[expect(clippy::cast_precision_loss, reason = "of a logarithm nobody sees the difference")]
fn logarithm(n: u64) -> f64 {
    (n as f64).ln_1p() / std::f64::consts::LN_2
}

fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
