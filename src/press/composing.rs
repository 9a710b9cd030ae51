//! The composing stage: stored articles → an edition with its rendered message.
//!
//! A draft consumes nothing; only the release of a stored draft does.
//!
//! Nothing is lost between two editions: what the digest's own sources have brought since the last one is looked at
//! in the order in which it was stored, so that an edition remembers no row as looked at below which one was not;
//! what there is no room for is new to the next edition. A first edition has no yesterday: it looks at the newest
//! of each source in turn.

use std::collections::HashSet;

use super::{PressError, pictured};
use crate::compose::{Brief, Kin, compose_for, explain_trimmed};
use crate::model::{
    ArticleId, Candidate, Composed, Digest, Editing, Edition, EditionId, Explanation, Instant, Message,
    Nothing, Passage, Placement, Previous, Skipped, Source, SourceId, Take, WhyOut,
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

impl Drafted {
    /// The edition, if there is one.
    pub(super) fn edition(&self) -> Option<&Edition> {
        match self {
            Self::Draft(draft) => Some(&draft.edition),
            Self::Nothing(..) => None,
        }
    }
}

/// Composes and renders what `digest` would send at `slot`; stores nothing.
pub async fn draft(
    store: &Store,
    digest: &Digest,
    theme: &Theme,
    public_url: &str,
    slot: Instant,
) -> Result<Drafted, PressError> {
    let stock = Stock { digest, theme, public_url, slot, editing: None };
    stock.draft(store, &[]).await
}

/// What an edition is made with.
#[derive(Debug, Clone, Copy)]
pub struct Stock<'a> {
    /// The standing order.
    pub digest: &'a Digest,
    /// What it looks like.
    pub theme: &'a Theme,
    /// Where the public pages are.
    pub public_url: &'a str,
    /// When it is due.
    pub slot: Instant,
    /// What is decided by hand; `None` for what is kept for the next edition.
    pub editing: Option<&'a Editing>,
}

/// What an edition was made of, for those who get another text of it.
pub(super) struct Opened<'a> {
    stock: Stock<'a>,
    sources: Vec<Source>,
    candidates: Vec<Candidate>,
    previous: Previous,
    editing: Editing,
    /// Which of them tell the same story.
    kin: Kin,
}

impl<'a> Stock<'a> {
    /// Composes and renders for readers who leave these sections out; stores nothing.
    pub async fn draft(self, store: &Store, left_out: &[String]) -> Result<Drafted, PressError> {
        let previous = store.previous(&self.digest.name).await?;
        let (drafted, opened) = self.open(store, previous).await?;
        let Drafted::Draft(_) = &drafted else { return Ok(drafted) };
        if left_out.is_empty() {
            return Ok(drafted);
        }
        match opened.without(left_out) {
            Some((edition, explanation)) => {
                Ok(Drafted::Draft(Box::new(opened.rendered(edition, explanation)?)))
            }
            None => Ok(Drafted::Nothing(Nothing::NoSectionTakesThem, Explanation::default())),
        }
    }

    /// Composes and renders from values alone.
    pub fn draft_from(
        self,
        left_out: &[String],
        sources: &[Source],
        candidates: &[Candidate],
        previous: &Previous,
    ) -> Result<Drafted, PressError> {
        let nothing = Editing::default();
        let editing = self.editing.unwrap_or(&nothing);
        let kin = Kin::among(candidates.iter().chain(&previous.sent), sources);
        let brief = self.brief(editing, left_out);
        self.drafted(editing, compose_for(&brief, sources, candidates, previous, &kin))
    }

    fn brief<'b>(&self, editing: &'b Editing, left_out: &'b [String]) -> Brief<'b>
    where
        'a: 'b,
    {
        Brief { digest: self.digest, editing, left_out, slot: self.slot }
    }

    fn drafted(&self, editing: &Editing, composed: (Composed, Explanation)) -> Result<Drafted, PressError> {
        match composed {
            (Composed::Nothing(nothing), explanation) => Ok(Drafted::Nothing(nothing, explanation)),
            (Composed::Edition(edition), explanation) => {
                let draft = self.rendered(editing, *edition, explanation)?;
                Ok(Drafted::Draft(Box::new(draft)))
            }
        }
    }

