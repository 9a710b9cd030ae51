//! The carriers behind one door: a relay, a folder, or memory.

use std::io;
use std::path::Path;

use super::conversation::Conversation;
use super::letter::Letter;
use super::memory::Memory;
use super::outbox::Outbox;
use super::smtp::{Relay, Smtp};
use crate::model::Reply;

/// What takes letters away; a clone shares everything with its original.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// A folder of `.eml` files.
    Outbox(Outbox),
    /// A vector, for tests.
    Memory(Memory),
    /// A mail relay.
    Smtp(Smtp),
}

impl Carrier {
    /// Returns a carrier that writes into a folder, which is made if need be.
    pub fn outbox(dir: &Path) -> io::Result<Self> {
        Ok(Self::Outbox(Outbox::new(dir)?))
    }

    /// Returns a carrier that keeps letters in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Returns a carrier that speaks to a relay; nothing is opened yet.
    #[must_use]
    pub fn smtp(relay: Relay) -> Self {
        Self::Smtp(Smtp::new(relay))
    }

    /// Returns how many connections may be open at once, at least 1.
    #[must_use]
    pub fn connections(&self) -> usize {
        match self {
            Self::Outbox(_) => 2,
            Self::Memory(_) => 1,
            Self::Smtp(smtp) => smtp.connections(),
        }
    }

    /// Opens a connection, greeted, encrypted and logged in as configured; trouble is a reply of the step where it
    /// arose, and is never a delivery's.
    pub async fn connect(&self) -> Result<Connection, Reply> {
        let way = match self {
            Self::Outbox(outbox) => Way::Outbox(outbox.clone()),
            Self::Memory(memory) => Way::Memory(memory.clone()),
            Self::Smtp(smtp) => Way::Smtp(Box::new(smtp.connect().await?)),
        };
        Ok(Connection { way })
    }
}

/// An open way out, for one letter after the other.
#[derive(Debug)]
pub struct Connection {
    way: Way,
}

#[derive(Debug)]
enum Way {
    Outbox(Outbox),
    Memory(Memory),
    Smtp(Box<Conversation>),
}

impl Connection {
    /// Sends a letter and returns what was said last. A future that is dropped before its end leaves a connection
    /// that is not [usable](Self::usable).
    pub async fn send(&mut self, letter: &Letter) -> Reply {
        match self.begin(letter).await {
            Ok(()) => self.finish(letter, None).await,
            Err(reply) => reply,
        }
    }

    /// Hands over a letter so far that nobody has it yet; `Err` is what was said instead of a go-ahead.
    pub async fn begin(&mut self, letter: &Letter) -> Result<(), Reply> {
        match &mut self.way {
            Way::Outbox(_) | Way::Memory(_) => Ok(()),
            Way::Smtp(conversation) => conversation.begin(letter).await,
        }
    }

    /// Ends the letter that was begun, and returns what was said last.
    ///
    /// The envelope of the `next` one may go ahead; from then on the connection [takes](Self::takes) that one only.
    pub async fn finish(&mut self, letter: &Letter, next: Option<&Letter>) -> Reply {
        match &mut self.way {
            Way::Outbox(outbox) => outbox.take(letter).await,
            Way::Memory(memory) => memory.take(letter),
            Way::Smtp(conversation) => conversation.finish(next).await,
        }
    }

    /// True if the connection takes this letter; if not, close it and open a new one.
    #[must_use]
    pub fn takes(&self, letter: &Letter) -> bool {
        match &self.way {
            Way::Outbox(_) | Way::Memory(_) => true,
            Way::Smtp(conversation) => conversation.takes(letter),
        }
    }

    /// True if the connection takes another letter; if not, drop it and open a new one.
    #[must_use]
    pub fn usable(&self) -> bool {
        match &self.way {
            Way::Outbox(_) | Way::Memory(_) => true,
            Way::Smtp(conversation) => conversation.usable(),
        }
    }

    /// Says goodbye, briefly.
    pub async fn close(self) {
        match self.way {
            Way::Outbox(_) | Way::Memory(_) => {}
            Way::Smtp(conversation) => conversation.close().await,
        }
    }
}
