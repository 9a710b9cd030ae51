//! Two presses on one store, which were not told the same.

use chrono::TimeDelta;
use pressrun::model::{SlotState, Timetable};
use pressrun::press::Agenda;

use crate::publishing::{Press, published, timetable};

/// Another press on the same store: what it was told, and what it knows.
struct Other(Timetable, Agenda);

impl Other {
    fn told(schedule: &str) -> Self {
        Self(timetable(schedule), Agenda::new(None))
    }

    /// It looks at its slots; returns how many editions it made.
    async fn tick(&mut self, press: &mut Press) -> usize {
        self.change_places(press);
        press.tell().await;
        let all = press.tick().await;
        self.change_places(press);
        published(&all)
    }

    fn change_places(&mut self, press: &mut Press) {
        let table = press.order.digests[0].timetable.as_mut().unwrap();
        std::mem::swap(table, &mut self.0);
        std::mem::swap(&mut press.agenda, &mut self.1);
    }
}

/// Both look at their slots five seconds after each of ten minutes; returns how many editions they made.
async fn ten_minutes(press: &mut Press, other: &mut Other) -> usize {
    let mut editions = 0;
    press.world.turn_clock(TimeDelta::seconds(5));
    other.tick(press).await;
    for minute in 0..10 {
        press.world.turn_clock(TimeDelta::minutes(1));
        press.tell().await;
        if minute % 3 == 0 {
            editions += other.tick(press).await;
        }
        editions += published(&press.tick().await) + other.tick(press).await;
    }
    editions
}

#[tokio::test]
async fn the_same_schedule_in_other_words_is_the_same() {
    let mut press = Press::with(timetable("* * * * *")).await;
    let mut other = Other::told("every minute");
    assert_eq!(ten_minutes(&mut press, &mut other).await, 10);
    let past = press.past().await;
    assert_eq!(past.iter().filter(|(_, state, _)| *state == SlotState::Published).count(), 10, "{past:?}");
    assert_eq!(press.store().notices().await.unwrap(), []);
}

#[tokio::test]
async fn two_schedules_bring_both_their_slots_and_the_publisher_hears_of_it() {
    let mut press = Press::with(timetable("*/2 * * * *")).await;
    let mut other = Other::told("1-59/2 * * * *");
    assert_eq!(ten_minutes(&mut press, &mut other).await, 10);
    let past = press.past().await;
    assert_eq!((past.len(), &*past[0].0, &*past[9].0), (10, "02 07:01", "02 07:10"));
    let told = press.store().notices().await.unwrap();
    let text = "morning: two presses on this store have different schedules for it, `*/2 * * * * | UTC` and \
                `1-59/2 * * * * | UTC`, and both publish";
    assert!(told[0].text.starts_with(text), "{told:?}");
}

#[tokio::test]
async fn another_schedule_begins_when_the_press_does_that_was_told_it() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.world.turn_clock(TimeDelta::minutes(70));
    press.tell().await;
    let mut other = Other::told("daily at 08:05");
    assert_eq!(other.tick(&mut press).await, 0, "nobody was promised anything for 08:05");
    press.world.turn_clock(TimeDelta::days(1));
    assert_eq!(other.tick(&mut press).await, 1);
    assert_eq!(press.store().notices().await.unwrap(), [], "there is one press at a time");
}
