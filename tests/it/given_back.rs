//! What a cancelled edition had is free again, whatever has gone out since.

use chrono::TimeDelta;
use pressrun::model::{EditionId, SlotZone};
use pressrun::store::{StoreError, Terms, Verdict};

use crate::publishing::{Press, timetable};

async fn next_edition(press: &mut Press) -> EditionId {
    let all = press.tick_after(TimeDelta::days(1)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    edition
}

async fn titles(press: &Press, edition: EditionId) -> Vec<String> {
    let articles = press.store().edition_articles(edition).await.unwrap();
    let mut titles: Vec<_> = articles.into_iter().map(|(_, candidate)| candidate.article.title).collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn a_cancelled_edition_gives_its_articles_to_the_next_one_though_another_has_gone_out_since() {
    let mut press = Press::with(timetable("daily at 07:00")).await;
    press.tell().await;
    next_edition(&mut press).await;
    press.tell().await;
    press.tell().await;
    let cancelled = next_edition(&mut press).await;
    press.tell().await;
    next_edition(&mut press).await;
    assert!(press.store().cancel(cancelled).await.unwrap());
    press.tell().await;
    let edition = next_edition(&mut press).await;
    assert_eq!(titles(&press, edition).await, ["Story 2", "Story 3", "Story 5"]);
    press.tell().await;
    let edition = next_edition(&mut press).await;
    assert_eq!(titles(&press, edition).await, ["Story 6"], "and to no other one");
}

#[tokio::test]
async fn what_came_back_is_an_edition_even_without_anything_new_and_is_never_in_two() {
    let mut press = Press::with(timetable("daily at 07:00")).await;
    press.tell().await;
    let cancelled = next_edition(&mut press).await;
    press.tell().await;
    next_edition(&mut press).await;
    assert!(press.store().cancel(cancelled).await.unwrap());
    // Somebody composes by hand, and does not release it before the slot.
    press.world.turn_clock(TimeDelta::hours(1));
    let digest = press.order.digests[0].clone();
    let (drafted, now) = (press.world.draft(&digest).await, press.world.now());
    let late =
        pressrun::press::store_draft(press.store(), &digest, &drafted, now, now).await.unwrap().unwrap();
    press.world.turn_clock(TimeDelta::hours(-1));
    let edition = next_edition(&mut press).await;
    assert_eq!(titles(&press, edition).await, ["Story 1"]);
    assert_eq!(titles(&press, late).await, ["Story 1"]);
    let refused = press.store().release(late, &digest.lists, &Terms::default(), now).await;
    assert!(matches!(refused, Err(StoreError::Overtaken(_))), "{refused:?}");
    let all = press.tick_after(TimeDelta::days(1)).await;
    assert!(matches!(all[0].verdict, Verdict::Skipped(_)), "{all:?}");
}

#[tokio::test]
async fn readers_of_a_cancelled_wave_who_have_had_a_later_one_are_known() {
    let mut own = timetable("daily at 07:00");
    own.zone = SlotZone::Subscriber { otherwise: chrono_tz::UTC };
    let mut press = Press::with(own).await;
    press.tell().await;
    let first = next_edition(&mut press).await;
    assert!(!press.store().come_further(first).await.unwrap());
    press.tell().await;
    let second = next_edition(&mut press).await;
    assert!(press.store().come_further(first).await.unwrap());
    assert!(!press.store().come_further(second).await.unwrap());
    assert!(press.store().cancel(second).await.unwrap());
    press.tell().await;
    let third = next_edition(&mut press).await;
    assert_eq!(titles(&press, third).await, ["Story 2", "Story 3"]);
}
