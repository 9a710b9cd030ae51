//! Hubs: they are asked to push what is new (`WebSub`), asked again before their leases end, and what they push is read.
//!
//! What is pushed goes the way of what is polled. A source that is pushed is polled all the same, only more rarely: see
//! [`Bounds`](crate::model::Bounds). What a hub does not do costs nothing but that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;

use super::asking::{Asking, read_document};
use super::{Clock, CollectingRules, PressError};
use crate::collect::{Document, Fetcher};
use crate::model::{Instant, Source, Validators};
use crate::store::{AtHub, Gathered, Push, Store, StoreError};

/// How long a hub is asked to push, in seconds: ten days.
const LEASE: &str = "864000";
/// So many hubs are asked in one go, and so many of them at once.
const ASKED: usize = 32;
const AT_ONCE: usize = 4;
/// So many pushes are read in one go.
const PUSHES: usize = 100;
/// How long whoever reads a push is believed to live.
const READING: TimeDelta = TimeDelta::minutes(5);
/// A hub is asked so often to push no more.
const TRIES: u32 = 3;
/// How soon a stop is heard.
const LOOK: Duration = Duration::from_millis(200);

/// Whether hubs are to push, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushing {
    /// To nowhere: what was asked for is given up.
    Off,
    /// To another process, which asks them itself.
    Elsewhere,
    /// To the pages of this store, served by this process or one beside it; the beginning of the address, up to the token.
    Here(String),
}

/// What hubs are tended with.
#[derive(Debug)]
pub struct Hubs {
    asking: Asking,
    pushing: Pushing,
    stop: Arc<AtomicBool>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tended {
    /// Hubs that were asked for something.
    pub asked: u64,
    /// Pushes that were read.
    pub pushes: u64,
    /// Articles never seen before.
    pub new: u64,
    /// Articles that have changed.
    pub changed: u64,
}

impl Hubs {
    /// Tends hubs from now on with these, until `stop` is set.
    #[must_use]
    pub fn new(
        store: &Store,
        fetcher: &Fetcher,
        rules: &CollectingRules,
        clock: &Clock,
        pushing: Pushing,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self { asking: rules.asking(store, fetcher, clock), pushing, stop }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

/// Reads what was pushed, and asks the hubs whose turn it is.
pub async fn tend(hubs: &Hubs) -> Result<Tended, PressError> {
    let mut tended = Tended::default();
    for _ in 0..PUSHES {
        if hubs.stopped() || !read_push(&hubs.asking, &mut tended).await? {
            break;
        }
    }
    let (store, now) = (&hubs.asking.store, hubs.asking.clock.now());
    match &hubs.pushing {
        Pushing::Off => store.want_hubs("", now).await?,
        Pushing::Elsewhere => {}
        Pushing::Here(callback) => store.want_hubs(callback, now).await?,
    }
    let all = matches!(hubs.pushing, Pushing::Here(_));
    let claimed = if hubs.stopped() { Vec::new() } else { store.claim_hubs(ASKED, all, now).await? };
    tended.asked = claimed.len() as u64;
    let asks = claimed.into_iter().map(|hub| ask(&hubs.asking, hub));
    let mut asks = futures_util::stream::iter(asks).buffer_unordered(AT_ONCE);
    loop {
        tokio::select! {
            asked = asks.next() => match asked {
                Some(asked) => asked?,
                None => return Ok(tended),
            },
            // What was not asked is asked after the pause that goes with its claim.
            () = tokio::time::sleep(LOOK) => if hubs.stopped() { return Ok(tended) },
        }
    }
}

/// Asks a hub; its answer says no more than that it has heard us.
async fn ask(asking: &Asking, hub: AtHub) -> Result<(), PressError> {
    let store = &asking.store;
    // Who has never made sure of anything pushes nothing.
    if hub.leaving && (hub.verified_at.is_none() || hub.tries > TRIES) {
        return Ok(store.forget_hub(hub.id).await?);
    }
    let mode = if hub.leaving { "unsubscribe" } else { "subscribe" };
    let mut form = vec![
        ("hub.callback", hub.callback.as_str()),
        ("hub.mode", mode),
        ("hub.topic", hub.topic.as_str()),
        // PubSubHubbub 0.3 wants to be told.
        ("hub.verify", "async"),
    ];
    if !hub.leaving {
        form.extend([("hub.lease_seconds", LEASE), ("hub.secret", hub.secret.as_str())]);
    }
    match asking.fetcher.ask_hub(&hub.home, &hub.hub, &form).await {
        Ok(()) => {
            tracing::info!(source.id = hub.source.0, mode, "asked a hub");
        }
        Err(error) => {
            tracing::warn!(source.id = hub.source.0, mode, trouble = %error, "asking a hub failed");
            let sentence = format!("its hub cannot be asked: {error}");
            store.hub_failed(hub.id, &sentence, asking.clock.now()).await?;
        }
    }
    Ok(())
}

/// Reads the oldest push; false if there is none.
async fn read_push(asking: &Asking, tended: &mut Tended) -> Result<bool, PressError> {
    let (store, now) = (&asking.store, asking.clock.now());
    let Some(push) = store.claim_push(now + READING, now).await? else { return Ok(false) };
    tended.pushes += 1;
    let Some(source) = store.pushed_source(push.source).await? else {
        store.end_push(&push, &[], false, now).await?;
        return Ok(true);
    };
    match stored(asking, &source, &push, now).await {
        Ok(Gathered { new, changed, .. }) => {
            tracing::info!(source.name = %source.name, articles.new = new, articles.changed = changed, "pushed");
            (tended.new, tended.changed) = (tended.new + new, tended.changed + changed);
        }
        Err(Unread::Store(trouble @ (StoreError::Outage(_) | StoreError::Contended(_)))) => {
            return Err(trouble.into());
        }
        Err(unread) => {
            let sentence = format!("what its hub has pushed cannot be used: {unread}");
            tracing::warn!(source.name = %source.name, trouble = sentence, "a push failed");
            store.fail_push(&push, &sentence, now).await?;
        }
    }
    Ok(true)
}

/// Why a push brings nothing.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("{0}")]
    Document(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn stored(asking: &Asking, source: &Source, push: &Push, now: Instant) -> Result<Gathered, Unread> {
    let limit = asking.fetcher.max_bytes();
    if push.body.len() > limit {
        return Err(Unread::Document(format!("it is larger than {limit} bytes")));
    }
    let document = Document {
        bytes: push.body.clone(),
        // As if it had been polled: what it says of links is relative to that.
        url: source.url.clone(),
        content_type: push.content_type.clone(),
        moved_to: None,
        validators: Validators::default(),
        fresh_for: None,
        links: Box::default(),
    };
    let read = read_document(asking, source, document, now).await.map_err(Unread::Document)?;
    // Pages that are left for later are found in the source's own document.
    let gathered = asking.store.end_push(push, &read.articles, read.left, now).await?;
    asking.store.record_pages(source.id, &read.pages, now).await?;
    Ok(gathered)
}
