//! Connections that end, and waits that do: no delivery suffers, and nothing is used again that broke.

use std::time::Duration;

use pressrun::deliver::{Carrier, Letter, Relay, Security, Verdict};
use pressrun::model::{Outcome, Step};

use crate::relay::{
    Act, Script, ScriptedRelay, USUAL, connect, judge, letter, letter_of, login, patient, refused,
};

const SHORT: Duration = Duration::from_millis(50);
const WITH_STARTTLS: [&str; 3] = ["PIPELINING", "STARTTLS", "8BITMIME"];

// S4, S5, S6: connections that end, and waits that do.

#[tokio::test]
async fn after_a_421_the_connection_is_not_used_again() {
    for (line, step) in
        [("MAIL", Step::Sender), ("RCPT", Step::Recipient), ("DATA", Step::Content), (".", Step::FinalDot)]
    {
        for offers in [&["PIPELINING"][..], &[]] {
            let script = Script::offering(offers).at(line, Act::SayAndHangUp("421 4.3.2 closing"));
            let server = ScriptedRelay::start(script).await;
            let mut connection = connect(server.relay(Security::Plain)).await;
            let reply = connection.send(&letter("ann@example.net")).await;
            assert_eq!((reply.step, reply.code, judge(&reply)), (step, 421, Verdict::Relay));
            assert!(!connection.usable());
        }
    }
}

#[tokio::test]
async fn a_connection_that_drops_before_the_final_dot_touches_no_delivery() {
    for (line, step) in [("MAIL", Step::Sender), ("RCPT", Step::Recipient), ("DATA", Step::Content)] {
        for offers in [&["PIPELINING"][..], &[]] {
            let server = ScriptedRelay::start(Script::offering(offers).at(line, Act::HangUp)).await;
            let mut connection = connect(server.relay(Security::Plain)).await;
            let reply = connection.send(&letter("ann@example.net")).await;
            assert_eq!((reply.step, reply.code, judge(&reply)), (step, 0, Verdict::Relay));
            assert!(!connection.usable());
        }
    }
}

#[tokio::test]
async fn a_connection_that_drops_after_the_final_dot_leaves_the_outcome_open() {
    let server = ScriptedRelay::start(Script::offering(&USUAL).at(".", Act::HangUp)).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("ann@example.net")).await;
    assert_eq!((reply.step, reply.code), (Step::FinalDot, 0));
    assert_eq!(judge(&reply), Verdict::Delivery(Outcome::Uncertain));
    assert!(!connection.usable());
}

#[tokio::test]
async fn a_server_that_hangs_up_silently_between_letters_costs_a_connection_and_nothing_else() {
    let script = Script { letters_per_connection: Some(2), ..Script::offering(&USUAL) };
    let server = ScriptedRelay::start(script).await;
    let carrier = Carrier::smtp(server.relay(Security::Plain));
    let mut connection = carrier.connect().await.expect("a connection");
    let mut left: Vec<Letter> = (0..5).map(|n| letter(&format!("reader{n}@example.net"))).collect();
    while let Some(next) = left.pop() {
        let reply = connection.send(&next).await;
        match judge(&reply) {
            Verdict::Relay => {
                assert!(!connection.usable());
                connection = carrier.connect().await.expect("a connection");
                left.push(next);
            }
            Verdict::Delivery(outcome) => assert_eq!(outcome, Outcome::Sent),
        }
    }
    let seen = server.seen();
    assert_eq!((seen.letters.len(), seen.connections), (5, 3));
}

#[tokio::test]
async fn a_relay_that_falls_silent_is_given_up_at_every_step() {
    let relay = |server: &ScriptedRelay| Relay { timeouts: patient(), ..server.relay(Security::Plain) };
    let silent = Script { greeting: Some(Act::Stall), ..Script::default() };
    let server = ScriptedRelay::start(silent).await;
    let mut hasty = relay(&server);
    hasty.timeouts.greeting = SHORT;
    assert_eq!(refused(hasty).await.step, Step::Greeting);
    let server = ScriptedRelay::start(Script::offering(&["AUTH PLAIN"]).at("AUTH", Act::Stall)).await;
    let mut hasty = Relay { login: login("open sesame"), ..relay(&server) };
    hasty.timeouts.auth = SHORT;
    assert_eq!(refused(hasty).await.step, Step::Auth);
    for (line, step) in
        [("MAIL", Step::Sender), ("RCPT", Step::Recipient), ("DATA", Step::Content), (".", Step::FinalDot)]
    {
        let server = ScriptedRelay::start(Script::default().at(line, Act::Stall)).await;
        let mut hasty = relay(&server);
        match line {
            "MAIL" => hasty.timeouts.mail = SHORT,
            "RCPT" => hasty.timeouts.rcpt = SHORT,
            "DATA" => hasty.timeouts.data = SHORT,
            _ => hasty.timeouts.final_dot = SHORT,
        }
        let mut connection = connect(hasty).await;
        let reply = connection.send(&letter("ann@example.net")).await;
        assert_eq!((reply.step, reply.code), (step, 0), "{line}");
        assert!(reply.text.contains("did not answer within"), "{}", reply.text);
        assert!(!connection.usable());
        assert_eq!(connection.send(&letter("bob@example.net")).await.code, 0);
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let script = Script::offering(&WITH_STARTTLS).at("STARTTLS", Act::Stall);
    let server = ScriptedRelay::start(script).await;
    let mut hasty = Relay { timeouts: patient(), ..server.relay(Security::StartTls) };
    hasty.timeouts.tls = SHORT;
    assert_eq!(refused(hasty).await.step, Step::Tls);
}

#[tokio::test]
async fn a_relay_that_stops_reading_cannot_have_the_letter() {
    let server = ScriptedRelay::start(Script { deaf_in_data: true, ..Script::default() }).await;
    let mut relay = Relay { timeouts: patient(), ..server.relay(Security::Plain) };
    relay.timeouts.block = SHORT;
    let mut connection = connect(relay).await;
    let reply = connection.send(&letter_of("ann@example.net", &"x\r\n".repeat(8_000_000))).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Content, 0, Verdict::Relay));
    assert!(!connection.usable());
}

#[tokio::test]
async fn a_send_that_was_cancelled_leaves_a_connection_that_is_not_used_again() {
    let server = ScriptedRelay::start(Script::default().at("DATA", Act::Stall)).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let first = letter("ann@example.net");
    tokio::select! {
        biased;
        reply = connection.send(&first) => panic!("the relay answered {reply:?}"),
        () = async { while server.seen().count("DATA") == 0 { tokio::task::yield_now().await } } => {}
    }
    assert!(!connection.usable());
    let reply = connection.send(&letter("bob@example.net")).await;
    assert_eq!((reply.code, judge(&reply)), (0, Verdict::Relay));
    assert_eq!(server.seen().count("MAIL"), 1);
}

#[tokio::test]
async fn an_answer_too_many_is_never_taken_for_the_next_letters() {
    let script = Script::offering(&USUAL).at(". twice@", Act::Say("250 2.0.0 Ok\r\n250 2.0.0 Ok, I said"));
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(connection.send(&letter("twice@example.net")).await.accepted());
    let reply = connection.send(&letter("ann@example.net")).await;
    assert_eq!((reply.code, judge(&reply)), (0, Verdict::Relay));
    assert!(!connection.usable());
}
