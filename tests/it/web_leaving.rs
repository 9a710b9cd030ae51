//! Leaving by the link of a letter: one click, no question asked; and whatever is no POST changes nothing.

use chrono::TimeDelta;
use futures_util::future::join_all;
use pressrun::model::SubscriptionState::{Confirmed, Unsubscribed};
use pressrun::model::{LeavingReason, NewList};

use crate::relay::{Act, Gate, Script, ScriptedRelay, USUAL};
use crate::runs::{counts, only, readers_at, run, way};
use crate::store_world::{address, name};
use crate::web_letters::{also_on, delivered, links, states, way_out};
use crate::web_preferences::fields;
use crate::web_site::{Answer, Pages};
use crate::world::rss;

const ANN: &str = "ann@sea.example";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

async fn post(pages: &Pages, path: &str, headers: &str, body: &str) -> Answer {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    pages.ask("POST", path, &headers, body.as_bytes()).await
}

#[tokio::test]
async fn one_click_unsubscribes_at_once_in_either_encoding_and_whatever_the_body_says() {
    let parts =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let clicks = [
        ("ann@sea.example", FORM, "List-Unsubscribe=One-Click"),
        ("bob@sea.example", "Content-Type: multipart/form-data; boundary=b\r\n", parts),
        ("eve@sea.example", "", ""),
        ("cat@sea.example", FORM, ""),
        ("dan@sea.example", "", "List-Unsubscribe=One-Click"),
        ("fay@sea.example", "Content-Type: application/json\r\n", "{\"unsubscribe\": false}"),
        ("gil@sea.example", "Content-Type: multipart/form-data\r\n", "no boundary \u{fffd}"),
        ("hal@sea.example", "Origin: https://mail.example\r\nSec-Fetch-Site: cross-site\r\n", "x"),
    ];
    let all: Vec<&str> = clicks.iter().map(|click| click.0).collect();
    let pages = delivered("en", &all).await;
    for (reader, headers, body) in clicks {
        let left = post(&pages, &way_out(&pages, reader), headers, body).await;
        assert_eq!((left.status, left.header("location")), (200, None), "RFC 8058 §3.1: {}", left.head);
        assert!(left.says("<h1>You have left Our readers</h1>"), "{}", left.body);
        assert_eq!(states(&pages, reader).await, [("readers".to_owned(), Unsubscribed)], "{reader}");
    }
}

#[tokio::test]
async fn the_page_has_one_button_and_changes_nothing_by_itself() {
    let pages = delivered("en", &[]).await;
    let page = pages.get(&way_out(&pages, ANN)).await;
    assert_eq!(page.status, 200);
    assert!(page.says("<h1>Leave Our readers?</h1>") && page.says("Nothing happens until you press"));
    assert_eq!(page.body.matches("<form").count(), 1, "no question on the way out: {}", page.body);
    assert!(page.says("method=\"post\"") && !page.says("<script") && !page.says("http-equiv"));
}

#[tokio::test]
async fn the_page_speaks_the_language_that_the_reader_has_chosen() {
    let pages = delivered("en", &[]).await;
    let choices = links(&pages, ANN).into_iter().find(|path| path.starts_with("/preferences/")).unwrap();
    let mut form = fields(&pages.get(&choices).await.body);
    form.iter_mut().filter(|(key, _)| key == "language").for_each(|(_, value)| *value = "he".to_owned());
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    assert!(post(&pages, &choices, FORM, &body).await.says("lang=\"he\""));
    let out = way_out(&pages, ANN);
    let page = pages.ask("GET", &out, "Accept-Language: de\r\n", b"").await;
    assert!(page.says("<html lang=\"he\" dir=\"rtl\">"), "{}", page.body);
}

#[tokio::test]
async fn scanners_change_nothing_whichever_link_of_a_letter_they_follow() {
    let pages = delivered("en", &[]).await;
    also_on(&pages, "extra", &[ANN]).await;
    let before = states(&pages, ANN).await;
    let out = way_out(&pages, ANN);
    let below = ["/all", "/undo", "/reason"].map(|below| format!("{out}{below}"));
    for path in links(&pages, ANN).iter().chain(&below) {
        for (method, headers) in [
            ("GET", ""),
            ("GET", "Sec-Purpose: prefetch;prerender\r\nPurpose: prefetch\r\n"),
            ("GET", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n"),
            ("HEAD", ""),
            ("OPTIONS", "Access-Control-Request-Method: POST\r\nOrigin: https://evil.example\r\n"),
            ("PUT", ""),
            ("DELETE", ""),
            ("PATCH", ""),
        ] {
            let body = if headers.contains("26") { "List-Unsubscribe=One-Click" } else { "" };
            let path = format!("{path}?List-Unsubscribe=One-Click&_method=POST");
            let answer = pages.ask(method, &path, headers, body.as_bytes()).await;
            assert!(answer.status < 500, "{method} {path}: {}", answer.head);
        }
    }
    for _ in 0..100 {
        assert_eq!(pages.get(&out).await.status, 200);
    }
    assert_eq!(states(&pages, ANN).await, before);
}

#[tokio::test]
async fn a_late_or_repeated_click_says_what_is_the_case() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    let first = post(&pages, &out, FORM, "List-Unsubscribe=One-Click").await;
    pages.world.turn_clock(TimeDelta::days(400));
    let again = post(&pages, &out, FORM, "List-Unsubscribe=One-Click").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(pages.get(&out).await.body, first.body, "and so does the page");
}

