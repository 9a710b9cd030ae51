//! `pressrun run`: the stages, until stopped.

use std::process::ExitCode;

use super::args::Part;
use super::posting::Poster;
use super::{Desk, editions, output};
use crate::press::{self, Event};

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
    press::run(&poster.run(), postmark, tell).await;
    output::say("stopped; what was in hand is recorded or given back")?;
    Ok(ExitCode::SUCCESS)
}
