//! Editions that wait for a yes: asked for by mail, sent or skipped as was said, or as the order says when nobody did.

use std::time::Duration;

use chrono::TimeDelta;
use pressrun::model::{
    Approval, EditionId, EditionState, EmailAddress, Otherwise, Skipped, SlotState, Timetable,
};
use pressrun::store::Verdict;

use crate::publishing::{Press, published, timetable};

fn approval(otherwise: Otherwise) -> Timetable {
    let within = Duration::from_secs(2 * 3600);
    Timetable { approval: Some(Approval { within, otherwise }), ..timetable("daily at 07:30") }
}

/// A press whose slot has come and whose edition waits.
pub(crate) async fn waiting(otherwise: Otherwise) -> (Press, EditionId) {
    let mut press = Press::with(approval(otherwise)).await;
    press.order.publisher.mail = Some((
        EmailAddress::parse("editor@example.org").unwrap(),
        "Morning <news@tide.example>".parse().unwrap(),
    ));
    press.tell().await;
    let all = press.tick_after(TimeDelta::minutes(31)).await;
    let Verdict::Waiting(edition) = all[0].verdict else { panic!("{all:?}") };
    assert_eq!(press.tick_after(TimeDelta::minutes(60)).await, [], "nobody has said anything");
    (press, edition)
}

#[tokio::test]
async fn an_edition_waits_for_a_yes_and_goes_when_it_comes() {
    let (mut press, edition) = waiting(Otherwise::Skip).await;
    let mails = press.store().unsent_mails(10).await.unwrap();
    let mut purposes: Vec<_> = mails.iter().map(|mail| mail.purpose.to_string()).collect();
    purposes.sort();
    assert_eq!(purposes, ["approval", "preview"], "the publisher is asked once");
    assert!(press.store().approve(edition, press.world.now()).await.unwrap());
    assert!(!press.store().approve(edition, press.world.now()).await.unwrap());
    assert_eq!(published(&press.tick().await), 1);
    assert_eq!(press.past().await[0].1, SlotState::Published);
    assert_eq!(press.store().edition(edition).await.unwrap().unwrap().totals.candidates, 1);
    assert_eq!(press.tick_after(TimeDelta::hours(3)).await, []);
}

#[tokio::test]
async fn without_a_word_it_is_sent_or_skipped_as_the_order_says() {
    let (mut press, edition) = waiting(Otherwise::Send).await;
    assert_eq!(published(&press.tick_after(TimeDelta::minutes(61)).await), 1);
    assert_eq!(press.store().edition(edition).await.unwrap().unwrap().state, EditionState::Released);
    let (mut press, edition) = waiting(Otherwise::Skip).await;
    press.tick_after(TimeDelta::minutes(61)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::NotApproved { edition }));
    press.tell().await;
    let all = press.tick_after(TimeDelta::days(1)).await;
    let Verdict::Waiting(next) = all[0].verdict else { panic!("{all:?}") };
    assert_eq!(press.store().edition_articles(next).await.unwrap().len(), 2, "its articles are in the next");
}

#[tokio::test]
async fn a_no_ends_the_wait() {
    let (mut press, edition) = waiting(Otherwise::Send).await;
    assert!(press.store().cancel(edition).await.unwrap());
    press.tick_after(TimeDelta::hours(3)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::Cancelled { edition }));
}

#[tokio::test]
async fn an_edition_that_another_one_overtook_is_never_sent() {
    let (mut press, edition) = waiting(Otherwise::Send).await;
    let digest = press.order.digests[0].clone();
    press.world.release(&digest).await;
    press.tick_after(TimeDelta::hours(3)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::Overtaken { edition }));
}
