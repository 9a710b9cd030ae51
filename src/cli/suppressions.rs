//! `pressrun suppressions`

use std::process::ExitCode;

use anyhow::bail;

use super::args::SuppressionsCommand;
use super::{Desk, output};
use crate::model::EmailAddress;

const PAGE: usize = 5_000;

pub(super) async fn run(desk: &Desk, command: SuppressionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        SuppressionsCommand::List { json } => list(desk, json).await?,
        SuppressionsCommand::Add { address, reason } => {
            if !desk.store.suppress(&address, &reason, desk.clock.now()).await? {
                bail!("{address} was suppressed before; `pressrun suppressions list` says why");
            }
            output::say(&format!("{address} is not written to again"))?;
        }
        SuppressionsCommand::Remove { address } => {
            if !desk.store.unsuppress(&address).await? {
                bail!("{address} is not suppressed");
            }
            output::say(&format!("{address} gets mail again where it is subscribed"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<()> {
    let mut after: Option<EmailAddress> = None;
    loop {
        let page = desk.store.suppressions(after.as_ref(), PAGE).await?;
        for suppression in &page {
            if as_json {
                output::json_line(suppression)?;
            } else {
                let since = output::instant(Some(suppression.created_at));
                output::say(&format!("{}\t{since}\t{}", suppression.address, suppression.reason))?;
            }
        }
        match page.last() {
            Some(last) => after = Some(last.address.clone()),
            None => break,
        }
    }
    if after.is_none() {
        eprintln!("no address is suppressed");
    }
    Ok(())
}
