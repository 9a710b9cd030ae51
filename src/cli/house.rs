//! What a preview is made of: configuration, themes and articles, the last of each that were good.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;

use super::naming::free_name;
use super::preview::{sections, stand_in};
use super::{Desk, desk, feed};
use crate::config::Config;
use crate::deliver::{ReturnPath, Signer};
use crate::model::{Candidate, Digest, Instant, Language, List, ListId, Name, NewList, NewSource, Source};
use crate::press::Postmark;
use crate::render::Theme;
use crate::store::Store;

/// What somebody wants to preview.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    /// The configuration that was named.
    pub(super) named: Option<PathBuf>,
    /// The digest that was named.
    pub(super) digest: Option<Name>,
    /// Feeds in place of what the store has.
    pub(super) feeds: Vec<String>,
    /// Whether the environment has no say.
    pub(super) alone: bool,
}

/// What feeds have said.
#[derive(Debug, Clone, Default)]
pub(super) struct Feeds {
    pub(super) sources: Vec<Source>,
    pub(super) candidates: Vec<Candidate>,
    language: Option<Language>,
    /// Each by what it is called, so that one that breaks keeps what it said before.
    looked: HashMap<String, feed::Looked>,
}

/// What a preview is made of.
pub(super) struct House {
    pub(super) config: Config,
    /// The store and all that goes with it; `None` if feeds stand for it.
    pub(super) desk: Option<Arc<Desk>>,
    pub(super) feeds: Feeds,
    pub(super) digests: Vec<(Digest, Theme)>,
    signers: Vec<Signer>,
    /// What is wrong since the last time that all was good.
    pub(super) mistakes: Vec<String>,
    /// What the store was told last.
    told: Told,
}

/// What a configuration tells its store.
#[derive(Clone, PartialEq)]
struct Told {
    store: String,
    lists: Vec<NewList>,
    sources: Vec<NewSource>,
}

impl Told {
    fn by(config: &Config) -> Self {
        let store = config.store.url.0.expose_secret().to_owned();
        Self { store, lists: config.lists(), sources: config.sources() }
    }
}

impl House {
    /// Makes one; the error is the first thing that is wrong.
    pub(super) async fn open(order: &Order, now: Instant) -> anyhow::Result<Self> {
        let (config, desk) = if order.feeds.is_empty() {
            let desk = Arc::new(Desk::open(order.named.as_deref()).await?);
            (desk.config.clone(), Some(desk))
        } else if order.named.is_some() || order.digest.is_some() {
            (desk::load_config(order.named.as_deref())?, None)
        } else {
            (Config::default(), None)
        };
        let mut house = Self::of(config, desk)?;
        house.look(order, now, true).await;
        if let Some(mistake) = house.mistakes.first() {
            anyhow::bail!("{mistake}");
        }
        house.decorate(order, None)?;
        Ok(house)
    }

    /// One for a desk that is there.
    pub(super) fn of_desk(desk: Arc<Desk>) -> anyhow::Result<Self> {
        let mut house = Self::of(desk.config.clone(), Some(desk))?;
        house.decorate(&Order::default(), None)?;
        Ok(house)
    }

    fn of(config: Config, desk: Option<Arc<Desk>>) -> anyhow::Result<Self> {
        let (signers, told) = (desk::signers(&config)?, Told::by(&config));
        let (feeds, digests, mistakes) = (Feeds::default(), Vec::new(), Vec::new());
        Ok(Self { config, desk, feeds, digests, signers, mistakes, told })
    }

    /// Makes it anew from what lies on the disk now; what is broken stays as it was, with a sentence about it. The store is
    /// told nothing yet: the file may be half written.
    pub(super) async fn again(&self, order: &Order, now: Instant) -> Self {
        let mut house = match self.reloaded(order).await {
            Ok(house) => house,
            Err(error) => Self {
                mistakes: vec![format!("{error:#}")],
                config: self.config.clone(),
                desk: self.desk.clone(),
                feeds: Feeds::default(),
                digests: self.digests.clone(),
                signers: self.signers.clone(),
                told: self.told.clone(),
            },
        };
        house.told.clone_from(&self.told);
        house.feeds.clone_from(&self.feeds);
        house.look(order, now, false).await;
        if let Err(error) = house.decorate(order, Some(self)) {
            house.mistakes.push(format!("{error:#}"));
            house.digests.clone_from(&self.digests);
        }
        house
    }

    async fn reloaded(&self, order: &Order) -> anyhow::Result<Self> {
        if !order.feeds.is_empty() && order.named.is_none() && order.digest.is_none() {
            return Self::of(Config::default(), None);
        }
        let config = match &order.named {
            Some(file) if order.alone => desk::load_config_alone(file)?,
            named if self.desk.is_some() => desk::load_own(named.as_deref())?,
            named => desk::load_config(named.as_deref())?,
        };
        let desk = match &self.desk {
            Some(desk) => Some(Arc::new(changed(desk, config.clone()).await?)),
            None => None,
        };
        Self::of(config, desk)
    }

    /// True if the configuration takes something away from its store, or is of another: to be believed when it stays.
    pub(super) fn takes_away(&self) -> bool {
        let now = Told::by(&self.config);
        let gone = |old: &NewSource| !now.sources.iter().any(|new| new.name == old.name);
        self.desk.is_some() && (now.store != self.told.store || self.told.sources.iter().any(gone))
    }

    /// Tells the store of the configuration, if it has not heard it; a house with mistakes tells nothing.
    pub(super) async fn settle(&mut self) {
        let (now, Some(desk)) = (Told::by(&self.config), &self.desk) else { return };
        if !self.mistakes.is_empty() || now == self.told {
            return;
        }
        let told = if now.store == self.told.store {
            tell(&desk.store, &now).await
        } else {
            Desk::with(self.config.clone()).await.map(|desk| self.desk = Some(Arc::new(desk)))
        };
        match told {
            Ok(()) => self.told = now,
            Err(error) => self.mistakes.push(format!("{error:#}")),
        }
    }

