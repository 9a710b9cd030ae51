//! Letters leave no faster than whoever takes them bears: domains, providers, relays, days.

use chrono::TimeDelta;
use pressrun::deliver::{DomainRules, Providers, WarmUp};
use pressrun::model::{DeliveryState, EditionId, Instant};
use pressrun::press::{DeliveringRules, GivenUp, Way, Ways};
use pressrun::store::Terms;

use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL};
use crate::runs::{counts, going_to_many, only, readers_at, run, staying, way};
use crate::world::{World, rss};

fn friendly() -> Script {
    Script::offering(&USUAL)
}

fn per_second(domain: &str, rate: f64) -> (Vec<String>, DomainRules) {
    (vec![domain.to_owned()], DomainRules { per_second: Some(rate), ..DomainRules::default() })
}

/// True if neighbours lie at least so far apart.
fn apart(times: &[Instant], least: TimeDelta) -> bool {
    times.windows(2).all(|two| two[1] - two[0] >= least)
}

async fn sent(world: &World, edition: EditionId) -> u64 {
    world.store.edition(edition).await.unwrap().unwrap().totals.in_state(DeliveryState::Sent)
}

async fn notice(world: &World, key: &str) -> Option<String> {
    let notices = world.store.notices().await.unwrap();
    notices.into_iter().find(|notice| notice.key == key).map(|notice| notice.text)
}

#[tokio::test]
async fn five_temporary_refusals_in_a_row_hold_the_domain_for_five_minutes_and_no_other_one() {
    let relay = ScriptedRelay::start(friendly().at("RCPT TO:<bad", Act::Say("451 4.3.0 not now"))).await;
    let all = [readers_at("bad.example", 8), readers_at("good.example", 8)].concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let first = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&first.totals), [("queued", 3), ("sent", 8), ("deferred", 5)]);
    let lane = world.store.lanes().await.unwrap()["bad.example"];
    assert_eq!(lane.held_until, Some(world.now() + TimeDelta::minutes(5)));
    let told = notice(&world, "domain:bad.example").await.expect("the operator is told");
    assert!(told.contains("07:05 UTC") && told.contains("451 4.3.0"), "{told}");

    relay.follow(friendly());
    world.turn_clock(TimeDelta::seconds(299));
    run(&world, edition, &ways, &rules).await;
    assert_eq!(relay.seen().count("RCPT TO:<bad"), 5, "it is held");
    world.turn_clock(TimeDelta::seconds(2));
    let later = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&later.totals), [("sent", 11), ("deferred", 5)]);
    // The ramp takes twenty minutes; a letter that is taken after it ends the matter.
    world.turn_clock(TimeDelta::minutes(25));
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&last.totals), [("sent", 16)]);
    assert_eq!(notice(&world, "domain:bad.example").await, None);
}

#[tokio::test]
async fn a_domain_that_is_held_gets_none_of_the_letters_that_were_in_hand_either() {
    let relay = ScriptedRelay::start(friendly().at("RCPT TO:<bad", Act::Say("451 4.3.0 not now"))).await;
    let all = [readers_at("bad.example", 200), readers_at("good.example", 20)].concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let delivered = run(&world, edition, &only(way("relay", &relay, 2)), &world.rules()).await;
    // Two connections with a letter in hand, and one more announced on each.
    let tried = relay.seen().count("RCPT TO:<bad");
    assert!((5..=9).contains(&tried), "{tried} were tried");
    let tried = tried as u64;
    assert_eq!(counts(&delivered.totals), [("queued", 200 - tried), ("sent", 20), ("deferred", tried)]);
}

