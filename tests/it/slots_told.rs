//! What became of a slot and what the publisher is told of it are one: no crash between them loses the word.

use chrono::TimeDelta;
use pressrun::model::{Approval, EditionState, Otherwise, Skipped, Timetable};
use pressrun::store::Verdict;

use crate::publishing::{Press, timetable};
use crate::store_opening::tamper;

/// No word of a slot can be stored.
const SPEECHLESS: &str = "CREATE TRIGGER speechless BEFORE INSERT ON notices WHEN NEW.key LIKE 'slot:%'
     BEGIN SELECT RAISE(ABORT, 'disk'); END";
const MENDED: &str = "DROP TRIGGER speechless";

/// What the publisher will hear of slots.
async fn heard(press: &Press) -> Vec<String> {
    let said = press.store().notices().await.unwrap();
    said.into_iter().filter(|notice| notice.key.starts_with("slot:")).map(|notice| notice.text).collect()
}

#[tokio::test]
async fn a_slot_that_brings_nothing_is_told_of_when_it_is_recorded() {
    let (mut press, _folder, url) = Press::on_file(timetable("daily at 07:30")).await;
    press.order.digests[0].minimum = 2;
    press.tell().await;
    tamper(&url, SPEECHLESS).await;
    press.tick_after(TimeDelta::minutes(31)).await;
    assert_eq!(press.past().await, [], "given back");
    tamper(&url, MENDED).await;
    press.tick_after(TimeDelta::minutes(2)).await;
    assert_eq!((press.past().await.len(), heard(&press).await.len()), (1, 1));
}

#[tokio::test]
async fn slots_that_were_missed_are_told_of_when_they_are_recorded() {
    let (mut press, _folder, url) = Press::on_file(timetable("daily at 07:30")).await;
    tamper(&url, SPEECHLESS).await;
    press.tick_after(TimeDelta::hours(7)).await;
    assert_eq!(press.past().await, []);
    tamper(&url, MENDED).await;
    press.tick_after(TimeDelta::minutes(2)).await;
    let why = press.past().await[0].2.clone();
    assert!(matches!(why, Some(Skipped::Failed { .. })), "it was tried in time: {why:?}");
    assert_eq!(heard(&press).await.len(), 1);
}

#[tokio::test]
async fn an_edition_that_nobody_approved_is_withdrawn_with_its_slot_and_told_of() {
    let approval = Approval { within: std::time::Duration::from_secs(3600), otherwise: Otherwise::Skip };
    let table = Timetable { approval: Some(approval), ..timetable("daily at 07:30") };
    let (mut press, _folder, url) = Press::on_file(table).await;
    press.tell().await;
    let all = press.tick_after(TimeDelta::minutes(31)).await;
    let Verdict::Waiting(edition) = all[0].verdict else { panic!("{all:?}") };
    let told = heard(&press).await;
    tamper(&url, &SPEECHLESS.replace("INSERT", "UPDATE")).await;
    press.tick_after(TimeDelta::minutes(61)).await;
    let state = press.store().edition(edition).await.unwrap().unwrap().state;
    assert_eq!((state, press.past().await[0].2.clone()), (EditionState::Draft, None), "not by halves");
    tamper(&url, MENDED).await;
    press.tick_after(TimeDelta::minutes(1)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::NotApproved { edition }));
    let now_told = heard(&press).await;
    assert!(now_told[0].contains("was not approved in time") && now_told != told, "{now_told:?}");
}
