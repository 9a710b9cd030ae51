//! Carrying an edition through relays as they are: dead, crowded, sulking, dying; nobody is lost or bounced by it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pressrun::deliver::{Carrier, Security};
use pressrun::model::{DeliveryState, DeliveryTotals, EditionId};
use pressrun::press::{self, Delivered, DeliveringRules, GivenUp, Postmark, Ways};

use crate::relay::{Act, Script, ScriptedRelay, USUAL, login};
use crate::world::{World, rss};

/// A world with an edition released to so many readers.
async fn edition_for(readers: usize) -> (World, EditionId) {
    let world = World::new().await;
    world.newsroom.publish("news", rss(&["Harbour opens"]));
    world.collect().await;
    let addresses: Vec<String> = (0..readers).map(|n| format!("reader{n:02}@a{n:02}.example")).collect();
    world.subscribe(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let edition = world.release(&world.digest()).await;
    (world, edition)
}

fn carrier(relay: &ScriptedRelay, connections: usize) -> Carrier {
    let mut relay = relay.relay(Security::Plain);
    relay.connections = connections;
    Carrier::smtp(relay)
}

async fn carry(world: &World, edition: EditionId, carrier: &Carrier) -> Delivered {
    world.deliver(edition, &world.digest(), carrier).await
}

fn counts(totals: &DeliveryTotals) -> Vec<(&'static str, u64)> {
    let all = DeliveryState::ALL.into_iter();
    all.map(|s| (s.as_str(), totals.in_state(s))).filter(|(_, n)| *n > 0).collect()
}

fn friendly() -> Script {
    Script::offering(&USUAL)
}

#[tokio::test]
async fn a_dead_relay_leaves_every_letter_in_the_queue_and_a_living_one_sends_them() {
    let (world, edition) = edition_for(5).await;
    let nobody = {
        let relay = ScriptedRelay::start(friendly()).await;
        let mut dead = relay.relay(Security::Plain);
        dead.port = 1;
        Carrier::smtp(dead)
    };
    let delivered = carry(&world, edition, &nobody).await;
    assert!(matches!(delivered.given_up, Some(GivenUp::Relay(_))), "{delivered:?}");
    assert_eq!(counts(&delivered.totals), [("queued", 5)]);

    let relay = ScriptedRelay::start(friendly()).await;
    let delivered = carry(&world, edition, &carrier(&relay, 2)).await;
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 5)], None));
}

#[tokio::test]
async fn a_refused_password_is_tried_once_and_bounces_nobody() {
    let (world, edition) = edition_for(3).await;
    let script = friendly().at("AUTH", Act::Say("535 5.7.8 wrong"));
    let scripted = ScriptedRelay::start(script).await;
    let mut relay = scripted.relay(Security::Plain);
    relay.login = login("wrong");
    let delivered = carry(&world, edition, &Carrier::smtp(relay)).await;
    let Some(GivenUp::Relay(reply)) = delivered.given_up else { panic!("the relay was not given up") };
    assert_eq!(reply.code, 535);
    assert_eq!(counts(&delivered.totals), [("queued", 3)]);
    assert_eq!(scripted.seen().count("AUTH"), 1);
}

#[tokio::test]
async fn a_relay_that_hangs_up_after_each_letter_gets_them_all() {
    let (world, edition) = edition_for(7).await;
    let relay = ScriptedRelay::start(Script { letters_per_connection: Some(1), ..friendly() }).await;
    let delivered = carry(&world, edition, &carrier(&relay, 2)).await;
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 7)], None));
    assert_eq!(relay.seen().letters.len(), 7);
}

#[tokio::test]
async fn a_relay_that_admits_two_connections_of_eight_is_used_with_two() {
    let (world, edition) = edition_for(50).await;
    let relay = ScriptedRelay::start(Script { at_once: Some(2), ..friendly() }).await;
    let (stop, clock, carrier) = (AtomicBool::new(false), world.clock(), carrier(&relay, 8));
    // Pauses in which the two that were admitted get letters through.
    let rules = DeliveringRules { pauses: vec![Duration::from_millis(100); 3], ..world.rules() };
    let run = press::Run {
        store: &world.store,
        ways: &Ways::only(carrier.clone()),
        clock: &clock,
        rules: &rules,
        stop: &stop,
    };
    let postmark = Postmark::new(world.digest(), "https://tide.example".to_owned());
    let delivered = press::deliver(&run, edition, &postmark, |_| {}).await.unwrap();
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 50)], None));
}

