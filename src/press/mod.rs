//! The stages: take from the store, hand to a room, put back.
//!
//! Does: joins the rooms, which do not know one another. Each stage claims rows in one state and leaves them in
//! the next; none calls another, so that a restart or a second machine finds everything in the store.
//!
//! Promises: one bad source never stops the others; what a reader was sent is what the store holds; no database
//! transaction is open while the network is waited for.
//!
//! Never: draws, parses or speaks a protocol itself.

mod agenda;
mod answering;
mod approval;
mod asking;
mod braking;
mod clock;
mod collecting;
mod composing;
mod connections;
mod delivering;
mod feeding;
mod gathering;
mod glancing;
mod hubs;
mod inviting;
mod keeping;
mod line;
mod mailing;
mod making;
mod paging;
mod pictured;
mod picturing;
mod postmark;
mod proofreading;
mod publishing;
mod queue;
mod rack;
mod recorder;
mod running;
mod telling;
mod texts;
mod ticking;
mod walking;
mod waves;
mod ways;
mod witness;

pub use agenda::Agenda;
pub use clock::Clock;
pub use collecting::{Collected, CollectingRules, collect, due};
pub use composing::{Draft, Drafted, Stock, draft, store_draft};
pub use delivering::{Delivered, DeliveringRules, GivenUp, Run, deliver};
pub use gathering::{Gathering, Tally, gather};
pub use hubs::{Hubs, Pushing, Tended, tend};
pub use inviting::{Inviting, invite};
pub use keeping::{KeepingRules, Pruned, keep};
pub use mailing::{Mailed, Mailing, signer_of};
pub use picturing::Pictures;
pub use postmark::{Postmark, sample_letter};
pub use proofreading::{proofread, remark};
pub use publishing::{Orders, Published, Publishing, PublishingRules};
pub use running::{Event, run};
pub use telling::{PATIENCE, Publisher, tell};
pub use ticking::{Bell, EACH_HOUR, EACH_MINUTE, OFTEN, Ticks, at_every, at_every_hour};
pub use waves::ByHand;
pub use ways::{Way, Ways};
pub use witness::{RESTORED, Witness};

/// Why a stage had to stop.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The message could not be rendered.
    #[error(transparent)]
    Render(#[from] crate::render::RenderError),
    /// The message could not be encoded.
    #[error(transparent)]
    Plate(#[from] crate::deliver::PlateError),
    /// A letter could not be made.
    #[error(transparent)]
    Letter(#[from] crate::deliver::LetterError),
    /// An edition that is not in the store.
    #[error("there is no edition {0}")]
    NoEdition(crate::model::EditionId),
    /// A delivery through a list that is not in the store.
    #[error("there is no list {0} in the store, and an edition goes to it")]
    NoList(crate::model::ListId),
    /// The clock of ticks cannot be made.
    #[error("the clock of ticks cannot be used: {0}")]
    Ticks(String),
    /// A theme cannot be used.
    #[error("{0}")]
    Theme(String),
    /// Others released editions of a digest again and again while one was made.
    #[error("other editions of the digest were released while this one was made")]
    Overtaken,
    /// A part of the program died; nothing that it had recorded is lost.
    #[error("{0} ended before its work was done; run the command again, what was recorded is kept")]
    Died(&'static str),
}
