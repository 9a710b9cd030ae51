//! Delivering keeps the rules of SMTP, and a reply says whose fault it was.

use std::time::Duration;

use pressrun::deliver::{Carrier, Connection, Letter, Relay, Security, Verdict, verdict};
use pressrun::model::{DeliveryId, EmailAddress, Instant, Outcome, Reply, Step};

use crate::relay::{Act, Script, ScriptedRelay, login, patient};

const USUAL: [&str; 4] = ["PIPELINING", "SIZE 10240000", "8BITMIME", "AUTH PLAIN LOGIN"];
const WITH_STARTTLS: [&str; 3] = ["PIPELINING", "STARTTLS", "8BITMIME"];
const SHORT: Duration = Duration::from_millis(50);

fn letter_of(to: &str, body: &str) -> Letter {
    let recipient = EmailAddress::parse(to).expect("an address");
    Letter {
        delivery: DeliveryId(7),
        sender: EmailAddress::parse("news@example.org").expect("an address"),
        message_id: "0a1b@example.org".to_owned(),
        bytes: format!("From: news@example.org\r\nTo: {recipient}\r\n\r\n{body}").into_bytes(),
        recipient,
    }
}

fn letter(to: &str) -> Letter {
    letter_of(to, "Good morning.\r\n")
}

async fn connect(relay: Relay) -> Connection {
    Carrier::smtp(relay).connect().await.expect("a connection")
}

async fn refused(relay: Relay) -> Reply {
    Carrier::smtp(relay).connect().await.expect_err("no connection")
}

fn judge(reply: &Reply) -> Verdict {
    verdict(reply, 0, Instant::UNIX_EPOCH)
}

fn is_sent(reply: &Reply) -> bool {
    judge(reply) == Verdict::Delivery(Outcome::Sent)
}

fn is_deferred(reply: &Reply) -> bool {
    matches!(judge(reply), Verdict::Delivery(Outcome::Deferred { .. }))
}

// S1: the opening.

#[tokio::test]
async fn a_server_that_knows_helo_only_gets_its_letters() {
    let server = ScriptedRelay::start(Script { helo_only: true, ..Script::default() }).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    let seen = server.seen();
    assert_eq!(
        seen.lines[..3],
        ["EHLO press.example.org", "HELO press.example.org", "MAIL FROM:<news@example.org>"]
    );
}

#[tokio::test]
async fn without_a_name_the_hello_is_the_address_that_calls() {
    let server = ScriptedRelay::start(Script::default()).await;
    let connection = connect(Relay { hello: None, ..server.relay(Security::Plain) }).await;
    connection.close().await;
    assert_eq!(server.seen().lines, ["EHLO [127.0.0.1]", "QUIT"]);
}

#[tokio::test]
async fn a_greeting_and_replies_of_many_lines_are_read_whole() {
    let script = Script::offering(&USUAL).at(
        "RCPT TO:<full@",
        Act::Say("452-4.2.2 The mailbox\r\n452-4.2.2 of this reader\r\n452 4.2.2 is full"),
    );
    let script =
        Script { greeting: Some(Act::Say("220-relay.test\r\n220-no advertising\r\n220 please")), ..script };
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    let reply = connection.send(&letter("full@example.net")).await;
    assert_eq!((reply.step, reply.code, reply.enhanced.as_deref()), (Step::Recipient, 452, Some("4.2.2")));
    assert!(reply.text.contains("The mailbox of this reader is full"), "{}", reply.text);
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
}

#[tokio::test]
async fn a_greeting_that_says_no_is_the_relays_trouble() {
    for greeting in ["554 no service here", "421 too busy"] {
        let script = Script { greeting: Some(Act::Say(greeting)), ..Script::default() };
        let reply = refused(ScriptedRelay::start(script).await.relay(Security::Plain)).await;
        assert_eq!((reply.step, judge(&reply)), (Step::Greeting, Verdict::Relay), "{greeting}");
        assert!(greeting.ends_with(&reply.text), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_trouble_at_connect() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let server = ScriptedRelay::start(Script::default()).await;
    let reply = refused(Relay { port, ..server.relay(Security::Plain) }).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Connect, 0, Verdict::Relay));
}

