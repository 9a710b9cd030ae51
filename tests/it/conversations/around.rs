//! Letters that are announced behind another one's dot, and relays that lose their place.

use pressrun::deliver::{Security, Verdict};
use pressrun::model::{DeliveryState, EmailAddress, Step};
use pressrun::store::Terms;

use super::{ALL_SENT, READERS, Row, play_all, row};
use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL, connect, judge, letter};
use crate::runs::{going_to, only, run, story, way};

fn refusing(says: &'static str) -> Script {
    Script::offering(&USUAL)
        .at("RCPT TO:<bob@", Act::Say(says))
        .at("DATA", Act::Say("354 go on, whoever it is for"))
}

#[tokio::test]
async fn a_go_ahead_for_nobody_sends_nobody_an_empty_letter() {
    let refused = "ann sent, bob refused (recipient 550), cat sent, never again bob";
    let of = |script: Script, story: &str, letters| Row { script, ..row("", Act::HangUp, story, letters) };
    play_all(vec![
        of(refusing("550 5.1.1 no such user"), refused, 2),
        of(refusing("450 4.7.1 greylisted"), "ann sent, bob deferred (recipient 450), cat sent", 2),
        of(
            Script::offering(&USUAL).at("MAIL", Act::Say("451 4.3.0 not you")),
            &format!("{}, given up at sender 451", super::NOBODY),
            0,
        ),
        of(
            Script::offering(&USUAL)
                .at("MAIL", Act::Say("550 5.7.1 not you"))
                .at("RCPT", Act::Say("503 5.5.1 MAIL first"))
                .at("DATA", Act::Say("354 go on, whoever it is for")),
            &format!("{}, given up at sender 550", super::NOBODY),
            0,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_reader_who_leaves_while_the_letter_is_announced_gets_none_and_the_others_theirs() {
    let gate = Gate::shut();
    let relay = ScriptedRelay::start(Script::offering(&USUAL).at(". ann@", Act::Gated(gate.clone()))).await;
    let (world, edition) = going_to(&READERS, &Terms::default()).await;
    let ways = only(way("relay", &relay, 1));
    let rules = world.rules();
    let leaving = async {
        gate.reached().await;
        let bob = EmailAddress::parse("bob@b.example").unwrap();
        world.store.unsubscribe(&bob, None, world.now()).await.unwrap();
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), leaving);
    assert_eq!(story(&world, &delivered, edition).await, "ann sent, bob cancelled 0x, cat sent");
    let seen = relay.seen();
    assert_eq!(seen.readers(), ["ann@a.example", "cat@c.example"]);
    // The letter was announced, so the connection was dropped inside it.
    assert_eq!((seen.count("RCPT TO:<bob@"), seen.connections), (1, 2));
}

#[tokio::test]
async fn a_relay_that_dies_with_a_letter_announced_gets_it_once_it_lives_again() {
    let dying = Script::offering(&USUAL).at(". ann@", Act::SayAndHangUp("250 2.0.0 Ok"));
    let relay = ScriptedRelay::start(dying).await;
    let (world, edition) = going_to(&READERS, &Terms::default()).await;
    let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
    assert_eq!(story(&world, &delivered, edition).await, ALL_SENT);
    assert_eq!((relay.seen().readers(), relay.seen().connections), (READERS.to_vec(), 2));
}

#[tokio::test]
async fn a_relay_that_hangs_up_in_the_middle_of_a_letter_has_refused_and_taken_none() {
    for offers in [&USUAL[..], &USUAL[1..]] {
        let script = Script { hangs_up_in_data: true, ..Script::offering(offers) };
        let relay = ScriptedRelay::start(script).await;
        let (world, edition) = going_to(&READERS, &Terms::default()).await;
        let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
        // Whether the dot got away before it was noticed, only the network knows.
        let (queued, uncertain) = (DeliveryState::Queued, DeliveryState::Uncertain);
        assert_eq!(
            delivered.totals.in_state(queued) + delivered.totals.in_state(uncertain),
            3,
            "{delivered:?}"
        );
        assert!(relay.seen().letters.is_empty());
    }
}

#[tokio::test]
async fn a_relay_that_hung_up_before_the_dot_cannot_have_the_letter() {
    let script = Script { hangs_up_in_data: true, ..Script::offering(&USUAL) };
    let relay = ScriptedRelay::start(script).await;
    let mut connection = connect(relay.relay(Security::Plain)).await;
    let ann = letter("ann@a.example");
    connection.begin(&ann).await.expect("the relay goes ahead");
    relay
        .until("the end", |seen| seen.most_at_once("a.example") == 1 && seen.under_way("a.example") == 0)
        .await;
    let reply = connection.finish(&ann, None).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Content, 0, Verdict::Relay));
    assert!(!connection.usable());
}

#[tokio::test]
async fn a_relay_that_hangs_up_after_each_letter_without_a_word_gets_them_all() {
    for offers in [&USUAL[..], &USUAL[1..]] {
        let script = Script { letters_per_connection: Some(1), ..Script::offering(offers) };
        let relay = ScriptedRelay::start(script).await;
        let (world, edition) = going_to(&READERS, &Terms::default()).await;
        let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
        assert_eq!(story(&world, &delivered, edition).await, ALL_SENT);
        assert_eq!(relay.seen().by_connection.iter().max(), Some(&1));
    }
}

#[tokio::test]
async fn an_address_that_needs_smtputf8_is_refused_alone_where_that_is_not_offered() {
    let readers = ["ann@a.example", "j\u{f6}rg@b.example", "cat@c.example"];
    for (offers, told, letters) in [
        (&USUAL[..], "ann sent, cat sent, j\u{f6}rg refused (recipient 553)", 2),
        (&["PIPELINING", "8BITMIME", "SMTPUTF8"], "ann sent, cat sent, j\u{f6}rg sent", 3),
    ] {
        let relay = ScriptedRelay::start(Script::offering(offers)).await;
        let (world, edition) = going_to(&readers, &Terms::default()).await;
        let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
        assert_eq!(
            (story(&world, &delivered, edition).await.as_str(), relay.seen().letters.len()),
            (told, letters)
        );
    }
}

#[tokio::test]
async fn greylisting_is_tried_again_when_its_time_has_come_and_not_before() {
    let grey = Script::offering(&USUAL).at("RCPT TO:<bob@", Act::Say("450 4.7.1 greylisted"));
    let relay = ScriptedRelay::start(grey).await;
    let (world, edition) = going_to(&READERS, &Terms::default()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    let due = first.waiting.deferred.expect("bob waits");
    relay.follow(Script::offering(&USUAL));
    world.turn_clock(due - world.now() - chrono::TimeDelta::seconds(1));
    let early = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &early, edition).await, "ann sent, bob deferred (recipient 450), cat sent");
    world.turn_clock(chrono::TimeDelta::seconds(1));
    let late = run(&world, edition, &ways, &rules).await;
    assert_eq!(story(&world, &late, edition).await, "ann sent, bob sent 2x, cat sent");
    assert_eq!(relay.seen().letters.len(), 3);
}
