//! Checks: what no key can say alone.

use std::time::Duration;

use ::config::{Map, Value, ValueKind};

use super::complaint::{Instead, Trouble};
use super::derived::{default_list_id, each_relay};
use super::keys::Keys;
use super::layers::join;
use super::reader::{Reader, elements, variable};
use super::sending::Relay;
use super::words::{Carrier, Domain, ListId, Security};

/// Complains about names that name nothing, sections that take nothing or two things, relays that cannot
/// work, and domains with two paces.
pub(super) fn check(keys: Option<&Keys>, tree: &Value, at: &mut Reader<'_>) {
    let top = table(tree);
    let known = |kind: &str| top.and_then(|t| t.get(kind)).and_then(table).map(names).unwrap_or_default();
    let (sources, lists) = (known("sources"), known("lists"));
    let digests = top.and_then(|t| t.get("digests")).and_then(table);
    for (name, digest) in digests.into_iter().flatten() {
        let path = join("digests", name);
        let Some(digest) = table(digest) else { continue };
        references(digest.get("lists"), &format!("{path}.lists"), "list", &lists, at);
        if digest.get("lists").is_some_and(|l| matches!(&l.kind, ValueKind::Array(none) if none.is_empty())) {
            at.complain(
                &format!("{path}.lists"),
                Trouble::Clash("is empty, so nobody would get it".to_owned()),
            );
        }
        idle(digest, &path, at);
        for (n, section) in array(digest.get("sections")).iter().enumerate() {
            let path = format!("{path}.sections[{n}]");
            let Some(section) = table(section) else { continue };
            references(section.get("sources"), &format!("{path}.sources"), "source", &sources, at);
            one_take(section, &path, at);
        }
        optional(array(digest.get("sections")), &path, at);
    }
    if let Some(keys) = keys {
        polling(keys, top, at);
        keeping(keys, top, at);
        catching_up(keys, at);
        relays(keys, top, at);
        pace(keys, at);
        list_ids(keys, at);
        publisher(keys, at);
        super::dkim::check(keys, at);
        super::web::check(keys, at);
    }
}

/// A slot is looked at when it has come, and a busy press looks again a minute later.
const LEAST_CATCH_UP: Duration = Duration::from_secs(5 * 60);

/// What is missed while nobody looks is no reason for silence.
fn catching_up(keys: &Keys, at: &mut Reader<'_>) {
    for (name, _) in keys.digests.iter().filter(|(_, digest)| digest.catch_up < LEAST_CATCH_UP) {
        let says = "is too short, expected at least 5m: a slot is always looked at a little late".to_owned();
        at.complain(&format!("digests.{name}.catch_up"), Trouble::Clash(says));
    }
}

/// Keys that do nothing without another one.
fn idle(digest: &Map<String, Value>, path: &str, at: &mut Reader<'_>) {
    let says = |key: &str, word: &str| {
        digest
            .get(key)
            .is_some_and(|value| matches!(&value.kind, ValueKind::String(text) if text.trim() == word))
    };
    let idle = [
        ("zone_else", says("zone", "subscriber"), "zone is \"subscriber\""),
        ("approve_within", says("approve", "required"), "approve is \"required\""),
        ("approve_else", says("approve", "required"), "approve is \"required\""),
        ("until", digest.contains_key("schedule"), "there is a schedule"),
    ];
    for (key, _, needs) in idle.into_iter().filter(|(key, works, _)| !works && digest.contains_key(*key)) {
        let says = format!("does nothing unless {needs}");
        at.complain(&format!("{path}.{key}"), Trouble::Clash(says));
    }
}

/// RFC 2919 §2: a list's name and a domain may be too much together.
fn list_ids(keys: &Keys, at: &mut Reader<'_>) {
    for (name, _) in keys.lists.iter().filter(|(_, list)| list.list_id.is_none()) {
        let made = default_list_id(keys, name);
        if made.len() > ListId::LONGEST {
            let says = format!(
                "is missing; the name of the list and the sender's domain make one of {} characters, expected at most {}",
                made.len(),
                ListId::LONGEST
            );
            at.complain(&format!("lists.{name}.list_id"), Trouble::Clash(says));
        }
    }
}

