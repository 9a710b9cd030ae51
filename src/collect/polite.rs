//! Reading many pages of one site politely: by its robots.txt, one at a time, with the pause that it asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use super::fetch::{Fetched, Fetcher, Size, Walk};
use super::fetch_error::{FetchError, shown};
use super::guard::Way;
use super::robots::{LONGEST, Robots};
use crate::model::Validators;

/// RFC 9309 §2.4: rules are used for a day at most; a site that changes them is heard sooner.
const FRESH: Duration = Duration::from_secs(3_600);
/// Rules that could not be had are asked for again sooner.
const AGAIN: Duration = Duration::from_secs(300);
/// The pause between two pages of a site that asks for none.
const PAUSE: Duration = Duration::from_millis(200);
/// Sites remembered before those that nobody reads are forgotten.
const MOST_SITES: usize = 1_024;

/// What is known of the sites whose pages are read.
#[derive(Debug, Default)]
pub(super) struct Sites(Mutex<HashMap<String, Arc<Site>>>);

#[derive(Debug, Default)]
struct Site {
    robots: tokio::sync::Mutex<Option<Known>>,
    /// Held by whoever reads a page, and when the last one was read.
    turn: tokio::sync::Mutex<Option<Moment>>,
}

/// What was heard of a site's rules, or why there are none.
#[derive(Debug)]
struct Known {
    at: Moment,
    robots: Result<Arc<Robots>, String>,
}

impl Known {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < if self.robots.is_ok() { FRESH } else { AGAIN }
    }
}

impl Sites {
    fn of(&self, url: &Url) -> Arc<Site> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sites.len() > MOST_SITES {
            sites.retain(|_, site| Arc::strong_count(site) > 1);
        }
        Arc::clone(sites.entry(url.origin().ascii_serialization()).or_default())
    }
}

impl Fetcher {
    /// Fetches a page to which the source at `home` leads, as a robot that obeys: what robots.txt forbids is not asked
    /// for, wherever redirects lead; pages of one site come one after the other, and between two of them there is the
    /// pause that the site asks for, at most 30 s.
    ///
    /// The same addresses are refused as if the source had redirected there.
    pub async fn page(&self, url: &Url, home: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let size = Size::AtMost(self.max_bytes());
        let mut walk = Walk::begin(self, url, self.way(url, home), validators, size)?;
        loop {
            let site = self.sites().of(walk.url());
            let robots = self.rules_of(&site, walk.url(), walk.way()).await?;
            if !robots.allow(walk.url()) {
                return Err(FetchError::Disallowed { address: shown(walk.url()) });
            }
            let mut turn = site.turn.lock().await;
            // A redirect within a site is part of the same visit.
            let same = walk.before().is_some_and(|before| before.origin() == walk.url().origin());
            if let Some(last) = turn.filter(|_| !same) {
                tokio::time::sleep_until(last + robots.pause.unwrap_or(PAUSE)).await;
            }
            let permit = self.permit(walk.url()).await;
            let stepped = walk.step().await;
            *turn = Some(Moment::now());
            drop(permit);
            if let Some(fetched) = stepped? {
                return Ok(fetched);
            }
        }
    }

    /// What a site's robots.txt says to us; nothing may be read where it cannot be had.
    pub async fn robots(&self, url: &Url) -> Arc<Robots> {
        let rules = self.rules_of(&self.sites().of(url), url, &self.way(url, url)).await;
        rules.unwrap_or_else(|_| Arc::new(Robots::nothing()))
    }

    async fn rules_of(&self, site: &Site, url: &Url, way: &Way) -> Result<Arc<Robots>, FetchError> {
        let mut known = site.robots.lock().await;
        if !known.as_ref().is_some_and(Known::is_fresh) {
            let robots = match url.join("/robots.txt") {
                Ok(place) => self.asked_robots(&place, way).await,
                Err(_) => Ok(Robots::default()),
            };
            let robots = match robots {
                // Whoever may not go there learns nothing, and spoils nothing for those who may.
                Err(FetchError::PrivateAddress { host, found, from })
                    if host == super::fetch_error::host(url) =>
                {
                    return Err(FetchError::PrivateAddress { host, found, from });
                }
                robots => robots.map(Arc::new).map_err(|error| error.to_string()),
            };
            *known = Some(Known { at: Moment::now(), robots });
        }
        match known.as_ref().map(|known| &known.robots) {
            Some(Ok(robots)) => Ok(Arc::clone(robots)),
            Some(Err(cause)) => Err(FetchError::NoRules { address: shown(url), cause: cause.clone() }),
            None => Ok(Arc::default()),
        }
    }

    /// RFC 9309 §2.3.1: a site without rules allows all, one that cannot answer allows nothing.
    async fn asked_robots(&self, place: &Url, way: &Way) -> Result<Robots, FetchError> {
        let validators = Validators::default();
        // One byte more tells that there is more.
        let size = Size::First(LONGEST + 1);
        let walk = Walk::begin(self, place, way.clone(), &validators, size)?;
        match self.walk(walk).await {
            Ok(Fetched::Body(document)) => Ok(Robots::parse(&document.bytes, self.agent())),
            Ok(Fetched::Unchanged { .. })
            | Err(
                FetchError::NotFound { .. }
                | FetchError::Gone { .. }
                | FetchError::Forbidden { .. }
                | FetchError::LoginWanted { .. }
                | FetchError::Unexpected { .. }
                | FetchError::EmptyBody { .. },
            ) => Ok(Robots::default()),
            Err(error) => Err(error),
        }
    }
}