#[tokio::test]
async fn what_was_offered_in_clear_text_is_forgotten_after_the_handshake() {
    let before = ["PIPELINING", "STARTTLS", "SMTPUTF8", "SIZE 10", "AUTH PLAIN"];
    let script = Script { offers_under_tls: Some(vec!["8BITMIME"]), ..Script::offering(&before) };
    let server = ScriptedRelay::start(script).await;
    let mut connection = connect(server.relay(Security::StartTls)).await;
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    let seen = server.seen();
    assert_eq!(seen.letters[0].mail, "MAIL FROM:<news@example.org>");
    assert!(seen.groups.iter().all(|group| group.matches("\r\n").count() <= 1), "{:?}", seen.groups);
    let reply = refused(Relay { login: login("open sesame"), ..server.relay(Security::StartTls) }).await;
    assert_eq!((reply.step, reply.code), (Step::Auth, 0));
}

#[tokio::test]
async fn replies_slipped_in_before_the_handshake_are_noticed_and_nothing_is_sent() {
    let injected = "250-evil.example\r\n250 AUTH PLAIN";
    let script = Script { injected, ..Script::offering(&WITH_STARTTLS) };
    let server = ScriptedRelay::start(script).await;
    let reply = refused(Relay { login: login("open sesame"), ..server.relay(Security::StartTls) }).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Tls, 0, Verdict::Relay));
    assert!(reply.text.contains("somebody is in between"), "{}", reply.text);
    assert_eq!(server.seen().lines, ["EHLO press.example.org", "STARTTLS"]);
}

// S2: TLS and passwords.

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let server = ScriptedRelay::start(Script::offering(&USUAL)).await;
    let reply = refused(Relay { login: login("open sesame"), ..server.relay(Security::StartTls) }).await;
    assert_eq!((reply.step, reply.code), (Step::Tls, 0));
    assert_eq!(server.seen().lines, ["EHLO press.example.org"]);
}

#[tokio::test]
async fn a_server_that_declines_starttls_gets_nothing() {
    let script = Script::offering(&WITH_STARTTLS).at("STARTTLS", Act::Say("454 4.7.0 not now"));
    let server = ScriptedRelay::start(script).await;
    let reply = refused(server.relay(Security::StartTls)).await;
    assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Tls, 454, Verdict::Relay));
    assert_eq!(server.seen().count("MAIL"), 0);
}

#[tokio::test]
async fn letters_and_passwords_travel_under_tls() {
    for (security, implicit_tls) in [(Security::StartTls, false), (Security::Implicit, true)] {
        let offers = ["PIPELINING", "STARTTLS", "AUTH PLAIN LOGIN"];
        let server = ScriptedRelay::start(Script { implicit_tls, ..Script::offering(&offers) }).await;
        let mut connection = connect(Relay { login: login("open sesame"), ..server.relay(security) }).await;
        assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
        connection.close().await;
        let seen = server.seen();
        assert_eq!(seen.letters.len(), 1);
        // All but the EHLO and the STARTTLS before the handshake.
        assert_eq!(seen.encrypted, seen.lines.len() - if implicit_tls { 0 } else { 2 }, "{:?}", seen.lines);
        assert_eq!(seen.count("AUTH PLAIN"), 1);
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_it() {
    let server = ScriptedRelay::start(Script::offering(&WITH_STARTTLS)).await;
    let other = ScriptedRelay::start(Script::default()).await;
    for ca_file in [Some(other.ca_file()), None] {
        let reply = refused(Relay { ca_file, ..server.relay(Security::StartTls) }).await;
        assert_eq!((reply.step, reply.code, judge(&reply)), (Step::Tls, 0, Verdict::Relay));
    }
    let other_name = Relay { host: "localhost".to_owned(), ..server.relay(Security::StartTls) };
    let reply = refused(other_name).await;
    assert_eq!((reply.step, reply.code), (Step::Tls, 0));
    assert!(reply.text.contains("not valid for name"), "{}", reply.text);
    assert_eq!(server.seen().count("MAIL"), 0);
}

#[tokio::test]
async fn a_ca_file_without_certificates_is_named() {
    let server = ScriptedRelay::start(Script::offering(&WITH_STARTTLS)).await;
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let reply =
        refused(Relay { ca_file: Some(empty.path().into()), ..server.relay(Security::StartTls) }).await;
    assert_eq!(reply.step, Step::Tls);
    assert!(reply.text.contains("no certificate in it"), "{}", reply.text);
}

#[tokio::test]
async fn a_refused_password_does_not_bounce_anyone() {
    let server = ScriptedRelay::start(Script::offering(&USUAL)).await;
    let reply = refused(Relay { login: login("tell nobody"), ..server.relay(Security::Plain) }).await;
    assert_eq!((reply.step, reply.code, reply.enhanced.as_deref()), (Step::Auth, 535, Some("5.7.8")));
    assert_eq!(judge(&reply), Verdict::Relay);
    let relay = Relay { login: login("tell nobody"), ..server.relay(Security::Plain) };
    let shown = format!("{reply:?} {relay:?} {:?}", Carrier::smtp(relay.clone()));
    assert!(!shown.contains("tell nobody"), "{shown}");
}

#[tokio::test]
async fn login_is_spoken_where_plain_is_not_offered() {
    let server = ScriptedRelay::start(Script::offering(&["AUTH=LOGIN"])).await;
    let mut connection =
        connect(Relay { login: login("open sesame"), ..server.relay(Security::Plain) }).await;
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await));
    assert_eq!(server.seen().count("AUTH LOGIN"), 1);
}

