//! The postmark: what all letters of an edition have in common beside the message, and letters made with it.

use std::hash::{Hash as _, Hasher as _};

use super::PressError;
use crate::deliver::{Imprint, Letter, LetterError, ListHead, Plate, Recipient, ReturnPath, Signer};
use crate::model::{DeliveryId, Digest, EmailAddress, Instant, List, Message};
use crate::store::Claimed;

/// Who sends, and where the public pages are.
#[derive(Debug, Clone)]
pub struct Postmark {
    /// The digest: sender, answers, zone.
    pub digest: Digest,
    /// The address of the public pages, without a slash at the end.
    pub public_url: String,
    /// Who signs the letters; none where that is left to the relay.
    pub signer: Option<Signer>,
    /// To whom bounces go; none for the sender.
    pub return_path: Option<ReturnPath>,
}

impl Postmark {
    /// Returns a postmark that neither signs nor has return paths of its own.
    #[must_use]
    pub const fn new(digest: Digest, public_url: String) -> Self {
        Self { digest, public_url, signer: None, return_path: None }
    }

    /// Makes and signs the letter of one delivery. All of it is work for a core: an RSA signature takes as long as
    /// a hundred letters without one.
    pub(super) fn letter(
        &self,
        plate: &Plate,
        claimed: &Claimed,
        edition_token: &str,
    ) -> Result<Letter, LetterError> {
        self.signed(plate.letter(&self.recipient(claimed, edition_token))?)
    }

    fn signed(&self, mut letter: Letter) -> Result<Letter, LetterError> {
        if let Some(signer) = &self.signer {
            signer.sign(&mut letter)?;
        }
        Ok(letter)
    }

    fn return_path(&self, delivery: DeliveryId) -> Option<EmailAddress> {
        self.return_path.as_ref().map(|path| path.for_delivery(delivery))
    }

    /// Encodes the message for the readers of one list; for some of them without HTML.
    pub(super) fn plate(
        &self,
        message: &Message,
        list: &List,
        date: Instant,
        plain: bool,
    ) -> Result<Plate, PressError> {
        let imprint = Imprint {
            from: self.digest.from.clone(),
            reply_to: self.digest.reply_to.clone(),
            list: Some(ListHead { title: list.title.clone(), id: list.list_id.clone() }),
            date,
            zone: self.digest.zone,
        };
        Ok(if plain { Plate::plain(message, &imprint)? } else { Plate::new(message, &imprint)? })
    }

    /// What differs for one reader; the Message-ID is made of the delivery, so that a second try has it too.
    fn recipient(&self, claimed: &Claimed, edition_token: &str) -> Recipient {
        Recipient {
            delivery: claimed.delivery,
            address: claimed.address.clone(),
            name: claimed.name.clone(),
            return_path: self.return_path(claimed.delivery),
            message_id: format!("{}.{edition_token}@{}", claimed.delivery, self.digest.from.address.domain()),
            unsubscribe: format!("{}/unsubscribe/{}", self.public_url, claimed.list_token),
            preferences: format!("{}/preferences/{}", self.public_url, claimed.reader_token),
        }
    }
}

/// Makes the letter that `to` would get, with addresses that name nobody: for previews and test copies.
pub fn sample_letter(
    postmark: &Postmark,
    list: &List,
    message: &Message,
    to: &EmailAddress,
    date: Instant,
) -> Result<Letter, PressError> {
    let plate = postmark.plate(message, list, date, false)?;
    let domain = postmark.digest.from.address.domain();
    // No row gives it a number: what it is made of does, so that two copies are never one to a mailbox.
    let mut hasher = std::hash::DefaultHasher::new();
    (to, &message.subject, &message.html, date).hash(&mut hasher);
    let number = hasher.finish();
    let recipient = Recipient {
        delivery: DeliveryId(0),
        address: to.clone(),
        name: String::new(),
        return_path: postmark.return_path(DeliveryId(0)),
        message_id: format!("sample.{number:016x}@{domain}"),
        unsubscribe: format!("{}/unsubscribe/sample", postmark.public_url),
        preferences: format!("{}/preferences/sample", postmark.public_url),
    };
    Ok(postmark.signed(plate.letter(&recipient)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_can_be_made_and_signed_on_any_thread() {
        const fn anywhere<T: Send + Sync + 'static>() {}
        anywhere::<Postmark>();
        anywhere::<Plate>();
    }
}