#[tokio::test]
async fn a_click_ends_that_list_alone_and_a_second_button_all_of_them() {
    let pages = delivered("en", &[]).await;
    also_on(&pages, "extra", &[ANN]).await;
    let out = way_out(&pages, ANN);
    let left = pages.post(&out).await;
    assert!(left.says("You get mail from other lists of this site as well."), "{}", left.body);
    let half = [("extra".to_owned(), Confirmed), ("readers".to_owned(), Unsubscribed)];
    assert_eq!(states(&pages, ANN).await, half);
    let all = pages.post(&format!("{out}/all")).await;
    assert!(all.status == 200 && all.says("<h1>You have left all lists</h1>"), "{}", all.body);
    assert!(states(&pages, ANN).await.iter().all(|(_, state)| *state == Unsubscribed));
    assert_eq!(states(&pages, "bob@sea.example").await[0].1, Confirmed, "nobody else's");
    let undone = pages.post(&format!("{out}/undo")).await;
    assert!(undone.says("<h1>You are on Our readers again</h1>"), "{}", undone.body);
    assert!(states(&pages, ANN).await.iter().all(|(_, state)| *state == Confirmed), "all of it is undone");
}

#[tokio::test]
async fn undo_takes_back_what_the_link_did_and_nothing_else() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    let undo = format!("{out}/undo");
    assert!(pages.post(&undo).await.says("You are on Our readers again"), "there was nothing to undo");
    pages.post(&out).await;
    for _ in 0..2 {
        assert!(pages.post(&undo).await.says("You are on Our readers again"));
        assert_eq!(states(&pages, ANN).await[0].1, Confirmed);
    }
    // Whom the publisher has taken off the list does not come back by a link, nor who must get no mail.
    let store = &pages.world.store;
    store.unsubscribe(&address(ANN), None, pages.world.now()).await.unwrap();
    let over = pages.post(&undo).await;
    assert!(over.says("You have left Our readers") && !over.says("<form"), "{}", over.body);
    let bob = way_out(&pages, "bob@sea.example");
    pages.post(&bob).await;
    store.suppress(&address("bob@sea.example").into(), "complained", pages.world.now()).await.unwrap();
    assert!(!pages.post(&format!("{bob}/undo")).await.says("<form"));
    for reader in [ANN, "bob@sea.example"] {
        assert_eq!(states(&pages, reader).await[0].1, Unsubscribed);
    }
}

#[tokio::test]
async fn why_is_asked_once_and_counted() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    let why = format!("{out}/reason");
    let counted = async || pages.world.store.leaving_reasons(&name("readers")).await.unwrap();
    post(&pages, &why, FORM, "reason=too-many").await;
    assert_eq!(counted().await, [], "who has not left has no reason to have left");
    assert!(pages.post(&out).await.says("Why did you leave?"));
    for nothing in ["", "reason=", "reason=%ff", "reason=<b>", "too-many"] {
        let asked = post(&pages, &why, FORM, nothing).await;
        assert!(asked.status == 200 && asked.says("Why did you leave?"), "{nothing}: {}", asked.body);
    }
    let told = post(&pages, &why, FORM, "reason=too-many").await;
    assert!(told.says("Thank you for telling us.") && !told.says("Why did you leave?"), "{}", told.body);
    assert!(pages.get(&out).await.says("Thank you"), "and it stays so");
    assert_eq!(counted().await, [(LeavingReason::TooMany, 1)]);
    pages.post(&format!("{out}/undo")).await;
    assert_eq!(counted().await, []);
}

#[tokio::test]
async fn forged_cut_and_swapped_tokens_are_answered_alike_and_change_nothing() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    let token = out.rsplit('/').next().unwrap();
    let reader = links(&pages, ANN).into_iter().find(|link| link.starts_with("/preferences/")).unwrap();
    let tokens = [
        "0".repeat(40),
        "f".repeat(32),
        token[..39].to_owned(),
        token[8..].to_owned(),
        format!("{token}0"),
        format!("{}{}", &token[..39], if token.ends_with('0') { "1" } else { "0" }),
        token.chars().rev().collect(),
        reader.rsplit('/').next().unwrap().to_owned(),
        pages.token.clone(),
        pages.world.store.edition_token(pages.edition).await.unwrap(),
        format!("{token}'%20OR%20'1'='1"),
        format!("{token}%00"),
        "%ff%fe".to_owned(),
        "samples".to_owned(),
        "a".repeat(8_000),
    ];
    let mut answers = Vec::new();
    for token in &tokens {
        for below in ["", "/all", "/undo", "/reason"] {
            let path = format!("/unsubscribe/{token}{below}");
            answers.push(pages.get(&path).await);
            answers.push(post(&pages, &path, FORM, "List-Unsubscribe=One-Click&reason=other").await);
        }
    }
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (404, &answers[0].body), "one answer for all");
    }
    assert!(answers[0].says("This link leads nowhere"));
    for reader in [ANN, "bob@sea.example"] {
        assert_eq!(states(&pages, reader).await[0].1, Confirmed);
    }
}