/// What was not given gives way: the rarest poll is never more frequent than the most frequent one.
fn polling(keys: &Keys, top: Option<&Map<String, Value>>, at: &mut Reader<'_>) {
    let given = |key| top.and_then(|t| t.get("collect")).and_then(table).is_some_and(|c| c.contains_key(key));
    let both = given("poll_every") && given("poll_at_least_every");
    if both && keys.collect.poll_at_least_every < keys.collect.poll_every {
        let says = "is shorter than collect.poll_every, expected at least as long a time".to_owned();
        at.complain("collect.poll_at_least_every", Trouble::Clash(says));
    }
}

/// What is asked for later must still be there.
fn keeping(keys: &Keys, top: Option<&Map<String, Value>>, at: &mut Reader<'_>) {
    let keep = &keys.keep;
    for (key, age, least, why) in [
        ("deliveries", keep.deliveries, 30, "bounces and complaints come for weeks"),
        ("editions", keep.editions, 90, "what was sent of late is never sent again"),
        ("articles", keep.articles, 30, "editions are made of them"),
    ] {
        if age < Duration::from_secs(least * 86_400) {
            let says = format!("is too short, expected at least {least}d: {why}");
            at.complain(&format!("keep.{key}"), Trouble::Clash(says));
        }
    }
    let given = |key| top.and_then(|t| t.get("keep")).and_then(table).is_some_and(|k| k.contains_key(key));
    if given("deliveries") && given("editions") && keep.editions < keep.deliveries {
        let says =
            "is shorter than keep.deliveries, expected at least as long a time: they can be sent again";
        at.complain("keep.editions", Trouble::Clash(says.to_owned()));
    }
}

fn table(value: &Value) -> Option<&Map<String, Value>> {
    if let ValueKind::Table(table) = &value.kind { Some(table) } else { None }
}

fn array(value: Option<&Value>) -> &[Value] {
    if let Some(ValueKind::Array(all)) = value.map(|v| &v.kind) { all } else { &[] }
}

fn names(table: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<String> = table.keys().cloned().collect();
    names.sort();
    names
}

fn references(found: Option<&Value>, path: &str, noun: &'static str, known: &[String], at: &mut Reader<'_>) {
    for (n, one) in found.and_then(elements).unwrap_or_default().iter().enumerate() {
        if let ValueKind::String(name) = &one.kind
            && !known.contains(name)
        {
            let instead = Instead::among(known.iter().cloned(), name);
            let trouble = Trouble::UnknownName { noun, name: name.clone(), instead };
            at.complain(&format!("{path}[{n}]"), trouble);
        }
    }
}

fn one_take(section: &Map<String, Value>, path: &str, at: &mut Reader<'_>) {
    let taken = |key: &&str| match section.get(*key).map(|v| &v.kind) {
        None | Some(ValueKind::Boolean(false)) => false,
        Some(_) => true,
    };
    let takes: Vec<&str> = ["sources", "topics", "latest"].into_iter().filter(taken).collect();
    match takes.as_slice() {
        [_] => {}
        [] => {
            let says = "takes nothing; give it one of sources, topics or latest = true";
            at.complain(path, Trouble::Clash(says.to_owned()));
        }
        more => {
            let says = format!("takes {}; give it only one of them", more.join(" and "));
            at.complain(path, Trouble::Clash(says));
        }
    }
}

/// Readers know a section that they may leave out by its heading alone.
fn optional(sections: &[Value], path: &str, at: &mut Reader<'_>) {
    let title = |section: &Map<String, Value>| match section.get("title").map(|title| &title.kind) {
        Some(ValueKind::String(title)) => title.trim().to_owned(),
        _ => String::new(),
    };
    let titles: Vec<String> = sections.iter().filter_map(table).map(title).collect();
    for (n, section) in sections.iter().enumerate() {
        let Some(section) = table(section) else { continue };
        if !matches!(section.get("optional").map(|is| &is.kind), Some(ValueKind::Boolean(true))) {
            continue;
        }
        let own = title(section);
        let says = if own.is_empty() {
            "needs a title: readers know by it what they leave out"
        } else if titles.iter().filter(|title| **title == own).count() > 1 {
            "needs a title of its own: readers know by it what they leave out"
        } else {
            continue;
        };
        at.complain(&format!("{path}.sections[{n}].optional"), Trouble::Clash(says.to_owned()));
    }
}