#[tokio::test]
async fn each_reader_has_the_fate_of_their_own_reply() {
    let (world, edition) = edition_for(4).await;
    let script = friendly()
        .at("RCPT TO:<reader00@", Act::Say("550 5.1.1 no such mailbox"))
        .at("RCPT TO:<reader01@", Act::Say("451 4.7.1 come back later"))
        .at(". reader02@", Act::HangUp);
    let relay = ScriptedRelay::start(script).await;
    let delivered = carry(&world, edition, &carrier(&relay, 1)).await;
    let expected = [("sent", 1), ("deferred", 1), ("refused", 1), ("uncertain", 1)];
    assert_eq!(counts(&delivered.totals), expected);
    assert_eq!(delivered.given_up, None);
    let totals = delivered.totals;
    assert_eq!(totals.candidates, totals.excluded + totals.by_state.iter().sum::<u64>());
}

#[tokio::test]
async fn a_relay_that_refuses_everybody_stops_the_run_before_everybody_is_refused() {
    let (world, edition) = edition_for(60).await;
    let relay = ScriptedRelay::start(friendly().at("RCPT", Act::Say("554 5.7.1 we want none of this"))).await;
    let delivered = carry(&world, edition, &carrier(&relay, 2)).await;
    let Some(GivenUp::Paused { last: Some(last), .. }) = &delivered.given_up else { panic!("{delivered:?}") };
    assert_eq!(last.code, 554);
    let refused = delivered.totals.in_state(DeliveryState::Refused);
    assert!(
        refused < 30 && delivered.totals.in_state(DeliveryState::Queued) == 60 - refused,
        "{delivered:?}"
    );

    world.store.requeue(edition, &[DeliveryState::Refused], world.now()).await.unwrap();
    let mended = ScriptedRelay::start(friendly()).await;
    let delivered = carry(&world, edition, &carrier(&mended, 2)).await;
    assert_eq!(counts(&delivered.totals), [("sent", 60)]);
}

#[tokio::test]
async fn a_stop_brings_the_letters_in_hand_to_their_end_and_queues_the_rest() {
    let (world, edition) = edition_for(20).await;
    let digest = world.digest();
    let postmark = Postmark::new(digest, "https://tide.example".to_owned());
    let (stop, rules, clock) = (AtomicBool::new(false), world.rules(), world.clock());
    let run = press::Run {
        store: &world.store,
        ways: &Ways::only(world.carrier.clone()),
        clock: &clock,
        rules: &rules,
        stop: &stop,
    };
    stop.store(true, Ordering::Release);
    // Stopped from the beginning: whatever had begun by the time it was heard is finished, nothing is in between.
    let delivered = press::deliver(&run, edition, &postmark, |_| {}).await.unwrap();
    let sent = delivered.totals.in_state(DeliveryState::Sent);
    assert_eq!(delivered.totals.in_state(DeliveryState::Queued), 20 - sent);
    assert_eq!(world.letters().len() as u64, sent);
    assert_eq!(delivered.given_up, None);

    let delivered = carry(&world, edition, &world.carrier).await;
    assert_eq!(counts(&delivered.totals), [("sent", 20)]);
    assert_eq!(world.letters().len(), 20);
}

#[tokio::test]
async fn two_runs_at_once_share_the_letters_of_one_edition() {
    let (world, edition) = edition_for(40).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let (one, two) = (carrier(&relay, 3), carrier(&relay, 3));
    tokio::join!(carry(&world, edition, &one), carry(&world, edition, &two));
    let letters = relay.seen().letters;
    let mut readers: Vec<&String> = letters.iter().flat_map(|l| &l.recipients).collect();
    readers.sort_unstable();
    readers.dedup();
    assert_eq!((letters.len(), readers.len()), (40, 40));
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert_eq!(counts(&record.totals), [("sent", 40)]);
}

#[tokio::test]
async fn a_list_that_the_digest_no_longer_names_still_brings_its_frozen_readers() {
    let (world, edition) = edition_for(3).await;
    let mut digest = world.digest();
    digest.lists.clear();
    let delivered = world.deliver(edition, &digest, &world.carrier).await;
    assert_eq!(counts(&delivered.totals), [("sent", 3)]);
}
