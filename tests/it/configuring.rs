//! Configuring: every mistake is named at once, and no secret with it.

use std::path::{Path, PathBuf};

use pressrun::config::{Carrier, Security, load};
use pressrun::model::Take;
use proptest::prelude::*;
use secrecy::ExposeSecret;

use crate::desk::Desk;

const DIGEST: &str = r#"
[sources.harbour]
url = "https://harbour.example.org/feed.xml"
topics = ["Town", " Sea "]
[lists.readers]
title = "Readers"
[digests.daily]
title = "The Daily Tide"
from = "The Daily Tide <news@example.org>"
postal_address = "1 Quay Street"
lists = ["readers"]
"#;

/// The shortest whole configuration with lines added at its end, where `[digests.daily]` is open.
fn digest(more: &str) -> Desk {
    Desk::with(format!("{DIGEST}{more}"))
}

#[test]
fn every_mistake_is_named_at_once_with_its_line_or_its_variable() {
    let desk = Desk::with(
        r#"public_url = "http://news.example.org"
timeout = "30s"

[colect]
per_host = 3

[collect]
timout = "30s"
max_bytes = "10 megs"
at_once = 99999999999999999999
allow_hosts = ["one.example.org", 2]
poll_every = 1979-05-27

[deliver]
carrier = "smtp"

[relay]
password = 12345

[sources]
harbour = "https://harbour.example.org/feed.xml"

[lists.News]
title = "News"

[digests.daily]
title = ""
from = "news@localhost"
lists = ["newz"]
zone = "Europe/Belrin"
language = "english please"
subject = "{titel}: {lead}"

[[digests.daily.sections]]
sources = ["harbor"]
topics = ["sea"]
"#,
    )
    .var("PRESSRUN__RELAY__PROT", "2525")
    .var("PRESSRUN__RELAY__CONNECTIONS", "a few");
    let expected = r#"config.toml:1: public_url: found "http://news.example.org", expected an address such as "https://news.example.org" (https; http only on localhost, 127.0.0.1 or [::1]; at most 800 letters, digits and marks that need no quoting)
config.toml:2: timeout: there is no such key here; it belongs under [collect]
config.toml:4: colect: there is no such key; did you mean `collect`?
config.toml:8: collect.timout: there is no such key; did you mean `timeout`?
config.toml:9: collect.max_bytes: found "10 megs", expected a size such as "90 KB" or "10 MB", from 1 KB to 1 GB
config.toml:10: collect.at_once: found the number 99999999999999999999, expected a whole number from 1 to 1000000, without quotes
config.toml:11: collect.allow_hosts[1]: found the number 2, expected a text in quotes, on one line
config.toml:12: collect.poll_every: found a date or a time, expected a length of time such as "30s", "15m", "6h" or "7d", from 1s to 3650d
config.toml:17: relay.host: is missing, expected the relay's host name, because deliver.carrier is "smtp"
config.toml:18: relay.password: found something that is not shown, expected a text in quotes
config.toml:18: relay.password: is given without relay.username
config.toml:21: sources.harbour: found a text, expected a [table] of keys
config.toml:23: lists.News: `News` is not a name: expected 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit
config.toml:26: digests.daily.postal_address: is missing, expected a text in quotes
config.toml:27: digests.daily.title: is missing, expected a text in quotes, on one line
config.toml:28: digests.daily.from: found "news@localhost", expected a sender such as "The Harbour <news@example.org>": the part after the @ is not a domain name with a dot in it
config.toml:29: digests.daily.lists[0]: there is no list `newz`; did you mean `News`?
config.toml:30: digests.daily.zone: found "Europe/Belrin", expected a time zone such as "Europe/Berlin" or "UTC", or "subscriber"; did you mean `Europe/Berlin`?
config.toml:31: digests.daily.language: found "english please", expected a language tag such as "en", "de" or "pt-BR"
config.toml:32: digests.daily.subject: found "{titel}: {lead}", expected only the marks {title}, {lead} and {date}, not {titel}; did you mean `title`?
config.toml:34: digests.daily.sections[0]: takes sources and topics; give it only one of them
config.toml:35: digests.daily.sections[0].sources[0]: there is no source `harbor`; did you mean `harbour`? (one that was added by command is taken by topics and by latest)
PRESSRUN__RELAY__CONNECTIONS: relay.connections: found "a few", expected a whole number from 1 to 1000000, without quotes
PRESSRUN__RELAY__PROT: relay.prot: there is no such key; did you mean `PRESSRUN__RELAY__PORT`?"#;
    similar(&desk.complaints(), expected);
    assert_eq!(load(Some(&desk.file()), &desk.env).expect_err("complaints").count(), 24);
}