#[tokio::test]
async fn too_much_mail_holds_the_domain_for_ten_minutes_at_once_and_lets_it_in_again_one_by_one() {
    let slow = friendly().at("RCPT TO:<slow", Act::Say("450 4.7.28 unusual rate of mail"));
    let relay = ScriptedRelay::start(slow).await;
    let (world, edition) = going_to_many(&readers_at("slow.example", 30), &Terms::default()).await;
    let first = run(&world, edition, &only(way("relay", &relay, 1)), &world.rules()).await;
    assert_eq!(counts(&first.totals), [("queued", 29), ("deferred", 1)]);
    let held = world.store.lanes().await.unwrap()["slow.example"].held_until.expect("is held");
    assert!(held - world.now() >= TimeDelta::minutes(10), "{held}");

    let gate = Gate::shut();
    relay.follow(friendly().at(".", Act::Gated(gate.clone())));
    // They come due one after the other; a few seconds later all may go.
    world.turn_clock(held - world.now() + TimeDelta::seconds(5));
    // A limit of letters on a connection, so that no letter is kept in hand behind another one.
    let many = DomainRules { letters_per_connection: Some(99), ..DomainRules::default() };
    let providers = Providers::with(&[(vec!["slow.example".to_owned()], many)]);
    let (ways, rules) = (only(way("relay", &relay, 6)), DeliveringRules { providers, ..staying(&world) });
    let ramp = async {
        for allowed in 1..=4 {
            relay.until("one more", |seen| seen.under_way("slow.example") == allowed).await;
            for _ in 0..3 {
                gate.reached().await;
                gate.open(1);
            }
            assert_eq!(relay.seen().most_at_once("slow.example"), allowed);
            world.turn_clock(TimeDelta::minutes(1));
        }
        gate.open(99);
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), ramp);
    assert_eq!(counts(&delivered.totals), [("sent", 30)]);
}

#[tokio::test]
async fn a_domain_gets_its_letters_no_faster_than_its_rate_and_delays_no_other() {
    let all = [readers_at("one.example", 8), readers_at("half.example", 4), readers_at("free.example", 6)];
    let (world, edition) = going_to_many(&all.concat(), &Terms::default()).await;
    let relay = ScriptedRelay::start(Script { clock: Some(world.clock()), ..friendly() }).await;
    let providers = Providers::with(&[per_second("one.example", 1.0), per_second("half.example", 0.5)]);
    let rules = DeliveringRules { providers, ..staying(&world) };
    let begin = world.now();
    let turning = async {
        relay.until("who has no rate", |seen| seen.times("free.example").len() == 6).await;
        for second in 1..=8 {
            relay.until("the next one", |seen| seen.times("one.example").len() == second).await;
            relay.until("the slow one", |seen| seen.times("half.example").len() >= second.div_ceil(2)).await;
            world.turn_clock(TimeDelta::seconds(1));
        }
    };
    let ways = only(way("relay", &relay, 3));
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), turning);
    assert_eq!(counts(&delivered.totals), [("sent", 18)]);
    let seen = relay.seen();
    assert!(seen.times("free.example").iter().all(|at| *at == begin));
    let (one, half) = (seen.times("one.example"), seen.times("half.example"));
    assert!(apart(&one, TimeDelta::seconds(1)), "{one:?}");
    assert!(apart(&half, TimeDelta::seconds(2)), "{half:?}");
    assert_eq!((one.len(), half.len()), (8, 4));
}

#[tokio::test]
async fn two_runs_at_once_keep_one_pace() {
    let (world, edition) = going_to_many(&readers_at("one.example", 8), &Terms::default()).await;
    let relay = ScriptedRelay::start(Script { clock: Some(world.clock()), ..friendly() }).await;
    let providers = Providers::with(&[per_second("one.example", 1.0)]);
    let rules = DeliveringRules { providers, ..staying(&world) };
    let turning = async {
        for second in 1..=8 {
            relay.until("the next one", |seen| seen.letters.len() == second).await;
            world.turn_clock(TimeDelta::seconds(1));
        }
        while sent(&world, edition).await < 8 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        // One may stay until it knows that the other is not dead with letters in hand.
        world.turn_clock(TimeDelta::minutes(2));
    };
    let (one, two) = (only(way("relay", &relay, 2)), only(way("relay", &relay, 2)));
    tokio::join!(run(&world, edition, &one, &rules), run(&world, edition, &two, &rules), turning);
    let times = relay.seen().times("one.example");
    assert!(times.len() == 8 && apart(&times, TimeDelta::seconds(1)), "{times:?}");
}

