//! What composing promises, by tables of little worlds.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::model::{
    Article, ArticleId, Direction, EditionId, Fingerprint, Hand, Health, Image, Language, Manner, Name,
    Section, SourceId, SourceOrigin, Take, Validators,
};

pub(super) fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 3, 2, 7, 0, 0).unwrap()
}

pub(super) fn source(id: i64, name: &str, topics: &[&str]) -> Source {
    Source {
        id: SourceId(id),
        name: Name::parse(name).unwrap(),
        url: format!("https://{name}.example/feed").parse().unwrap(),
        title: None,
        site: None,
        topics: topics.iter().map(|t| (*t).to_owned()).collect(),
        origin: SourceOrigin::Config,
        validators: Validators::default(),
        every: None,
        manner: Manner::default(),
        rest: None,
        next_poll: None,
        not_before: None,
        wish: crate::model::Wish::default(),
        again_at: None,
        pushed_until: None,
        health: Health::default(),
    }
}

/// Article `id` of source `source`, published and first seen `hours` ago.
pub(super) fn candidate(id: i64, source: i64, hours: i64) -> Candidate {
    let at = now() - TimeDelta::hours(hours);
    Candidate {
        id: ArticleId(id),
        source: SourceId(source),
        first_seen: at,
        article: Article {
            fingerprint: Fingerprint { guid: id, url: id, content: id },
            url: format!("https://a.example/{id}").parse().unwrap(),
            title: format!("Article {id}"),
            summary: String::new(),
            content: String::new(),
            image: None,
            author: None,
            published: Some(at),
            language: None,
            direction: Direction::Ltr,
            topics: vec![],
            popularity: Default::default(),
        },
    }
}

pub(super) fn with_image(mut candidate: Candidate) -> Candidate {
    let url = "https://a.example/p.jpg".parse().unwrap();
    candidate.article.image = Some(Image { url, width: None, height: None, alt: String::new() });
    candidate
}

pub(super) fn of_page(page: i64, mut candidate: Candidate) -> Candidate {
    candidate.article.fingerprint.url = page;
    candidate
}

pub(super) fn section(title: &str, take: Take, limit: usize) -> Section {
    Section { title: title.to_owned(), take, limit, optional: false, ..Section::default() }
}

pub(super) fn digest(sections: Vec<Section>) -> Digest {
    Digest {
        name: Name::parse("morning").unwrap(),
        title: "Morning".to_owned(),
        subject: "{lead}".to_owned(),
        intro: String::new(),
        lists: vec![],
        language: Language::english(),
        zone: chrono_tz::UTC,
        from: "news@example.org".parse().unwrap(),
        reply_to: None,
        postal_address: "1 Quay Street".to_owned(),
        sections,
        lead: false,
        minimum: 1,
        limit: 30,
        max_age: Duration::from_secs(7 * 86_400),
        html_budget: 90_000,
        clicks: false,
        timetable: None,
        rules: std::sync::Arc::default(),
    }
}

pub(super) fn latest() -> Digest {
    digest(vec![section("", Take::Latest, 30)])
}

pub(super) fn edition(composed: Composed) -> Edition {
    match composed {
        Composed::Edition(edition) => *edition,
        Composed::Nothing(nothing) => panic!("nothing: {nothing}"),
    }
}

pub(super) fn ids(edition: &Edition) -> Vec<i64> {
    edition.articles().map(|p| p.id.0).collect()
}

pub(super) fn placement(explanation: &Explanation, id: i64) -> String {
    explanation.articles.iter().find(|e| e.id.0 == id).unwrap().placement.to_string()
}

#[test]
fn the_newest_article_comes_first_whatever_the_order_of_the_store() {
    let sources = [source(1, "a", &[])];
    let candidates = [candidate(1, 1, 3), candidate(2, 1, 1), candidate(3, 1, 2)];
    let (composed, _) = compose(&latest(), &sources, &candidates, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [2, 3, 1]);
}

#[test]
fn a_section_takes_by_source_or_topic_and_the_overflow_falls_to_the_next_that_takes_it() {
    let sources = [source(1, "a", &[]), source(2, "b", &["science"]), source(3, "c", &[])];
    let mut by_own_topic = candidate(5, 3, 5);
    by_own_topic.article.topics = vec!["science".to_owned()];
    let candidates =
        [candidate(1, 1, 1), candidate(2, 1, 2), candidate(3, 2, 3), candidate(4, 3, 4), by_own_topic];
    let digest = digest(vec![
        section("A", Take::Sources(vec![Name::parse("a").unwrap()]), 1),
        section("Science", Take::Topics(vec!["science".to_owned()]), 5),
        section("Rest", Take::Latest, 1),
    ]);
    let (composed, explanation) = compose(&digest, &sources, &candidates, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1, 3, 5, 2]);
    assert_eq!(placement(&explanation, 5), "in: Science, place 2");
    assert_eq!(placement(&explanation, 2), "in: Rest, place 1");
    assert_eq!(placement(&explanation, 4), "out: its section is full");
}

