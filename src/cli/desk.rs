//! The desk: what most commands work with — configuration, store, clock — and the rooms' settings made from it.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, anyhow, bail};
use chrono::TimeDelta;
use secrecy::ExposeSecret as _;

use super::publisher;
use crate::collect::{FetchRules, Fetcher};
use crate::config::{self, Config, NamedRelay, Security};
use crate::deliver::{
    self, Breaker, Carrier, DkimKey, DomainRules, Providers, Relay, ReturnPath, Signer, WarmUp,
};
use crate::model::{Bounds, Digest, Instant, List, Name};
use crate::press::{
    self, Clock, CollectingRules, DeliveringRules, Gathering, KeepingRules, Mailing, Postmark, Publisher,
    Way, Ways, Witness,
};
use crate::render::Theme;
use crate::store::{Store, Terms};

pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) signers: Vec<Signer>,
    pub(super) return_path: Option<ReturnPath>,
}

/// So long letters are tried if the digest has no next slot before.
const LONGEST_TRIAL: TimeDelta = TimeDelta::days(3);
/// And so long if it has one at once: a greylist needs its time.
const SHORTEST_TRIAL: TimeDelta = TimeDelta::hours(1);

/// The name under which the store keeps the key of return paths.
pub(super) const RETURN_PATH_SECRET: &str = "return path";

/// Loads the configuration: the named file, else `./config.toml` if it is there, else nothing but defaults.
pub(super) fn load_config(named: Option<&Path>) -> anyhow::Result<Config> {
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = config::load(named, &environment)?;
    start_log(config.log.level);
    Ok(config)
}

/// Loads the configuration of a command that can do nothing without one.
pub(super) fn load_own(named: Option<&Path>) -> anyhow::Result<Config> {
    if named.is_none() && !Path::new(config::DEFAULT_FILE).exists() {
        bail!(
            "there is no config.toml in this folder\n\n  pressrun init            writes one\n  \
             pressrun --config FILE   reads another\n  pressrun demo            shows how it all looks"
        );
    }
    load_config(named)
}

/// Loads a configuration that the environment has no say in.
pub(super) fn load_config_alone(file: &Path) -> anyhow::Result<Config> {
    let config = config::load(Some(file), &[])?;
    start_log(config.log.level);
    Ok(config)
}

/// Makes a new folder for temporary files, which stays and is its owner's alone.
pub(super) fn private_folder(prefix: &str) -> anyhow::Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.prefix(prefix).tempdir();
    Ok(made.context("the folder for temporary files cannot be written to")?.keep())
}

fn start_log(level: config::Level) {
    use tracing::Level;
    let level = match level {
        config::Level::Error => Level::ERROR,
        config::Level::Warn => Level::WARN,
        config::Level::Info => Level::INFO,
        config::Level::Debug => Level::DEBUG,
        config::Level::Trace => Level::TRACE,
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("pressrun={level}")));
    let plain = std::env::var_os("NO_COLOR").is_some_and(|word| !word.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start is harmless: the first one stays.
    let _ = log.with_ansi(std::io::stderr().is_terminal() && !plain).try_init();
}

