//! `pressrun subscribers`

use std::process::ExitCode;

use anyhow::bail;

use super::args::SubscribersCommand;
use super::records::guarded;
use super::{Desk, import, output};
use crate::model::{EmailAddress, Name, NewSubscriber, Subscriber, SubscriptionState};

const PAGE: usize = 5_000;

pub(super) async fn run(desk: &Desk, command: SubscribersCommand) -> anyhow::Result<ExitCode> {
    match command {
        SubscribersCommand::List { list, json } => list_all(desk, list.as_ref(), json).await?,
        SubscribersCommand::Add { address, list, name, zone, consent } => {
            add(desk, NewSubscriber { address, name, zone, consent }, list.as_ref()).await?;
        }
        SubscribersCommand::Set { address, zone } => set(desk, &address, &zone).await?,
        SubscribersCommand::Show { address, json } => show(desk, &address, json).await?,
        SubscribersCommand::Remove { address, list } => remove(desk, &address, list.as_ref()).await?,
        SubscribersCommand::Forget { address } => forget(desk, &address).await?,
        SubscribersCommand::Import { file, list, columns, consent, dry_run, errors } => {
            let wish = import::Wish { file, list, columns, consent, dry_run, errors };
            return import::run(desk, &wish).await;
        }
        SubscribersCommand::Export { list } => export(desk, list.as_ref()).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Calls `each` for every subscriber, a page at a time, so that a million cost no more memory than a page.
async fn walk(
    desk: &Desk,
    list: Option<&Name>,
    mut each: impl FnMut(&Subscriber) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    if list.is_some() {
        desk.list(list).await?;
    }
    let (mut after, mut total) = (None, 0);
    loop {
        let page = desk.store.subscribers(list, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(total) };
        after = Some(last.id);
        total += page.len() as u64;
        page.iter().try_for_each(&mut each)?;
    }
}

async fn list_all(desk: &Desk, list: Option<&Name>, as_json: bool) -> anyhow::Result<()> {
    let total =
        walk(desk, list, |s| if as_json { output::json_line(s) } else { output::say(&line(s)) }).await?;
    if total == 0 {
        eprintln!(
            "there is no subscriber yet; `pressrun subscribers add ADDRESS` or `import FILE` adds some"
        );
    }
    Ok(())
}

fn line(subscriber: &Subscriber) -> String {
    let lists = subscriber.subscriptions.iter().map(|s| format!("{} ({})", s.list, s.state.as_str()));
    let lists = lists.collect::<Vec<_>>().join(", ");
    [subscriber.address.as_str(), &lists, &subscriber.name].join("\t").trim_end().to_owned()
}

async fn add(desk: &Desk, new: NewSubscriber, list: Option<&Name>) -> anyhow::Result<()> {
    let list = desk.list(list).await?.name;
    let address = new.address.clone();
    let (state, now) = (SubscriptionState::Confirmed, desk.clock.now());
    let added = desk.store.add_subscribers(&list, &[new], state, now).await?;
    if added.suppressed > 0 {
        let why = desk.store.suppressed(&address).await?.unwrap_or_default();
        bail!(
            "{address} is suppressed and not written to again: {why}; `pressrun suppressions remove` lifts it"
        );
    }
    if added.left > 0 {
        bail!("{address} has left {list}; only the reader's own hand brings a subscription back");
    }
    let greeted = added.new > 0 && desk.config.lists.get(&list).is_some_and(|keys| keys.welcome);
    if greeted {
        desk.store.greet(&list, &address).await?;
    }
    output::say(&format!("{address} is {} on {list}", if added.new > 0 { "now" } else { "already" }))
}

/// Notes where a reader is; an empty word is that nobody knows.
async fn set(desk: &Desk, address: &EmailAddress, zone: &str) -> anyhow::Result<()> {
    let known = match zone.trim() {
        "" => None,
        zone => Some(crate::config::zone(zone).map_err(anyhow::Error::msg)?),
    };
    if !desk.store.set_zone(address, known).await? {
        bail!("{address} is not a subscriber");
    }
    let zone = known.map_or("an unknown zone", chrono_tz::Tz::name);
    output::say(&format!("{address} is in {zone}"))
}

async fn show(desk: &Desk, address: &EmailAddress, as_json: bool) -> anyhow::Result<()> {
    let Some(subscriber) = desk.store.subscriber(address).await? else {
        bail!("{address} is not a subscriber");
    };
    if as_json {
        return output::json(&subscriber);
    }
    output::say(format!("{} {}", subscriber.address, subscriber.name).trim_end())?;
    output::say(&format!("since {}", subscriber.created_at.to_rfc3339()))?;
    if let Some(zone) = &subscriber.zone {
        output::say(&format!("in {zone}"))?;
    }
    for subscription in &subscriber.subscriptions {
        let consent = subscription.consent.as_ref().map(|consent| format!(" (consent: {consent})"));
        let (list, state) = (&subscription.list, subscription.state.as_str());
        output::say(&format!("{list}: {state}{}", consent.unwrap_or_default()))?;
    }
    Ok(())
}

async fn remove(desk: &Desk, address: &EmailAddress, list: Option<&Name>) -> anyhow::Result<()> {
    if let Some(name) = list {
        desk.list(Some(name)).await?;
    }
    let ended = desk.store.unsubscribe(address, list, desk.clock.now()).await?;
    if ended == 0 {
        bail!("{address} has no subscription to end");
    }
    output::say(&format!("{} of {address} ended", output::count(ended, "subscription", "subscriptions")))
}

async fn forget(desk: &Desk, address: &EmailAddress) -> anyhow::Result<()> {
    if !desk.store.forget_subscriber(address, desk.clock.now()).await? {
        bail!("{address} is not a subscriber");
    }
    output::say(&format!("{address} is forgotten; only its hash is kept, so that no import brings it back"))
}

async fn export(desk: &Desk, list: Option<&Name>) -> anyhow::Result<()> {
    output::say("email,name,list,state,zone,consent")?;
    walk(desk, list, |subscriber| {
        for subscription in &subscriber.subscriptions {
            if list.is_some_and(|only| only != &subscription.list) {
                continue;
            }
            let mut writer = csv::Writer::from_writer(Vec::new());
            let (name, list) = (guarded(&subscriber.name), subscription.list.as_str());
            let (state, zone) = (subscription.state.as_str(), subscriber.zone.as_deref().unwrap_or_default());
            let consent = guarded(subscription.consent.as_deref().unwrap_or_default());
            writer.write_record([subscriber.address.as_str(), &name, list, state, zone, &consent])?;
            output::print_bytes(&writer.into_inner()?)?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}
