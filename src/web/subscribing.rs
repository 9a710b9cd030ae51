//! Subscribing: the sign-up page, alone and to be framed by others, and what follows from posting its form.
//!
//! The page is made once a second at most for each language and kept: whoever asks for it costs no look into the store.
//! What is posted is checked, held against the limits and written down; the answer is the same for every address.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;

use super::limits::Limits;
use super::packing::{gzip, takes_gzip};
use super::posted::{Posted, Wanted, known_origin};
use super::stamp::{Age, Stamps};
use super::visit::{Visit, handler};
use super::{Desk, Signups, TakesMail, answer, typos};
use crate::model::{Instant, Language, Name, NewSignup};
use crate::render::{self, Again, Dubious, Filled, Flaw, Outcome, Setting};
use crate::store::StoreError;

/// So long a mailbox has to say yes.
const PATIENCE: TimeDelta = TimeDelta::days(7);

/// What the pages of this module share.
pub(super) struct Signing {
    pub(super) rules: Signups,
    limits: Limits,
    stamps: Stamps,
    /// By language, and whether it is to be framed: the second in which it was made, and the page.
    pages: RwLock<HashMap<(String, bool), (i64, Prepared)>>,
}

/// A page as it is sent, plain and packed: to pack it for each who asks would cost more than all the rest.
#[derive(Clone)]
struct Prepared {
    html: Bytes,
    packed: Option<Bytes>,
}

impl Signing {
    pub(super) fn new(rules: Signups, now: Instant) -> Self {
        let limits = Limits::new(rules.per_network, rules.in_all, now);
        Self { rules, limits, stamps: Stamps::default(), pages: RwLock::default() }
    }
}

impl Signing {
    /// The page that was made in this second.
    fn kept(&self, key: &(String, bool), second: i64) -> Option<Prepared> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        pages.get(key).filter(|(made, _)| *made == second).map(|(_, page)| page.clone())
    }
}

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(page))
        .route("/subscribe", get(page).post(posted))
        .route("/subscribe/form", get(framed_page).post(framed_posted))
}

async fn page(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery, asked: HeaderMap) -> Response {
    desk.sign_up_page(query.as_deref(), asked, false).await
}

async fn framed_page(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery, asked: HeaderMap) -> Response {
    desk.sign_up_page(query.as_deref(), asked, true).await
}

handler! {
    /// Takes a sign-up.
    posted, |desk, visit| desk.take(&visit, false)
}

handler! {
    /// Takes a sign-up in a frame.
    framed_posted, |desk, visit| desk.take(&visit, true)
}

/// How a sign-up was taken.
pub(super) enum Taken {
    /// Written down, or not worth it: nobody is told which.
    Yes,
    /// Too many came from there.
    Busy,
}

impl Desk {
    /// The sign-up page; `?lang=` asks for a language, and each `?list=` for a list.
    async fn sign_up_page(&self, query: Option<&str>, asked: HeaderMap, framed: bool) -> Response {
        let given = Posted::form(query.unwrap_or_default().as_bytes());
        let language = self.spoken(&given, &asked);
        let made = if given.lists.is_empty() {
            self.prepared(&language, framed).await
        } else {
            let (only, filled) = (given.chosen(self), Filled::default());
            let html = self.form(&language, framed, (&only, &[]), filled).await;
            html.map(|html| Prepared { html: Bytes::from(html), packed: None })
        };
        match made {
            Ok(Prepared { html, packed }) => {
                let packed = packed.filter(|_| takes_gzip(&asked));
                let coding = packed.is_some().then(|| HeaderValue::from_static("gzip"));
                let mut response = self.house.placed(StatusCode::OK, packed.unwrap_or(html), framed);
                let headers = response.headers_mut();
                headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
                if let Some(coding) = coding {
                    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
                    headers.insert(header::CONTENT_ENCODING, coding);
                }
                // RFC 6596: the same page stands at two addresses, and may be found.
                if let Ok(link) = format!("<{}/>; rel=\"canonical\"", self.public_url).parse() {
                    headers.insert(header::LINK, link);
                    headers.insert("x-robots-tag", HeaderValue::from_static("all"));
                }
                response
            }
            Err(error) => {
                let nobody = Visit::of(asked);
                super::visit::failed(self, &nobody, &error)
            }
        }
    }

