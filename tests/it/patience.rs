//! An edition waits for its sources, which are asked before its slot, and nobody waits for a press that is told to stop.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use pressrun::model::{Digest, EmailAddress, Instant, Never, Next, Skipped, SlotState};
use pressrun::press::{Agenda, PublishingRules};
use pressrun::store::{Poll, PollEnd};

use crate::publishing::{Press, published, timetable};
use crate::world::name;

/// Its source was polled now, and will be again in a day.
async fn polled(press: &Press) {
    let (id, at) = (press.store().sources().await.unwrap()[0].id, press.world.now());
    let next = Next { poll: Some(at + TimeDelta::days(1)), not_before: None, rest: None };
    let poll = Poll { at, end: PollEnd::Unchanged, validators: None, moved_to: None, next };
    press.store().record_poll(id, &poll).await.unwrap();
}

async fn next_poll(press: &Press) -> Option<Instant> {
    press.store().sources().await.unwrap()[0].next_poll
}

#[tokio::test]
async fn sources_are_asked_before_the_slot_so_that_the_edition_need_not_wait() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.rules = PublishingRules::default();
    polled(&press).await;
    let rest = next_poll(&press).await;
    press.tell().await;
    assert_eq!(press.tick_after(TimeDelta::minutes(27)).await, []);
    assert_eq!(next_poll(&press).await, rest, "it is early yet");
    assert_eq!(press.tick_after(TimeDelta::minutes(1)).await, []);
    assert_eq!(next_poll(&press).await, Some(press.world.now()), "two minutes before");
    press.world.turn_clock(TimeDelta::minutes(1));
    polled(&press).await;
    assert_eq!(press.tick().await, []);
    assert!(next_poll(&press).await > Some(press.world.now()), "once is enough");
    let all = press.tick_after(TimeDelta::minutes(1)).await;
    assert_eq!((published(&all), all[0].remark.clone()), (1, None));
}

#[tokio::test]
async fn an_edition_that_waits_for_its_sources_is_not_late_by_that() {
    let mut soon = timetable("daily at 07:30");
    soon.catch_up = Duration::from_secs(60);
    let mut press = Press::with(soon).await;
    press.rules = PublishingRules::default();
    press.tell().await;
    assert_eq!(press.tick_after(TimeDelta::seconds(1_803)).await, [], "it waits");
    assert_eq!(press.tick_after(TimeDelta::seconds(90)).await, [], "it waits still");
    let all = press.tick_after(TimeDelta::seconds(30)).await;
    assert_eq!(published(&all), 1, "{all:?}");
}

#[tokio::test]
async fn what_is_late_names_the_silence_of_the_press_only_if_there_was_one() {
    for silent in [true, false] {
        let mut press = Press::with(timetable("daily at 07:30")).await;
        press.tell().await;
        if silent {
            press.agenda = Agenda::new(None);
            press.tick_after(TimeDelta::hours(7)).await;
        } else {
            // Another press says every minute that it is at work, and has another digest.
            for _ in 0..420 {
                press.world.turn_clock(TimeDelta::minutes(1));
                press.store().beat(press.world.now()).await.unwrap();
            }
            press.tick().await;
        }
        assert!(matches!(press.past().await[0].2, Some(Skipped::Late { .. })));
        let told = press.store().notices().await.unwrap().remove(0).text;
        assert!(told.contains("it was 6 h 30 min late, and catch_up allows 6 h 00 min"), "{told}");
        assert_eq!(told.contains("no press was running"), silent, "{told}");
    }
}

#[tokio::test]
async fn a_stop_is_heard_between_two_digests() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    for n in 0..4 {
        let digest = Digest { name: name(&format!("other-{n}")), ..press.order.digests[0].clone() };
        press.order.digests.push(digest);
    }
    press.agenda = Agenda::new(None);
    press.tick().await;
    press.tell().await;
    press.order.until_stop.store(2, Ordering::SeqCst);
    assert_eq!(published(&press.tick_after(TimeDelta::minutes(30)).await), 2);
    press.order.until_stop.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(published(&press.tick().await), 3, "the others are due as they were");
}

#[tokio::test]
async fn readers_who_are_all_suppressed_are_nobody_and_use_nothing_up() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    let ann = Never::from(EmailAddress::parse("ann@example.org").unwrap());
    press.store().suppress(&ann, "complained", press.world.now()).await.unwrap();
    press.tick_after(TimeDelta::minutes(30)).await;
    let told = ("02 07:30".to_owned(), SlotState::Skipped, Some(Skipped::NoReaders));
    assert_eq!(press.past().await, [told]);
    assert!(press.store().editions(None, 1).await.unwrap().is_empty());
    assert!(
        !press.store().has_readers(&name("morning"), &[name("readers")], press.world.now()).await.unwrap()
    );
    let bob = EmailAddress::parse("bob@example.org").unwrap();
    press.world.subscribe(&[bob.as_str()]).await;
    assert!(
        press.store().has_readers(&name("morning"), &[name("readers")], press.world.now()).await.unwrap()
    );
}

#[tokio::test]
async fn trouble_is_taken_back_when_its_digest_is_no_more_or_its_source_is_well() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    let now = press.world.now();
    for key in ["digest:morning", "digest:evening", "source:news", "source:other"] {
        press.store().notice(key, "trouble", now).await.unwrap();
    }
    press.agenda = Agenda::new(None);
    press.tick().await;
    polled(&press).await;
    let keys: Vec<_> = press.store().notices().await.unwrap().into_iter().map(|notice| notice.key).collect();
    assert_eq!(keys, ["digest:morning", "source:other"]);
}
