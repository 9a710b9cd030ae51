//! Starting: the annotated reference is right, and a newcomer's answers arrive in it.

use pressrun::config::{Answers, Carrier, Config, REFERENCE, load, starter};

use crate::desk::Desk;

/// The reference with the lines of its defaults, and its examples if wanted, as if somebody had removed the `#`.
fn uncommented(examples: bool) -> String {
    let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[');
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if is_key(rest) && (examples || !rest.contains("# example")) => rest.to_owned(),
        _ => line.to_owned(),
    };
    REFERENCE.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn without_origins(config: &Config) -> Vec<String> {
    let printed = config.to_toml_masked();
    printed.lines().map(|line| line.split("  # ").next().unwrap_or_default().trim_end().to_owned()).collect()
}

/// It shows that an address is enough.
const SECOND_SOURCE: &str = "[sources.tidewater]";

#[test]
fn the_reference_holds_every_default_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let load_text = |text: &str| {
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).expect("a file");
        load(Some(&file), &[]).unwrap_or_else(|e| panic!("{e}"))
    };
    let (shipped, defaults) = (load_text(REFERENCE), load_text(&uncommented(false)));
    assert_eq!(without_origins(&shipped), without_origins(&defaults));
    let printed = defaults.to_toml_masked();
    let mut table = "";
    for line in printed.lines() {
        table = if line.starts_with('[') { line } else { table };
        assert!(table == SECOND_SOURCE || !line.ends_with("# default"), "not in the reference: {line}");
    }
    let empty = without_origins(&load_text(""));
    for line in &empty {
        assert!(without_origins(&shipped).contains(line), "not the default: {line}");
    }
}

/// A desk with the reference and all its examples, and the files that they name.
fn exemplary() -> Desk {
    // The two ways to give a password exclude each other, and some examples show what goes with a word that is no default.
    let text = uncommented(true)
        .replace("password_file = ", "#password_file = ")
        .replace("zone = \"UTC\"", "zone = \"subscriber\"")
        .replace("approve = \"never\"", "approve = \"required\"");
    let desk = Desk::with(text);
    for file in ["press2026.pem", "press2026e.pem"] {
        std::fs::write(desk.folder.path().join(file), "a key\n").unwrap();
    }
    desk
}

#[test]
fn the_reference_holds_every_key_and_its_examples_are_right() {
    let config = exemplary().load();
    // A further relay has the keys of the first, and need not show them again.
    let (mut table, mut unset) = (String::new(), Vec::new());
    for line in without_origins(&config) {
        if line.starts_with('[') {
            table = line;
        } else if line.ends_with("is not set") && !table.starts_with("[relays.") && table != SECOND_SOURCE {
            unset.push(line);
        }
    }
    let password = "# password_file is not set";
    let sections = ["topics", "latest", "sources", "per_source"].map(|key| format!("# {key} is not set"));
    for line in unset {
        assert!(line == password || sections.contains(&line), "{line}");
    }
    assert_eq!(config.digest("morning").expect("the digest").sections.len(), 4);
}

#[test]
fn the_starter_carries_nasty_answers_through() {
    let answers = Answers {
        title: "Ann's \"Daily\" \\ \u{7}News\n[relay]".to_owned(),
        from: "news@example.org".to_owned(),
        postal_address: "The \"Quay\"\r\n1 \\ Street\n\"\"\"\nHarbour Town".to_owned(),
        feeds: vec![
            "https://www.a.example.org/f?x=\"1\"".to_owned(),
            "https://a.example.org/g".to_owned(),
            "https://b.example.org/".to_owned(),
        ],
        relay_host: "smtp.example.org".to_owned(),
        relay_username: "DOMAIN\\ann \"x\"".to_owned(),
        relay_password_file: "relay-password".to_owned(),
        send: true,
    };
    let desk = Desk::with(starter(&answers));
    std::fs::write(desk.folder.path().join("relay-password"), "secret\n").unwrap();
    let config = desk.load();
    let digest = config.digests().remove(0);
    assert_eq!(digest.name.as_str(), "ann-s-daily-news-relay");
    assert_eq!(digest.title, "Ann's \"Daily\" \\ News [relay]");
    assert_eq!(digest.from.to_string(), "Ann's Daily \\ News [relay] <news@example.org>");
    assert_eq!(digest.postal_address, "The \"Quay\"\n1 \\ Street\n\"\"\"\nHarbour Town");
    let sources: Vec<_> =
        config.sources().into_iter().map(|s| (s.name.to_string(), s.url.to_string())).collect();
    assert_eq!(
        sources,
        [
            ("a-example-org", "https://www.a.example.org/f?x=%221%22"),
            ("a-example-org-2", "https://a.example.org/g"),
            ("b-example-org", "https://b.example.org/")
        ]
        .map(|(name, url)| (name.to_owned(), url.to_owned()))
    );
    assert_eq!(config.relay.host(), Some("smtp.example.org"));
    assert_eq!(config.relay.username.as_deref(), Some("DOMAIN\\ann \"x\""));
    assert_eq!(config.relays().len(), 1, "the further relay stays an example");
    assert_eq!(config.deliver.carrier, Carrier::Smtp);
}

#[test]
fn the_starter_without_answers_is_the_reference() {
    assert_eq!(starter(&Answers::default()), REFERENCE);
}

#[test]
fn what_is_printed_can_be_read_again() {
    let desk = exemplary();
    let config = desk.load();
    let again = Desk::with(config.to_toml_masked()).load();
    assert_eq!(without_origins(&again), without_origins(&config));
}
