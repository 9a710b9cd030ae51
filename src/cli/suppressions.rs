//! `pressrun suppressions`

use std::process::ExitCode;

use anyhow::bail;

use super::args::SuppressionsCommand;
use super::{Desk, output};
use crate::model::Never;

const PAGE: usize = 5_000;

pub(super) async fn run(desk: &Desk, command: SuppressionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        SuppressionsCommand::List { json } => list(desk, json).await?,
        SuppressionsCommand::Add { never, reason } => {
            if !desk.store.suppress(&never, &reason, desk.clock.now()).await? {
                bail!("{never} was suppressed before; `pressrun suppressions list` says why");
            }
            output::say(&format!("{never} is not written to again"))?;
        }
        SuppressionsCommand::Remove { never } => {
            if !desk.store.unsuppress(&never).await? {
                bail!(
                    "{never} is not suppressed by itself; `pressrun suppressions list` shows by what it may be"
                );
            }
            output::say(&format!("{never} gets mail again where it is subscribed"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<()> {
    let mut after: Option<Never> = None;
    loop {
        let page = desk.store.suppressions(after.as_ref(), PAGE).await?;
        for suppression in &page {
            if as_json {
                output::json_line(suppression)?;
            } else {
                let since = output::instant(Some(suppression.created_at));
                output::say(&format!("{}\t{since}\t{}", suppression.never, suppression.reason))?;
            }
        }
        match page.last() {
            Some(last) => after = Some(last.never.clone()),
            None => break,
        }
    }
    if after.is_none() {
        eprintln!("nothing is suppressed");
    }
    Ok(())
}
