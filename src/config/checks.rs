//! Checks: what no key can say alone.

use ::config::{Map, Value, ValueKind};

use super::complaint::{Instead, Trouble};
use super::derived::default_list_id;
use super::keys::Keys;
use super::layers::join;
use super::reader::{Reader, elements};
use super::words::{Carrier, ListId, Security};

/// Complains about names that name nothing, sections that take nothing or two things, and a relay that cannot work.
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
        for (n, section) in array(digest.get("sections")).iter().enumerate() {
            let path = format!("{path}.sections[{n}]");
            let Some(section) = table(section) else { continue };
            references(section.get("sources"), &format!("{path}.sources"), "source", &sources, at);
            one_take(section, &path, at);
        }
    }
    if let Some(keys) = keys {
        let given = |key: &str| {
            let relay = top.and_then(|t| t.get("relay")).and_then(table);
            relay.is_some_and(|relay| relay.contains_key(key))
        };
        relay(keys, given, at);
        list_ids(keys, at);
        super::dkim::check(keys, at);
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

/// Asks what was given and not what was read, since a wrong value has its complaint already.
fn relay(keys: &Keys, given: impl Fn(&str) -> bool, at: &mut Reader<'_>) {
    let relay = &keys.relay;
    let mut clash = |path: &str, says: &str| at.complain(path, Trouble::Clash(says.to_owned()));
    if given("password") && given("password_file") {
        clash("relay.password_file", "relay.password is given as well; keep one of the two");
    }
    let smtp = keys.deliver.carrier == Carrier::Smtp;
    if smtp && !given("host") {
        clash(
            "relay.host",
            "is missing, expected the relay's host name, because deliver.carrier is \"smtp\"",
        );
    }
    let password = given("password") || given("password_file");
    if smtp && given("username") && !password {
        let says =
            "has no password; set PRESSRUN__RELAY__PASSWORD in the environment, or relay.password_file";
        clash("relay.username", says);
    }
    if password && !given("username") {
        let key = if given("password") { "relay.password" } else { "relay.password_file" };
        clash(key, "is given without relay.username");
    }
    let elsewhere = relay.host.as_ref().is_some_and(|host| !host.is_loopback());
    // RFC 8314 §3: a password never travels in the clear.
    if relay.security == Security::Plain && given("username") && elsewhere {
        clash(
            "relay.security",
            "\"plain\" would send the password readable for all; use \"starttls\" or \"tls\"",
        );
    }
}