    /// The page without anything filled in, made at most once a second.
    async fn prepared(&self, language: &Language, framed: bool) -> Result<Prepared, StoreError> {
        let (key, second) = ((language.to_string(), framed), (self.now)().timestamp());
        if let Some(page) = self.signing.kept(&key, second) {
            return Ok(page);
        }
        let html = Bytes::from(self.form(language, framed, (&[], &[]), Filled::default()).await?);
        let page = Prepared { packed: gzip(&html), html };
        let mut pages = self.signing.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.insert(key, (second, page.clone()));
        Ok(page)
    }

    /// The form with what is filled in, some lists of it or all, and some of them ticked.
    async fn form(
        &self,
        language: &Language,
        framed: bool,
        (only, chosen): (&[Name], &[Name]),
        filled: Filled,
    ) -> Result<String, StoreError> {
        let now = (self.now)();
        let stamp = match filled.again {
            // It grows old enough while it is looked at.
            Some(Again::Quick) => filled.stamp.clone(),
            Some(Again::Stale) | None => self.signing.stamps.stamp(&self.store, now).await?,
        };
        let filled = Filled { stamp, some: !only.is_empty(), ..filled };
        let choices = self.choices(only, chosen, up(framed), now);
        Ok(render::sign_up_page(&self.setting(language, framed), &choices, &filled, &self.house.theme))
    }

    async fn take(&self, visit: &Visit, framed: bool) -> Result<Response, StoreError> {
        let posted = Posted::form(&visit.body);
        let language = self.spoken(&posted, &visit.headers);
        let wanted = match posted.wanted(self) {
            // What a program wrote is not worth a word.
            _ if posted.trapped => return Ok(self.taken(&posted, &posted.chosen(self), &language, framed)),
            Ok(wanted) => wanted,
            Err(flaws) => return self.once_more(&posted, &language, framed, (flaws, None)).await,
        };
        let origin = known_origin(self, &visit.headers);
        if let Some(again) = self.too_soon(&posted, origin).await? {
            return self.once_more(&posted, &language, framed, (Vec::new(), Some(again))).await;
        }
        let page = if framed { "/subscribe/form" } else { "/subscribe" };
        let ip = visit.ip(self.proxies);
        if !self.signing.limits.admit(ip, (self.now)()) {
            return Ok(self.busy(&posted, &language, framed));
        }
        if !posted.sure
            && let Some(dubious) = self.doubts(&wanted).await
        {
            return Ok(self.ask_whether_right(&posted, &wanted, &dubious, &language, framed));
        }
        self.write_down(visit, &posted, &wanted, (page, origin), &language).await?;
        Ok(self.taken(&posted, &wanted.lists, &language, framed))
    }

    /// Writes down what is asked for; the same is done for every address.
    pub(super) async fn write_down(
        &self,
        visit: &Visit,
        posted: &Posted,
        wanted: &Wanted,
        (page, origin): (&str, Option<&str>),
        language: &Language,
    ) -> Result<(), StoreError> {
        let now = (self.now)();
        let own = posted.wording.is_empty() && origin.is_none() && page != super::api::PATH;
        let wording = if own {
            let choices = self.choices(&posted.shown(self), &wanted.lists, "", now);
            render::sign_up_wording(language, &choices, &self.house.theme)
        } else {
            posted.wording.clone()
        };
        let new = NewSignup {
            address: wanted.address.clone(),
            name: posted.name.clone(),
            language: language.clone(),
            lists: wanted.lists.clone(),
            network: visit.client(self.proxies),
            page: origin.map_or_else(|| page.to_owned(), |origin| format!("{page} from {origin}")),
            wording,
            expires_at: now + PATIENCE,
        };
        self.store.sign_up(&new, self.signing.rules.mails_per_address, now).await?;
        tracing::debug!(request.id = visit.id, page, "a sign-up was taken");
        Ok(())
    }

    /// Holds somebody against the limits.
    pub(super) fn admits(&self, visit: &Visit) -> Taken {
        let admitted = self.signing.limits.admit(visit.ip(self.proxies), (self.now)());
        if admitted { Taken::Yes } else { Taken::Busy }
    }

