//! Fairness: one bad letter, one bad hour or one slow pace does not cost the others theirs.

use std::sync::atomic::AtomicBool;

use chrono::TimeDelta;
use pressrun::press::{self, GivenUp, Postmark, Way};
use pressrun::store::Terms;

use crate::relay::{Act, Script, ScriptedRelay, USUAL};
use crate::runs::{counts, going_to, going_to_many, only, readers_at, run, staying, story, way};

fn friendly() -> Script {
    Script::offering(&USUAL)
}

#[tokio::test]
async fn one_letter_that_the_relay_cannot_bear_keeps_nobody_else_waiting_for_ever() {
    let mut ends = Vec::new();
    for act in [Act::SayAndHangUp("421 4.4.2 timeout"), Act::HangUp, Act::Say("452 4.3.1 no storage")] {
        let relay = ScriptedRelay::start(friendly().at("RCPT TO:<ann@", act)).await;
        let (world, edition) =
            going_to(&["ann@a.example", "bob@b.example", "cat@c.example"], &Terms::default()).await;
        let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
        for _ in 0..5 {
            run(&world, edition, &ways, &rules).await;
            world.turn_clock(TimeDelta::minutes(10));
        }
        let last = run(&world, edition, &ways, &rules).await;
        ends.push(story(&world, &last, edition).await);
    }
    assert!(ends.iter().all(|end| end.contains("bob sent") && end.contains("cat sent")), "{ends:#?}");
}

#[tokio::test]
async fn letters_that_cannot_be_made_pause_the_edition_before_every_reader_is_refused() {
    let (world, edition) = going_to_many(&readers_at("a.example", 60), &Terms::default()).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let (clock, stop) = (world.clock(), AtomicBool::new(false));
    let run = press::Run { store: &world.store, ways: &ways, clock: &clock, rules: &rules, stop: &stop };
    // RFC 8058 wants https: no letter can be made with this address.
    let postmark = Postmark::new(world.digest(), "http://tide.example".to_owned());
    let delivered = press::deliver(&run, edition, &postmark, |_| {}).await.unwrap();
    let Some(GivenUp::Paused { why, .. }) = &delivered.given_up else { panic!("{delivered:?}") };
    assert!(why.contains("could not be made"), "{why}");
    assert_eq!(counts(&delivered.totals), [("queued", 35), ("refused", 25)]);
    assert_eq!(relay.seen().letters.len(), 0);
}

#[tokio::test]
async fn resuming_lets_an_edition_with_many_refusals_go_on_past_the_next_one() {
    let all = [readers_at("good.example", 94), readers_at("wrong.example", 8), readers_at("zoo.example", 8)]
        .concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let relay =
        ScriptedRelay::start(friendly().at("RCPT TO:<wrong", Act::Say("552 5.2.2 mailbox full"))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert!(first.given_up.is_some());
    world.store.resume(edition).await.unwrap();
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!((counts(&last.totals), last.given_up), (vec![("sent", 102), ("refused", 8)], None));
}

#[tokio::test]
async fn a_reader_who_leaves_while_the_letter_waits_for_the_relays_pace_is_spared() {
    let (world, edition) = going_to_many(&readers_at("a.example", 2), &Terms::default()).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let ways = only(Way { per_second: Some(0.1), ..way("relay", &relay, 1) });
    let rules = staying(&world);
    let leaving = async {
        relay.until("the first", |seen| seen.letters.len() == 1).await;
        // Until the second waits.
        for _ in 0..300 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let address = pressrun::model::EmailAddress::parse("a01@a.example").unwrap();
        world.store.unsubscribe(&address, None, world.now()).await.unwrap();
        world.turn_clock(TimeDelta::seconds(10));
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), leaving);
    assert_eq!(counts(&delivered.totals), [("sent", 1), ("cancelled", 1)]);
}
