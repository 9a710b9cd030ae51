//! A reply says whose fault it was, and one reader's refusal is nobody else's.

use pressrun::deliver::{Security, Verdict};
use pressrun::model::{Outcome, Step};

use crate::relay::{
    Act, Script, ScriptedRelay, USUAL, connect, is_deferred, is_sent, judge, letter, letter_of,
};

// S3, S13: refusals, with and without groups.

#[tokio::test]
async fn one_bad_recipient_does_not_stop_the_others() {
    for offers in [&USUAL[..], &USUAL[1..]] {
        let script = Script::offering(offers)
            .at("RCPT TO:<hard1@", Act::Say("550 5.1.1 no such user"))
            .at("RCPT TO:<grey1@", Act::Say("450 4.7.1 greylisted"))
            .at(". spam@", Act::Say("554 5.7.1 we do not like it"))
            .at(". slow@", Act::Say("451 4.3.0 try again"));
        let server = ScriptedRelay::start(script).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        let hard = connection.send(&letter("hard1@example.net")).await;
        assert_eq!((hard.step, hard.code, hard.enhanced.as_deref()), (Step::Recipient, 550, Some("5.1.1")));
        assert_eq!(judge(&hard), Verdict::Delivery(Outcome::Refused));
        let grey = connection.send(&letter("grey1@example.net")).await;
        assert!(grey.step == Step::Recipient && is_deferred(&grey));
        let spam = connection.send(&letter("spam@example.net")).await;
        assert_eq!((spam.step, judge(&spam)), (Step::FinalDot, Verdict::Delivery(Outcome::Refused)));
        assert!(is_deferred(&connection.send(&letter("slow@example.net")).await));
        assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
        let seen = server.seen();
        assert_eq!((seen.connections, seen.letters.len()), (1, 1));
        assert_eq!(seen.letters[0].recipients, ["ann@example.net"]);
        assert_eq!(seen.count("RCPT"), 5);
    }
}

#[tokio::test]
async fn with_pipelining_an_envelope_is_one_write_and_without_it_three() {
    for (offers, reads) in [(&["PIPELINING"][..], 1), (&[], 3)] {
        let server = ScriptedRelay::start(Script::offering(offers)).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
        let groups = server.seen().groups;
        assert_eq!(groups.len(), 1 + reads, "{groups:?}");
    }
}

#[tokio::test]
async fn a_go_ahead_for_nobody_is_ended_with_a_lone_dot() {
    let script = Script::offering(&["PIPELINING"])
        .at("RCPT TO:<hard1@", Act::Say("550 5.1.1 no such user"))
        .at("DATA", Act::Say("354 go on, whoever it is for"));
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("hard1@example.net")).await;
    assert_eq!((reply.step, reply.code), (Step::Recipient, 550));
    assert!(connection.usable());
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    let seen = server.seen();
    assert_eq!((seen.letters.len(), seen.count("RSET")), (1, 1));
    assert!(seen.letters[0].bytes.ends_with(b"Good morning.\r\n"));
}

#[tokio::test]
async fn a_go_ahead_for_a_reader_whose_sender_was_refused_sends_no_empty_letter() {
    let script = Script::offering(&["PIPELINING"]).at("MAIL", Act::Say("503 5.5.1 nested MAIL command"));
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("ann@example.net")).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Sender, 503, Verdict::Relay));
    assert!(!connection.usable());
    let seen = server.seen();
    assert_eq!((seen.count("RCPT"), seen.letters.len()), (1, 0));
}

#[tokio::test]
async fn a_letter_that_is_refused_at_its_dot_is_over_before_the_next_begins() {
    let script = Script::offering(&["PIPELINING"]).at(". slow@", Act::Say("450 4.7.1 greylisted"));
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_deferred(&connection.send(&letter("slow@example.net")).await));
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    let seen = server.seen();
    let said: Vec<&str> = seen.lines.iter().map(|line| &line[..4]).collect();
    assert_eq!(said[1..], ["MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA"]);
}

#[tokio::test]
async fn a_refused_sender_is_the_relays_trouble_and_no_readers() {
    for offers in [&["PIPELINING"][..], &[]] {
        let script = Script::offering(offers)
            .at("MAIL", Act::Say("550 5.7.1 you may not send as this"))
            .at("RCPT", Act::Say("503 5.5.1 MAIL first"))
            .at("DATA", Act::Say("503 5.5.1 MAIL first"));
        let server = ScriptedRelay::start(script).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        let reply = connection.send(&letter("ann@example.net")).await;
        assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Sender, 550, Verdict::Relay));
        assert!(connection.usable());
    }
}

#[tokio::test]
async fn a_refused_data_is_about_the_letter() {
    for offers in [&["PIPELINING"][..], &[]] {
        let script = Script::offering(offers).at("DATA", Act::Say("451 4.3.0 not now"));
        let server = ScriptedRelay::start(script).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        let reply = connection.send(&letter("ann@example.net")).await;
        assert!(reply.step == Step::Content && is_deferred(&reply), "{reply:?}");
        assert!(connection.usable());
    }
}

