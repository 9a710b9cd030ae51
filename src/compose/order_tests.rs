//! What sections take first, how much of one source, and what rules keep out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tests::{candidate, digest, edition, ids, latest, now, of_page, placement, section, source};
use super::*;
use crate::model::{Name, Order, Popularity, Rewrite, Rule, Rules, Section, Take};

fn said(mut candidate: Candidate, comments: u32, views: u64, place: Option<u32>) -> Candidate {
    candidate.article.popularity = Popularity {
        comments: Some(comments).filter(|n| *n > 0),
        views: Some(views).filter(|n| *n > 0),
        place,
        clicks: None,
    };
    candidate
}

fn ordered(order: Order, limit: usize) -> Digest {
    digest(vec![Section { order, ..section("", Take::Latest, limit) }])
}

fn composed(digest: &Digest, candidates: &[Candidate]) -> (Edition, Explanation) {
    let sources = [source(1, "a", &[]), source(2, "b", &[]), source(3, "c", &[])];
    let (composed, explanation) = compose(digest, &sources, candidates, &Previous::default(), now());
    (edition(composed), explanation)
}

fn rule(text: &str) -> Rule {
    Rule::parse(text, |_| Some(std::time::Duration::from_secs(86_400))).unwrap()
}

#[test]
fn the_popular_come_first_by_comments_views_place_sources_and_age_and_the_sum_is_said() {
    let all = [
        candidate(1, 1, 1),
        said(candidate(2, 1, 2), 40, 0, None),
        said(candidate(3, 1, 2), 0, 5_000, None),
        said(candidate(4, 2, 2), 0, 0, Some(1)),
        // Two sources tell it.
        candidate(5, 2, 2),
        of_page(5, candidate(6, 3, 3)),
        // It was as popular three days ago as the second is now.
        said(candidate(7, 3, 72), 40, 0, None),
    ];
    let (edition, explanation) = composed(&ordered(Order::Popular, 9), &all);
    assert_eq!(ids(&edition), [2, 4, 3, 5, 1, 7]);
    let why = |id: i64| explanation.articles.iter().find(|e| e.id.0 == id).unwrap().popular.clone().unwrap();
    assert_eq!(why(2), "popularity 5.7 = (1 + 5.4 for 40 comments) × 0.89 for 2 h");
    assert_eq!(why(4), "popularity 4.5 = (1 + 4.0 for place 1 in its source) × 0.89 for 2 h");
    assert_eq!(why(5), "popularity 2.5 = (1 + 2.0 for 2 sources) × 0.84 for 3 h");
    let (_, explanation) = composed(&latest(), &all);
    assert!(explanation.articles.iter().all(|e| e.popular.is_none()), "nobody asked");
}

#[test]
fn clicks_on_all_versions_of_a_story_are_points_and_a_word_of_the_sum() {
    let clicked = |mut candidate: Candidate, clicks: u64| {
        candidate.article.popularity.clicks = Some(clicks);
        candidate
    };
    let all = [
        candidate(1, 1, 1),
        clicked(candidate(2, 1, 2), 3),
        clicked(candidate(3, 2, 2), 1),
        clicked(of_page(3, candidate(4, 3, 3)), 4),
        clicked(candidate(5, 1, 2), 1),
    ];
    let (edition, explanation) = composed(&ordered(Order::Popular, 9), &all);
    assert_eq!(ids(&edition), [3, 2, 5, 1]);
    let why = |id: i64| explanation.articles.iter().find(|e| e.id.0 == id).unwrap().popular.clone().unwrap();
    assert_eq!(why(2), "popularity 2.7 = (1 + 2.0 for 3 clicks) × 0.89 for 2 h");
    assert_eq!(why(3), "popularity 4.7 = (1 + 2.6 for 5 clicks + 2.0 for 2 sources) × 0.84 for 3 h");
    assert_eq!(why(5), "popularity 1.8 = (1 + 1.0 for 1 click) × 0.89 for 2 h");
}

