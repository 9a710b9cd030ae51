//! A mail: a message to one person that is no edition — a notice to the publisher, a question to a reader.

use std::fmt;

use serde::Serialize;

use super::{EmailAddress, Instant, MailId, Mailbox, Message, Name, Reply};

/// A mail that is to be sent; `Debug` does not show what it says, for that may hold a token.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail {
    /// What it is for, such as `notices`, `approval` or `confirmation`.
    pub purpose: Name,
    /// The matter: of mails with the same key only the first is ever sent. `None` where each is its own matter.
    pub key: Option<String>,
    /// To whom.
    pub to: EmailAddress,
    /// The name that goes with the address; empty if unknown.
    pub to_name: String,
    /// The sender.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The message, without [`Hole`](super::Hole) marks.
    pub message: Message,
    /// When it is given up.
    pub expires_at: Instant,
}

impl fmt::Debug for NewMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMail")
            .field("purpose", &self.purpose)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// A mail in the hands of whoever sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its row.
    pub id: MailId,
    /// What is sent.
    pub new: NewMail,
    /// When it was written, which is its date at every try.
    pub created_at: Instant,
    /// 32 hexadecimal digits, made once: a part of its Message-ID at every try.
    pub token: String,
    /// The tries so far.
    pub attempts: u32,
    /// How often it was uncertain.
    pub doubts: u32,
}

/// The state of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Waiting for its first or its next try.
    Queued,
    /// In somebody's hands.
    Sending,
    /// The relay took it.
    Sent,
    /// Refused for good.
    Refused,
    /// Given up.
    Expired,
    /// Perhaps sent; tried once more if it has a due instant.
    Uncertain,
}

impl MailState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Sent, Self::Refused, Self::Expired, Self::Uncertain];

    /// The word that the store and the command line use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Uncertain => "uncertain",
        }
    }
}

/// What is remembered of a mail; what it said is forgotten when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailRecord {
    /// Its row.
    pub id: MailId,
    /// What it is for.
    pub purpose: Name,
    /// To whom.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created_at: Instant,
    /// Not to be tried before this instant; `None` if nobody tries it again.
    pub due_at: Option<Instant>,
    /// What was said last.
    pub reply: Option<Reply>,
}
