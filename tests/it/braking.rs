//! Brakes: too many refusals, an operator's hand, and readers who leave stop letters that have not begun.

use pressrun::model::{DeliveryState, EditionId, EmailAddress};
use pressrun::press::GivenUp;
use pressrun::store::Terms;

use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL};
use crate::runs::{counts, going_to_many, only, readers_at, run, staying, way};
use crate::world::World;

fn friendly() -> Script {
    Script::offering(&USUAL)
}

fn refusing() -> Script {
    friendly().at("RCPT TO:<wrong", Act::Say("552 5.2.2 mailbox full"))
}

async fn paused(world: &World, edition: EditionId) -> Option<String> {
    world.store.edition(edition).await.unwrap().unwrap().paused
}

#[tokio::test]
async fn more_than_a_twentieth_refused_pauses_the_edition_with_a_sentence_until_it_is_resumed() {
    let all = [readers_at("good.example", 94), readers_at("wrong.example", 16)].concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let relay = ScriptedRelay::start(refusing()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&first.totals), [("queued", 10), ("sent", 94), ("refused", 6)]);
    let why = "6 of 100 letters were refused";
    assert!(
        matches!(&first.given_up, Some(GivenUp::Paused { why: said, last: Some(last) })
        if said == why && last.code == 552),
        "{:?}",
        first.given_up
    );
    assert_eq!(paused(&world, edition).await.as_deref(), Some(why));

    let still = run(&world, edition, &ways, &rules).await;
    assert_eq!(still.given_up, Some(GivenUp::Paused { why: why.to_owned(), last: None }));
    assert_eq!(relay.seen().count("RCPT TO:<wrong"), 6, "nothing goes while it is paused");

    relay.follow(friendly());
    assert!(world.store.resume(edition).await.unwrap());
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!((counts(&last.totals), last.given_up), (vec![("sent", 104), ("refused", 6)], None));
}

#[tokio::test]
async fn a_twentieth_refused_is_borne() {
    let all = [readers_at("good.example", 105), readers_at("wrong.example", 5)].concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let relay = ScriptedRelay::start(refusing()).await;
    let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 105), ("refused", 5)], None));
}

#[tokio::test]
async fn twenty_five_refused_one_after_the_other_pause_the_edition() {
    let (world, edition) = going_to_many(&readers_at("wrong.example", 40), &Terms::default()).await;
    let relay = ScriptedRelay::start(refusing()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&first.totals), [("queued", 15), ("refused", 25)]);
    let why = paused(&world, edition).await.expect("is paused");
    assert_eq!(why, "25 letters were refused or lost one after the other");

    relay.follow(friendly());
    // Putting back by hand resumes as well.
    world.store.requeue(edition, &[DeliveryState::Refused], world.now()).await.unwrap();
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&last.totals), [("sent", 40)]);
}

#[tokio::test]
async fn a_pause_in_the_middle_of_a_run_lets_no_further_letter_begin() {
    let (world, edition) = going_to_many(&readers_at("a.example", 40), &Terms::default()).await;
    let gate = Gate::shut();
    let relay = ScriptedRelay::start(friendly().at(". a02@", Act::Gated(gate.clone()))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), staying(&world));
    let pausing = async {
        gate.reached().await;
        assert!(world.store.pause(edition, "the lead story is wrong").await.unwrap());
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), pausing);
    assert_eq!(counts(&delivered.totals), [("queued", 37), ("sent", 3)]);
    let why = "the lead story is wrong".to_owned();
    assert_eq!(delivered.given_up, Some(GivenUp::Paused { why, last: None }));
    let seen = relay.seen();
    assert_eq!(seen.letters.len(), 3);
    // The one that was announced costs the connection; the others are not offered to the relay at all.
    assert!(seen.connections <= 3, "{} connections", seen.connections);

    world.store.resume(edition).await.unwrap();
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!((counts(&last.totals), relay.seen().letters.len()), (vec![("sent", 40)], 40));
}

#[tokio::test]
async fn readers_who_leave_while_the_relay_holds_the_third_letter_are_spared() {
    let (world, edition) = going_to_many(&readers_at("a.example", 10), &Terms::default()).await;
    let gate = Gate::shut();
    let relay = ScriptedRelay::start(friendly().at(". a02@", Act::Gated(gate.clone()))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let leaving = async {
        gate.reached().await;
        for reader in readers_at("a.example", 10).iter().skip(2) {
            let address = EmailAddress::parse(reader).unwrap();
            world.store.unsubscribe(&address, None, world.now()).await.unwrap();
        }
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), leaving);
    // The third one was in the relay's hands.
    assert_eq!(counts(&delivered.totals), [("sent", 3), ("cancelled", 7)]);
    assert_eq!(relay.seen().readers(), readers_at("a.example", 3));
}

#[tokio::test]
async fn an_address_that_is_suppressed_meanwhile_is_spared_too() {
    let (world, edition) = going_to_many(&readers_at("a.example", 4), &Terms::default()).await;
    let gate = Gate::shut();
    let relay = ScriptedRelay::start(friendly().at(". a00@", Act::Gated(gate.clone()))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let complaining = async {
        gate.reached().await;
        let reader = EmailAddress::parse("a01@a.example").unwrap();
        world.store.suppress(&reader.clone().into(), "complained", world.now()).await.unwrap();
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), complaining);
    assert_eq!(counts(&delivered.totals), [("sent", 3), ("suppressed", 1)]);
    assert!(!relay.seen().readers().contains(&"a01@a.example"));
}
