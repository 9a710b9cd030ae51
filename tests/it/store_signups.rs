//! Sign-ups in the store, on both engines: counted, answered once, confirmed once, and forgotten with their reader.

use chrono::TimeDelta;
use pressrun::model::{Instant, Language, NewMail, NewSignup, SubscriptionState};
use pressrun::store::{Answer, Store};

use crate::store_world::{address, at, list, message, name, readers, stores};

const MOST: u32 = 3;

fn asked(to: &str, lists: &[&str], now: Instant) -> NewSignup {
    NewSignup {
        address: address(to),
        name: "Ann\r\nBcc: x".to_owned(),
        language: Language::english(),
        lists: lists.iter().map(|l| name(l)).collect(),
        network: "192.0.2.1".to_owned(),
        page: "/subscribe".to_owned(),
        wording: "Subscribe: News. 'quoted' \\ \0".to_owned(),
        expires_at: now + TimeDelta::days(7),
    }
}

fn mail(to: &str, now: Instant) -> Answer {
    Answer::Mail(Box::new(NewMail {
        purpose: name("confirmation"),
        key: None,
        to: address(to),
        to_name: String::new(),
        from: "Press <press@example.org>".parse().unwrap(),
        reply_to: None,
        message: message("Please confirm"),
        expires_at: now + TimeDelta::days(7),
    }))
}

async fn answer_all(store: &Store, now: Instant) -> usize {
    let mut mails = 0;
    for signup in store.waiting_signups(100).await.unwrap() {
        let answer = mail(signup.asked.address.as_str(), now);
        mails += usize::from(store.answer_signup(&signup, &answer, MOST, now).await.unwrap());
        assert!(!store.answer_signup(&signup, &answer, MOST, now).await.unwrap(), "once");
    }
    mails
}

#[tokio::test]
async fn an_address_has_three_mails_within_any_24_hours_whoever_asks_at_once() {
    for store in stores().await {
        store.declare_lists(&[list("news")]).await.unwrap();
        let ask =
            async |now| store.sign_up(&asked("Ann@a.example", &["news"], now), MOST, now).await.unwrap();
        let at_once = futures_util::future::join_all((0..20).map(|_| ask(at(0)))).await;
        assert_eq!(at_once.iter().filter(|kept| **kept).count(), 3);
        assert_eq!(answer_all(&store, at(0)).await, 3);
        for (minute, kept) in [(1, false), (23 * 60 + 59, false), (24 * 60, true), (24 * 60 + 1, true)] {
            assert_eq!(ask(at(minute)).await, kept, "{minute}");
        }
        // The mails are counted by themselves: these were asked for after a day, and answered with the first.
        assert_eq!(answer_all(&store, at(1)).await, 0);
        assert!(store.sign_up(&asked("bob@a.example", &["news"], at(1)), MOST, at(1)).await.unwrap());
        assert_eq!(answer_all(&store, at(1)).await, 1);
    }
}

#[tokio::test]
async fn a_sign_up_comes_into_force_once_and_brings_back_who_has_left() {
    for store in stores().await {
        store.declare_lists(&[list("news"), list("notes"), list("other")]).await.unwrap();
        let (news, notes) = (name("news"), name("notes"));
        store
            .add_subscribers(&news, &readers(&["ann@a.example"]), SubscriptionState::Unsubscribed, at(0))
            .await
            .unwrap();
        let acquaintance = store.acquaintance(&address("ANN@a.example")).await.unwrap();
        assert_eq!(acquaintance.places, [(news.clone(), SubscriptionState::Unsubscribed)]);
        assert!(!acquaintance.suppressed && acquaintance.reader.is_some());

        let lists = ["news", "notes", "nothing"];
        store.sign_up(&asked("ann@a.example", &lists, at(1)), MOST, at(1)).await.unwrap();
        let signup = store.waiting_signups(10).await.unwrap().pop().unwrap();
        assert_eq!((signup.asked.name.as_str(), signup.asked.lists.len()), ("AnnBcc: x", 2));
        assert_eq!(store.signup(&signup.token).await.unwrap().as_ref(), Some(&signup));
        assert_eq!(store.signup(&"0".repeat(32)).await.unwrap(), None);

        let (first, second) = tokio::join!(
            store.confirm(&signup, "192.0.2.9", &[], at(2)),
            store.confirm(&signup, "192.0.2.9", &[], at(2))
        );
        assert!(first.unwrap() ^ second.unwrap(), "once");
        let reader = store.subscriber(&address("ann@a.example")).await.unwrap().unwrap();
        let on = |list| {
            reader.subscriptions.iter().any(|s| s.list == list && s.state == SubscriptionState::Confirmed)
        };
        assert!(on(news.clone()) && on(notes) && reader.subscriptions.len() == 2, "{reader:?}");

        // Whoever leaves is not brought back by the old link.
        store.unsubscribe(&address("ann@a.example"), Some(&news), at(3)).await.unwrap();
        assert!(!store.confirm(&signup, "192.0.2.9", &[], at(4)).await.unwrap());
        let acquaintance = store.acquaintance(&address("ann@a.example")).await.unwrap();
        assert!(acquaintance.places.contains(&(news, SubscriptionState::Unsubscribed)));
        assert_eq!(store.consents(&address("ann@a.example")).await.unwrap().len(), 1);
        assert_eq!(store.prune_signups(at(1_000_000), 10).await.unwrap(), 0, "the proof stays");

        assert!(store.forget_subscriber(&address("ann@a.example"), at(5)).await.unwrap());
        assert_eq!(store.signup(&signup.token).await.unwrap(), None, "and goes with its reader");
    }
}

#[tokio::test]
async fn what_is_too_late_is_not_confirmed_and_is_pruned_a_few_at_a_time() {
    for store in stores().await {
        store.declare_lists(&[list("news")]).await.unwrap();
        for n in 0..5 {
            let new = asked(&format!("r{n}@a.example"), &["news"], at(0));
            assert!(store.sign_up(&new, MOST, at(0)).await.unwrap());
        }
        let late = at(7 * 24 * 60);
        for signup in store.waiting_signups(10).await.unwrap() {
            assert!(!store.confirm(&signup, "192.0.2.9", &[], late).await.unwrap());
        }
        assert_eq!(store.subscribers(None, None, 10).await.unwrap(), []);
        assert_eq!(store.prune_signups(at(0), 10).await.unwrap(), 0);
        assert_eq!(store.prune_signups(at(1), 3).await.unwrap(), 3);
        assert_eq!(store.prune_signups(at(1), 3).await.unwrap(), 2);
    }
}
