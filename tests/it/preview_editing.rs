//! Hands: what is decided for the next edition comes before the rules, is kept until it is out, and used once.

use std::collections::HashMap;

use pressrun::compose::{Brief, Kin, compose_for};
use pressrun::model::{
    ArticleId, Candidate, Digest, Editing, EditionId, Explanation, Hand, Handled, Placement, Previous,
    Section, SourceId, Take, WhyOut,
};
use pressrun::store::Terms;

use crate::store_world::{article, at, confirmed, edition, list, message, name, stores};
use crate::world::World;

/// Articles 1 to `n` of one source, the first the newest.
fn candidates(n: i64) -> Vec<Candidate> {
    let one = |id: i64| Candidate {
        id: ArticleId(id),
        source: SourceId(1),
        first_seen: at(-id),
        article: article(id, id, -id),
    };
    (1..=n).map(one).collect()
}

async fn digest() -> Digest {
    let section = |title: &str, limit, optional| Section {
        title: title.to_owned(),
        take: Take::Latest,
        limit,
        optional,
        ..Section::default()
    };
    let sections = vec![section("Top", 2, false), section("More", 2, true)];
    Digest { sections, limit: 5, ..World::new().await.digest() }
}

fn editing(hands: &[(i64, Hand)]) -> Editing {
    let handled = |(id, hand): &(i64, Hand)| Handled { article: ArticleId(*id), hand: hand.clone() };
    Editing { hands: hands.iter().map(handled).collect(), intro: None }
}

fn inside(section: &str, place: usize) -> Hand {
    Hand::In { section: section.to_owned(), place }
}

/// What becomes of each article, in words, by its number.
fn fates(digest: &Digest, editing: &Editing, left_out: &[&str], n: i64, previous: &Previous) -> Vec<String> {
    let left_out: Vec<String> = left_out.iter().map(|title| (*title).to_owned()).collect();
    let brief = Brief { digest, editing, left_out: &left_out, slot: at(10) };
    let (candidates, kin) = (candidates(n), Kin::default());
    let (_, explanation) = compose_for(&brief, &[], &candidates, previous, &kin);
    let mut all = explanation.articles;
    all.sort_by_key(|one| one.id);
    all.into_iter().map(|one| one.placement.to_string()).collect()
}

#[tokio::test]
async fn a_hand_comes_before_limits_and_sections_and_takes_the_room_of_another() {
    let (digest, nothing) = (digest().await, Previous::default());
    let untouched = fates(&digest, &Editing::default(), &[], 6, &nothing);
    assert_eq!(
        untouched[..4],
        ["in: the lead", "in: Top, place 1", "in: More, place 1", "in: More, place 2"]
    );
    assert_eq!(untouched[4], "out: its section is full");
    let pinned = fates(&digest, &editing(&[(6, inside("Top", 1))]), &[], 6, &nothing);
    assert_eq!(pinned[5], "in by hand: Top, place 1");
    assert_eq!(
        pinned[..2],
        ["in: the lead", "in: More, place 1"],
        "Top has room for two, of which one leads"
    );
    let led = fates(&digest, &editing(&[(3, Hand::Lead), (1, Hand::Out)]), &[], 6, &nothing);
    assert_eq!(
        (&*led[2], &*led[0], &*led[1]),
        ("in by hand: the lead", "out: hidden by hand", "in: Top, place 1")
    );
    let moved = fates(&digest, &editing(&[(2, inside("More", 9))]), &[], 6, &nothing);
    assert_eq!(moved[1], "in by hand: More, place 2");
    let gone = fates(&digest, &editing(&[(2, inside("No more", 1))]), &[], 6, &nothing);
    assert_eq!(gone, untouched, "a section that is no more decides nothing");
}

#[tokio::test]
async fn a_hand_brings_back_what_is_old_but_not_what_was_used_or_what_readers_leave_out() {
    let digest = digest().await;
    let previous = Previous {
        considered: Some(ArticleId(3)),
        consumed: HashMap::from([(ArticleId(1), EditionId(7))]),
        ..Previous::default()
    };
    let hands = editing(&[(1, Hand::Lead), (2, inside("Top", 1)), (4, inside("More", 1))]);
    let fates = fates(&digest, &hands, &["More"], 5, &previous);
    assert_eq!(fates[0], "out: edition 7 used it");
    assert_eq!(fates[1], "in by hand: Top, place 1");
    assert_eq!(fates[2], "out: not new: it was there when the last edition was composed");
    assert_eq!(fates[3], "out: the readers of this text have left its section out");
}

#[tokio::test]
async fn what_is_kept_is_used_by_the_release_it_was_made_for_and_given_back_by_a_cancellation() {
    for store in stores().await {
        confirmed(&store, "readers", &["ann@example.org"]).await;
        store.declare_lists(&[list("readers")]).await.unwrap();
        let (daily, lists) = (name("daily"), [name("readers")]);
        let kept = Editing {
            intro: Some("By hand “today”".to_owned()),
            ..editing(&[(7, inside("Top", 2)), (8, Hand::Out)])
        };
        let editing = async |minute, waves| store.editing(&daily, at(minute), waves).await.unwrap();
        assert!(editing(1, false).await.is_empty());

        // One that was composed before does not use it up.
        let before = edition("daily", at(1), &[]);
        let before = store.put_edition(&before, &message("a"), &Explanation::default(), at(1)).await.unwrap();
        store.keep_editing(&daily, &kept, at(2)).await.unwrap();
        assert_eq!(editing(3, false).await, kept);
        store.release(before, &lists, &Terms::default(), at(3)).await.unwrap();
        assert_eq!(editing(4, false).await, kept);

        let with = edition("daily", at(5), &[]);
        let with = pressrun::model::Edition { since: Some(crate::store_world::CONSIDERED), ..with };
        let with = store.put_edition(&with, &message("b"), &Explanation::default(), at(5)).await.unwrap();
        store.release(with, &lists, &Terms::default(), at(5)).await.unwrap();
        assert!(editing(6, false).await.is_empty());
        assert_eq!(editing(60 * 20, true).await, kept, "the waves of one day share it");
        assert!(editing(60 * 27, true).await.is_empty());
        assert!(store.cancel(with).await.unwrap());
        assert_eq!(editing(6, false).await, kept);

        store.keep_editing(&daily, &Editing::default(), at(7)).await.unwrap();
        assert!(editing(8, false).await.is_empty());
        let tide = store.tide().await.unwrap();
        store.keep_editing(&daily, &kept, at(9)).await.unwrap();
        assert_ne!(store.tide().await.unwrap(), tide);
    }
}

#[test]
fn an_explanation_of_before_can_still_be_read() {
    let old = r#"{"articles":[{"id":1,"title":"T","source":"S","date":"2026-03-02T07:00:00Z","placement":{"in":{"section":"A","place":1}}}]}"#;
    let explanation: Explanation = serde_json::from_str(old).unwrap();
    assert_eq!(explanation.articles[0].placement, Placement::In { section: "A".to_owned(), place: 1 });
    let hidden = serde_json::to_string(&Placement::Out(WhyOut::Hidden)).unwrap();
    assert_eq!(hidden, r#"{"out":"hidden"}"#);
}
