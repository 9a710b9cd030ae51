//! `pressrun check` names what stands in the way of sending, and makes keys that work.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pressrun::deliver::KeyRecord;

use crate::cli::{Folder, apart, configuration, newcomer, text};
use crate::dkim;
use crate::store_opening::tamper;

/// A folder with a configuration of the digest `morning`, whose sender is news@tide.example.
fn desk(more: &str) -> Folder {
    let folder = Folder::new();
    folder.write("config.toml", &format!("{}\n{more}", configuration("https://news.example/feed")));
    folder
}

fn findings(folder: &Folder) -> (i32, String) {
    let output = folder.run(&["check"]);
    (output.status.code().unwrap(), text(&output.stdout))
}

/// The lines for config.toml, as they were told.
pub(crate) fn lines_for_the_configuration(said: &str) -> String {
    said.lines()
        .skip_while(|line| !line.starts_with("[dkim."))
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The records, as they were told for web forms.
pub(crate) fn records(said: &str) -> Vec<KeyRecord> {
    let column = |name: &str| -> Vec<String> {
        said.lines().filter_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned()).collect()
    };
    let both = column("  name ").into_iter().zip(column("  value "));
    both.map(|(name, value)| KeyRecord { name, value }).collect()
}

#[test]
fn new_keys_are_their_owners_alone_and_never_written_over_others() {
    let folder = desk("");
    let made = ["check", "--dkim-new", "Tide.Example", "--selector", "s1"];
    let said = folder.ok(&made);
    let files = ["s1.tide.example.pem", "s1e.tide.example.pem"].map(|name| folder.path(name));
    let kept = files.each_ref().map(|file| fs::read_to_string(file).unwrap());
    for (file, pem) in files.iter().zip(&kept) {
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!said.contains("PRIVATE KEY") && !said.contains(kept[1].lines().nth(1).unwrap()), "{said}");
    let refused = folder.refused(1, &made);
    assert!(refused.contains("s1.tide.example.pem is there already"), "{refused}");
    // The second file is in the way: the first is not left behind.
    fs::remove_file(&files[0]).unwrap();
    folder.refused(1, &made);
    assert!(!files[0].exists());
    assert_eq!(fs::read_to_string(&files[1]).unwrap(), kept[1]);
    folder.refused(1, &["check", "--dkim-new", "no domain"]);
    folder.refused(1, &["check", "--dkim-new", "tide.example", "--selector", "a b"]);
    folder.refused(2, &["check", "--selector", "s1"]);
}

#[test]
fn the_records_fit_into_a_zone_file_and_say_what_the_plain_values_say() {
    let said = desk("").ok(&["check", "--dkim-new", "tide.example"]);
    let zone = said.split("As most web forms").next().unwrap();
    let records = records(&said);
    assert_eq!(records.len(), 2);
    for record in &records {
        let entry = zone.split(&format!("{}. IN TXT", record.name)).nth(1).expect("an entry");
        let entry = entry.split(". IN TXT").next().unwrap();
        let strings: Vec<&str> = entry.split('"').skip(1).step_by(2).collect();
        assert!(strings.iter().all(|string| (1..=255).contains(&string.len())), "{entry}");
        assert!(strings.concat().starts_with(&record.value), "{entry}");
    }
    assert!(records[0].value.starts_with("v=DKIM1; k=rsa; p=MII"), "{}", records[0].value);
    assert!(records[1].value.starts_with("v=DKIM1; k=ed25519; p="), "{}", records[1].value);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_are_signed_with_the_keys_that_were_made_and_verify_by_the_records_that_were_told() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        let said = folder.ok(&["check", "--dkim-new", "tide.example", "--selector", "s1"]);
        let config = fs::read_to_string(folder.path("config.toml")).unwrap();
        let signed = format!(
            "{config}\n{}\n[deliver]\nreturn_path = \"b-{{token}}@tide.example\"\n",
            lines_for_the_configuration(&said)
        );
        folder.write("config.toml", &signed);
        let (code, found) = findings(&folder);
        assert_eq!(code, 0, "{found}");
        assert!(
            found.contains("morning: by s1._domainkey.tide.example and s1e._domainkey.tide.example"),
            "{found}"
        );
        let warnings = found.lines().filter(|line| line.starts_with("warning"));
        let of: Vec<&str> = warnings.filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(of, ["trouble", "pages"], "signatures are in order: {found}");
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        folder.ok(&["send", "morning", "--to", "me@a.example"]);
        folder.ok(&["send", "morning"]);
        let letters: Vec<(String, Vec<u8>)> = fs::read_dir(folder.path("outbox"))
            .unwrap()
            .map(|e| e.unwrap())
            .filter(|e| e.path().extension().is_some_and(|e| e == "eml"))
            .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
            .collect();
        assert_eq!(letters.len(), 2);
        let named: Vec<(&str, Vec<u8>)> = letters.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
        let Some(verdicts) = dkim::verdicts(&records(&said), &named) else { return };
        assert!(verdicts.values().all(|both| *both == [true, true]), "{verdicts:?}");
    });
}

#[test]
fn whatever_stands_in_the_way_is_a_line_with_its_way_out() {
    let (code, found) = findings(&desk("[store]\nurl = \"sqlite:no/such/folder.db\""));
    assert!(code == 1 && found.contains("error    store"), "{found}");
    assert!(found.contains("does not exist; look at store.url"), "{found}");

    let relay = "[deliver]\ncarrier = \"smtp\"\n[relay]\nhost = \"127.0.0.1\"\nport = 1";
    let (code, found) = findings(&desk(relay));
    assert!(code == 1 && found.contains("error    letters"), "{found}");
    assert!(found.contains("are its host and port right"), "{found}");
    assert!(
        found.contains("ok       store          SQLite"),
        "the others are looked at all the same: {found}"
    );

    let (code, found) = findings(&desk("[digest.x]\ntitel = 1"));
    assert!(
        code == 1 && found.starts_with("error    configuration") && found.contains("config.toml:"),
        "{found}"
    );
    assert!(Folder::new().refused(1, &["check"]).contains("pressrun init"));
}

