//! `pressrun status`: what is there, what is going on, what needs a hand.

use std::process::ExitCode;

use chrono::TimeDelta;

use super::posting::relay_said;
use super::{Desk, editions, output};
use crate::model::{Digest, EditionRecord, MailRecord, MailState, Matter, Notice, Source};

/// More mails than this are not listed.
const MAILS: usize = 10;

pub(super) async fn run(desk: &Desk, as_json: bool) -> anyhow::Result<ExitCode> {
    let sources = desk.store.sources().await?;
    let lists = desk.store.lists().await?;
    let engine = desk.store.engine().await?;
    let notices = notices(desk).await?;
    let mails = desk.store.unsent_mails(MAILS).await?;
    let mut digests: Vec<Going> = Vec::new();
    for digest in desk.config.digests() {
        let last = desk.store.editions(Some(&digest.name), 1).await?.pop();
        let unfinished = desk.store.unfinished(&digest.name).await?;
        digests.push((digest, last, unfinished));
    }
    if as_json {
        let digests = digests.iter().map(|(digest, last, unfinished)| {
            serde_json::json!({ "digest": digest.name, "last_edition": last, "unfinished": unfinished })
        });
        output::json(&serde_json::json!({
            "store": engine,
            "notices": notices,
            "mails": mails,
            "sources": sources.len(),
            "sources_in_trouble": in_trouble(&sources).map(|s| &s.name).collect::<Vec<_>>(),
            "readers": lists.iter().map(|c| (c.list.name.to_string(), c.confirmed)).collect::<std::collections::BTreeMap<_, _>>(),
            "digests": digests.collect::<Vec<_>>(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::say(&format!("store     {engine}"))?;
    output::say(&format!("letters   go to {}", desk.carrier_label()))?;
    output::say(&format!("sources   {}, {} in trouble", sources.len(), in_trouble(&sources).count()))?;
    for source in in_trouble(&sources) {
        let trouble = source.health.trouble.as_deref().unwrap_or_default();
        output::say(&format!("          {}: {trouble}", source.name))?;
    }
    for notice in &notices {
        output::say(&format!("notice    {}: {}", output::instant(Some(notice.at)), notice.text))?;
    }
    for mail in &mails {
        output::say(&format!("mail      {}", unsent(mail)))?;
    }
    for counted in &lists {
        let readers = output::count(counted.confirmed, "reader", "readers");
        output::say(&format!("list      {}: {readers}, {} pending", counted.list.name, counted.pending))?;
    }
    digests.iter().try_for_each(tell)?;
    Ok(ExitCode::SUCCESS)
}

/// A digest, its last edition, and those that are not finished.
type Going = (Digest, Option<EditionRecord>, Vec<EditionRecord>);

fn tell((digest, last, unfinished): &Going) -> anyhow::Result<()> {
    output::say(&format!(
        "digest    {}: {}",
        digest.name,
        last.as_ref().map_or_else(|| "no edition yet".to_owned(), summary)
    ))?;
    for edition in unfinished {
        let open = output::count(edition.totals.open(), "letter", "letters");
        let how = match &edition.paused {
            Some(why) => {
                format!("paused: {why}; `pressrun editions resume {}` lets it go on", edition.id)
            }
            None => format!("`pressrun send {}` or `pressrun run` goes on", digest.name),
        };
        output::say(&format!("          edition {} has {open} left; {how}", edition.id))?;
    }
    Ok(())
}

/// What needs a hand: what stands, and for a day what has happened and nobody was told; a relay that the configuration
/// no longer has is nobody's trouble.
async fn notices(desk: &Desk) -> anyhow::Result<Vec<Notice>> {
    let mut notices = desk.store.notices().await?;
    let matters = desk.store.matters().await?;
    let yesterday = desk.clock.now() - TimeDelta::days(1);
    let over = |matter: &Matter| matter.event && matter.notice.at <= yesterday;
    notices.retain(|notice| !matters.iter().any(|matter| matter.notice == *notice && over(matter)));
    if let Ok(ways) = desk.ways() {
        let relays: Vec<String> = ways.all().map(|way| format!("relay:{}", way.name)).collect();
        notices.retain(|notice| !notice.key.starts_with("relay:") || relays.contains(&notice.key));
    }
    Ok(notices)
}

/// A mail that waits or has failed.
fn unsent(mail: &MailRecord) -> String {
    let said = mail.reply.as_ref().map(|reply| format!(" ({})", relay_said(reply))).unwrap_or_default();
    let how = match (mail.state, mail.due_at) {
        (MailState::Refused, _) => "was refused".to_owned(),
        (MailState::Expired, _) => "was given up".to_owned(),
        (MailState::Sending, _) => "is being sent".to_owned(),
        (MailState::Uncertain, None) => "has perhaps arrived, perhaps not".to_owned(),
        (MailState::Queued | MailState::Uncertain | MailState::Sent, due) => {
            format!("waits until {}", output::instant(due))
        }
    };
    format!("{} to {}: {how}{said}", mail.purpose, mail.to.masked())
}

fn in_trouble(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|s| s.health.failures > 0)
}

fn summary(edition: &EditionRecord) -> String {
    let (id, state) = (edition.id, edition.state.as_str());
    format!(
        "edition {id} of {}, {state}: {}",
        output::instant(Some(edition.slot)),
        editions::totals(&edition.totals)
    )
}