#[test]
fn a_popular_section_is_filled_before_the_latest_and_nothing_stands_twice() {
    let all = [candidate(1, 1, 1), said(candidate(2, 1, 30), 90, 0, None), candidate(3, 1, 2)];
    let popular = Section { order: Order::Popular, ..section("Popular", Take::Latest, 1) };
    let mut digest = digest(vec![popular, section("Latest", Take::Latest, 9)]);
    let (both, _) = composed(&digest, &all);
    assert_eq!(ids(&both), [2, 1, 3]);
    digest.limit = 2;
    let (limited, explanation) = composed(&digest, &all);
    assert_eq!(ids(&limited), [2, 1], "the oldest of the latest goes first");
    assert_eq!(placement(&explanation, 3), "out: the digest's limit is reached");
}

#[test]
fn a_source_has_its_own_order_and_several_take_turns() {
    let all = [
        said(candidate(1, 1, 1), 0, 0, Some(3)),
        said(candidate(2, 1, 2), 0, 0, Some(1)),
        said(candidate(3, 1, 3), 0, 0, Some(2)),
        candidate(4, 2, 4),
        candidate(5, 2, 5),
    ];
    assert_eq!(ids(&composed(&ordered(Order::Source, 9), &all).0), [2, 4, 3, 5, 1]);
    assert_eq!(ids(&composed(&ordered(Order::Source, 2), &all).0), [2, 4]);
}

#[test]
fn of_one_source_no_more_than_its_share_and_another_version_may_stand_in() {
    let capped = Section { per_source: Some(2), ..section("", Take::Latest, 9) };
    let all = [candidate(1, 1, 1), candidate(2, 1, 2), candidate(3, 1, 3), candidate(4, 2, 4)];
    let (edition, explanation) = composed(&digest(vec![capped.clone()]), &all);
    assert_eq!(ids(&edition), [1, 2, 4]);
    assert_eq!(placement(&explanation, 3), "out: its section has as many of its source as it may");
    // What has no share left there may stand in a later section.
    let (edition, _) = composed(&digest(vec![capped.clone(), section("Rest", Take::Latest, 9)]), &all);
    assert_eq!(ids(&edition), [1, 2, 4, 3]);
    let told_twice = [all[0].clone(), all[1].clone(), all[2].clone(), of_page(3, candidate(9, 2, 9))];
    let (edition, explanation) = composed(&digest(vec![capped]), &told_twice);
    assert_eq!(ids(&edition), [1, 2, 9]);
    assert!(placement(&explanation, 3).contains("article 9 tells the same story"));
}

#[test]
fn rules_of_sources_and_sections_keep_out_and_are_named() {
    let mut advert = candidate(1, 1, 1);
    advert.article.title = "Sponsored: a mattress".to_owned();
    let mut sport = candidate(2, 1, 2);
    sport.article.topics = vec!["sport".to_owned()];
    let all = [advert, sport, candidate(3, 1, 3), candidate(4, 2, 4)];
    let source_rules = Rules { exclude: vec![rule("sponsored")], ..Rules::default() };
    let no_sport = Rules { exclude: vec![rule("category: sport")], ..Rules::default() };
    let news = Section { rules: no_sport, ..section("News", Take::Latest, 9) };
    let mut digest = digest(vec![news]);
    digest.rules = Arc::new(BTreeMap::from([(Name::parse("a").unwrap(), source_rules)]));
    let (edition, explanation) = composed(&digest, &all);
    assert_eq!(ids(&edition), [3, 4]);
    assert_eq!(placement(&explanation, 1), "out: the rules of source a say exclude \"word: sponsored\"");
    assert_eq!(placement(&explanation, 2), "out: the rules of section News say exclude \"category: sport\"");
    digest.sections.push(section("Rest", Take::Latest, 9));
    assert_eq!(ids(&composed(&digest, &all).0), [3, 4, 2], "another section may take it");
}

#[test]
fn titles_are_what_the_rules_of_their_source_make_of_them() {
    let titles = vec![Rewrite::parse("Article => Report").unwrap()];
    let mut digest = latest();
    let rules = Rules { titles, ..Rules::default() };
    digest.rules = Arc::new(BTreeMap::from([(Name::parse("a").unwrap(), rules)]));
    let (edition, explanation) = composed(&digest, &[candidate(1, 1, 1), candidate(2, 2, 2)]);
    let titles: Vec<&str> = edition.articles().map(|placed| placed.article.title.as_str()).collect();
    assert_eq!(titles, ["Report 1", "Article 2"]);
    assert_eq!(explanation.articles[0].title, "Report 1");
}
