//! The preview: the same bytes for the same input, in a folder of its own, and JSON where JSON was asked for.

use crate::cli::{Folder, apart, newcomer, text};
use crate::world::rss;

#[test]
fn a_preview_of_a_file_needs_nothing_but_the_file() {
    let folder = Folder::new();
    folder.write("feed.xml", &rss(&["Harbour opens"]));
    let now = ["--now", "2026-03-02T07:00:00Z"];
    let with = |format: &str| {
        let args = ["preview", "--feed", "feed.xml", "--format", format];
        folder.ok(&[&args[..], &now[..]].concat())
    };
    assert!(with("eml").starts_with("From: "));
    assert!(with("html").contains("Harbour opens"));
    assert!(with("text").contains("https://news.example/harbour-opens"));
    let edition: serde_json::Value = serde_json::from_str(&with("json")).unwrap();
    assert_eq!(edition["edition"]["lead"]["article"]["title"], "Harbour opens");
    assert_eq!(with("eml"), with("eml"), "the same input and clock give the same bytes");
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 1, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_with_nothing_new_prints_the_form_that_was_asked_for_or_nothing() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        folder.ok(&["send", "morning"]);
        let output = folder.run(&["preview", "--format", "json"]);
        assert_eq!(output.status.code(), Some(1));
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(value["edition"].is_null() && !value["nothing"].is_null(), "{value}");
        assert_eq!(value["explanation"]["articles"].as_array().unwrap().len(), 2, "{value}");
        let output = folder.run(&["preview", "--format", "html"]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""));
        assert!(text(&output.stderr).contains("no edition"), "{}", text(&output.stderr));
    });
}
