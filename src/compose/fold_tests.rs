//! What folding promises, whatever comes in which order.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::tests::{candidate, edition, ids, latest, now, of_page, placement, section, source, with_image};
use super::*;
use crate::model::{ArticleId, EditionId, Take};

const TITLE: &str = "Ferry runs aground off Harbour Town, 140 passengers brought ashore";
const SUMMARY: &str = "A ferry with 140 people on board ran aground on a sandbank near Harbour Town early on \
                       Tuesday, the coast guard said. Lifeboats brought all passengers ashore within two hours.";

/// Article `id` of source `of`, which tells the story of the ferry.
fn ferry(id: i64, of: i64, hours: i64) -> Candidate {
    let mut told = candidate(id, of, hours);
    told.article.title = TITLE.to_owned();
    told.article.summary = SUMMARY.to_owned();
    told
}

fn also(edition: &Edition) -> Vec<(i64, Vec<i64>)> {
    edition.articles().map(|p| (p.id.0, p.also.iter().map(|also| also.id.0).collect())).collect()
}

fn composed(candidates: &[Candidate], previous: &Previous) -> (Vec<(i64, Vec<i64>)>, Explanation) {
    let sources = [source(1, "a", &[]), source(2, "b", &[]), source(3, "c", &[]), source(4, "d", &[])];
    let (composed, explanation) = compose(&latest(), &sources, candidates, previous, now());
    (also(&edition(composed)), explanation)
}

#[test]
fn the_best_version_leads_by_picture_then_summary_then_date_then_source() {
    let first = Previous::default();
    let pictured = with_image(ferry(2, 2, 9));
    assert_eq!(composed(&[ferry(1, 1, 1), pictured, ferry(3, 3, 2)], &first).0, [(2, vec![1, 3])]);

    let mut short = ferry(1, 1, 1);
    short.article.summary = SUMMARY[..80].to_owned();
    let mut undated = ferry(2, 2, 1);
    undated.article.published = None;
    assert_eq!(composed(&[short, undated.clone(), ferry(3, 3, 5)], &first).0, [(3, vec![2, 1])]);
    assert_eq!(composed(&[ferry(9, 1, 5), ferry(3, 3, 1), ferry(2, 2, 3)], &first).0, [(9, vec![2, 3])]);

    // The digest names its sources in another order.
    let names = ["c", "b", "a"].map(|name| crate::model::Name::parse(name).unwrap());
    let digest = super::tests::digest(vec![section("", Take::Sources(names.to_vec()), 9)]);
    let sources = [source(1, "a", &[]), source(2, "b", &[]), source(3, "c", &[])];
    let all = [ferry(1, 1, 1), ferry(2, 2, 2), ferry(3, 3, 3)];
    let (by_name, _) = compose(&digest, &sources, &all, &first, now());
    assert_eq!(also(&edition(by_name)), [(3, vec![2, 1])]);
}

#[test]
fn within_one_source_nothing_is_folded_and_days_apart_nothing_is_either() {
    let first = Previous::default();
    assert_eq!(composed(&[ferry(1, 1, 1), ferry(2, 1, 2)], &first).0.len(), 2);
    assert_eq!(composed(&[ferry(1, 1, 1), ferry(2, 2, 80)], &first).0.len(), 2);
}

#[test]
fn a_summary_that_a_source_puts_below_everything_tells_nothing() {
    let furniture = |id, of, title: &str| {
        let mut told = candidate(id, of, id);
        told.article.title = title.to_owned();
        told.article.summary = "The best of harbour, town and sea, picked by our editors in Port Ellery and \
                                Northport every Monday, Tuesday and Friday since 1987."
            .to_owned();
        told
    };
    let all = [
        furniture(1, 1, "Harbour and town: what Port Ellery eats"),
        furniture(2, 1, "Nobody in town knows the harbour cat"),
        furniture(3, 2, "Harbour, town and sea: a walk in the fog"),
        furniture(4, 2, "Why the town clock of Northport is late"),
    ];
    assert_eq!(composed(&all, &Previous::default()).0.len(), 4);
}

#[test]
fn a_version_that_comes_after_the_story_was_sent_is_used_and_another_story_is_new() {
    let previous = Previous {
        considered: Some(ArticleId(1)),
        consumed: HashMap::from([(ArticleId(1), EditionId(7))]),
        sent: vec![ferry(1, 1, 20)],
        ..Previous::default()
    };
    let (shown, explanation) = composed(&[ferry(2, 2, 1), candidate(3, 2, 1)], &previous);
    assert_eq!(shown, [(3, vec![])]);
    assert_eq!(placement(&explanation, 2), "out: edition 7 used it");
    assert_eq!(explanation.articles.len(), 2, "what was sent is no candidate");
}

