//! Delivering: a message and a reader become a letter, and a letter becomes an outcome.
//!
//! What it does. A [`Plate`] is a message encoded once, with cut points where letters differ; making a
//! [`Letter`] is copying segments. A [`Signer`] signs it, and a [`ReturnPath`] says to whom its bounce goes and whose
//! bounce that is. A [`Carrier`] opens [`Connection`]s, a connection takes letters one by one and answers each with a
//! [`Reply`](crate::model::Reply), and [`judge`] says what a reply means for the delivery, for the address and for the
//! recipient's domain. How fast they go is arithmetic: [`plan`] gives letters their times on a
//! [`Lane`](crate::model::Lane), [`Providers`] knows which domains share one, [`WarmUp`] caps a day and [`Breaker`]
//! ends a bad run.
//!
//! What it promises.
//! * A letter has only CRLF line ends, no NUL, no line over 998 octets, body lines of at most 76 (RFC 5322
//!   §2.1.1, RFC 2045 §6.7), exactly one of each header and one recipient; through a list, a List-Id (RFC 2919) and
//!   one-click unsubscribing (RFC 8058), and to one person, neither. No name, title or subject can add a header, a recipient or a line.
//! * A signed letter verifies (RFC 6376, RFC 8301, RFC 8463) behind relays that fold, trace and add empty lines, and
//!   not behind one that adds a sender or a subject. No return path can be made without the key; failures are asked
//!   for by the delivery's name (RFC 3461).
//! * Trouble is a reply with its step and the code 0, never an `Err`: only the step tells a dead mailbox from a
//!   refused password.
//! * One envelope, one recipient. Every step has a time-out (RFC 5321 §4.5.3.2); after one, or after a send that
//!   was cancelled, the connection is never used again.
//! * Configured TLS never falls back to clear text, and what a server said before the handshake is forgotten
//!   (RFC 3207 §4.2). A password goes only over TLS, or to this very machine when plain was asked for.
//!
//! What it never does: reads the clock, sees the store or the configuration, decides about retries beyond the
//! next one, suppresses anybody, or writes an address into a log line.

mod canonical;
mod carrier;
mod caution;
mod conversation;
mod dialogue;
mod dkim;
mod dkim_key;
mod dsn;
mod header;
mod letter;
mod memory;
mod outbox;
mod pace;
mod plate;
mod providers;
mod quoted;
mod reply;
mod smtp;
mod tls;
mod verdict;
mod verp;
mod wire;
mod words;

pub use carrier::{Carrier, Connection};
pub use caution::{Breaker, WarmUp};
pub use dkim::Signer;
pub use dkim_key::{DkimError, DkimKey, KeyRecord};
pub use letter::{Letter, LetterError, Recipient};
pub use memory::Memory;
pub use outbox::Outbox;
pub use pace::{Slot, plan};
pub use plate::{Imprint, ListHead, Plate, PlateError};
pub use providers::{DomainRules, Providers};
pub use smtp::{Login, Relay, Security, Smtp, Timeouts};
pub use verdict::{DomainEffect, Judgement, Tries, Verdict, judge};
pub use verp::{ReturnPath, ReturnPathError};
