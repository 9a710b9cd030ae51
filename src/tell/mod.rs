//! Telling: what the publisher hears about trouble, when, and by which webhook.
//!
//! [`choose`] decides, from everything that was said and from what was told before, what is told now: in groups, at most
//! one an hour, nothing twice within a day. A [`Webhook`] takes the same as JSON to an address of the publisher's.
//!
//! Promises:
//! * Pure where it decides: the same notices and the same instant give the same [`Bulletin`](crate::model::Bulletin).
//! * Whatever stands is told within the hour, unless it was told within a day; what comes and goes is told as mended when
//!   it has been well for an hour, and not each time.
//! * The webhook's address and its secret are in no log, no error and no `Debug`; a redirect is not followed (the notices
//!   are for the one address that was configured, RFC 9110 §15.4), and an exchange ends after 10 seconds.
//!
//! Never: reads the clock, sees the store, or tries again by itself.

mod choice;
mod webhook;

pub use choice::{Choice, choose};
pub use webhook::{Webhook, WebhookError, body};

/// The matter of a webhook that does not take what it is told; it is told by mail alone.
pub const WEBHOOK: &str = "webhook";
