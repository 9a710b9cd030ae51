//! The agenda: when each standing order is next due, so that a look at thousands of them costs next to nothing.
//!
//! It is a copy. What counts is in the store, and is asked for again before anything is published; a clock that is
//! put back, or a reader in a zone where nobody was, has it read anew.

use std::collections::HashMap;

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::PressError;
use super::witness::{RESTORED, Witness};
use crate::model::{Digest, Instant, Name, SlotZone, Timetable};
use crate::store::Store;

/// How often a press says that it is at work.
const BEAT: TimeDelta = TimeDelta::seconds(30);
/// A silence longer than this is told as the cause of what is late.
const SILENCE: TimeDelta = TimeDelta::minutes(2);
/// A slot published so much after its time is late.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// What is known of one standing order.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Its next slot, as far as is known.
    next: Option<Instant>,
    /// Not looked at before.
    not_before: Option<Instant>,
    /// Since when its sources are waited for.
    pub(super) waits_since: Option<Instant>,
    /// Why its edition could not be made when that was last tried.
    pub(super) failed: Option<String>,
}

/// When each standing order is next due.
#[derive(Debug, Default)]
pub struct Agenda {
    entries: HashMap<Name, Entry>,
    zones: Vec<Tz>,
    /// True if the zones are newer than the entries.
    moved: bool,
    read_at: Option<Instant>,
    beaten_at: Option<Instant>,
    /// Between these no press was running.
    silence: Option<(Instant, Instant)>,
    witness: Option<Witness>,
    /// The store is older than this machine remembers: what was due up to then is not published.
    pub(super) restored_at: Option<Instant>,
}

impl Agenda {
    /// Returns an agenda of which nothing is read yet, with a witness beside the store.
    #[must_use]
    pub fn new(witness: Option<Witness>) -> Self {
        Self { witness, ..Self::default() }
    }

    /// The next slot of a digest, as far as is known.
    #[must_use]
    pub fn next(&self, digest: &Name) -> Option<Instant> {
        self.entries.get(digest).and_then(|entry| entry.next)
    }

    /// Tells the store that a press is at work, and finds out since when none was.
    pub(super) async fn beat(&mut self, store: &Store, now: Instant) -> Result<(), PressError> {
        if self.beaten_at.is_some_and(|last| last <= now && now - last < BEAT) {
            return Ok(());
        }
        if let Some(before) = store.beat(now).await?.filter(|before| now - *before > SILENCE) {
            self.silence = Some((before, now));
        }
        if let Some(witness) = &self.witness
            && witness.count_up(store, now).await?
        {
            tracing::error!("{RESTORED}");
        }
        self.beaten_at = Some(now);
        Ok(())
    }

    /// Has the next look say that a press is at work, however soon: something has gone out that must not go again.
    pub(super) fn beat_soon(&mut self) {
        self.beaten_at = None;
    }

    /// Reads what is next where that is not known, or no longer true.
    pub(super) async fn read(
        &mut self,
        store: &Store,
        digests: &[Digest],
        now: Instant,
    ) -> Result<(), PressError> {
        let fresh = self.read_at.is_some_and(|read| read <= now && now - read < TimeDelta::minutes(1));
        if fresh && !self.moved {
            return Ok(());
        }
        let put_back = self.read_at.is_none_or(|read| now < read);
        self.read_at = Some(now);
        let in_zones = |digest: &Digest| digest.timetable.as_ref().is_some_and(|t| t.zone.is_subscribers());
        let zones = if digests.iter().any(in_zones) { named_zones(store).await? } else { Vec::new() };
        if !put_back && !self.moved && zones == self.zones {
            return Ok(());
        }
        (self.zones, self.moved) = (zones, false);
        let timetables = digests.iter().filter_map(|digest| Some((digest, digest.timetable.as_ref()?)));
        let all: Vec<_> =
            timetables.clone().map(|(digest, table)| (&digest.name, timetable_text(table))).collect();
        let orders = store.orders(&all, now).await?;
        let mut entries = HashMap::new();
        for (digest, timetable) in timetables {
            let last = orders.get(&digest.name).map_or(now, |order| order.last);
            let before = self.entries.remove(&digest.name).filter(|_| !put_back).unwrap_or_default();
            let next = timetable.next(&self.zones_of(timetable), last);
            entries.insert(digest.name.clone(), Entry { next, ..before });
        }
        self.entries = entries;
        Ok(())
    }