#[tokio::test]
async fn a_letter_that_is_too_big_is_refused_before_it_is_offered() {
    let server = ScriptedRelay::start(Script::offering(&["SIZE 200"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let big = letter_of("ann@example.net", &"x\r\n".repeat(100));
    let reply = connection.send(&big).await;
    assert_eq!((reply.step, reply.code, reply.enhanced.as_deref()), (Step::Content, 552, Some("5.3.4")));
    let small = letter("ann@example.net");
    assert!(is_sent(&connection.send(&small).await));
    let seen = server.seen();
    assert_eq!(seen.count("MAIL"), 1);
    assert_eq!(seen.letters[0].mail, format!("MAIL FROM:<news@example.org> SIZE={}", small.bytes.len()));
}

#[tokio::test]
async fn a_size_offer_without_a_limit_limits_nothing() {
    for offer in ["SIZE", "SIZE 0"] {
        let server = ScriptedRelay::start(Script::offering(&[offer])).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        assert!(is_sent(&connection.send(&letter("ann@example.net")).await), "{offer}");
    }
}

// S12 and 8BITMIME.

#[tokio::test]
async fn ascii_mail_never_asks_for_smtputf8() {
    let server = ScriptedRelay::start(Script::offering(&["SMTPUTF8", "8BITMIME"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_sent(&connection.send(&letter("ann@bücher.example")).await));
    let seen = server.seen();
    assert_eq!(seen.letters[0].mail, "MAIL FROM:<news@example.org>");
    assert_eq!(seen.letters[0].recipients, ["ann@xn--bcher-kva.example"]);
}

#[tokio::test]
async fn a_utf8_address_asks_for_smtputf8_where_it_is_offered_and_fails_alone_where_it_is_not() {
    let server = ScriptedRelay::start(Script::offering(&["SMTPUTF8", "8BITMIME"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_sent(&connection.send(&letter("jörg@example.net")).await));
    let seen = server.seen();
    assert_eq!(seen.letters[0].mail, "MAIL FROM:<news@example.org> BODY=8BITMIME SMTPUTF8");
    assert_eq!(seen.letters[0].recipients, ["jörg@example.net"]);
    let server = ScriptedRelay::start(Script::offering(&["8BITMIME"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("jörg@example.net")).await;
    assert_eq!((reply.step, reply.code), (Step::Recipient, 553));
    assert!(reply.text.contains("SMTPUTF8") && !reply.text.contains("rg@"), "{}", reply.text);
    assert_eq!(judge(&reply), Verdict::Delivery(Outcome::Refused));
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    assert_eq!(server.seen().count("MAIL"), 1);
}

#[tokio::test]
async fn eight_bit_text_goes_only_where_it_is_offered() {
    let eight = letter_of("ann@example.net", "Größe\r\n");
    let server = ScriptedRelay::start(Script::offering(&["8BITMIME"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_sent(&connection.send(&eight).await));
    assert_eq!(server.seen().letters[0].mail, "MAIL FROM:<news@example.org> BODY=8BITMIME");
    let server = ScriptedRelay::start(Script::default()).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert_eq!(connection.send(&eight).await.step, Step::Content);
    assert_eq!(server.seen().count("MAIL"), 0);
}

// F3, and replies from the wild.

#[tokio::test]
async fn what_is_received_is_what_was_sent_whatever_the_dots() {
    let border = "x".repeat(65_500);
    let bodies = [
        ".\r\n..\r\n.hidden\r\n...\r\n",
        "a\r\n.\r\nb\r\n",
        "\r\n\r\n",
        "From here\r\n.\r\nQUIT\r\n",
        &format!("{border}\r\n.\r\n.{border}\r\n."),
        "no line end",
    ];
    for offers in [&["PIPELINING"][..], &[]] {
        let server = ScriptedRelay::start(Script::offering(offers)).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        for body in bodies {
            let sent = letter_of("ann@example.net", body);
            assert!(is_sent(&connection.send(&sent).await));
            let mut expected = sent.bytes;
            if !expected.ends_with(b"\r\n") {
                expected.extend_from_slice(b"\r\n");
            }
            let taken = server.seen().letters.pop().expect("a letter").bytes;
            assert!(taken == expected, "{body:.40}");
        }
        assert_eq!(server.seen().letters.len(), bodies.len());
    }
}

#[tokio::test]
async fn replies_that_break_the_rules_are_still_refusals() {
    let script = Script::offering(&["PIPELINING"])
        .at("RCPT TO:<latin@", Act::Bytes(b"550 5.1.1 Bo\xeete inconnue\r\n"))
        .at("RCPT TO:<bare@", Act::Bytes(b"550\r\n"))
        .at("RCPT TO:<lf@", Act::Bytes(b"550 no carriage return\n"))
        .at(". odd@", Act::Say("571 5.7.1 message refused"))
        .at(
            ". long@",
            Act::Bytes(Box::leak(
                format!("554 {}\r\n", "long ".repeat(1000)).into_bytes().into_boxed_slice(),
            )),
        );
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    for name in ["latin", "bare", "lf", "odd", "long"] {
        let reply = connection.send(&letter(&format!("{name}@example.net"))).await;
        assert_eq!(judge(&reply), Verdict::Delivery(Outcome::Refused), "{name}: {reply:?}");
        assert!(connection.usable() && reply.text.chars().count() <= 500, "{name}");
    }
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
}

#[tokio::test]
async fn an_answer_that_is_no_smtp_is_trouble_and_the_end_of_the_connection() {
    let script = Script::default().at("RCPT", Act::Say("HTTP/1.1 400 Bad Request"));
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("ann@example.net")).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Recipient, 0, Verdict::Relay));
    assert!(!connection.usable());
}
