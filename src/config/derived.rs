//! What follows from the keys: the values that rooms take, and defaults that depend on other keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::complaint::Trouble;
use super::keys::{self, Keys};
use super::layers::reason;
use super::reader::within;
use super::sending::Relay;
use super::shapes::DatabaseUrl;
use super::timing::Zone;
use super::words::{Approve, Clicks, Kind, Otherwise, Security};
use super::{Config, Host};
use crate::model::{
    self, Approval, Digest, LOOKS, Manner, Name, NewList, NewSource, Offer, Rules, Schedule, Section,
    SlotZone, SourceKind, Take, Timetable,
};

impl Config {
    /// Returns the sources, by name.
    #[must_use]
    pub fn sources(&self) -> Vec<NewSource> {
        let source = |(name, source): (&Name, &keys::Source)| NewSource {
            name: name.clone(),
            url: source.url.clone(),
            title: source.title.clone(),
            topics: lower(&source.topics),
            every: source.every,
            manner: Manner {
                kind: match source.kind {
                    Kind::Feed => SourceKind::Feed,
                    Kind::Page => SourceKind::Page,
                    Kind::Sitemap => SourceKind::Sitemap,
                },
                full_text: source.full_text,
                select: source.select.as_ref().map(|select| select.0.clone()),
            },
        };
        self.sources.iter().map(source).collect()
    }

    /// Returns the lists, by name; a List-Id that is not given is made of the list's name and the sender's domain.
    #[must_use]
    pub fn lists(&self) -> Vec<NewList> {
        let list = |(name, list): (&Name, &keys::List)| NewList {
            name: name.clone(),
            title: list.title.clone(),
            list_id: list.list_id.as_ref().map_or_else(|| default_list_id(self, name), |id| id.0.clone()),
        };
        self.lists.iter().map(list).collect()
    }

    /// Returns the lists as readers are offered them, by name.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let offer = |(name, list): (&Name, &keys::List)| {
            let going_to = self.digests.iter().filter(|(_, digest)| digest.lists.contains(name));
            Offer {
                name: name.clone(),
                title: list.title.clone(),
                about: list.about.0.clone(),
                public: list.public,
                confirm: list.confirm,
                digests: going_to.map(|(digest, _)| digest.clone()).collect(),
            }
        };
        self.lists.iter().map(offer).collect()
    }

    /// Returns the digests, by name.
    #[must_use]
    pub fn digests(&self) -> Vec<Digest> {
        let rules = self.rules();
        self.digests.iter().map(|(name, keys)| digest(name, keys, &rules, self.clicks())).collect()
    }

    /// Returns the digest of this name.
    #[must_use]
    pub fn digest(&self, name: &str) -> Option<Digest> {
        let found = self.digests.iter().find(|(n, _)| n.as_str() == name);
        found.map(|(name, keys)| digest(name, keys, &self.rules(), self.clicks()))
    }

    /// Whether the publisher has clicks counted.
    #[must_use]
    pub fn clicks(&self) -> bool {
        self.web.clicks == Clicks::Count
    }

    /// The rules of the sources that have any.
    fn rules(&self) -> Arc<BTreeMap<Name, Rules>> {
        let rules = |source: &keys::Source| Rules {
            include: source.include.clone(),
            exclude: source.exclude.clone(),
            titles: source.titles.clone(),
        };
        let all = self.sources.iter().map(|(name, source)| (name.clone(), rules(source)));
        Arc::new(all.filter(|(_, rules)| *rules != Rules::default()).collect())
    }

    /// Returns the address of the public pages that is given; without one, each digest has them at `https` and the
    /// domain of its own sender.
    #[must_use]
    pub fn public_url(&self) -> Option<Url> {
        self.public_url.as_ref().map(|given| given.0.clone())
    }

    /// Returns how we introduce ourselves to sources: what is given, else the program, its version and the public
    /// address; without that the domain of the senders, if all digests have the same.
    #[must_use]
    pub fn user_agent(&self) -> String {
        let program = concat!("Pressrun/", env!("CARGO_PKG_VERSION"));
        let only_domain = || {
            let mut domains = self.digests.values().map(|digest| digest.from.address.domain());
            let first = domains.next()?;
            domains.all(|other| other == first).then(|| Url::parse(&format!("https://{first}/")).ok())?
        };
        let address = || self.public_url().or_else(only_domain);
        self.collect.user_agent.clone().unwrap_or_else(|| match address() {
            Some(url) => format!("{program} (+{url})"),
            None => program.to_owned(),
        })
    }

    /// Returns the password of `[relay]`, from wherever it was given.
    #[must_use]
    pub fn relay_password(&self) -> Option<&SecretString> {
        self.passwords.get(MAIN_RELAY)
    }

    /// Returns the relays that have a host, in the order in which they are tried: `[relay]`, and then the further ones
    /// by name.
    #[must_use]
    pub fn relays(&self) -> Vec<NamedRelay<'_>> {
        let with_host = each_relay(self).filter(|(_, keys)| keys.host.is_some());
        with_host.map(|(name, keys)| NamedRelay { keys, password: self.passwords.get(&name), name }).collect()
    }
}

