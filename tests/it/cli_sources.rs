//! Sources on the command line: named, listed, exchanged, and polled by the true clock.

use pressrun::model::Next;
use pressrun::store::{Poll, PollEnd, Store};

use crate::cli::{Folder, apart, configuration, newcomer};
use crate::store_world::at;
use crate::world::rss;

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
    assert!(opml.contains("https://tide.example/rss") && opml.contains("<outline text=\"sea\">"), "{opml}");
    folder.write("list.opml", &opml);
    assert!(folder.ok(&["sources", "import", "list.opml"]).contains("0 sources added, 2 known"));
    folder.ok(&["sources", "remove", "tide-example"]);
    assert!(folder.ok(&["sources", "import", "list.opml"]).contains("1 source added, 1 known"));
}

/// What a list of sources says of each: address, title, topics.
fn said(folder: &Folder) -> Vec<(String, String, String)> {
    let json: serde_json::Value =
        serde_json::from_str(&folder.ok(&["sources", "list", "--json"])).expect("JSON");
    let text = |value: &serde_json::Value| value.to_string();
    let all = json.as_array().expect("a list").iter();
    let mut all: Vec<_> = all.map(|s| (text(&s["url"]), text(&s["title"]), text(&s["topics"]))).collect();
    all.sort();
    all
}

#[test]
fn what_was_exported_is_read_back_as_it_was_with_folders_in_folders_and_thousands_of_feeds() {
    let mut list = String::from("<opml version=\"2.0\"><body>");
    for folder in 0..30 {
        list +=
            &format!("<outline text=\"Region {folder}\"><outline text=\"News, arts / music &amp; more\">");
        for feed in 0..100 {
            let title = ["", "text=\"Feed &lt;b&gt; of the sea\" "][feed % 2];
            list += &format!("<outline {title}xmlUrl=\"https://host-{folder}.example/{feed}?a=1&amp;b=2\"/>");
        }
        list += "</outline></outline>";
    }
    list += "</body></opml>";
    let (one, two) = (desk(), desk());
    one.write("list.opml", &list);
    assert!(one.ok(&["sources", "import", "list.opml"]).contains("3000 sources added, 0 known"));
    two.write("list.opml", &one.ok(&["sources", "export"]));
    assert!(two.ok(&["sources", "import", "list.opml"]).contains("3000 sources added, 1 known"));
    let (first, second) = (said(&one), said(&two));
    assert_eq!(first.len(), 3001);
    assert!(first.iter().any(|s| s.2 == r#"["region 7","news, arts / music & more"]"#), "{:?}", first[5]);
    // A feed without a title of its own is exported under its host.
    let without_title =
        |all: Vec<(String, String, String)>| -> Vec<_> { all.into_iter().map(|s| (s.0, s.2)).collect() };
    assert_eq!(without_title(first), without_title(second));
}

#[test]
fn real_subscription_lists_are_imported_whole_and_come_back_equal() {
    let Some(corpora) = crate::parts::corpora() else { return };
    for file in std::fs::read_dir(corpora.join("opml")).expect("a folder") {
        let text =
            String::from_utf8_lossy(&std::fs::read(file.expect("a file").path()).expect("read")).into_owned();
        let urls: std::collections::BTreeSet<&str> =
            text.split("xmlUrl=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let (one, two) = (desk(), desk());
        one.write("list.opml", &text);
        let told = one.ok(&["sources", "import", "list.opml"]);
        assert!(told.starts_with(&format!("{} sources added", urls.len())), "{told}: {}", urls.len());
        two.write("list.opml", &one.ok(&["sources", "export"]));
        two.ok(&["sources", "import", "list.opml"]);
        assert_eq!(said(&one), said(&two));
    }
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
        next: Next::default(),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_go_by_the_true_clock_whatever_instant_an_edition_pretends() {
    let (folder, newsroom) = newcomer().await;
    newsroom
        .publish("news", rss(&["Harbour opens"]).replace("<pubDate>", "<x>").replace("</pubDate>", "</x>"));
    apart!({
        let far = "2090-03-02T07:00:00Z";
        folder.ok(&["preview", "--now", far, "--format", "text"]);
        folder.ok(&["send", "morning", "--dry-run", "--now", far]);
        let sources: serde_json::Value =
            serde_json::from_str(&folder.ok(&["sources", "list", "--json"])).unwrap();
        for instant in [&sources[0]["next_poll"], &sources[0]["health"]["checked_at"]] {
            assert!(!instant.is_null() && !instant.as_str().unwrap().starts_with("2090"), "{sources}");
        }
        let edition = folder.ok(&["preview", "--now", far, "--format", "json"]);
        assert!(!edition.contains("\"first_seen\": \"2090"), "{edition}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_says_how_often_a_source_is_polled_and_when_next() {
    let (folder, newsroom) = newcomer().await;
    let daily = "[sources.daily]\nurl = \"https://daily.example/feed\"\nevery = \"1d\"\n";
    folder.write("config.toml", &(configuration(&newsroom.url("news")) + daily));
    apart!({
        folder.ok(&["collect", "news"]);
        let listed = folder.ok(&["sources", "list"]);
        let line = |name: &str| listed.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
        assert!(line("news").contains("15 minutes") && line("news").contains("in 1"), "{listed}");
        assert!(line("daily").contains("1 day") && line("daily").contains("due"), "{listed}");
        assert!(line("news").contains("well") && line("daily").contains("not polled yet"), "{listed}");
        let json: serde_json::Value =
            serde_json::from_str(&folder.ok(&["sources", "list", "--json"])).unwrap();
        assert_eq!(
            (&json[0]["every_ms"], &json[0]["rest_ms"]),
            (&86_400_000.into(), &serde_json::Value::Null)
        );
        assert_eq!((&json[1]["every_ms"], &json[1]["rest_ms"]), (&serde_json::Value::Null, &900_000.into()));
        assert!(json[1]["next_poll"].is_string() && json[1]["not_before"].is_null(), "{json}");
    });
}
