//! Mails to one person: each is sent once, by the same ways as letters, and its end is written down.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::TimeDelta;
use pressrun::deliver::Carrier;
use pressrun::model::{Direction, EmailAddress, Hole, Language, MailState, Message, NewMail};
use pressrun::press::{DeliveringRules, Mailed, Mailing, Run, Ways};
use pressrun::store::Lease;

use crate::dkim;
use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL};
use crate::runs::{only, way};
use crate::world::{World, name};

/// A connection that is lost in the middle of the answer to a letter that was taken.
const LOST: Act = Act::SayAndHangUp("2");

fn friendly() -> Script {
    Script::offering(&USUAL)
}

fn mail(world: &World, to: &str) -> NewMail {
    let message = Message {
        subject: format!("For {to}"),
        language: Language::english(),
        direction: Direction::Ltr,
        html: "<!DOCTYPE html><html lang=\"en\"><body><p>Good morning, you.</p></body></html>".to_owned(),
        text: "Good morning, you.\n".to_owned(),
    };
    NewMail {
        purpose: name("confirmation"),
        key: None,
        to: EmailAddress::parse(to).unwrap(),
        to_name: "Ann Ösen".to_owned(),
        from: "The Press <press@tide.example>".parse().unwrap(),
        reply_to: Some(EmailAddress::parse("editor@tide.example").unwrap()),
        message,
        expires_at: world.now() + TimeDelta::days(3),
    }
}

async fn put(world: &World, to: &str) {
    assert!(world.store.put_mail(&mail(world, to), world.now()).await.unwrap().is_some());
}

async fn send_by(world: &World, ways: &Ways, mailing: &Mailing) -> Mailed {
    let (stop, clock, rules) = (AtomicBool::new(false), world.clock(), world.rules());
    let run = Run { store: &world.store, ways, clock: &clock, rules: &rules, stop: &stop };
    mailing.mail_due(&run).await.unwrap()
}

async fn send(world: &World, ways: &Ways) -> Mailed {
    send_by(world, ways, &Mailing::default()).await
}

/// Every mail that was not taken: to whom, its state and how often it was tried.
async fn unsent(world: &World) -> Vec<String> {
    let mails = world.store.unsent_mails(100).await.unwrap();
    let one = |mail: &pressrun::model::MailRecord| {
        let again = if mail.due_at.is_some() { ", again" } else { "" };
        format!("{} {} {}x{again}", mail.to.local(), mail.state.as_str(), mail.attempts)
    };
    mails.iter().map(one).collect()
}

fn header(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_mail_is_sent_once_through_no_list() {
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let ways = Ways::only(world.carrier.clone());
    assert_eq!(send(&world, &ways).await, Mailed { sent: 1, failed: 0 });
    assert_eq!(send(&world, &ways).await, Mailed::default());
    let letters = world.letters();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.sender.as_str(), letter.recipient.as_str()), ("press@tide.example", "ann@a.example"));
    let header = header(&letter.bytes);
    for line in [
        "From: The Press <press@tide.example>",
        "To: =?utf-8?B?QW5uIMOWc2Vu?= <ann@a.example>",
        "Subject: For ann@a.example",
        "Date: Mon, 02 Mar 2026 07:00:00 +0000",
        "Reply-To: editor@tide.example",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(header.lines().any(|found| found == line), "{line} is not in\n{header}");
    }
    assert!(header.contains("Message-ID: <mail.1."), "a bounce must not be taken for a delivery's: {header}");
    assert!(!header.contains("List-"), "{header}");
    assert_eq!(unsent(&world).await, [""; 0]);
}

#[tokio::test]
async fn a_mail_that_cannot_be_made_is_refused_and_keeps_nobody_else_from_going() {
    let world = World::new().await;
    let mut holed = mail(&world, "ann@a.example");
    holed.message.text.push(Hole::Unsubscribe.mark());
    world.store.put_mail(&holed, world.now()).await.unwrap();
    put(&world, "bob@b.example").await;
    let mailed = send(&world, &Ways::only(world.carrier.clone())).await;
    assert_eq!(mailed, Mailed { sent: 1, failed: 1 });
    assert_eq!(unsent(&world).await, ["ann refused 1x"]);
}