/// A relay with what belongs to it; `Debug` does not show the password.
#[derive(Debug, Clone)]
pub struct NamedRelay<'c> {
    /// Its table: `relay`, or `relays.NAME`.
    pub name: String,
    /// Its keys.
    pub keys: &'c Relay,
    /// Its password, from wherever it was given.
    pub password: Option<&'c SecretString>,
}

const MAIN_RELAY: &str = "relay";

/// Returns every relay with its path, in the order in which they are tried.
pub(super) fn each_relay(keys: &Keys) -> impl Iterator<Item = (String, &Relay)> {
    let further = keys.relays.iter().map(|(name, relay)| (format!("relays.{name}"), relay));
    std::iter::once((MAIN_RELAY.to_owned(), &keys.relay)).chain(further)
}

impl Relay {
    /// Returns the warm-up, if there is one: letters on its first day, growth each day, and that day.
    #[must_use]
    pub fn warm_up(&self) -> Option<(u32, f64, NaiveDate)> {
        let start = u32::try_from(self.warm_up_start?).unwrap_or(u32::MAX);
        Some((start, self.warm_up_growth.0, self.warm_up_since?.0))
    }

    /// Returns the port: the one given, else the usual one of its security.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::Plain => 25,
        })
    }

    /// Returns the host's name, if there is one.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_ref().map(|host: &Host| host.0.as_str())
    }
}

/// The List-Id of a list that has none of its own.
pub(super) fn default_list_id(keys: &Keys, list: &Name) -> String {
    let sender = keys.digests.values().find(|d| d.lists.contains(list)).or(keys.digests.values().next());
    // RFC 2919 §2: `localhost` stands for a list that has no domain of its own.
    format!("{list}.{}", sender.map_or("localhost", |digest| digest.from.address.domain()))
}

fn digest(name: &Name, keys: &keys::Digest, rules: &Arc<BTreeMap<Name, Rules>>, clicks: bool) -> Digest {
    let mut sections: Vec<Section> = keys.sections.iter().map(section).collect();
    if sections.is_empty() {
        sections.push(Section { limit: keys.limit, ..Section::default() });
    }
    Digest {
        name: name.clone(),
        title: keys.title.clone(),
        subject: keys.subject.0.clone(),
        intro: keys.intro.0.clone(),
        lists: keys.lists.clone(),
        language: keys.language.clone(),
        zone: home(keys),
        from: keys.from.clone(),
        reply_to: keys.reply_to.clone(),
        postal_address: keys.postal_address.0.clone(),
        sections,
        lead: keys.lead,
        minimum: keys.minimum,
        limit: keys.limit,
        max_age: keys.max_age,
        html_budget: keys.html_budget.0,
        clicks,
        timetable: keys.schedule.as_ref().map(|schedule| timetable(schedule, keys)),
        rules: Arc::clone(rules),
    }
}

