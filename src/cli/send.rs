//! `pressrun send`: an edition now — or a test copy, or a dry run, which consume nothing.

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{anyhow, bail};

use super::args::SendArgs;
use super::posting::{Poster, relay_said};
use super::{Desk, collect, editions, lint, output};
use crate::deliver::{Carrier, Letter};
use crate::model::{Digest, EmailAddress, Instant, Reply};
use crate::press::{self, ByHand, Clock, Draft, Drafted};
use crate::store::StoreError;

pub(super) async fn run(desk: &Desk, args: &SendArgs) -> anyhow::Result<ExitCode> {
    let digest = desk.digest(&args.digest)?;
    let clock = args.now.map_or_else(|| desk.clock.clone(), Clock::stopped_at);
    let poster = Poster::new(desk, true)?;
    let sender = Sender { desk, digest: &digest, poster: &poster };
    let in_earnest = args.to.is_empty() && !args.dry_run;
    let witness = desk.witness().filter(|_| in_earnest);
    if let Some(witness) = &witness
        && witness.count_up(&desk.store, desk.clock.now()).await?
    {
        bail!("{}; the same command again sends a new edition", press::RESTORED);
    }
    let sending = sender.send(args, &clock, in_earnest);
    match &witness {
        Some(witness) => witness.attend(&desk.store, &desk.clock, sending).await,
        None => sending.await,
    }
}

/// What the editions of one run share.
struct Sender<'a> {
    desk: &'a Desk,
    digest: &'a Digest,
    poster: &'a Poster<'a>,
}

impl Sender<'_> {
    /// Sends what was left, and then a new edition — or a test copy, or what a dry run tells.
    async fn send(&self, args: &SendArgs, clock: &Clock, in_earnest: bool) -> anyhow::Result<ExitCode> {
        let (desk, digest, poster) = (self.desk, self.digest, self.poster);
        // What an earlier run has left goes first; while it cannot, a new edition would only queue up behind it.
        if in_earnest && !self.resume().await? {
            return Ok(ExitCode::FAILURE);
        }
        // Who is asked to stop begins nothing new.
        if poster.stop.load(Ordering::Acquire) {
            return Ok(ExitCode::SUCCESS);
        }
        collect::poll_for(desk, digest).await?;
        let slot = clock.now();
        let theme = desk.theme(digest)?;
        let public_url = desk.postmark(digest).public_url;
        let made = match desk.pictures()? {
            Some(pictures) => pictures.by_hand(digest, &theme, &public_url, slot).await?,
            None => ByHand::make(&desk.store, digest, &theme, &public_url, slot).await?,
        };
        match &made.drafted {
            Drafted::Nothing(nothing, _) => {
                output::say(&format!("{}: no edition, because {nothing}", digest.name))?;
                if in_earnest {
                    made.store(&desk.store, digest, slot, clock.now()).await?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Drafted::Draft(draft) if args.dry_run => dry_run(desk, digest, draft).await,
            Drafted::Draft(draft) if !args.to.is_empty() => {
                test_copies(desk, digest, draft, args, poster.ways.first(), slot).await
            }
            Drafted::Draft(_) => {
                let done = self.release(&made, slot, clock.now()).await?;
                Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    }

    /// Delivers what earlier runs have left, oldest first; false if some of it had to stay.
    async fn resume(&self) -> anyhow::Result<bool> {
        let mut unfinished = self.desk.store.unfinished(&self.digest.name).await?;
        unfinished.sort_by_key(|record| record.slot);
        for record in unfinished {
            if let Some(why) = &record.paused {
                eprintln!(
                    "edition {0} is paused: {why}; `pressrun editions resume {0}` lets it go on",
                    record.id
                );
                continue;
            }
            let open = output::count(record.totals.open(), "letter", "letters");
            // What waits for a later try keeps nobody from a new edition.
            if self.poster.is_due(&record).await? {
                eprintln!("edition {} has {open} left; they go first", record.id);
                if !self.poster.post(&record, self.digest).await? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Stores and releases the draft and delivers it; true if it went as far as it could.
    async fn release(&self, made: &ByHand, slot: Instant, now: Instant) -> anyhow::Result<bool> {
        let (store, digest) = (&self.desk.store, self.digest);
        if readers(self.desk, digest).await? == 0 {
            let lists = digest.lists.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            bail!(
                "nobody is on {lists} yet, so nothing was sent or used up\n\n  \
                 pressrun subscribers add ADDRESS     adds a reader\n  \
                 pressrun subscribers import FILE     adds those of a CSV file"
            );
        }
        if let Drafted::Draft(draft) = &made.drafted {
            self.try_letters(draft, now).await?;
            let findings = lint::of_edition(self.desk, digest, &draft.message, now).await?;
            if let Some(remark) = press::remark(digest, &findings) {
                eprintln!("{remark}");
            }
        }
        let id = made.store(store, digest, slot, now).await?;
        let id = id.ok_or_else(|| anyhow!("the edition was not stored"))?;
        let zones = made.audience.as_ref().map(|audience| &*audience.zones);
        let next = digest.timetable.as_ref().and_then(|table| table.next_for(zones, now));
        let terms = self.desk.terms(digest, next, now);
        if let Err(error) = store.release(id, &digest.lists, &terms, now).await {
            if matches!(error, StoreError::Outage(_)) {
                // It may have been released all the same; then its letters wait, and go.
                return Err(anyhow!("{error}; run the same command again"));
            }
            store.cancel(id).await?;
            return Err(anyhow!("{error}; it was cancelled, and the next `pressrun send` composes anew"));
        }
        let record = store.edition(id).await?.ok_or(press::PressError::NoEdition(id))?;
        self.poster.post(&record, digest).await
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
}

async fn readers(desk: &Desk, digest: &Digest) -> anyhow::Result<u64> {
    let lists = desk.store.lists().await?;
    Ok(lists.iter().filter(|c| digest.lists.contains(&c.list.name)).map(|c| c.confirmed).sum())
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
        let reply = test_copy(carrier, &letter).await;
        if reply.accepted() {
            output::say(&format!(
                "a test copy for {address} went to {}; it consumed nothing",
                desk.carrier_label()
            ))?;
        } else {
            all_taken = false;
            eprintln!("{address}: {}", relay_said(&reply));
        }
    }
    Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Hands one letter to the carrier, which records nothing.
pub(super) async fn test_copy(carrier: &Carrier, letter: &Letter) -> Reply {
    match carrier.connect().await {
        Ok(mut connection) => {
            let reply = connection.send(letter).await;
            connection.close().await;
            reply
        }
        Err(reply) => reply,
    }
}
