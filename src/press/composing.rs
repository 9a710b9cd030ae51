//! The composing stage: stored articles → an edition with its rendered message.
//!
//! A draft consumes nothing; only the release of a stored draft does.
//!
//! Nothing is lost between two editions: what the digest's own sources have brought since the last one is looked at
//! in the order in which it was stored, so that an edition remembers no row as looked at below which one was not;
//! what there is no room for is new to the next edition. A first edition has no yesterday: it looks at the newest
//! of each source in turn.

use std::collections::HashSet;

use super::PressError;
use crate::compose::{Kin, compose, compose_without, explain_trimmed};
use crate::model::{
    ArticleId, Candidate, Composed, Digest, Edition, EditionId, Explanation, Instant, Message, Nothing,
    Placement, Previous, Skipped, Source, SourceId, Take, WhyOut,
};
use crate::render::{Links, Theme, render};
use crate::store::Store;

/// So many new articles are looked at before an edition is made of them.
const NEW: usize = 5_000;
/// So many of the newest that were there before are explained as well.
const KNOWN: usize = 200;

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
    let previous = store.previous(&digest.name).await?;
    let stock = Stock { digest, theme, public_url, slot };
    Ok(stock.open(store, previous).await?.0)
}

/// What an edition is made with.
#[derive(Clone, Copy)]
pub(super) struct Stock<'a> {
    /// The standing order.
    pub(super) digest: &'a Digest,
    /// What it looks like.
    pub(super) theme: &'a Theme,
    /// Where the public pages are.
    pub(super) public_url: &'a str,
    /// When it is due.
    pub(super) slot: Instant,
}

/// What an edition was made of, for those who get another text of it.
pub(super) struct Opened<'a> {
    stock: Stock<'a>,
    sources: Vec<Source>,
    candidates: Vec<Candidate>,
    previous: Previous,
    /// Which of them tell the same story.
    kin: Kin,
}

impl<'a> Stock<'a> {
    /// Composes and renders what follows on what some readers were shown before; returns what it was made of, too.
    pub(super) async fn open(
        self,
        store: &Store,
        previous: Previous,
    ) -> Result<(Drafted, Opened<'a>), PressError> {
        let sources = store.sources().await?;
        let own = own_sources(self.digest, &sources);
        let own = own.as_deref();
        let kin = Kin::default();
        let mut opened = Opened { stock: self, sources, candidates: Vec::new(), previous, kin };
        let Some(mut since) = opened.previous.considered else {
            opened.candidates = store.candidates(own, NEW).await?;
            return Ok((opened.draft()?, opened));
        };
        let sent: Vec<ArticleId> = opened.previous.consumed.keys().copied().collect();
        opened.previous.sent = lately(store, &sent).await?;
        opened.candidates = store.candidates_up_to(own, since, KNOWN).await?;
        let returned = &opened.previous.returned;
        opened.candidates.retain(|known| !returned.contains(&known.id));
        opened.candidates.extend(store.candidates_among(own, returned.iter().copied()).await?);
        loop {
            let mut new = store.candidates_since(own, since, NEW + 1).await?;
            let more = new.len() > NEW;
            new.truncate(NEW);
            since = new.last().map_or(since, |c| c.id);
            new.extend(store.same_pages(&sent, &new).await?);
            let there: HashSet<ArticleId> = opened.candidates.iter().map(|c| c.id).collect();
            opened.candidates.extend(new.into_iter().filter(|c| !there.contains(&c.id)));
            match opened.draft()? {
                Drafted::Nothing(_, explanation) if more => {
                    drop_hopeless(&mut opened.candidates, &explanation);
                }
                drafted @ (Drafted::Draft(_) | Drafted::Nothing(..)) => return Ok((drafted, opened)),
            }
        }
    }
}

