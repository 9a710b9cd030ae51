//! The publisher hears about trouble: in groups, at most once an hour, nothing twice a day, and everything that stands.

use std::sync::atomic::AtomicBool;

use aws_lc_rs::hmac;
use chrono::TimeDelta;
use pressrun::deliver::{Breaker, Carrier};
use pressrun::model::{DeliveryState, EmailAddress, Language};
use pressrun::press::{self, DeliveringRules, Mailing, Publisher, Run, Ways};
use pressrun::render::{Desk, Theme};
use pressrun::store::Terms;
use pressrun::tell::Webhook;

use crate::hook::Hook;
use crate::relay::{Act, Script, ScriptedRelay, USUAL};
use crate::runs::{going_to_many, only, readers_at, run, way};
use crate::store_world::{at, stores};
use crate::world::World;

fn publisher(hook: Option<&Hook>) -> Publisher {
    let secret = "open sesame".to_owned().into();
    let to = EmailAddress::parse("editor@tide.example").unwrap();
    Publisher {
        mail: Some((to, "Pressrun <press@tide.example>".parse().unwrap())),
        webhook: hook.map(|hook| Webhook::new(&hook.url().into(), Some(&secret), "Pressrun/test").unwrap()),
        desk: Desk { language: Language::english(), zone: chrono_tz::Europe::Berlin },
        theme: Theme::built_in(),
    }
}

/// Tells what is due, and sends the mail that tells it.
async fn tell(world: &World, publisher: &Publisher) {
    let (stop, clock, rules) = (AtomicBool::new(false), world.clock(), world.rules());
    let ways = Ways::only(world.carrier.clone());
    let run = Run { store: &world.store, ways: &ways, clock: &clock, rules: &rules, stop: &stop };
    press::tell(&run, publisher).await.unwrap();
    Mailing::default().mail_due(&run).await.unwrap();
}

/// The subjects of the mails that were sent, in order.
fn subjects(world: &World) -> Vec<String> {
    let parse =
        |bytes: &[u8]| mail_parser::MessageParser::default().parse(bytes)?.subject().map(str::to_owned);
    world.letters().iter().filter_map(|letter| parse(&letter.bytes)).collect()
}

async fn say(world: &World, key: &str, text: &str) {
    world.store.notice(key, text, world.now()).await.unwrap();
}

/// The text part of the last mail.
fn last(world: &World) -> String {
    let letters = world.letters();
    let mail = mail_parser::MessageParser::default().parse(&letters.last().unwrap().bytes).unwrap();
    mail.body_text(0).unwrap().replace("\r\n", "\n")
}

#[tokio::test]
async fn trouble_is_told_in_groups_once_an_hour() {
    let (world, publisher) = (World::new().await, publisher(None));
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world), [""; 0], "all is well");
    say(&world, "source:harbour", "harbour has failed for a day: the server said 500").await;
    world.store.event("slot:1", "the edition of 07:00 was skipped: nothing new", world.now()).await.unwrap();
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world), ["the edition of 07:00 was skipped: nothing new (+1)"]);
    let text = last(&world);
    assert!(
        text.contains("* harbour has failed for a day: the server said 500\n  2 March, 08:00\n"),
        "{text}"
    );

    say(&world, "source:pier", "pier has failed for a day").await;
    world.turn_clock(TimeDelta::minutes(59));
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world).len(), 1);
    world.turn_clock(TimeDelta::minutes(1));
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world)[1..], ["pier has failed for a day"], "what was told is not repeated");

    world.turn_clock(TimeDelta::hours(23));
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world)[2..], ["harbour has failed for a day: the server said 500"]);
    assert!(last(&world).contains("Still so"));
}

#[tokio::test]
async fn what_is_mended_is_told_to_who_knew_and_what_nobody_heard_of_is_not_told() {
    let (world, publisher) = (World::new().await, publisher(None));
    say(&world, "source:harbour", "harbour fails").await;
    world.store.unnotice("source:harbour").await.unwrap();
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world), [""; 0]);

    say(&world, "source:harbour", "harbour fails").await;
    tell(&world, &publisher).await;
    // It comes and goes.
    for _ in 0..20 {
        world.store.unnotice("source:harbour").await.unwrap();
        world.turn_clock(TimeDelta::minutes(10));
        tell(&world, &publisher).await;
        say(&world, "source:harbour", "harbour fails").await;
        world.turn_clock(TimeDelta::minutes(10));
        tell(&world, &publisher).await;
    }
    assert_eq!(subjects(&world), ["harbour fails"]);
    world.store.unnotice("source:harbour").await.unwrap();
    assert_eq!(world.store.notices().await.unwrap(), [], "it does not stand any more");
    for _ in 0..13 {
        tell(&world, &publisher).await;
        world.turn_clock(TimeDelta::minutes(5));
    }
    assert_eq!(subjects(&world)[1..], ["Mended: harbour fails"]);
    assert_eq!(world.store.matters().await.unwrap(), []);
}

