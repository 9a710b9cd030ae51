//! `pressrun editions`

use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::args::EditionsCommand;
use super::{Desk, lint, output};
use crate::model::{
    DeliveryState, DeliveryTotals, EditionId, EditionRecord, EditionState, Explained, Explanation, Kept,
    Name, Placement, WhyOut,
};

pub(super) async fn run(desk: &Desk, command: EditionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        EditionsCommand::List { digest, limit, json } => list(desk, digest.as_ref(), limit, json).await?,
        EditionsCommand::Show { edition, json } => show(desk, EditionId(edition), json).await?,
        EditionsCommand::Retry { edition, failed, uncertain } => {
            retry(desk, EditionId(edition), failed, uncertain).await?;
        }
        EditionsCommand::Pause { edition } => pause(desk, EditionId(edition)).await?,
        EditionsCommand::Resume { edition } => resume(desk, EditionId(edition)).await?,
        EditionsCommand::Approve { edition } => approve(desk, EditionId(edition)).await?,
        EditionsCommand::Cancel { edition } => cancel(desk, EditionId(edition)).await?,
        EditionsCommand::Explain { what, json } => explain(desk, &what, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(desk: &Desk, digest: Option<&Name>, limit: usize, as_json: bool) -> anyhow::Result<()> {
    let editions = desk.store.editions(digest, limit).await?;
    if as_json {
        return output::json(&editions);
    }
    let rows = editions.iter().map(|e| {
        let sent = e.totals.in_state(DeliveryState::Sent);
        vec![
            e.id.to_string(),
            e.digest.to_string(),
            output::instant(Some(e.slot)),
            e.state.as_str().to_owned(),
            e.articles.to_string(),
            format!("{sent}/{}", e.totals.candidates),
            e.subject.clone(),
        ]
    });
    let none = "there is no edition yet; `pressrun send DIGEST` makes one";
    output::table(
        &["#", "DIGEST", "SLOT (UTC)", "STATE", "ARTICLES", "SENT", "SUBJECT"],
        rows.collect(),
        none,
    )
}

async fn record(desk: &Desk, id: EditionId) -> anyhow::Result<EditionRecord> {
    let missing = || anyhow!("there is no edition {id}; `pressrun editions list` shows those that there are");
    desk.store.edition(id).await?.ok_or_else(missing)
}

async fn show(desk: &Desk, id: EditionId, as_json: bool) -> anyhow::Result<()> {
    let record = record(desk, id).await?;
    let articles = desk.store.edition_articles(id).await?;
    if as_json {
        let articles = articles.iter().map(|(section, candidate)| {
            serde_json::json!({ "section": section, "id": candidate.id, "article": candidate.article })
        });
        let articles: Vec<_> = articles.collect();
        return output::json(&serde_json::json!({ "edition": record, "articles": articles }));
    }
    output::say(&format!("Edition {id} of {}: {}", record.digest, record.subject))?;
    let state = if record.paused.is_some() { "released, paused" } else { record.state.as_str() };
    output::say(&format!("slot {}   state {state}", record.slot.to_rfc3339()))?;
    if let (Some(ask), EditionState::Draft) = (record.ask, record.state) {
        output::say(&match ask.approved_at {
            Some(at) => format!("approved {}", output::instant(Some(at))),
            None => format!(
                "waits for a yes until {}, else: {}; `pressrun editions approve {id}`",
                output::instant(Some(ask.by)),
                ask.otherwise.as_str()
            ),
        })?;
    }
    if let Some(zones) = &record.zones {
        output::say(&format!("for readers in {}", zones.join(", ")))?;
    }
    output::say("")?;
    if record.kept == Kept::Counts {
        let articles = output::count(record.articles, "article", "articles");
        output::say(&format!("  {articles}, no longer kept (keep.editions)"))?;
    }
    for (section, candidate) in &articles {
        let section = if section.is_empty() { String::new() } else { format!("[{section}] ") };
        output::say(&format!("  {section}{}\n  {}", candidate.article.title, candidate.article.url))?;
    }
    faults(desk, &record).await?;
    output::say("")?;
    account(&record)
}

/// What lint finds in what went out, errors and warnings, a line each.
async fn faults(desk: &Desk, record: &EditionRecord) -> anyhow::Result<()> {
    // Of a digest that the configuration no longer has nobody knows the sender.
    let Ok(digest) = desk.digest(&record.digest) else { return Ok(()) };
    let Some(message) = desk.store.message(record.id).await? else { return Ok(()) };
    let findings = lint::of_edition(desk, &digest, &message, record.slot).await?;
    if !findings.is_empty() {
        output::say("")?;
    }
    for finding in findings {
        let rule = finding.rule;
        let place = finding.place.part.name();
        output::say(&format!("  {} {}: {} ({place})", rule.severity.name(), rule.name, finding.what))?;
    }
    Ok(())
}

/// The account: what became of every candidate, a line each, and the sum.
fn account(record: &EditionRecord) -> anyhow::Result<()> {
    let totals = &record.totals;
    let left_out = &totals.left_out;
    let all = DeliveryState::ALL.into_iter().map(|state| (state.as_str(), totals.in_state(state)));
    let excluded = [
        ("left out: not confirmed yet", left_out.pending),
        ("left out: has left", left_out.unsubscribed),
        ("left out: suppressed", left_out.suppressed),
        ("left out: pauses", left_out.paused),
        ("left out: does not want this digest", left_out.declined),
        ("left out: has chosen sections that are not in it", left_out.nothing),
    ];
    for (what, n) in all.chain(excluded).filter(|(what, n)| *n > 0 || *what == "sent") {
        output::say(&format!("{n:>10}  {what}"))?;
    }
    output::say(&format!("{:>10}  in all", totals.candidates))?;
    if totals.doubtful > 0 {
        let letters = output::count(totals.doubtful, "letter", "letters");
        output::say(&format!("{letters} of them went once more after a doubt, and may have arrived twice"))?;
    }
    if let Some(why) = &record.paused {
        output::say(&format!("paused: {why}"))?;
    }
    if let (Some(at), true) = (record.expires_at, totals.open() > 0) {
        output::say(&format!("what has not gone by {} is given up", output::instant(Some(at))))?;
    }
    Ok(())
}

async fn retry(desk: &Desk, id: EditionId, failed: bool, uncertain: bool) -> anyhow::Result<()> {
    let record = record(desk, id).await?;
    let chosen = [(failed, DeliveryState::Refused), (uncertain, DeliveryState::Uncertain)];
    let states: Vec<DeliveryState> =
        chosen.into_iter().filter(|(wanted, _)| *wanted).map(|(_, s)| s).collect();
    let back = desk.store.requeue(id, &states, desk.clock.now()).await?;
    if back == 0 {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        return output::say(&format!(
            "no letter of edition {id} is {}; nothing was changed",
            states.join(" or ")
        ));
    }
    output::say(&format!(
        "{} of edition {id} {} back in the queue; `pressrun send {}` or `pressrun run` sends {}",
        output::count(back, "letter", "letters"),
        if back == 1 { "is" } else { "are" },
        record.digest,
        if back == 1 { "it" } else { "them" }
    ))
}

async fn pause(desk: &Desk, id: EditionId) -> anyhow::Result<()> {
    let record = record(desk, id).await?;
    if let Some(why) = record.paused {
        bail!("edition {id} is paused already: {why}");
    }
    if !desk.store.pause(id, "by hand").await? {
        bail!("edition {id} is {}; only one that is going out can be paused", record.state.as_str());
    }
    output::say(&format!("edition {id} is paused; `pressrun editions resume {id}` lets it go on"))
}

async fn resume(desk: &Desk, id: EditionId) -> anyhow::Result<()> {
    let record = record(desk, id).await?;
    if !desk.store.resume(id).await? {
        bail!("edition {id} is not paused; it is {}", record.state.as_str());
    }
    output::say(&format!(
        "edition {id} goes on; `pressrun send {}` or `pressrun run` sends its letters",
        record.digest
    ))
}

async fn approve(desk: &Desk, id: EditionId) -> anyhow::Result<()> {
    let record = record(desk, id).await?;
    let mut digests = desk.config.digests().into_iter();
    let sent_by_the_clock = digests.any(|digest| digest.name == record.digest && digest.timetable.is_some());
    if record.state == EditionState::Draft && record.ask.is_some() && !sent_by_the_clock {
        bail!(
            "edition {id} is of {0}, and the configuration has no digest `{0}` with a schedule: nothing would send it. \
             Give it its name again, or `pressrun editions cancel {id}`",
            record.digest
        );
    }
    if !desk.store.approve(id, desk.clock.now()).await? {
        bail!(match (record.state, record.ask) {
            (EditionState::Draft, Some(_)) => format!("edition {id} is approved already"),
            (EditionState::Draft, None) => format!("edition {id} is a draft that waits for nobody's yes"),
            (EditionState::Released | EditionState::Finished | EditionState::Cancelled, _) =>
                format!("edition {id} is {}; it does not wait for a yes", record.state.as_str()),
        });
    }
    output::say(&format!("edition {id} is approved; `pressrun run` sends it"))
}

async fn cancel(desk: &Desk, id: EditionId) -> anyhow::Result<()> {
    record(desk, id).await?;
    let withdrawn = desk.store.cancel(id).await?;
    // Where some letters had left, nothing may be open now, and nobody else would close the edition.
    desk.store.finish(id).await?;
    let record = record(desk, id).await?;
    if !withdrawn {
        bail!(
            "edition {id} is {}; none of its letters waits any more, so nothing was withdrawn",
            record.state.as_str()
        );
    }
    if record.state == EditionState::Cancelled && desk.store.come_further(id).await? {
        output::say(&format!(
            "edition {id} is cancelled; readers who have had a later one since do not get its articles again"
        ))?;
    } else if record.state == EditionState::Cancelled {
        output::say(&format!("edition {id} is cancelled; its articles are free for the next one"))?;
    } else {
        output::say(&format!(
            "edition {id} is {}; the letters that waited are withdrawn",
            record.state.as_str()
        ))?;
    }
    output::say(&totals(&record.totals))
}

/// The sum that must always add up, as one line.
pub(super) fn totals(totals: &DeliveryTotals) -> String {
    let mut parts: Vec<String> = DeliveryState::ALL
        .into_iter()
        .map(|state| (state, totals.in_state(state)))
        .filter(|(state, n)| *n > 0 || *state == DeliveryState::Sent)
        .map(|(state, n)| format!("{n} {}", state.as_str()))
        .collect();
    if totals.excluded > 0 {
        parts.push(format!("{} excluded", totals.excluded));
    }
    format!("{} = {}", output::count(totals.candidates, "reader", "readers"), parts.join(" + "))
}

async fn explain(desk: &Desk, what: &str, as_json: bool) -> anyhow::Result<()> {
    if let Ok(id) = what.parse().map(EditionId) {
        let record = record(desk, id).await?;
        let explanation = desk.store.explanation(id).await?.unwrap_or_default();
        if as_json {
            return output::json(&explanation);
        }
        output::say(&format!("Edition {id} of {}, slot {}", record.digest, record.slot.to_rfc3339()))?;
        if record.kept == Kept::Counts {
            return output::say("why each article was in or out is no longer kept (keep.editions)");
        }
        return print(&explanation);
    }
    let name = Name::parse(what)?;
    desk.digest(&name)?;
    let Some(record) = desk.store.last_nothing(&name).await? else {
        bail!(
            "no slot of {name} has gone without an edition so far; `pressrun editions explain NUMBER` explains one"
        );
    };
    if as_json {
        return output::json(&serde_json::json!({ "record": record, "explanation": record.explanation }));
    }
    let (slot, why) = (record.slot.to_rfc3339(), record.skipped.map(|why| why.to_string()));
    let why = why.unwrap_or_else(|| "nobody knows why".to_owned());
    output::say(&format!("the last slot of {name} that made no edition, {slot}: {why}"))?;
    print(&record.explanation)
}

/// Prints an article a row, with its fate.
pub(super) fn print(explanation: &Explanation) -> anyhow::Result<()> {
    let rows = explanation.articles.iter().map(|e| {
        let short = |title: &str| title.chars().take(60).collect::<String>();
        // The number of another article is known to nobody.
        let told = |one: &&Explained| matches!(e.placement, Placement::Out(WhyOut::FoldedInto { article }) if one.id == article);
        let place = explanation.articles.iter().find(told).map_or_else(
            || e.placement.to_string(),
            |one| format!("out: “{}” tells the same story, and names its source", short(&one.title)),
        );
        let fate = e.popular.as_ref().map_or_else(|| place.clone(), |popular| format!("{place}; {popular}"));
        vec![fate, output::instant(Some(e.date)), e.source.clone(), short(&e.title)]
    });
    output::table(&["PLACE", "DATE (UTC)", "SOURCE", "ARTICLE"], rows.collect(), "no article was looked at")
}
