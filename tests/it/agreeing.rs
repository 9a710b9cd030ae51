//! What the configuration gives to another room is what that room takes.

use chrono::DateTime;
use pressrun::config::load;
use pressrun::deliver::{Imprint, ListHead, Plate, PlateError, Recipient};
use pressrun::model::{DeliveryId, Direction, Hole, Language, Message};
use proptest::prelude::*;

use crate::desk::Desk;

/// A configuration with lines at the top, a list with more keys, and a digest of each of these domains.
fn desk(top: &str, list: &str, domains: &[&str]) -> Desk {
    let digest = |(name, domain): (char, &&str)| {
        format!(
            "[digests.{name}]\ntitle = \"T\"\nfrom = \"news@{domain}\"\npostal_address = \"1 Quay Street\"\n\
             lists = [\"readers\"]\n"
        )
    };
    let digests: String = ('a'..).zip(domains).map(digest).collect();
    Desk::with(format!("{top}\n[lists.readers]\ntitle = \"Readers\"\n{list}\n{digests}"))
}

#[test]
fn no_digest_gets_the_domain_of_another() {
    let two = desk("", "", &["alpha.example", "zeta.example"]).load();
    assert_eq!(two.public_url(), None, "the first of the alphabet is nobody's address");
    assert!(!two.user_agent().contains("example"), "{}", two.user_agent());
    let one = desk("", "", &["zeta.example", "zeta.example"]).load();
    assert!(one.user_agent().ends_with(" (+https://zeta.example/)"), "{}", one.user_agent());
    let given = desk("public_url = \"https://pages.example\"", "", &["alpha.example", "zeta.example"]).load();
    assert_eq!(given.public_url().map(String::from).as_deref(), Some("https://pages.example/"));
}

/// True if a plate takes this List-Id, and a letter of it links to pages at this address.
fn delivers(list_id: &str, public_url: &str) -> bool {
    let mark = Hole::Unsubscribe.mark().to_string();
    let message = Message {
        subject: "News".to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: mark.clone(),
        text: mark,
    };
    let imprint = Imprint {
        from: "News <news@tide.example>".parse().unwrap(),
        reply_to: None,
        list: Some(ListHead { title: "Readers".to_owned(), id: list_id.to_owned() }),
        date: DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
        zone: chrono_tz::UTC,
    };
    let plate = match Plate::new(&message, &imprint) {
        Ok(plate) => plate,
        Err(PlateError::ListId(_)) => return false,
        Err(error) => panic!("{error}"),
    };
    let token = "0123456789".repeat(4);
    let reader = Recipient {
        delivery: DeliveryId(1),
        address: "ann@a.example".parse().unwrap(),
        name: String::new(),
        return_path: None,
        message_id: "1.2@tide.example".to_owned(),
        unsubscribe: format!("{public_url}/unsubscribe/{token}"),
        preferences: format!("{public_url}/preferences/{token}"),
    };
    plate.letter(&reader).is_ok()
}

/// The List-Id and the public address that the rooms get, or `None` if the configuration is refused.
fn configured(public_url: &str, list_id: &str) -> Option<(String, String)> {
    let list_id = format!("list_id = {}", serde_json::json!(list_id));
    let public_url = format!("public_url = {}", serde_json::json!(public_url));
    let desk = desk(&public_url, &list_id, &["tide.example"]);
    let config = load(Some(&desk.file()), &[]).ok()?;
    let public_url = config.public_url().map(|url| url.as_str().trim_end_matches('/').to_owned());
    Some((config.lists()[0].list_id.clone(), public_url?))
}

#[test]
fn a_list_id_or_a_public_address_that_no_letter_can_carry_is_refused_before_anything_is_released() {
    let id = |length: usize| format!("{}.example", "a".repeat(length - 8));
    let url = "https://pages.example";
    let long = format!("{url}/{}", "a".repeat(860));
    for (url, id, taken) in [
        (url, id(20), true),
        (url, id(253), true),
        (url, id(254), false),
        (url, id(255), false),
        (url, "under_score.example".to_owned(), true),
        ("http://localhost:8080", id(20), true),
        ("http://127.0.0.1", id(20), true),
        ("http://[::1]/pages", id(20), true),
        ("http://127.0.0.2", id(20), false),
        ("http://localhost.", id(20), false),
        ("https://pages.example/a|b", id(20), false),
        (&long, id(20), false),
    ] {
        assert_eq!(delivers(&id, url), taken, "the letter: {url} {id}");
        assert_eq!(configured(url, &id).is_some(), taken, "the configuration: {url} {id}");
    }
}

#[test]
fn a_list_whose_name_and_domain_are_too_long_together_needs_a_list_id() {
    let domain = format!("{}example.org", "a.".repeat(115));
    let name = "n".repeat(64);
    let text = |more: &str| {
        format!(
            "[lists.{name}]\ntitle = \"R\"\n{more}\n[digests.a]\ntitle = \"T\"\nfrom = \"n@{domain}\"\n\
             postal_address = \"1 Quay Street\"\nlists = [\"{name}\"]\n"
        )
    };
    Desk::with(text("")).complains("make one of 306 characters, expected at most 253");
    assert_eq!(Desk::with(text("list_id = \"n.example\"")).load().lists()[0].list_id, "n.example");
}

proptest! {
    #[test]
    fn every_letter_can_carry_what_the_configuration_takes(
        url in "https?://(localhost|127\\.0\\.0\\.[12]|\\[::1\\]|a\\.example)\\.?(:8)?(/[ -~\u{e9}]{0,6})?",
        id in "[a-z_.-]{1,6}(\\.[a-zA-Z0-9]{1,260})?",
    ) {
        if let Some((list_id, public_url)) = configured(&url, &id) {
            prop_assert!(delivers(&list_id, &public_url), "{} {}", list_id, public_url);
        }
    }
}
