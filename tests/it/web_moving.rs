//! Moving to another address, taking one's data along, and being forgotten.

use chrono::TimeDelta;
use pressrun::model::{Never, SubscriptionState};

use crate::store_world::address;
use crate::web_preferences::{Desk, pairs};

#[tokio::test]
async fn a_new_address_is_confirmed_there_and_the_old_one_is_told() {
    let desk = Desk::open().await;
    let asked = desk.post(&format!("{}/address", desk.page()), &[("address", " ann@land.example ")]).await;
    assert!(asked.status == 200 && asked.says("ann@land.example"), "{}", asked.body);
    let mail = desk.mail().await.unwrap();
    assert_eq!(mail.new.to.as_str(), "ann@land.example");
    let link = mail
        .new
        .message
        .text
        .lines()
        .find_map(|line| line.trim().strip_prefix("https://tide.example"))
        .unwrap();
    assert!(mail.new.message.html.contains(link) && link.starts_with("/address/"));
    for method in ["GET", "HEAD", "OPTIONS"] {
        desk.ask(method, link, "", b"").await;
    }
    assert!(desk.get(link).await.says("ann@land.example"));
    assert_eq!(desk.reader().await.address, address("ann@sea.example"), "nobody has said yes");

    let moved = desk.post(link, &[]).await;
    assert!(moved.status == 200 && moved.says("You have moved"), "{}", moved.body);
    let reader = desk.reader().await;
    assert_eq!((reader.address.as_str(), reader.subscriptions.len()), ("ann@land.example", 1));
    let told = desk.mail().await.unwrap();
    assert_eq!(told.new.to.as_str(), "ann@sea.example");
    assert!(told.new.message.text.contains("ann@land.example"));
    for again in [desk.post(link, &[]).await, desk.get(link).await] {
        assert!(again.status == 200 && again.says("You have moved") && !again.says("<button"));
    }
    assert!(desk.mail().await.is_none(), "told once");
}

#[tokio::test]
async fn a_link_for_a_new_address_ends_and_mails_for_it_are_few_whoever_asks() {
    let desk = Desk::open().await;
    let path = format!("{}/address", desk.page());
    desk.world
        .store
        .suppress(&Never::Address(address("never@land.example")), "asked us", desk.world.now())
        .await
        .unwrap();
    let never = desk.post(&path, &[("address", "never@land.example")]).await;
    let mut answers = vec![never.body.replace("never@", "x@")];
    for _ in 0..20 {
        let asked = desk.post(&path, &[("address", "new@land.example")]).await;
        assert_eq!(asked.status, 200);
        answers.push(asked.body.replace("new@", "x@"));
    }
    // Bob is there already; nobody is told.
    answers.push(desk.post(&path, &[("address", "bob@sea.example")]).await.body.replace("bob@sea", "x@land"));
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "one answer for all");
    let mut links = Vec::new();
    while let Some(mail) = desk.mail().await {
        assert_eq!(mail.new.to.as_str(), "new@land.example");
        links.push(
            mail.new
                .message
                .text
                .lines()
                .find_map(|l| l.trim().strip_prefix("https://tide.example"))
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(links.len(), 3);
    desk.world.turn_clock(TimeDelta::hours(49));
    let late = desk.post(&links[0], &[]).await;
    assert!(late.status == 200 && late.says("expired"), "{}", late.body);
    assert_eq!(desk.reader().await.address, address("ann@sea.example"));
}

#[tokio::test]
async fn moving_to_where_somebody_is_brings_the_subscriptions_there() {
    let desk = Desk::open().await;
    let form = desk.form().await;
    let mut both = pairs(&form);
    both.push(("list", "town"));
    desk.post(&desk.page(), &both).await;
    let bob = address("bob@sea.example");
    desk.world.store.unsubscribe(&bob, None, desk.world.now()).await.unwrap();
    desk.post(&format!("{}/address", desk.page()), &[("address", "BOB@sea.example")]).await;
    let mail = desk.mail().await.unwrap();
    let link =
        mail.new.message.text.lines().find_map(|l| l.trim().strip_prefix("https://tide.example")).unwrap();
    assert_eq!(desk.post(link, &[]).await.status, 200);
    let bob = desk.world.store.subscriber(&bob).await.unwrap().unwrap();
    let places: Vec<_> = bob.subscriptions.iter().map(|p| (p.list.as_str(), p.state)).collect();
    let here = SubscriptionState::Confirmed;
    assert_eq!(places, [("readers", here), ("town", here)]);
    let left = desk.reader().await;
    assert!(left.subscriptions.iter().all(|place| place.state == SubscriptionState::Unsubscribed));
}

#[tokio::test]
async fn a_reader_takes_along_what_is_kept_and_has_it_deleted() {
    let desk = Desk::open().await;
    let data = desk.get(&format!("{}/data", desk.page())).await;
    assert_eq!(data.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
    let kept: serde_json::Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(
        (&kept["address"], &kept["subscriptions"][0]["list"]),
        (&"ann@sea.example".into(), &"readers".into())
    );
    assert_eq!(kept["letters"][0]["digest"], "probe");
    assert!(!data.body.contains(&desk.token), "whoever finds the file cannot act by it");

    desk.post(&format!("{}/address", desk.page()), &[("address", "ann@land.example")]).await;
    let delete = format!("{}/delete", desk.page());
    let asked = desk.get(&delete).await;
    assert!(asked.says("Delete everything?") && asked.body.matches("<button").count() == 1);
    assert_eq!(desk.reader().await.address, address("ann@sea.example"));
    let done = desk.post(&delete, &[]).await;
    assert!(done.status == 200 && done.says("Everything is deleted") && !done.says("ann@"), "{}", done.body);
    assert_eq!(desk.world.store.subscriber(&address("ann@sea.example")).await.unwrap(), None);
    assert_eq!(desk.get(&desk.page()).await.status, 404);
    assert_eq!(desk.post(&delete, &[]).await.status, 404);
    assert!(desk.mail().await.is_none(), "nobody moves who is not there");
}

#[tokio::test]
async fn scanners_change_nothing_on_any_of_the_pages() {
    let desk = Desk::open().await;
    desk.post(&format!("{}/address", desk.page()), &[("address", "ann@land.example")]).await;
    let mail = desk.mail().await.unwrap();
    let link =
        mail.new.message.text.lines().find_map(|l| l.trim().strip_prefix("https://tide.example")).unwrap();
    let before = desk.reader().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\nSec-Purpose: prefetch\r\n";
    let page = desk.page();
    for path in [
        page.clone(),
        format!("{page}/address"),
        format!("{page}/data"),
        format!("{page}/delete"),
        link.to_owned(),
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"] {
            let asked =
                desk.ask(method, &format!("{path}?_method=POST&plain=yes"), form, b"seen=list+readers").await;
            assert!(asked.status < 500, "{method} {path}: {}", asked.status);
        }
    }
    assert_eq!(desk.reader().await, before);
}
