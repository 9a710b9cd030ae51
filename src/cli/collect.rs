//! `pressrun collect`, and the collecting that `send` and `preview` begin with.

use std::collections::HashSet;
use std::process::ExitCode;

use anyhow::bail;

use super::Desk;
use super::output;
use crate::model::{Digest, Name, Source, Take};
use crate::press::{self, Collected};

pub(super) async fn run(desk: &Desk, names: &[Name], as_json: bool) -> anyhow::Result<ExitCode> {
    let all = desk.store.sources().await?;
    if all.is_empty() {
        bail!(
            "there is no source yet; add one with `pressrun sources add URL` or [sources.NAME] in the configuration"
        );
    }
    let known: HashSet<&Name> = all.iter().map(|s| &s.name).collect();
    if let Some(unknown) = names.iter().find(|n| !known.contains(n)) {
        bail!("there is no source `{unknown}`; `pressrun sources list` shows those that there are");
    }
    let now = desk.clock.now();
    // Who is named is polled at once; otherwise a source in trouble keeps the wait that it asked for.
    let (chosen, waiting): (Vec<Source>, Vec<Source>) = if names.is_empty() {
        all.into_iter().partition(|s| s.not_before.is_none_or(|until| until <= now))
    } else {
        (all.into_iter().filter(|s| names.contains(&s.name)).collect(), Vec::new())
    };
    let ended = poll(desk, chosen).await?;
    if as_json {
        output::json(&ended.iter().map(as_value).collect::<Vec<_>>())?;
    } else {
        output::table(&["SOURCE", "NEW", "CHANGED", "KNOWN", ""], ended.iter().map(row).collect(), "")?;
        for source in waiting {
            let until = output::instant(source.not_before);
            eprintln!("{} is left in peace until {until} UTC; name it to poll it now", source.name);
        }
    }
    let failed = !ended.is_empty() && ended.iter().all(|c| c.end.is_err());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Polls the sources of a digest that are due, and tells which are in trouble; that does not stop anything.
///
/// It goes by the desk's own clock, whatever instant the edition pretends: what a poll records stays.
pub(super) async fn poll_for(desk: &Desk, digest: &Digest) -> anyhow::Result<()> {
    let sources = desk.store.sources().await?;
    let wanted = sources.into_iter().filter(|s| wanted(digest, s)).collect();
    let (due, _) = press::due(wanted, &desk.collecting_rules().bounds, desk.clock.now());
    poll(desk, due).await?;
    tell_troubles(desk, digest).await
}

/// Polls the sources of a digest that are due, looks at the pictures of its coming edition, and says nothing.
pub(super) async fn poll_quietly(desk: &Desk, digest: &Digest) -> anyhow::Result<()> {
    let sources = desk.store.sources().await?;
    let wanted = sources.into_iter().filter(|s| wanted(digest, s)).collect();
    let rules = desk.collecting_rules();
    let (due, _) = press::due(wanted, &rules.bounds, desk.clock.now());
    if !due.is_empty() {
        press::collect(&desk.store, &desk.fetcher()?, due, &rules, &desk.clock, |_| {}).await?;
    }
    if let Some(pictures) = desk.pictures()? {
        let (theme, public_url) = (desk.theme(digest)?, desk.postmark(digest).public_url);
        pictures.draft(digest, &theme, &public_url, desk.clock.now()).await?;
    }
    Ok(())
}

/// Names the sources of a digest that are in trouble, and until when they are left in peace.
async fn tell_troubles(desk: &Desk, digest: &Digest) -> anyhow::Result<()> {
    for source in desk.store.sources().await?.iter().filter(|s| wanted(digest, s)) {
        if let Some(trouble) = &source.health.trouble {
            let until = output::instant(source.not_before.or(source.next_poll));
            eprintln!(
                "{}: {trouble}; it is polled again after {until} UTC, or now by `pressrun collect {}`",
                source.name, source.name
            );
        }
    }
    Ok(())
}

/// True if an article of this source could stand in the digest.
fn wanted(digest: &Digest, source: &Source) -> bool {
    digest.sections.iter().any(|section| match &section.take {
        Take::Sources(names) => names.contains(&source.name),
        Take::Topics(_) | Take::Latest => true,
    })
}

async fn poll(desk: &Desk, sources: Vec<Source>) -> anyhow::Result<Vec<Collected>> {
    let bar = output::progress("collecting", Some(sources.len() as u64));
    let fetcher = desk.fetcher()?;
    let rules = desk.collecting_rules();
    let ended = press::collect(&desk.store, &fetcher, sources, &rules, &desk.clock, |_| bar.inc(1)).await;
    bar.finish_and_clear();
    Ok(ended?)
}

fn row(collected: &Collected) -> Vec<String> {
    let name = collected.source.name.to_string();
    match &collected.end {
        Err(sentence) => vec![name, "–".into(), "–".into(), "–".into(), sentence.clone()],
        Ok(gathered) => {
            let remark = match &collected.remark {
                Some(remark) => remark.clone(),
                None if collected.unchanged => "not modified".into(),
                None => String::new(),
            };
            vec![
                name,
                gathered.new.to_string(),
                gathered.changed.to_string(),
                gathered.known.to_string(),
                remark,
            ]
        }
    }
}

fn as_value(collected: &Collected) -> serde_json::Value {
    let name = &collected.source.name;
    match &collected.end {
        Err(sentence) => serde_json::json!({ "source": name, "trouble": sentence }),
        Ok(gathered) => serde_json::json!({
            "source": name,
            "new": gathered.new,
            "changed": gathered.changed,
            "known": gathered.known,
            "unchanged": collected.unchanged,
            "remark": collected.remark,
        }),
    }
}
