//! What a real Postfix takes, keeps and refuses: a private one on loopback, with TLS, passwords and mailboxes.

use chrono::{TimeZone as _, Utc};
use pressrun::deliver::{Carrier, Imprint, Letter, ListHead, Plate, Recipient, ReturnPath, Verdict};
use pressrun::model::{DeliveryId, Direction, EmailAddress, Hole, Language, Mailbox, Message, Outcome, Step};

use crate::dkim;
use crate::post_office::{PASSWORD, Postfix};
use crate::relay::judge;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn raw(to: &str, body: &str) -> Letter {
    let head =
        format!("From: news@example.org\r\nTo: {to}\r\nSubject: raw\r\nMessage-ID: <1@example.org>\r\n");
    Letter {
        delivery: DeliveryId(1),
        sender: address("news@example.org"),
        recipient: address(to),
        message_id: "1@example.org".to_owned(),
        bytes: format!("{head}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n{body}").into_bytes(),
    }
}

/// A letter from a plate, of the kind that is sent every day.
fn digest(to: &str) -> Letter {
    let mark = Hole::Unsubscribe.mark();
    let news = "Größe, 漢字, שלום &amp; more. ".repeat(900);
    let message = Message {
        subject: "Der Hafen am Morgen: Größe, 漢字 und שלום, und noch ein Wort mehr als in eine Zeile geht"
            .to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!("<!doctype html>\n<p>{news}</p>\n.\n..x\n<a href=\"{mark}\">Leave</a>\n"),
        text: format!(".\n.hidden\nFrom here\n{news}\n{mark}\n"),
    };
    let imprint = Imprint {
        from: Mailbox { name: "Der Häfen".to_owned(), address: address("news@example.org") },
        reply_to: None,
        list: Some(ListHead { title: "Der Hafen".to_owned(), id: "harbour.example.org".to_owned() }),
        date: Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).single().expect("an instant"),
        zone: chrono_tz::Asia::Jerusalem,
    };
    let reader = Recipient {
        delivery: DeliveryId(2),
        address: address(to),
        name: "Ann \"the Reader\", esq.".to_owned(),
        return_path: None,
        message_id: "2.abc@example.org".to_owned(),
        unsubscribe: format!("https://example.org/u/{}", "0123456789abcdef".repeat(8)),
        preferences: "https://example.org/p/1".to_owned(),
    };
    Plate::new(&message, &imprint).expect("a plate").letter(&reader).expect("a letter")
}

/// The lines that Postfix puts before a letter, and the rest.
fn own_lines(received: &str) -> (&str, &str) {
    let own = ["Return-Path:", "X-Original-To:", "Delivered-To:", "Received:", "\t", " "];
    let mut end = 0;
    for line in received.split_inclusive('\n') {
        if !own.iter().any(|start| line.starts_with(start)) {
            break;
        }
        end += line.len();
    }
    received.split_at(end)
}

#[tokio::test]
async fn a_real_postfix_stores_every_letter_as_it_was_sent() {
    let Some(postfix) = Postfix::start() else { return };
    let sent = [
        raw("ann@example.net", ".\r\n..\r\n.hidden\r\n...\r\n"),
        raw("ann@example.net", "a\r\n.\r\nQUIT\r\n\r\n.\r\n\r\n"),
        raw("ann@example.net", &format!("{}\r\n.\r\n", "x".repeat(900)).repeat(100)),
        raw("jörg@example.net", "an address in UTF-8\r\n"),
        digest("ann@example.net"),
        digest("jörg@example.net"),
    ];
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    for letter in &sent {
        let reply = connection.send(letter).await;
        assert!(
            reply.accepted() && reply.enhanced.as_deref() == Some("2.0.0"),
            "{reply:?}\n{}",
            postfix.log()
        );
    }
    connection.close().await;
    let received: Vec<String> = postfix
        .mailbox(sent.len())
        .await
        .into_iter()
        .map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
        .collect();
    assert_eq!(received.len(), sent.len());
    for letter in &sent {
        let expected = String::from_utf8(letter.bytes.clone()).expect("UTF-8").replace("\r\n", "\n");
        let found = received.iter().filter(|r| own_lines(r).1 == expected).count();
        assert_eq!(found, 1, "{expected:.300}\nis not among\n{received:.2000?}");
    }
    assert!(
        received
            .iter()
            .all(|r| own_lines(r).0.contains("with ESMTPSA") || own_lines(r).0.contains("with UTF8SMTPSA"))
    );
}

#[tokio::test]
async fn what_a_real_postfix_refuses_is_told_apart_by_its_step() {
    let Some(postfix) = Postfix::start() else { return };
    let reply = Carrier::smtp(postfix.relay(Some("wrong"))).connect().await.expect_err("no connection");
    assert_eq!((reply.step, reply.code, reply.enhanced.as_deref()), (Step::Auth, 535, Some("5.7.8")));
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    let big = "x\r\n".repeat(400_000);
    let refused = Verdict::Delivery(Outcome::Refused);
    for (letter, step, code, enhanced, verdict) in [
        (raw("nobody@example.net", "x\r\n"), Step::Recipient, 550, "5.1.1", refused),
        // It relays nothing for us: that is no reader's fault.
        (raw("ann@example.com", "x\r\n"), Step::Recipient, 554, "5.7.1", Verdict::Relay),
        (raw("ann@example.net", &big), Step::Content, 552, "5.3.4", refused),
    ] {
        let reply = connection.send(&letter).await;
        assert_eq!(
            (reply.step, reply.code, reply.enhanced.as_deref()),
            (step, code, Some(enhanced)),
            "{reply:?}"
        );
        assert_eq!(judge(&reply), verdict);
        assert!(connection.usable());
    }
    assert!(connection.send(&raw("ann@example.net", "x\r\n")).await.accepted());
    assert_eq!(postfix.mailbox(1).await.len(), 1);
}

#[tokio::test]
async fn signatures_verify_behind_a_real_postfix_and_its_bounces_come_to_the_return_path() {
    let Some(postfix) = Postfix::start() else { return };
    let path = ReturnPath::new("bounces+{token}@example.net", &[7; 32]).expect("a pattern");
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    for to in ["ann@example.net", "moved@example.net"] {
        let mut letter = digest(to);
        letter.sender = path.for_delivery(letter.delivery);
        dkim::signer().sign(&mut letter).expect("signed");
        let reply = connection.send(&letter).await;
        assert!(reply.accepted(), "{reply:?}\n{}", postfix.log());
    }
    connection.close().await;

    let received = String::from_utf8(postfix.mailbox(1).await.remove(0)).expect("ASCII");
    assert!(received.contains(&format!("Return-Path: <{}>", path.for_delivery(DeliveryId(2)))), "{received}");
    let crlf = received.replace('\n', "\r\n").into_bytes();
    if let Some(verdicts) = dkim::verdicts(&dkim::signer().records(), &[("received", crlf)]) {
        assert_eq!(verdicts["received"], [true, true]);
    }

    let bounce = String::from_utf8(postfix.letters_in("bounces", 1).await.remove(0)).expect("ASCII");
    for line in [
        "Original-Envelope-Id: 2.abc",
        "Original-Recipient: rfc822;moved@example.net",
        "Action: failed",
        "Content-Type: text/rfc822-headers",
    ] {
        assert!(bounce.contains(line), "no {line:?} in\n{bounce}");
    }
    let to = bounce.lines().find_map(|line| line.strip_prefix("To: ")).expect("a reader");
    assert_eq!(path.delivery_of(&address(to)), Some(DeliveryId(2)));
}
