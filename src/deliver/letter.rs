//! A letter: a plate's segments and one reader's values, copied into one buffer.

use std::fmt;

use super::header;
use super::plate::{Field, Plate};
use super::quoted::filling;
use crate::model::{DeliveryId, EmailAddress, Hole};

/// The longest address that is put into a letter; its header line stays far under 998 octets (RFC 5322 §2.1.1).
const URL: usize = 900;
/// The longest Message-ID: its line stays under 998 octets, and Gmail takes no more than 500.
const MESSAGE_ID: usize = 320;

/// One reader of one edition, as far as their letter goes; `Debug` shows neither name nor tokens.
#[derive(Clone)]
pub struct Recipient {
    /// The delivery that the letter is for.
    pub delivery: DeliveryId,
    /// The reader's address.
    pub address: EmailAddress,
    /// The reader's name; empty if unknown.
    pub name: String,
    /// The sender of the envelope, to whom bounces go; none for the sender in From.
    pub return_path: Option<EmailAddress>,
    /// The letter's own Message-ID without `<` and `>`; the part after the `@` is the sender's domain.
    pub message_id: String,
    /// The https address at which this reader leaves the list; http only to this very machine, for trying out. Empty
    /// where there is no list.
    pub unsubscribe: String,
    /// The address of this reader's preferences, with the same rule.
    pub preferences: String,
}

/// A message addressed to one reader: the envelope and the final bytes; `Debug` shows their number only.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The delivery that it is for.
    pub delivery: DeliveryId,
    /// The sender of the envelope.
    pub sender: EmailAddress,
    /// The one recipient of the envelope.
    pub recipient: EmailAddress,
    /// Its Message-ID without `<` and `>`.
    pub message_id: String,
    /// Headers and body, CRLF line ends, dots not stuffed.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient")
            .field("delivery", &self.delivery)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("delivery", &self.delivery)
            .field("recipient", &self.recipient)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Why a reader gets no letter; no message holds the reader's address or token.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum LetterError {
    /// RFC 5322 §3.6.4, and the domain must be the sender's.
    #[error("the Message-ID of the delivery is not of the form name@domain with the sender's domain")]
    MessageId,
    /// RFC 8058 §3.1.
    #[error("the unsubscribe address is not an https URL of at most 900 plain characters")]
    Unsubscribe,
    /// The same for preferences.
    #[error("the preferences address is not an https URL of at most 900 plain characters")]
    Preferences,
    /// The crypto library gave no signature.
    #[error("the letter could not be signed")]
    Unsigned,
}

impl Plate {
    /// Makes one reader's letter; the work is copying, nothing of the message is encoded again.
    pub fn letter(&self, to: &Recipient) -> Result<Letter, LetterError> {
        self.check(to)?;
        let recipient = header::mailbox(4, &to.name, to.address.as_str());
        let plain = [filling(&to.unsubscribe), filling(&to.preferences)];
        let escaped = [escaped(&to.unsubscribe), escaped(&to.preferences)];
        let value = |field: Field| -> &[u8] {
            let in_text = |hole: Hole| plain[index(hole)].as_slice();
            match field {
                Field::To => recipient.as_bytes(),
                Field::MessageId => to.message_id.as_bytes(),
                Field::ListUnsubscribe => to.unsubscribe.as_bytes(),
                Field::Text(hole) => in_text(hole),
                Field::Html(hole) => escaped[index(hole)].as_deref().unwrap_or_else(|| in_text(hole)),
            }
        };
        let values: usize = self.cuts.iter().map(|cut| value(cut.field).len()).sum();
        let mut bytes = Vec::with_capacity(self.fixed.len() + values);
        let mut from = 0;
        for cut in &self.cuts {
            bytes.extend_from_slice(&self.fixed[from..cut.at]);
            bytes.extend_from_slice(value(cut.field));
            from = cut.at;
        }
        bytes.extend_from_slice(&self.fixed[from..]);
        Ok(Letter {
            delivery: to.delivery,
            sender: to.return_path.as_ref().unwrap_or(&self.sender).clone(),
            recipient: to.address.clone(),
            message_id: to.message_id.clone(),
            bytes,
        })
    }

    fn check(&self, to: &Recipient) -> Result<(), LetterError> {
        let atom = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        };
        let id = to.message_id.rsplit_once('@').filter(|(left, right)| {
            left.split('.').all(atom) && *right == self.sender.domain() && to.message_id.len() <= MESSAGE_ID
        });
        if id.is_none() {
            return Err(LetterError::MessageId);
        }
        if self.listed && !printable_url(&to.unsubscribe) {
            return Err(LetterError::Unsubscribe);
        }
        if self.listed && !printable_url(&to.preferences) {
            return Err(LetterError::Preferences);
        }
        Ok(())
    }
}

const fn index(hole: Hole) -> usize {
    match hole {
        Hole::Unsubscribe => 0,
        Hole::Preferences => 1,
    }
}

/// What goes into an attribute of the HTML, where that is not the plain text.
fn escaped(url: &str) -> Option<Vec<u8>> {
    url.contains(['&', '\'']).then(|| filling(&url.replace('&', "&amp;").replace('\'', "&#39;")))
}

/// True for https (http on this machine), nothing that could end a header, an attribute or a line.
fn printable_url(url: &str) -> bool {
    let loopback = ["127.0.0.1", "localhost", "[::1]"];
    let here = |rest: &str| {
        loopback
            .iter()
            .any(|host| rest.strip_prefix(host).is_some_and(|r| r.starts_with([':', '/']) || r.is_empty()))
    };
    let scheme = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => !rest.is_empty(),
        (None, Some(rest)) => here(rest),
        (None, None) => false,
    };
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    scheme && url.len() <= URL && url.bytes().all(plain)
}
