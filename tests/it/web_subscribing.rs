//! Subscribing in a browser: a form, a mail, a click; nothing before it, and proof of it after.

use chrono::TimeDelta;
use pressrun::model::{EmailAddress, Never};

use crate::web_desk::SignUpDesk;
use crate::world::name;

const HOME: &str = "192.0.2.7";

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

#[tokio::test]
async fn the_page_offers_the_public_lists_how_often_they_come_and_when_next() {
    let desk = SignUpDesk::new().await;
    for path in ["/", "/subscribe"] {
        let page = desk.get(path).await;
        assert_eq!(page.status, 200);
        for words in [
            "<h1>Subscribe</h1>",
            "The Tide",
            "The Morning Tide",
            "The harbour, each morning.",
            "On weekdays at 06:30",
            // It is Monday, 08:00 in Berlin.
            "Next on Tuesday, 3 March 2026, 06:30 (Europe/Berlin)",
            "href=\"morning/\"",
            "Each letter has a link with which you can unsubscribe",
        ] {
            assert!(page.says(words), "no {words:?} in {}", page.body);
        }
        assert!(!page.says("Friends of the press") && !page.says("<script"));
        assert_eq!(page.header("vary"), Some("accept-language"));
    }
    let german = desk.ask("GET", "/", "Accept-Language: de-AT,de\r\n", b"").await;
    assert!(
        german.says("Montag bis Freitag · Nächste Ausgabe: Dienstag, 3. März 2026, 06:30 Uhr"),
        "{}",
        german.body
    );
    assert!(desk.get("/?lang=ar").await.says("dir=\"rtl\""));
    let one = desk.get("/subscribe?list=weekly&list=friends").await;
    assert!(one.says("The Week") && !one.says("The Morning Tide") && !one.says("Friends"), "{}", one.body);
    assert!(one.says("<input type=\"hidden\" name=\"list\" value=\"weekly\">"), "one needs no choice");
}

#[tokio::test]
async fn nothing_but_one_mail_comes_before_its_button_is_pressed() {
    let desk = SignUpDesk::new().await;
    let taken = desk.sign_up("address=Ann%40sea.example&name=Ann&list=readers&list=weekly", HOME).await;
    assert!(taken.status == 200 && taken.says("Look into your inbox"), "{}", taken.body);
    assert!(taken.says("Ann@sea.example"));
    assert_eq!(desk.answer_all().await, 1);
    assert_eq!(desk.answer_all().await, 0, "once");
    assert_eq!(desk.mails().await, ["Ann@sea.example confirmation"]);
    let link = desk.link().await;
    for _ in 0..3 {
        let page = desk.get(&link).await;
        assert!(page.says("Confirm your subscription") && page.says("The Week"), "{}", page.body);
        desk.ask("HEAD", &link, "", b"").await;
        desk.ask("OPTIONS", &link, "", b"").await;
    }
    assert_eq!(desk.on("ann@sea.example").await, [""; 0], "opening a link says nothing");
    assert_eq!(desk.world.store.subscriber(&address("ann@sea.example")).await.unwrap(), None);

    desk.world.turn_clock(TimeDelta::hours(1));
    let done = desk.post(&link, "", "198.51.100.9").await;
    assert!(done.status == 200 && done.says("You are subscribed"), "{}", done.body);
    assert_eq!(done.header("location"), None);
    assert_eq!(desk.on("ann@sea.example").await, ["readers", "weekly"]);
    for again in [desk.post(&link, "x=y", HOME).await, desk.get(&link).await] {
        assert!(again.status == 200 && again.says("Already confirmed"), "{}", again.body);
    }
    let proofs = desk.world.store.consents(&address("ANN@sea.example")).await.unwrap();
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    assert_eq!((proof.asked_from.as_str(), proof.page.as_str()), (HOME, "/subscribe"));
    assert_eq!(proof.confirmed_from.as_deref(), Some("198.51.100.9"));
    assert_eq!(proof.confirmed_at, desk.world.now());
    assert!(
        proof.wording.starts_with("Subscribe: The Morning Tide, The Week. Each letter has a link"),
        "{}",
        proof.wording
    );
}

