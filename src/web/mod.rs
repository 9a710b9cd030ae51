//! What a browser sees of Pressrun: so far the inbox of an outbox folder.
//!
//! Does: shows letters as a mail client would, on loopback.
//!
//! Promises: a letter's HTML is shown in a frame that can run nothing and knows nothing of this page.
//!
//! Never: sends, composes, or listens on anything but what it is given.

mod inbox;

pub use inbox::inbox;