#[tokio::test]
async fn a_configured_login_is_never_left_out() {
    let server = ScriptedRelay::start(Script::offering(&["AUTH CRAM-MD5"])).await;
    let reply = refused(Relay { login: login("open sesame"), ..server.relay(Security::Plain) }).await;
    assert_eq!((reply.step, judge(&reply)), (Step::Auth, Verdict::Relay));
    assert_eq!(server.seen().count("MAIL"), 0);
}

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

// The other carriers.

#[tokio::test]
async fn the_outbox_holds_one_file_for_each_letter_with_exactly_its_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("out/box");
    let carrier = Carrier::outbox(&dir).expect("an outbox");
    let mut connection = carrier.connect().await.expect("a connection");
    let plain = letter_of("ann@example.net", ".\r\nx\r\n");
    let hostile = Letter {
        delivery: DeliveryId(12),
        message_id: "../../etc/x y@example.org".to_owned(),
        ..letter("bob@example.net")
    };
    for sent in [&plain, &hostile, &plain] {
        assert!(is_sent(&connection.send(sent).await));
    }
    let mut names: Vec<String> = std::fs::read_dir(&dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, ["000007-0a1b.eml", "000012-______etc_x_y.eml"]);
    assert_eq!(std::fs::read(dir.join(&names[0])).expect("a file"), plain.bytes);
    assert_eq!(std::fs::read(dir.join(&names[1])).expect("a file"), hostile.bytes);
}

#[tokio::test]
async fn an_outbox_that_cannot_be_written_is_trouble_and_touches_no_delivery() {
    let folder = tempfile::tempdir().expect("a folder");
    let carrier = Carrier::outbox(folder.path()).expect("an outbox");
    let mut connection = carrier.connect().await.expect("a connection");
    folder.close().expect("removed");
    let reply = connection.send(&letter("ann@example.net")).await;
    assert_eq!((reply.code, judge(&reply)), (0, Verdict::Relay));
    assert!(!reply.text.contains("ann@"), "{}", reply.text);
}

#[tokio::test]
async fn the_memory_carrier_keeps_what_all_its_clones_took() {
    let carrier = Carrier::memory();
    let Carrier::Memory(memory) = &carrier else { panic!("not the memory carrier") };
    let mut connection = carrier.clone().connect().await.expect("a connection");
    assert!(is_sent(&connection.send(&letter("ann@example.net")).await) && connection.usable());
    connection.close().await;
    assert_eq!(memory.letters(), [letter("ann@example.net")]);
}