/// Compares line by line, so that the first difference is easy to see.
fn similar(found: &str, expected: &str) {
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
}

#[test]
fn toml_that_cannot_be_read_is_shown_with_its_line_but_without_its_value() {
    let desk = Desk::with(
        "[collect]\ntimeout = \"30s\n\n[log]\nlevel = info\n[relay]\npassword = hunter2\n[store\n",
    );
    let complaints = desk.complaints();
    assert!(!complaints.contains("hunter2"), "{complaints}");
    let expected = "config.toml:2: invalid basic string, expected `\"`\n    timeout = …\n              ^\n\
                    config.toml:5: a text stands in quotes\n    level = …\n            ^\n\
                    config.toml:7: a text stands in quotes\n    password = …\n               ^\n\
                    config.toml:8: unclosed table, expected `]`\n    [store\n          ^";
    similar(&complaints, expected);
}

#[test]
fn a_secret_in_a_text_of_several_lines_is_not_shown_when_the_text_breaks() {
    for text in [
        "[relay]\npassword = \"\"\"\nhunter2 = [\n",
        "[relay]\npassword \"hunter2\"\n",
        "[relay]\npassword = \"hunter2\n",
        "relay = { password = 'hunter2\n",
        "[relay]\npassword = \"hunter2\\q\"\n",
        "[relay]\npassword = 'hun'hunter2\n",
        "hunter2\n",
    ] {
        let complaints = Desk::with(text).complaints();
        assert!(!complaints.contains("hunter"), "{text:?}:\n{complaints}");
    }
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_line() {
    Desk::with(b"[log]\nlevel = \"inf\xE9\"\n").complains("config.toml:2: this line is not UTF-8");
}

#[test]
fn a_named_file_that_is_not_there_is_an_error_with_the_way_out() {
    let errors = load(Some(Path::new("no/such/config.toml")), &[]).expect_err("no file");
    assert_eq!(
        errors.to_string(),
        "no/such/config.toml: no such file or directory; `pressrun init` writes one"
    );
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let text = "[relay]\nport = 2525\n[collect]\nper_host = 5\n[lists.city-news]\ntitle = \"City\"\n";
    let config = Desk::with(text)
        .var("PRESSRUN__RELAY__PORT", "2626")
        .var("PRESSRUN__RELAY__SECURITY", "tls")
        .var("PRESSRUN__COLLECT__ALLOW_HOSTS", "127.0.0.1, feeds.internal")
        .var("PRESSRUN__LISTS__CITY_NEWS__TITLE", "City news")
        .var("PRESSRUN__LOG__LEVEL", "")
        .var("PRESSRUN_TEST_WITHOUT", "postfix")
        .var("PATH", "/bin")
        .load();
    assert_eq!((config.relay.port(), config.relay.security), (2626, Security::Tls));
    assert_eq!((config.collect.per_host, config.collect.at_once), (5, 16));
    assert_eq!(config.collect.allow_hosts, ["127.0.0.1", "feeds.internal"]);
    assert_eq!(config.lists()[0].title, "City news");
    let printed = config.to_toml_masked();
    for (line, origin) in [
        ("port = 2626", "PRESSRUN__RELAY__PORT"),
        ("per_host = 5", "config.toml:4"),
        ("at_once = 16", "default"),
        ("level = \"info\"", "default"),
    ] {
        let found =
            printed.lines().find(|l| l.starts_with(line)).unwrap_or_else(|| panic!("{line}:\n{printed}"));
        assert!(found.ends_with(origin), "{found}");
    }
}

#[test]
fn a_secret_survives_to_the_letter() {
    for secret in ["00123", "1e5", "TRUE", " blank ", "a,b", "pä$$\"\\wörd", "0x10", "null"] {
        let desk = digest("").var("PRESSRUN__RELAY__USERNAME", "u").var("PRESSRUN__RELAY__PASSWORD", secret);
        assert_eq!(desk.load().relay_password().map(ExposeSecret::expose_secret), Some(secret));
    }
}

#[test]
fn a_password_file_is_read_from_the_folder_of_the_file_without_its_last_newline() {
    for (content, password) in [("00123\n", "00123"), ("a b \r\n", "a b "), ("x", "x")] {
        let desk = Desk::with("[relay]\nusername = \"u\"\npassword_file = \"secret\"\n");
        std::fs::write(desk.folder.path().join("secret"), content).expect("a file");
        assert_eq!(desk.load().relay_password().map(ExposeSecret::expose_secret), Some(password));
    }
}

#[test]
fn a_password_that_cannot_be_had_is_named_with_its_file() {
    let desk = Desk::with("[relay]\nusername = \"u\"\npassword_file = \"nope\"\n");
    desk.complains("config.toml:3: relay.password_file: nope: no such file or directory");
    std::fs::write(desk.folder.path().join("nope"), "\n").expect("a file");
    desk.complains("nope: it is empty, expected the password in one line");
    let both = Desk::with("[relay]\nusername = \"u\"\npassword = \"hunter2\"\npassword_file = \"x\"\n");
    both.complains(
        "config.toml:4: relay.password_file: relay.password is given as well; keep one of the two",
    );
}

#[test]
fn a_secret_is_masked_wherever_it_could_be_seen() {
    let more = "[store]\nurl = \"postgres://press:hunter2@db.example.org/press\"\n\
                [relay]\nusername = \"u\"\npassword = \"hunter2\"\n\
                [sources.private]\nurl = \"https://me:hunter2@private.example.org/feed\"\n";
    let config = digest(more).load();
    let debug = format!("{config:?} {:?} {:?} {:?}", config.relay, config.store, config.sources);
    for seen in [config.to_toml_masked(), debug] {
        assert!(!seen.contains("hunter2"), "{seen}");
        for masked in [
            "postgres://press:***@db.example.org/press",
            "password = \"***\"",
            "https://me:***@private.example.org/feed",
        ] {
            assert!(seen.contains(masked), "{masked} in:\n{seen}");
        }
    }
    assert_eq!(config.store.url.0.expose_secret(), "postgres://press:hunter2@db.example.org/press");
}

#[test]
fn a_complaint_never_repeats_a_secret() {
    let text = "public_url = \"https://u:hunter2@example.org\"\n[store]\nurl = \"mysql://u:hunter2@db/x\"\n\
                [relay]\npassword = [\"hunter2\"]\npasword = \"hunter2\"\n[sources.a]\nurl = \"ftp://u:hunter2@x/y\"\n";
    let desk = Desk::with(text).var("PRESSRUN__RELAY__PASSWORT", "hunter2").var("PRESSRUN__STORE", "hunter2");
    let complaints = desk.complaints();
    assert!(!complaints.contains("hunter2"), "{complaints}");
    assert_eq!(complaints.lines().count(), 7, "{complaints}");
}

#[test]
fn a_relay_that_cannot_work_is_refused_before_anything_is_sent() {
    let smtp = "[deliver]\ncarrier = \"smtp\"\n";
    for (more, complaint) in [
        ("[relay]\nhost = \"smtp.example.org:587\"\n", "without a port"),
        ("[relay]\nhost = \"mx.example.org\"\nusername = \"u\"\n", "relay.username: has no password"),
        (
            "[relay]\nhost = \"mx.example.org\"\nsecurity = \"plain\"\nusername = \"u\"\npassword = \"p\"\n",
            "relay.security: \"plain\" would send the password readable for all",
        ),
        (
            "[relay]\nhost = \"mx.example.org\"\npassword = \"p\"\n",
            "relay.password: is given without relay.username",
        ),
        ("[relay]\nhost = \"mx.example.org\"\nport = \"25\"\n", "relay.port: found \"25\", expected a port"),
    ] {
        let desk = digest(&format!("{smtp}{more}"));
        desk.complains(complaint);
        assert_eq!(
            desk.complaints().lines().count(),
            1,
            "one mistake, one complaint:\n{}",
            desk.complaints()
        );
    }
    let here = "[relay]\nhost = \"127.0.0.1\"\nsecurity = \"plain\"\nusername = \"u\"\npassword = \"p\"\n";
    let config = digest(&format!("{smtp}{here}")).load();
    assert_eq!((config.deliver.carrier, config.relay.port()), (Carrier::Smtp, 25));
}

#[test]
fn a_zone_that_is_not_known_is_answered_with_the_nearest() {
    for (zone, nearest) in [
        ("Europe/Belrin", "did you mean `Europe/Berlin`?"),
        ("berlin", "did you mean `Europe/Berlin`?"),
        ("new york", "did you mean `America/New_York`?"),
        ("Middle/Earth", "or \"subscriber\" for each reader's own\n"),
    ] {
        let complaints = digest(&format!("zone = \"{zone}\"\n")).complaints();
        assert!(format!("{complaints}\n").contains(nearest), "{complaints}");
    }
}

#[test]
fn a_section_takes_one_thing() {
    let section = |takes: &str| digest(&format!("[[digests.daily.sections]]\ntitle = \"A\"\n{takes}"));
    section("").complains("config.toml:12: digests.daily.sections[0]: takes nothing; give it one of");
    section("topics = []\nlatest = true\n").complains("takes topics and latest; give it only one of them");
    section("sources = [\"harbor\"]\n").complains("there is no source `harbor`; did you mean `harbour`?");
    section("sources = [\"zzz\"]\n").complains(
        "there is no source `zzz`; known here: harbour (one that was added by command is taken by topics and by latest)",
    );
    section("sources = \"harbour\"\n")
        .complains("config.toml:14: digests.daily.sections[0].sources: found a text");
    let config =
        section("topics = [\" Sea\"]\n[[digests.daily.sections]]\nlatest = true\nlimit = 3\n").load();
    let sections = config.digests().remove(0).sections;
    assert_eq!(sections[0].take, Take::Topics(vec!["sea".to_owned()]));
    assert_eq!((&sections[1].take, sections[1].limit), (&Take::Latest, 3));
}

#[test]
fn the_rooms_get_plain_values_with_everything_filled_in() {
    let config = digest("").load();
    let digest = config.digest("daily").expect("the digest");
    assert_eq!((digest.subject.as_str(), digest.limit, digest.html_budget), ("{title}: {lead}", 30, 90_000));
    assert_eq!((digest.sections.len(), &digest.sections[0].take), (1, &Take::Latest));
    assert_eq!(config.sources()[0].topics, ["town", "sea"]);
    assert_eq!(config.lists()[0].list_id, "readers.example.org");
    assert_eq!(config.public_url(), None);
    assert!(config.user_agent().ends_with(" (+https://example.org/)"), "{}", config.user_agent());
    assert!(config.digest("weekly").is_none());
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let desk = digest("theme = \"look\"\n[relay]\nca_file = \"/etc/ca.pem\"\n");
    let config = desk.load();
    let folder = desk.folder.path();
    assert_eq!(config.deliver.outbox, folder.join("outbox"));
    assert_eq!(config.digests.values().next().and_then(|d| d.theme.clone()), Some(folder.join("look")));
    assert_eq!(config.relay.ca_file, Some(PathBuf::from("/etc/ca.pem")));
    assert_eq!(
        config.store.url.0.expose_secret(),
        format!("sqlite:{}", folder.join("pressrun.db").display())
    );
}

fn toml_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<bool>().prop_map(|b| b.to_string()),
        "[0-9]{1,60}",
        Just("1e999".to_owned()),
        Just("nan".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        "[ -~&&[^\"\\\\]]{0,20}".prop_map(|s| format!("\"{s}\"")),
        Just("\"{title\"".to_owned()),
        Just("\"://@\"".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|v| format!("[{}]", v.join(", "))),
            ("[a-z_]{1,8}", inner).prop_map(|(k, v)| format!("{{ {k} = {v} }}")),
        ]
    })
}

