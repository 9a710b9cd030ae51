//! The store: all SQL, on SQLite or PostgreSQL.
//!
//! It remembers sources, what hubs push, articles with what was found of their pictures and the copies of these, where
//! letters lead through to them and how often that was followed, editions, lists, readers, the ledger of deliveries, mails to
//! one person, and what the publisher was told. Stages meet only here: one leaves rows in a state, the next takes them
//! from it.
//!
//! Promises:
//! * Every method is one transaction or one statement; none waits for the network of anybody but the database.
//! * For an edition, candidates = excluded + the deliveries in their nine states, at any instant.
//! * A digest has one edition a slot, a reader one delivery an edition; a delivery is never in two hands.
//! * An import brings back nobody who has left or is suppressed (RFC 8058 §3.1: leaving is for good).
//! * An address gets no more than so many mails within 24 hours because somebody asked for letters to it.
//! * Articles are consumed by released editions alone, and stay readable when their source goes.
//! * What a column holds is read with an error, never with a default. No error holds a password or an address.
//!
//! Never: reads the clock, knows a room, shows a row. Both engines run the same statements; what differs is in
//! `pool.rs`, `writer.rs` and `migrations/`, and in `attempts.rs` how a turn is written and the journal settled. Many
//! rows travel as one JSON array in one statement, because on SQLite a statement costs more than the rows in it.

mod abandoned;
mod approvals;
mod archive;
mod articles;
mod attempts;
mod candidates;
mod choices;
mod chores;
mod column;
mod consents;
mod consumed;
mod copies;
mod counters;
mod deliveries;
mod due;
mod editings;
mod editions;
mod error;
mod hubs;
mod keeping;
mod kept;
mod lanes;
mod leases;
mod leaver;
mod leaving;
mod ledger;
mod lists;
mod mails;
mod moving;
mod notices;
mod pages;
mod passages;
mod pictures;
mod polling;
mod pool;
mod pruned_articles;
mod pushes;
mod readers;
mod release;
mod restoring;
mod secrets;
mod set_right;
mod signups;
mod slot_leases;
mod slots;
mod sorting;
mod sources;
mod subscribers;
mod suppressions;
mod telling;
mod token;
mod waves;
mod welcome;
mod writer;

pub use archive::{Further, Past};
pub use articles::Gathered;
pub use attempts::Turn;
pub use choices::{Group, Reading};
pub use deliveries::{Claimed, Fate, Pace, Waiting};
pub use editings::ReaderChoice;
pub use error::StoreError;
pub use hubs::AtHub;
pub use keeping::{Passed, Wanted};
pub use kept::KeptData;
pub use lanes::Lanes;
pub use leases::Lease;
pub use leaver::Leaver;
pub use leaving::{OnList, Standing};
pub use lists::ListCount;
pub use pages::{PageFound, PageRead, Pages};
pub use pictures::PictureFound;
pub use polling::{Poll, PollEnd, Polled};
pub use pushes::Push;
pub use release::{Released, Terms};
pub use restoring::{Caution, Counted};
pub use signups::Answer;
pub use slots::{Ending, Order, Verdict};
pub use subscribers::Added;
pub use telling::{Call, Telling};
pub use waves::{Audience, Variant};

/// The door to the database; a clone is cheap and shares the connections.
#[derive(Clone)]
pub struct Store(pool::Pool);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.either("Store(SQLite)", "Store(PostgreSQL)"))
    }
}
