//! Letters that were put off or lost are tried again, in their time, and each ends.

use chrono::TimeDelta;
use pressrun::model::{Attempt, DeliveryState, EditionState, Instant, Outcome};
use pressrun::store::Terms;

use crate::relay::{Act, Script, ScriptedRelay, Taken, USUAL};
use crate::runs::{counts, going_to, only, run, story, way};

/// A connection that is lost in the middle of the answer to a letter that was taken.
const LOST: Act = Act::SayAndHangUp("2");

fn friendly() -> Script {
    Script::offering(&USUAL)
}

fn terms(now: Instant, hours: i64, retry_after: Option<TimeDelta>) -> Terms {
    Terms { expires_at: Some(now + TimeDelta::hours(hours)), retry_after, ..Terms::default() }
}

/// The noon of the test world's day, give or take the hours before it.
fn start() -> Instant {
    "2026-03-02T07:00:00Z".parse().unwrap()
}

fn message_id(letter: &Taken) -> String {
    let text = String::from_utf8_lossy(&letter.bytes);
    text.lines().find(|line| line.starts_with("Message-ID:")).expect("a Message-ID").to_owned()
}

#[tokio::test]
async fn waits_grow_from_minutes_to_hours_each_reader_their_own_and_end_when_the_edition_does() {
    let full = friendly().at("RCPT", Act::Say("450 4.2.2 mailbox full"));
    let relay = ScriptedRelay::start(full).await;
    let expires_at = start() + TimeDelta::hours(48);
    let (world, edition) =
        going_to(&["ann@a.example", "bob@b.example", "cat@c.example"], &terms(start(), 48, None)).await;
    assert_eq!(world.now(), start());
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    loop {
        let delivered = run(&world, edition, &ways, &rules).await;
        let Some(due) = delivered.waiting.deferred else { break };
        assert!(due > world.now(), "{due}");
        world.turn_clock(due - world.now());
    }
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert_eq!((counts(&record.totals), record.state), (vec![("expired", 3)], EditionState::Finished));
    assert!(world.now() < expires_at && expires_at - world.now() < TimeDelta::minutes(11), "{}", world.now());
    let mut firsts = Vec::new();
    for delivery in world.store.deliveries(edition, None, None, 9).await.unwrap() {
        let attempts = world.store.attempts(delivery.id).await.unwrap();
        let (last, before) = attempts.split_last().unwrap();
        assert_eq!(last.outcome, Outcome::Expired);
        let waits: Vec<TimeDelta> = before.iter().map(wait).collect();
        assert!(waits[0] >= TimeDelta::minutes(5) && waits[0] <= TimeDelta::minutes(6), "{waits:?}");
        assert!(waits[..6].is_sorted() && waits[5] > TimeDelta::hours(2), "{waits:?}");
        let longest = waits.iter().max().unwrap();
        assert!((180..=288).contains(&longest.num_minutes()), "{waits:?}");
        assert!((15..25).contains(&waits.len()), "{waits:?}");
        firsts.push(waits[0]);
    }
    firsts.dedup();
    assert_eq!(firsts.len(), 3, "all begin again at once: {firsts:?}");
}

fn wait(attempt: &Attempt) -> TimeDelta {
    let Outcome::Deferred { until } = attempt.outcome else { panic!("{attempt:?}") };
    until - attempt.at
}

#[tokio::test]
async fn what_nobody_tried_in_time_expires_without_another_try() {
    let grey = friendly().at("RCPT TO:<bob@", Act::Say("450 4.7.1 greylisted"));
    let relay = ScriptedRelay::start(grey).await;
    let (world, edition) = going_to(&["ann@a.example", "bob@b.example"], &terms(start(), 3, None)).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    run(&world, edition, &ways, &rules).await;
    world.turn_clock(TimeDelta::hours(3));
    let late = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &late, edition).await, "ann sent, bob expired (recipient 450)");
    assert_eq!(relay.seen().count("RCPT TO:<bob@"), 1);
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert_eq!(record.state, EditionState::Finished);
}

