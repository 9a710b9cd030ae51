//! A press that sleeps past its own lease, as on a machine whose lid is closed: what another takes over meanwhile, or it
//! takes from itself, goes twice only where the ledger marks it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use chrono::TimeDelta;
use pressrun::model::{DeliveryState, EditionId};
use pressrun::press::{self, Clock, Postmark, Ways};
use pressrun::store::Lease;

use crate::cli::apart;
use crate::killing::{Dice, Plan, Process, Site, until};
use crate::world::{World, rss};

/// More than a claim takes at once.
const MANY: usize = 1_500;

async fn released() -> (World, EditionId) {
    let world = World::new().await;
    world.newsroom.publish("news", rss(&["Harbour opens"]));
    world.collect().await;
    let addresses: Vec<String> = (0..MANY).map(|n| format!("reader{n}@a.example")).collect();
    world.subscribe(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let edition = world.release(&world.digest()).await;
    (world, edition)
}

/// Delivers by a clock of its own, counting the letters that have ended.
async fn deliver(world: &World, edition: EditionId, clock: &Clock, ended: &AtomicUsize) {
    let postmark = Postmark::new(world.digest(), "https://tide.example".to_owned());
    let (stop, rules, ways) = (AtomicBool::new(false), world.rules(), Ways::only(world.carrier.clone()));
    let run = press::Run { store: &world.store, ways: &ways, clock, rules: &rules, stop: &stop };
    let count = |_| {
        ended.fetch_add(1, Ordering::SeqCst);
    };
    press::deliver(&run, edition, &postmark, count).await.unwrap();
}

/// How often each reader got the letter.
fn taken(world: &World) -> HashMap<i64, usize> {
    let mut taken = HashMap::new();
    world.letters().iter().for_each(|letter| *taken.entry(letter.delivery.0).or_default() += 1);
    taken
}

#[tokio::test]
async fn a_clock_that_leaps_past_the_lease_brings_nobody_a_letter_twice() {
    let (world, edition) = released().await;
    let (start, leaps) = (world.now(), AtomicI64::new(0));
    let clock = Clock::new(move || start + TimeDelta::minutes(5 * leaps.fetch_add(1, Ordering::SeqCst)));
    deliver(&world, edition, &clock, &AtomicUsize::new(0)).await;
    let taken = taken(&world);
    assert_eq!(taken.len(), MANY);
    assert!(taken.values().all(|times| *times == 1));
}

#[tokio::test]
async fn what_a_run_has_in_hand_when_it_loses_its_lease_and_claims_it_again_goes_once() {
    let (world, edition) = released().await;
    let letters = AtomicUsize::new(0);
    let run = async {
        deliver(&world, edition, &world.clock(), &letters).await;
        letters.store(usize::MAX / 2, Ordering::SeqCst);
    };
    // Another one holds the run for dead, again and again, and takes nothing itself.
    let other = async {
        let later = world.now() + TimeDelta::hours(1);
        let lease = Lease { holder: "other".to_owned(), until: later };
        for number in 1..=6 {
            while letters.load(Ordering::SeqCst) < number * MANY / 8 {
                tokio::task::yield_now().await;
            }
            assert_eq!(world.store.claim(edition, &lease, 0, later).await.unwrap(), []);
        }
    };
    tokio::join!(run, other);
    // What was refused to the run in the same moment as it claimed it again has gone back to the queue.
    deliver(&world, edition, &world.clock(), &letters).await;
    let (ledger, taken) = (world.store.deliveries(edition, None, None, MANY).await.unwrap(), taken(&world));
    assert_eq!(ledger.len(), MANY);
    for delivery in ledger {
        let times = taken.get(&delivery.id.0).copied().unwrap_or_default();
        assert!(times > 0 || delivery.state == DeliveryState::Uncertain, "{} is lost", delivery.id);
        assert!(times < 2 || delivery.doubts > 0, "{} went {times} times without a doubt", delivery.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presses_that_freeze_for_longer_than_their_lease_lose_nobody_and_mark_what_they_repeat() {
    const READERS: usize = 2_500;
    const FREEZES: usize = 6;
    let site = Site::new(Plan { readers: READERS, pace: 20, ..Plan::default() }).await;
    apart!({
        let mut dice = Dice::new();
        site.start_to_first_letter(&["send", "morning"]).kill();
        let mut presses: Vec<Process> = (0..2).map(|_| site.start(&["run", "--only", "press"])).collect();
        for freeze in 0..FREEZES {
            let before = site.relay.taken();
            until("a letter goes", || site.relay.taken() > before);
            dice.sleep(1..=100);
            // Now and then all sleep, as on a machine whose lid is closed, and nobody takes over.
            let frozen = if freeze % 2 == 0 { &presses[..] } else { &presses[..1] };
            frozen.iter().for_each(|press| press.signal("STOP"));
            dice.sleep(1_100..=1_600);
            frozen.iter().for_each(|press| press.signal("CONT"));
        }
        site.relay.set_pace(1);
        until("edition 1 is finished", || site.is_finished(1));
        for press in &mut presses {
            press.signal("TERM");
            assert_eq!(press.end().code(), Some(0), "{}", site.told());
        }
        let account = site.account(&[1]);
        account.tell("frozen", FREEZES);
        account.assert_nobody_is_lost(READERS);
        account.assert_whatever_went_twice_is_marked();
    });
}
