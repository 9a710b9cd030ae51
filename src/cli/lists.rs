//! `pressrun lists`

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::{Desk, output};

pub(super) async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<ExitCode> {
    let lists = desk.store.lists().await?;
    if as_json {
        let mut values = Vec::with_capacity(lists.len());
        for c in &lists {
            let reasons = desk.store.leaving_reasons(&c.list.name).await?;
            let reasons: BTreeMap<&str, u64> = reasons.iter().map(|(why, n)| (why.as_str(), *n)).collect();
            values.push(serde_json::json!({
                "name": c.list.name, "title": c.list.title, "list_id": c.list.list_id,
                "confirmed": c.confirmed, "pending": c.pending, "unsubscribed": c.unsubscribed,
                "reasons_for_leaving": reasons,
            }));
        }
        output::json(&values)?;
    } else {
        let rows = lists.iter().map(|c| {
            let (name, title, id) = (c.list.name.to_string(), c.list.title.clone(), c.list.list_id.clone());
            vec![name, title, c.confirmed.to_string(), c.pending.to_string(), c.unsubscribed.to_string(), id]
        });
        output::table(
            &["LIST", "TITLE", "CONFIRMED", "PENDING", "LEFT", "LIST-ID"],
            rows.collect(),
            "there is no list yet; add [lists.NAME] to the configuration",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
