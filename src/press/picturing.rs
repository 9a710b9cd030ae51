//! Picturing: the pictures that an edition would show are looked at before it is made, so that its letters reserve the room
//! and nothing dead leaves a hole in them.
//!
//! Why here, and not when an article is collected. Of what a thousand sources bring most is shown to nobody, and a look
//! costs a request; before an edition there are as many as it shows, thirty or so, whatever the sources have brought and
//! also at the first poll. A poll is as fast as it was. What is found is as fresh as it can be: a picture that has gone
//! since its article came is found out. The price is a moment before the edition, of 15 s at most.
//!
//! An edition is composed, what it would show and nobody has looked at is looked at, and it is composed again with what was
//! found: who loses a picture may lose the lead with it, and then another picture is shown. What is found is remembered with
//! the article, so that previews, test copies, further digests and retries ask for nothing; what could not be had is asked
//! for again by a later edition.
//!
//! Where copies are wanted ([`Pictures::with_copies`]), the whole picture is fetched in the same request, made small and kept
//! in the store; letters lead to the pages for it. What cannot be copied is linked as it is.
//!
//! Promises: nothing that happens to a picture keeps an edition from going; one request at a time to a host; who has
//! trouble is left alone until the next edition.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Semaphore;
use tokio::time::Instant as Moment;
use url::Url;

use super::composing::{Drafted, draft};
use super::glancing::{Job, Round};
use super::waves::{self, ByHand, Made};
use super::{Clock, PressError};
use crate::collect::Fetcher;
use crate::model::{ArticleId, Digest, Edition, Image, Instant, Publication, SourceId, Timetable};
use crate::render::{Theme, shown_pictures};
use crate::store::{PictureFound, Store};

/// Looking at the pictures of one edition takes no longer, however many there are.
const PATIENCE: Duration = Duration::from_secs(15);
/// Nor does it where whole pictures are fetched and copied.
const PATIENCE_FOR_COPIES: Duration = Duration::from_secs(30);
/// No more pictures are looked at for one edition.
const MOST: usize = 120;
/// An edition is composed anew so often because of what was found.
const ROUNDS: usize = 3;
/// What could not be had is not asked for again within this.
const REST: TimeDelta = TimeDelta::minutes(10);

/// The articles whose pictures are shown, each with how many pixels the longer side takes.
type Shown = HashMap<ArticleId, u32>;

/// Looks at the pictures of editions that are being made.
#[derive(Debug, Clone)]
pub struct Pictures {
    store: Store,
    fetcher: Fetcher,
    clock: Clock,
    copies: Option<Arc<Semaphore>>,
}

impl Pictures {
    /// Looks with these.
    #[must_use]
    pub fn new(store: Store, fetcher: Fetcher, clock: Clock) -> Self {
        Self { store, fetcher, clock, copies: None }
    }

    /// Makes copies of them as well, which the pages serve; mails lead to those. What cannot be copied is linked.
    #[must_use]
    pub fn with_copies(self) -> Self {
        Self { copies: Some(Arc::new(Semaphore::new(1))), ..self }
    }

    /// Composes and renders what is sent by hand, its pictures looked at; stores no edition.
    pub async fn by_hand(
        &self,
        digest: &Digest,
        theme: &Theme,
        public_url: &str,
        slot: Instant,
    ) -> Result<ByHand, PressError> {
        let make = async || ByHand::make(&self.store, digest, theme, public_url, slot).await;
        self.looked_at(digest, theme, make, ByHand::editions).await
    }

    /// Composes and renders what would be sent, its pictures looked at; stores no edition.
    pub async fn draft(
        &self,
        digest: &Digest,
        theme: &Theme,
        public_url: &str,
        slot: Instant,
    ) -> Result<Drafted, PressError> {
        let make = async || draft(&self.store, digest, theme, public_url, slot).await;
        self.looked_at(digest, theme, make, |drafted| drafted.edition().into_iter().collect()).await
    }

