//! A delivery (edition × subscriber), its attempts, and the words for how they end.

use serde::{Deserialize, Serialize};

use super::{DeliveryId, EditionId, EmailAddress, Instant};

/// The step of the conversation at which a reply came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Opening the connection.
    Connect,
    /// The server's greeting and EHLO.
    Greeting,
    /// STARTTLS and the handshake.
    Tls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA, up to the go-ahead.
    Content,
    /// The final dot: after it a lost connection leaves the outcome open.
    FinalDot,
}

/// What a server said, and at which step; a broken connection is a reply too, with code 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Where in the conversation.
    pub step: Step,
    /// The three digits, or 0 where the network and not the server answered.
    pub code: u16,
    /// RFC 3463, as `5.1.1`, when the server gave one.
    pub enhanced: Option<String>,
    /// The server's words or the network's trouble, one line, no control characters.
    pub text: String,
}

impl Reply {
    /// True if the relay took the letter.
    #[must_use]
    pub const fn accepted(&self) -> bool {
        matches!(self.step, Step::FinalDot) && self.code >= 200 && self.code < 300
    }
}

/// How an attempt leaves a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The relay took it; no more is known.
    Sent,
    /// To be tried again, not before this instant.
    Deferred {
        /// The earliest next try.
        until: Instant,
    },
    /// Refused for good; says nothing about later editions.
    Refused,
    /// The connection was lost after the final dot: the relay may or may not have it.
    Uncertain,
    /// The address is never to be written to again.
    Suppressed,
    /// Given up after too many tries.
    Expired,
    /// Withdrawn before it went.
    Cancelled,
}

/// The state of a delivery: each is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its turn.
    Queued,
    /// In the hands of a carrier.
    Sending,
    /// The relay took it.
    Sent,
    /// Waiting for its next try.
    Deferred,
    /// Refused for good.
    Refused,
    /// Perhaps sent.
    Uncertain,
    /// The address was suppressed before it went.
    Suppressed,
    /// Given up.
    Expired,
    /// Withdrawn.
    Cancelled,
}

/// A word that names no [`DeliveryState`].
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a state: expected queued, sending, sent, deferred, refused, uncertain, suppressed, expired or cancelled"
)]
pub struct UnknownState(pub String);

impl DeliveryState {
    /// Every state, in the order of a delivery's life.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Deferred,
        Self::Refused,
        Self::Uncertain,
        Self::Suppressed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The word that the store and the command line use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// True while a letter may still go out.
    #[must_use]
    pub const fn open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::Deferred)
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = UnknownState;
    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|s| s.as_str() == word).ok_or_else(|| UnknownState(word.to_owned()))
    }
}

impl From<Outcome> for DeliveryState {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Sent => Self::Sent,
            Outcome::Deferred { .. } => Self::Deferred,
            Outcome::Refused => Self::Refused,
            Outcome::Uncertain => Self::Uncertain,
            Outcome::Suppressed => Self::Suppressed,
            Outcome::Expired => Self::Expired,
            Outcome::Cancelled => Self::Cancelled,
        }
    }
}

/// One try of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// When it began.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// What was said last.
    pub reply: Reply,
    /// What that means for the delivery.
    pub outcome: Outcome,
    /// True if the reply shows that nothing may be sent to the address again.
    pub suppress: bool,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Its row.
    pub id: DeliveryId,
    /// The edition.
    pub edition: EditionId,
    /// The reader.
    pub address: EmailAddress,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// How often it was uncertain; if not 0 it may have arrived more than once.
    pub doubts: u32,
    /// Not to be tried before this instant.
    pub due_at: Option<Instant>,
    /// The last reply.
    pub reply: Option<Reply>,
    /// When the last try ended.
    pub ended_at: Option<Instant>,
}

/// Who of a digest's lists was left out when an edition was released, by the best that can be said of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Excluded {
    /// Has not confirmed yet.
    pub pending: u64,
    /// Has left.
    pub unsubscribed: u64,
    /// Confirmed, and never to be written to again.
    pub suppressed: u64,
    /// Wants no letters for a while.
    pub paused: u64,
    /// Does not want this digest.
    pub declined: u64,
    /// Has chosen sections of which none has anything in the edition.
    pub nothing: u64,
}

impl Excluded {
    /// How many in all.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.pending + self.unsubscribed + self.suppressed + self.paused + self.declined + self.nothing
    }
}

/// Where an edition's deliveries stand; `candidates = excluded + the nine states`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DeliveryTotals {
    /// Everybody on the digest's lists, of whatever state, at release.
    pub candidates: u64,
    /// Those who were left out at release.
    pub excluded: u64,
    /// The same by reason.
    pub left_out: Excluded,
    /// How many were `uncertain` once and are not now: they may have arrived more than once.
    pub doubtful: u64,
    /// One count for each [`DeliveryState`], in the order of [`DeliveryState::ALL`]; as JSON, by their names.
    #[serde(serialize_with = "by_name")]
    pub by_state: [u64; 9],
}

fn by_name<S: serde::Serializer>(counts: &[u64; 9], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(DeliveryState::ALL.iter().map(|state| state.as_str()).zip(counts))
}

impl DeliveryTotals {
    /// How many deliveries are in this state.
    #[must_use]
    pub const fn in_state(&self, state: DeliveryState) -> u64 {
        self.by_state[state as usize]
    }

    /// How many letters may still go out.
    #[must_use]
    pub fn open(&self) -> u64 {
        DeliveryState::ALL.into_iter().filter(|s| s.open()).map(|s| self.in_state(s)).sum()
    }
}