    fn rendered(
        &self,
        editing: &Editing,
        mut edition: Edition,
        mut explanation: Explanation,
    ) -> Result<Draft, PressError> {
        let edited =
            editing.intro.as_ref().map(|intro| Digest { intro: intro.clone(), ..self.digest.clone() });
        let digest = edited.as_ref().unwrap_or(self.digest);
        let passage = digest.clicks.then(|| Passage::length(self.public_url));
        let links = Links { web_copy: Some(web_copy(self.public_url, &edition)), passage };
        let rendered = render(&edition, digest, self.theme, &links)?;
        explain_trimmed(&mut explanation, &mut edition, &rendered.trimmed);
        Ok(Draft { edition, message: rendered.message, explanation })
    }

    /// Composes and renders what follows on what some readers were shown before; returns what it was made of, too.
    pub(super) async fn open(
        self,
        store: &Store,
        previous: Previous,
    ) -> Result<(Drafted, Opened<'a>), PressError> {
        let sources = store.sources().await?;
        let own = own_sources(self.digest, &sources);
        let own = own.as_deref();
        let editing = match self.editing {
            Some(tried) => tried.clone(),
            None => {
                let waves = self.digest.timetable.as_ref().is_some_and(|table| table.zone.is_subscribers());
                store.editing(&self.digest.name, self.slot, waves).await?
            }
        };
        let decided: Vec<ArticleId> = editing.hands.iter().map(|handled| handled.article).collect();
        let (candidates, kin) = (Vec::new(), Kin::default());
        let mut opened = Opened { stock: self, sources, candidates, previous, editing, kin };
        let Some(mut since) = opened.previous.considered else {
            opened.candidates = store.candidates(own, NEW).await?;
            opened.add(store.candidates_among(own, decided).await?);
            opened.see(store).await?;
            return Ok((opened.draft()?, opened));
        };
        let sent: Vec<ArticleId> = opened.previous.consumed.keys().copied().collect();
        opened.previous.sent = lately(store, &sent).await?;
        opened.candidates = store.candidates_up_to(own, since, KNOWN).await?;
        let returned = &opened.previous.returned;
        opened.candidates.retain(|known| !returned.contains(&known.id));
        opened.candidates.extend(store.candidates_among(own, returned.iter().copied()).await?);
        opened.add(store.candidates_among(own, decided).await?);
        loop {
            let mut new = store.candidates_since(own, since, NEW + 1).await?;
            let more = new.len() > NEW;
            new.truncate(NEW);
            since = new.last().map_or(since, |c| c.id);
            new.extend(store.same_pages(&sent, &new).await?);
            opened.add(new);
            opened.see(store).await?;
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
    /// Adds articles that are not there yet.
    fn add(&mut self, more: Vec<Candidate>) {
        let there: HashSet<ArticleId> = self.candidates.iter().map(|c| c.id).collect();
        self.candidates.extend(more.into_iter().filter(|c| !there.contains(&c.id)));
    }

    /// Gives candidates what was found out of them: their pictures, and where clicks are counted, those.
    async fn see(&mut self, store: &Store) -> Result<(), PressError> {
        if self.stock.digest.clicks {
            let ids: Vec<ArticleId> = self.candidates.iter().map(|c| c.id).collect();
            let clicks = store.clicks(&ids).await?;
            for candidate in &mut self.candidates {
                candidate.article.popularity.clicks = clicks.get(&candidate.id).copied();
            }
        }
        pictured::see(store, &mut self.candidates, self.stock.public_url).await
    }

    fn draft(&mut self) -> Result<Drafted, PressError> {
        let (sources, candidates, previous) = (&self.sources, &self.candidates, &self.previous);
        self.kin = Kin::among(candidates.iter().chain(&previous.sent), sources);
        let brief = self.stock.brief(&self.editing, &[]);
        let composed = compose_for(&brief, sources, candidates, previous, &self.kin);
        self.stock.drafted(&self.editing, composed)
    }

    /// Composes the same for readers who leave these sections out; `None` if nothing is left for them. Whether there is
    /// enough for an edition was decided when it was opened.
    pub(super) fn without(&self, left_out: &[String]) -> Option<(Edition, Explanation)> {
        let digest = Digest { minimum: 1, ..self.stock.digest.clone() };
        let (sources, candidates, previous) = (&self.sources, &self.candidates, &self.previous);
        let brief = Brief { digest: &digest, ..self.stock.brief(&self.editing, left_out) };
        match compose_for(&brief, sources, candidates, previous, &self.kin) {
            (Composed::Edition(edition), explanation) => Some((*edition, explanation)),
            (Composed::Nothing(_), _) => None,
        }
    }

    /// Renders what was composed.
    pub(super) fn rendered(&self, edition: Edition, explanation: Explanation) -> Result<Draft, PressError> {
        self.stock.rendered(&self.editing, edition, explanation)
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
