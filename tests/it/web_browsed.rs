//! The pages in a real browser: by keyboard alone, without scripts, at 320 pixels, in every language, by day and night —
//! and a scanner's browser, which follows every link and changes nothing.

use pressrun::model::SubscriptionState::{Confirmed, Unsubscribed};

use crate::browser::{Browser, Screen};
use crate::web_letters::{also_on, delivered, links, states, way_out};
use crate::web_site::Pages;

const ANN: &str = "ann@sea.example";

fn url(pages: &Pages, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", pages.port)
}

#[tokio::test]
async fn a_reader_leaves_by_the_keyboard_alone_without_scripts_on_the_narrowest_phone() {
    let Some(browser) = Browser::start() else { return };
    let pages = delivered("en", &[]).await;
    also_on(&pages, "extra", &[ANN]).await;
    let mut tab = browser.tab(&Screen::phone()).await;
    assert_eq!(tab.open(&url(&pages, &way_out(&pages, ANN))).await, 200);
    tab.shot("leaving-phone").await;
    tab.reach("Unsubscribe").await;
    assert_eq!(tab.enter().await, 200);
    assert!(tab.text().await.contains("You have left Our readers"));
    tab.shot("left-phone").await;
    tab.reach("Too many mails").await;
    tab.press("ArrowDown").await;
    tab.reach("Send the answer").await;
    tab.enter().await;
    assert!(tab.text().await.contains("Thank you for telling us."));
    tab.reach("Undo").await;
    tab.enter().await;
    assert!(tab.text().await.contains("You are on Our readers again"));
    assert_eq!(
        states(&pages, ANN).await,
        [("extra".to_owned(), Confirmed), ("readers".to_owned(), Confirmed)]
    );
    tab.reach("Leave all lists").await;
    tab.enter().await;
    tab.shot("all-phone").await;
    assert!(tab.text().await.contains("You have left all lists"));
    assert!(states(&pages, ANN).await.iter().all(|(_, state)| *state == Unsubscribed));
}

#[tokio::test]
async fn every_page_is_sound_in_every_language_by_day_and_by_night() {
    let Some(browser) = Browser::start() else { return };
    for language in ["en", "de", "fr", "es", "he", "ar"] {
        let pages = delivered(language, &[]).await;
        also_on(&pages, "extra", &[ANN]).await;
        let out = way_out(&pages, ANN);
        let mut tab = browser.tab(&Screen::desktop().speaking(language)).await;
        for path in [&out, "/unsubscribe/sample", "/morning/", "/morning/2026-03-02T070000Z", "/nowhere"] {
            tab.open(&url(&pages, path)).await;
            tab.shot(&format!("{language}{}", path.replace('/', "-").replace(&out[13..], "out"))).await;
            tab.assert_sound().await;
        }
        pages.post(&out).await;
        tab.open(&url(&pages, &out)).await;
        tab.shot(&format!("{language}-left")).await;
        tab.assert_sound().await;
    }
}

#[tokio::test]
async fn a_scanner_with_a_browser_follows_every_link_and_changes_nothing() {
    let Some(browser) = Browser::start() else { return };
    let pages = delivered("en", &[]).await;
    let before = states(&pages, ANN).await;
    let mut tab = browser.tab(&Screen::desktop()).await;
    for path in links(&pages, ANN) {
        tab.open(&url(&pages, &path)).await;
        // However long it stays: what has no script, no refresh and nothing that acts does nothing.
        tab.assert_passive().await;
    }
    let asked = tab.asked().await;
    assert!(
        !asked.is_empty() && asked.iter().all(|line| line.starts_with("GET http://127.0.0.1:")),
        "{asked:?}"
    );
    assert_eq!(states(&pages, ANN).await, before);
}