impl Desk {
    /// Loads the configuration and opens its store; sources and lists are declared to it.
    pub(super) async fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        Self::with(load_own(named)?).await
    }

    /// Opens the store of a configuration.
    pub(super) async fn with(config: Config) -> anyhow::Result<Self> {
        let signers = signers(&config)?;
        let store = Store::open(config.store.url.0.expose_secret()).await?;
        store.declare_lists(&config.lists()).await?;
        store.declare_sources(&config.sources()).await?;
        let return_path = match &config.deliver.return_path {
            Some(pattern) => Some(ReturnPath::new(&pattern.0, &store.secret(RETURN_PATH_SECRET).await?)?),
            None => None,
        };
        Ok(Self { config, store, clock: Clock::system(), signers, return_path })
    }

    pub(super) fn fetcher(&self) -> anyhow::Result<Fetcher> {
        fetcher(&self.config)
    }

    pub(super) fn collecting_rules(&self) -> CollectingRules {
        let (collect, deliver) = (&self.config.collect, &self.config.deliver);
        CollectingRules {
            at_once: collect.at_once,
            per_host: collect.per_host,
            bounds: Bounds { fastest: collect.poll_every, slowest: collect.poll_at_least_every },
            lease: deliver.lease,
            pages_per_run: collect.pages_per_run,
        }
    }

    /// What collects the sources of this desk by itself, until `stop` is set.
    pub(super) fn gathering(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<Gathering> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Ok(Gathering::new(store, self.fetcher()?, self.collecting_rules(), clock, Arc::clone(stop)))
    }

    /// How long things are kept.
    pub(super) fn keeping_rules(&self) -> KeepingRules {
        let keep = &self.config.keep;
        let digests = self.config.digests();
        KeepingRules {
            articles: keep.articles,
            editions: keep.editions.max(keep.deliveries),
            deliveries: keep.deliveries,
            digests: digests.into_iter().map(|digest| (digest.name, digest.max_age)).collect(),
        }
    }

    /// The digest of this name; the error names those that there are.
    pub(super) fn digest(&self, name: &Name) -> anyhow::Result<Digest> {
        digest(&self.config, Some(name))
    }

    pub(super) fn theme(&self, digest: &Digest) -> anyhow::Result<Theme> {
        theme(&self.config, digest)
    }

    /// The ways out that the configuration names.
    pub(super) fn ways(&self) -> anyhow::Result<Ways> {
        ways(&self.config)
    }

    /// How letters are delivered; `waits` is to stay while some wait for their pace.
    pub(super) fn delivering_rules(&self, waits: bool) -> DeliveringRules {
        let (deliver, all) = (&self.config.deliver, DeliveringRules::default());
        DeliveringRules {
            lease: deliver.lease,
            first_wait: deliver.retry_after,
            breaker: Breaker { rate: deliver.breaker.of_one(), after: deliver.breaker_after as u64 },
            providers: providers(&self.config),
            waits,
            ..all
        }
    }

    /// On which terms an edition of the digest goes out now that is followed by another at `next`.
    pub(super) fn terms(&self, digest: &Digest, next: Option<Instant>, now: Instant) -> Terms {
        let (deliver, span) = (&self.config.deliver, |d| TimeDelta::from_std(d).unwrap_or(TimeDelta::MAX));
        let over = self.config.digests.get(&digest.name).and_then(|keys| keys.over).unwrap_or_default();
        let tried = match (deliver.expire_after, next) {
            (Some(given), _) => span(given),
            (None, Some(next)) => (next - now).clamp(SHORTEST_TRIAL, LONGEST_TRIAL),
            (None, None) => LONGEST_TRIAL,
        };
        let retry = span(deliver.retry_after);
        Terms {
            over: span(over),
            expires_at: now.checked_add_signed(tried.max(span(over))),
            retry_after: (deliver.uncertain == config::Uncertain::Retry).then_some(retry),
        }
    }

    /// What remembers how far the store was: beside its file, or beside the configuration of a server's.
    pub(super) fn witness(&self) -> Option<Witness> {
        let url = self.config.store.url.0.expose_secret();
        let file = match url.strip_prefix("sqlite:") {
            Some(":memory:") => return None,
            Some(path) => PathBuf::from(format!("{}-witness", path.trim_start_matches("//"))),
            None => self.config.file().with_file_name("pressrun-witness"),
        };
        Some(Witness::new(file))
    }

    /// Where the letters go, for people.
    pub(super) fn carrier_label(&self) -> String {
        carrier_label(&self.config)
    }

    pub(super) fn postmark(&self, digest: &Digest) -> Postmark {
        Postmark {
            digest: digest.clone(),
            public_url: public_url(&self.config, digest),
            signer: signer(&self.signers, digest),
            return_path: self.return_path.clone(),
        }
    }

    /// Where browsers find the pages that belong to no digest.
    pub(super) fn site_url(&self) -> String {
        let of_first = || self.config.digests().first().map(|digest| public_url(&self.config, digest));
        let given = self.config.public_url().map(|url| url.as_str().trim_end_matches('/').to_owned());
        given.or_else(of_first).unwrap_or_default()
    }

    /// What the site is called: what the configuration says, or its host.
    pub(super) fn site_title(&self) -> String {
        let host = || self.site_url().parse::<url::Url>().ok()?.host_str().map(str::to_owned);
        self.config.web.title.clone().or_else(host).unwrap_or_else(|| "Pressrun".to_owned())
    }

    /// What sends mails to one person.
    pub(super) fn mailing(&self) -> Mailing {
        Mailing::new(self.signers.clone())
    }

    /// Who hears about trouble.
    pub(super) fn publisher(&self) -> anyhow::Result<Publisher> {
        publisher::publisher(&self.config)
    }

    /// The list of this name, or the only one.
    pub(super) async fn list(&self, name: Option<&Name>) -> anyhow::Result<List> {
        let mut lists: Vec<List> = self.store.lists().await?.into_iter().map(|c| c.list).collect();
        let names = || lists.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ");
        let index = match name {
            Some(name) => lists
                .iter()
                .position(|l| &l.name == name)
                .ok_or_else(|| anyhow!("there is no list `{name}`; there are: {}", names()))?,
            None if lists.len() == 1 => 0,
            None if lists.is_empty() => bail!("there is no list yet; add [lists.NAME] to the configuration"),
            None => bail!("which list? name it with --list; there are: {}", names()),
        };
        Ok(lists.swap_remove(index))
    }
}

/// The fetcher that the configuration describes.
pub(super) fn fetcher(config: &Config) -> anyhow::Result<Fetcher> {
    let collect = &config.collect;
    Ok(Fetcher::new(FetchRules {
        user_agent: config.user_agent(),
        timeout: collect.timeout,
        max_bytes: collect.max_bytes.0,
        allow_hosts: collect.allow_hosts.clone(),
        per_host: collect.per_host,
    })?)
}