#[tokio::test]
async fn an_uncertain_letter_goes_once_more_with_the_same_message_id_and_is_held_the_second_time() {
    let relay = ScriptedRelay::start(friendly().at(". bob@", LOST)).await;
    let patience = TimeDelta::minutes(20);
    let (world, edition) =
        going_to(&["ann@a.example", "bob@b.example"], &terms(start(), 48, Some(patience))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &first, edition).await, "ann sent, bob uncertain (final_dot 0)");
    assert_eq!(first.waiting.uncertain, Some(world.now() + patience));
    world.turn_clock(patience - TimeDelta::seconds(1));
    run(&world, edition, &ways, &rules).await;
    assert_eq!(relay.seen().letters.len(), 2, "not before its time");

    world.turn_clock(TimeDelta::seconds(1));
    let second = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &second, edition).await, "ann sent, bob uncertain 2x (final_dot 0)");
    assert_eq!(second.waiting.uncertain, None);
    let letters = relay.seen().letters;
    assert_eq!(letters.len(), 3);
    assert_eq!(message_id(&letters[1]), message_id(&letters[2]));
    assert_eq!(letters[1].bytes, letters[2].bytes);

    world.turn_clock(TimeDelta::hours(47));
    let third = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&third.totals), [("sent", 1), ("uncertain", 1)]);
    assert_eq!((relay.seen().letters.len(), third.totals.doubtful), (3, 0));
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert_eq!(record.state, EditionState::Finished, "nothing goes by itself any more");
}

#[tokio::test]
async fn where_nothing_uncertain_is_tried_again_it_is_held_until_a_hand_puts_it_back() {
    let relay = ScriptedRelay::start(friendly().at(". bob@", LOST)).await;
    let (world, edition) = going_to(&["ann@a.example", "bob@b.example"], &terms(start(), 48, None)).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert_eq!(first.waiting, pressrun::store::Waiting::default());
    world.turn_clock(TimeDelta::hours(24));
    let held = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &held, edition).await, "ann sent, bob uncertain (final_dot 0)");
    assert_eq!(relay.seen().letters.len(), 2);

    relay.follow(friendly());
    assert_eq!(world.store.requeue(edition, &[DeliveryState::Uncertain], world.now()).await.unwrap(), 1);
    let again = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &again, edition).await, "ann sent, bob sent 2x");
    assert_eq!(again.totals.doubtful, 1, "bob may have it twice, and the ledger says so");
    let letters = relay.seen().letters;
    assert_eq!(message_id(&letters[1]), message_id(&letters[2]));
}

#[tokio::test]
async fn an_uncertain_letter_that_is_tried_again_and_taken_is_counted_as_doubtful() {
    let relay = ScriptedRelay::start(friendly().at(". bob@", Act::HangUp)).await;
    let (world, edition) =
        going_to(&["ann@a.example", "bob@b.example"], &terms(start(), 48, Some(TimeDelta::minutes(5)))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    run(&world, edition, &ways, &rules).await;
    relay.follow(friendly());
    world.turn_clock(TimeDelta::minutes(5));
    let again = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &again, edition).await, "ann sent, bob sent 2x");
    assert_eq!(again.totals.doubtful, 1);
}

#[tokio::test]
async fn a_letter_that_may_have_arrived_is_never_said_to_have_expired() {
    let relay = ScriptedRelay::start(friendly().at(". bob@", Act::HangUp)).await;
    let (world, edition) =
        going_to(&["ann@a.example", "bob@b.example"], &terms(start(), 2, Some(TimeDelta::minutes(5)))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    run(&world, edition, &ways, &rules).await;
    relay.follow(friendly().at("RCPT", Act::Say("450 4.2.2 mailbox full")));
    loop {
        let delivered = run(&world, edition, &ways, &rules).await;
        let next = delivered.waiting.uncertain.into_iter().chain(delivered.waiting.deferred).min();
        let Some(next) = next else { break };
        world.turn_clock(next - world.now());
    }
    let record = world.store.edition(edition).await.unwrap().unwrap();
    let states = counts(&record.totals);
    assert_eq!((states, record.totals.doubtful), (vec![("sent", 1), ("uncertain", 1)], 0));
    assert_eq!(record.state, EditionState::Finished);
}
