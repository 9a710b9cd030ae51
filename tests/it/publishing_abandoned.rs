//! A maker dies over a slot, and the next slot comes before anybody may take it over.

use chrono::TimeDelta;
use pressrun::model::{EditionState, Instant, Skipped, SlotState};
use pressrun::store::{Lease, Terms};

use crate::publishing::{Press, published, timetable};
use crate::store_world::{draft_of, name};

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