#[tokio::test]
async fn a_connection_carries_as_many_letters_as_its_domain_or_its_relay_bears() {
    let few = DomainRules { letters_per_connection: Some(3), ..DomainRules::default() };
    let providers = Providers::with(&[(vec!["few.example".to_owned()], few)]);
    let (world, edition) = going_to_many(&readers_at("few.example", 10), &Terms::default()).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let rules = DeliveringRules { providers, ..world.rules() };
    run(&world, edition, &only(way("relay", &relay, 1)), &rules).await;
    assert_eq!(relay.seen().by_connection, [3, 3, 3, 1]);

    let (world, edition) = going_to_many(&readers_at("any.example", 10), &Terms::default()).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let four = Way { letters_per_connection: Some(4), ..way("relay", &relay, 1) };
    run(&world, edition, &only(four), &world.rules()).await;
    assert_eq!(relay.seen().by_connection, [4, 4, 2]);
}

#[tokio::test]
async fn a_relay_gets_no_more_letters_a_second_than_it_bears_over_all_its_connections() {
    let all = [readers_at("a.example", 3), readers_at("b.example", 3), readers_at("c.example", 2)].concat();
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let relay = ScriptedRelay::start(Script { clock: Some(world.clock()), ..friendly() }).await;
    let ways = only(Way { per_second: Some(2.0), ..way("relay", &relay, 3) });
    let rules = staying(&world);
    let turning = async {
        for taken in 1..=8 {
            relay.until("the next one", |seen| seen.letters.len() == taken).await;
            world.turn_clock(TimeDelta::milliseconds(500));
        }
    };
    let (delivered, ()) = tokio::join!(run(&world, edition, &ways, &rules), turning);
    assert_eq!(counts(&delivered.totals), [("sent", 8)]);
    let times: Vec<Instant> = relay.seen().letters.iter().filter_map(|letter| letter.at).collect();
    assert!(apart(&times, TimeDelta::milliseconds(500)), "{times:?}");
}

#[tokio::test]
async fn a_new_relay_gets_its_letters_of_the_day_and_more_on_the_next() {
    let (world, edition) = going_to_many(&readers_at("a.example", 12), &Terms::default()).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let warm_up = WarmUp { start: 3, growth: 2.0, since: world.now().date_naive() };
    let ways = only(Way { warm_up: Some(warm_up), ..way("relay", &relay, 2) });
    let rules = staying(&world);
    let midnight: Instant = "2026-03-03T00:00:00Z".parse().unwrap();
    for _ in 0..2 {
        let today = run(&world, edition, &ways, &rules).await;
        assert_eq!(today.given_up, Some(GivenUp::Quota { until: midnight }));
        assert_eq!(counts(&today.totals), [("queued", 9), ("sent", 3)]);
    }
    world.turn_clock(midnight - world.now());
    let tomorrow = run(&world, edition, &ways, &rules).await;
    assert_eq!(counts(&tomorrow.totals), [("queued", 3), ("sent", 9)]);
    world.turn_clock(TimeDelta::days(1));
    let last = run(&world, edition, &ways, &rules).await;
    assert_eq!((counts(&last.totals), last.given_up), (vec![("sent", 12)], None));
    assert!(world.store.notices().await.unwrap().is_empty(), "a plan that is kept is no trouble");
}

#[tokio::test]
async fn what_a_new_relay_has_no_room_for_goes_by_the_next_one() {
    let (world, edition) = going_to_many(&readers_at("a.example", 10), &Terms::default()).await;
    let (new, old) = (ScriptedRelay::start(friendly()).await, ScriptedRelay::start(friendly()).await);
    let warm_up = WarmUp { start: 3, growth: 2.0, since: world.now().date_naive() };
    let first = Way { warm_up: Some(warm_up), ..way("new", &new, 2) };
    let ways = Ways::new(vec![first, way("old", &old, 2)]).unwrap();
    let delivered = run(&world, edition, &ways, &world.rules()).await;
    assert_eq!((counts(&delivered.totals), delivered.given_up), (vec![("sent", 10)], None));
    assert_eq!((new.seen().letters.len(), old.seen().letters.len()), (3, 7));
}

