//! Making: the edition of a slot that is open, from the articles to its release — or to the question whether it may go.

use chrono::TimeDelta;

use super::approval::{self, Asking};
use super::publishing::{Orders, Publishing};
use super::waves::{self, Made};
use super::{Postmark, PressError, proofreading, sample_letter};
use crate::model::{
    Approval, Digest, EditionId, EditionState, EmailAddress, Explanation, Instant, Message, Publication,
    Skipped, Timetable,
};
use crate::store::{StoreError, Verdict};

/// What became of a draft that was to be released.
pub(super) enum Ended {
    /// It is decided.
    Verdict(Verdict),
    /// Another edition came in between.
    Overtaken,
}

impl<O: Orders> Publishing<'_, O> {
    /// Makes and releases the edition of a slot that the holder has open, or finds why there is none.
    pub(super) async fn make(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        due: &Publication,
        holder: &str,
    ) -> Result<(Verdict, Option<Explanation>, Option<String>), PressError> {
        if let Some(verdict) = self.left_behind(digest, due.slot).await? {
            return Ok((verdict, None, None));
        }
        // Somebody may send by hand at the very moment.
        for _ in 0..3 {
            let now = self.clock.now();
            let theme = self.orders.theme(digest).map_err(PressError::Theme)?;
            let postmark = self.orders.postmark(digest);
            let made = match self.orders.pictures() {
                Some(pictures) => {
                    pictures.make(digest, timetable, due, &theme, &postmark.public_url, now).await?
                }
                None => {
                    waves::make(self.store, digest, timetable, due, &theme, &postmark.public_url, now).await?
                }
            };
            let (draft, variants, readings, audience) = match made {
                Made::Edition { draft, variants, readings, audience } => {
                    (draft, variants, readings, audience)
                }
                Made::Nothing(why, explanation) => return Ok((Verdict::Skipped(why), explanation, None)),
            };
            for message in std::iter::once(&draft.message).chain(variants.iter().map(|v| &v.message)) {
                self.try_letters(&postmark, digest, message, now).await?;
            }
            self.proofread(&postmark, digest, &draft.message, now).await?;
            let explanation = draft.explanation.clone();
            let id = self.store.put_edition(&draft.edition, &draft.message, &draft.explanation, now).await?;
            waves::address(self.store, id, audience.as_ref(), &variants, &readings).await?;
            if let Some(Approval { within, otherwise }) = timetable.approval {
                let by = now + TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
                let readers = self.store.readers_of(id, &digest.lists, now).await?;
                let (edition, draft, public_url) = (id, &draft, &*postmark.public_url);
                let mails = |token: &str| {
                    let asking = Asking { digest, edition, draft, readers, by, otherwise, token, public_url };
                    approval::mails(self.orders.publisher(), &asking, now)
                };
                let token = self.store.ask(id, holder, by, otherwise, now, mails).await?;
                return Ok((Verdict::Waiting(id), Some(explanation), Some(token)));
            }
            let zones = audience.as_ref().map(|audience| &*audience.zones);
            match self.release(digest, timetable, id, zones, Some(holder)).await? {
                Ended::Verdict(verdict) => return Ok((verdict, Some(explanation), None)),
                Ended::Overtaken => {
                    self.store.discard(id).await?;
                }
            }
        }
        Err(PressError::Overtaken)
    }

    /// What somebody who died has left of the slot's edition.
    async fn left_behind(&self, digest: &Digest, slot: Instant) -> Result<Option<Verdict>, PressError> {
        let Some(record) = self.store.edition_at(&digest.name, slot).await? else { return Ok(None) };
        Ok(match (record.state, record.ask) {
            (EditionState::Released | EditionState::Finished, _) => Some(Verdict::Published(record.id)),
            (EditionState::Cancelled, _) => Some(Verdict::Skipped(Skipped::Cancelled { edition: record.id })),
            (EditionState::Draft, Some(_)) => Some(Verdict::Waiting(record.id)),
            (EditionState::Draft, None) => {
                self.store.discard(record.id).await?;
                None
            }
        })
    }

    /// Makes a letter for every list, so that what no letter can carry is found before anything is used up.
    async fn try_letters(
        &self,
        postmark: &Postmark,
        digest: &Digest,
        message: &Message,
        now: Instant,
    ) -> Result<(), PressError> {
        let lists = self.store.lists().await?;
        for counted in lists.iter().filter(|counted| digest.lists.contains(&counted.list.name)) {
            // The sender is an address that letters may go to.
            let anybody: &EmailAddress = &digest.from.address;
            sample_letter(postmark, &counted.list, message, anybody, now)?;
        }
        Ok(())
    }

    /// Looks for faults in what most readers get, and tells them; nothing waits for that.
    async fn proofread(
        &self,
        postmark: &Postmark,
        digest: &Digest,
        message: &Message,
        now: Instant,
    ) -> Result<(), PressError> {
        let lists = self.store.lists().await?;
        let Some(counted) = lists.iter().find(|counted| digest.lists.contains(&counted.list.name)) else {
            return Ok(());
        };
        let findings = proofreading::proofread(postmark, &counted.list, message, now)?;
        proofreading::tell(self.store, digest, &findings, now).await
    }

    pub(super) async fn release(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        id: EditionId,
        zones: Option<&[String]>,
        holder: Option<&str>,
    ) -> Result<Ended, PressError> {
        let now = self.clock.now();
        let next = timetable.next_for(zones, now);
        let terms = self.orders.terms(digest, next, now);
        match self.store.release_for(holder, id, &digest.lists, &terms, now).await {
            // Somebody else was quicker.
            Ok(_)
            | Err(StoreError::NotADraft { state: EditionState::Released | EditionState::Finished, .. }) => {
                Ok(Ended::Verdict(Verdict::Published(id)))
            }
            Err(StoreError::NotADraft { .. } | StoreError::NoEdition(_)) => {
                Ok(Ended::Verdict(Verdict::Skipped(Skipped::Cancelled { edition: id })))
            }
            Err(StoreError::Overtaken(_)) => Ok(Ended::Overtaken),
            Err(error) => Err(error.into()),
        }
    }
}
