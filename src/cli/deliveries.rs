//! `pressrun deliveries`: the ledger of one edition, streamed.

use std::process::ExitCode;

use anyhow::bail;

use super::{Desk, output};
use crate::model::{Delivery, DeliveryState, EditionId};

const PAGE: usize = 2_000;

pub(super) async fn run(
    desk: &Desk,
    edition: i64,
    state: Option<DeliveryState>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let edition = EditionId(edition);
    if desk.store.edition(edition).await?.is_none() {
        bail!("there is no edition {edition}; `pressrun editions list` shows those that there are");
    }
    let mut after = None;
    loop {
        let page = desk.store.deliveries(edition, state, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for delivery in &page {
            if as_json { output::json_line(delivery)? } else { output::say(&line(delivery))? }
        }
    }
    if after.is_none() {
        eprintln!("edition {edition} has no delivery{}", if state.is_some() { " in that state" } else { "" });
    }
    Ok(ExitCode::SUCCESS)
}

fn line(delivery: &Delivery) -> String {
    let reply = delivery.reply.as_ref().map(|reply| match reply.code {
        0 => reply.text.clone(),
        code => format!("{code} {}", reply.text),
    });
    let fields = [
        delivery.id.to_string(),
        delivery.state.as_str().to_owned(),
        delivery.address.to_string(),
        delivery.attempts.to_string(),
        output::instant(delivery.ended_at),
        reply.unwrap_or_default(),
    ];
    fields.join("\t").trim_end().to_owned()
}
