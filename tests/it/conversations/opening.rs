//! Openings that go wrong: whatever it is, nobody is refused, and no password goes where it must not.

use super::{
    ALL_SENT, Act, NOBODY, READERS, Relay, Row, Script, Security, USUAL, login, no_ones, play_all, row,
};
use crate::relay::ScriptedRelay;
use crate::runs::{going_to, only, run, story, way};
use pressrun::deliver::Carrier;
use pressrun::press::Way;
use pressrun::store::Terms;

const WITH_STARTTLS: [&str; 4] = ["PIPELINING", "STARTTLS", "8BITMIME", "AUTH PLAIN"];

fn encrypted(relay: Relay) -> Relay {
    Relay { security: Security::StartTls, login: login("open sesame"), ..relay }
}

fn implicit(relay: Relay) -> Relay {
    Relay { security: Security::Implicit, ..relay }
}

fn with_password(relay: Relay) -> Relay {
    Relay { login: login("open sesame"), ..relay }
}

/// A relay that greets in this way.
fn greets(act: Act, story: &str, letters: usize) -> Row {
    Row {
        script: Script { greeting: Some(act), ..Script::offering(&USUAL) },
        ..row("", Act::HangUp, story, letters)
    }
}

/// A relay that is spoken to under STARTTLS, with a password.
fn secret(script: Script, given_up: &str) -> Row {
    Row { script, relay: encrypted, story: format!("{NOBODY}, given up at {given_up}"), letters: 0 }
}

#[tokio::test]
async fn a_relay_that_will_not_have_us_has_nobodys_letter() {
    let nobody = |at: &str| format!("{NOBODY}, given up at {at}");
    play_all(vec![
        greets(Act::Say("220-relay.test\r\n220-no advertising\r\n220 please"), ALL_SENT, 3),
        greets(Act::Slowly("220 relay.test"), ALL_SENT, 3),
        greets(Act::SayAndHangUp("421 4.3.2 too busy"), &nobody("greeting 421"), 0),
        greets(Act::SayAndHangUp("554 5.7.1 not you"), &nobody("greeting 554"), 0),
        greets(Act::HangUp, &nobody("greeting 0"), 0),
        greets(Act::Say("HTTP/1.1 400 Bad Request"), &nobody("greeting 0"), 0),
        no_ones("EHLO", Act::SayAndHangUp("421 4.3.2 closing"), "greeting 421"),
        no_ones("EHLO", Act::HangUp, "greeting 0"),
        no_ones("EHLO", Act::SayAndHangUp("250-relay.test\r\n250 PIPELINING"), "sender 0"),
        Row { script: Script { helo_only: true, ..Script::default() }, ..row("", Act::HangUp, ALL_SENT, 3) },
    ])
    .await;
}

#[tokio::test]
async fn no_letter_goes_where_the_connection_cannot_be_protected() {
    let offers = || Script::offering(&WITH_STARTTLS);
    play_all(vec![
        Row { script: offers(), relay: encrypted, story: ALL_SENT.to_owned(), letters: 3 },
        secret(Script::offering(&USUAL), "tls 0"),
        secret(offers().at("STARTTLS", Act::SayAndHangUp("421 4.3.2 closing")), "tls 421"),
        secret(offers().at("STARTTLS", Act::Say("454 4.7.0 not available")), "tls 454"),
        secret(offers().at("STARTTLS", Act::SayAndHangUp("220 go")), "tls 0"),
        secret(offers().at("STARTTLS", Act::HangUp), "tls 0"),
        secret(Script { injected: "250 AUTH PLAIN\r\n", ..offers() }, "tls 0"),
        secret(Script { expired: true, ..offers() }, "tls 0"),
        Row {
            relay: |r| Relay { host: "localhost".to_owned(), ..encrypted(r) },
            ..secret(offers(), "tls 0")
        },
        Row { relay: implicit, ..secret(Script { expired: true, implicit_tls: true, ..offers() }, "tls 0") },
        Row {
            relay: implicit,
            ..secret(Script { greeting: Some(Act::SayAndHangUp("220 plain")), ..offers() }, "tls 0")
        },
    ])
    .await;
}

#[tokio::test]
async fn a_refused_password_suppresses_nobody_and_is_no_attempt() {
    let at_auth = |act: Act, at: &str| Row { relay: with_password, ..no_ones("AUTH", act, at) };
    play_all(vec![
        Row { relay: with_password, ..row("nothing", Act::HangUp, ALL_SENT, 3) },
        at_auth(Act::Say("535 5.7.8 wrong"), "auth 535"),
        at_auth(Act::Say("534 5.7.9 use an application password"), "auth 534"),
        at_auth(Act::Say("454 4.7.0 try again later"), "auth 454"),
        at_auth(Act::SayAndHangUp("421 4.7.0 too many logins"), "auth 421"),
        at_auth(Act::HangUp, "auth 0"),
        Row {
            relay: with_password,
            script: Script::offering(&["PIPELINING"]),
            ..no_ones("", Act::HangUp, "auth 0")
        },
        secret(
            Script { offers_under_tls: Some(vec!["PIPELINING"]), ..Script::offering(&WITH_STARTTLS) },
            "auth 0",
        ),
        secret(Script::offering(&WITH_STARTTLS).at("AUTH", Act::Say("535 5.7.8 wrong")), "auth 535"),
    ])
    .await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_believed_by_nobody() {
    let (relay, stranger) = (
        ScriptedRelay::start(Script::offering(&WITH_STARTTLS)).await,
        ScriptedRelay::start(Script::default()).await,
    );
    let (world, edition) = going_to(&READERS, &Terms::default()).await;
    let carrier = Relay { ca_file: Some(stranger.ca_file()), ..encrypted(relay.relay(Security::StartTls)) };
    let ways = only(Way { carrier: Carrier::smtp(carrier), ..way("relay", &relay, 1) });
    let delivered = run(&world, edition, &ways, &world.rules()).await;
    assert_eq!(story(&world, &delivered, edition).await, format!("{NOBODY}, given up at tls 0"));
    let seen = relay.seen();
    assert_eq!((seen.count("AUTH"), seen.count("MAIL"), seen.encrypted), (0, 0, 0));
}