#[test]
fn what_is_trimmed_or_waits_takes_with_it_what_was_folded_into_it() {
    let sources = [source(1, "a", &[]), source(2, "b", &[])];
    let all = [ferry(1, 1, 1), ferry(2, 2, 2), candidate(3, 1, 3)];
    let (composed, mut explanation) = compose(&latest(), &sources, &all, &Previous::default(), now());
    let mut edition = edition(composed);
    explain_trimmed(&mut explanation, &mut edition, &[ArticleId(1)]);
    assert_eq!(ids(&edition), [3]);
    assert!(placement(&explanation, 2).contains("html_budget"));
    let patient = crate::model::Digest { minimum: 3, ..latest() };
    let (_, explanation) = compose(&patient, &sources, &all, &Previous::default(), now());
    let waits = Placement::Out(WhyOut::Waiting);
    assert!(explanation.articles.iter().all(|e| e.placement == waits));
}

/// Articles of a few sources that tell of few things in few words.
fn little_worlds() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0_i64..4, 0_usize..4, 0_i64..100, 20_usize..160, any::<bool>(), 0_i64..12);
    proptest::collection::vec(one, 0..24).prop_map(|all| {
        let texts = [
            SUMMARY,
            "Ferries run late.",
            "",
            "In 2026 the harbour of Port Ellery will be dredged by two firms.",
        ];
        let titles =
            [TITLE, "140 brought ashore after ferry runs aground", "Late ferries", "Harbour to be dredged"];
        let made =
            |((of, what, hours, cut, pictured, page), id): ((i64, usize, i64, usize, bool, i64), i64)| {
                let mut told = of_page(page, ferry(id, of, hours));
                told.article.fingerprint.content = page;
                told.article.title = titles[what].to_owned();
                told.article.summary = texts[(what + cut) % 4].chars().take(cut).collect();
                if pictured { with_image(told) } else { told }
            };
        all.into_iter().zip(1..).map(made).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_the_store_changes_nothing(
        (all, shuffled) in little_worlds().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let sources = [source(0, "a", &[]), source(1, "b", &[]), source(2, "c", &[]), source(3, "d", &[])];
        let compose = |all: &[Candidate]| compose(&latest(), &sources, all, &Previous::default(), now());
        prop_assert_eq!(compose(&all), compose(&shuffled));
    }

    #[test]
    fn everything_has_one_place_nothing_is_folded_into_what_is_out_and_no_story_comes_twice(all in little_worlds()) {
        let sources = [source(0, "a", &[]), source(1, "b", &[]), source(2, "c", &[]), source(3, "d", &[])];
        let (composed, explanation) = compose(&latest(), &sources, &all, &Previous::default(), now());
        prop_assert_eq!(explanation.articles.len(), all.len());
        let Composed::Edition(edition) = composed else { return Ok(()) };
        let places: HashMap<ArticleId, &Placement> =
            explanation.articles.iter().map(|e| (e.id, &e.placement)).collect();
        for (id, placement) in &places {
            if let Placement::Out(WhyOut::FoldedInto { article }) = placement {
                prop_assert!(!matches!(places[article], Placement::Out(_)));
                let into = edition.articles().find(|placed| placed.id == *article).unwrap();
                prop_assert!(into.also.iter().any(|also| also.id == *id));
            }
        }
        let shown: Vec<&Candidate> = edition
            .articles()
            .map(|placed| all.iter().find(|c| c.id == placed.id).unwrap())
            .collect();
        let mut met = HashSet::new();
        let shared = |c: &Candidate| {
            let address = c.article.fingerprint.url;
            all.iter().any(|o| o.id != c.id && o.source == c.source && o.article.fingerprint.url == address)
        };
        for candidate in shown {
            let print = candidate.article.fingerprint;
            // An address that one source gives to several articles names none of them.
            prop_assert!(shared(candidate) || met.insert(print.url));
        }
        let all_named = edition.articles().map(|placed| 1 + placed.also.len()).sum::<usize>();
        prop_assert_eq!(all_named, all.len(), "nothing of this is without a place");
    }
}

#[test]
fn what_one_source_says_at_two_addresses_is_told_once() {
    let (local, mut sport, mut later) = (ferry(1, 0, 1), ferry(2, 0, 1), ferry(3, 0, 30));
    for (n, other) in (2..).zip([&mut sport, &mut later]) {
        other.article.fingerprint =
            crate::model::Fingerprint { guid: n, url: n, ..local.article.fingerprint };
    }
    let sources = [source(0, "a", &[])];
    let told = |all: &[Candidate]| {
        let (composed, _) = compose(&latest(), &sources, all, &Previous::default(), now());
        edition(composed).articles().count()
    };
    assert_eq!(told(&[local.clone(), sport]), 1);
    assert_eq!(told(&[local, later]), 2, "a day later it may be the next edition of a series");
}
