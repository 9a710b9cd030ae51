//! Configuring what sends: several relays, their pace, and when enough is enough.

use std::time::Duration;

use pressrun::config::{Domain, Growth, NamedRelay, Rate, Share, Uncertain};
use secrecy::ExposeSecret;

use crate::desk::Desk;

const TWO_RELAYS: &str = r#"
[deliver]
carrier = "smtp"
[relay]
host = "one.example.org"
username = "u"
password = "hunter2"
senders = ["Example.ORG", "bücher.example"]
per_second = 2.5
[relays.zwei]
host = "two.example.org"
username = "v"
password_file = "second"
letters_per_connection = 20
[relays.backup]
host = "three.example.org"
per_second = 3
warm_up_start = 50
warm_up_since = "2026-03-31"
"#;

fn two_relays(more: &str) -> Desk {
    let desk = Desk::with(format!("{TWO_RELAYS}{more}"));
    std::fs::write(desk.folder.path().join("second"), "hunter3\n").expect("a file");
    desk
}

#[test]
fn relays_come_in_the_order_of_their_names_each_with_its_own_password() {
    let config = two_relays("").load();
    let relays = config.relays();
    let seen = |relay: &NamedRelay<'_>| {
        let password = relay.password.map(|p| p.expose_secret().to_owned());
        (relay.name.clone(), relay.keys.host().unwrap_or_default().to_owned(), password)
    };
    let expected = [
        ("relay", "one.example.org", Some("hunter2")),
        ("relays.backup", "three.example.org", None),
        ("relays.zwei", "two.example.org", Some("hunter3")),
    ]
    .map(|(name, host, password)| (name.to_owned(), host.to_owned(), password.map(str::to_owned)));
    assert_eq!(relays.iter().map(seen).collect::<Vec<_>>(), expected);
    assert_eq!(config.relay_password().map(ExposeSecret::expose_secret), Some("hunter2"));
    assert_eq!(
        relays[0].keys.senders,
        ["example.org", "xn--bcher-kva.example"].map(|d| Domain(d.to_owned()))
    );
    let rates: Vec<_> = relays.iter().map(|relay| relay.keys.per_second).collect();
    assert_eq!(rates, [Some(Rate(2.5)), Some(Rate(3.0)), None]);
    assert_eq!(
        (relays[2].keys.letters_per_connection, relays[0].keys.letters_per_connection),
        (Some(20), None)
    );
    let first_day = "2026-03-31".parse().expect("a day");
    assert_eq!(relays[1].keys.warm_up(), Some((50, 1.5, first_day)));
    assert_eq!(relays[0].keys.warm_up(), None);
}

#[test]
fn a_relay_without_a_host_is_none() {
    assert!(Desk::with("").load().relays().is_empty());
    let config =
        Desk::with("[deliver]\ncarrier = \"smtp\"\n[relays.only]\nhost = \"mx.example.org\"\n").load();
    assert_eq!(config.relays().iter().map(|relay| relay.name.as_str()).collect::<Vec<_>>(), ["relays.only"]);
}

#[test]
fn no_relays_secret_is_seen() {
    let config = two_relays("").var("PRESSRUN__RELAYS__BACKUP__USERNAME", "w");
    let config = config.var("PRESSRUN__RELAYS__BACKUP__PASSWORD", "hunter4").load();
    for seen in [config.to_toml_masked(), format!("{config:?} {:?} {:?}", config.relays, config.relays())] {
        assert!(!seen.contains("hunter") && seen.contains("***"), "{seen}");
    }
    assert_eq!(config.relays()[1].password.map(ExposeSecret::expose_secret), Some("hunter4"));
}

#[test]
fn every_relay_is_checked_as_the_first_one_is() {
    for (more, complaint) in [
        ("[relays.c]\nport = 25\n", "relays.c.host: is missing, expected the relay's host name"),
        (
            "[relays.c]\nhost = \"mx.example.org\"\nusername = \"u\"\n",
            "relays.c.username: has no password; set PRESSRUN__RELAYS__C__PASSWORD in the environment",
        ),
        (
            "[relays.c]\nhost = \"mx.example.org\"\npassword = \"p\"\n",
            "relays.c.password: is given without relays.c.username",
        ),
        (
            "[relays.c]\nhost = \"mx.example.org\"\nusername = \"u\"\npassword_file = \"nope\"\n",
            "config.toml:23: relays.c.password_file: nope: no such file or directory",
        ),
        (
            "[relays.c]\nhost = \"mx.example.org\"\nsecurity = \"plain\"\nusername = \"u\"\npassword = \"p\"\n",
            "relays.c.security: \"plain\" would send the password readable for all",
        ),
        (
            "[relays.c]\nhost = \"a.example\"\nprot = 1\n",
            "relays.c.prot: there is no such key; did you mean `port`?",
        ),
        (
            "[relays.c]\nhost = \"a.example\"\nwarm_up_start = 9\n",
            "relays.c.warm_up_start: is given without relays.c.warm_up_since",
        ),
        (
            "[relays.c]\nhost = \"a.example\"\nwarm_up_start = 9\nwarm_up_since = 2026-03-31\n",
            "relays.c.warm_up_since: found a date or a time, expected a day in quotes such as \"2026-03-31\"",
        ),
        (
            "[relays.c]\nhost = \"a.example\"\nsenders = [\"news@example.org\"]\n",
            "relays.c.senders[0]: found \"news@example.org\", expected a domain such as \"example.org\"",
        ),
    ] {
        let desk = two_relays(more);
        desk.complains(complaint);
        assert_eq!(
            desk.complaints().lines().count(),
            1,
            "one mistake, one complaint:\n{}",
            desk.complaints()
        );
    }
    Desk::with("[deliver]\ncarrier = \"smtp\"\n").complains("relay.host: is missing");
}

