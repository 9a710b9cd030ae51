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
//! Promises: nothing that happens to a picture keeps an edition from going; one request at a time to a host; who has
//! trouble is left alone until the next edition.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use tokio::time::Instant as Moment;
use url::Url;

use super::composing::{Drafted, draft};
use super::waves::{self, ByHand, Made};
use super::{Clock, PressError};
use crate::collect::{FetchError, Fetcher, Glance, pictures_of};
use crate::model::{ArticleId, Candidate, Digest, Edition, Image, Instant, Publication, SourceId, Timetable};
use crate::render::{Theme, shown_pictures};
use crate::store::{PictureFound, Store};

/// Looking at the pictures of one edition takes no longer, however many there are.
const PATIENCE: Duration = Duration::from_secs(15);
/// So many hosts are asked at once.
const AT_ONCE: usize = 16;
/// No more pictures are looked at for one edition.
const MOST: usize = 120;
/// An edition is composed anew so often because of what was found.
const ROUNDS: usize = 3;
/// So many pictures of an article are tried besides the one that leads it.
const OTHERS: usize = 3;
/// A server that fails more often is asked for nothing more.
const FAILURES: usize = 2;
/// What could not be had is not asked for again within this.
const REST: TimeDelta = TimeDelta::minutes(10);

/// Looks at the pictures of editions that are being made.
#[derive(Debug, Clone)]
pub struct Pictures {
    store: Store,
    fetcher: Fetcher,
    clock: Clock,
}

/// What a look at one picture said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It is there, with its size if that was told.
    There(Option<(u32, u32)>),
    /// Nobody will see it.
    Gone,
    /// Its server is not there.
    Deserted,
    /// Its server has trouble of its own.
    Failing,
    /// Its server was too slow, or wants to be left alone.
    Silent,
    /// It is not for us; whether it is for readers nobody knows.
    Unknown,
}

/// An article whose picture is to be looked at.
struct Job {
    article: ArticleId,
    page: Url,
    /// Where its source is.
    home: Url,
    named: Image,
}

/// A picture of an article, and what a look at it said.
struct Tried {
    image: Image,
    said: Said,
}

/// What the looks at the pictures of one edition share.
#[derive(Default)]
struct Round {
    found: Mutex<Vec<(Job, Vec<Tried>)>>,
    /// By address: one picture may lead many articles.
    said: Mutex<HashMap<Url, Said>>,
}

impl Pictures {
    /// Looks with these.
    #[must_use]
    pub fn new(store: Store, fetcher: Fetcher, clock: Clock) -> Self {
        Self { store, fetcher, clock }
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
        let until = Moment::now() + PATIENCE;
        let mut made = make().await?;
        for _ in 0..ROUNDS {
            let mut shown: Vec<ArticleId> = Vec::new();
            for edition in editions(&made) {
                shown.extend(shown_pictures(edition, digest, theme).iter().map(|(article, _)| *article));
            }
            shown.sort_unstable();
            shown.dedup();
            if Moment::now() >= until || !self.look(&shown, until).await? {
                break;
            }
            made = make().await?;
        }
        Ok(made)
    }