#[tokio::test]
async fn an_event_is_seen_until_it_is_told_and_where_nobody_is_told_for_a_day() {
    let (world, publisher) = (World::new().await, publisher(None));
    world.store.event("slot:1", "skipped", world.now()).await.unwrap();
    assert_eq!(world.store.notices().await.unwrap().len(), 1);
    tell(&world, &publisher).await;
    assert_eq!(world.store.notices().await.unwrap(), []);
    world.store.event("slot:1", "skipped", world.now()).await.unwrap();
    world.turn_clock(TimeDelta::hours(2));
    tell(&world, &publisher).await;
    assert_eq!(subjects(&world), ["skipped"], "the same within a day");
    world.turn_clock(TimeDelta::hours(22));
    tell(&world, &publisher).await;
    assert_eq!(world.store.matters().await.unwrap(), []);

    let nobody = Publisher { mail: None, ..publisher };
    world.store.event("slot:2", "held", world.now()).await.unwrap();
    say(&world, "source:harbour", "harbour fails").await;
    world.turn_clock(TimeDelta::hours(23));
    tell(&world, &nobody).await;
    assert_eq!(world.store.notices().await.unwrap().len(), 2);
    world.turn_clock(TimeDelta::hours(1));
    tell(&world, &nobody).await;
    let left = world.store.notices().await.unwrap();
    assert_eq!(left.iter().map(|notice| notice.key.as_str()).collect::<Vec<_>>(), ["source:harbour"]);
    assert_eq!(subjects(&world).len(), 1);
}

#[tokio::test]
async fn of_several_processes_one_tells_it() {
    for store in stores().await {
        store.notice("relay:relay", "it is in trouble", at(0)).await.unwrap();
        store.notice("relay:gone", "nobody has it any more", at(0)).await.unwrap();
        let ways = Ways::only(Carrier::memory());
        let (stop, rules) = (AtomicBool::new(false), DeliveringRules::default());
        let clock = press::Clock::stopped_at(at(1));
        let run = Run { store: &store, ways: &ways, clock: &clock, rules: &rules, stop: &stop };
        let publisher = publisher(None);
        let all = futures_util::future::join_all((0..5).map(|_| press::tell(&run, &publisher))).await;
        assert!(all.into_iter().all(|told| told.is_ok()));
        let mails = store.unsent_mails(9).await.unwrap();
        assert_eq!(mails.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(), ["it is in trouble"]);
    }
}

#[tokio::test]
async fn an_edition_that_the_breaker_stops_is_told_of_until_it_goes_on() {
    let refusing = Script::offering(&USUAL).at("RCPT", Act::Say("554 5.7.1 we do not like you"));
    let relay = ScriptedRelay::start(refusing).await;
    let (world, edition) = going_to_many(&readers_at("sea.example", 9), &Terms::default()).await;
    let rules = DeliveringRules { breaker: Breaker { rate: 0.05, after: 3 }, ..world.rules() };
    run(&world, edition, &only(way("relay", &relay, 1)), &rules).await;
    let notices = world.store.notices().await.unwrap();
    let found = notices.iter().find(|notice| notice.key == format!("edition:{edition}")).unwrap();
    let expected = format!("edition {edition} of morning is paused: 3 of 3 letters were refused; ");
    assert!(found.text.starts_with(&expected), "{}", found.text);
    tell(&world, &publisher(None)).await;
    let subject = format!("edition {edition} of morning is paused: 3 of 3 letters were refused");
    assert_eq!(subjects(&world), [subject], "without the advice");

    relay.follow(Script::offering(&USUAL));
    assert!(world.store.requeue(edition, &[DeliveryState::Refused], world.now()).await.unwrap() > 0);
    assert!(world.store.notices().await.unwrap().iter().all(|notice| !notice.key.starts_with("edition:")));
}