#[tokio::test]
async fn a_mail_about_a_matter_is_queued_once() {
    let world = World::new().await;
    let matter = NewMail { key: Some("approval:12".to_owned()), ..mail(&world, "ann@a.example") };
    assert!(world.store.put_mail(&matter, world.now()).await.unwrap().is_some());
    assert!(world.store.put_mail(&matter, world.now()).await.unwrap().is_none());
    let ways = Ways::only(world.carrier.clone());
    send(&world, &ways).await;
    assert!(world.store.put_mail(&matter, world.now()).await.unwrap().is_none(), "also when it has gone");
    send(&world, &ways).await;
    assert_eq!(world.letters().len(), 1);
}

#[tokio::test]
async fn a_mail_is_signed_for_its_sender_and_for_no_stranger() {
    let world = World::new().await;
    let ours = NewMail { from: "press@example.org".parse().unwrap(), ..mail(&world, "ann@a.example") };
    world.store.put_mail(&ours, world.now()).await.unwrap();
    put(&world, "bob@b.example").await;
    let mailing = Mailing::new(vec![dkim::signer()]);
    send_by(&world, &Ways::only(world.carrier.clone()), &mailing).await;
    let signed: Vec<bool> =
        world.letters().iter().map(|letter| letter.bytes.starts_with(b"DKIM-Signature: ")).collect();
    assert_eq!(signed, [true, false]);
}

#[tokio::test]
async fn a_mail_that_is_put_off_is_tried_again_until_its_time_is_over() {
    let later = Act::Say("451 4.3.0 later");
    let relay = ScriptedRelay::start(friendly().at(". ann@", later.clone()).at(". bob@", later)).await;
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let ways = only(way("relay", &relay, 1));
    let mut tries = 0;
    while unsent(&world).await[0].ends_with("again") {
        tries += send(&world, &ways).await.failed;
        world.turn_clock(TimeDelta::minutes(5));
    }
    assert!((15..40).contains(&tries), "{tries}");
    assert!(unsent(&world).await[0].starts_with("ann expired"));

    put(&world, "bob@b.example").await;
    assert_eq!(send(&world, &ways).await.failed, 1);
    relay.follow(friendly());
    world.turn_clock(TimeDelta::minutes(7));
    assert_eq!(send(&world, &ways).await.sent, 1);
}

#[tokio::test]
async fn a_mail_that_is_refused_is_not_tried_again_and_what_it_said_is_forgotten() {
    let relay = ScriptedRelay::start(friendly().at("RCPT TO:<ann@", Act::Say("550 5.1.1 unknown"))).await;
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    put(&world, "bob@b.example").await;
    let ways = only(way("relay", &relay, 1));
    assert_eq!(send(&world, &ways).await, Mailed { sent: 1, failed: 1 });
    assert_eq!(relay.seen().connections, 1, "one connection carries all of a sender");
    world.turn_clock(TimeDelta::days(1));
    send(&world, &ways).await;
    assert_eq!(relay.seen().count("RCPT TO:<ann@"), 1);
    assert_eq!(unsent(&world).await, ["ann refused 1x"]);
    let reply = world.store.unsent_mails(1).await.unwrap().remove(0).reply.unwrap();
    assert_eq!((reply.code, reply.enhanced.as_deref()), (550, Some("5.1.1")));
}

#[tokio::test]
async fn a_mail_that_perhaps_arrived_goes_once_more_and_no_further() {
    let relay = ScriptedRelay::start(friendly().at(". ann@", LOST)).await;
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let ways = only(way("relay", &relay, 1));
    for (after, expected) in
        [(0, "ann uncertain 1x, again"), (4, "ann uncertain 1x, again"), (1, "ann uncertain 2x")]
    {
        world.turn_clock(TimeDelta::minutes(after));
        send(&world, &ways).await;
        assert_eq!(unsent(&world).await, [expected]);
    }
    world.turn_clock(TimeDelta::days(9));
    send(&world, &ways).await;
    let letters = relay.seen().letters;
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].bytes, letters[1].bytes, "the same date and the same Message-ID");
    assert_eq!(unsent(&world).await, ["ann uncertain 2x"], "it is never said to have expired");
}

