//! `pressrun digests`

use std::process::ExitCode;

use anyhow::bail;

use super::args::DigestsCommand;
use super::slots::{last_word, zones_of};
use super::{Desk, output, schedule};
use crate::model::{Digest, Instant, Name};

pub(super) async fn run(desk: &Desk, command: DigestsCommand) -> anyhow::Result<ExitCode> {
    match command {
        DigestsCommand::List { json } => list(desk, json).await?,
        DigestsCommand::Pause { digest } => pause(desk, &digest, true).await?,
        DigestsCommand::Resume { digest } => pause(desk, &digest, false).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<()> {
    let (now, paused) = (desk.clock.now(), desk.store.paused_orders().await?);
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for digest in desk.config.digests() {
        let next = next(desk, &digest, now).await?;
        let last = desk.store.slots(&digest.name, 1).await?.pop();
        let is_paused = paused.contains(&digest.name);
        all.push(serde_json::json!({
            "digest": digest.name, "title": digest.title, "timetable": digest.timetable, "paused": is_paused,
            "next": next, "last": last,
        }));
        let meaning = digest.timetable.as_ref().map_or_else(
            || "by hand".to_owned(),
            |table| format!("{}, {}", table.schedule.describe(), table.zone),
        );
        let next = match next {
            _ if is_paused => "paused".to_owned(),
            Some(next) => {
                format!("{} ({})", output::instant(Some(next)), schedule::distance(next - now))
            }
            None => "never".to_owned(),
        };
        rows.push(vec![
            digest.name.to_string(),
            meaning,
            next,
            last.as_ref().map(last_word).unwrap_or_default(),
        ]);
    }
    if as_json {
        return output::json(&all);
    }
    let none = "there is no digest in the configuration; `pressrun init` writes one with an example";
    output::table(&["DIGEST", "WHEN", "NEXT (UTC)", "LAST SLOT"], rows, none)
}

/// When a digest is due next, be it by the clock of its first readers.
pub(super) async fn next(desk: &Desk, digest: &Digest, now: Instant) -> anyhow::Result<Option<Instant>> {
    let Some(timetable) = &digest.timetable else { return Ok(None) };
    let zones = zones_of(desk, timetable).await?;
    Ok(zones.into_iter().filter_map(|zone| timetable.next_loud(zone, now)).min())
}

async fn pause(desk: &Desk, name: &Name, paused: bool) -> anyhow::Result<()> {
    let digest = desk.digest(name)?;
    if digest.timetable.is_none() {
        bail!("{name} has no schedule; `pressrun send {name}` alone sends it");
    }
    let word = if paused { "paused" } else { "running" };
    if !desk.store.pause_order(name, paused, desk.clock.now()).await? {
        bail!("{name} is {word} already");
    }
    output::say(&if paused {
        format!("{name} is paused: its slots pass without an edition until `pressrun digests resume {name}`")
    } else {
        format!("{name} goes on; what is new since its last edition is in the next one")
    })?;
    for record in desk.store.asked().await?.iter().filter(|record| paused && record.digest == *name) {
        let id = record.id;
        output::say(&match record.ask.and_then(|ask| ask.approved_at) {
            Some(_) => {
                format!("edition {id} is approved and goes all the same; `pressrun editions cancel {id}`")
            }
            None => format!(
                "edition {id} waits for a yes, and goes if that comes; without it, it does not go while {name} is paused"
            ),
        })?;
    }
    Ok(())
}