#[test]
fn keys_that_everybody_can_read_or_few_receivers_understand_are_warned_of() {
    let folder = desk("[dkim.own]\ndomain = \"example\"\n");
    folder.ok(&["check", "--dkim-new", "tide.example", "--selector", "s"]);
    folder.write(
        "config.toml",
        &format!(
            "{}\n[dkim.own]\ndomain = \"tide.example\"\ned25519_selector = \"se\"\ned25519_key_file = \"se.tide.example.pem\"\n\
             [dkim.other]\ndomain = \"other.example\"\nselector = \"s\"\nkey_file = \"s.tide.example.pem\"\n",
            configuration("https://news.example/feed")
        ),
    );
    let key = folder.path("s.tide.example.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, found) = findings(&folder);
    assert_eq!(code, 0, "warnings are no errors: {found}");
    assert!(found.contains("warning  signatures     tide.example: there is no RSA key"), "{found}");
    assert!(found.contains("warning  signatures     other.example: no digest has a sender there"), "{found}");
    assert!(found.contains("s.tide.example.pem can be read by everybody; chmod 600"), "{found}");
    assert!(!found.contains("se.tide.example.pem can"), "{found}");
}

#[test]
fn a_key_that_cannot_sign_is_named_with_its_line_and_its_file_by_every_command() {
    let folder = desk("[dkim.own]\ndomain = \"tide.example\"\nselector = \"s\"\nkey_file = \"small.pem\"");
    folder.write("small.pem", include_str!("../data/dkim/small-rsa.pem"));
    for command in [&["config"][..], &["status"], &["send", "morning", "--dry-run"]] {
        let refused = folder.refused(1, command);
        assert!(
            refused.contains("dkim.own.key_file: small.pem: its RSA key has fewer than 2048 bits"),
            "{refused}"
        );
        assert!(refused.contains("config.toml:"), "{refused}");
    }
    let (code, found) = findings(&folder);
    assert!(code == 1 && found.contains("error    signatures"), "{found}");
}

#[test]
fn of_several_domains_above_the_sender_the_nearest_signs() {
    let folder = desk(
        "[dkim.a]\ndomain = \"tide.example\"\nselector = \"far\"\nkey_file = \"old.pem\"\n\
         [dkim.b]\ndomain = \"mail.tide.example\"\nselector = \"near\"\nkey_file = \"old.pem\"\n\
         [dkim.c]\ndomain = \"x.mail.tide.example\"\nselector = \"below\"\nkey_file = \"old.pem\"\n",
    );
    folder.write("old.pem", include_str!("../data/dkim/pkcs1-rsa.pem"));
    let config = fs::read_to_string(folder.path("config.toml")).unwrap();
    folder.write("config.toml", &config.replace("news@tide.example", "news@mail.tide.example"));
    let (_, found) = findings(&folder);
    assert!(found.contains("morning: by near._domainkey.mail.tide.example\n"), "{found}");
}

#[test]
fn a_schedule_that_has_ended_and_a_question_that_outlives_its_slot_are_named() {
    let ended = desk("schedule = \"daily at 07:00\"\nuntil = \"2020-01-01\"");
    let said = findings(&ended).1;
    assert!(said.contains("morning has no slot to come: its last day is 2020-01-01"), "{said}");
    let long = "schedule = \"daily at 07:00\"\napprove = \"required\"\napprove_within = ";
    let said = findings(&desk(&format!("{long}\"400d\""))).1;
    assert!(said.contains("morning waits longer for a yes (approve_within)"), "{said}");
    let said = findings(&desk(&format!("{long}\"2h\""))).1;
    assert!(!said.contains("approve_within") && !said.contains("no slot to come"), "{said}");
}

#[tokio::test]
async fn a_selector_that_is_none_is_named_with_its_source_and_an_example() {
    let folder = desk("");
    let config = fs::read_to_string(folder.path("config.toml")).unwrap();
    for (select, found) in
        [("main h2 a:hover", "`:hover`"), ("h2 >", "each comma and sign"), ("", "main h2 a")]
    {
        folder.write("config.toml", &config.replacen("url = ", &format!("select = \"{select}\"\nurl = "), 1));
        let (code, said) = findings(&folder);
        assert_eq!(code, 1, "{said}");
        let line =
            said.lines().find(|line| line.contains(".select: found")).unwrap_or_else(|| panic!("{said}"));
        let named = line.contains("config.toml:") && line.contains("sources.");
        assert!(named && line.contains(found) && line.contains("such as `main h2 a`"), "{line}");
        assert!(folder.refused(1, &["sources", "list"]).contains(found));
    }
    folder.write("config.toml", &config);
    let refused = folder.refused(2, &["sources", "add", "https://tide.example/", "--select", "a::before"]);
    assert!(refused.contains("`::before`") && refused.contains("main h2 a"), "{refused}");
    // One from before selectors were looked at.
    folder.ok(&["sources", "add", "https://tide.example/", "--kind", "page", "--select", "h2 a"]);
    let url = format!("sqlite:{}", folder.path("pressrun.db").display());
    tamper(&url, "UPDATE sources SET selector = 'h2 a[' WHERE selector = 'h2 a'").await;
    let (code, said) = findings(&folder);
    assert!(
        code == 1 && said.contains("tide-example: select is \"h2 a[\", expected a CSS selector"),
        "{said}"
    );
}