fn toml_key() -> impl Strategy<Value = String> {
    let words = "url|title|from|lists|sources|sections|topics|timeout|max_bytes|port|password|zone|language|a b|x[9]|a.b";
    let words: Vec<String> = words.split('|').map(|w| format!("\"{w}\"")).collect();
    prop_oneof![prop::sample::select(words), "[a-z]{1,6}"]
}

fn toml_table() -> impl Strategy<Value = String> {
    let names = [
        "store",
        "collect",
        "relay",
        "sources.a",
        "sources.\"A b\"",
        "lists.a",
        "digests.a",
        "x[999999999999]",
    ];
    let header = prop::sample::select(names.to_vec());
    let keys = prop::collection::hash_map(toml_key(), toml_value(), 0..5);
    (header, keys).prop_map(|(header, keys)| {
        let header = if header.contains(".a") || !header.contains('[') {
            header.to_owned()
        } else {
            format!("\"{header}\"")
        };
        let lines: Vec<String> = keys.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        format!("[{header}]\n{}\n", lines.join("\n"))
    })
}

proptest! {
    #[test]
    fn no_toml_makes_it_panic(tables in prop::collection::vec(toml_table(), 0..4)) {
        let desk = Desk::with(tables.join("\n"));
        if let Err(errors) = load(Some(&desk.file()), &[]) {
            prop_assert!(errors.count() > 0 && !errors.to_string().is_empty());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]=\"'.{}a-z\n \u{e9}]{0,80}") {
        let _either = load(Some(&Desk::with(bytes).file()), &[]);
        let _either = load(Some(&Desk::with(text).file()), &[]);
    }

    #[test]
    fn no_variable_makes_it_panic(name in "[A-Z_0-9\\[\\].a-z]{0,30}", value in ".{0,20}") {
        let env = [(format!("PRESSRUN__{name}"), value)];
        let desk = digest("");
        let _either = load(Some(&desk.file()), &env);
    }
}
