//! The composing stage: stored articles → an edition with its rendered message.
//!
//! A draft consumes nothing; only the release of a stored draft does.

use super::PressError;
use crate::compose::{compose, explain_trimmed};
use crate::model::{
    Composed, Digest, Edition, EditionId, Explanation, Instant, Message, Nothing, Previous, Source,
};
use crate::render::{Links, Theme, render};
use crate::store::Store;

/// So many of the newest articles are looked at.
const CANDIDATES: usize = 2_000;

/// An edition that nobody has seen yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What is in it.
    pub edition: Edition,
    /// What readers will see.
    pub message: Message,
    /// Why each article is in or out.
    pub explanation: Explanation,
}

/// A draft, or why there is none.
#[derive(Debug, Clone)]
pub enum Drafted {
    /// There is something to send.
    Draft(Box<Draft>),
    /// There is not.
    Nothing(Nothing, Explanation),
}

/// Composes and renders what `digest` would send at `slot`; stores nothing.
pub async fn draft(
    store: &Store,
    digest: &Digest,
    theme: &Theme,
    public_url: &str,
    slot: Instant,
) -> Result<Drafted, PressError> {
    let sources = store.sources().await?;
    let candidates = store.candidates(None, CANDIDATES).await?;
    let previous = store.previous(&digest.name).await?;
    draft_from(digest, &sources, &candidates, &previous, theme, public_url, slot)
}

/// Composes and renders from values alone.
pub fn draft_from(
    digest: &Digest,
    sources: &[Source],
    candidates: &[crate::model::Candidate],
    previous: &Previous,
    theme: &Theme,
    public_url: &str,
    slot: Instant,
) -> Result<Drafted, PressError> {
    let (composed, mut explanation) = compose(digest, sources, candidates, previous, slot);
    match composed {
        Composed::Nothing(nothing) => Ok(Drafted::Nothing(nothing, explanation)),
        Composed::Edition(edition) => {
            let mut edition = *edition;
            let links = Links { web_copy: Some(web_copy(public_url, &edition)) };
            let rendered = render(&edition, digest, theme, &links)?;
            explain_trimmed(&mut explanation, &mut edition, &rendered.trimmed);
            Ok(Drafted::Draft(Box::new(Draft { edition, message: rendered.message, explanation })))
        }
    }
}

/// Where the web copy of an edition is; it depends on digest and slot alone, so that it can be printed in it.
fn web_copy(public_url: &str, edition: &Edition) -> String {
    format!(
        "{}/{}/{}",
        public_url.trim_end_matches('/'),
        edition.digest,
        edition.slot.format("%Y-%m-%dT%H%M%SZ")
    )
}

/// Stores a draft as an edition, or the reason why its slot has none.
pub async fn store_draft(
    store: &Store,
    digest: &Digest,
    drafted: &Drafted,
    slot: Instant,
    now: Instant,
) -> Result<Option<EditionId>, PressError> {
    match drafted {
        Drafted::Draft(draft) => {
            let id = store.put_edition(&draft.edition, &draft.message, &draft.explanation, now).await?;
            Ok(Some(id))
        }
        Drafted::Nothing(nothing, explanation) => {
            store.put_nothing(&digest.name, slot, nothing, explanation, now).await?;
            Ok(None)
        }
    }
}
