//! `pressrun send`: an edition now — or a test copy, or a dry run, which consume nothing.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{anyhow, bail};

use super::args::SendArgs;
use super::{Desk, collect, editions, output};
use crate::deliver::Carrier;
use crate::model::{DeliveryState, Digest, EditionId, EditionRecord, EmailAddress, Instant, Reply};
use crate::press::{self, Clock, Delivered, DeliveringRules, Draft, Drafted, GivenUp};

pub(super) async fn run(desk: &Desk, args: &SendArgs) -> anyhow::Result<ExitCode> {
    let digest = desk.digest(&args.digest)?;
    let clock = args.now.map_or_else(|| desk.clock.clone(), Clock::stopped_at);
    let sender = Sender { desk, digest: &digest, carrier: &desk.carrier()?, stop: stop_on_signal() };
    let in_earnest = args.to.is_empty() && !args.dry_run;
    // What an earlier run has left goes first; while it cannot, a new edition would only queue up behind it.
    if in_earnest && !sender.resume().await? {
        return Ok(ExitCode::FAILURE);
    }
    collect::poll_for(desk, &digest).await?;
    let slot = clock.now();
    let theme = desk.theme(&digest)?;
    let drafted =
        press::draft(&desk.store, &digest, &theme, &desk.postmark(&digest).public_url, slot).await?;
    match &drafted {
        Drafted::Nothing(nothing, _) => {
            output::say(&format!("{}: no edition, because {nothing}", digest.name))?;
            collect::tell_troubles(desk, &digest).await?;
            if in_earnest {
                press::store_draft(&desk.store, &digest, &drafted, slot, clock.now()).await?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Drafted::Draft(draft) if args.dry_run => dry_run(desk, &digest, draft).await,
        Drafted::Draft(draft) if !args.to.is_empty() => {
            test_copies(desk, &digest, draft, args, sender.carrier, slot).await
        }
        Drafted::Draft(_) => {
            let done = sender.release(&drafted, slot, clock.now()).await?;
            Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// What the editions of one run share.
struct Sender<'a> {
    desk: &'a Desk,
    digest: &'a Digest,
    carrier: &'a Carrier,
    stop: Arc<AtomicBool>,
}

impl Sender<'_> {
    /// Delivers what earlier runs have left, oldest first; false if some of it had to stay.
    async fn resume(&self) -> anyhow::Result<bool> {
        let mut unfinished = self.desk.store.unfinished(&self.digest.name).await?;
        unfinished.sort_by_key(|record| record.slot);
        for record in unfinished {
            if record.totals.open() > 0 {
                eprintln!("edition {} has letters left; they go first", record.id);
            }
            if !self.post(&record).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stores and releases the draft and delivers it; true if it went as far as it could.
    async fn release(&self, drafted: &Drafted, slot: Instant, now: Instant) -> anyhow::Result<bool> {
        let (store, digest) = (&self.desk.store, self.digest);
        if readers(self.desk, digest).await? == 0 {
            let lists = digest.lists.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            bail!(
                "nobody is on {lists} yet, so nothing was sent or used up\n\n  \
                 pressrun subscribers add ADDRESS     adds a reader\n  \
                 pressrun subscribers import FILE     adds those of a CSV file"
            );
        }
        if let Drafted::Draft(draft) = drafted {
            self.try_letters(draft, now).await?;
        }
        let id = press::store_draft(store, digest, drafted, slot, now).await?;
        let id = id.ok_or_else(|| anyhow!("the edition was not stored"))?;
        if let Err(error) = store.release(id, &digest.lists, now).await {
            store.cancel(id).await?;
            return Err(anyhow!("{error}; it was cancelled, and the next `pressrun send` composes anew"));
        }
        let record = store.edition(id).await?.ok_or(press::PressError::NoEdition(id))?;
        self.post(&record).await
    }

    /// Makes a letter for every list, so that what no letter can carry is found before anything is used up.
    async fn try_letters(&self, draft: &Draft, now: Instant) -> anyhow::Result<()> {
        let (postmark, anybody) =
            (self.desk.postmark(self.digest), EmailAddress::parse("reader@example.org")?);
        for name in &self.digest.lists {
            let list = self.desk.list(Some(name)).await?;
            press::sample_letter(&postmark, &list, &draft.message, &anybody, now)?;
        }
        Ok(())
    }

    /// Delivers what is open of an edition and tells how it ended; false if letters had to stay in the queue.
    async fn post(&self, record: &EditionRecord) -> anyhow::Result<bool> {
        let bar = output::progress("delivering", Some(record.totals.open()));
        let (rules, postmark) = (DeliveringRules::default(), self.desk.postmark(self.digest));
        let run = press::Run {
            store: &self.desk.store,
            carrier: self.carrier,
            clock: &self.desk.clock,
            rules: &rules,
            stop: &self.stop,
        };
        let delivered = press::deliver(&run, record.id, &postmark, || bar.inc(1)).await;
        bar.finish_and_clear();
        let delivered = delivered?;
        output::say(&format!("Edition {} of {}: {}", record.id, record.digest, record.subject))?;
        let articles = output::count(record.articles, "article", "articles");
        output::say(&format!("{articles} to {}", self.desk.carrier_label()))?;
        output::say(&editions::totals(&delivered.totals))?;
        Ok(tell_what_is_left(
            &delivered,
            record.id,
            &self.desk.carrier_label(),
            self.stop.load(Ordering::Acquire),
        ))
    }
}

async fn readers(desk: &Desk, digest: &Digest) -> anyhow::Result<u64> {
    let lists = desk.store.lists().await?;
    Ok(lists.iter().filter(|c| digest.lists.contains(&c.list.name)).map(|c| c.confirmed).sum())
}

/// Says what did not go and why; false if letters had to stay in the queue.
fn tell_what_is_left(delivered: &Delivered, edition: EditionId, carrier: &str, stopped: bool) -> bool {
    for (state, what) in [
        (DeliveryState::Deferred, "was put off by the relay and is tried again by a later `pressrun send`"),
        (DeliveryState::Refused, "was refused"),
        (DeliveryState::Uncertain, "may or may not have arrived: how its conversation ended is not known"),
        (
            DeliveryState::Sending,
            "is in the hands of another run, or of one that died within the last minute",
        ),
    ] {
        let n = delivered.totals.in_state(state);
        if n > 0 {
            eprintln!("{n} × {what}: pressrun deliveries {edition} --state {}", state.as_str());
        }
    }
    let queued = delivered.totals.in_state(DeliveryState::Queued);
    let waiting = output::count(queued, "letter waits", "letters wait");
    match &delivered.given_up {
        Some(GivenUp::Relay(reply)) => eprintln!(
            "{carrier} was given up: {}\n{waiting} in the queue; run the same command again when it is mended",
            relay(reply)
        ),
        Some(GivenUp::Refusals { in_a_row, last }) => eprintln!(
            "{in_a_row} letters failed one after the other, so the run was stopped; the last: {}\n{waiting} in \
             the queue; when it is mended, `pressrun editions retry {edition} --refused` queues the refused ones too",
            relay(last)
        ),
        None if queued > 0 && stopped => {
            eprintln!("stopped; {waiting} in the queue, and the next `pressrun send` goes on with them");
        }
        None if queued > 0 => eprintln!("{waiting} in the queue; the next `pressrun send` goes on with them"),
        None => {
            let taken = delivered.totals.in_state(DeliveryState::Sent);
            let failed = delivered.totals.in_state(DeliveryState::Refused);
            return !stopped && (taken > 0 || failed == 0);
        }
    }
    false
}

/// What a relay said, with what to do about it.
pub(super) fn relay(reply: &Reply) -> String {
    use crate::model::Step;
    let advice = match (reply.step, reply.code) {
        (Step::Connect, 0) => "is relay.host and relay.port right, and may this machine reach it?",
        (Step::Tls, _) => "look at relay.security and relay.ca_file",
        (Step::Auth, 500..) | (_, 530 | 535 | 538) => "look at relay.username and relay.password",
        (Step::Sender, 500..) => "does it let you send from the digest's `from`?",
        (_, 400..=499) => "it asks for a pause",
        (Step::Greeting, _) => "does it let this machine in, and is relay.security right for its port?",
        (_, 500..) => "does it let you send at all? ask whoever runs it",
        (_, _) => "",
    };
    let code = if reply.code == 0 { String::new() } else { format!("{} ", reply.code) };
    let advice = if advice.is_empty() { String::new() } else { format!(" ({advice})") };
    format!("{code}{}{advice}", reply.text)
}

/// A flag that Ctrl-C and SIGTERM set, so that letters in hand are finished and the others stay queued; a second
/// signal ends the program at once, and what was in hand is sorted out by the next run.
fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    tokio::spawn(async move {
        loop {
            signalled().await;
            if flag.swap(true, Ordering::AcqRel) {
                std::process::exit(130);
            }
            eprintln!("stopping; the letters in hand are brought to their end (again: at once)");
        }
    });
    stop
}

/// Returns at the next Ctrl-C or SIGTERM; never where there are no signals.
async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                end = tokio::signal::ctrl_c() => if end.is_ok() { return },
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

async fn dry_run(desk: &Desk, digest: &Digest, draft: &Draft) -> anyhow::Result<ExitCode> {
    let readers = readers(desk, digest).await?;
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
