//! What follows from the keys: the values that rooms take, and defaults that depend on other keys.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::complaint::Trouble;
use super::keys::{self, Keys, Relay};
use super::layers::reason;
use super::reader::within;
use super::shapes::DatabaseUrl;
use super::words::Security;
use super::{Config, Host};
use crate::model::{Digest, Name, NewList, NewSource, Section, Take};

impl Config {
    /// Returns the sources, by name.
    #[must_use]
    pub fn sources(&self) -> Vec<NewSource> {
        let source = |(name, source): (&Name, &keys::Source)| NewSource {
            name: name.clone(),
            url: source.url.clone(),
            title: source.title.clone(),
            topics: lower(&source.topics),
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

    /// Returns the digests, by name.
    #[must_use]
    pub fn digests(&self) -> Vec<Digest> {
        self.digests.iter().map(|(name, keys)| digest(name, keys)).collect()
    }

    /// Returns the digest of this name.
    #[must_use]
    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.digests.iter().find(|(n, _)| n.as_str() == name).map(|(name, keys)| digest(name, keys))
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

    /// Returns the relay's password, from wherever it was given.
    #[must_use]
    pub const fn relay_password(&self) -> Option<&SecretString> {
        self.relay_password.as_ref()
    }
}

impl Relay {
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

fn digest(name: &Name, keys: &keys::Digest) -> Digest {
    let mut sections: Vec<Section> = keys.sections.iter().map(section).collect();
    if sections.is_empty() {
        sections.push(Section { title: String::new(), take: Take::Latest, limit: keys.limit });
    }
    Digest {
        name: name.clone(),
        title: keys.title.clone(),
        subject: keys.subject.0.clone(),
        intro: keys.intro.0.clone(),
        lists: keys.lists.clone(),
        language: keys.language.clone(),
        zone: keys.zone,
        from: keys.from.clone(),
        reply_to: keys.reply_to.clone(),
        postal_address: keys.postal_address.0.clone(),
        sections,
        lead: keys.lead,
        minimum: keys.minimum,
        limit: keys.limit,
        max_age: keys.max_age,
        html_budget: keys.html_budget.0,
    }
}

fn section(keys: &keys::Section) -> Section {
    let take = match (&keys.sources, &keys.topics) {
        (Some(sources), _) => Take::Sources(sources.clone()),
        (None, Some(topics)) => Take::Topics(lower(topics)),
        (None, None) => Take::Latest,
    };
    Section { title: keys.title.clone(), take, limit: keys.limit }
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

/// Turns relative paths into ones that begin at the folder of the file.
pub(super) fn anchor(keys: &mut Keys, folder: &Path) {
    let relay = &mut keys.relay;
    let themes = keys.digests.values_mut().filter_map(|digest| digest.theme.as_mut());
    let given = [relay.ca_file.as_mut(), relay.password_file.as_mut(), Some(&mut keys.deliver.outbox)];
    let signing =
        keys.dkim.values_mut().flat_map(|dkim| [dkim.key_file.as_mut(), dkim.ed25519_key_file.as_mut()]);
    for path in given.into_iter().flatten().chain(themes).chain(signing.flatten()) {
        *path = within(folder, path);
    }
    let url = keys.store.url.0.expose_secret();
    let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else { return };
    if path != ":memory:" && !folder.as_os_str().is_empty() {
        let url = format!("sqlite:{}", folder.join(path).display());
        keys.store.url = DatabaseUrl(url.into());
    }
}

/// Returns the relay's password: the one given, else what its file holds, without the newline at the end.
pub(super) fn relay_password(keys: &Keys) -> Result<Option<SecretString>, Trouble> {
    let Some(path) = keys.relay.password_file.as_ref().filter(|_| keys.relay.password.is_none()) else {
        return Ok(keys.relay.password.clone());
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
