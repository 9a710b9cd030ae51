//! The nouns: one word for one thing, the same in code, SQL, command line and log.
//!
//! Promises: every type is pure — no SQL, HTTP, SMTP, clock or configuration — and a value that exists was
//! checked once, when it was parsed. Never: imports another room.

mod address;
mod article;
mod composed;
mod delivery;
mod digest;
mod editing;
mod edition;
mod entry;
mod id;
mod lane;
mod language;
mod leaving;
mod list;
mod look;
mod mail;
mod message;
mod name;
mod never;
mod notice;
mod passage;
mod picture_copy;
mod polling;
mod reader;
mod rereading;
mod rules;
mod schedule;
mod schedule_cron;
mod schedule_dates;
mod schedule_days;
mod schedule_error;
mod schedule_fields;
mod schedule_speech;
mod schedule_times;
mod schedule_wall;
mod schedule_words;
mod selector;
mod signup;
mod slot;
mod source;
mod subscriber;
mod timetable;

pub use address::{AddressError, EmailAddress, Mailbox};
pub use article::{Article, Candidate, Fingerprint, Image, Popularity};
pub use composed::{Composed, Explained, Explanation, Nothing, Placement, WhyOut};
pub use delivery::{
    Attempt, Delivery, DeliveryState, DeliveryTotals, Excluded, Outcome, Reply, Step, UnknownState,
};
pub use digest::{Digest, Order, Section, Take};
pub use editing::{Editing, Hand, Handled};
pub use edition::{Also, Edition, EditionRecord, EditionSection, EditionState, Kept, Placed, Previous};
pub use entry::{Entry, Markup, Picture};
pub use id::{ArticleId, CallId, DeliveryId, EditionId, ListId, MailId, SourceId, SubscriberId};
pub use lane::Lane;
pub use language::{Direction, Language};
pub use leaving::{LeavingReason, Way};
pub use list::{List, NewList, Offer};
pub use look::LOOKS;
pub use mail::{Mail, MailRecord, MailState, NewMail};
pub use message::{Hole, Message};
pub use name::{Name, NameError};
pub use never::{Never, NeverError, Suppression};
pub use notice::{Bulletin, Matter, Notice, NoticeState, Told};
pub use passage::Passage;
pub use picture_copy::{PictureCopy, PictureKind};
pub use polling::{Bounds, Happened, Next, Wish, jittered};
pub use reader::{Choice, Move, MoveStand, Reader, Wishes};
pub use rereading::{read_again, try_again};
pub use rules::{Rewrite, Rule, RuleError, Rules};
pub use schedule::Schedule;
pub use schedule_error::ScheduleError;
pub(crate) use selector::{Compare, Relation, Stride, Test};
pub use selector::{Selector, SelectorError};
pub use signup::{Acquaintance, Consent, NewSignup, Signup};
pub use slot::{Ask, Due, Publication, Skipped, SlotRecord, SlotState, due, due_since};
pub use source::{Health, Hub, Manner, NewSource, Source, SourceKind, SourceOrigin, Validators};
pub use subscriber::{NewSubscriber, Subscriber, Subscription, SubscriptionState};
pub use timetable::{Approval, Otherwise, QuietDay, SlotZone, Timetable};

/// An instant, always UTC; zones are for schedules and for what a reader sees.
pub type Instant = chrono::DateTime<chrono::Utc>;
