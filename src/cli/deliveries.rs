//! `pressrun deliveries`: the ledger of one edition, streamed.

use std::process::ExitCode;

use anyhow::bail;

use super::args::DeliveriesArgs;
use super::{Desk, output};
use crate::model::{Attempt, Delivery, EditionId, Kept, Reply};

const PAGE: usize = 2_000;

pub(super) async fn run(desk: &Desk, args: &DeliveriesArgs) -> anyhow::Result<ExitCode> {
    let edition = EditionId(args.edition);
    let Some(record) = desk.store.edition(edition).await? else {
        bail!("there is no edition {edition}; `pressrun editions list` shows those that there are");
    };
    let mut shown = 0;
    let mut after = None;
    loop {
        let page = desk.store.deliveries(edition, args.state, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for delivery in &page {
            if args.address.as_ref().is_none_or(|address| address.key() == delivery.address.key()) {
                show(desk, delivery, args).await?;
                shown += 1;
            }
        }
    }
    if record.kept != Kept::All {
        let what = if record.kept == Kept::Some { "some of its deliveries" } else { "its deliveries" };
        eprintln!(
            "{what} are no longer kept (keep.deliveries); `pressrun editions show {edition}` has the counts"
        );
    } else if shown == 0 {
        let asked = if args.state.is_some() || args.address.is_some() { " of that kind" } else { "" };
        eprintln!("edition {edition} has no delivery{asked}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(desk: &Desk, delivery: &Delivery, args: &DeliveriesArgs) -> anyhow::Result<()> {
    let attempts = if args.attempts { desk.store.attempts(delivery.id).await? } else { Vec::new() };
    if args.json {
        let mut object = serde_json::to_value(delivery)?;
        if let (true, Some(object)) = (args.attempts, object.as_object_mut()) {
            object.insert("tries".to_owned(), serde_json::to_value(&attempts)?);
        }
        return output::json_line(&object);
    }
    output::say(&line(delivery))?;
    for attempt in &attempts {
        output::say(&tried(attempt))?;
    }
    Ok(())
}

fn line(delivery: &Delivery) -> String {
    let fields = [
        delivery.id.to_string(),
        delivery.state.as_str().to_owned(),
        delivery.address.to_string(),
        delivery.attempts.to_string(),
        output::instant(delivery.ended_at),
        delivery.reply.as_ref().map(said).unwrap_or_default(),
    ];
    fields.join("\t").trim_end().to_owned()
}

fn tried(attempt: &Attempt) -> String {
    let step = serde_json::to_value(attempt.reply.step).ok();
    let step = step.as_ref().and_then(|step| step.as_str()).unwrap_or_default().to_owned();
    let took = format!("{} ms", attempt.duration_ms);
    ["".to_owned(), output::instant(Some(attempt.at)), took, step, said(&attempt.reply)].join("\t")
}

fn said(reply: &Reply) -> String {
    match reply.code {
        0 => reply.text.clone(),
        code => format!("{code} {}", reply.text),
    }
}