    /// Asks again where readers are, before a slot is closed for good: one may have moved a moment ago into a zone where
    /// nobody was.
    pub(super) async fn look_for_readers(
        &mut self,
        store: &Store,
        timetable: &Timetable,
    ) -> Result<(), PressError> {
        if timetable.zone.is_subscribers() {
            let zones = named_zones(store).await?;
            self.moved |= zones != self.zones;
            self.zones = zones;
        }
        Ok(())
    }

    /// The zones whose clocks a timetable is read from.
    pub(super) fn zones_of(&self, timetable: &Timetable) -> Vec<Tz> {
        match timetable.zone {
            SlotZone::Fixed(zone) => vec![zone],
            SlotZone::Subscriber { otherwise } => {
                let others = self.zones.iter().copied().filter(|zone| *zone != otherwise);
                std::iter::once(otherwise).chain(others).collect()
            }
        }
    }

    /// The digests to be looked at now.
    pub(super) fn due<'d>(&self, digests: &'d [Digest], now: Instant) -> Vec<(&'d Digest, Entry)> {
        let due = |entry: &Entry| {
            entry.next.is_some_and(|next| next <= now) && entry.not_before.is_none_or(|at| at <= now)
        };
        let entry = |digest: &'d Digest| {
            let entry = self.entries.get(&digest.name).filter(|entry| due(entry))?;
            Some((digest, entry.clone()))
        };
        digests.iter().filter_map(entry).collect()
    }

    /// Notes that nothing more is due of a digest.
    pub(super) fn done(&mut self, digest: &Digest, now: Instant) {
        let next = digest.timetable.as_ref().and_then(|table| table.next(&self.zones_of(table), now));
        if let Some(entry) = self.entries.get_mut(&digest.name) {
            *entry = Entry { next, ..Entry::default() };
        }
    }

    /// Notes that a digest is to be left alone until then, and why, if that is a failure.
    pub(super) fn put_off(&mut self, digest: &Name, until: Instant, why: &str) {
        if let Some(entry) = self.entries.get_mut(digest) {
            entry.not_before = Some(until);
            if !why.is_empty() {
                entry.failed = Some(why.to_owned());
            }
        }
    }

    /// Notes that the sources of a digest are waited for.
    pub(super) fn wait(&mut self, digest: &Name, now: Instant) {
        if let Some(entry) = self.entries.get_mut(digest) {
            entry.waits_since.get_or_insert(now);
        }
    }

    /// Why an edition that is made now is late, if it is.
    pub(super) fn remark(&self, digest: &Name, slot: Instant, now: Instant) -> Option<String> {
        let late = now - slot;
        if late < LATE {
            return None;
        }
        let entry = self.entries.get(digest);
        let why = match (entry.and_then(|e| e.failed.clone()), self.silence) {
            (Some(failed), _) => format!("it could not be made before: {failed}"),
            (None, Some((from, to))) if from < slot && slot < to => {
                let (from, to) = (from.format("%F %H:%M"), to.format("%F %H:%M UTC"));
                format!("no press was running from {from} to {to}")
            }
            (None, _) if entry.is_some_and(|entry| entry.waits_since.is_some()) => {
                "its sources were waited for".to_owned()
            }
            (None, _) => "the press was busy".to_owned(),
        };
        Some(format!("{} min late: {why}", late.num_minutes()))
    }
}

/// What makes a timetable another one, so that it begins anew.
pub(super) fn timetable_text(timetable: &Timetable) -> String {
    format!("{} | {}", timetable.schedule.text(), timetable.zone)
}

async fn named_zones(store: &Store) -> Result<Vec<Tz>, PressError> {
    Ok(store.zones().await?.iter().filter_map(|zone| zone.parse().ok()).collect())
}