#[test]
fn a_hand_moves_the_whole_story_whoever_tells_it() {
    let sources = [source(1, "a", &[]), source(2, "b", &[]), source(3, "c", &[])];
    let all =
        [with_image(of_page(9, candidate(1, 1, 1))), of_page(9, candidate(2, 2, 2)), candidate(3, 3, 3)];
    let (digest, first) = (latest(), Previous::default());
    let kin = Kin::among(&all, &sources);
    let by_hand = |article: i64, hand: Hand| {
        let mut editing = Editing::default();
        editing.decide(ArticleId(article), Some(hand));
        let brief = Brief { digest: &digest, editing: &editing, left_out: &[], slot: now() };
        let (composed, explanation) = compose_for(&brief, &sources, &all, &first, &kin);
        (edition(composed), explanation)
    };
    let (pinned, explanation) = by_hand(2, Hand::In { section: String::new(), place: 1 });
    assert_eq!(ids(&pinned), [2, 3], "the version that was chosen leads, though the other has a picture");
    assert_eq!(placement(&explanation, 1), "out: article 2 tells the same story, and names its source");
    assert_eq!(pinned.articles().next().unwrap().also.len(), 1);
    let (hidden, explanation) = by_hand(1, Hand::Out);
    assert_eq!(ids(&hidden), [3]);
    assert_eq!(placement(&explanation, 2), placement(&explanation, 1));
}

#[test]
fn what_is_left_out_comes_back_only_where_its_source_or_topic_is_named() {
    let sources = [source(1, "a", &["sea"]), source(2, "b", &[])];
    let optional = |section: Section| Section { optional: true, ..section };
    let sea = optional(section("Sea", Take::Topics(vec!["sea".to_owned()]), 1));
    let of_b = section("B", Take::Sources(vec![Name::parse("b").unwrap()]), 9);
    let mut of_both = candidate(3, 2, 3);
    of_both.article.topics = vec!["sea".to_owned()];
    // Another source tells of the same page as the first.
    let again = of_page(1, candidate(5, 2, 5));
    let mut no_room = candidate(6, 3, 6);
    no_room.article.topics = vec!["sea".to_owned()];
    let all = [candidate(1, 1, 1), candidate(2, 2, 2), of_both, again, no_room, candidate(7, 3, 7)];
    let digest = digest(vec![sea, of_b, section("Rest", Take::Latest, 9)]);
    let first = Previous::default();
    let (whole, _) = compose(&digest, &sources, &all, &first, now());
    assert_eq!(ids(&edition(whole)), [1, 2, 3, 6, 7]);
    let left_out = ["Sea".to_owned()];
    let kin = Kin::among(&all, &sources);
    let editing = Editing::default();
    let brief = Brief { digest: &digest, editing: &editing, left_out: &left_out, slot: now() };
    let (without, explanation) = compose_for(&brief, &sources, &all, &first, &kin);
    assert_eq!(ids(&edition(without)), [2, 3, 5, 7], "and the page is told by the other source");
    assert_eq!(placement(&explanation, 6), "out: the readers of this text have left its section out");
    // A section that nobody may leave out stays, whatever was chosen once.
    let rest = ["Rest".to_owned()];
    let (same, _) = compose_for(&Brief { left_out: &rest, ..brief }, &sources, &all, &first, &kin);
    assert_eq!(ids(&edition(same)), [1, 2, 3, 6, 7]);
}

#[test]
fn the_lead_is_a_picture_story_near_the_top_and_stands_nowhere_else() {
    let sources = [source(1, "a", &[])];
    let mut digest = latest();
    digest.lead = true;
    let near = [candidate(1, 1, 1), with_image(candidate(2, 1, 2)), candidate(3, 1, 3)];
    let (composed, explanation) = compose(&digest, &sources, &near, &Previous::default(), now());
    let with_lead = edition(composed);
    assert_eq!(with_lead.lead.as_ref().map(|p| p.id.0), Some(2));
    assert_eq!(ids(&with_lead), [2, 1, 3]);
    assert_eq!(placement(&explanation, 2), "in: the lead");

    let far = [candidate(1, 1, 1), candidate(2, 1, 2), candidate(3, 1, 3), with_image(candidate(4, 1, 4))];
    let (composed, _) = compose(&digest, &sources, &far, &Previous::default(), now());
    assert_eq!(edition(composed).lead.map(|p| p.id.0), Some(1));
}

