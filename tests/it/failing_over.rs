//! Several relays: one in trouble is left alone, the next one carries on, and no reader notices.

use chrono::TimeDelta;
use pressrun::deliver::{Carrier, Relay, Security};
use pressrun::model::EditionId;
use pressrun::press::{GivenUp, Way, Ways};
use pressrun::store::Terms;

use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL, login};
use crate::runs::{counts, going_to_many, readers_at, run, story, way};
use crate::world::World;

fn friendly() -> Script {
    Script::offering(&USUAL)
}

fn closed() -> Script {
    Script { greeting: Some(Act::SayAndHangUp("421 4.3.2 closed for today")), ..friendly() }
}

async fn edition(readers: usize) -> (World, EditionId) {
    going_to_many(&readers_at("a.example", readers), &Terms::default()).await
}

async fn notices(world: &World) -> Vec<(String, String)> {
    let notices = world.store.notices().await.unwrap();
    notices.into_iter().map(|notice| (notice.key, notice.text)).collect()
}

#[tokio::test]
async fn a_dead_relay_is_replaced_by_the_next_one_and_used_again_when_it_lives() {
    let (world, edition) = edition(6).await;
    let (one, two) = (ScriptedRelay::start(closed()).await, ScriptedRelay::start(friendly()).await);
    let ways = Ways::new(vec![way("one", &one, 2), way("two", &two, 2)]).unwrap();
    let delivered = run(&world, edition, &ways, &world.rules()).await;
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 6)], None));
    assert_eq!((one.seen().letters.len(), two.seen().letters.len()), (0, 6));
    assert!(one.seen().connections <= 2, "each connection asks it once: {}", one.seen().connections);
    let told = notices(&world).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == "relay:one" && told[0].1.contains("421") && told[0].1.contains("closed for today"));

    one.follow(friendly());
    world.newsroom.publish("news", crate::world::rss(&["Bridge closed"]));
    world.turn_clock(TimeDelta::hours(1));
    world.collect().await;
    let next = world.release(&world.digest()).await;
    let delivered = run(&world, next, &ways, &world.rules()).await;
    assert_eq!(counts(&delivered.totals), [("sent", 6)]);
    assert_eq!((one.seen().letters.len(), two.seen().letters.len()), (6, 6));
    assert!(notices(&world).await.is_empty(), "the trouble is over: {:?}", notices(&world).await);
}

#[tokio::test]
async fn a_relay_that_dies_between_two_letters_is_replaced_in_the_middle_of_the_run() {
    let (world, edition) = edition(10).await;
    let gate = Gate::shut();
    let dying =
        Script { letters_per_connection: Some(3), ..friendly() }.at(". a02@", Act::Gated(gate.clone()));
    let (one, two) = (ScriptedRelay::start(dying).await, ScriptedRelay::start(friendly()).await);
    let ways = Ways::new(vec![way("one", &one, 1), way("two", &two, 1)]).unwrap();
    let rules = world.rules();
    let death = async {
        gate.reached().await;
        one.follow(closed());
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), death);
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 10)], None));
    assert_eq!((one.seen().letters.len(), two.seen().letters.len()), (3, 7));
    let mut all = [one.seen().readers(), two.seen().readers()]
        .concat()
        .iter()
        .map(|r| (*r).to_owned())
        .collect::<Vec<_>>();
    all.sort_unstable();
    assert_eq!(all, readers_at("a.example", 10));
}

#[tokio::test]
async fn letters_go_first_by_the_relay_that_names_their_senders_domain() {
    let (world, edition) = edition(4).await;
    let (one, two) = (ScriptedRelay::start(friendly()).await, ScriptedRelay::start(friendly()).await);
    let named = Way { senders: vec!["Tide.Example".to_owned()], ..way("two", &two, 1) };
    let ways = Ways::new(vec![way("one", &one, 1), named]).unwrap();
    run(&world, edition, &ways, &world.rules()).await;
    assert_eq!((one.seen().connections, two.seen().letters.len()), (0, 4));
}

#[tokio::test]
async fn a_relay_for_other_senders_comes_last_and_still_before_nobody() {
    let (world, edition) = edition(4).await;
    let (one, two) = (ScriptedRelay::start(friendly()).await, ScriptedRelay::start(closed()).await);
    let others = Way { senders: vec!["harbour.example".to_owned()], ..way("one", &one, 1) };
    let ways = Ways::new(vec![others, way("two", &two, 1)]).unwrap();
    run(&world, edition, &ways, &world.rules()).await;
    assert_eq!((two.seen().connections, one.seen().letters.len()), (1, 4));
}

#[tokio::test]
async fn a_refused_recipient_is_asked_of_no_other_relay() {
    let (world, edition) = edition(3).await;
    let refusing = friendly()
        .at("RCPT TO:<a00@", Act::Say("550 5.1.1 no such user"))
        .at("RCPT TO:<a01@", Act::Say("450 4.7.1 greylisted"));
    let (one, two) = (ScriptedRelay::start(refusing).await, ScriptedRelay::start(friendly()).await);
    let ways = Ways::new(vec![way("one", &one, 1), way("two", &two, 1)]).unwrap();
    let delivered = run(&world, edition, &ways, &world.rules()).await;
    let told = "a00 refused (recipient 550), a01 deferred (recipient 450), a02 sent, never again a00";
    assert_eq!(story(&world, &delivered, edition).await, told);
    assert_eq!(two.seen().connections, 0);
}

#[tokio::test]
async fn when_every_relay_refuses_the_password_the_run_ends_and_all_is_told() {
    let (world, edition) = edition(5).await;
    let refusing = || friendly().at("AUTH", Act::Say("535 5.7.8 wrong"));
    let (one, two) = (ScriptedRelay::start(refusing()).await, ScriptedRelay::start(refusing()).await);
    let locked = |name: &str, relay: &ScriptedRelay| {
        let carrier = Relay { login: login("wrong"), ..relay.relay(Security::Plain) };
        Way { carrier: Carrier::smtp(carrier), ..way(name, relay, 1) }
    };
    let ways = Ways::new(vec![locked("one", &one), locked("two", &two)]).unwrap();
    let delivered = run(&world, edition, &ways, &world.rules()).await;
    assert_eq!(counts(&delivered.totals), [("queued", 5)]);
    assert!(matches!(delivered.given_up, Some(GivenUp::Relay(reply)) if reply.code == 535));
    assert_eq!((one.seen().count("AUTH"), two.seen().count("AUTH")), (1, 1));
    let mut keys: Vec<String> = notices(&world).await.into_iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    assert_eq!(keys, [format!("edition:{edition}"), "relay:one".to_owned(), "relay:two".to_owned()]);
}
