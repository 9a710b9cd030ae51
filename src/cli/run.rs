//! `pressrun run`: the stages and the pages, until stopped.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;

use super::args::Part;
use super::posting::{Poster, stop_on_signal};
use super::serving::{self, Stand};
use super::standing::Standing;
use super::supervisor::Supervisor;
use super::{Desk, digests, editions, output, schedule};
use crate::model::Digest;
use crate::press::{
    self, Agenda, Bell, EACH_HOUR, Event, OFTEN, Orders as _, Published, Publishing, PublishingRules, Ticks,
    Witness, at_every, at_every_hour, gather,
};
use crate::store::Verdict;

/// How soon the pages hear of a stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) async fn run(desk: &Desk, only: Option<Part>) -> anyhow::Result<ExitCode> {
    let pages = if only == Some(Part::Press) { None } else { serving::stand(desk).await? };
    match (only, pages) {
        (Some(Part::Web), None) => {
            bail!("there is nowhere to serve; set web.listen, for example to \"127.0.0.1:8080\"")
        }
        (Some(Part::Web), Some(pages)) => {
            output::say(&format!("running; {}; Ctrl-C stops", served(Some(&pages))))?;
            serving::serve(pages, stopped(&stop_on_signal())).await;
            output::say("stopped; requests in hand are answered")?;
        }
        (Some(Part::Press) | None, pages) => witnessed(desk, only, pages).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the pages are, for people.
fn served(pages: Option<&Stand>) -> String {
    match pages {
        Some(pages) => format!("pages at http://{}", pages.address),
        None => "no pages, for web.listen is not set".to_owned(),
    }
}

/// Returns soon after the flag is set.
async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        tokio::time::sleep(LOOK).await;
    }
}

/// The stages, before which the witness is looked at, and after which it knows all that has gone.
async fn witnessed(desk: &Desk, only: Option<Part>, pages: Option<Stand>) -> anyhow::Result<()> {
    let witness = desk.witness();
    if let Some(witness) = &witness
        && witness.count_up(&desk.store, desk.clock.now()).await?
    {
        eprintln!("{}; `pressrun status` tells what", press::RESTORED);
    }
    press(desk, only, pages, witness.clone()).await?;
    if let Some(witness) = &witness {
        or_told(witness.count_up(&desk.store, desk.clock.now()).await, "counting the witness up");
    }
    Ok(())
}

/// The stages, with the pages beside them if there is a place for those.
async fn press(
    desk: &Desk,
    only: Option<Part>,
    pages: Option<Stand>,
    witness: Option<Witness>,
) -> anyhow::Result<()> {
    let poster = Poster::new(desk, false)?;
    let (stop, supervisor) = (&*poster.stop, Supervisor::from_env());
    let standing = Standing::new(desk, || {
        supervisor.alive("publishing");
        !stop.load(Ordering::Acquire)
    })?;
    plan(desk, &standing).await?;
    let served = if only.is_none() { format!("; {}", served(pages.as_ref())) } else { String::new() };
    output::say(&format!("running; letters go to {}{served}; Ctrl-C stops", desk.carrier_label()))?;
    let ticks = Ticks::new().await?;
    let [publish, collect, push, mail] = bells(&ticks).await?;
    let prune = ticks.bell(EACH_HOUR).await?;
    ticks.start().await?;
    let gathering = desk.gathering(&poster.stop)?;
    let hubs = serving::hubs(desk, pages.is_some() || only == Some(Part::Press), &poster.stop)?;
    let postmark = |name: &_| desk.digest(name).ok().map(|digest| desk.postmark(&digest));
    let mut agenda = Agenda::new(witness);
    let rules = publishing_rules(desk);
    let publishing = Publishing { store: &desk.store, clock: &desk.clock, orders: &standing, rules: &rules };
    let (delivering, mailing, keeping) = (poster.run(), desk.mailing(), desk.keeping_rules());
    let inviting = serving::inviting(desk)?;
    supervisor.ready(&format!(
        "publishing {} by the clock",
        output::count(standing.digests().len() as u64, "digest", "digests")
    ));
    tokio::join!(
        press::run(&delivering, postmark, |event| tell(&event, &supervisor)),
        at_every(&publish, stop, async || {
            let published = or_told(publishing.publish(&mut agenda).await, "looking at the slots");
            for published in published.unwrap_or_default() {
                tell_of(&published);
                supervisor.status(&format!("last slot: {} at {}", published.digest, published.slot));
            }
            supervisor.alive("publishing");
        }),
        at_every_hour(&prune, stop, async || {
            or_told(press::keep(&desk.store, &keeping, &desk.clock, stop).await, "pruning");
        }),
        at_every(&collect, stop, async || {
            or_told(gather(&gathering).await, "collecting");
        }),
        at_every(&push, stop, async || {
            or_told(press::tend(&hubs).await, "tending hubs");
        }),
        at_every(&mail, stop, async || {
            or_told(press::tell(&delivering, standing.publisher()).await, "telling the publisher");
            or_told(press::invite(&desk.store, &inviting, desk.clock.now()).await, "answering sign-ups");
            or_told(mailing.mail_due(&delivering).await, "sending mails");
        }),
        async {
            stopped(stop).await;
            supervisor.stopping();
        },
        serve(pages, stop),
    );
    ticks.stop().await;
    output::say("stopped; what was in hand is recorded or given back")?;
    Ok(())
}