#[tokio::test]
async fn the_link_of_a_test_copy_says_that_it_is_one() {
    let pages = Pages::new().await;
    for path in ["/unsubscribe/sample", "/unsubscribe/sample/all", "/unsubscribe/sample/undo"] {
        for answer in [pages.get(path).await, pages.post(path).await] {
            assert!(answer.status == 200 && answer.says("<h1>This link is a sample</h1>"), "{}", answer.body);
            assert!(!answer.says("<form"));
        }
    }
}

#[tokio::test]
async fn who_was_forgotten_is_told_that_nothing_is_kept() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    assert!(pages.world.store.forget_subscriber(&address(ANN), pages.world.now()).await.unwrap());
    for below in ["", "/all", "/undo", "/reason"] {
        let told = pages.post(&format!("{out}{below}")).await;
        assert!(told.status == 200 && told.says("<h1>You are on no list</h1>"), "{}", told.body);
        assert!(!told.says("<form") && !told.says("Our readers"));
    }
    assert_eq!(states(&pages, ANN).await, []);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_browser_and_shows_titles_as_text() {
    let pages = delivered("en", &[]).await;
    let out = way_out(&pages, ANN);
    for (language, words, dir) in [
        ("de", "„Our readers“ abbestellen?", "ltr"),
        ("fr", "Quitter «\u{a0}Our readers\u{a0}»\u{a0}?", "ltr"),
        ("es", "¿Dejar «Our readers»?", "ltr"),
        ("he", "לעזוב את &quot;\u{2068}Our readers\u{2069}&quot;?", "rtl"),
        ("ar", "مغادرة «\u{2068}Our readers\u{2069}»؟", "rtl"),
    ] {
        let page = pages.ask("GET", &out, &format!("Accept-Language: {language}\r\n"), b"").await;
        assert!(page.says(&format!("<html lang=\"{language}\" dir=\"{dir}\">")), "{}", page.body);
        assert!(page.says(&format!("<h1>{words}</h1>")), "{}", page.body);
    }
    let list = NewList {
        name: name("readers"),
        title: "<b>& \"co\"".to_owned(),
        list_id: "readers.tide.example".to_owned(),
    };
    pages.world.store.declare_lists(&[list]).await.unwrap();
    let page = pages.get(&out).await;
    assert!(page.says("Leave &lt;b&gt;&amp; &quot;co&quot;?") && !page.says("<b>"), "{}", page.body);
}

#[tokio::test]
async fn who_leaves_over_the_web_while_the_third_letter_is_on_the_wire_is_spared() {
    let all = readers_at("a.example", 8);
    let pages = delivered("en", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let world = &pages.world;
    world.newsroom.publish("news", rss(&["Harbour closes"]));
    world.turn_clock(TimeDelta::hours(2));
    world.collect().await;
    let edition = world.release(&pages.digest).await;
    let gate = Gate::shut();
    let relay = ScriptedRelay::start(Script::offering(&USUAL).at(". a00@", Act::Gated(gate.clone()))).await;
    let (ways, rules) = (only(way("relay", &relay, 1)), world.rules());
    let leaving = async {
        gate.reached().await;
        let paths: Vec<String> = all.iter().map(|reader| way_out(&pages, reader)).collect();
        let clicks = paths.iter().map(|path| pages.post(path));
        assert!(join_all(clicks).await.iter().all(|answer| answer.status == 200));
        gate.open(1);
    };
    let (delivered, ()) = tokio::join!(run(world, edition, &ways, &rules), leaving);
    // The third one was in the relay's hands.
    assert_eq!(counts(&delivered.totals), [("sent", 3), ("cancelled", 7)]);
    assert_eq!(relay.seen().readers(), [ANN, "bob@sea.example", "a00@a.example"]);
}

#[tokio::test]
async fn a_hundred_who_click_at_once_all_leave() {
    let many = readers_at("many.example", 100);
    let pages = delivered("en", &many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let out: Vec<String> = many.iter().map(|reader| way_out(&pages, reader)).collect();
    let clicks = out.iter().map(|path| post(&pages, path, FORM, "List-Unsubscribe=One-Click"));
    assert!(join_all(clicks).await.iter().all(|answer| answer.says("You have left Our readers")));
    for reader in &many {
        assert_eq!(states(&pages, reader).await[0].1, Unsubscribed);
    }
}