    /// Looks at those pictures that nobody has looked at; true if there is something new to know.
    async fn look(&self, shown: &[ArticleId], until: Moment) -> Result<bool, PressError> {
        let jobs = self.jobs(shown).await?;
        if jobs.is_empty() {
            return Ok(false);
        }
        let mut hosts: BTreeMap<String, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            hosts.entry(job.named.url.origin().ascii_serialization()).or_default().push(job);
        }
        let round = Round::default();
        let looks = hosts.into_values().map(|jobs| self.ask(jobs, &round));
        let mut looks = futures_util::stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Ok(Some(())) = tokio::time::timeout_at(until, looks.next()).await {}
        drop(looks);
        let found = round.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let reached = found.iter().flat_map(|(_, tried)| tried).any(|one| one.said.is_of_somebody());
        let now = self.clock.now();
        let found: Vec<PictureFound> =
            found.iter().map(|(job, tried)| judged(job, tried, reached, now)).collect();
        self.store.record_pictures(&found).await?;
        Ok(!found.is_empty())
    }

    /// The pictures to be looked at, of what is shown.
    async fn jobs(&self, shown: &[ArticleId]) -> Result<Vec<Job>, PressError> {
        let found = self.store.pictures_found(shown).await?;
        let candidates = self.store.candidates_among(None, shown.iter().copied()).await?;
        let now = self.clock.now();
        let known = |candidate: &Candidate, named: &Image| {
            found.get(&candidate.id).is_some_and(|found| {
                let fresh = now.signed_duration_since(found.at).abs() < REST;
                found.named == named.url.as_str() && (found.settled || fresh)
            })
        };
        let mut jobs = Vec::new();
        let mut homes: Option<HashMap<SourceId, Url>> = None;
        for candidate in candidates {
            let Some(named) = candidate.article.image.clone().filter(|named| !known(&candidate, named))
            else {
                continue;
            };
            if homes.is_none() {
                let sources = self.store.sources().await?;
                homes = Some(sources.into_iter().map(|source| (source.id, source.url)).collect());
            }
            let home = homes.as_ref().and_then(|homes| homes.get(&candidate.source)).cloned();
            let Some(home) = home else { continue };
            jobs.push(Job { article: candidate.id, page: candidate.article.url, home, named });
        }
        jobs.truncate(MOST);
        Ok(jobs)
    }

    /// Looks at the pictures of one host, one after the other, and no further at a host in trouble.
    async fn ask(&self, jobs: Vec<Job>, round: &Round) {
        let (mut trouble, mut failures) = (None, 0);
        for job in jobs {
            let said = match trouble {
                Some(said) => said,
                None => self.one(&job.named.url, &job.home, round).await,
            };
            let mut tried = vec![Tried { image: job.named.clone(), said }];
            match said {
                Said::There(_) | Said::Unknown => {}
                Said::Gone => tried.extend(self.others(&job, round).await),
                Said::Deserted | Said::Silent => trouble = Some(said),
                Said::Failing => failures += 1,
            }
            if failures > FAILURES {
                trouble = Some(Said::Silent);
            }
            round.found.lock().unwrap_or_else(PoisonError::into_inner).push((job, tried));
        }
    }

    /// Looks at the other pictures of an article until one is there.
    async fn others(&self, job: &Job, round: &Round) -> Vec<Tried> {
        let content = self.store.content(job.article).await.ok().flatten().unwrap_or_default();
        let mut tried = Vec::new();
        let others = pictures_of(&content, &job.page).into_iter().filter(|image| image.url != job.named.url);
        for image in others.take(OTHERS) {
            let said = self.one(&image.url, &job.home, round).await;
            tried.push(Tried { image, said });
            if matches!(said, Said::There(_)) {
                break;
            }
        }
        tried
    }

    async fn one(&self, url: &Url, home: &Url, round: &Round) -> Said {
        let known = round.said.lock().unwrap_or_else(PoisonError::into_inner).get(url).copied();
        if let Some(said) = known {
            return said;
        }
        let said = match self.fetcher.glance(url, home).await {
            Ok(Glance::Sized(width, height)) => Said::There(Some((width, height))),
            Ok(Glance::Unsized) => Said::There(None),
            Ok(Glance::NoPicture) => Said::Gone,
            Err(error) => {
                tracing::debug!(trouble = %error, "a picture could not be had");
                judge(&error)
            }
        };
        round.said.lock().unwrap_or_else(PoisonError::into_inner).insert(url.clone(), said);
        said
    }
}

impl Said {
    /// True if somebody was there to say it.
    const fn is_of_somebody(self) -> bool {
        match self {
            Self::There(_) | Self::Gone | Self::Failing | Self::Unknown => true,
            Self::Deserted | Self::Silent => false,
        }
    }
}

fn judge(error: &FetchError) -> Said {
    use FetchError::{Forbidden, LoginWanted, NoConnection, NoSuchHost, ServerError, Tls, Unexpected};
    if error.not_there() {
        Said::Gone
    } else if matches!(error, NoSuchHost { .. } | NoConnection { .. } | Tls { .. }) {
        Said::Deserted
    } else if matches!(error, ServerError { .. }) {
        Said::Failing
    } else if matches!(error, LoginWanted { .. } | Forbidden { .. } | Unexpected { .. }) {
        Said::Unknown
    } else {
        Said::Silent
    }
}

/// What becomes of an article's picture by what was said of it and of the others.
fn judged(job: &Job, tried: &[Tried], reached: bool, at: Instant) -> PictureFound {
    let there = |one: &&Tried| matches!(one.said, Said::There(_));
    let shows = |one: &&Tried| match one.said {
        Said::There(_) | Said::Unknown | Said::Silent => true,
        // If nobody at all could be reached, it is we who are away.
        Said::Deserted => !reached,
        Said::Gone | Said::Failing => false,
    };
    let chosen = tried.iter().find(there).or_else(|| tried.iter().find(shows));
    let image = chosen.map(|one| {
        let mut image = one.image.clone();
        if let Said::There(Some((width, height))) = one.said {
            (image.width, image.height) = (Some(width), Some(height));
        }
        if image.alt.is_empty() {
            image.alt.clone_from(&job.named.alt);
        }
        image
    });
    let settled = tried.iter().all(|one| matches!(one.said, Said::There(_) | Said::Gone));
    PictureFound { article: job.article, named: job.named.url.to_string(), at, settled, image, copy: None }
}