impl Opened<'_> {
    fn draft(&mut self) -> Result<Drafted, PressError> {
        let Stock { digest, theme, public_url, slot } = self.stock;
        let (sources, candidates, previous) = (&self.sources, &self.candidates, &self.previous);
        self.kin = Kin::among(candidates.iter().chain(&previous.sent), sources);
        let composed = compose_without(digest, &[], sources, candidates, previous, slot, &self.kin);
        drafted(digest, composed, theme, public_url)
    }

    /// Composes the same for readers who leave these sections out; `None` if nothing is left for them. Whether there is
    /// enough for an edition was decided when it was opened.
    pub(super) fn without(&self, left_out: &[String]) -> Option<(Edition, Explanation)> {
        let digest = Digest { minimum: 1, ..self.stock.digest.clone() };
        let (sources, candidates, previous) = (&self.sources, &self.candidates, &self.previous);
        match compose_without(&digest, left_out, sources, candidates, previous, self.stock.slot, &self.kin) {
            (Composed::Edition(edition), explanation) => Some((*edition, explanation)),
            (Composed::Nothing(_), _) => None,
        }
    }

    /// Renders what was composed.
    pub(super) fn rendered(&self, edition: Edition, explanation: Explanation) -> Result<Draft, PressError> {
        let Stock { digest, theme, public_url, .. } = self.stock;
        rendered(digest, edition, explanation, theme, public_url)
    }
}

/// Of what was sent the latest: so many articles that a story of today may be among them.
const LATELY: usize = 400;

async fn lately(store: &Store, sent: &[ArticleId]) -> Result<Vec<Candidate>, PressError> {
    let mut newest = sent.to_vec();
    newest.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    newest.truncate(LATELY);
    Ok(store.candidates_among(None, newest).await?)
}

/// The sources of which an article could stand in the digest; `None` for all.
pub(super) fn own_sources(digest: &Digest, sources: &[Source]) -> Option<Vec<SourceId>> {
    let mut names = HashSet::new();
    for section in &digest.sections {
        match &section.take {
            Take::Sources(of) => names.extend(of),
            Take::Topics(_) | Take::Latest => return None,
        }
    }
    Some(sources.iter().filter(|s| names.contains(&s.name)).map(|s| s.id).collect())
}

/// Forgets what no later article can bring into this edition, so that a flood is read in pages and not at once.
fn drop_hopeless(candidates: &mut Vec<Candidate>, explanation: &Explanation) {
    let hopeless =
        |p: &Placement| matches!(p, Placement::Out(WhyOut::NoSection | WhyOut::TooOld | WhyOut::Rule { .. }));
    let gone: HashSet<ArticleId> =
        explanation.articles.iter().filter(|e| hopeless(&e.placement)).map(|e| e.id).collect();
    candidates.retain(|c| !gone.contains(&c.id));
}

/// Composes and renders from values alone.
pub fn draft_from(
    digest: &Digest,
    sources: &[Source],
    candidates: &[Candidate],
    previous: &Previous,
    theme: &Theme,
    public_url: &str,
    slot: Instant,
) -> Result<Drafted, PressError> {
    drafted(digest, compose(digest, sources, candidates, previous, slot), theme, public_url)
}

fn drafted(
    digest: &Digest,
    composed: (Composed, Explanation),
    theme: &Theme,
    public_url: &str,
) -> Result<Drafted, PressError> {
    match composed {
        (Composed::Nothing(nothing), explanation) => Ok(Drafted::Nothing(nothing, explanation)),
        (Composed::Edition(edition), explanation) => {
            let draft = rendered(digest, *edition, explanation, theme, public_url)?;
            Ok(Drafted::Draft(Box::new(draft)))
        }
    }
}

fn rendered(
    digest: &Digest,
    mut edition: Edition,
    mut explanation: Explanation,
    theme: &Theme,
    public_url: &str,
) -> Result<Draft, PressError> {
    let links = Links { web_copy: Some(web_copy(public_url, &edition)) };
    let rendered = render(&edition, digest, theme, &links)?;
    explain_trimmed(&mut explanation, &mut edition, &rendered.trimmed);
    Ok(Draft { edition, message: rendered.message, explanation })
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
            let why = Skipped::Nothing(*nothing);
            store.put_nothing(&digest.name, slot, &why, explanation, now).await?;
            Ok(None)
        }
    }
}