#[tokio::test]
async fn a_mail_whose_sender_died_before_the_dot_goes_and_after_it_goes_once_more() {
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let dead = Lease { holder: "dead".to_owned(), until: world.now() + TimeDelta::seconds(60) };
    let ways = Ways::only(world.carrier.clone());
    let patience = TimeDelta::minutes(5);
    let claimed = world.store.claim_mail(&dead, patience, world.now()).await.unwrap().unwrap();
    send(&world, &ways).await;
    assert_eq!(world.letters().len(), 0, "it is in somebody's hands");

    world.turn_clock(TimeDelta::seconds(60));
    let other = Lease { holder: "other".to_owned(), until: world.now() + TimeDelta::seconds(60) };
    let again = world.store.claim_mail(&other, patience, world.now()).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts, again.doubts), (claimed.id, 0, 0), "nobody can have it");
    assert!(!world.store.open_mail(claimed.id, "dead", world.now()).await.unwrap(), "it was lost to another");
    assert!(world.store.open_mail(claimed.id, "other", world.now()).await.unwrap());

    world.turn_clock(TimeDelta::seconds(60));
    send(&world, &ways).await;
    assert_eq!(unsent(&world).await, ["ann uncertain 1x, again"], "only a reply could tell");
    world.turn_clock(patience);
    assert_eq!(send(&world, &ways).await.sent, 1);
    assert_eq!(world.letters().len(), 1);
}

#[tokio::test]
async fn a_mail_is_open_in_the_store_when_its_dot_is_said_and_not_before() {
    for (line, expected) in [("EHLO", "ann sending 0x"), (". ann@", "ann uncertain 1x, again")] {
        let gate = Gate::shut();
        let relay = ScriptedRelay::start(friendly().at(line, Act::Gated(gate.clone()))).await;
        let world = World::new().await;
        put(&world, "ann@a.example").await;
        let ways = only(way("relay", &relay, 1));
        let look = async {
            gate.reached().await;
            // For all that another process can see, this one is dead.
            world.turn_clock(TimeDelta::minutes(2));
            let heir = Lease { holder: "heir".to_owned(), until: world.now() + TimeDelta::minutes(1) };
            let claimed = world.store.claim_mail(&heir, TimeDelta::minutes(5), world.now()).await.unwrap();
            assert_eq!(claimed.is_some(), line == "EHLO", "what nobody can have is taken over at once");
            assert_eq!(unsent(&world).await, [expected]);
            gate.open(1);
        };
        let (mailed, ()) = tokio::join!(send(&world, &ways), look);
        // Whoever has lost it says no dot; what the relay took is true whoever says it.
        let taken = usize::from(line != "EHLO");
        assert_eq!((mailed.sent, relay.seen().letters.len()), (taken, taken), "{line}");
    }
}

#[tokio::test]
async fn trouble_of_a_relay_is_no_try_the_next_way_is_taken_and_the_notice_taken_back() {
    let sick =
        ScriptedRelay::start(Script { greeting: Some(Act::Say("554 5.3.2 not today")), ..friendly() }).await;
    let well = ScriptedRelay::start(friendly()).await;
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let both = Ways::new(vec![way("relay", &sick, 1), way("relays.spare", &well, 1)]).unwrap();
    assert_eq!(send(&world, &both).await.sent, 1);
    assert_eq!(well.seen().readers(), ["ann@a.example"]);
    let keys = async || {
        let notices = world.store.notices().await.unwrap();
        notices.into_iter().map(|notice| notice.key).collect::<Vec<_>>()
    };
    assert_eq!(keys().await, ["relay:relay"]);

    put(&world, "bob@b.example").await;
    let alone = only(way("relay", &sick, 1));
    assert_eq!(send(&world, &alone).await, Mailed::default());
    assert_eq!(unsent(&world).await, ["bob queued 0x, again"]);
    let knocks = sick.seen().connections;
    send(&world, &alone).await;
    assert_eq!(sick.seen().connections, knocks, "it is left alone for a while");
    sick.follow(friendly());
    world.turn_clock(TimeDelta::seconds(90));
    assert_eq!(send(&world, &alone).await.sent, 1);
    assert_eq!(keys().await, [""; 0]);
}

