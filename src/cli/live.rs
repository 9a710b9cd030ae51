//! The live preview: serves the viewer and keeps it true to what lies on the disk and in the store.

use std::collections::BTreeMap;
use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::args::PreviewArgs;
use super::collect;
use super::house::{House, Order};
use super::studio::{Inner, OwnStudio};
use crate::config;
use crate::press::Clock;
use crate::web::{self, Place};

/// How often the files are looked at: a glance at twenty of them takes a tenth of a millisecond.
const GLANCE: Duration = Duration::from_millis(40);
/// The store is asked at every so many glances.
const STORE: u32 = 5;
/// A mistake is believed when it is there for so many glances: an editor may write a file in two strokes.
const BELIEVED: u32 = 3;
/// What would take sources out of the store, or open another one, for so many.
const SURE: u32 = 25;
/// So often sources that are due are polled.
const COLLECTING: Duration = Duration::from_secs(60);
/// More files of one folder than these are not watched.
const FILES: usize = 500;

/// Serves the preview until Ctrl-C.
pub(super) async fn run(named: Option<&Path>, args: &PreviewArgs) -> anyhow::Result<ExitCode> {
    let order = Order {
        named: named.map(Path::to_owned),
        digest: args.digest.clone(),
        feeds: args.feed.clone(),
        alone: false,
    };
    let listen = args.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} cannot be listened on; name an address of this machine that is free")
    })?;
    let now = args.now.unwrap_or_else(|| Clock::system().now());
    let house = House::open(&order, now).await?;
    let outbox = (house.desk.is_some() && house.config.deliver.carrier == config::Carrier::Outbox)
        .then(|| house.config.deliver.outbox.clone());
    let studio = OwnStudio::new(order, house, args.now, args.to.clone());
    let open = !listen.ip().is_loopback();
    let place = Place { base: "", inbox: outbox.as_ref().map(|_| "/inbox"), open };
    let mut pages = web::viewer(studio.clone(), place);
    if let Some(outbox) = outbox {
        pages = pages.merge(web::inbox_at(outbox, "/inbox", Some(""), open));
    }
    let address = listener.local_addr()?;
    eprintln!("the preview is at http://{address}/ (Ctrl-C ends it)");
    if open {
        eprintln!(
            "anybody who reaches {address} can look at it and send test copies; a tunnel to 127.0.0.1 is safer"
        );
    }
    if !args.no_open && has_display() && open::that_detached(format!("http://{address}/")).is_err() {
        eprintln!("no browser could be opened; open the address yourself");
    }
    let inner = studio.inner();
    tokio::select! {
        () = web::serve(listener, pages, pending()) => {}
        () = watch(inner) => {}
        () = gather(inner) => {}
        end = tokio::signal::ctrl_c() => end.context("Ctrl-C cannot be heard")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether there is a screen on which a browser could open.
fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || named("DISPLAY")
        || named("WAYLAND_DISPLAY")
        || named("BROWSER")
}

/// When a file was changed last, and how long it is.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Looks at files and store again and again, and makes the house anew when they have changed.
pub(super) async fn watch(inner: &Inner) {
    let mut last = stamps(&inner.house(), &inner.order);
    let mut tide = tide_of(inner).await;
    let mut doubt: Option<(House, u32)> = None;
    for glance in 1_u32.. {
        tokio::time::sleep(GLANCE).await;
        let now = stamps(&inner.house(), &inner.order);
        if now != last {
            last = now;
            let house = inner.house().again(&inner.order, inner.clock.now()).await;
            if house.mistakes.is_empty() && !house.takes_away() {
                doubt = None;
                last = stamps(&house, &inner.order);
                settle(inner, house).await;
            } else {
                let patience = if house.mistakes.is_empty() { SURE } else { BELIEVED };
                doubt = Some((house, glance + patience));
            }
        } else if doubt.as_ref().is_some_and(|(_, from)| glance >= *from)
            && let Some((house, _)) = doubt.take()
        {
            settle(inner, house).await;
        }
        if glance.is_multiple_of(STORE) {
            let now = tide_of(inner).await;
            if now != tide {
                tide = now;
                inner.tell();
            }
        }
    }
}

/// Shows a house that is believed.
async fn settle(inner: &Inner, mut house: House) {
    house.settle().await;
    inner.move_into(house);
}

async fn tide_of(inner: &Inner) -> Option<(i64, i64, i64, i64, i64)> {
    let house = inner.house();
    house.desk.as_ref()?.store.tide().await.ok()
}

/// Polls the sources of the digests when they are due, without a word; and feeds that stand for them.
async fn gather(inner: &Inner) {
    loop {
        let house = inner.house();
        if let Some(desk) = &house.desk {
            for (digest, _) in &house.digests {
                if let Err(error) = collect::poll_quietly(desk, digest).await {
                    tracing::warn!(%error, "the sources could not be polled");
                }
            }
        }
        tokio::time::sleep(COLLECTING).await;
        let house = inner.house();
        if let Some(again) = house.asked_again(&inner.order, inner.clock.now()).await {
            inner.move_into(again);
        }
    }
}

fn stamps(house: &House, order: &Order) -> Stamps {
    let mut stamps = Stamps::new();
    for path in house.files(order) {
        stamp(path, &mut stamps, 3);
    }
    stamps
}

/// Looks at a file, or at all in a folder and so many folders below it.
fn stamp(path: PathBuf, stamps: &mut Stamps, deep: u32) {
    let there = std::fs::metadata(&path).ok();
    if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        let entries = std::fs::read_dir(&path).into_iter().flatten().flatten().take(FILES);
        if deep > 0 {
            entries.for_each(|entry| stamp(entry.path(), stamps, deep - 1));
        }
    }
    let stamp = there.and_then(|file| Some((file.modified().ok()?, file.len())));
    stamps.insert(path, stamp);
}
