//! Editions that wait for a yes: asked for by mail, sent or skipped as was said, or as the order says when nobody did.

use std::time::Duration;

use chrono::TimeDelta;
use pressrun::model::{
    Approval, EditionId, EditionState, EmailAddress, Otherwise, Skipped, SlotState, Timetable,
};
use pressrun::press::{Agenda, Published};
use pressrun::store::Verdict;

use crate::publishing::{Press, published, timetable};
use crate::store_opening::tamper;
use crate::world::name;

fn approval(otherwise: Otherwise) -> Timetable {
    let within = Duration::from_secs(2 * 3600);
    Timetable { approval: Some(Approval { within, otherwise }), ..timetable("daily at 07:30") }
}

/// Somebody is asked by mail.
fn asks_by_mail(press: &mut Press) {
    press.order.publisher.mail = Some((
        EmailAddress::parse("editor@example.org").unwrap(),
        "Morning <news@tide.example>".parse().unwrap(),
    ));
}

/// A press whose slot has come and whose edition waits.
pub(crate) async fn waiting(otherwise: Otherwise) -> (Press, EditionId) {
    let mut press = Press::with(approval(otherwise)).await;
    asks_by_mail(&mut press);
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

#[tokio::test]
async fn an_edition_never_waits_for_a_yes_that_nobody_was_asked_for() {
    let (mut press, _folder, url) = Press::on_file(approval(Otherwise::Send)).await;
    asks_by_mail(&mut press);
    press.tell().await;
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON mails BEGIN SELECT RAISE(ABORT, 'disk'); END";
    tamper(&url, trigger).await;
    assert_eq!(press.tick_after(TimeDelta::minutes(31)).await, []);
    assert_eq!(press.store().asked().await.unwrap(), [], "asked by halves");
    tamper(&url, "DROP TRIGGER broken").await;
    let all = press.tick_after(TimeDelta::minutes(2)).await;
    assert!(matches!(all[..], [Published { verdict: Verdict::Waiting(_), .. }]), "{all:?}");
    assert_eq!(press.store().unsent_mails(10).await.unwrap().len(), 2, "the question and the edition");
}

#[tokio::test]
async fn what_no_press_could_send_in_time_is_old_news_whether_it_was_approved_or_not() {
    for approved in [false, true] {
        let (mut press, edition) = waiting(Otherwise::Send).await;
        if approved {
            press.store().approve(edition, press.world.now()).await.unwrap();
        }
        press.agenda = Agenda::new(None);
        let all = press.tick_after(TimeDelta::days(5)).await;
        assert_eq!(published(&all), 0, "{all:?}");
        let minutes = 5 * 24 * 60 - 60;
        assert_eq!(press.past().await[0].2, Some(Skipped::Late { minutes, allowed: 360 }));
        assert_eq!(press.store().edition(edition).await.unwrap().unwrap().state, EditionState::Cancelled);
        let told = press.store().notices().await.unwrap();
        assert!(told.iter().any(|n| n.text.contains("no edition for Mon 2026-03-02 07:30")), "{told:?}");
        let Verdict::Waiting(next) = all.last().unwrap().verdict else { panic!("{all:?}") };
        assert_eq!(
            press.store().edition_articles(next).await.unwrap().len(),
            1,
            "its article is in the next"
        );
    }
}

#[tokio::test]
async fn one_that_goes_late_but_in_time_says_why() {
    let (mut press, _) = waiting(Otherwise::Send).await;
    press.agenda = Agenda::new(None);
    let all = press.tick_after(TimeDelta::hours(2)).await;
    assert_eq!(published(&all), 1);
    let why = "60 min late: no press was running from 2026-03-02 08:31 to 2026-03-02 10:31 UTC";
    assert_eq!(all[0].remark.as_deref(), Some(why));
    let record = press.store().slots(&name("morning"), 1).await.unwrap().remove(0);
    assert_eq!(record.remark.as_deref(), Some(why), "as it was recorded");
}

#[tokio::test]
async fn silence_is_no_yes_while_the_digest_is_paused_but_a_yes_is_one() {
    for approved in [false, true] {
        let (mut press, edition) = waiting(Otherwise::Send).await;
        assert!(press.store().pause_order(&name("morning"), true, press.world.now()).await.unwrap());
        if approved {
            press.store().approve(edition, press.world.now()).await.unwrap();
        }
        let all = press.tick_after(TimeDelta::minutes(61)).await;
        assert_eq!(published(&all), usize::from(approved));
        assert_eq!(press.past().await[0].2, (!approved).then_some(Skipped::Paused));
    }
}

#[tokio::test]
async fn the_edition_of_a_digest_that_was_taken_out_is_told_of_and_never_goes_long_after() {
    let (mut press, edition) = waiting(Otherwise::Send).await;
    let morning = press.order.digests.remove(0);
    press.agenda = Agenda::new(None);
    press.tick_after(TimeDelta::minutes(1)).await;
    let told = press.store().notices().await.unwrap();
    assert!(told[0].text.contains("the configuration has no digest `morning` with a schedule"), "{told:?}");
    press.tick_after(TimeDelta::hours(2)).await;
    let state = async |press: &Press| press.store().edition(edition).await.unwrap().unwrap().state;
    assert_eq!(state(&press).await, EditionState::Draft, "another press may have it");
    press.tick_after(TimeDelta::hours(6)).await;
    assert_eq!(
        (state(&press).await, press.past().await[0].2.clone()),
        (EditionState::Cancelled, Some(Skipped::NoDigest))
    );
    press.order.digests.push(morning);
    assert_eq!(published(&press.tick().await), 0);
}
