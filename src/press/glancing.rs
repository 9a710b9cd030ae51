//! Glancing: the looks at the pictures of one edition, and what becomes of each by what was said of it.
//!
//! Of one host a picture is asked for after the other, and nothing more once it is in trouble. Where copies are wanted the
//! whole picture is fetched, and copied on one core at a time: unpacked a photograph has a hundred megabytes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::Semaphore;
use tokio::time::Instant as Moment;
use url::Url;

use crate::collect::{FetchError, Fetcher, Glance, LARGEST, copied, glance, pictures_of};
use crate::model::{ArticleId, Image, Instant, PictureCopy};
use crate::store::{PictureFound, Store};

/// So many hosts are asked at once.
const AT_ONCE: usize = 16;
/// So many pictures of an article are tried besides the one that leads it.
const OTHERS: usize = 3;
/// A server that fails more often is asked for nothing more.
const FAILURES: usize = 2;

/// An article whose picture is to be looked at.
pub(super) struct Job {
    pub(super) article: ArticleId,
    /// Where it is read.
    pub(super) page: Url,
    /// Where its source is.
    pub(super) home: Url,
    /// The picture that its source names.
    pub(super) named: Image,
    /// The pixels with which its longer side is shown.
    pub(super) side: u32,
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

/// A picture of an article, and what a look at it said.
struct Tried {
    image: Image,
    said: Said,
}

/// The looks at the pictures of one edition.
pub(super) struct Round<'a> {
    store: &'a Store,
    fetcher: &'a Fetcher,
    /// What lets one copy be made at a time; `None` where none are wanted.
    copies: Option<&'a Arc<Semaphore>>,
    found: Mutex<Vec<(Job, Vec<Tried>)>>,
    /// By address: one picture may lead many articles.
    said: Mutex<HashMap<Url, Said>>,
    made: Mutex<HashMap<Url, PictureCopy>>,
}

/// What was found, and the copies that were made.
pub(super) struct Looked {
    found: Vec<(Job, Vec<Tried>)>,
    with_copies: bool,
    /// By the address of what was copied.
    pub(super) made: HashMap<Url, PictureCopy>,
}

impl<'a> Round<'a> {
    pub(super) fn new(store: &'a Store, fetcher: &'a Fetcher, copies: Option<&'a Arc<Semaphore>>) -> Self {
        Self {
            store,
            fetcher,
            copies,
            found: Mutex::default(),
            said: Mutex::default(),
            made: Mutex::default(),
        }
    }

