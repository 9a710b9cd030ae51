//! `pressrun schedule` of digests: their next slots, and what became of the last ones.

use std::process::ExitCode;

use anyhow::bail;
use chrono_tz::Tz;

use super::args::{ScheduleArgs, SlotFormat};
use super::schedule::{distance, utc};
use super::{Desk, output};
use crate::model::{Digest, Instant, SlotRecord, SlotState, Timetable};

/// A slot that is to come.
struct Coming<'a> {
    digest: &'a Digest,
    slot: Instant,
    zones: Vec<Tz>,
    quiet: bool,
    paused: bool,
}

pub(super) async fn run(desk: &Desk, args: &ScheduleArgs) -> anyhow::Result<ExitCode> {
    let digests = match &args.digest {
        Some(name) => vec![desk.digest(name)?],
        None => desk.config.digests(),
    };
    if args.past {
        past(desk, &digests, args).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if digests.iter().all(|digest| digest.timetable.is_none()) {
        bail!(
            "{} has a schedule; write one into config.toml:\n\n  schedule = \"daily at 07:00\"      under [digests.NAME]\n\n\
             or look at one: pressrun schedule --cron \"daily at 07:00\" --zone Europe/Berlin",
            if args.digest.is_some() { "the digest has none, and no slot" } else { "no digest" }
        );
    }
    let (now, paused) = (desk.clock.now(), desk.store.paused_orders().await?);
    let mut all = Vec::new();
    for digest in &digests {
        let Some(timetable) = &digest.timetable else { continue };
        let zones = zones_of(desk, timetable).await?;
        let coming = coming(digest, timetable, &zones, args.after.unwrap_or(now), args.count as usize);
        let paused = paused.contains(&digest.name);
        all.extend(coming.into_iter().map(|coming| Coming { paused, ..coming }));
    }
    all.sort_by_key(|coming| coming.slot);
    all.truncate(args.count as usize);
    match args.format {
        Some(SlotFormat::Utc) => all.iter().try_for_each(|coming| output::say(&utc(coming.slot)))?,
        None if args.json => output::json(&all.iter().map(json).collect::<Vec<_>>())?,
        None => table(&all, now)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The zones whose clocks a timetable is read from.
pub(super) async fn zones_of(desk: &Desk, timetable: &Timetable) -> anyhow::Result<Vec<Tz>> {
    let mut zones = vec![timetable.zone.home()];
    if timetable.zone.is_subscribers() {
        let named = desk.store.zones().await?.into_iter().filter_map(|zone| zone.parse::<Tz>().ok());
        zones.extend(named.filter(|zone| *zone != timetable.zone.home()));
    }
    Ok(zones)
}

fn coming<'a>(
    digest: &'a Digest,
    timetable: &Timetable,
    zones: &[Tz],
    after: Instant,
    count: usize,
) -> Vec<Coming<'a>> {
    let (mut all, mut after) = (Vec::new(), after);
    while let Some(slot) = timetable.next(zones, after).filter(|_| all.len() < count) {
        let due = |zone: &Tz| timetable.schedule.last(*zone, slot) == Some(slot);
        let zones: Vec<Tz> = zones.iter().copied().filter(due).collect();
        let quiet = zones.iter().all(|zone| timetable.is_quiet(*zone, slot));
        all.push(Coming { digest, slot, zones, quiet, paused: false });
        after = slot;
    }
    all
}

fn json(coming: &Coming<'_>) -> serde_json::Value {
    serde_json::json!({
        "digest": coming.digest.name, "slot": utc(coming.slot), "quiet": coming.quiet,
        "paused": coming.paused,
        "zones": coming.zones.iter().map(|zone| zone.name()).collect::<Vec<_>>(),
    })
}

fn table(all: &[Coming<'_>], now: Instant) -> anyhow::Result<()> {
    let row = |coming: &Coming<'_>| {
        let zone = coming.zones.first().copied().unwrap_or(Tz::UTC);
        let more = match coming.zones.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let local = coming.slot.with_timezone(&zone).format("%a %Y-%m-%d %H:%M");
        let from_now = distance(coming.slot - now);
        vec![
            coming.digest.name.to_string(),
            format!("{local} {zone}{more}"),
            utc(coming.slot),
            match (coming.paused, coming.quiet) {
                (true, _) => format!("{from_now}, paused: no edition"),
                (false, true) => format!("{from_now}, a quiet day"),
                (false, false) => from_now,
            },
        ]
    };
    let none = "no slot is to come";
    output::table(&["DIGEST", "LOCAL", "UTC", "FROM NOW"], all.iter().map(row).collect(), none)
}

async fn past(desk: &Desk, digests: &[Digest], args: &ScheduleArgs) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for digest in digests {
        let slots = desk.store.slots(&digest.name, args.count as usize).await?;
        all.extend(slots.into_iter().map(|slot| (digest, slot)));
    }
    all.sort_by_key(|(_, record)| std::cmp::Reverse(record.slot));
    all.truncate(args.count as usize);
    if args.json {
        let json = |(digest, record): &(&Digest, SlotRecord)| serde_json::json!({ "digest": digest.name, "record": record });
        return output::json(&all.iter().map(json).collect::<Vec<_>>());
    }
    let row = |(digest, record): &(&Digest, SlotRecord)| {
        vec![digest.name.to_string(), output::instant(Some(record.slot)), what_became_of(record)]
    };
    let none = "no slot has come yet; `pressrun run` publishes them";
    output::table(&["DIGEST", "SLOT (UTC)", "WHAT BECAME OF IT"], all.iter().map(row).collect(), none)
}

/// What became of a slot, as a sentence.
pub(super) fn what_became_of(record: &SlotRecord) -> String {
    let edition = record.edition.map(|edition| format!("edition {edition}")).unwrap_or_default();
    let said = match (record.state, &record.skipped) {
        (SlotState::Open, _) => "being made".to_owned(),
        (SlotState::Waiting, _) => format!("{edition} waits for a yes"),
        (SlotState::Published, _) => edition,
        (SlotState::Skipped, Some(why)) => format!("none: {why}"),
        (SlotState::Skipped, None) => "none".to_owned(),
    };
    match &record.remark {
        Some(remark) => format!("{said}, {remark}"),
        None => said,
    }
}

/// The same, with the slot.
pub(super) fn last_word(record: &SlotRecord) -> String {
    format!("{}: {}", output::instant(Some(record.slot)), what_became_of(record))
}
