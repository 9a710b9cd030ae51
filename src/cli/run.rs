//! `pressrun run`: the stages and the pages, until stopped.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;

use super::args::Part;
use super::posting::{Poster, stop_on_signal};
use super::serving::{self, Stand};
use super::{Desk, editions, output};
use crate::press::{self, Event};

/// How soon the pages hear of a stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) async fn run(desk: &Desk, only: Option<Part>) -> anyhow::Result<ExitCode> {
    let pages = if only == Some(Part::Press) { None } else { serving::stand(desk).await? };
    let stopped = match (only, pages) {
        (Some(Part::Web), None) => {
            bail!(
                "nothing to serve: set web.listen to where the pages are served, such as \"127.0.0.1:8080\""
            )
        }
        (Some(Part::Web), Some(pages)) => {
            output::say(&format!("running; {}; Ctrl-C stops", served(Some(&pages))))?;
            serving::serve(pages, stopped(&stop_on_signal())).await;
            "stopped; requests in hand are answered"
        }
        (Some(Part::Press) | None, pages) => {
            let poster = Poster::new(desk, false)?;
            let served = if only.is_none() { format!("; {}", served(pages.as_ref())) } else { String::new() };
            output::say(&format!("running; letters go to {}{served}; Ctrl-C stops", desk.carrier_label()))?;
            let serve = async {
                if let Some(pages) = pages {
                    serving::serve(pages, stopped(&poster.stop)).await;
                }
            };
            tokio::join!(deliver(desk, &poster), serve);
            "stopped; what was in hand is recorded or given back"
        }
    };
    output::say(stopped)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the pages are, for people.
fn served(pages: Option<&Stand>) -> String {
    match pages {
        Some(pages) => format!("pages at http://{}", pages.address),
        None => "no pages are served (web.listen is not set)".to_owned(),
    }
}

/// Returns soon after the flag is set.
async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        tokio::time::sleep(LOOK).await;
    }
}

async fn deliver(desk: &Desk, poster: &Poster<'_>) {
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
    press::run(&poster.run(), postmark, tell).await;
}
