//! Posting: delivering one edition with a progress bar, and telling how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Desk, editions, output};
use crate::model::{
    DeliveryState, DeliveryTotals, Digest, EditionId, EditionRecord, Instant, Outcome, Reply, Step,
};
use crate::press::{self, Delivered, DeliveringRules, GivenUp, Ways};

/// What the editions of one command share.
pub(super) struct Poster<'a> {
    desk: &'a Desk,
    pub(super) ways: Ways,
    rules: DeliveringRules,
    pub(super) stop: Arc<AtomicBool>,
}

impl<'a> Poster<'a> {
    /// Prepares to post; `waits` is to stay while letters wait for their pace.
    pub(super) fn new(desk: &'a Desk, waits: bool) -> anyhow::Result<Self> {
        Ok(Self { desk, ways: desk.ways()?, rules: desk.delivering_rules(waits), stop: stop_on_signal() })
    }

    /// What a run works with.
    pub(super) fn run(&self) -> press::Run<'_> {
        press::Run {
            store: &self.desk.store,
            ways: &self.ways,
            clock: &self.desk.clock,
            rules: &self.rules,
            stop: &self.stop,
        }
    }

    /// True if letters of the edition can go now, or lie with a run that may be dead.
    pub(super) async fn is_due(&self, record: &EditionRecord) -> anyhow::Result<bool> {
        let waiting = self.desk.store.waiting(record.id, "").await?;
        let now = self.desk.clock.now();
        let due =
            [waiting.queued, waiting.deferred, waiting.uncertain].into_iter().flatten().any(|at| at <= now);
        let expired = record.expires_at.is_some_and(|at| at <= now);
        Ok(due
            || expired
            || waiting.queued.is_some()
            || waiting.sending.is_some()
            || record.totals.open() == 0)
    }

    /// Delivers what is open of an edition and tells how it ended; false if letters could not go.
    pub(super) async fn post(&self, record: &EditionRecord, digest: &Digest) -> anyhow::Result<bool> {
        let bar = output::progress("delivering", Some(record.totals.open()));
        let (deferred, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        let progress = |outcome| {
            match outcome {
                Outcome::Deferred { .. } => deferred.fetch_add(1, Ordering::Relaxed),
                Outcome::Refused => refused.fetch_add(1, Ordering::Relaxed),
                Outcome::Sent
                | Outcome::Uncertain
                | Outcome::Suppressed
                | Outcome::Expired
                | Outcome::Cancelled => 0,
            };
            bar.inc(1);
            let (deferred, refused) = (deferred.load(Ordering::Relaxed), refused.load(Ordering::Relaxed));
            if deferred + refused > 0 {
                bar.set_message(format!("delivering ({deferred} deferred, {refused} refused)"));
            }
        };
        let delivered = press::deliver(&self.run(), record.id, &self.desk.postmark(digest), progress).await;
        bar.finish_and_clear();
        let delivered = delivered?;
        output::say(&format!("Edition {} of {}: {}", record.id, record.digest, record.subject))?;
        let articles = output::count(record.articles, "article", "articles");
        output::say(&format!("{articles} to {}", self.desk.carrier_label()))?;
        output::say(&editions::totals(&delivered.totals))?;
        let stopped = self.stop.load(Ordering::Acquire);
        Ok(tell_what_is_left(&delivered, record.id, &self.desk.carrier_label(), stopped))
    }
}

