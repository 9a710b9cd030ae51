//! Delivering opens a connection by the rules, keeps passwords to itself, and has more carriers than one.

use pressrun::deliver::{Carrier, Letter, Relay, Security, Verdict};
use pressrun::model::{DeliveryId, Step};

use crate::relay::{
    Act, Script, ScriptedRelay, USUAL, connect, is_sent, judge, letter, letter_of, login, refused,
};

const WITH_STARTTLS: [&str; 3] = ["PIPELINING", "STARTTLS", "8BITMIME"];

// S14: notices.

#[tokio::test]
async fn notices_are_asked_for_by_name_and_of_failures_only_where_they_can_be_asked_for() {
    let [one, mut two] = [letter("ann+x=y@example.net"), letter("bob@example.net")];
    two.delivery = DeliveryId(8);
    for (offers, pipelining) in [(&["DSN"][..], false), (&["PIPELINING", "DSN"][..], true)] {
        let server = ScriptedRelay::start(Script::offering(offers)).await;
        let mut connection = connect(server.relay(Security::Plain)).await;
        connection.begin(&one).await.unwrap();
        assert!(is_sent(&connection.finish(&one, Some(&two)).await));
        assert!(is_sent(&connection.send(&two).await));
        let seen = server.seen();
        let mail = "MAIL FROM:<news@example.org> RET=HDRS ENVID=0a1b";
        let rcpt = "RCPT TO:<ann+x=y@example.net> NOTIFY=FAILURE ORCPT=rfc822;ann+2Bx+3Dy@example.net";
        let other = "RCPT TO:<bob@example.net> NOTIFY=FAILURE ORCPT=rfc822;bob@example.net";
        let expected = [mail, rcpt, "DATA", "RSET", mail, other, "DATA"];
        let expected = expected.into_iter().filter(|line| pipelining || *line != "RSET");
        assert_eq!(seen.lines[1..], expected.collect::<Vec<_>>(), "{pipelining}");
        assert_eq!(seen.letters.len(), 2);
    }
    let server = ScriptedRelay::start(Script::offering(&["PIPELINING"])).await;
    let mut connection = connect(server.relay(Security::Plain)).await;
    assert!(is_sent(&connection.send(&one).await));
    assert_eq!(server.seen().lines[1..3], ["MAIL FROM:<news@example.org>", "RCPT TO:<ann+x=y@example.net>"]);
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
