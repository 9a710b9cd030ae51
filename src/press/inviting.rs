//! Inviting: what was asked for on a page is answered by a mail that asks the mailbox, or says that it has it already.
//!
//! The page wrote the same for every address; only here is looked at whose it is. Whoever has left comes back by their
//! own hand alone, also on lists that ask for no confirmation, and a suppressed address hears nothing.

use super::PressError;
use crate::model::{Digest, Instant, Language, Name, NewMail, Offer, Signup, SubscriptionState};
use crate::render::{Invitation, Theme, invitation, known_already};
use crate::store::{Answer, Store};

/// So many sign-ups are read at a time.
const BATCH: usize = 100;

/// What sign-ups are answered with.
#[derive(Debug, Clone)]
pub struct Inviting {
    /// The lists.
    pub offers: Vec<Offer>,
    /// The digests, each with what it looks like; a mail has the sender of the first that goes to one of its lists.
    pub digests: Vec<(Digest, Theme)>,
    /// What the site is called.
    pub site: String,
    /// Where the pages are, without a slash at the end.
    pub public_url: String,
    /// So many such mails an address gets within 24 hours, and no more.
    pub most: u32,
    /// The lists of which whoever is new gets the latest edition.
    pub welcoming: Vec<Name>,
}

/// Answers all sign-ups that wait; returns how many mails were queued by it.
pub async fn invite(store: &Store, inviting: &Inviting, now: Instant) -> Result<usize, PressError> {
    let mut queued = 0;
    loop {
        let waiting = store.waiting_signups(BATCH).await?;
        if waiting.is_empty() {
            return Ok(queued);
        }
        for signup in &waiting {
            let answer = inviting.answer(store, signup).await?;
            let done = store.answer_signup(signup, &answer, inviting.most, now).await?;
            if done && matches!(answer, Answer::Mail(_)) {
                queued += 1;
            }
        }
    }
}

impl Inviting {
    async fn answer(&self, store: &Store, signup: &Signup) -> Result<Answer, PressError> {
        let acquaintance = store.acquaintance(&signup.asked.address).await?;
        let on = |list: &Name| acquaintance.places.contains(&(list.clone(), SubscriptionState::Confirmed));
        let (have, want): (Vec<&Name>, Vec<&Name>) = signup.asked.lists.iter().partition(|list| on(list));
        let at_once = |list: &&Name| self.offer(list).is_some_and(|offer| !offer.confirm);
        let mail = match (&acquaintance.reader, want.is_empty()) {
            _ if acquaintance.suppressed || signup.asked.lists.is_empty() => None,
            (Some(reader), true) => {
                let href = format!("{}/preferences/{reader}", self.public_url);
                self.mail(signup, &have, &href, "subscribed")
            }
            (None, false) if !acquaintance.forgotten && want.iter().all(at_once) => {
                return Ok(Answer::Done(self.welcoming.clone()));
            }
            (_, _) => {
                let href = format!("{}/confirm/{}", self.public_url, signup.token);
                self.mail(signup, &want, &href, "confirmation")
            }
        };
        Ok(mail.map_or(Answer::Nothing, |mail| Answer::Mail(Box::new(mail))))
    }

    /// `None` if there is no digest, and so nobody in whose name to write.
    fn mail(&self, signup: &Signup, lists: &[&Name], href: &str, purpose: &str) -> Option<NewMail> {
        let theirs = |(digest, _): &&(Digest, Theme)| lists.iter().any(|list| digest.lists.contains(list));
        let (digest, theme) = self.digests.iter().find(theirs).or_else(|| self.digests.first())?;
        let english = Language::english();
        let titled = |list: &&Name| -> (String, Language) {
            let going_to = |(digest, _): &&(Digest, Theme)| digest.lists.contains(list);
            let digest = self.digests.iter().find(going_to).map(|(digest, _)| digest);
            let title = self.offer(list).map_or_else(|| list.to_string(), |offer| offer.title.clone());
            (title, digest.map_or_else(|| english.clone(), |digest| digest.language.clone()))
        };
        let titles: Vec<(String, Language)> = lists.iter().map(titled).collect();
        let matter = Invitation {
            signup,
            lists: titles.iter().map(|(title, language)| (title.as_str(), language)).collect(),
            site: &self.site,
            postal_address: &digest.postal_address,
            zone: digest.zone,
            href,
        };
        let write = if purpose == "confirmation" { invitation } else { known_already };
        Some(NewMail {
            purpose: Name::parse(purpose).ok()?,
            key: None,
            to: signup.asked.address.clone(),
            // A stranger may have written the name.
            to_name: String::new(),
            from: digest.from.clone(),
            reply_to: digest.reply_to.clone(),
            message: write(&matter, theme),
            expires_at: signup.asked.expires_at,
        })
    }

    fn offer(&self, list: &Name) -> Option<&Offer> {
        self.offers.iter().find(|offer| &offer.name == list)
    }
}