/// Where the letters go, for people.
pub(super) fn carrier_label(config: &Config) -> String {
    match config.deliver.carrier {
        config::Carrier::Outbox => format!("the folder {}", config.deliver.outbox.display()),
        config::Carrier::Smtp => {
            let hosts: Vec<&str> = config.relays().iter().filter_map(|relay| relay.keys.host()).collect();
            match hosts.as_slice() {
                [only] => format!("the relay {only}"),
                several => format!("the relays {}", several.join(", ")),
            }
        }
    }
}

/// The ways out that the configuration names.
pub(super) fn ways(config: &Config) -> anyhow::Result<Ways> {
    if config.deliver.carrier == config::Carrier::Outbox {
        let folder = &config.deliver.outbox;
        let outbox = Carrier::outbox(folder).with_context(|| {
            let folder = folder.display();
            format!("the outbox {folder} cannot be used; set deliver.outbox to a folder that can be written")
        })?;
        return Ok(Ways::only(outbox));
    }
    let ways = config.relays().iter().map(way).collect();
    Ways::new(ways).context("deliver.carrier is \"smtp\", and relay.host is not set")
}

fn way(relay: &NamedRelay<'_>) -> Way {
    let keys = relay.keys;
    let warm_up = keys.warm_up().map(|(start, growth, since)| WarmUp { start, growth, since });
    Way {
        name: relay.name.clone(),
        carrier: Carrier::smtp(self::relay(relay)),
        senders: keys.senders.iter().map(|domain| domain.0.clone()).collect(),
        per_second: keys.per_second.map(|rate| rate.0),
        letters_per_connection: keys.letters_per_connection.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        warm_up,
    }
}

/// The relay that the configuration describes.
fn relay(named: &NamedRelay<'_>) -> Relay {
    let keys = named.keys;
    let login = keys
        .username
        .clone()
        .map(|username| deliver::Login { username, password: named.password.cloned().unwrap_or_default() });
    Relay {
        host: keys.host().unwrap_or_default().to_owned(),
        port: keys.port(),
        security: match keys.security {
            Security::StartTls => deliver::Security::StartTls,
            Security::Tls => deliver::Security::Implicit,
            Security::Plain => deliver::Security::Plain,
        },
        login,
        connections: keys.connections,
        hello: keys.hello.as_ref().map(|host| host.0.clone()),
        ca_file: keys.ca_file.clone(),
        timeouts: deliver::Timeouts::default(),
    }
}

/// What recipient domains are given: what is built in, and what the configuration says instead.
fn providers(config: &Config) -> Providers {
    let given = config.pace.values().map(|pace| {
        let domains = pace.domains.iter().map(|domain| domain.0.clone()).collect();
        let rules = DomainRules {
            per_second: pace.per_second.map(|rate| rate.0),
            connections: pace.connections,
            letters_per_connection: pace.letters_per_connection.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        };
        (domains, rules)
    });
    Providers::with(&given.collect::<Vec<_>>())
}

/// What signs, for every domain that the configuration gives keys; a key that cannot is a complaint with its line.
pub(super) fn signers(config: &Config) -> anyhow::Result<Vec<Signer>> {
    let mut signers = Vec::new();
    for domain in config.dkim() {
        let key = |file: &config::KeyFile| DkimKey { selector: file.selector.clone(), pem: file.pem.clone() };
        // Each alone first, so that the complaint can name the file.
        for file in &domain.keys {
            Signer::new(&domain.domain, &[key(file)])
                .map_err(|error| config.complaint(&file.named_by, &file.path, error.to_string()))?;
        }
        let keys: Vec<DkimKey> = domain.keys.iter().map(key).collect();
        signers.push(Signer::new(&domain.domain, &keys)?);
    }
    Ok(signers)
}

/// The signer of a digest's sender: of several whose domains cover the sender's, the one that is nearest.
pub(super) fn signer(signers: &[Signer], digest: &Digest) -> Option<Signer> {
    press::signer_of(signers, &digest.from.address).cloned()
}

/// The address of the public pages, without a slash at the end.
pub(super) fn public_url(config: &Config, digest: &Digest) -> String {
    let sender = || format!("https://{}", digest.from.address.domain());
    config.public_url().map_or_else(sender, |url| url.as_str().trim_end_matches('/').to_owned())
}

/// The digest of this name, or the only one.
pub(super) fn digest(config: &Config, name: Option<&Name>) -> anyhow::Result<Digest> {
    let mut digests = config.digests();
    let names = || config.digests().iter().map(|d| d.name.to_string()).collect::<Vec<_>>().join(", ");
    let index = match name {
        _ if digests.is_empty() => bail!("there is no digest yet; add [digests.NAME] to the configuration"),
        Some(name) => digests
            .iter()
            .position(|d| &d.name == name)
            .ok_or_else(|| anyhow!("there is no digest `{name}`; there are: {}", names()))?,
        None if digests.len() == 1 => 0,
        None => bail!("which digest? there are: {}", names()),
    };
    Ok(digests.swap_remove(index))
}

/// The theme of a digest.
pub(super) fn theme(config: &Config, digest: &Digest) -> anyhow::Result<Theme> {
    match config.digests.get(&digest.name).and_then(|keys| keys.theme.as_deref()) {
        None => Ok(Theme::built_in()),
        Some(theme) => Ok(Theme::find(theme)?),
    }
}
