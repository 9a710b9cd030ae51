//! Editions by the readers' own clocks: who is in which, and for how long its letters are tried.

use chrono::TimeDelta;
use pressrun::model::{EmailAddress, SlotZone};
use pressrun::store::Verdict;

use crate::publishing::{Press, published, timetable};

/// A press whose readers' own clocks count; its one reader is in the zone.
async fn by_own_clocks(schedule: &str, zone: chrono_tz::Tz) -> Press {
    let mut own = timetable(schedule);
    own.zone = SlotZone::Subscriber { otherwise: chrono_tz::Europe::Berlin };
    let press = Press::with(own).await;
    move_to(&press, zone).await;
    press
}

async fn move_to(press: &Press, zone: chrono_tz::Tz) {
    let ann = EmailAddress::parse("ann@example.org").unwrap();
    press.store().set_zone(&ann, Some(zone)).await.unwrap();
}

#[tokio::test]
async fn the_letters_of_a_wave_are_tried_until_the_next_slot_of_its_own_readers() {
    // Ten o'clock in Helsinki is an hour before ten o'clock in Berlin, where the digest is at home.
    let mut press = by_own_clocks("daily at 10:00", chrono_tz::Europe::Helsinki).await;
    press.tell().await;
    press.tick_after(TimeDelta::minutes(30)).await;
    let all = press.tick_after(TimeDelta::minutes(30)).await;
    assert_eq!(published(&all), 1, "08:00 UTC");
    assert!(matches!(all[0].verdict, Verdict::Published(_)));
    assert_eq!(*press.order.next.lock().unwrap(), Some(press.world.now() + TimeDelta::days(1)));
}
