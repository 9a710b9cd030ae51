//! Runs of the delivering stage over scripted relays, and the ledger as one line.

use std::sync::atomic::AtomicBool;

use pressrun::deliver::{Carrier, Security};
use pressrun::model::{DeliveryState, DeliveryTotals, EditionId, Reply};
use pressrun::press::{self, Delivered, DeliveringRules, GivenUp, Postmark, Way, Ways};
use pressrun::store::Terms;

use crate::relay::ScriptedRelay;
use crate::world::{World, rss};

/// A world with an edition that is released to these readers.
pub(crate) async fn going_to(addresses: &[&str], terms: &Terms) -> (World, EditionId) {
    let world = World::new().await;
    world.newsroom.publish("news", rss(&["Harbour opens"]));
    world.collect().await;
    world.subscribe(addresses).await;
    let edition = world.release_on(&world.digest(), terms).await;
    (world, edition)
}

/// `sea00@sea.example` and so on.
pub(crate) fn readers_at(domain: &str, count: usize) -> Vec<String> {
    let name = domain.split('.').next().unwrap_or_default();
    (0..count).map(|n| format!("{name}{n:02}@{domain}")).collect()
}

pub(crate) async fn going_to_many(addresses: &[String], terms: &Terms) -> (World, EditionId) {
    going_to(&addresses.iter().map(String::as_str).collect::<Vec<_>>(), terms).await
}

/// A way through a scripted relay, with so many connections and without a limit.
pub(crate) fn way(name: &str, relay: &ScriptedRelay, connections: usize) -> Way {
    let mut relay = relay.relay(Security::Plain);
    relay.connections = connections;
    Way {
        name: name.to_owned(),
        carrier: Carrier::smtp(relay),
        senders: Vec::new(),
        per_second: None,
        letters_per_connection: None,
        warm_up: None,
    }
}

pub(crate) fn only(way: Way) -> Ways {
    Ways::new(vec![way]).unwrap()
}

/// Rules under which a run stays until all letters have gone.
pub(crate) fn staying(world: &World) -> DeliveringRules {
    DeliveringRules { waits: true, ..world.rules() }
}

/// One run, to its end.
pub(crate) async fn run(
    world: &World,
    edition: EditionId,
    ways: &Ways,
    rules: &DeliveringRules,
) -> Delivered {
    let (stop, clock) = (AtomicBool::new(false), world.clock());
    let postmark = Postmark::new(world.digest(), "https://tide.example".to_owned());
    let run = press::Run { store: &world.store, ways, clock: &clock, rules, stop: &stop };
    press::deliver(&run, edition, &postmark, |_| {}).await.unwrap()
}

/// The states that anybody is in, with how many.
pub(crate) fn counts(totals: &DeliveryTotals) -> Vec<(&'static str, u64)> {
    let all = DeliveryState::ALL.into_iter();
    all.map(|s| (s.as_str(), totals.in_state(s))).filter(|(_, n)| *n > 0).collect()
}

/// `recipient 550`.
pub(crate) fn shown(reply: &Reply) -> String {
    let step = serde_json::to_value(reply.step).unwrap();
    format!("{} {}", step.as_str().unwrap(), reply.code)
}

/// The whole end of a run as one line: each reader's state and attempts with what was said last, who was suppressed,
/// and why the run was given up.
pub(crate) async fn story(world: &World, delivered: &Delivered, edition: EditionId) -> String {
    let mut parts = Vec::new();
    for delivery in world.store.deliveries(edition, None, None, 1000).await.unwrap() {
        let name = delivery.address.as_str().split('@').next().unwrap_or_default().to_owned();
        let said = delivery.reply.as_ref().filter(|reply| !reply.accepted()).map(shown);
        let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
        let tries = if delivery.attempts == 1 { String::new() } else { format!(" {}x", delivery.attempts) };
        parts.push(format!("{name} {}{tries}{said}", delivery.state.as_str()));
    }
    for suppression in world.store.suppressions(None, 100).await.unwrap() {
        let never = suppression.never.to_string();
        parts.push(format!("never again {}", never.split('@').next().unwrap_or_default()));
    }
    match &delivered.given_up {
        None => {}
        Some(GivenUp::Relay(reply)) => parts.push(format!("given up at {}", shown(reply))),
        Some(GivenUp::Quota { until }) => parts.push(format!("no more letters until {until}")),
        Some(GivenUp::Paused { why, .. }) => parts.push(format!("paused: {why}")),
    }
    let totals = &delivered.totals;
    assert_eq!(totals.candidates, totals.excluded + totals.by_state.iter().sum::<u64>(), "the totals add up");
    parts.join(", ")
}
