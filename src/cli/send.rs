//! `pressrun send`: an edition now — or a test copy, or a dry run, which consume nothing.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;

use super::args::SendArgs;
use super::{Desk, collect, editions, output};
use crate::deliver::Carrier;
use crate::model::{DeliveryState, Digest, EditionId, Instant, Reply};
use crate::press::{self, Clock, Delivered, Draft, Drafted};

pub(super) async fn run(desk: &Desk, args: &SendArgs) -> anyhow::Result<ExitCode> {
    let digest = desk.digest(&args.digest)?;
    let clock = args.now.map_or_else(|| desk.clock.clone(), Clock::stopped_at);
    let carrier = desk.carrier()?;
    if args.to.is_empty() && !args.dry_run {
        resume(desk, &digest, &carrier, &clock).await?;
    }
    collect::poll_for(desk, &digest).await?;
    let slot = clock.now();
    let theme = desk.theme(&digest)?;
    let drafted =
        press::draft(&desk.store, &digest, &theme, &desk.postmark(&digest).public_url, slot).await?;
    match &drafted {
        Drafted::Nothing(nothing, _) => {
            output::say(&format!("{}: no edition, because {nothing}", digest.name))?;
            if !args.dry_run && args.to.is_empty() {
                press::store_draft(&desk.store, &digest, &drafted, slot, clock.now()).await?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Drafted::Draft(draft) if args.dry_run => dry_run(desk, &digest, draft).await,
        Drafted::Draft(draft) if !args.to.is_empty() => {
            test_copies(desk, &digest, draft, args, &carrier, slot).await
        }
        Drafted::Draft(_) => {
            let edition = press::store_draft(&desk.store, &digest, &drafted, slot, clock.now()).await?;
            let edition = edition.ok_or_else(|| anyhow!("the edition was not stored"))?;
            release(desk, &digest, edition, &carrier, &clock).await
        }
    }
}

/// Letters that an earlier run has left in the queue go first.
async fn resume(desk: &Desk, digest: &Digest, carrier: &Carrier, clock: &Clock) -> anyhow::Result<()> {
    for record in desk.store.unfinished(&digest.name).await? {
        eprintln!("edition {} has letters left; they go first", record.id);
        post(desk, digest, record.id, carrier, clock).await?;
    }
    Ok(())
}

async fn release(
    desk: &Desk,
    digest: &Digest,
    edition: EditionId,
    carrier: &Carrier,
    clock: &Clock,
) -> anyhow::Result<ExitCode> {
    let released = desk.store.release(edition, &digest.lists, clock.now()).await?;
    if released.candidates == 0 {
        let lists = digest.lists.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        eprintln!(
            "nobody is on {lists} yet: add readers with `pressrun subscribers add` or `import`, and send the next edition"
        );
    }
    post(desk, digest, edition, carrier, clock).await
}

/// Delivers what is open of an edition and tells how it ended.
async fn post(
    desk: &Desk,
    digest: &Digest,
    edition: EditionId,
    carrier: &Carrier,
    clock: &Clock,
) -> anyhow::Result<ExitCode> {
    let record = desk.store.edition(edition).await?.ok_or(press::PressError::NoEdition(edition))?;
    let bar = output::progress("delivering", Some(record.totals.open()));
    let stop = stop_on_interrupt();
    let postmark = desk.postmark(digest);
    let delivered =
        press::deliver(&desk.store, edition, &postmark, carrier, clock, &stop, || bar.inc(1)).await;
    bar.finish_and_clear();
    let delivered = delivered?;
    output::say(&format!("Edition {edition} of {}: {}", digest.name, record.subject))?;
    output::say(&format!(
        "{} to {}",
        output::count(record.articles, "article", "articles"),
        desk.carrier_label()
    ))?;
    output::say(&editions::totals(&delivered.totals))?;
    Ok(tell_what_is_left(&delivered, edition, stop.load(Ordering::Acquire)))
}

fn tell_what_is_left(delivered: &Delivered, edition: EditionId, stopped: bool) -> ExitCode {
    let queued = delivered.totals.in_state(DeliveryState::Queued);
    let waiting = output::count(queued, "letter waits", "letters wait");
    if let Some(reply) = &delivered.relay_trouble {
        eprintln!(
            "the relay was given up: {}\n{waiting} in the queue; run the same command again when it is mended",
            relay(reply)
        );
        return ExitCode::FAILURE;
    }
    if queued > 0 && stopped {
        eprintln!("stopped; {waiting} in the queue, and the next `pressrun send` goes on with them");
        return ExitCode::FAILURE;
    }
    for (state, what) in [
        (DeliveryState::Deferred, "was put off by the relay and is tried again by a later `pressrun send`"),
        (DeliveryState::Refused, "was refused"),
        (DeliveryState::Uncertain, "may or may not have arrived: the connection broke after the last byte"),
        (DeliveryState::Sending, "was in the hands of a run that died; whether it left is not known"),
    ] {
        let n = delivered.totals.in_state(state);
        if n > 0 {
            eprintln!("{n} × {what}: pressrun deliveries {edition} --state {}", state.as_str());
        }
    }
    ExitCode::SUCCESS
}

/// What a relay said, with what to do about it.
fn relay(reply: &Reply) -> String {
    use crate::model::Step;
    let advice = match reply.step {
        Step::Connect => "is relay.host and relay.port right, and may this machine reach it?",
        Step::Greeting => "it does not speak SMTP as expected; is relay.security right for this port?",
        Step::Tls => "look at relay.security and relay.ca_file",
        Step::Auth => "look at relay.username and relay.password",
        Step::Sender => "it does not let you send from this address; look at the digest's `from`",
        Step::Recipient | Step::Content | Step::FinalDot => "it asks for a pause",
    };
    let code = if reply.code == 0 { String::new() } else { format!("{} ", reply.code) };
    format!("{code}{} ({advice})", reply.text)
}

/// A flag that Ctrl-C sets, so that letters in hand are finished and the others stay queued.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.store(true, Ordering::Release);
        }
    });
    stop
}

