//! Approving an edition on its page: only POST acts, once, in time, and only with the right token.

use chrono::TimeDelta;
use pressrun::model::{EditionState, Otherwise};
use pressrun::store::Terms;

use crate::web_site::Pages;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n";
const PARTS: &str = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 67\r\n";
const PARTS_BODY: &str =
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nsomething\r\n--b--\r\n\r\n\r\n";

#[tokio::test]
async fn the_page_tells_what_will_go_to_how_many_and_what_happens_if_nobody_decides() {
    for (otherwise, consequence) in [
        (Otherwise::Skip, "If nobody decides by then, it is not sent"),
        (Otherwise::Send, "If nobody decides by then, it is sent."),
    ] {
        let pages = Pages::in_language("en", otherwise).await;
        for path in [pages.approve(), pages.cancel()] {
            let page = pages.get(&path).await;
            assert_eq!(page.status, 200);
            for words in [
                "Send this edition?",
                consequence,
                "Morning",
                "Morning: Bread is baked",
                "<dd>2</dd>",
                // 07:00 UTC in Berlin, and two hours later.
                "Monday, 2 March 2026, 08:00 (Europe/Berlin)",
                "Monday, 2 March 2026, 10:00 (Europe/Berlin)",
            ] {
                assert!(page.says(words), "no {words:?} in {}", page.body);
            }
            assert_eq!(page.body.matches("<form method=\"post\"").count(), 2);
            assert!(!page.says("<script"));
        }
    }
}

#[tokio::test]
async fn the_link_that_one_came_by_says_which_button_is_foremost() {
    let pages = Pages::new().await;
    for (path, foremost) in [(pages.approve(), "Approve and send"), (pages.cancel(), "Do not send")] {
        let page = pages.get(&path).await;
        assert!(page.says(&format!("class=\"foremost\" type=\"submit\">{foremost}")), "{}", page.body);
    }
}

#[tokio::test]
async fn the_frame_shows_the_edition_and_can_run_nothing() {
    let pages = Pages::new().await;
    let frame = pages.get(&format!("{}/edition", pages.approve())).await;
    assert_eq!(frame.status, 200);
    assert!(frame.says("Harbour opens") && frame.says("<base target=\"_blank\">"));
    assert!(
        !frame.body.contains(['\u{10FF01}', '\u{10FF02}']),
        "the places of readers' own links are filled"
    );
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'; img-src https:;"), "{policy}");
    assert!(policy.contains("sandbox allow-popups") && !policy.contains("allow-scripts"), "{policy}");
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(pages.get(&format!("{}/edition", pages.cancel())).await.status, 404);
}

#[tokio::test]
async fn yes_is_said_by_post_in_whatever_form_and_once_is_enough() {
    for (headers, body) in [("Content-Length: 0\r\n", ""), (FORM, "a=b"), (PARTS, PARTS_BODY)] {
        let pages = Pages::new().await;
        let said = pages.ask("POST", &pages.approve(), headers, body.as_bytes()).await;
        assert_eq!((said.status, said.header("location")), (200, None), "no redirect: {}", said.head);
        assert!(said.says("<h1>Approved</h1>"), "{}", said.body);
        let first = pages.record().await.ask.unwrap().approved_at;
        assert_eq!(first, Some(pages.world.now()));

        pages.world.turn_clock(TimeDelta::minutes(1));
        let again = pages.ask("POST", &pages.approve(), headers, body.as_bytes()).await;
        assert!(again.status == 200 && again.says("<h1>Approved</h1>"));
        assert!(pages.get(&pages.approve()).await.says("<h1>Approved</h1>"));
        assert_eq!(pages.record().await.ask.unwrap().approved_at, first);
    }
}