#[tokio::test]
async fn the_mail_says_who_asked_when_and_for_what_and_repeats_nothing_that_a_stranger_wrote() {
    let desk = SignUpDesk::new().await;
    desk.sign_up("address=ann%40sea.example&name=Win+now+http://evil.example&list=readers", HOME).await;
    desk.answer_all().await;
    let lease = crate::store_world::lease();
    let mail =
        desk.world.store.claim_mail(&lease, TimeDelta::days(1), desk.world.now()).await.unwrap().unwrap();
    assert_eq!(mail.new.to_name, "");
    let message = mail.new.message;
    assert_eq!(message.subject, "Please confirm your subscription: The Morning Tide");
    assert_eq!(message.html.matches("<h1").count(), 1);
    for part in [&message.html, &message.text] {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ").replace("<wbr>", "");
        for words in [
            "Somebody, we hope you, asked for letters to ann@sea.example at The Tide on Monday, 2 March 2026, 08:01",
            "The Morning Tide",
            "Confirm subscription",
            "Monday, 9 March 2026, 08:01",
            "nothing else will come",
            "network address 192.0.2.7",
            "1 Quay Street",
        ] {
            assert!(part.contains(words), "no {words:?} in {part}");
        }
        assert!(!part.contains("evil"), "{part}");
    }
    assert_eq!(
        message.html.matches("https://tide.example/confirm/").count(),
        3,
        "a button, and the plain link"
    );
}

#[tokio::test]
async fn a_link_is_good_for_a_week_and_the_sign_up_deleted_after_two() {
    let desk = SignUpDesk::new().await;
    desk.sign_up("address=ann%40sea.example&list=readers", HOME).await;
    desk.answer_all().await;
    let link = desk.link().await;
    desk.world.turn_clock(TimeDelta::days(7));
    for late in [desk.get(&link).await, desk.post(&link, "", HOME).await] {
        assert!(
            late.status == 200 && late.says("This link is too old") && late.says("../subscribe"),
            "{}",
            late.body
        );
    }
    assert_eq!(desk.on("ann@sea.example").await, [""; 0]);
    let now = desk.world.now();
    assert_eq!(desk.world.store.prune_signups(now - TimeDelta::days(14), 100).await.unwrap(), 0);
    assert_eq!(desk.world.store.prune_signups(now - TimeDelta::days(6), 100).await.unwrap(), 1);
    let gone = desk.get(&link).await;
    assert!(gone.status == 404 && gone.says("This link leads nowhere"), "{}", gone.body);
}

