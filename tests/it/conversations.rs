//! Whole conversations, scripted on the relay's side, and what the ledger makes of them.
//!
//! Each row is a run for ann, bob and cat, at three domains, over one connection, once with groups of commands and once
//! without. Its story is what the ledger holds at the end: `0x` is a delivery that was never tried.

use pressrun::deliver::{Carrier, Relay, Security};
use pressrun::press::Ways;
use pressrun::store::Terms;

use crate::relay::{Act, Script, ScriptedRelay, USUAL, login};
use crate::runs::{going_to, run, story};

mod around;
mod opening;

const READERS: [&str; 3] = ["ann@a.example", "bob@b.example", "cat@c.example"];
const ALL_SENT: &str = "ann sent, bob sent, cat sent";
const NOBODY: &str = "ann queued 0x, bob queued 0x, cat queued 0x";

/// A conversation and its end.
struct Row {
    script: Script,
    relay: fn(Relay) -> Relay,
    story: String,
    /// How many letters the relay has.
    letters: usize,
}

/// At lines that begin so, the relay does this; everything else it takes.
fn row(line: &'static str, act: Act, story: impl Into<String>, letters: usize) -> Row {
    let script = Script::offering(&USUAL).at(line, act);
    Row { script, relay: |relay| relay, story: story.into(), letters }
}

/// At lines that begin so, the relay says this to the second of three readers.
fn to_bob(line: &'static str, says: &'static str, bob: &str) -> Row {
    let letters = if bob.starts_with("sent") { 3 } else { 2 };
    let (bob, never) = bob.split_once(" for ever").map_or((bob, ""), |(bob, _)| (bob, ", never again bob"));
    row(line, Act::Say(says), format!("ann sent, bob {bob}, cat sent{never}"), letters)
}

/// A relay that says this at such lines is in trouble of its own: no delivery is touched.
fn no_ones(line: &'static str, act: Act, given_up: &str) -> Row {
    row(line, act, format!("{NOBODY}, given up at {given_up}"), 0)
}

async fn play(row: &Row, grouped: bool) -> Result<(), String> {
    let mut script = row.script.clone();
    script.offers.retain(|offer| grouped || *offer != "PIPELINING");
    let relay = ScriptedRelay::start(script).await;
    let (world, edition) = going_to(&READERS, &Terms::default()).await;
    let carrier = Carrier::smtp((row.relay)(relay.relay(Security::Plain)));
    let delivered = run(&world, edition, &Ways::only(carrier), &world.rules()).await;
    let (got, letters) = (story(&world, &delivered, edition).await, relay.seen().letters.len());
    if (got.as_str(), letters) == (row.story.as_str(), row.letters) {
        return Ok(());
    }
    let (acts, wanted) = (&row.script.acts, &row.story);
    Err(format!(
        "{acts:?}, groups: {grouped}\n  wanted {wanted} ({} letters)\n  got    {got} ({letters})",
        row.letters
    ))
}