#[tokio::test]
async fn no_is_said_by_post_and_cannot_be_taken_back() {
    let pages = Pages::new().await;
    let said = pages.post(&pages.cancel()).await;
    assert!(said.status == 200 && said.says("<h1>Not sent</h1>"), "{}", said.body);
    for again in [pages.post(&pages.cancel()).await, pages.post(&pages.approve()).await] {
        assert!(again.status == 200 && again.says("<h1>Not sent</h1>") && !again.says("<form"));
    }
    let record = pages.record().await;
    assert_eq!((record.state, record.ask.unwrap().approved_at), (EditionState::Cancelled, None));
}

#[tokio::test]
async fn who_has_said_yes_may_think_better_of_it_until_it_goes_out() {
    let pages = Pages::new().await;
    let approved = pages.post(&pages.approve()).await;
    assert_eq!(approved.body.matches("<form").count(), 1);
    assert!(!approved.says("class=\"foremost\""), "it does not invite");
    assert!(pages.post(&pages.cancel()).await.says("<h1>Not sent</h1>"));
    assert_eq!(pages.record().await.state, EditionState::Cancelled);
}

#[tokio::test]
async fn what_has_gone_out_is_not_withdrawn_by_an_old_mail() {
    let pages = Pages::new().await;
    pages.post(&pages.approve()).await;
    let lists = &pages.digest.lists;
    pages.world.store.release(pages.edition, lists, &Terms::default(), pages.world.now()).await.unwrap();
    for path in [pages.cancel(), pages.approve()] {
        let page = pages.post(&path).await;
        assert!(
            page.status == 200 && page.says("<h1>On its way</h1>") && !page.says("<form"),
            "{}",
            page.body
        );
    }
    let record = pages.record().await;
    assert_eq!((record.state, record.totals.open()), (EditionState::Released, 2));
}

#[tokio::test]
async fn after_the_deadline_nothing_can_be_said_any_more() {
    for (otherwise, end) in [(Otherwise::Send, "so the edition is sent."), (Otherwise::Skip, "is not sent.")]
    {
        let pages = Pages::in_language("en", otherwise).await;
        pages.world.turn_clock(TimeDelta::hours(2));
        for path in [pages.approve(), pages.cancel()] {
            for page in [pages.get(&path).await, pages.post(&path).await] {
                assert_eq!(page.status, 200);
                assert!(page.says("The time to decide is over") && page.says(end), "{}", page.body);
                assert!(!page.says("<form"));
            }
        }
        let record = pages.record().await;
        assert_eq!((record.state, record.ask.unwrap().approved_at), (EditionState::Draft, None));
    }
}

#[tokio::test]
async fn scanners_and_prefetchers_change_nothing() {
    let pages = Pages::new().await;
    let before = pages.record().await;
    for path in [pages.approve(), pages.cancel(), format!("{}/edition", pages.approve())] {
        let mut statuses = Vec::new();
        for (method, headers) in [
            ("GET", ""),
            ("GET", "Sec-Purpose: prefetch;prerender\r\nPurpose: prefetch\r\n"),
            ("GET", FORM),
            ("HEAD", ""),
            ("OPTIONS", "Access-Control-Request-Method: POST\r\nOrigin: https://evil.example\r\n"),
            ("PUT", FORM),
            ("DELETE", ""),
            ("PATCH", FORM),
            ("TRACE", ""),
            ("PROPFIND", ""),
        ] {
            let body = if headers == FORM { "a=b" } else { "" };
            let asked =
                pages.ask(method, &format!("{path}?approve=1&_method=POST"), headers, body.as_bytes()).await;
            statuses.push((method, asked.status, asked.header("allow").is_some(), asked.body.is_empty()));
        }
        let expected = [
            ("GET", 200, false, false),
            ("GET", 200, false, false),
            ("GET", 200, false, false),
            ("HEAD", 200, false, true),
            ("OPTIONS", 204, true, true),
            ("PUT", 405, true, false),
            ("DELETE", 405, true, false),
            ("PATCH", 405, true, false),
            ("TRACE", 405, true, false),
            ("PROPFIND", 405, true, false),
        ];
        assert_eq!(statuses, expected, "{path}");
    }
    for _ in 0..100 {
        pages.get(&pages.approve()).await;
    }
    assert_eq!(pages.record().await, before);
}

