//! `pressrun sources`

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use url::Url;

use super::args::SourcesCommand;
use super::naming::free_name;
use super::{Desk, desk, opml, output, trying};
use crate::model::{Instant, Manner, Name, NewSource, Source, SourceId, SourceOrigin};
use crate::store::AtHub;

pub(super) async fn run(desk: &Desk, command: SourcesCommand) -> anyhow::Result<ExitCode> {
    match command {
        SourcesCommand::List { json } => list(desk, json).await?,
        SourcesCommand::Add { url, name, title, topics, kind, select, full_text } => {
            let manner = Manner { kind: kind.into(), full_text, select };
            add(desk, url, name, title, &topics, manner).await?;
        }
        SourcesCommand::Remove { name } => remove(desk, &name).await?,
        SourcesCommand::Try { feed, json } => return trying::show(&desk.config, &feed, json).await,
        SourcesCommand::Import { file } => import(desk, &file).await?,
        SourcesCommand::Export => output::print(&opml::write(&desk.store.sources().await?)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `sources try` works where there is no configuration yet.
pub(super) async fn try_feed(named: Option<&Path>, spec: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    trying::show(&desk::load_config(named)?, spec, as_json).await
}

async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<()> {
    let mut sources = desk.store.sources().await?;
    sources.iter_mut().for_each(|s| s.url = masked(&s.url));
    let hubs: HashMap<SourceId, AtHub> =
        desk.store.hubs().await?.into_iter().map(|hub| (hub.source, hub)).collect();
    if as_json {
        let with_hub = |source: &Source| -> anyhow::Result<serde_json::Value> {
            let mut value = serde_json::to_value(source)?;
            value["hub"] = serde_json::to_value(hubs.get(&source.id))?;
            Ok(value)
        };
        return output::json(&sources.iter().map(with_hub).collect::<anyhow::Result<Vec<_>>>()?);
    }
    let now = desk.clock.now();
    let rows = sources.iter().map(|s| {
        vec![
            s.name.to_string(),
            s.label().to_owned(),
            s.url.to_string(),
            output::instant(s.health.succeeded_at),
            s.every.or(s.rest).map_or_else(|| "–".to_owned(), output::span),
            next_poll(s, now),
            [Some(health(s, now)), hubs.get(&s.id).map(|hub| pushed(s, hub, now))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        ]
    });
    let none = "there is no source yet; `pressrun sources add URL` adds one";
    let heading = ["SOURCE", "TITLE", "ADDRESS", "LAST GOOD (UTC)", "EVERY", "NEXT", "HEALTH"];
    output::table(&heading, rows.collect(), none)
}

/// How a source is, in words.
fn health(source: &Source, now: Instant) -> String {
    let health = &source.health;
    match &health.trouble {
        Some(trouble) if health.ended => format!("ended: {trouble}"),
        Some(trouble) => {
            let since = output::instant(health.failing_since.or(health.checked_at));
            let times = output::count(health.failures.into(), "time", "times");
            format!("failing since {since}, {times}: {trouble}")
        }
        None if health.checked_at.is_none() => "not polled yet".to_owned(),
        None if source.not_before.is_some_and(|until| until > now) => "well, and asks for peace".to_owned(),
        None => "well".to_owned(),
    }
}

/// What its hub does for a source, in words.
fn pushed(source: &Source, hub: &AtHub, now: Instant) -> String {
    let trouble = hub.trouble.as_deref().map(|trouble| format!(" ({trouble})")).unwrap_or_default();
    match (hub.verified_at, source.pushed_until) {
        (Some(at), Some(until)) if until > now => {
            format!("pushed by its hub, renewed on {}{trouble}", output::instant(Some(at)))
        }
        (Some(at), _) if hub.ends_at.is_some_and(|ends| ends > now) => {
            format!("its hub will push it, renewed on {}{trouble}", output::instant(Some(at)))
        }
        _ if trouble.is_empty() => "its hub is asked to push it".to_owned(),
        _ => format!("polled, for its hub does not push it{trouble}"),
    }
}

/// When a source is polled by itself, in words.
fn next_poll(source: &Source, now: Instant) -> String {
    let next = source.next_poll.max(source.not_before);
    match next.and_then(|next| (next - now).to_std().ok()).filter(|wait| !wait.is_zero()) {
        Some(wait) => format!("in {}", output::span(wait)),
        None => "due".to_owned(),
    }
}

async fn add(
    desk: &Desk,
    url: Url,
    name: Option<Name>,
    title: Option<String>,
    topics: &[String],
    manner: Manner,
) -> anyhow::Result<()> {
    if !matches!(url.scheme(), "http" | "https") {
        bail!("{} is not an http or https address", masked(&url));
    }
    let there = desk.store.sources().await?;
    if let Some(known) = there.iter().find(|s| s.url == url) {
        bail!("{} is there already, as `{}`", masked(&url), known.name);
    }
    let name = match name {
        Some(name) if there.iter().any(|s| s.name == name) => {
            bail!("there is a source `{name}` already; take another --name")
        }
        Some(name) => name,
        None => name_of_host(&url, &there),
    };
    let topics = topics.iter().map(|t| t.to_lowercase()).collect();
    let new = NewSource { name: name.clone(), url, title, topics, every: None, manner };
    if !desk.store.add_source(&new).await? {
        bail!(
            "{} is there already, as a source that has moved; see `pressrun sources list`",
            masked(&new.url)
        );
    }
    output::say(&format!("added `{name}`; `pressrun collect {name}` polls it"))
}

/// A name made from the host that no source has yet.
fn name_of_host(url: &Url, there: &[Source]) -> Name {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    free_name(&Name::from_title(host, "source"), |name| there.iter().any(|s| &s.name == name))
}

/// The address for people to see: without the password that may stand in it.
fn masked(url: &Url) -> Url {
    let mut shown = url.clone();
    if shown.password().is_some() {
        // An address that holds a password can hold another one.
        let _ = shown.set_password(Some("***"));
    }
    shown
}

async fn remove(desk: &Desk, name: &Name) -> anyhow::Result<()> {
    match desk.store.sources().await?.iter().find(|s| &s.name == name) {
        None => bail!("there is no source `{name}`; `pressrun sources list` shows those that there are"),
        Some(source) if source.origin == SourceOrigin::Config => {
            bail!("`{name}` stands in the configuration as [sources.{name}]; remove it there")
        }
        Some(_) => {
            desk.store.remove_source(name).await?;
            output::say(&format!("removed `{name}`; what editions have used of it stays"))
        }
    }
}

async fn import(desk: &Desk, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let outlines = opml::read(&text).with_context(|| file.display().to_string())?;
    let there = desk.store.sources().await?;
    let mut urls: HashSet<Url> = there.iter().map(|source| source.url.clone()).collect();
    let mut names: HashSet<Name> = there.iter().map(|source| source.name.clone()).collect();
    let all = outlines.len();
    let mut new = Vec::new();
    for outline in outlines {
        if !urls.insert(outline.url.clone()) {
            continue;
        }
        let own = outline.title.as_deref().map(|title| Name::from_title(title, ""));
        let name = match own {
            Some(name) if !name.as_str().is_empty() && !names.contains(&name) => name,
            _ => {
                let host = outline.url.host_str().unwrap_or_default().trim_start_matches("www.");
                free_name(&Name::from_title(host, "source"), |name| names.contains(name))
            }
        };
        names.insert(name.clone());
        let (url, title, topics) = (outline.url, outline.title, outline.topics);
        new.push(NewSource { name, url, title, topics, every: None, manner: Manner::default() });
    }
    let added = desk.store.add_sources(&new).await?;
    let known = all - added;
    output::say(&format!("{} added, {known} known", output::count(added as u64, "source", "sources")))
}
