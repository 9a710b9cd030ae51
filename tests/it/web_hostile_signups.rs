//! Hostile input on the endpoints of signing up: no fault, no panic, nothing stored that was not asked for.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::web_desk::SignUpDesk;

/// Bodies: bytes, and forms and JSON with hostile values.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let nasty = prop::sample::select(vec![
        "ann@sea.example",
        "ann@sea.example\r\nBcc: all@x.example",
        "ann@sea.example\0",
        "<script>alert(1)</script>@x.example",
        "' OR 1=1; DROP TABLE signups; --",
        "{{7*7}}{address}{% x %}",
        "\u{202e}\u{10ff01}\u{feff}",
        "readers",
        "[\"readers\"]",
        "../../etc/passwd",
        "%00%ff%fe",
        "",
    ]);
    let value = prop_oneof![nasty.prop_map(str::to_owned), "\\PC{0,40}", "[a-z]{1,8}@[a-z]{1,8}\\.example"];
    let key = prop::sample::select(vec![
        "address", "name", "list", "lang", "stamp", "sure", "homepage", "wording", "x",
    ]);
    let pairs = prop::collection::vec((key, value), 0..8);
    let form = pairs.clone().prop_map(|pairs| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
    });
    let json = pairs.prop_map(|pairs| {
        let map: serde_json::Map<String, serde_json::Value> = pairs
            .into_iter()
            .map(|(key, value)| match key {
                "list" => ("lists".to_owned(), vec![value].into()),
                "lang" => ("language".to_owned(), value.into()),
                key => (key.to_owned(), value.into()),
            })
            .collect();
        serde_json::to_vec(&map).unwrap()
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..300), form, json]
}

#[test]
fn whatever_is_posted_is_answered_and_stored_only_if_it_was_asked_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let desk = runtime.block_on(SignUpDesk::with(pressrun::web::Signups {
        per_network: 1_000_000,
        in_all: 1_000_000,
        origins: vec!["https://own.example".to_owned()],
        ..crate::web_desk::signups()
    }));
    let paths =
        ["/subscribe", "/subscribe/form", "/api/subscribe", "/confirm/0123456789abcdef0123456789abcdef"];
    let kinds = ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"];
    let strategy = (bodies(), prop::sample::select(paths.to_vec()), prop::sample::select(kinds.to_vec()));
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&strategy, |(body, path, kind)| {
        runtime.block_on(async {
            // A site that is named needs no stamp: what is posted goes as far as it can.
            let headers = format!("Content-Type: {kind}\r\nOrigin: https://own.example\r\n");
            let answer = desk.ask("POST", path, &headers, &body).await;
            prop_assert!((200..500).contains(&answer.status), "{} {}", answer.status, answer.body);
            prop_assert!(!answer.says("<script") && !answer.says("\0"));
            for signup in desk.world.store.waiting_signups(100).await.unwrap() {
                let asked = &signup.asked;
                prop_assert!(!asked.name.contains(['\r', '\n', '\0']) && asked.name.chars().count() <= 100);
                prop_assert!(!asked.lists.is_empty());
                prop_assert!(asked.lists.iter().all(|list| list.as_str() != "friends"));
                let text = String::from_utf8_lossy(&body).into_owned();
                let decoded: String =
                    url::form_urlencoded::parse(&body).map(|(k, v)| format!("{k}={v}&")).collect();
                let local = asked.address.local();
                prop_assert!(text.contains(local) || decoded.contains(local), "{} was not asked for", local);
            }
            desk.answer_all().await;
            Ok(())
        })
    });
    run.unwrap();
    let mails = runtime.block_on(desk.mails());
    assert!(mails.iter().all(|mail| mail.ends_with(" confirmation") || mail.ends_with(" subscribed")));
}