#[test]
fn rates_and_shares_are_read_with_their_points_and_nothing_else_is() {
    for (text, complaint) in [
        ("[relay]\nper_second = 0\n", "found the number 0, expected a number above 0"),
        ("[relay]\nper_second = -0.5\n", "found the number -0.5, expected a number above 0"),
        ("[relay]\nper_second = nan\n", "expected a number above 0"),
        ("[relay]\nper_second = true\n", "found `true` without quotes"),
        ("[relay]\nper_second = \"5\"\n", "found \"5\", expected a number above 0"),
        ("[relay]\nconnections = 8.0\n", "expected a whole number"),
        ("[relay]\nwarm_up_growth = 1\n", "expected a number above 1"),
        ("[deliver]\nbreaker = 5\n", "found the number 5, expected a share such as \"5%\""),
        ("[deliver]\nbreaker = \"0%\"\n", "expected a share such as \"5%\""),
        ("[deliver]\nuncertain = \"resend\"\n", "expected \"retry\" or \"hold\""),
    ] {
        Desk::with(text).complains(complaint);
    }
    let config = Desk::with("").var("PRESSRUN__RELAY__PER_SECOND", "0.25").load();
    assert_eq!(config.relay.per_second, Some(Rate(0.25)));
}

#[test]
fn a_domain_has_one_pace() {
    let google =
        "[pace.google]\ndomains = [\"gmail.com\", \"GoogleMail.com\"]\nper_second = 0.5\nconnections = 3\n";
    let config = Desk::with(google).load();
    let pace = config.pace.values().next().expect("a pace");
    assert_eq!(pace.domains, ["gmail.com", "googlemail.com"].map(|d| Domain(d.to_owned())));
    assert_eq!(
        (pace.per_second, pace.connections, pace.letters_per_connection),
        (Some(Rate(0.5)), Some(3), None)
    );
    Desk::with(format!("{google}[pace.other]\ndomains = [\"googlemail.com\"]\n"))
        .complains("pace.other.domains[0]: `googlemail.com` stands in pace.google.domains[1] already");
    Desk::with("[pace.none]\ndomains = []\n").complains("pace.none.domains: is empty");
    Desk::with("[pace.none]\nper_second = 1\n").complains("pace.none.domains: is missing");
}

#[test]
fn sending_has_defaults_and_each_can_be_changed() {
    let config = Desk::with("").load();
    let deliver = &config.deliver;
    assert_eq!(
        (deliver.uncertain, deliver.breaker, deliver.breaker_after),
        (Uncertain::Retry, Share(5.0), 100)
    );
    assert_eq!(deliver.expire_after, None, "until the next slot");
    let seconds = |d: Duration| d.as_secs();
    assert_eq!([deliver.retry_after, deliver.lease].map(seconds), [300, 60]);
    assert_eq!((config.relay.warm_up_growth, config.relay.connections), (Growth(1.5), 8));
    let text = "[deliver]\nuncertain = \"hold\"\nretry_after = \"10m\"\nbreaker = \"2.5%\"\n\
                [lists.a]\ntitle = \"A\"\n[digests.a]\ntitle = \"A\"\nfrom = \"A <a@example.org>\"\n\
                postal_address = \"1 Quay\"\nlists = [\"a\"]\nover = \"30m\"\n";
    let config = Desk::with(text).load();
    assert_eq!((config.deliver.uncertain, config.deliver.breaker.of_one()), (Uncertain::Hold, 0.025));
    assert_eq!(seconds(config.deliver.retry_after), 600);
    assert_eq!(config.digests.values().next().and_then(|d| d.over).map(seconds), Some(1_800));
}

#[test]
fn what_is_kept_is_kept_long_enough_for_what_is_asked_of_it() {
    let keep = Desk::with("").load().keep.clone();
    let days = |d: Duration| d.as_secs() / 86_400;
    assert_eq!([keep.deliveries, keep.editions, keep.articles].map(days), [180, 730, 400]);
    Desk::with("[keep]\ndeliveries = \"30d\"\neditions = \"90d\"\narticles = \"30d\"\n").load();
    for (key, age, why) in [
        ("deliveries", "29d", "expected at least 30d: bounces and complaints come for weeks"),
        ("editions", "89d", "expected at least 90d"),
        ("articles", "12h", "expected at least 30d"),
        ("editions", "3651d", "from 1s to 3650d"),
    ] {
        let desk = Desk::with(format!("[keep]\n{key} = \"{age}\"\n"));
        desk.complains(&format!("config.toml:2: keep.{key}: "));
        desk.complains(why);
    }
    Desk::with("[keep]\ndeliveries = \"365d\"\neditions = \"100d\"\n")
        .complains("config.toml:3: keep.editions: is shorter than keep.deliveries");
    Desk::with("[keep]\ndeliveries = \"1000d\"\n").load();
}
