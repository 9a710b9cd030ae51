//! The telling stage: notices → one mail and one webhook request to the publisher.
//!
//! What is told is decided, marked and queued in one transaction, so that of several processes one tells it. The mail
//! goes as all mails to one person do; the request is made here, and again until it is taken or a day is over.

use chrono::TimeDelta;

use super::{PressError, Run};
use crate::model::{Bulletin, EmailAddress, Instant, Mailbox, Matter, Name, NewMail};
use crate::render::{self, Theme};
use crate::store::{Call, Lease, Telling};
use crate::tell::{self, Webhook};

/// How long a mail to the publisher is tried.
pub const PATIENCE: TimeDelta = TimeDelta::days(3);
/// How long a request is made again and again.
const CALL_PATIENCE: TimeDelta = TimeDelta::days(1);
/// The wait after a first failure; it is doubled each time.
const CALL_AGAIN: TimeDelta = TimeDelta::minutes(1);
const CALL_AGAIN_AT_LAST: TimeDelta = TimeDelta::hours(1);

/// Who hears about trouble, and how.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// To whom mails go and who sends them; `None` for no mails.
    pub mail: Option<(EmailAddress, Mailbox)>,
    /// What is told by HTTP.
    pub webhook: Option<Webhook>,
    /// Language and zone.
    pub desk: render::Desk,
    /// How mails look.
    pub theme: Theme,
}

impl Publisher {
    /// True if there is nobody to tell.
    #[must_use]
    pub const fn is_nobody(&self) -> bool {
        self.mail.is_none() && self.webhook.is_none()
    }
}

/// Tells the publisher what is due: queues a mail, and makes requests that wait. Returns at once if nothing is due;
/// otherwise a request may take ten seconds.
pub async fn tell(run: &Run<'_>, publisher: &Publisher) -> Result<(), PressError> {
    let now = run.clock.now();
    let matters = run.store.matters().await?;
    if !matters.is_empty() {
        let choice = choose(run, publisher, matters, run.store.last_told().await?, now);
        // A look first: most of the time there is nothing to write.
        if !choice.is_nothing() {
            let decide = |matters, last| telling(choose(run, publisher, matters, last, now), publisher, now);
            run.store.tell(now, decide).await?;
        }
    }
    match &publisher.webhook {
        Some(webhook) => call(run, webhook).await,
        None => Ok(()),
    }
}

fn choose(
    run: &Run<'_>,
    publisher: &Publisher,
    mut matters: Vec<Matter>,
    last: Option<Instant>,
    now: Instant,
) -> tell::Choice {
    matters.retain(|matter| {
        let key = &matter.notice.key;
        // A relay that the configuration no longer has is nobody's trouble.
        let known = key.strip_prefix("relay:").is_none_or(|name| run.ways.all().any(|way| way.name == name));
        known && (key != tell::WEBHOOK || publisher.mail.is_some())
    });
    tell::choose(&matters, last, now, !publisher.is_nobody())
}

fn telling(choice: tell::Choice, publisher: &Publisher, now: Instant) -> Telling {
    let bulletin = choice.bulletin;
    let mail = bulletin.as_ref().and_then(|bulletin| mail(bulletin, publisher, now));
    let call = publisher.webhook.as_ref().and(bulletin.as_ref()).and_then(tell::body);
    Telling { well: choice.well, forget: choice.forget, bulletin, mail, call }
}

fn mail(bulletin: &Bulletin, publisher: &Publisher, now: Instant) -> Option<NewMail> {
    let (to, from) = publisher.mail.clone()?;
    Some(NewMail {
        purpose: Name::parse("notices").ok()?,
        key: None,
        to,
        to_name: String::new(),
        from,
        reply_to: None,
        message: render::notices(bulletin, &publisher.theme, &publisher.desk),
        expires_at: now + PATIENCE,
    })
}

/// Makes the requests that wait, one after the other, until one fails.
async fn call(run: &Run<'_>, webhook: &Webhook) -> Result<(), PressError> {
    let (store, holder) = (run.store, run.store.holder()?);
    loop {
        let now = run.clock.now();
        // The exchange ends long before the lease does.
        let lease = Lease { holder: holder.clone(), until: now + TimeDelta::minutes(2) };
        let Some(call) = store.claim_call(&lease, now).await? else { return Ok(()) };
        let answer = webhook.call(&call.body).await;
        let now = run.clock.now();
        match answer {
            Ok(()) => {
                store.close_call(call.id, &holder, None).await?;
                store.unnotice(tell::WEBHOOK).await?;
            }
            Err(error) => {
                tracing::warn!(%error, "the webhook was not told");
                store.close_call(call.id, &holder, again(&call, now)).await?;
                // Once may be chance.
                if call.attempts > 0 {
                    store.notice(tell::WEBHOOK, &error.to_string(), now).await?;
                }
                return Ok(());
            }
        }
    }
}

/// When a request that failed is made again, if it is.
fn again(call: &Call, now: Instant) -> Option<Instant> {
    let doubled = 1_i32.checked_shl(call.attempts.min(10)).unwrap_or(i32::MAX);
    let wait = (CALL_AGAIN * doubled).min(CALL_AGAIN_AT_LAST);
    Some(now + wait).filter(|again| *again - call.at <= CALL_PATIENCE)
}