#[tokio::test]
async fn one_sender_that_the_relay_does_not_want_keeps_nobody_else_from_going() {
    let picky = friendly().at("MAIL FROM:<evil@", Act::Say("553 5.7.1 not you"));
    let relay = ScriptedRelay::start(picky).await;
    let world = World::new().await;
    let evil = NewMail { from: "evil@sea.example".parse().unwrap(), ..mail(&world, "ann@a.example") };
    world.store.put_mail(&evil, world.now()).await.unwrap();
    put(&world, "bob@b.example").await;
    let ways = only(way("relay", &relay, 1));
    send(&world, &ways).await;
    world.turn_clock(TimeDelta::seconds(60));
    send(&world, &ways).await;
    assert_eq!(relay.seen().readers(), ["bob@b.example"]);
    assert_eq!(unsent(&world).await, ["ann queued 0x, again"]);
}

#[tokio::test]
async fn a_domain_that_wants_silence_gets_it_from_mails_too() {
    let slow = friendly().at("RCPT TO:<ann@", Act::Say("421 4.7.28 too much mail from you"));
    let relay = ScriptedRelay::start(slow).await;
    let world = World::new().await;
    put(&world, "ann@gmail.com").await;
    let ways = only(way("relay", &relay, 1));
    send(&world, &ways).await;
    relay.follow(friendly());
    put(&world, "bob@gmail.com").await;
    put(&world, "cat@c.example").await;
    world.turn_clock(TimeDelta::minutes(9));
    send(&world, &ways).await;
    assert_eq!(relay.seen().readers(), ["cat@c.example"]);
    world.turn_clock(TimeDelta::minutes(2));
    send(&world, &ways).await;
    assert_eq!(relay.seen().readers().len(), 3);
}

#[tokio::test]
async fn two_rounds_at_once_are_one_in_a_process_and_share_the_mails_between_processes() {
    let relay = ScriptedRelay::start(friendly()).await;
    let world = World::new().await;
    for n in 0..10 {
        put(&world, &format!("reader{n}@a.example")).await;
    }
    let ways = only(way("relay", &relay, 2));
    let (one, other) = (Mailing::default(), Mailing::default());
    let rounds = tokio::join!(
        send_by(&world, &ways, &one),
        send_by(&world, &ways, &one),
        send_by(&world, &ways, &other)
    );
    assert_eq!(rounds.1, Mailed::default(), "the first one is at it");
    assert_eq!(rounds.0.sent + rounds.2.sent, 10);
    let seen = relay.seen();
    let mut readers = seen.readers();
    readers.sort_unstable();
    readers.dedup();
    assert_eq!((readers.len(), seen.letters.len()), (10, 10));
}

#[tokio::test]
async fn a_run_that_is_stopped_begins_no_further_mail() {
    let world = World::new().await;
    put(&world, "ann@a.example").await;
    let (stop, clock) = (AtomicBool::new(true), world.clock());
    let rules = DeliveringRules { lease: Duration::from_secs(1), ..world.rules() };
    let ways = Ways::only(Carrier::memory());
    let run = Run { store: &world.store, ways: &ways, clock: &clock, rules: &rules, stop: &stop };
    assert_eq!(Mailing::default().mail_due(&run).await.unwrap(), Mailed::default());
    let mails = world.store.unsent_mails(9).await.unwrap();
    assert_eq!((mails.len(), mails[0].state), (1, MailState::Queued));
}
