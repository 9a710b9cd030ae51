//! What the command line says of editions that wait for a yes, and of digests that have gone.

use chrono::{TimeDelta, Utc};
use pressrun::model::Otherwise;
use pressrun::store::Store;

use crate::cli::{Folder, configuration, text};
use crate::store_world::{asked, draft_of};

/// A folder with a digest by the clock, whose first edition waits for a yes.
async fn waiting() -> Folder {
    let folder = Folder::new();
    let asking = "schedule = \"daily at 07:00\"\napprove = \"required\"\n";
    folder.write("config.toml", &(configuration("https://news.example/feed") + asking));
    let store = Store::open(&format!("sqlite:{}", folder.path("pressrun.db").display())).await.unwrap();
    let now = Utc::now();
    let edition = draft_of(&store, "morning", now).await;
    asked(&store, edition, now + TimeDelta::hours(2), Otherwise::Send).await;
    folder
}

#[tokio::test]
async fn a_pause_says_what_becomes_of_an_edition_that_waits() {
    let folder = waiting().await;
    let said = folder.ok(&["digests", "pause", "morning"]);
    assert!(said.contains("edition 1 waits for a yes, and goes if that comes"), "{said}");
    folder.ok(&["digests", "resume", "morning"]);
    folder.ok(&["editions", "approve", "1"]);
    let said = folder.ok(&["digests", "pause", "morning"]);
    assert!(said.contains("edition 1 is approved and goes all the same"), "{said}");
}

#[tokio::test]
async fn a_digest_that_was_renamed_is_named_by_check_and_its_edition_cannot_be_approved() {
    let folder = waiting().await;
    let config = std::fs::read_to_string(folder.path("config.toml")).unwrap();
    folder.write("config.toml", &config.replace("[digests.morning]", "[digests.dawn]"));
    let refused = folder.refused(1, &["editions", "approve", "1"]);
    assert!(refused.contains("the configuration has no digest `morning` with a schedule"), "{refused}");
    let found = text(&folder.run(&["check"]).stdout);
    assert!(found.contains("warning  digests        edition 1 of morning waits for a yes"), "{found}");
    assert!(found.contains("only the store has morning, and it has no edition of dawn"), "{found}");
    folder.ok(&["editions", "cancel", "1"]);
    assert!(
        !text(&folder.run(&["check"]).stdout).contains("digests  "),
        "nothing was sent that could be repeated"
    );
}