/// Says what did not go and why; false if letters could not go.
fn tell_what_is_left(delivered: &Delivered, edition: EditionId, carrier: &str, stopped: bool) -> bool {
    let at = |at: Option<Instant>| {
        at.map_or_else(|| "later".to_owned(), |at| at.format("%F %H:%M UTC").to_string())
    };
    let later = "by `pressrun run`, or by the next `pressrun send`";
    let deferred =
        format!("put off by the relay; tried again from {} {later}", at(delivered.waiting.deferred));
    let uncertain = match delivered.waiting.uncertain {
        Some(_) if matches!(delivered.given_up, Some(GivenUp::Paused { .. })) => {
            "perhaps arrived, perhaps not; left alone while the edition is paused".to_owned()
        }
        Some(due) => format!("perhaps arrived, perhaps not; tried once more from {} {later}", at(Some(due))),
        None => format!(
            "perhaps arrived, perhaps not; `pressrun editions retry {edition} --uncertain` sends again"
        ),
    };
    for (state, what) in [
        (DeliveryState::Deferred, deferred.as_str()),
        (DeliveryState::Refused, "refused"),
        (DeliveryState::Uncertain, uncertain.as_str()),
        (DeliveryState::Sending, "in the hands of another run, or of one that died a moment ago"),
    ] {
        let n = delivered.totals.in_state(state);
        if n > 0 {
            eprintln!("{n} {what} (pressrun deliveries {edition} --state {})", state.as_str());
        }
    }
    let queued = delivered.totals.in_state(DeliveryState::Queued);
    let waiting = output::count(queued, "letter waits", "letters wait");
    match &delivered.given_up {
        Some(GivenUp::Relay(reply)) => eprintln!(
            "gave {carrier} up: {}\n{waiting} in the queue; run the same command again when it is mended",
            relay_said(reply)
        ),
        Some(GivenUp::Quota { until }) => {
            eprintln!(
                "{carrier} has had its letters of the day; {waiting} for {}, and go {later}",
                at(Some(*until))
            );
            return true;
        }
        Some(GivenUp::Paused { why, last }) => {
            let last = last.as_ref().map(|reply| format!("; the last: {}", relay_said(reply)));
            eprintln!("edition {edition} is paused: {why}{}", last.unwrap_or_default());
            how_to_go_on(&delivered.totals, edition, &waiting);
        }
        None if queued > 0 => {
            let how = if stopped { "stopped; " } else { "" };
            eprintln!("{how}{waiting} in the queue and go {later}");
            return stopped;
        }
        None => {
            let taken = delivered.totals.in_state(DeliveryState::Sent);
            let failed = delivered.totals.in_state(DeliveryState::Refused);
            return stopped || taken > 0 || failed == 0;
        }
    }
    false
}

/// The commands that let a paused edition go on, those that would do something.
fn how_to_go_on(totals: &DeliveryTotals, edition: EditionId, waiting: &str) {
    if totals.open() > 0 {
        eprintln!("{waiting}; when nothing is in the way any more:");
        eprintln!("  pressrun editions resume {edition}              lets it go on");
    }
    for (state, flag, what) in [
        (DeliveryState::Refused, "--failed   ", "that were refused"),
        (DeliveryState::Uncertain, "--uncertain", "that perhaps arrived"),
    ] {
        if totals.in_state(state) > 0 {
            eprintln!("  pressrun editions retry {edition} {flag}   lets it go on, with those {what}");
        }
    }
}

/// What a relay said, with what to do about it.
pub(super) fn relay_said(reply: &Reply) -> String {
    let advice = match (reply.step, reply.code) {
        (Step::Connect, 0) => "are its host and port right, and may this machine reach it?",
        (Step::Tls, _) => "look at its security and ca_file",
        (Step::Auth, 500..) | (_, 530 | 535 | 538) => "look at its username and password",
        // It and we are out of step, whoever sends.
        (Step::Sender, 502 | 503) => "",
        (Step::Sender, 500..) => "does it let you send from the digest's `from`?",
        (_, 400..=499) => "it asks for a pause",
        (Step::Greeting, _) => "does it let this machine in, and is its security right for its port?",
        (_, 500..) => "does it let you send at all? ask whoever runs it",
        (_, _) => "",
    };
    let code = if reply.code == 0 { String::new() } else { format!("{} ", reply.code) };
    let advice = if advice.is_empty() { String::new() } else { format!(" ({advice})") };
    format!("{code}{}{advice}", reply.text)
}

/// A flag that Ctrl-C and SIGTERM set, so that letters in hand are finished and the others stay queued; a second
/// signal ends the program at once, and what was in hand is sorted out by the next run.
pub(super) fn stop_on_signal() -> Arc<AtomicBool> {
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