#[test]
fn only_what_was_stored_after_the_last_released_edition_is_new() {
    let sources = [source(1, "a", &[])];
    let archive = candidate(13, 1, 24 * 30);
    let mut undated = candidate(12, 1, 3);
    undated.article.published = None;
    let candidates = [candidate(11, 1, 1), candidate(2, 1, 20), candidate(3, 1, 30), archive, undated];
    let previous = Previous {
        considered: Some(ArticleId(10)),
        consumed: HashMap::from([(ArticleId(2), EditionId(7))]),
        ..Previous::default()
    };
    let (composed, explanation) = compose(&latest(), &sources, &candidates, &previous, now());
    assert_eq!(ids(&edition(composed)), [11, 12]);
    assert_eq!(placement(&explanation, 2), "out: edition 7 used it");
    assert_eq!(placement(&explanation, 3), "out: not new: it was there when the last edition was composed");
    assert_eq!(placement(&explanation, 13), "out: dated longer ago than max_age");
}

#[test]
fn a_first_edition_takes_old_articles_too() {
    let candidates = [candidate(1, 1, 24 * 400)];
    let (composed, _) = compose(&latest(), &[source(1, "a", &[])], &candidates, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1]);
}

#[test]
fn two_sources_with_one_page_give_it_once() {
    let sources = [source(1, "a", &[]), source(2, "b", &[]), source(3, "c", &[])];
    let reports = [candidate(1, 1, 1), of_page(1, candidate(2, 2, 2)), of_page(1, candidate(3, 3, 3))];
    let (composed, explanation) = compose(&latest(), &sources, &reports, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1]);
    assert_eq!(placement(&explanation, 2), "out: article 1 tells the same story, and names its source");
    assert_eq!(placement(&explanation, 3), "out: article 1 tells the same story, and names its source");
}

#[test]
fn a_page_whose_newest_report_finds_no_place_is_taken_from_the_other_source() {
    let sources = [source(1, "a", &[]), source(2, "b", &[])];
    let of = |name: &str, limit| section(name, Take::Sources(vec![Name::parse(name).unwrap()]), limit);
    let reports = [candidate(1, 1, 2), of_page(1, candidate(2, 2, 1))];
    let (composed, explanation) =
        compose(&digest(vec![of("a", 9)]), &sources, &reports, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1]);
    assert_eq!(placement(&explanation, 2), "out: no section takes its source or topics");

    let full = [candidate(3, 2, 0), reports[0].clone(), reports[1].clone()];
    let both = digest(vec![of("b", 1), of("a", 9)]);
    let (composed, explanation) = compose(&both, &sources, &full, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [3, 1]);
    assert_eq!(placement(&explanation, 2), "out: article 1 tells the same story, and names its source");
}

#[test]
fn a_page_that_was_sent_from_one_source_is_not_sent_again_from_another() {
    let sources = [source(1, "a", &[]), source(2, "b", &[])];
    let previous = Previous {
        considered: Some(ArticleId(1)),
        consumed: HashMap::from([(ArticleId(1), EditionId(7))]),
        ..Previous::default()
    };
    let candidates = [candidate(1, 1, 20), of_page(1, candidate(2, 2, 1)), candidate(3, 2, 2)];
    let (composed, explanation) = compose(&latest(), &sources, &candidates, &previous, now());
    assert_eq!(ids(&edition(composed)), [3]);
    assert_eq!(placement(&explanation, 2), "out: edition 7 used it");
}

#[test]
fn an_address_that_a_source_gives_to_several_articles_hides_none_of_another() {
    let sources = [source(1, "a", &[]), source(2, "b", &[])];
    let episodes = [candidate(1, 1, 1), of_page(1, candidate(2, 1, 2)), of_page(1, candidate(3, 2, 3))];
    let (composed, _) = compose(&latest(), &sources, &episodes, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1, 2, 3]);
}

#[test]
fn the_digest_limit_keeps_the_newest() {
    let candidates: Vec<_> = (1..=5).map(|i| candidate(i, 1, i)).collect();
    let mut digest = latest();
    digest.limit = 2;
    let (composed, explanation) =
        compose(&digest, &[source(1, "a", &[])], &candidates, &Previous::default(), now());
    assert_eq!(ids(&edition(composed)), [1, 2]);
    assert_eq!(placement(&explanation, 3), "out: the digest's limit is reached");
}

