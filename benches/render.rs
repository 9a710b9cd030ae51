//! How long an edition takes to become a message: HTML with its styles inline, and the text, both written.

#[path = "../tests/it/rendering/sample.rs"]
#[expect(dead_code, reason = "the promises use more of it")]
mod sample;

use std::time::Duration;

use pressrun::compose::compose;
use pressrun::model::{Candidate, Composed, Digest, Placed, Previous, Section, SourceId, Take};
use pressrun::render::{Links, Theme, render};

const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);

fn main() {
    divan::main();
}

/// A digest of `n` articles, every second with a picture; the goal for 20 is half a millisecond.
#[divan::bench(args = [20, 500])]
fn digest_of(bencher: divan::Bencher<'_, '_>, n: i64) {
    let (edition, digest, theme) = (sample::edition(n), sample::digest("en"), Theme::built_in());
    let links = Links { web_copy: Some("https://news.example.org/e/1".to_owned()), passage: None };
    bencher.bench_local(|| render(&edition, &digest, &theme, &links));
}

/// From candidates to a message: what a slot costs beside collecting and storing.
#[divan::bench(args = [20, 500])]
fn composed_and_rendered(bencher: divan::Bencher<'_, '_>, n: i64) {
    let (edition, theme) = (sample::edition(n), Theme::built_in());
    let candidate = |placed: &Placed| Candidate {
        id: placed.id,
        source: SourceId(1),
        first_seen: edition.slot,
        article: placed.article.clone(),
    };
    let candidates: Vec<Candidate> = edition.articles().map(candidate).collect();
    let limit = candidates.len();
    let sections = vec![Section {
        title: String::new(),
        take: Take::Latest,
        limit,
        optional: false,
        ..Section::default()
    }];
    let digest = Digest { limit, sections, max_age: FOREVER, ..sample::digest("en") };
    let links = Links { web_copy: Some("https://news.example.org/e/1".to_owned()), passage: None };
    let previous = Previous::default();
    bencher.bench_local(|| match compose(&digest, &[], &candidates, &previous, edition.slot).0 {
        Composed::Edition(edition) => render(&edition, &digest, &theme, &links),
        Composed::Nothing(nothing) => panic!("nothing to render: {nothing}"),
    });
}

/// Reading and checking the built-in theme, once per process.
#[divan::bench]
fn theme() -> Theme {
    Theme::built_in()
}
