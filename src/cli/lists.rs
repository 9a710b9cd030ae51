//! `pressrun lists`

use std::process::ExitCode;

use super::{Desk, output};

pub(super) async fn list(desk: &Desk, as_json: bool) -> anyhow::Result<ExitCode> {
    let lists = desk.store.lists().await?;
    if as_json {
        let values = lists.iter().map(|c| {
            serde_json::json!({
                "name": c.list.name, "title": c.list.title, "list_id": c.list.list_id,
                "confirmed": c.confirmed, "pending": c.pending, "unsubscribed": c.unsubscribed,
            })
        });
        output::json(&values.collect::<Vec<_>>())?;
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