    /// Asks anew for the feeds that lie on the web; `None` if there are none.
    pub(super) async fn asked_again(&self, order: &Order, now: Instant) -> Option<Self> {
        if order.feeds.iter().all(|spec| Path::new(spec).exists()) {
            return None;
        }
        let mut house = self.reloaded(order).await.ok()?;
        house.feeds.clone_from(&self.feeds);
        house.look(order, now, true).await;
        // One that does not answer has said something before.
        house.mistakes.clear();
        house.decorate(order, Some(self)).ok()?;
        Some(house)
    }

    /// Reads the feeds that lie in files, and those that do not if they were never asked, or are to be asked `anew`.
    async fn look(&mut self, order: &Order, now: Instant, anew: bool) {
        if order.feeds.is_empty() {
            return;
        }
        let (mut sources, mut candidates): (Vec<Source>, Vec<Candidate>) = (Vec::new(), Vec::new());
        self.feeds.language = None;
        for (spec, number) in order.feeds.iter().zip(1..) {
            let there = !anew && self.feeds.looked.contains_key(spec) && !Path::new(spec).exists();
            if !there {
                match feed::look(&self.config, spec, number, now).await {
                    Ok(looked) => {
                        self.feeds.looked.insert(spec.clone(), looked);
                    }
                    Err(error) => self.mistakes.push(format!("{error:#}")),
                }
            }
            let Some(looked) = self.feeds.looked.get(spec) else { continue };
            let mut looked = looked.clone();
            looked.source.name =
                free_name(&looked.source.name, |name| sources.iter().any(|s| &s.name == name));
            candidates.extend(looked.candidates(candidates.len() as i64 + 1, now));
            self.feeds.language = self.feeds.language.take().or(looked.language);
            sources.push(looked.source);
        }
        (self.feeds.sources, self.feeds.candidates) = (sources, candidates);
    }

    /// Loads the theme of each digest; one that has faults stays as it was.
    fn decorate(&mut self, order: &Order, before: Option<&Self>) -> anyhow::Result<()> {
        let mut digests = match (&order.digest, order.feeds.is_empty()) {
            (_, true) => self.config.digests(),
            (Some(name), false) => {
                let sections = sections(&self.feeds.sources);
                vec![Digest { sections, ..desk::digest(&self.config, Some(name))? }]
            }
            (None, false) => vec![stand_in(&self.feeds.sources, self.feeds.language.clone())?],
        };
        if digests.is_empty() {
            desk::digest(&self.config, None)?;
        }
        if let Some(name) = order.digest.as_ref().filter(|_| order.feeds.is_empty()) {
            desk::digest(&self.config, Some(name))?;
        }
        self.digests.clear();
        for digest in digests.drain(..) {
            let theme = match desk::theme(&self.config, &digest) {
                Ok(theme) => theme,
                Err(error) => {
                    self.mistakes.push(format!("{error:#}"));
                    let known = before.and_then(|house| house.of_name(&digest.name));
                    known.map_or_else(Theme::built_in, |(_, theme)| theme.clone())
                }
            };
            self.digests.push((digest, theme));
        }
        Ok(())
    }

    /// The digest of this name, with its theme.
    pub(super) fn of_name(&self, name: &Name) -> Option<&(Digest, Theme)> {
        self.digests.iter().find(|(digest, _)| digest.name == *name)
    }

    /// In whose name its letters go.
    pub(super) fn postmark(&self, digest: &Digest) -> Postmark {
        match &self.desk {
            Some(desk) => desk.postmark(digest),
            None => Postmark {
                signer: desk::signer(&self.signers, digest),
                ..Postmark::new(digest.clone(), desk::public_url(&self.config, digest))
            },
        }
    }

    /// The list that its letters name.
    pub(super) async fn list(&self, digest: &Digest) -> anyhow::Result<List> {
        match &self.desk {
            Some(desk) => desk.list(digest.lists.first()).await,
            None => Ok(List {
                id: ListId(0),
                name: Name::parse("preview")?,
                title: digest.title.clone(),
                list_id: format!("preview.{}", digest.from.address.domain()),
            }),
        }
    }

    /// The files and folders that it is made of.
    pub(super) fn files(&self, order: &Order) -> Vec<PathBuf> {
        let themes = self.config.digests.values().filter_map(|keys| keys.theme.clone());
        let feeds = order.feeds.iter().map(PathBuf::from).filter(|file| file.exists());
        let own = std::iter::once(self.config.file().to_owned()).filter(|file| !file.as_os_str().is_empty());
        own.chain(themes).chain(feeds).collect()
    }
}

/// Tells a store what a configuration declares.
async fn tell(store: &Store, told: &Told) -> anyhow::Result<()> {
    store.declare_lists(&told.lists).await?;
    store.declare_sources(&told.sources).await?;
    Ok(())
}

/// The desk of a configuration that has changed, on the store that is open.
async fn changed(desk: &Desk, config: Config) -> anyhow::Result<Desk> {
    let return_path = match &config.deliver.return_path {
        Some(pattern) => {
            let secret = desk.store.secret(desk::RETURN_PATH_SECRET).await?;
            Some(ReturnPath::new(&pattern.0, &secret).context("deliver.return_path")?)
        }
        None => None,
    };
    let (store, clock, signers) = (desk.store.clone(), desk.clock.clone(), desk::signers(&config)?);
    Ok(Desk { config, store, clock, signers, return_path })
}
