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

#[tokio::test]
async fn who_moves_a_moment_before_a_slot_into_a_zone_where_nobody_was_gets_its_edition() {
    let mut press = by_own_clocks("daily at 08:00", chrono_tz::UTC).await;
    press.tell().await;
    press.tick_after(TimeDelta::seconds(59 * 60 + 45)).await;
    // The same clock under another name.
    move_to(&press, chrono_tz::Africa::Abidjan).await;
    let all = press.tick_after(TimeDelta::seconds(15)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    let record = press.store().edition(edition).await.unwrap().unwrap();
    assert_eq!(record.totals.candidates, 1);
    press.tell().await;
    let all = press.tick_after(TimeDelta::days(1)).await;
    assert_eq!(published(&all), 1, "and tomorrow's too");
}
