//! `pressrun run`: the stages, until stopped.

use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::args::Part;
use super::posting::Poster;
use super::{Desk, editions, output};
use crate::press::{self, Event, Mailing, Publisher};

/// How often it is asked whether a mail is due, or the publisher to be told.
const LOOK: Duration = Duration::from_secs(2);

pub(super) async fn run(desk: &Desk, _only: Option<Part>) -> anyhow::Result<ExitCode> {
    let poster = Poster::new(desk, false)?;
    output::say(&format!("running; letters go to {}; Ctrl-C stops", desk.carrier_label()))?;
    let postmark = |name: &_| desk.digest(name).ok().map(|digest| desk.postmark(&digest));
    let tell = |event: Event<'_>| match event {
        Event::Delivered { edition, delivered } => {
            tracing::info!(edition.id = edition.0, totals = editions::totals(&delivered.totals), "delivered");
        }
        Event::Failed { edition, error } => {
            tracing::error!(edition.id = edition.0, %error, "delivering failed")
        }
        Event::NoDigest { edition, digest } => {
            tracing::warn!(edition.id = edition.0, %digest, "the configuration has no such digest: its letters wait");
        }
        Event::NoStore { error } => tracing::error!(%error, "the store does not answer"),
    };
    let run = poster.run();
    let (mailing, publisher) = (desk.mailing(), desk.publisher()?);
    tokio::join!(press::run(&run, postmark, tell), mail_on(&run, &mailing, &publisher));
    output::say("stopped; what was in hand is recorded or given back")?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the publisher, and sends mails to one person, until the run is stopped.
async fn mail_on(run: &press::Run<'_>, mailing: &Mailing, publisher: &Publisher) {
    while !run.stop.load(Ordering::Acquire) {
        if let Err(error) = press::tell(run, publisher).await {
            tracing::error!(%error, "the publisher was not told");
        }
        if let Err(error) = mailing.mail_due(run).await {
            tracing::error!(%error, "mails do not go");
        }
        let stopped = async {
            while !run.stop.load(Ordering::Acquire) {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        // So that a stop is heard.
        let _ = tokio::time::timeout(LOOK, stopped).await;
    }
}