async fn dry_run(desk: &Desk, digest: &Digest, draft: &Draft) -> anyhow::Result<ExitCode> {
    let lists = desk.store.lists().await?;
    let readers: u64 =
        lists.iter().filter(|c| digest.lists.contains(&c.list.name)).map(|c| c.confirmed).sum();
    output::say(&format!("Would send: {}", draft.message.subject))?;
    output::say(&format!(
        "{} to {} by way of {}; {} KB of HTML",
        output::count(draft.edition.articles().count() as u64, "article", "articles"),
        output::count(readers, "confirmed subscription", "confirmed subscriptions"),
        desk.carrier_label(),
        draft.message.html.len().div_ceil(1000)
    ))?;
    output::say("")?;
    editions::print(&draft.explanation)?;
    eprintln!("a dry run: nothing was sent, nothing was consumed");
    Ok(ExitCode::SUCCESS)
}

async fn test_copies(
    desk: &Desk,
    digest: &Digest,
    draft: &Draft,
    args: &SendArgs,
    carrier: &Carrier,
    now: Instant,
) -> anyhow::Result<ExitCode> {
    let list = desk.list(digest.lists.first()).await?;
    let postmark = desk.postmark(digest);
    let mut all_taken = true;
    for address in &args.to {
        let letter = press::sample_letter(&postmark, &list, &draft.message, address, now)?;
        let reply = match carrier.connect().await {
            Ok(mut connection) => {
                let reply = connection.send(&letter).await;
                connection.close().await;
                reply
            }
            Err(reply) => reply,
        };
        if reply.accepted() {
            output::say(&format!(
                "a test copy for {address} went to {}; it consumed nothing",
                desk.carrier_label()
            ))?;
        } else {
            all_taken = false;
            eprintln!("{address}: {}", relay(&reply));
        }
    }
    Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
