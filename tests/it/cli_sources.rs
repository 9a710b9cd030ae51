//! Sources on the command line: named, listed, exchanged, and polled by the true clock.

use pressrun::store::{Poll, PollEnd, Store};

use crate::cli::{Folder, configuration};
use crate::store_world::at;

/// A folder with a configuration whose source nobody asks.
fn desk() -> Folder {
    let folder = Folder::new();
    folder.write("config.toml", &configuration("https://news.example/feed"));
    folder
}

#[test]
fn sources_are_added_removed_and_exchanged_as_opml() {
    let folder = Folder::new();
    folder.write("config.toml", &configuration("https://news.example/feed"));
    folder.ok(&["sources", "add", "https://tide.example/rss", "--topic", "Sea"]);
    assert!(folder.refused(1, &["sources", "add", "https://tide.example/rss"]).contains("there already"));
    assert!(folder.refused(1, &["sources", "remove", "news"]).contains("[sources.news]"));
    let opml = folder.ok(&["sources", "export"]);
    assert!(opml.contains("https://tide.example/rss") && opml.contains("category=\"sea\""), "{opml}");
    folder.write("list.opml", &opml);
    assert!(folder.ok(&["sources", "import", "list.opml"]).contains("0 sources added, 2 known"));
    folder.ok(&["sources", "remove", "tide-example"]);
    assert!(folder.ok(&["sources", "import", "list.opml"]).contains("1 source added, 1 known"));
}

#[test]
fn two_feeds_of_one_long_host_are_both_added() {
    let folder = desk();
    let host = format!("{}.example", "a-very-long-name-of-a-newsroom-by-the-sea-and-more");
    for feed in ["one", "two", "three"] {
        let said = folder.ok(&["sources", "add", &format!("https://{host}/{feed}")]);
        assert!(said.contains("added"), "{said}");
    }
    let listed = folder.ok(&["sources", "list", "--json"]);
    assert!(listed.contains("-by-the-sea-and-2\"") && listed.contains("-by-the-sea-and-3\""), "{listed}");
}

#[tokio::test]
async fn the_old_address_of_a_source_that_has_moved_is_not_said_to_be_added() {
    let folder = desk();
    folder.ok(&["sources", "add", "https://tide.example/old"]);
    let store = Store::open(&format!("sqlite:{}", folder.path("pressrun.db").display())).await.unwrap();
    let sources = store.sources().await.unwrap();
    let moved = sources.iter().find(|s| s.name.as_str() == "tide-example").unwrap();
    let poll = Poll {
        at: at(0),
        end: PollEnd::Unchanged,
        validators: None,
        moved_to: Some("https://tide.example/new".parse().unwrap()),
        next_poll: None,
    };
    store.record_poll(moved.id, &poll).await.unwrap();
    let refused = folder.refused(1, &["sources", "add", "https://tide.example/old"]);
    assert!(refused.contains("has moved"), "{refused}");
}

#[test]
fn a_password_in_an_address_is_in_the_backup_and_in_no_list() {
    let folder = desk();
    folder.ok(&["sources", "add", "https://ann:s3cret@tide.example/rss"]);
    let again = folder.refused(1, &["sources", "add", "https://ann:s3cret@tide.example/rss"]);
    for shown in [folder.ok(&["sources", "list"]), folder.ok(&["sources", "list", "--json"]), again] {
        assert!(shown.contains("tide.example") && !shown.contains("s3cret"), "{shown}");
    }
    assert!(folder.ok(&["sources", "export"]).contains("ann:s3cret@"));
    assert!(folder.ok(&["sources", "export", "--help"]).contains("passwords"));
}