#[tokio::test]
async fn the_answer_is_the_same_whoever_the_address_belongs_to() {
    let desk = SignUpDesk::new().await;
    desk.world.subscribe(&["known@sea.example", "left0@sea.example"]).await;
    let (store, now) = (&desk.world.store, desk.world.now());
    store.unsubscribe(&address("left0@sea.example"), None, now).await.unwrap();
    store.suppress(&"dead0@sea.example".parse::<Never>().unwrap(), "it bounced", now).await.unwrap();
    store.suppress(&"@never.example".parse::<Never>().unwrap(), "they asked for it", now).await.unwrap();
    desk.world.subscribe(&["gone0@sea.example"]).await;
    store.forget_subscriber(&address("gone0@sea.example"), now).await.unwrap();
    let mut answers = Vec::new();
    for who in ["known", "left0", "dead0", "fresh", "gone0", "domain"] {
        let domain = if who == "domain" { "never" } else { "sea" };
        let taken = desk.sign_up(&format!("address={who}%40{domain}.example&list=readers"), HOME).await;
        answers.push((taken.status, taken.body.replace(&format!("{who}@{domain}.example"), "WHO")));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    desk.answer_all().await;
    let mut mails = desk.mails().await;
    mails.sort();
    assert_eq!(
        mails,
        [
            "fresh@sea.example confirmation",
            "gone0@sea.example confirmation",
            "known@sea.example subscribed",
            "left0@sea.example confirmation"
        ],
        "who left or was forgotten may come back, and nobody but they"
    );
}

#[tokio::test]
async fn a_list_without_confirmation_takes_who_is_new_and_asks_whoever_has_left() {
    let desk = SignUpDesk::new().await;
    for who in ["new", "left"] {
        let taken = desk.sign_up(&format!("address={who}%40sea.example&list=open"), HOME).await;
        assert!(taken.says("Thank you"), "{}", taken.body);
    }
    assert_eq!(desk.answer_all().await, 0);
    assert_eq!(desk.on("new@sea.example").await, ["open"]);
    let proof = desk.world.store.consents(&address("new@sea.example")).await.unwrap();
    assert_eq!((proof.len(), proof[0].confirmed_from.as_deref()), (1, None));

    desk.world.store.unsubscribe(&address("left@sea.example"), None, desk.world.now()).await.unwrap();
    desk.sign_up("address=left%40sea.example&list=open", HOME).await;
    assert_eq!(desk.answer_all().await, 1);
    assert_eq!(desk.on("left@sea.example").await, [""; 0], "a stranger brings nobody back");
    assert!(desk.post(&desk.link().await, "", HOME).await.says("You are subscribed"));
    assert_eq!(desk.on("left@sea.example").await, ["open"], "their own hand does");
}

#[tokio::test]
async fn who_was_forgotten_comes_back_by_their_own_hand_alone() {
    let desk = SignUpDesk::new().await;
    let (store, now) = (&desk.world.store, desk.world.now());
    let ann = address("ann@sea.example");
    desk.sign_up("address=ann%40sea.example&list=open", HOME).await;
    desk.answer_all().await;
    assert!(store.forget_subscriber(&ann, now).await.unwrap());

    desk.sign_up("address=ann%40sea.example&list=open", HOME).await;
    assert_eq!(desk.answer_all().await, 1, "the mailbox is asked, though the list asks nobody");
    assert_eq!(store.subscriber(&ann).await.unwrap(), None);
    assert!(store.suppressed(&ann).await.unwrap().is_some());
    assert!(desk.post(&desk.link().await, "", HOME).await.says("You are subscribed"));
    assert_eq!(desk.on("ann@sea.example").await, ["open"]);
    assert_eq!(store.suppressed(&ann).await.unwrap(), None);

    // Whoever was suppressed for another reason stays so, forgotten or not.
    store.suppress(&ann.clone().into(), "complained", now).await.unwrap();
    assert!(store.forget_subscriber(&ann, now).await.unwrap());
    desk.sign_up("address=ann%40sea.example&list=open", HOME).await;
    assert_eq!(desk.answer_all().await, 0);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_summed_up() {
    let desk = SignUpDesk::new().await;
    for (fields, words) in [
        ("address=&list=readers", "Write your mail address here."),
        ("address=ann&list=readers", "This is no mail address."),
        ("address=ann%40sea.example", "Choose at least one."),
        ("address=ann%40sea.example&list=friends&list=none", "Choose at least one."),
    ] {
        let page = desk.sign_up(fields, HOME).await;
        assert!(page.status == 422 && page.says("role=\"alert\""), "{fields}: {}", page.body);
        assert_eq!(page.body.matches(words).count(), 2, "{fields}: {}", page.body);
    }
    let body = format!("address=x&list=readers&shown=readers&stamp={}", desk.stamp().await);
    assert!(!desk.post("/subscribe", &body, HOME).await.says("The Week"), "it shows what it showed");
    let kept = desk.sign_up("address=ann%22%3E&name=A%26B&list=weekly", HOME).await;
    assert!(kept.says("value=\"ann&quot;&gt;\"") && kept.says("value=\"A&amp;B\""), "{}", kept.body);
    assert!(kept.says("name=\"list\" value=\"weekly\" checked"), "{}", kept.body);
    assert_eq!(desk.answer_all().await, 0);
}

#[tokio::test]
async fn programs_are_recognised_by_what_they_fill_in_and_how_quickly() {
    let desk = SignUpDesk::new().await;
    let trapped = desk.sign_up("address=bot%40sea.example&list=readers&homepage=http%3A%2F%2Fx", HOME).await;
    assert!(trapped.status == 200 && trapped.says("Look into your inbox"));
    let stamp = desk.stamp().await;
    desk.world.turn_clock(-TimeDelta::minutes(1));
    let fields = format!("address=ann%40sea.example&list=readers&stamp={stamp}");
    let quick = desk.post("/subscribe", &fields, HOME).await;
    assert!(quick.says("That was very quick.") && quick.says(&stamp), "{}", quick.body);
    let bare = desk.post("/subscribe", "address=ann%40sea.example&list=readers", HOME).await;
    assert!(bare.says("Please look once more") && bare.says("value=\"ann@sea.example\""), "{}", bare.body);
    assert_eq!(desk.answer_all().await, 0);
    desk.world.turn_clock(TimeDelta::seconds(3));
    assert!(desk.post("/subscribe", &fields, HOME).await.says("Look into your inbox"));
    assert_eq!(desk.answer_all().await, 1);
}

#[tokio::test]
async fn a_slip_is_asked_about_and_never_refused() {
    let desk = SignUpDesk::new().await;
    let asked = desk.sign_up("address=ann%40gmial.com&list=readers", HOME).await;
    assert!(asked.says("Did you mean ann@gmail.com?"), "{}", asked.body);
    for choice in ["Yes, ann@gmail.com", "No, ann@gmial.com"] {
        assert!(asked.says(choice), "{}", asked.body);
    }
    assert_eq!(desk.answer_all().await, 0);
    desk.sign_up("address=ann%40gmial.com&list=readers&sure=1", HOME).await;
    desk.sign_up("address=ann%40silent.example&list=readers", HOME).await;
    let nowhere = desk.sign_up("address=ann%40nowhere.example&list=readers", HOME).await;
    assert!(nowhere.says("No mail seems to arrive at nowhere.example"), "{}", nowhere.body);
    desk.sign_up("address=ann%40nowhere.example&list=readers&sure=1", HOME).await;
    desk.answer_all().await;
    assert_eq!(desk.mails().await.len(), 3, "{:?}", desk.mails().await);
}

#[tokio::test]
async fn the_form_may_be_framed_by_others_and_the_site_may_not() {
    let desk = SignUpDesk::new().await;
    let framed = desk.get("/subscribe/form?list=readers&lang=de").await;
    assert!(framed.says("Abonnieren") && framed.says("action=\"form\""), "{}", framed.body);
    assert!(framed.header("content-security-policy").unwrap().contains("frame-ancestors *"));
    assert_eq!(framed.header("x-frame-options"), None);
    let alone = desk.get("/").await;
    assert!(alone.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(alone.header("x-frame-options"), Some("DENY"));
    let body =
        format!("address=ann%40sea.example&list=readers&shown=readers&lang=he&stamp={}", desk.stamp().await);
    let taken = desk.post("/subscribe/form", &body, HOME).await;
    desk.answer_all().await;
    desk.post(&desk.link().await, "", HOME).await;
    let proof = desk.world.store.consents(&address("ann@sea.example")).await.unwrap();
    assert_eq!(proof[0].page, "/subscribe/form");
    assert!(
        proof[0].wording.contains("The Morning Tide") && proof[0].wording.contains("הודעה אחת"),
        "{proof:?}"
    );
    assert!(taken.says("בדקו את תיבת הדואר") && taken.header("x-frame-options").is_none(), "{}", taken.body);
}

#[tokio::test]
async fn forms_and_scripts_of_sites_that_are_named_may_ask_directly() {
    let desk = SignUpDesk::new().await;
    let own = "Origin: https://www.own.example\r\n";
    let fields = b"address=ann%40sea.example&list=readers&wording=Send+me+news";
    assert!(desk.ask("POST", "/subscribe", own, fields).await.says("Look into your inbox"));
    let json = r#"{"address": "bob@gmial.com", "lists": ["weekly"], "language": "fr"}"#;
    let taken = desk.api(json, own).await;
    assert_eq!(
        (taken.status, taken.body.as_str()),
        (202, r#"{"did_you_mean":"bob@gmail.com","status":"accepted"}"#)
    );
    assert_eq!(taken.header("access-control-allow-origin"), Some("https://www.own.example"));
    let foreign = desk.ask("OPTIONS", "/api/subscribe", "Origin: https://evil.example\r\n", b"").await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (204, None));
    let preflight = desk.ask("OPTIONS", "/api/subscribe", own, b"").await;
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type"));
    desk.answer_all().await;
    assert_eq!(desk.mails().await, ["ann@sea.example confirmation", "bob@gmial.com confirmation"]);
    assert!(desk.post(&desk.link().await, "", HOME).await.says("Vous êtes abonné"));

    for (json, status, words) in [
        ("{", 400, "expected"),
        (
            r#"{"address": "ann", "lists": ["weekly"]}"#,
            422,
            r#"{"errors":[{"field":"address","message":"expected a mail address"#,
        ),
        (r#"{"address": "a@b.example", "lists": ["friends"]}"#, 422, "there is no such public list"),
        (r#"{"lists": ["weekly"]}"#, 422, "an address is needed"),
        (r#"{"address": "a@b.example"}"#, 422, "at least one list is needed"),
    ] {
        let refused = desk.api(json, "").await;
        assert!(
            refused.status == status && refused.says(words),
            "{json}: {} {}",
            refused.status,
            refused.body
        );
    }
    let form = desk.ask("POST", "/api/subscribe", "Content-Type: text/plain\r\n", b"{}").await;
    assert_eq!(form.status, 415);
}

#[tokio::test]
async fn whoever_confirms_a_welcoming_list_gets_its_latest_edition() {
    let rules = pressrun::web::Signups { welcoming: vec![name("readers")], ..crate::web_desk::signups() };
    let desk = SignUpDesk::with(rules).await;
    let world = &desk.world;
    world.newsroom.publish("news", crate::world::rss(&["Harbour opens"]));
    world.collect().await;
    let edition = world.release(&world.digest()).await;
    desk.sign_up("address=ann%40sea.example&list=readers&list=weekly", HOME).await;
    desk.answer_all().await;
    desk.post(&desk.link().await, "", HOME).await;
    let (since, until) = (world.now() - TimeDelta::days(1), world.now() + TimeDelta::days(1));
    assert_eq!(
        world.store.welcome(&name("readers"), since, until, world.now()).await.unwrap(),
        1,
        "{edition:?}"
    );
    assert_eq!(world.store.welcome(&name("weekly"), since, until, world.now()).await.unwrap(), 0);
}
