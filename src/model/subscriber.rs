//! A subscriber, the subscriptions, and the addresses never to be written to again.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{EmailAddress, Instant, Name, SubscriberId};

/// A person with an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscriber {
    /// Their row.
    pub id: SubscriberId,
    /// Their address.
    pub address: EmailAddress,
    /// Their name; empty if unknown.
    pub name: String,
    /// Where they are, by an IANA name; `None` for where the digest is at home.
    pub zone: Option<String>,
    /// When they came.
    pub created_at: Instant,
    /// Their lists.
    pub subscriptions: Vec<Subscription>,
}

/// A person on one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// The list.
    pub list: Name,
    /// Where it stands.
    pub state: SubscriptionState,
    /// Where and how the reader asked for it, if the publisher has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// Where a subscription stands; it moves from left to right, and back only by the reader's own hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Waiting for the reader's confirmation.
    Pending,
    /// Gets mail.
    Confirmed,
    /// Left.
    Unsubscribed,
}

impl SubscriptionState {
    /// The word that the store and the command line use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// A subscriber to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscriber {
    /// The address.
    pub address: EmailAddress,
    /// The name; empty if unknown.
    pub name: String,
    /// Where they are, if known.
    pub zone: Option<Tz>,
    /// Where and how they asked for letters, in the publisher's words; empty if that is not known.
    pub consent: String,
}