/// Checks each relay; without any, `[relay]` is the one that is missing its host.
fn relays(keys: &Keys, top: Option<&Map<String, Value>>, at: &mut Reader<'_>) {
    let smtp = keys.deliver.carrier == Carrier::Smtp;
    let further = top.and_then(|t| t.get("relays")).and_then(table);
    for (path, keys) in each_relay(keys) {
        let main = !path.starts_with("relays.");
        let name = path.trim_start_matches("relays.");
        let given =
            if main { top.and_then(|t| t.get("relay")) } else { further.and_then(|all| all.get(name)) };
        let given = |key: &str| given.and_then(table).is_some_and(|relay| relay.contains_key(key));
        let wanted = smtp && (!main || further.is_none_or(Map::is_empty));
        if wanted && !given("host") {
            let says = "is missing, expected the relay's host name, because deliver.carrier is \"smtp\"";
            at.complain(&format!("{path}.host"), Trouble::Clash(says.to_owned()));
        }
        relay(keys, &path, smtp, given, at);
    }
}

/// Asks what was given and not what was read, since a wrong value has its complaint already.
fn relay(relay: &Relay, path: &str, smtp: bool, given: impl Fn(&str) -> bool, at: &mut Reader<'_>) {
    let mut clash =
        |key: &str, says: &str| at.complain(&format!("{path}.{key}"), Trouble::Clash(says.to_owned()));
    if given("password") && given("password_file") {
        clash("password_file", &format!("{path}.password is given as well; keep one of the two"));
    }
    let password = given("password") || given("password_file");
    if smtp && given("username") && !password {
        let variable = variable(&format!("{path}.password"));
        let says = format!("has no password; set {variable} in the environment, or {path}.password_file");
        clash("username", &says);
    }
    if password && !given("username") {
        let key = if given("password") { "password" } else { "password_file" };
        clash(key, &format!("is given without {path}.username"));
    }
    let elsewhere = relay.host.as_ref().is_some_and(|host| !host.is_loopback());
    // RFC 8314 §3: a password never travels in the clear.
    if relay.security == Security::Plain && given("username") && elsewhere {
        clash("security", "\"plain\" would send the password readable for all; use \"starttls\" or \"tls\"");
    }
    for (key, other) in [("warm_up_start", "warm_up_since"), ("warm_up_since", "warm_up_start")] {
        if given(key) && !given(other) {
            clash(key, &format!("is given without {path}.{other}"));
        }
    }
}

/// What nobody would hear.
fn publisher(keys: &Keys, at: &mut Reader<'_>) {
    let publisher = &keys.publisher;
    if publisher.webhook_secret.is_some() && publisher.webhook.is_none() {
        let says = "is given without publisher.webhook".to_owned();
        at.complain("publisher.webhook_secret", Trouble::Clash(says));
    }
    if publisher.mail.is_some() && publisher.from.is_none() && keys.digests.is_empty() {
        let says = "is missing, and there is no digest whose sender could be used".to_owned();
        at.complain("publisher.from", Trouble::Clash(says));
    }
}

/// A domain has one pace.
fn pace(keys: &Keys, at: &mut Reader<'_>) {
    let mut known: Vec<(&Domain, String)> = Vec::new();
    for (name, pace) in &keys.pace {
        if pace.domains.is_empty() {
            let says = "is empty, expected the domains of one provider".to_owned();
            at.complain(&format!("pace.{name}.domains"), Trouble::Clash(says));
        }
        for (n, domain) in pace.domains.iter().enumerate() {
            let path = format!("pace.{name}.domains[{n}]");
            if let Some((_, first)) = known.iter().find(|(other, _)| *other == domain) {
                let says = format!("`{}` stands in {first} already", domain.0);
                at.complain(&path, Trouble::Clash(says));
            }
            known.push((domain, path));
        }
    }
}