#[test]
fn nothing_always_has_its_reason() {
    let sources = [source(1, "a", &[])];
    let nothing = |digest: &Digest, candidates: &[Candidate], previous: &Previous| match compose(
        digest,
        &sources,
        candidates,
        previous,
        now(),
    ) {
        (Composed::Nothing(nothing), explanation) => {
            assert!(explanation.articles.iter().all(|e| matches!(e.placement, Placement::Out(_))));
            nothing
        }
        (Composed::Edition(edition), _) => panic!("an edition of {:?}", ids(&edition)),
    };
    let first = Previous::default();
    assert_eq!(nothing(&latest(), &[], &first), Nothing::NoArticles);
    let later = Previous { considered: Some(ArticleId(1)), ..Previous::default() };
    assert_eq!(nothing(&latest(), &[candidate(1, 1, 1)], &later), Nothing::NothingNew);
    let elsewhere = digest(vec![section("", Take::Topics(vec!["x".to_owned()]), 9)]);
    assert_eq!(nothing(&elsewhere, &[candidate(1, 1, 1)], &first), Nothing::NoSectionTakesThem);
    let mut patient = latest();
    patient.minimum = 2;
    assert_eq!(
        nothing(&patient, &[candidate(1, 1, 1)], &first),
        Nothing::BelowMinimum { found: 1, minimum: 2 }
    );
}

#[test]
fn what_rendering_trimmed_is_explained_and_not_consumed() {
    let candidates: Vec<_> = (1..=3).map(|i| candidate(i, 1, i)).collect();
    let (composed, mut explanation) =
        compose(&latest(), &[source(1, "a", &[])], &candidates, &Previous::default(), now());
    let mut edition = edition(composed);
    explain_trimmed(&mut explanation, &mut edition, &[ArticleId(3)]);
    assert_eq!(ids(&edition), [1, 2]);
    assert!(placement(&explanation, 3).contains("html_budget"));
}

#[test]
fn what_a_cancelled_edition_has_given_back_is_new_again_and_the_next_one_has_looked_no_less_far() {
    let returned = [ArticleId(1)].into();
    let previous = Previous { considered: Some(ArticleId(9)), returned, ..Previous::default() };
    let candidates = [candidate(1, 1, 1), candidate(2, 1, 2)];
    let (composed, explanation) = compose(&latest(), &[source(1, "a", &[])], &candidates, &previous, now());
    let edition = edition(composed);
    assert_eq!((ids(&edition), edition.considered), (vec![1], ArticleId(9)));
    assert!(placement(&explanation, 2).contains("not new"));
}

proptest::proptest! {
    #[test]
    fn every_candidate_is_explained_once_and_nothing_is_placed_twice(
        hours in proptest::collection::vec(0_i64..400, 0..40),
        limit in 0_usize..10,
        since in proptest::option::of(0_i64..40),
    ) {
        let candidates: Vec<_> =
            hours.iter().zip(1..).map(|(h, i)| of_page(h % 20, candidate(i, i % 3, *h))).collect();
        let sources = [source(0, "a", &[]), source(1, "b", &["t"]), source(2, "c", &[])];
        let mut digest = digest(vec![
            section("T", Take::Topics(vec!["t".to_owned()]), limit),
            section("", Take::Latest, limit),
        ]);
        digest.lead = true;
        let previous = Previous { considered: since.map(ArticleId), ..Previous::default() };
        let (composed, explanation) = compose(&digest, &sources, &candidates, &previous, now());
        let mut explained: Vec<i64> = explanation.articles.iter().map(|e| e.id.0).collect();
        explained.sort_unstable();
        for same in &explanation.articles {
            if let Placement::Out(WhyOut::FoldedInto { article }) = same.placement {
                let other = explanation.articles.iter().find(|e| e.id == article).unwrap();
                let waits = other.placement == Placement::Out(WhyOut::Waiting);
                proptest::prop_assert!(waits || !matches!(other.placement, Placement::Out(_)));
            }
        }
        proptest::prop_assert_eq!(explained, (1..=i64::try_from(candidates.len()).unwrap()).collect::<Vec<_>>());
        if let Composed::Edition(edition) = composed {
            let mut placed = ids(&edition);
            placed.sort_unstable();
            let mut said: Vec<i64> = explanation.articles.iter()
                .filter(|e| !matches!(e.placement, Placement::Out(_))).map(|e| e.id.0).collect();
            said.sort_unstable();
            proptest::prop_assert_eq!(placed, said);
        }
    }
}