#[tokio::test]
async fn a_spread_edition_goes_out_evenly_over_its_time() {
    for minutes in [10, 30, 60, 90, 120, 240, 720, 1440] {
        let over = TimeDelta::minutes(minutes);
        let terms = Terms { over, ..Terms::default() };
        let (world, edition) = going_to_many(&readers_at("a.example", 200), &terms).await;
        let mut tenths = [0; 10];
        for delivery in world.store.deliveries(edition, None, None, 999).await.unwrap() {
            let after = delivery.due_at.expect("waits") - world.now();
            assert!(after >= TimeDelta::zero() && after < over, "{after}");
            tenths[(after.num_milliseconds() * 10 / over.num_milliseconds()) as usize] += 1;
        }
        assert!(tenths.iter().all(|count| (10..=30).contains(count)), "{minutes} minutes: {tenths:?}");
    }
}

#[tokio::test]
async fn a_spread_letter_does_not_go_before_it_is_due() {
    let terms = Terms { over: TimeDelta::hours(1), ..Terms::default() };
    let (world, edition) = going_to_many(&readers_at("a.example", 40), &terms).await;
    let relay = ScriptedRelay::start(friendly()).await;
    let ways = only(way("relay", &relay, 2));
    let mut sent = Vec::new();
    for _ in 0..5 {
        let delivered = run(&world, edition, &ways, &world.rules()).await;
        sent.push(delivered.totals.in_state(DeliveryState::Sent));
        world.turn_clock(TimeDelta::minutes(15));
    }
    assert!(sent[0] <= 2 && sent.is_sorted() && sent[4] == 40, "{sent:?}");
    assert!((12..=28).contains(&sent[2]), "half of them after half the time: {sent:?}");
}

#[tokio::test]
async fn domains_of_one_provider_are_held_together() {
    let all = [readers_at("bad.example", 40), readers_at("worse.example", 40), readers_at("good.example", 5)]
        .concat();
    let relay = ScriptedRelay::start(friendly().at("RCPT TO:<bad", Act::Say("451 4.3.0 not now"))).await;
    let (world, edition) = going_to_many(&all, &Terms::default()).await;
    let together = vec!["worse.example".to_owned(), "bad.example".to_owned()];
    let providers = Providers::with(&[(together, DomainRules::default())]);
    let rules = DeliveringRules { providers, ..world.rules() };
    let delivered = run(&world, edition, &only(way("relay", &relay, 1)), &rules).await;
    let totals = counts(&delivered.totals);
    assert_eq!(totals, [("queued", 75), ("sent", 5), ("deferred", 5)]);
}

#[tokio::test]
async fn an_edition_that_waits_for_its_pace_keeps_no_seat_from_another() {
    let relay = ScriptedRelay::start(friendly()).await;
    let (world, slow) = going_to_many(&readers_at("one.example", 5), &Terms::default()).await;
    world.newsroom.publish("news", rss(&["Bridge closed"]));
    world.turn_clock(TimeDelta::hours(1));
    world.collect().await;
    world.subscribe(&["zoe@free.example"]).await;
    let fast = world.release(&world.digest()).await;
    let rate = DomainRules { per_second: Some(0.1), ..DomainRules::default() };
    let providers = Providers::with(&[(vec!["one.example".to_owned()], rate)]);
    let rules = DeliveringRules { providers, ..staying(&world) };
    let ways = only(way("relay", &relay, 1));
    let other = async {
        relay.until("the first", |seen| seen.letters.len() == 1).await;
        let here = relay.until("zoe's", |seen| seen.readers().contains(&"zoe@free.example"));
        tokio::select! { _ = run(&world, fast, &ways, &rules) => {}, () = here => {} }
    };
    tokio::select! { _ = run(&world, slow, &ways, &rules) => panic!("it waits"), () = other => {} }
}

#[tokio::test]
async fn two_large_editions_take_turns_at_the_only_connection() {
    let relay = ScriptedRelay::start(friendly()).await;
    let (world, first) = going_to_many(&readers_at("a.example", 260), &Terms::default()).await;
    world.newsroom.publish("news", rss(&["Bridge closed"]));
    world.turn_clock(TimeDelta::hours(1));
    world.collect().await;
    let second = world.release(&world.digest()).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    tokio::join!(run(&world, first, &ways, &rules), run(&world, second, &ways, &rules));
    let seen = relay.seen();
    assert_eq!(seen.letters.len(), 520);
    assert!(seen.by_connection.len() >= 4, "{:?}", seen.by_connection);
    assert!(seen.by_connection[..2].iter().all(|letters| *letters <= 110), "{:?}", seen.by_connection);
}