async fn play_all(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for row in &rows {
        for grouped in [true, false] {
            wrong.extend(play(row, grouped).await.err());
        }
    }
    assert!(wrong.is_empty(), "{} conversations:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn what_is_said_of_one_recipient_is_that_readers_fate_alone() {
    const AT: &str = "RCPT TO:<bob@";
    play_all(vec![
        to_bob(AT, "450 4.7.1 greylisted, come back in five minutes", "deferred (recipient 450)"),
        to_bob(AT, "450 mailbox busy", "deferred (recipient 450)"),
        to_bob(AT, "451 4.3.0 temporary lookup failure", "deferred (recipient 451)"),
        to_bob(AT, "452 4.2.2 mailbox full", "deferred (recipient 452)"),
        to_bob(AT, "421 4.7.28 unusual rate of mail", "deferred (recipient 421)"),
        to_bob(AT, "550 5.1.1 no such user", "refused (recipient 550) for ever"),
        to_bob(AT, "550 no such user", "refused (recipient 550) for ever"),
        to_bob(AT, "550", "refused (recipient 550) for ever"),
        to_bob(AT, "551 5.1.6 has moved", "refused (recipient 551) for ever"),
        to_bob(
            AT,
            "550-5.1.1 no such user\r\n550-5.1.1 look again\r\n550 5.1.1 here",
            "refused (recipient 550) for ever",
        ),
        to_bob(AT, "550 your message looks like spam and was blocked", "refused (recipient 550)"),
        to_bob(AT, "550 5.7.1 client host is listed by a block list", "refused (recipient 550)"),
        to_bob(AT, "550 5.2.1 mailbox disabled", "refused (recipient 550)"),
        to_bob(AT, "552 5.2.2 mailbox full", "refused (recipient 552)"),
        to_bob(AT, "571 5.7.1 not here", "refused (recipient 554)"),
        to_bob(AT, "251 2.1.5 will forward", "sent"),
        to_bob(AT, "252 2.1.5 cannot verify", "sent"),
        row(
            AT,
            Act::Bytes(b"550 5.1.1 Bo\xeete inconnue\n"),
            "ann sent, bob refused (recipient 550), cat sent, never again bob",
            2,
        ),
        row(
            AT,
            Act::Slowly("550 5.1.1 no such user"),
            "ann sent, bob refused (recipient 550), cat sent, never again bob",
            2,
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_said_of_one_letter_is_that_readers_fate_alone() {
    const AT: &str = ". bob@";
    play_all(vec![
        to_bob(AT, "450 4.2.0 greylisted", "deferred (final_dot 450)"),
        to_bob(AT, "451 4.7.1 try again later", "deferred (final_dot 451)"),
        to_bob(AT, "452 4.2.2 mailbox full", "deferred (final_dot 452)"),
        to_bob(AT, "421 4.7.28 unusual rate of mail", "deferred (final_dot 421)"),
        to_bob(AT, "550 5.1.1 no such user", "refused (final_dot 550) for ever"),
        to_bob(AT, "550 no", "refused (final_dot 550)"),
        to_bob(AT, "550 message content blocked", "refused (final_dot 550)"),
        to_bob(AT, "552 5.2.2 mailbox full", "refused (final_dot 552)"),
        to_bob(AT, "552 5.3.4 message too big", "refused (final_dot 552)"),
        to_bob(AT, "554 5.7.1 spam", "refused (final_dot 554)"),
        to_bob(AT, "554-5.7.1 spam\r\n554 5.7.1 and more of it", "refused (final_dot 554)"),
        row(AT, Act::HangUp, "ann sent, bob uncertain (final_dot 0), cat sent", 2),
        row(AT, Act::Say("???"), "ann sent, bob uncertain (final_dot 0), cat sent", 2),
        row(AT, Act::Say("354 go on"), "ann sent, bob uncertain (final_dot 354), cat sent", 2),
    ])
    .await;
}

#[tokio::test]
async fn a_yes_is_a_yes_however_it_is_said() {
    let mut rows: Vec<Row> = [
        Act::Say("250 2.0.0 gr\u{fc}\u{df}e, \u{1f4ee}"),
        Act::Say("250"),
        Act::Say("250-2.0.0 queued\r\n250-as many say\r\n250 in lines"),
        Act::Bytes(b"250 \xff\xfe\x00 rubbish\r\n"),
        Act::Bytes(b"250 no carriage return\n"),
        Act::Slowly("250-2.0.0 queued\r\n250 slowly"),
        Act::Say("200 2.0.0 in other digits"),
    ]
    .into_iter()
    .map(|act| row(".", act, ALL_SENT, 3))
    .collect();
    for (line, says) in [
        ("MAIL", "250-2.1.0 Ok\r\n250 2.1.0 go on"),
        ("RCPT", "250-2.1.5 Ok\r\n250 2.1.5 go on"),
        ("DATA", "354-go on\r\n354 and end with a dot"),
    ] {
        rows.push(row(line, Act::Say(says), ALL_SENT, 3));
    }
    // One answer too many after a letter costs a connection, and nothing is counted twice.
    rows.push(row(". ann@", Act::Say("250 2.0.0 Ok\r\n250 2.0.0 Ok, I said"), ALL_SENT, 3));
    rows.push(row(". ann@", Act::SayAndHangUp("250 2.0.0 Ok, and bye"), ALL_SENT, 3));
    play_all(rows).await;
}

#[tokio::test]
async fn trouble_that_is_the_relays_own_touches_no_delivery_at_whichever_step_it_comes() {
    play_all(vec![
        no_ones("MAIL", Act::SayAndHangUp("421 4.3.2 closing"), "sender 421"),
        no_ones("MAIL", Act::Say("450 4.1.8 sender domain not found"), "sender 450"),
        no_ones("MAIL", Act::Say("452 4.3.1 insufficient system storage"), "sender 452"),
        no_ones("MAIL", Act::Say("530 5.7.0 authentication required"), "sender 530"),
        no_ones("MAIL", Act::Say("550 5.7.1 you may not send as this"), "sender 550"),
        no_ones("MAIL", Act::HangUp, "sender 0"),
        no_ones("RCPT", Act::SayAndHangUp("421 4.3.2 closing"), "recipient 421"),
        no_ones("RCPT", Act::Say("452 4.3.1 insufficient system storage"), "recipient 452"),
        no_ones("RCPT", Act::Say("554 5.7.1 <x@y.example>: relay access denied"), "recipient 554"),
        no_ones("RCPT", Act::Say("550 5.7.1 relaying denied"), "recipient 550"),
        no_ones("RCPT", Act::Say("HTTP/1.1 400 Bad Request"), "recipient 0"),
        no_ones("RCPT", Act::HangUp, "recipient 0"),
        no_ones("DATA", Act::SayAndHangUp("421 4.3.2 closing"), "content 421"),
        no_ones("DATA", Act::Say("503 5.5.1 what data?"), "content 503"),
        no_ones("DATA", Act::Say("250 2.0.0 Ok"), "content 250"),
        no_ones("DATA", Act::HangUp, "content 0"),
        no_ones(".", Act::SayAndHangUp("421 4.3.2 closing"), "final_dot 421"),
        no_ones(".", Act::Say("452 4.3.1 insufficient system storage"), "final_dot 452"),
        no_ones(".", Act::Say("535 5.7.8 log in first"), "final_dot 535"),
        row(
            "RCPT TO:<bob@",
            Act::Say("554 5.7.1 relay access denied"),
            // Another one is taken meanwhile, so it is this letter: it waits, and nobody else does.
            "ann sent, bob deferred (recipient 554), cat sent",
            2,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_refused_data_is_about_the_letters() {
    let all = |state: &str, code: u16| {
        ["ann", "bob", "cat"].map(|name| format!("{name} {state} (content {code})")).join(", ")
    };
    play_all(vec![
        row("DATA", Act::Say("450 4.7.1 greylisted"), all("deferred", 450), 0),
        row("DATA", Act::Say("451 4.3.0 not now"), all("deferred", 451), 0),
        row(
            "DATA",
            Act::Say("550 5.1.1 nobody of that name"),
            format!("{}, never again ann, never again bob, never again cat", all("refused", 550)),
            0,
        ),
        row("DATA", Act::Say("554 5.7.1 no valid recipients"), all("refused", 554), 0),
        Row {
            script: Script::offering(&["PIPELINING", "SIZE 200"]),
            ..row("", Act::HangUp, all("refused", 552), 0)
        },
    ])
    .await;
}
