//! Keeping: what is done with is pruned by its age, and its counts stay.
//!
//! One process does so at a time, a few rows in each transaction, and lets others have the store for as long as it had
//! it itself. A stop ends it after the transaction that is under way; what is left is pruned the next time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant as Moment;

use super::{Clock, PressError};
use crate::model::{Instant, Name};
use crate::store::{Lease, Passed, Store};

/// How long things are kept; counts are kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepingRules {
    /// Articles that no edition refers to, since they were first seen.
    pub articles: Duration,
    /// The texts of editions, since they were composed; at least as long as their deliveries.
    pub editions: Duration,
    /// The deliveries of editions that are finished, since they ended.
    pub deliveries: Duration,
    /// The digests that there are, each with the age beyond which an article is too old for it.
    pub digests: Vec<(Name, Duration)>,
}

/// How much was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Deliveries, with their attempts.
    pub deliveries: u64,
    /// Texts of editions.
    pub editions: u64,
    /// Articles.
    pub articles: u64,
    /// Slots that brought no edition.
    pub slots: u64,
}

/// The name of the work in the store.
const CHORE: &str = "keeping";
/// What was done within this long is not done again.
const REST: TimeDelta = TimeDelta::minutes(30);
/// How long whoever prunes is believed to live without a word.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How often that word is said.
const BEAT: Duration = Duration::from_secs(60);
/// How long mails that have ended are remembered; what they said is gone by then.
const MAILS: TimeDelta = TimeDelta::days(30);
/// How long a sign-up waits for its mailbox to say yes, and a while longer, so that a late click is told why it is late.
const SIGNUPS: TimeDelta = TimeDelta::days(14);
/// Rows in one transaction: it must not hold up a letter.
const ROWS: usize = 200;
/// A text and an article have many pages each.
const TEXTS: usize = 10;
const ARTICLES: usize = 100;
/// Others have the store at least so long between two transactions.
const PAUSE: Duration = Duration::from_millis(5);

/// Prunes what is older than the rules say; `None` if it was done a short while ago, or another process does it.
pub async fn keep(
    store: &Store,
    rules: &KeepingRules,
    clock: &Clock,
    stop: &AtomicBool,
) -> Result<Option<Pruned>, PressError> {
    let (holder, now) = (store.holder()?, clock.now());
    let lease = Lease { holder: holder.clone(), until: now + LEASE };
    if !store.take_chore(CHORE, &lease, now - REST, now).await? {
        return Ok(None);
    }
    let mut keeper =
        Keeper { store, clock, stop, holder, spoke_at: Moment::now(), at_work_since: Moment::now() };
    let mut pruned = Pruned::default();
    let ended = keeper.prune(rules, now, &mut pruned).await;
    let done = matches!(ended, Ok(true)).then_some(now);
    store.leave_chore(CHORE, &keeper.holder, done).await?;
    ended.map(|_| Some(pruned))
}

struct Keeper<'a> {
    store: &'a Store,
    clock: &'a Clock,
    stop: &'a AtomicBool,
    holder: String,
    spoke_at: Moment,
    at_work_since: Moment,
}

impl Keeper<'_> {
    /// False if it was stopped before all was done.
    async fn prune(
        &mut self,
        rules: &KeepingRules,
        now: Instant,
        pruned: &mut Pruned,
    ) -> Result<bool, PressError> {
        let store = self.store;
        let before = before(now, rules.deliveries);
        for edition in store.done_with(before).await? {
            loop {
                let these = store.prune_deliveries(edition, before, ROWS).await?;
                pruned.deliveries += these;
                if !self.goes_on().await? {
                    return Ok(false);
                }
                if these == 0 {
                    break;
                }
            }
        }
        Ok(self.prune_texts(rules, now, pruned).await?
            && self.prune_articles(rules, now, pruned).await?
            && self.prune_the_rest(rules, now, pruned).await?)
    }

    async fn prune_texts(
        &mut self,
        rules: &KeepingRules,
        now: Instant,
        pruned: &mut Pruned,
    ) -> Result<bool, PressError> {
        loop {
            let these = self.store.prune_texts(before(now, rules.editions), TEXTS).await?;
            pruned.editions += these;
            if these == 0 || !self.goes_on().await? {
                return Ok(these == 0);
            }
        }
    }

    async fn prune_articles(
        &mut self,
        rules: &KeepingRules,
        now: Instant,
        pruned: &mut Pruned,
    ) -> Result<bool, PressError> {
        let digests: Vec<_> =
            rules.digests.iter().map(|(name, age)| (name.clone(), before(now, *age))).collect();
        let wanted = self.store.wanted(&digests).await?;
        let mut passed = Passed::default();
        loop {
            let before = before(now, rules.articles);
            let (these, further) = self.store.prune_articles(before, &wanted, passed, ARTICLES).await?;
            (pruned.articles, passed) = (pruned.articles + these, further);
            if these == 0 || !self.goes_on().await? {
                return Ok(these == 0);
            }
        }
    }

    async fn prune_the_rest(
        &mut self,
        rules: &KeepingRules,
        now: Instant,
        pruned: &mut Pruned,
    ) -> Result<bool, PressError> {
        self.store.prune_lanes(now).await?;
        self.store.prune_mails(now - MAILS).await?;
        loop {
            let slots = self.store.prune_slots(before(now, rules.editions), ROWS).await?;
            let reached = self.store.prune_reached(ROWS).await?;
            let signups = self.store.prune_signups(now - SIGNUPS, ROWS).await?;
            let pages = self.store.prune_pages(before(now, rules.articles), ROWS).await?;
            let copies = self.store.prune_copies(before(now, rules.editions), TEXTS).await?;
            pruned.slots += slots;
            let all = slots + reached + signups + pages + copies;
            if all == 0 || !self.goes_on().await? {
                return Ok(all == 0);
            }
        }
    }

    /// Lets others have their turn; false if there is to be no further transaction.
    async fn goes_on(&mut self) -> Result<bool, PressError> {
        if self.stop.load(Ordering::Acquire) {
            return Ok(false);
        }
        tokio::time::sleep(self.at_work_since.elapsed().max(PAUSE)).await;
        self.at_work_since = Moment::now();
        if self.spoke_at.elapsed() < BEAT {
            return Ok(true);
        }
        self.spoke_at = Moment::now();
        let lease = Lease { holder: self.holder.clone(), until: self.clock.now() + LEASE };
        Ok(self.store.renew_chore(CHORE, &lease).await?)
    }
}

/// The instant before which things are older than that.
fn before(now: Instant, age: Duration) -> Instant {
    TimeDelta::from_std(age).ok().and_then(|age| now.checked_sub_signed(age)).unwrap_or(Instant::MIN_UTC)
}