#[tokio::test]
async fn an_edition_that_no_relay_takes_is_told_of_until_one_does_and_when_its_time_is_over() {
    let sick = Script { greeting: Some(Act::Say("554 5.3.2 not today")), ..Script::offering(&USUAL) };
    let relay = ScriptedRelay::start(sick.clone()).await;
    let terms = Terms { expires_at: Some("2026-03-02T09:00:00Z".parse().unwrap()), ..Terms::default() };
    let (world, edition) = going_to_many(&readers_at("sea.example", 2), &terms).await;
    let ways = only(way("relay", &relay, 1));
    let keys = async || {
        let notices = world.store.notices().await.unwrap();
        let mut all: Vec<String> = notices.into_iter().map(|notice| notice.key).collect();
        all.sort_unstable();
        all
    };
    run(&world, edition, &ways, &world.rules()).await;
    assert_eq!(keys().await, [format!("edition:{edition}"), "relay:relay".to_owned()]);
    relay.follow(Script::offering(&USUAL).at("RCPT", Act::Say("450 4.2.2 mailbox full")));
    run(&world, edition, &ways, &world.rules()).await;
    assert_eq!(keys().await, ["relay:relay"], "it has let us in, and has taken nothing yet");
    world.turn_clock(TimeDelta::hours(3));
    run(&world, edition, &ways, &world.rules()).await;
    let notices = world.store.notices().await.unwrap();
    let over = notices.iter().find(|notice| notice.key.starts_with("edition:")).unwrap();
    assert_eq!(
        over.text,
        format!("edition {edition} of morning has ended, and 2 of its letters had not gone in time")
    );
    assert!(world.store.matters().await.unwrap().iter().any(|matter| matter.event));
}

#[tokio::test]
async fn a_relay_that_names_a_reader_does_not_make_the_publisher_hear_the_address() {
    let naming = Act::Say("550 5.7.1 <sea00@sea.example>: relaying denied");
    let relay = ScriptedRelay::start(Script::offering(&USUAL).at("RCPT", naming)).await;
    let (world, edition) = going_to_many(&readers_at("sea.example", 1), &Terms::default()).await;
    run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
    let notices = world.store.notices().await.unwrap();
    let text = &notices.iter().find(|notice| notice.key == "relay:relay").unwrap().text;
    assert_eq!(text, "relay is in trouble: 550 5.7.1 <s***@sea.example>: relaying denied");
}

#[tokio::test]
async fn the_webhook_gets_the_same_as_json_signed() {
    let (world, hook) = (World::new().await, Hook::open().await);
    let publisher = publisher(Some(&hook));
    say(&world, "source:harbour", "harbour \"fails\"").await;
    tell(&world, &publisher).await;
    tell(&world, &publisher).await;
    let told = hook.told();
    let [(headers, body)] = told.as_slice() else { panic!("{told:?}") };
    let expected = serde_json::json!({
        "notices": [{
            "key": "source:harbour", "text": "harbour \"fails\"", "at": "2026-03-02T07:00:00Z", "state": "new"
        }],
        "sent_at": "2026-03-02T07:00:00Z",
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), expected);
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"open sesame");
    let tag = hmac::sign(&key, body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(headers["x-pressrun-signature"], format!("sha256={hex}"));
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_again_with_the_same_and_told_of_by_mail_alone() {
    let (world, hook) = (World::new().await, Hook::open().await);
    let publisher = publisher(Some(&hook));
    hook.answer(302);
    say(&world, "source:harbour", "harbour fails").await;
    for _ in 0..30 {
        tell(&world, &publisher).await;
        world.turn_clock(TimeDelta::minutes(10));
    }
    let told = hook.told();
    assert!((8..14).contains(&told.len()), "waits grow, and no redirect is followed: {}", told.len());
    assert!(told.iter().all(|(_, body)| *body == told[0].1), "the same group, and no word of itself");
    let expected =
        "the webhook answered 302, a redirect, and those are not followed: configure where it leads";
    let shown = subjects(&world);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(
        last(&world).replace('\n', " ").replace("   ", " ").contains("the webhook answered 302"),
        "{}",
        last(&world)
    );
    assert_eq!(world.store.notices().await.unwrap()[0].text, expected);

    hook.answer(204);
    world.turn_clock(TimeDelta::hours(1));
    tell(&world, &publisher).await;
    assert_eq!(hook.told().len(), told.len() + 1);
    assert!(world.store.notices().await.unwrap().iter().all(|notice| notice.key != "webhook"));
    tell(&world, &publisher).await;
    assert_eq!(hook.told().len(), told.len() + 1, "it has it");
}

#[tokio::test]
async fn a_webhook_that_nobody_answers_at_is_given_up_after_a_day() {
    let (world, hook) = (World::new().await, Hook::open().await);
    let publisher = Publisher { mail: None, ..publisher(Some(&hook)) };
    hook.answer(500);
    world.store.event("slot:1", "skipped", world.now()).await.unwrap();
    let begun = world.now();
    for _ in 0..40 {
        tell(&world, &publisher).await;
        world.turn_clock(TimeDelta::hours(1));
    }
    let knocks = hook.told().len();
    assert!((20..32).contains(&knocks), "{knocks}");
    world.turn_clock(TimeDelta::days(2));
    tell(&world, &publisher).await;
    assert_eq!(hook.told().len(), knocks, "there is nobody to be told of the webhook but itself");
    assert_eq!(
        world.store.last_told().await.unwrap(),
        Some(begun),
        "so nothing was told, and no hour is used up"
    );
    assert_eq!(subjects(&world), [""; 0]);
}