    /// Composes and renders the edition of a slot, its pictures looked at; stores no edition.
    pub(super) async fn make(
        &self,
        digest: &Digest,
        timetable: &Timetable,
        due: &Publication,
        theme: &Theme,
        public_url: &str,
        now: Instant,
    ) -> Result<Made, PressError> {
        let make = async || waves::make(&self.store, digest, timetable, due, theme, public_url, now).await;
        self.looked_at(digest, theme, make, Made::editions).await
    }

    /// Makes something, looks at the pictures in it, and makes it anew for as long as that brings something new.
    async fn looked_at<T>(
        &self,
        digest: &Digest,
        theme: &Theme,
        make: impl AsyncFn() -> Result<T, PressError>,
        editions: impl Fn(&T) -> Vec<&Edition>,
    ) -> Result<T, PressError> {
        let patience = if self.copies.is_some() { PATIENCE_FOR_COPIES } else { PATIENCE };
        let until = Moment::now() + patience;
        let mut made = make().await?;
        for _ in 0..ROUNDS {
            let mut shown: Shown = HashMap::new();
            for edition in editions(&made) {
                for (article, side) in shown_pictures(edition, digest, theme) {
                    let known = shown.entry(article).or_default();
                    *known = side.max(*known);
                }
            }
            if Moment::now() >= until || !self.look(&shown, until).await? {
                break;
            }
            made = make().await?;
        }
        Ok(made)
    }

    /// Looks at those pictures that nobody has looked at; true if there is something new to know.
    async fn look(&self, shown: &Shown, until: Moment) -> Result<bool, PressError> {
        let jobs = self.jobs(shown).await?;
        if jobs.is_empty() {
            return Ok(false);
        }
        let mut looked = Round::new(&self.store, &self.fetcher, self.copies.as_ref()).look(jobs, until).await;
        let now = self.clock.now();
        let mut names = HashMap::new();
        for (url, copy) in std::mem::take(&mut looked.made) {
            names.insert(url, self.store.put_copy(&copy, now).await?);
        }
        let found = looked.judged(&names, now);
        self.store.record_pictures(&found).await?;
        Ok(!found.is_empty())
    }

    /// Whether enough is known of an article's picture.
    fn is_known(&self, named: &Image, side: u32, found: &PictureFound) -> bool {
        let fresh = self.clock.now().signed_duration_since(found.at).abs() < REST;
        let copied = match (&self.copies, &found.copy) {
            (None, copy) => copy.is_none(),
            (Some(_), Some((known, _))) => *known >= side,
            (Some(_), None) => false,
        };
        let looked_at = copied || found.image.is_none();
        found.named == named.url.as_str() && looked_at && (found.settled || fresh)
    }

    /// The pictures to be looked at, of what is shown.
    async fn jobs(&self, shown: &Shown) -> Result<Vec<Job>, PressError> {
        let ids: Vec<ArticleId> = shown.keys().copied().collect();
        let found = self.store.pictures_found(&ids).await?;
        let candidates = self.store.candidates_among(None, ids).await?;
        let mut jobs = Vec::new();
        let mut homes: Option<HashMap<SourceId, Url>> = None;
        for candidate in candidates {
            let Some(named) = candidate.article.image else { continue };
            let side = shown.get(&candidate.id).copied().unwrap_or_default();
            if found.get(&candidate.id).is_some_and(|found| self.is_known(&named, side, found)) {
                continue;
            }
            if homes.is_none() {
                let sources = self.store.sources().await?;
                homes = Some(sources.into_iter().map(|source| (source.id, source.url)).collect());
            }
            let home = homes.as_ref().and_then(|homes| homes.get(&candidate.source)).cloned();
            let Some(home) = home else { continue };
            jobs.push(Job { article: candidate.id, page: candidate.article.url, home, named, side });
        }
        jobs.truncate(MOST);
        Ok(jobs)
    }
}
