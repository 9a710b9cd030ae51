//! The postmark: what all letters of an edition have in common beside the message, and letters made with it.

use std::hash::{Hash as _, Hasher as _};

use super::PressError;
use crate::deliver::{Imprint, Letter, Plate, Recipient};
use crate::model::{DeliveryId, Digest, EmailAddress, Instant, List, Message};
use crate::store::Claimed;

/// Who sends, and where the public pages are.
#[derive(Debug, Clone)]
pub struct Postmark {
    /// The digest: sender, answers, zone.
    pub digest: Digest,
    /// The address of the public pages, without a slash at the end.
    pub public_url: String,
}

impl Postmark {
    /// Encodes the message for the readers of one list.
    pub(super) fn plate(&self, message: &Message, list: &List, date: Instant) -> Result<Plate, PressError> {
        let imprint = Imprint {
            from: self.digest.from.clone(),
            reply_to: self.digest.reply_to.clone(),
            list_title: list.title.clone(),
            list_id: list.list_id.clone(),
            date,
            zone: self.digest.zone,
        };
        Ok(Plate::new(message, &imprint)?)
    }

    /// What differs for one reader; the Message-ID is made of the delivery, so that a second try has it too.
    pub(super) fn recipient(&self, claimed: &Claimed, edition_token: &str) -> Recipient {
        Recipient {
            delivery: claimed.delivery,
            address: claimed.address.clone(),
            name: claimed.name.clone(),
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
    let plate = postmark.plate(message, list, date)?;
    let domain = postmark.digest.from.address.domain();
    // No row gives it a number: what it is made of does, so that two copies are never one to a mailbox.
    let mut hasher = std::hash::DefaultHasher::new();
    (to, &message.subject, &message.html, date).hash(&mut hasher);
    let number = hasher.finish();
    let recipient = Recipient {
        delivery: DeliveryId(0),
        address: to.clone(),
        name: String::new(),
        message_id: format!("sample.{number:016x}@{domain}"),
        unsubscribe: format!("{}/unsubscribe/sample", postmark.public_url),
        preferences: format!("{}/preferences/sample", postmark.public_url),
    };
    Ok(plate.letter(&recipient)?)
}
