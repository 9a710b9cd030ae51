//! Answering: what becomes of an edition that waits for a yes. It is released when the yes comes, or at its deadline if
//! silence is one; else it is withdrawn, with its slot and the reason, in one transaction.
//!
//! A yes is a word about this one edition, and holds while its digest is paused; silence does not. Neither holds for
//! longer than the digest's `catch_up`: what could not go in time is old news.

use chrono::TimeDelta;

use super::agenda::Agenda;
use super::making::Ended;
use super::publishing::{Orders, Published, Publishing};
use super::{PressError, publishing};
use crate::model::{Ask, Digest, EditionRecord, Instant, Name, Otherwise, Skipped, Timetable};
use crate::store::{Ending, Verdict};

/// So long the edition of a digest that the configuration does not have is kept beyond its deadline: another press may
/// have it, or it may come back.
const GRACE: TimeDelta = TimeDelta::hours(6);

/// The instant from which on an answer is late: a yes may come after the deadline, to an edition that is still there.
fn answered_at(ask: Ask) -> Instant {
    ask.approved_at.map_or(ask.by, |at| at.max(ask.by))
}

impl<O: Orders> Publishing<'_, O> {
    /// Releases what was approved, and ends the wait of what was not.
    pub(super) async fn decide_asked(
        &self,
        agenda: &mut Agenda,
        now: Instant,
    ) -> Result<Vec<Published>, PressError> {
        self.store.close_answered(now).await?;
        let (asked, mut all) = (self.store.asked().await?, Vec::new());
        if asked.is_empty() {
            return Ok(all);
        }
        let paused = self.store.paused_orders().await?;
        for record in asked {
            let Some(ask) = record.ask else { continue };
            let digest = self.orders.digests().iter().find(|digest| digest.name == record.digest);
            let answered = match digest.and_then(|digest| Some((digest, digest.timetable.as_ref()?))) {
                Some(standing) => self.answer(agenda, standing, &paused, &record, ask, now).await,
                None => self.wait_for_digest(agenda, &record, ask, now).await,
            };
            match answered {
                Ok(published) => all.extend(published),
                Err(error) => {
                    tracing::error!(edition.id = record.id.0, %error, "it could not be decided; it is tried again");
                }
            }
        }
        Ok(all)
    }

    async fn answer(
        &self,
        agenda: &Agenda,
        (digest, timetable): (&Digest, &Timetable),
        paused: &[Name],
        record: &EditionRecord,
        ask: Ask,
        now: Instant,
    ) -> Result<Option<Published>, PressError> {
        let edition = record.id;
        let why = match ask.approved_at {
            None if now < ask.by => return Ok(None),
            None if ask.otherwise == Otherwise::Skip => Some(Skipped::NotApproved { edition }),
            None if paused.contains(&digest.name) => Some(Skipped::Paused),
            None | Some(_) => late(timetable, answered_at(ask), now),
        };
        if let Some(why) = why {
            return self.withdraw(record, Some(timetable), why, now).await;
        }
        let verdict = match self.release(digest, timetable, edition, record.zones.as_deref(), None).await? {
            Ended::Verdict(verdict) => verdict,
            // What was approved is what is sent: it is not made anew behind anybody's back.
            Ended::Overtaken => {
                return self.withdraw(record, Some(timetable), Skipped::Overtaken { edition }, now).await;
            }
        };
        let remark = agenda.delay(ask.approved_at.unwrap_or(ask.by), now);
        let ending = Ending { verdict: &verdict, remark: remark.as_deref(), explanation: None, word: None };
        let closed = self.store.close_slot(&digest.name, record.slot, "", &ending, now).await?;
        let (digest, slot) = (digest.name.clone(), record.slot);
        Ok(closed.then_some(Published { digest, slot, verdict, remark, approval_token: None }))
    }

    /// Withdraws the edition and tells why; nothing if somebody has said something meanwhile.
    async fn withdraw(
        &self,
        record: &EditionRecord,
        timetable: Option<&Timetable>,
        why: Skipped,
        now: Instant,
    ) -> Result<Option<Published>, PressError> {
        let word = publishing::no_edition(&record.digest, timetable, record.slot, &why);
        let withdrawn = self.store.withdraw_asked(record, &why, &word, now).await?;
        let (digest, slot, verdict) = (record.digest.clone(), record.slot, Verdict::Skipped(why));
        Ok(withdrawn.then_some(Published { digest, slot, verdict, remark: None, approval_token: None }))
    }

    /// A digest that the configuration does not have, or without a schedule, sends nothing, whatever is said.
    async fn wait_for_digest(
        &self,
        agenda: &mut Agenda,
        record: &EditionRecord,
        ask: Ask,
        now: Instant,
    ) -> Result<Option<Published>, PressError> {
        if now - answered_at(ask) >= GRACE {
            return self.withdraw(record, None, Skipped::NoDigest, now).await;
        }
        if agenda.first_missed(record.id) {
            let (id, digest) = (record.id, &record.digest);
            let text = format!(
                "edition {id} waits for a yes, and the configuration has no digest `{digest}` with a schedule: nothing \
                 sends it until it does; `pressrun editions cancel {id}` withdraws it"
            );
            self.store.event(&format!("edition:{id}:digest"), &text, now).await?;
        }
        Ok(None)
    }
}

fn late(timetable: &Timetable, since: Instant, now: Instant) -> Option<Skipped> {
    let catch_up = TimeDelta::from_std(timetable.catch_up).unwrap_or(TimeDelta::MAX);
    let late = now - since;
    (late >= catch_up && late > TimeDelta::zero())
        .then(|| Skipped::Late { minutes: late.num_minutes(), allowed: catch_up.num_minutes() })
}
