//! How long it takes to find the articles that tell the same story: ten thousand in at most a second.

use chrono::{TimeDelta, TimeZone as _, Utc};
use pressrun::compose::Kin;
use pressrun::model::{Article, ArticleId, Candidate, Direction, Fingerprint, SourceId};

fn main() {
    divan::main();
}

/// Words of which stories are made.
const WORDS: &str = "harbour ferry council bridge budget winter storm minister tram school doctor market river engine \
    library museum farmer valley coast railway signal garden orchestra harvest lantern compass anchor meadow quarry \
    bakery theatre election factory worker union court judge witness captain sailor island mountain rescue climber \
    glacier weather satellite telescope planet researcher vaccine hospital nurse patient teacher pupil student \
    professor university company profit quarter investor merger brewery painter gallery sculptor festival singer \
    concert novel writer publisher journalist editor newspaper reader bicycle airport pilot runway passenger luggage";

/// The next of a row of numbers that look like chance and are the same each time.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap_or_default()
}

fn sentence(words: &[&str], state: &mut u64, length: usize) -> String {
    let chosen: Vec<String> = (0..length)
        .map(|_| match next(state) % 12 {
            0 => (next(state) % 5_000).to_string(),
            1 => format!("Name{}", next(state) % 3_000),
            _ => words[next(state) % words.len()].to_owned(),
        })
        .collect();
    chosen.join(" ")
}

/// `n` articles of 200 sources: a third of the stories are told by one, the others by two to five, cut differently.
fn articles(n: usize) -> Vec<Candidate> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let (mut state, mut all) = (7, Vec::with_capacity(n));
    let now = Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).single().unwrap_or_default();
    while all.len() < n {
        let title = sentence(&words, &mut state, 9);
        let summary = sentence(&words, &mut state, 60);
        let first = next(&mut state);
        for version in 0..[1, 2, 5][next(&mut state) % 3] {
            let id = i64::try_from(all.len()).unwrap_or_default() + 1;
            let at = now - TimeDelta::minutes(id % 1_440);
            let cut = summary.len() - version * summary.len() / 8;
            let article = Article {
                fingerprint: Fingerprint { guid: id, url: id, content: id },
                url: "https://source.example/a".parse().unwrap_or_else(|e| panic!("{e}")),
                title: title.clone(),
                summary: summary[..cut].to_owned(),
                content: String::new(),
                image: None,
                author: None,
                published: Some(at),
                language: None,
                direction: Direction::Ltr,
                topics: Vec::new(),
                popularity: Default::default(),
            };
            let source = SourceId(i64::try_from((first + version) % 200).unwrap_or_default());
            all.push(Candidate { id: ArticleId(id), source, first_seen: at, article });
        }
    }
    all.truncate(n);
    all
}

/// Articles as a day brings them.
#[divan::bench(args = [100, 1_000, 10_000])]
fn kin_among(bencher: divan::Bencher<'_, '_>, n: usize) {
    let articles = articles(n);
    bencher.bench_local(|| Kin::among(&articles, &[]));
}

/// All of them made by one pattern, which is the worst that sources can do.
#[divan::bench(args = [10_000])]
fn all_of_one_pattern(bencher: divan::Bencher<'_, '_>, n: usize) {
    let mut articles = articles(n);
    for (number, candidate) in articles.iter_mut().enumerate() {
        candidate.article.title =
            format!("Weather for district {number}: sunny spells, light breeze from the west");
        candidate.article.summary = format!(
            "Sunny spells over most of district {number}, with a light breeze from the west. Highs of {} degrees on the \
             coast and {} inland. Dry overnight, with lows of {}.",
            number % 20,
            number % 23,
            number % 11
        );
    }
    bencher.bench_local(|| Kin::among(&articles, &[]));
}