#[tokio::test]
async fn forged_truncated_and_swapped_tokens_change_nothing_and_are_answered_alike() {
    let pages = Pages::new().await;
    let before = pages.record().await;
    let swapped = pages.world.store.edition_token(pages.edition).await.unwrap();
    let upper = pages.token.to_uppercase();
    let token = &pages.token;
    let tokens = [
        "0".repeat(32),
        swapped,
        token[..31].to_owned(),
        format!("{token}0"),
        format!("{token}%00"),
        format!("%20{token}"),
        format!("{token}'%20OR%20'1'='1"),
        if upper == *token { "A".repeat(32) } else { upper },
        "%ff%fe".to_owned(),
        "..%2f..%2fetc%2fpasswd".to_owned(),
        "%F0%9F%9A%A2".to_owned(),
        "a".repeat(8_000),
    ];
    let mut answers = Vec::new();
    for token in &tokens {
        for verb in ["approve", "cancel"] {
            answers.push(pages.get(&format!("/{verb}/{token}")).await);
            answers.push(pages.post(&format!("/{verb}/{token}")).await);
        }
        answers.push(pages.get(&format!("/approve/{token}/edition")).await);
    }
    for answer in &answers {
        assert_eq!(answer.status, 404);
        assert!(answer.says("This link leads nowhere"));
        assert_eq!(answer.body, answers[0].body, "one answer for all");
    }
    assert_eq!(pages.record().await, before);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_digest_and_trouble_that_of_the_browser() {
    let pages = Pages::in_language("he", Otherwise::Skip).await;
    let page = pages.get(&pages.approve()).await;
    assert!(page.says("<html lang=\"he\" dir=\"rtl\">") && page.says("לשלוח את הגיליון?"), "{}", page.body);
    let unknown = pages.ask("GET", "/nowhere", "Accept-Language: fr-CH, de;q=0.5\r\n", b"").await;
    assert!(unknown.says("<html lang=\"fr\" dir=\"ltr\">"), "{}", unknown.body);
    assert_eq!(unknown.header("vary"), Some("accept-language"));
    // A language without words of its own is answered in English, and says so.
    let pages = Pages::in_language("pl", Otherwise::Skip).await;
    let page = pages.get(&pages.approve()).await;
    assert!(page.says("<html lang=\"en\" dir=\"ltr\">") && page.says("lang=\"pl\""), "{}", page.body);
}

#[tokio::test]
async fn what_a_publisher_or_a_source_writes_stays_text() {
    let mut pages = Pages::new().await;
    pages.digest.title = "<script>alert(1)</script>\" & co".to_owned();
    let clock = pages.world.clock();
    pages.serve(Box::new(move || clock.now())).await;
    let page = pages.get(&pages.approve()).await;
    assert!(page.says("&lt;script&gt;alert(1)&lt;/script&gt;&quot; &amp; co") && !page.says("<script"));
}

#[tokio::test]
async fn a_digest_that_the_configuration_has_lost_can_still_be_decided_about() {
    let mut pages = Pages::new().await;
    pages.digest.name = "another".parse().unwrap();
    let clock = pages.world.clock();
    pages.serve(Box::new(move || clock.now())).await;
    let page = pages.get(&pages.approve()).await;
    assert!(page.status == 200 && page.says("morning") && page.says("07:00 (UTC)"), "{}", page.body);
    for answer in [page, pages.post(&pages.approve()).await] {
        assert!(answer.says("<h1>Nothing sends it now</h1>") && answer.says("a yes changes nothing"));
        assert_eq!(answer.body.matches("<form").count(), 1, "a no is heard");
    }
    assert_eq!(pages.record().await.ask.unwrap().approved_at, None, "nobody believes that it goes");
    assert!(pages.post(&pages.cancel()).await.says("<h1>Not sent</h1>"));
}
