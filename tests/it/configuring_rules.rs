//! Rules, orders and caps, as a publisher writes them.

use pressrun::config::{Config, load as load_file};
use pressrun::model::Order;

fn load(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).expect("written");
    load_file(Some(&file), &[])
        .map_err(|error| error.to_string().replace(&file.display().to_string(), "config.toml"))
}

const REST: &str = r#"
[lists.readers]
title = "Readers"
[digests.morning]
title = "Morning"
from = "Morning <news@tide.example>"
postal_address = "1 Quay Street"
lists = ["readers"]
"#;

#[test]
fn rules_and_orders_are_read_and_printed_as_they_were_written() {
    let text = format!(
        r#"
[sources.harbour]
url = "https://harbour.example/feed"
include = ["Ferry", "category: sea"]
exclude = ["url: */sport/*", "older: 48h"]
titles = ["LIVE: =>", '/^\[(\w+)\]/ => $1:']
{REST}
[[digests.morning.sections]]
latest = true
order = "popular"
per_source = 2
exclude = ["author: desk"]
"#
    );
    let config = load(&text).expect("a configuration");
    let digest = config.digest("morning").expect("a digest");
    let section = &digest.sections[0];
    assert_eq!((section.order, section.per_source), (Order::Popular, Some(2)));
    assert_eq!(section.rules.exclude[0].to_string(), "author: desk");
    let rules = digest.rules.values().next().expect("of the harbour");
    let said: Vec<String> = rules.include.iter().chain(&rules.exclude).map(ToString::to_string).collect();
    assert_eq!(said, ["word: ferry", "category: sea", "url: */sport/*", "older: 2d"]);
    assert_eq!(rules.title("[Live] LIVE: Storm").as_deref(), Some("Live: Storm"));
}

#[test]
fn what_is_no_rule_is_a_complaint_with_its_line() {
    let text = format!(
        r#"
[sources.harbour]
url = "https://harbour.example/feed"
exclude = ["autor: Ann",
           "older: soon"]
titles = ["LIVE", "/(/ => x"]
{REST}
[[digests.morning.sections]]
latest = true
order = "newest"
per_source = 0
"#
    );
    let complaints = load(&text).expect_err("complaints");
    for said in [
        "config.toml:4: sources.harbour.exclude[0]: found \"autor: Ann\"",
        "names the kind `autor`",
        "sources.harbour.exclude[1]: found \"older: soon\"",
        "config.toml:6: sources.harbour.titles[0]: found \"LIVE\"",
        "has no `=>`",
        "unclosed group",
        "order: found \"newest\", expected \"latest\", \"popular\" or \"source\"",
        "per_source: found the number 0",
    ] {
        assert!(complaints.contains(said), "{said}\nin\n{complaints}");
    }
}
