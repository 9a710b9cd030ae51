//! A maker dies over a slot, and the next slot comes before anybody may take it over.

use chrono::TimeDelta;
use pressrun::model::{EditionState, Instant, Otherwise, Skipped, SlotState};
use pressrun::store::{Lease, Store, StoreError, Terms};

use crate::publishing::{Press, published, timetable};
use crate::store_world::{at, confirmed, draft_of, name, stores};

/// Somebody has opened the slot of the next minute, and dies.
async fn opened(press: &mut Press) -> Instant {
    press.world.turn_clock(TimeDelta::minutes(1));
    let slot = press.world.now();
    let lease = Lease { holder: "dead".to_owned(), until: slot + TimeDelta::minutes(5) };
    assert!(press.store().open_slot(&name("morning"), slot, &lease, slot).await.unwrap());
    slot
}

#[tokio::test]
async fn a_slot_whose_maker_died_and_that_was_passed_is_told_as_failed_when_its_lease_has_lapsed() {
    let mut press = Press::with(timetable("* * * * *")).await;
    let slot = opened(&mut press).await;
    press.tell().await;
    assert_eq!(
        published(&press.tick_after(TimeDelta::minutes(1)).await),
        1,
        "the next slot waits for nobody"
    );
    assert_eq!(press.past().await[0].1, SlotState::Open, "whoever made it may live");
    press.tick_after(TimeDelta::minutes(5)).await;
    let (told, state, why) = press.past().await.remove(0);
    assert_eq!((told, state), (slot.format("%d %H:%M").to_string(), SlotState::Skipped));
    assert!(
        matches!(&why, Some(Skipped::Failed { why }) if why.contains("ended before it was done")),
        "{why:?}"
    );
    let told = press.store().notices().await.unwrap();
    assert!(told.iter().any(|notice| notice.text.contains("ended before it was done")), "{told:?}");
}

#[tokio::test]
async fn a_slot_whose_maker_died_after_the_release_is_told_as_published_and_a_draft_it_left_is_forgotten() {
    for release in [true, false] {
        let mut press = Press::with(timetable("* * * * *")).await;
        let slot = opened(&mut press).await;
        let id = draft_of(press.store(), "morning", slot).await;
        if release {
            let lists = [name("readers")];
            press.store().release(id, &lists, &Terms::default(), slot).await.unwrap();
        }
        press.tick_after(TimeDelta::minutes(1)).await;
        press.tick_after(TimeDelta::minutes(5)).await;
        let state = press.store().edition(id).await.unwrap().map(|record| record.state);
        let told = press.past().await.remove(0).1;
        if release {
            assert_eq!((told, state), (SlotState::Published, Some(EditionState::Released)));
        } else {
            assert_eq!((told, state), (SlotState::Skipped, None));
        }
    }
}

/// A holder's hand on a slot of five minutes.
async fn open(store: &Store, holder: &str, minute: i64) -> bool {
    let lease = Lease { holder: holder.to_owned(), until: at(minute + 5) };
    store.open_slot(&name("daily"), at(0), &lease, at(minute)).await.unwrap()
}

#[tokio::test]
async fn a_maker_that_was_taken_for_dead_can_do_nothing_with_a_slot_that_others_have() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example"]).await;
        let (lists, terms) = ([name("news")], Terms::default());
        assert!(open(&store, "one", 0).await);
        let id = draft_of(&store, "daily", at(0)).await;
        assert!(!open(&store, "two", 4).await);
        assert!(open(&store, "two", 6).await);
        let released = store.release_for(Some("one"), id, &lists, &terms, at(6)).await;
        assert!(matches!(released, Err(StoreError::SlotLost(lost)) if lost == id), "{released:?}");
        let asked = store.ask(id, "one", at(9), Otherwise::Send, at(6), |_| Vec::new()).await;
        assert!(matches!(asked, Err(StoreError::SlotLost(_))), "{asked:?}");
        let renewed = Lease { holder: "one".to_owned(), until: at(60) };
        store.renew_slot(&name("daily"), at(0), &renewed).await.unwrap();
        assert!(open(&store, "three", 12).await, "nor keep it");
        store.release_for(Some("three"), id, &lists, &terms, at(12)).await.unwrap();
    }
}

#[tokio::test]
async fn a_slot_that_is_told_as_skipped_is_published_by_nobody_and_a_number_is_given_once() {
    for store in stores().await {
        confirmed(&store, "news", &["ann@a.example"]).await;
        let daily = name("daily");
        store.orders(&[(&daily, "hourly".to_owned())], at(0)).await.unwrap();
        assert!(open(&store, "one", 0).await);
        let gone = draft_of(&store, "daily", at(0)).await;
        store.account(&daily, at(60)).await.unwrap();
        store.close_abandoned(at(60)).await.unwrap();
        assert_eq!(store.slots(&daily, 1).await.unwrap()[0].state, SlotState::Skipped);
        assert!(store.edition(gone).await.unwrap().is_none());
        let next = draft_of(&store, "weekly", at(0)).await;
        assert_ne!(next, gone, "whoever comes late finds nothing under it");
        // The maker wakes up, and had not stored its draft yet.
        let late = draft_of(&store, "daily", at(0)).await;
        let released = store.release_for(Some("one"), late, &[name("news")], &Terms::default(), at(61)).await;
        assert!(matches!(released, Err(StoreError::SlotLost(_))), "{released:?}");
    }
}