/// A bell for each of the stages that look often.
async fn bells(ticks: &Ticks) -> anyhow::Result<[Bell; 4]> {
    let bell = async || ticks.bell(OFTEN).await;
    Ok([bell().await?, bell().await?, bell().await?, bell().await?])
}

/// Serves the pages, if there is a place for them.
async fn serve(pages: Option<Stand>, stop: &AtomicBool) {
    if let Some(pages) = pages {
        serving::serve(pages, stopped(stop)).await;
    }
}

fn publishing_rules(desk: &Desk) -> PublishingRules {
    let usual = PublishingRules::default();
    PublishingRules { lease: desk.config.deliver.lease.max(usual.lease), ..usual }
}

/// When each digest is due, in its zone and in that of this machine.
async fn plan(desk: &Desk, standing: &Standing<'_>) -> anyhow::Result<()> {
    let (now, paused) = (desk.clock.now(), desk.store.paused_orders().await?);
    for digest in standing.digests() {
        let Some(timetable) = &digest.timetable else { continue };
        let when = match digests::next(desk, digest, now).await? {
            _ if paused.contains(&digest.name) => "is paused".to_owned(),
            None => "has no slot to come".to_owned(),
            Some(next) => format!(
                "next {} {}, here {} ({})",
                next.with_timezone(&timetable.zone.home()).format("%a %F %H:%M"),
                timetable.zone.home(),
                next.with_timezone(&chrono::Local).format("%a %H:%M"),
                schedule::distance(next - now)
            ),
        };
        output::say(&format!("{}: {}; {when}", digest.name, timetable.schedule.describe()))?;
    }
    let by_hand: Vec<Digest> =
        desk.config.digests().into_iter().filter(|digest| digest.timetable.is_none()).collect();
    for digest in by_hand {
        output::say(&format!("{0}: has no schedule; `pressrun send {0}` sends it", digest.name))?;
    }
    Ok(())
}

/// What a stage has done, if it could; it comes round again.
fn or_told<T>(done: Result<T, press::PressError>, what: &str) -> Option<T> {
    done.inspect_err(|error| tracing::error!(%error, "{what} failed; it is tried again")).ok()
}

fn tell(event: &Event<'_>, supervisor: &Supervisor) {
    supervisor.alive("delivering");
    match event {
        Event::Delivered { edition, delivered } => {
            tracing::info!(edition.id = edition.0, totals = editions::totals(&delivered.totals), "delivered");
        }
        Event::Failed { edition, error } => {
            tracing::error!(edition.id = edition.0, %error, "delivering failed")
        }
        Event::NoDigest { edition, digest } => {
            tracing::warn!(edition.id = edition.0, %digest, "the configuration has no such digest: its letters wait");
        }
        Event::Looked => {}
        Event::NoStore { error } => tracing::error!(%error, "the store does not answer"),
    }
}

fn tell_of(published: &Published) {
    let (digest, slot) = (&published.digest, schedule::utc(published.slot));
    let remark = published.remark.as_deref().unwrap_or_default();
    match &published.verdict {
        Verdict::Published(edition) => {
            tracing::info!(%digest, slot, edition.id = edition.0, remark, "published")
        }
        Verdict::Waiting(edition) => {
            tracing::info!(%digest, slot, edition.id = edition.0, remark, "waits for a yes")
        }
        Verdict::Skipped(why) => tracing::info!(%digest, slot, %why, "no edition"),
    }
}