    /// What is doubtful about an address; never a reason to refuse it.
    pub(super) async fn doubts(&self, wanted: &Wanted) -> Option<Dubious> {
        if let Some(other) = typos::likelier(&wanted.address) {
            return Some(Dubious::Likelier(other));
        }
        let domain = wanted.address.domain();
        let takes = self.signing.rules.mail_domains.ask(domain).await;
        (takes == TakesMail::No).then(|| Dubious::NoMail(domain.to_owned()))
    }

    /// Why a form without fault is to be posted once more. Forms of sites that are known need no stamp.
    async fn too_soon(&self, posted: &Posted, origin: Option<&str>) -> Result<Option<Again>, StoreError> {
        if origin.is_some() {
            return Ok(None);
        }
        Ok(match self.signing.stamps.age(&self.store, &posted.stamp, (self.now)()).await? {
            Age::Right => None,
            Age::Quick => Some(Again::Quick),
            Age::Unknown => Some(Again::Stale),
        })
    }

    async fn once_more(
        &self,
        posted: &Posted,
        language: &Language,
        framed: bool,
        (flaws, again): (Vec<Flaw>, Option<Again>),
    ) -> Result<Response, StoreError> {
        let status = if flaws.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let (address, name) = (posted.address.clone(), posted.name.clone());
        let filled = Filled { address, name, stamp: posted.stamp.clone(), flaws, again, some: false };
        let lists = (posted.shown(self), posted.chosen(self));
        let html = self.form(language, framed, (&lists.0, &lists.1), filled).await?;
        Ok(self.house.placed(status, html, framed))
    }

    fn ask_whether_right(
        &self,
        posted: &Posted,
        wanted: &Wanted,
        dubious: &Dubious,
        language: &Language,
        framed: bool,
    ) -> Response {
        let kept = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut all = vec![
            kept("name", &posted.name),
            kept("stamp", &posted.stamp),
            kept("lang", language.as_str()),
            kept("sure", "1"),
        ];
        all.extend(posted.shown(self).iter().map(|list| kept("shown", list.as_str())));
        all.extend(wanted.lists.iter().map(|list| kept("list", list.as_str())));
        let (setting, address) = (self.setting(language, framed), wanted.address.as_str());
        let html = render::doubt_page(&setting, address, dubious, all, &self.house.theme);
        self.house.placed(StatusCode::OK, html, framed)
    }

    /// The answer that tells nobody whether an address is known.
    fn taken(&self, posted: &Posted, lists: &[Name], language: &Language, framed: bool) -> Response {
        let asks = |name: &Name| self.public().any(|offer| &offer.name == name && offer.confirm);
        let at_once = !lists.is_empty() && !lists.iter().any(asks);
        let outcome = if at_once { Outcome::Done } else { Outcome::Sent };
        self.outcome(StatusCode::OK, &outcome, &posted.address, language, framed)
    }

    fn busy(&self, posted: &Posted, language: &Language, framed: bool) -> Response {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut response = self.outcome(status, &Outcome::Busy, &posted.address, language, framed);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
        response
    }

    fn outcome(
        &self,
        status: StatusCode,
        outcome: &Outcome,
        address: &str,
        language: &Language,
        framed: bool,
    ) -> Response {
        let setting = self.setting(language, framed);
        let zone = self.zone_of(&[]);
        let html = render::outcome_page(&setting, outcome, (address, &[]), zone, &self.house.theme);
        self.house.placed(status, html, framed)
    }

    pub(super) fn setting<'s>(&'s self, language: &'s Language, framed: bool) -> Setting<'s> {
        Setting { site: &self.title, language, framed }
    }

    /// The language that was asked for in so many words, else what the browser likes.
    pub(super) fn spoken(&self, posted: &Posted, asked: &HeaderMap) -> Language {
        let theme = &self.house.theme;
        let language = posted.language(self).unwrap_or_else(|| answer::language(asked, theme));
        theme.spoken(&language).clone()
    }
}

/// What leads from the page to the site.
const fn up(framed: bool) -> &'static str {
    if framed { "../" } else { "" }
}
