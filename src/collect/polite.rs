//! Reading many pages of one site politely: by its robots.txt, one at a time, with the pause that it asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant as Moment;
use url::Url;

use super::fetch::{Fetched, Fetcher};
use super::fetch_error::{FetchError, shown};
use super::robots::Robots;
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
pub(super) struct Sites(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Site>>>>);

#[derive(Debug, Default)]
struct Site {
    robots: Option<(Moment, Duration, Arc<Robots>)>,
    last: Option<Moment>,
}

impl Sites {
    fn of(&self, url: &Url) -> Arc<tokio::sync::Mutex<Site>> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sites.len() > MOST_SITES {
            sites.retain(|_, site| Arc::strong_count(site) > 1);
        }
        Arc::clone(sites.entry(url.origin().ascii_serialization()).or_default())
    }
}

impl Fetcher {
    /// Fetches a page as a robot that obeys: what robots.txt forbids is not asked for, pages of one site come one after
    /// the other, and between two of them there is the pause that the site asks for, at most 30 s.
    pub async fn page(&self, url: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let site = self.sites().of(url);
        let mut site = site.lock().await;
        let robots = self.robots_of(&mut site, url).await;
        if !robots.allow(url) {
            return Err(FetchError::Disallowed { address: shown(url) });
        }
        if let Some(last) = site.last {
            tokio::time::sleep_until(last + robots.pause.unwrap_or(PAUSE)).await;
        }
        let fetched = self.fetch(url, validators).await;
        site.last = Some(Moment::now());
        fetched
    }

    /// What a site's robots.txt says to us.
    pub async fn robots(&self, url: &Url) -> Arc<Robots> {
        let site = self.sites().of(url);
        let mut site = site.lock().await;
        self.robots_of(&mut site, url).await
    }

    async fn robots_of(&self, site: &mut Site, url: &Url) -> Arc<Robots> {
        if let Some((at, fresh, robots)) = &site.robots
            && at.elapsed() < *fresh
        {
            return Arc::clone(robots);
        }
        let (robots, fresh) = match url.join("/robots.txt") {
            Ok(place) => self.asked_robots(&place).await,
            Err(_) => (Robots::default(), FRESH),
        };
        let robots = Arc::new(robots);
        site.robots = Some((Moment::now(), fresh, Arc::clone(&robots)));
        robots
    }

    /// RFC 9309 §2.3.1: a site without rules allows all, one that cannot answer allows nothing.
    async fn asked_robots(&self, place: &Url) -> (Robots, Duration) {
        match self.fetch(place, &Validators::default()).await {
            Ok(Fetched::Body(document)) => (Robots::parse(&document.bytes, self.agent()), FRESH),
            Ok(Fetched::Unchanged { .. }) => (Robots::default(), FRESH),
            Err(
                FetchError::NotFound { .. }
                | FetchError::Gone { .. }
                | FetchError::Forbidden { .. }
                | FetchError::LoginWanted { .. }
                | FetchError::Unexpected { .. }
                | FetchError::EmptyBody { .. },
            ) => (Robots::default(), FRESH),
            Err(_) => (Robots::nothing(), AGAIN),
        }
    }
}
