//! Slots: which are due, and what became of them.
//!
//! A slot is an instant. It is due once it has come and nothing is recorded of it; whoever comes late, because no
//! press was running, finds all that were missed at once.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{EditionId, Explanation, Instant, Nothing, Otherwise, Timetable};

/// So many missed slots of one zone are looked at; earlier ones leave no trace.
const LOOKED_AT: usize = 100;

/// What is due of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// What is to be published; one edition, however many slots were missed.
    pub publication: Option<Publication>,
    /// The other slots that have come, oldest first, with why they bring no edition of their own.
    pub passed: Vec<(Instant, Skipped)>,
}

/// An edition that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The slot.
    pub slot: Instant,
    /// The zones whose readers get it.
    pub zones: Vec<Tz>,
}

/// Why a slot brought no edition of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// Composing made none.
    Nothing(Nothing),
    /// Nobody was there to publish it until it was too late.
    Late {
        /// By how many minutes.
        minutes: i64,
        /// How many were allowed.
        allowed: i64,
    },
    /// Nobody was there to publish it, and the next one stands for both.
    Merged {
        /// That slot.
        into: Instant,
    },
    /// It is on a quiet day.
    Quiet,
    /// The digest is paused.
    Paused,
    /// No reader was there.
    NoReaders,
    /// Its edition was not approved in time.
    NotApproved {
        /// The edition.
        edition: EditionId,
    },
    /// Its edition was cancelled before it went out.
    Cancelled {
        /// The edition.
        edition: EditionId,
    },
    /// Before its edition was approved, another one went out with its articles.
    Overtaken {
        /// The edition.
        edition: EditionId,
    },
    /// The store is older than this machine remembers: the slot may have been published.
    Restored,
    /// Its edition waited for a yes, and the digest was taken out of the configuration.
    NoDigest,
    /// It could not be made until it was too late.
    Failed {
        /// Why.
        why: String,
    },
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing(nothing) => nothing.fmt(f),
            Self::Late { minutes, allowed } => write!(
                f,
                "no press was running; it was {} late, and catch_up allows {}",
                span(*minutes),
                span(*allowed)
            ),
            Self::Merged { into } => {
                write!(f, "no press was running; the slot of {} stands for it", into.format("%F %H:%M UTC"))
            }
            Self::Quiet => f.write_str("a quiet day"),
            Self::Paused => f.write_str("the digest was paused"),
            Self::NoReaders => f.write_str("nobody was there to read it"),
            Self::NotApproved { edition } => write!(f, "edition {edition} was not approved in time"),
            Self::Cancelled { edition } => write!(f, "edition {edition} was cancelled"),
            Self::Overtaken { edition } => {
                write!(f, "while edition {edition} waited for approval, another one was sent")
            }
            Self::Restored => f.write_str(
                "the store was older than this machine remembered, so that it may have been published before",
            ),
            Self::NoDigest => {
                f.write_str("the configuration no longer has the digest, or no schedule for it")
            }
            Self::Failed { why } => write!(f, "it could not be made: {why}"),
        }
    }
}

fn span(minutes: i64) -> String {
    match minutes {
        m if m < 120 => format!("{m} min"),
        m if m < 48 * 60 => format!("{} h {:02} min", m / 60, m % 60),
        m => format!("{} days {} h", m / (24 * 60), m / 60 % 24),
    }
}

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotState {
    /// Somebody is making its edition.
    Open,
    /// Its edition waits for a yes.
    Waiting,
    /// Its edition was released.
    Published,
    /// It brought none.
    Skipped,
}

impl SlotState {
    /// The word that the store and the command line use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Published => "published",
            Self::Skipped => "skipped",
        }
    }
}

/// A slot as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotRecord {
    /// The slot.
    pub slot: Instant,
    /// What became of it.
    pub state: SlotState,
    /// Its edition, if it has one.
    pub edition: Option<EditionId>,
    /// Why it brought none.
    pub skipped: Option<Skipped>,
    /// Why it was late, and whatever else is worth knowing of it.
    pub remark: Option<String>,
    /// When that was decided.
    pub decided_at: Instant,
    /// Why each article was out.
    #[serde(skip)]
    pub explanation: Explanation,
}

/// An edition that waits for a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Until when.
    pub by: Instant,
    /// What happens when nothing was said until then.
    pub otherwise: Otherwise,
    /// When it was approved.
    pub approved_at: Option<Instant>,
}

/// What is due of a digest at `now`, after the slot `last`, by the clocks of `zones`.
#[must_use]
pub fn due(timetable: &Timetable, zones: &[Tz], last: Instant, now: Instant) -> Due {
    let catch_up = TimeDelta::from_std(timetable.catch_up).unwrap_or(TimeDelta::MAX);
    let in_time = |slot: Instant| slot == now || now - slot < catch_up;
    let mut publication: Option<Publication> = None;
    // Of each instant, how many zones' it is, and of how many of them it is on a quiet day.
    let mut come: BTreeMap<Instant, (usize, usize)> = BTreeMap::new();
    for zone in zones {
        let mut latest = None;
        let mut slot = timetable.schedule.last(*zone, now);
        for _ in 0..LOOKED_AT {
            let Some(at) = slot.filter(|at| *at > last) else { break };
            if !timetable.has_ended(*zone, at) {
                let (all, quiet) = come.entry(at).or_default();
                *all += 1;
                if timetable.is_quiet(*zone, at) {
                    *quiet += 1;
                } else if in_time(at) {
                    latest = latest.or(Some(at));
                }
            }
            slot = timetable.schedule.last(*zone, at - TimeDelta::milliseconds(1));
        }
        if let Some(latest) = latest {
            let publication =
                publication.get_or_insert_with(|| Publication { slot: latest, zones: Vec::new() });
            publication.slot = publication.slot.max(latest);
            publication.zones.push(*zone);
        }
    }
    let into = publication.as_ref().map(|publication| publication.slot);
    let why = |at: Instant, all: usize, quiet: usize| match into {
        _ if all == quiet => Skipped::Quiet,
        Some(into) if in_time(at) => Skipped::Merged { into },
        _ => Skipped::Late { minutes: (now - at).num_minutes(), allowed: catch_up.num_minutes() },
    };
    let passed = come.into_iter().filter(|(at, _)| into != Some(*at));
    Due { passed: passed.map(|(at, (all, quiet))| (at, why(at, all, quiet))).collect(), publication }
}
