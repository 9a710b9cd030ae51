//! Signing and return paths by the configuration and in a run.

use std::sync::atomic::AtomicBool;

use pressrun::deliver::ReturnPath;
use pressrun::press::{self, Postmark, Ways};

use crate::desk::Desk;
use crate::dkim::signer;
use crate::world::{World, rss};

fn complaints(dkim: &str, files: &[&str]) -> String {
    let desk = Desk::with(dkim);
    for file in files {
        std::fs::write(desk.folder.path().join(file), "a key\n").unwrap();
    }
    desk.complaints()
}

#[test]
fn keys_come_in_pairs_with_files_that_can_be_read() {
    let text = "[dkim.one]\ndomain = \"example.org\"\nselector = \"a\"\n\
                [dkim.two]\ndomain = \"Example.org\"\ned25519_key_file = \"k.pem\"\n\
                [dkim.three]\ndomain = \"example.com\"\n\
                [dkim.four]\ndomain = \"localhost\"\nselector = \"a b\"\nkey_fil = \"k.pem\"\n\
                [deliver]\nreturn_path = \"bounces@example.org\"\n";
    let found = complaints(text, &[]);
    for expected in [
        "config.toml:10: dkim.four.domain: found \"localhost\", expected a domain such as \"example.org\"",
        "config.toml:11: dkim.four.selector: found \"a b\", expected letters, digits and -",
        "config.toml:12: dkim.four.key_fil: there is no such key; did you mean `key_file`?",
        "config.toml:14: deliver.return_path: found \"bounces@example.org\", expected an address with {token} once",
    ] {
        assert!(found.contains(expected), "no {expected}\nin {found}");
    }
    let pairs = text.split("[dkim.four]").next().unwrap();
    let found = complaints(pairs, &["k.pem"]);
    for expected in [
        "config.toml:3: dkim.one.selector: is given without key_file",
        "config.toml:5: dkim.two.domain: example.org has a table already; keep one of the two",
        "config.toml:6: dkim.two.ed25519_key_file: is given without ed25519_selector",
        "config.toml:7: dkim.three: has no key; give it selector and key_file",
    ] {
        assert!(found.contains(expected), "no {expected}\nin {found}");
    }
    let same = "[dkim.one]\ndomain = \"example.org\"\nselector = \"a\"\nkey_file = \"none.pem\"\n\
                ed25519_selector = \"A\"\ned25519_key_file = \"empty.pem\"\n";
    let found = complaints(same, &["k.pem"]);
    assert!(found.contains("dkim.one.ed25519_selector: is the selector of the RSA key"), "{found}");
    assert!(found.contains("dkim.one.key_file: none.pem: no such file"), "{found}");
}

#[test]
fn the_configuration_takes_the_return_paths_that_can_be_made_and_no_others() {
    let long = format!("{}{{token}}@example.org", "b".repeat(30));
    for pattern in [
        "{token}@example.org",
        "b.{token}.x@example.org",
        &long,
        &format!("b{long}"),
        "bounces@example.org",
        "{token}+{token}@example.org",
        "b@{token}.org",
        "{token}",
        "{tokens}@example.org",
        "{token}{@example.org",
        "{token}@b@example.org",
        "{token}@localhost",
        "\u{fc}{token}@example.org",
        "Bounces <b+{token}@example.org>",
    ] {
        let desk = Desk::with(format!("[deliver]\nreturn_path = \"{pattern}\"\n"));
        let taken = pressrun::config::load(Some(&desk.file()), &[]).is_ok();
        assert_eq!(taken, ReturnPath::new(pattern, &[0; 32]).is_ok(), "{pattern}");
    }
}

#[test]
fn a_variable_can_name_a_key() {
    let desk =
        Desk::with("[dkim.my-own]\ndomain = \"Example.ORG\"\nselector = \"a\"\nkey_file = \"k.pem\"\n")
            .var("PRESSRUN__DKIM__MY_OWN__SELECTOR", "b");
    std::fs::write(desk.folder.path().join("k.pem"), "a key\n").unwrap();
    let config = desk.load();
    let [domain] = config.dkim() else { panic!("{:?}", config.dkim()) };
    assert_eq!((domain.domain.as_str(), domain.keys[0].selector.as_str()), ("example.org", "b"));
    assert_eq!(domain.keys[0].path, desk.folder.path().join("k.pem"));
    let shown = format!("{:?}{:?}{}", config, domain, config.to_toml_masked());
    assert!(!shown.contains("a key"), "{shown}");
}

#[tokio::test]
async fn each_letter_of_a_run_is_signed_and_has_a_return_path_that_names_its_delivery() {
    let world = World::new().await;
    world.newsroom.publish("news", rss(&["Harbour opens"]));
    world.subscribe(&["ann@a.example", "bob@b.example"]).await;
    world.collect().await;
    let digest = world.digest();
    let edition = world.release(&digest).await;
    let path =
        ReturnPath::new("b+{token}@tide.example", &world.store.secret("return path").await.unwrap()).unwrap();
    let postmark = Postmark {
        signer: Some(signer()),
        return_path: Some(path.clone()),
        ..Postmark::new(digest, "https://tide.example".to_owned())
    };
    let (stop, rules, clock) = (AtomicBool::new(false), world.rules(), world.clock());
    let (store, carrier) = (&world.store, &world.carrier);
    let run =
        press::Run { store, ways: &Ways::only(carrier.clone()), clock: &clock, rules: &rules, stop: &stop };
    press::deliver(&run, edition, &postmark, |_| {}).await.unwrap();
    let letters = world.letters();
    assert_eq!(letters.len(), 2);
    for letter in letters {
        assert_eq!(path.delivery_of(&letter.sender), Some(letter.delivery));
        let text = String::from_utf8(letter.bytes).unwrap();
        assert_eq!(text.matches("DKIM-Signature: ").count(), 2, "{text}");
        assert!(text.contains("\r\nFrom: ") && !text.contains(letter.sender.as_str()), "{text}");
    }
}