/// The zone of the digest itself: where its dates are shown, and readers are who have named none.
fn home(keys: &keys::Digest) -> Tz {
    match keys.zone {
        Zone::Fixed(zone) => zone,
        Zone::Subscriber => keys.zone_else.unwrap_or(Tz::UTC),
    }
}

/// So long somebody has to say yes, if the configuration says nothing else.
const APPROVE_WITHIN: Duration = Duration::from_secs(2 * 3_600);

fn timetable(schedule: &Schedule, keys: &keys::Digest) -> Timetable {
    let approval = Approval {
        within: keys.approve_within.unwrap_or(APPROVE_WITHIN),
        otherwise: match keys.approve_else {
            Some(Otherwise::Send) => model::Otherwise::Send,
            Some(Otherwise::Skip) | None => model::Otherwise::Skip,
        },
    };
    Timetable {
        schedule: schedule.clone(),
        zone: match keys.zone {
            Zone::Fixed(zone) => SlotZone::Fixed(zone),
            Zone::Subscriber => SlotZone::Subscriber { otherwise: home(keys) },
        },
        catch_up: keys.catch_up,
        quiet: keys.quiet.clone(),
        until: keys.until.map(|day| day.0),
        approval: (keys.approve == Approve::Required).then_some(approval),
    }
}

fn section(keys: &keys::Section) -> Section {
    let take = match (&keys.sources, &keys.topics) {
        (Some(sources), _) => Take::Sources(sources.clone()),
        (None, Some(topics)) => Take::Topics(lower(topics)),
        (None, None) => Take::Latest,
    };
    Section {
        title: keys.title.clone(),
        take,
        limit: keys.limit,
        optional: keys.optional,
        order: keys.order,
        per_source: keys.per_source,
        rules: Rules { include: keys.include.clone(), exclude: keys.exclude.clone(), titles: Vec::new() },
    }
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

/// Turns relative paths into ones that begin at the folder of the file.
pub(super) fn anchor(keys: &mut Keys, folder: &Path) {
    let relays = std::iter::once(&mut keys.relay).chain(keys.relays.values_mut());
    let files = relays.flat_map(|relay| [relay.ca_file.as_mut(), relay.password_file.as_mut()]);
    // A name is no path: a folder that is called like a built-in look is written with `./`.
    let built_in = |theme: &&mut PathBuf| LOOKS.iter().any(|look| theme.as_os_str() == *look);
    let themes =
        keys.digests.values_mut().map(|digest| digest.theme.as_mut().filter(|theme| !built_in(theme)));
    let signing =
        keys.dkim.values_mut().flat_map(|dkim| [dkim.key_file.as_mut(), dkim.ed25519_key_file.as_mut()]);
    for path in files.chain(themes).chain(signing).flatten().chain([&mut keys.deliver.outbox]) {
        *path = within(folder, path);
    }
    let url = keys.store.url.0.expose_secret();
    let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else { return };
    if path != ":memory:" && !folder.as_os_str().is_empty() {
        let url = format!("sqlite:{}", folder.join(path).display());
        keys.store.url = DatabaseUrl(url.into());
    }
}

/// Returns a relay's password: the one given, else what its file holds, without the newline at the end.
pub(super) fn password(relay: &Relay) -> Result<Option<SecretString>, Trouble> {
    let Some(path) = relay.password_file.as_ref().filter(|_| relay.password.is_none()) else {
        return Ok(relay.password.clone());
    };
    secret_file(path, "the password in one line").map(Some)
}

/// Returns what a file holds, without the newline at the end; an empty one is as bad as none.
pub(super) fn secret_file(path: &Path, expected: &str) -> Result<SecretString, Trouble> {
    let trouble = |reason: String| Trouble::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|e| trouble(reason(&e)))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(trouble(format!("it is empty, expected {expected}")));
    }
    Ok(secret.into())
}
