//! Approval: the publisher is asked by mail whether an edition may go out, and is sent the edition itself to look at.
//!
//! The links lead to pages; nothing is decided by opening them.

use chrono::TimeDelta;

use super::Publisher;
use crate::model::{Digest, EditionId, Hole, Instant, Message, Name, NewMail, Otherwise};
use crate::render::{Question, Unanswered, approval};

use super::composing::Draft;

/// What is asked.
pub(super) struct Asking<'a> {
    /// The digest of the edition.
    pub(super) digest: &'a Digest,
    /// Its row.
    pub(super) edition: EditionId,
    /// What most readers would get.
    pub(super) draft: &'a Draft,
    /// How many they are.
    pub(super) readers: u64,
    /// Until when there is time to answer.
    pub(super) by: Instant,
    /// What happens without an answer.
    pub(super) otherwise: Otherwise,
    /// What opens the page for the answer.
    pub(super) token: &'a str,
    /// Where the public pages are.
    pub(super) public_url: &'a str,
}

/// The mails that bring the question and the edition; none if there is nobody to ask by mail.
pub(super) fn mails(publisher: &Publisher, asking: &Asking<'_>, now: Instant) -> Vec<NewMail> {
    let Some((to, from)) = publisher.mail.clone() else { return Vec::new() };
    let page = |what: &str| format!("{}/{what}/{}", asking.public_url, asking.token);
    let (approve, cancel) = (page("approve"), page("cancel"));
    let edition = &asking.draft.edition;
    let articles = edition.articles().map(|placed| {
        let article = &placed.article;
        (article.title.as_str(), placed.source.as_str(), article.direction)
    });
    let question = Question {
        digest: asking.digest,
        subject: &asking.draft.message.subject,
        slot: edition.slot,
        readers: asking.readers,
        articles: articles.collect(),
        unanswered: match asking.otherwise {
            Otherwise::Send => Unanswered::Sent(asking.by),
            Otherwise::Skip => Unanswered::NotSent(asking.by),
        },
        approve: &approve,
        cancel: &cancel,
    };
    // After the deadline it asks nothing any more.
    let expires_at = asking.by.max(now + TimeDelta::minutes(10));
    let mail = |purpose: &str, message: Message| -> Option<NewMail> {
        Some(NewMail {
            purpose: Name::parse(purpose).ok()?,
            key: Some(format!("{purpose}:{}", asking.edition)),
            to: to.clone(),
            to_name: String::new(),
            from: from.clone(),
            reply_to: None,
            message,
            expires_at,
        })
    };
    let question = mail("approval", approval(&question, &publisher.theme, &publisher.desk));
    let look = mail("preview", filled(&asking.draft.message, asking.public_url));
    [look, question].into_iter().flatten().collect()
}

/// The message as a reader would get it, with addresses that are nobody's.
fn filled(message: &Message, public_url: &str) -> Message {
    let fill = |part: &str| {
        Hole::ALL.into_iter().fold(part.to_owned(), |part, hole| {
            let page = match hole {
                Hole::Unsubscribe => "unsubscribe",
                Hole::Preferences => "preferences",
            };
            part.replace(hole.mark(), &format!("{public_url}/{page}/sample"))
        })
    };
    Message { html: fill(&message.html), text: fill(&message.text), ..message.clone() }
}
