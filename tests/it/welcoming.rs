//! Who comes to a list that welcomes its readers gets its latest edition at once.

use chrono::TimeDelta;
use pressrun::model::{EditionState, EmailAddress, NewSubscriber, Outcome, SubscriptionState, Wishes};
use pressrun::store::{Lease, Verdict};

use crate::publishing::{Press, timetable};
use crate::store_choices::token;
use crate::store_world::{HAND, attempt, list, record};
use crate::world::name;

#[tokio::test]
async fn a_new_reader_of_a_welcoming_list_gets_the_latest_edition_once() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    let all = press.tick_after(TimeDelta::hours(1)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    let (bob, carla) = ("bob@example.org", "carla@example.org");
    let address = |a: &str| EmailAddress::parse(a).unwrap();
    let batch = [bob, carla].map(|a| NewSubscriber {
        address: address(a),
        name: String::new(),
        zone: None,
        consent: String::new(),
    });
    let (list, state, now) = (name("readers"), SubscriptionState::Confirmed, press.world.now());
    press.store().add_subscribers(&list, &batch, state, now).await.unwrap();
    assert!(press.store().greet(&list, &address(bob)).await.unwrap());
    press.tick().await;
    let candidates =
        async |press: &Press| press.store().edition(edition).await.unwrap().unwrap().totals.candidates;
    assert_eq!(candidates(&press).await, 1, "the list does not welcome anybody");
    press.order.welcoming = vec![list.clone()];
    press.tick().await;
    press.tick().await;
    assert_eq!(candidates(&press).await, 2, "bob, and not carla, who came with a file");
    assert!(!press.store().greet(&list, &address("nobody@example.org")).await.unwrap());
}

#[tokio::test]
async fn who_joins_a_welcoming_list_on_the_page_of_their_preferences_is_welcomed_too() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.order.welcoming = vec![name("readers")];
    press.tell().await;
    let all = press.tick_after(TimeDelta::hours(1)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    let dora = EmailAddress::parse("dora@example.org").unwrap();
    let new =
        NewSubscriber { address: dora.clone(), name: String::new(), zone: None, consent: String::new() };
    let (store, now) = (press.store().clone(), press.world.now());
    store.declare_lists(&[list("other")]).await.unwrap();
    store.add_subscribers(&name("other"), &[new], SubscriptionState::Confirmed, now).await.unwrap();
    let reader = store.reader(&token(&store, "dora@example.org").await).await.unwrap().unwrap();
    let wishes = Wishes { join: vec![name("readers")], ..Wishes::default() };
    store.wish(reader.id, &wishes, &press.order.welcoming, now).await.unwrap();
    press.tick().await;
    assert_eq!(store.edition(edition).await.unwrap().unwrap().totals.candidates, 2);
    let places = store.subscriber(&dora).await.unwrap().unwrap().subscriptions;
    let proof =
        places.iter().find(|place| place.list == name("readers")).and_then(|place| place.consent.clone());
    assert_eq!(proof.as_deref(), Some("the page of their preferences"));
}

#[tokio::test]
async fn an_edition_that_was_withdrawn_half_way_welcomes_nobody() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.world.subscribe(&["bea@example.org"]).await;
    press.order.welcoming = vec![name("readers")];
    press.tell().await;
    let all = press.tick_after(TimeDelta::hours(1)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    let now = press.world.now();
    let lease = Lease { holder: HAND.to_owned(), until: now + TimeDelta::hours(1) };
    let one = press.store().claim(edition, &lease, 1, now).await.unwrap().remove(0);
    record(press.store(), &[attempt(&one, 0, Outcome::Sent)]).await.unwrap();
    assert!(press.store().cancel(edition).await.unwrap());
    assert!(press.store().finish(edition).await.unwrap(), "one has it, the other does not");
    press.world.subscribe(&["carla@example.org"]).await;
    let carla = EmailAddress::parse("carla@example.org").unwrap();
    assert!(press.store().greet(&name("readers"), &carla).await.unwrap());
    press.tick().await;
    let after = press.store().edition(edition).await.unwrap().unwrap();
    assert_eq!((after.state, after.totals.candidates), (EditionState::Finished, 2));
}