    /// Looks until all is done or time is up; what was not reached by then is not in what was found.
    pub(super) async fn look(self, jobs: Vec<Job>, until: Moment) -> Looked {
        let mut hosts: BTreeMap<String, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            hosts.entry(job.named.url.origin().ascii_serialization()).or_default().push(job);
        }
        let looks = hosts.into_values().map(|jobs| self.ask(jobs));
        let mut looks = futures_util::stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Ok(Some(())) = tokio::time::timeout_at(until, looks.next()).await {}
        drop(looks);
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let made = self.made.into_inner().unwrap_or_else(PoisonError::into_inner);
        Looked { found, with_copies: self.copies.is_some(), made }
    }

    /// Looks at the pictures of one host, one after the other, and no further at a host in trouble.
    async fn ask(&self, mut jobs: Vec<Job>) {
        // The largest is copied first, and serves where less is enough.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.side));
        let (mut trouble, mut failures) = (None, 0);
        for job in jobs {
            let said = match trouble {
                Some(said) => said,
                None => self.one(&job.named.url, &job).await,
            };
            let mut tried = vec![Tried { image: job.named.clone(), said }];
            match said {
                Said::There(_) | Said::Unknown => {}
                Said::Gone => tried.extend(self.others(&job).await),
                Said::Deserted | Said::Silent => trouble = Some(said),
                Said::Failing => failures += 1,
            }
            if failures > FAILURES {
                trouble = Some(Said::Silent);
            }
            lock(&self.found).push((job, tried));
        }
    }

    /// Looks at the other pictures of an article until one is there.
    async fn others(&self, job: &Job) -> Vec<Tried> {
        let content = self.store.content(job.article).await.ok().flatten().unwrap_or_default();
        let mut tried = Vec::new();
        let others = pictures_of(&content, &job.page).into_iter().filter(|image| image.url != job.named.url);
        for image in others.take(OTHERS) {
            let said = self.one(&image.url, job).await;
            tried.push(Tried { image, said });
            if matches!(said, Said::There(_)) {
                break;
            }
        }
        tried
    }

    async fn one(&self, url: &Url, job: &Job) -> Said {
        let known = lock(&self.said).get(url).copied();
        if let Some(said) = known {
            return said;
        }
        let glanced = match self.copies {
            None => self.fetcher.glance(url, &job.home).await,
            Some(core) => self.whole(url, job, core).await,
        };
        let said = match glanced {
            Ok(Glance::Sized(width, height)) => Said::There(Some((width, height))),
            Ok(Glance::Unsized) => Said::There(None),
            Ok(Glance::NoPicture) => Said::Gone,
            Err(error) => {
                tracing::debug!(trouble = %error, "a picture could not be had");
                judge(&error)
            }
        };
        lock(&self.said).insert(url.clone(), said);
        said
    }

    /// Looks at the whole of a picture, and copies it; one that cannot be copied is there all the same.
    async fn whole(&self, url: &Url, job: &Job, core: &Arc<Semaphore>) -> Result<Glance, FetchError> {
        let most = LARGEST.min(self.fetcher.max_bytes());
        let picture = self.fetcher.picture(url, &job.home, most).await?;
        let found = glance(&picture.bytes, picture.whole, picture.content_type.as_deref());
        if found == Glance::NoPicture || !picture.whole {
            return Ok(found);
        }
        // Never closed.
        let Ok(permit) = Arc::clone(core).acquire_owned().await else { return Ok(found) };
        let side = job.side;
        let copied = tokio::task::spawn_blocking(move || {
            let copied = copied(&picture.bytes, side);
            drop(permit);
            copied
        });
        match copied.await {
            Ok(Ok((copy, (width, height)))) => {
                lock(&self.made).insert(url.clone(), copy);
                Ok(Glance::Sized(width, height))
            }
            Ok(Err(error)) => {
                tracing::debug!(trouble = %error, "a picture could not be copied");
                Ok(found)
            }
            Err(_) => Ok(found),
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Looked {
    /// What becomes of each article's picture; `copies` are the names of those that were made, by what was copied.
    pub(super) fn judged(&self, copies: &HashMap<Url, String>, at: Instant) -> Vec<PictureFound> {
        let reached = self.found.iter().flat_map(|(_, tried)| tried).any(|one| one.said.is_of_somebody());
        let judged = |(job, tried): &(Job, Vec<Tried>)| {
            let image = chosen(tried, reached).map(|one| one.shown_for(job));
            let copy = self.with_copies.then(|| {
                let name = image.as_ref().and_then(|image| copies.get(&image.url)).cloned();
                (job.side, name)
            });
            let settled = tried.iter().all(|one| matches!(one.said, Said::There(_) | Said::Gone));
            let named = job.named.url.to_string();
            PictureFound { article: job.article, named, at, settled, image, copy }
        };
        self.found.iter().map(judged).collect()
    }
}

/// The picture that is shown: the first that is there, else the first of which nobody knows that it is not.
fn chosen(tried: &[Tried], reached: bool) -> Option<&Tried> {
    let shows = |one: &&Tried| match one.said {
        Said::There(_) | Said::Unknown | Said::Silent => true,
        // If nobody at all could be reached, it is we who are away.
        Said::Deserted => !reached,
        Said::Gone | Said::Failing => false,
    };
    let there = |one: &&Tried| matches!(one.said, Said::There(_));
    tried.iter().find(there).or_else(|| tried.iter().find(shows))
}

impl Tried {
    /// The picture with what was learnt of it.
    fn shown_for(&self, job: &Job) -> Image {
        let mut image = self.image.clone();
        if let Said::There(Some((width, height))) = self.said {
            (image.width, image.height) = (Some(width), Some(height));
        }
        if image.alt.is_empty() {
            image.alt.clone_from(&job.named.alt);
        }
        image
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
