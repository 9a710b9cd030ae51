//! The archive: what has gone out, as anybody reads it — web copies, a list of editions, a feed.
//!
//! What goes to no public list has neither list nor feed; its web copies open for whoever has their address, and ask
//! search engines to pass by. A copy is made once and kept; before it is shown the store is asked whether it still may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDateTime;

use super::Desk;
use super::answer::Look;
use super::guard::RequestId;
use crate::model::{Digest, EditionId, Instant, Name, Offer};
use crate::render::{self, Archive, Feed, PastEdition, Trouble, WebCopy};
use crate::store::{Past, StoreError};

/// How a slot stands in an address.
const SLOT: &str = "%Y-%m-%dT%H%M%SZ";
/// The editions on one page of the list, and in the feed.
const PAGE: usize = 100;
const FED: usize = 20;
/// The bytes of copies that are kept at hand.
const KEPT: usize = 8 << 20;

/// A letter runs nothing, loads pictures and stands in no frame.
const COPY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const ATOM: HeaderValue = HeaderValue::from_static("application/atom+xml; charset=utf-8");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/{digest}", get(without_slash))
        .route("/{digest}/", get(list))
        .route("/{digest}/feed.xml", get(feed))
        .route("/{digest}/{slot}", get(copy))
}

/// Copies at hand, by edition, each with whether it is for everybody.
#[derive(Default)]
pub(super) struct Copies(Mutex<HashMap<(EditionId, bool), (Bytes, HeaderValue)>>);

impl Copies {
    fn get(&self, key: (EditionId, bool)) -> Option<(Bytes, HeaderValue)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn keep(&self, key: (EditionId, bool), copy: (Bytes, HeaderValue)) {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: usize = copies.values().map(|(bytes, _)| bytes.len()).sum();
        if bytes + copy.0.len() > KEPT {
            copies.clear();
        }
        copies.insert(key, copy);
    }
}

/// What came with a request for a page of the archive.
struct Asked {
    id: String,
    digest: Option<Name>,
    headers: HeaderMap,
}

type Segment = Result<Path<String>, PathRejection>;
type Segments = Result<Path<(String, String)>, PathRejection>;

fn asked(id: Option<Extension<RequestId>>, digest: Option<&str>, headers: HeaderMap) -> Asked {
    let id = id.map(|Extension(RequestId(id))| id).unwrap_or_default();
    Asked { id, digest: digest.and_then(|digest| Name::parse(digest).ok()), headers }
}

async fn without_slash(
    State(desk): State<Arc<Desk>>,
    id: Option<Extension<RequestId>>,
    segment: Segment,
    headers: HeaderMap,
) -> Response {
    let asked = asked(id, segment.as_ref().ok().map(|Path(digest)| digest.as_str()), headers);
    match asked.digest.as_ref().and_then(|digest| desk.for_all(digest)) {
        Some((digest, ..)) => {
            let place = HeaderValue::try_from(format!("{}/", digest.name));
            let place = place.unwrap_or(HeaderValue::from_static("./"));
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response()
        }
        None => desk.trouble(StatusCode::NOT_FOUND, &Trouble::Missing, &asked.headers),
    }
}

async fn list(
    State(desk): State<Arc<Desk>>,
    id: Option<Extension<RequestId>>,
    segment: Segment,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = asked(id, segment.as_ref().ok().map(|Path(digest)| digest.as_str()), headers);
    let query = query.unwrap_or_default();
    let before = query.strip_prefix("before=").and_then(slot);
    desk.answered(&asked, desk.listed(&asked, before).await)
}

async fn feed(
    State(desk): State<Arc<Desk>>,
    id: Option<Extension<RequestId>>,
    segment: Segment,
    headers: HeaderMap,
) -> Response {
    let asked = asked(id, segment.as_ref().ok().map(|Path(digest)| digest.as_str()), headers);
    desk.answered(&asked, desk.fed(&asked).await)
}

async fn copy(
    State(desk): State<Arc<Desk>>,
    id: Option<Extension<RequestId>>,
    segments: Segments,
    headers: HeaderMap,
) -> Response {
    let (digest, at) = segments.map(|Path(segments)| segments).unwrap_or_default();
    let asked = asked(id, Some(&digest), headers);
    desk.answered(&asked, desk.copied(&asked, &at).await)
}

impl Desk {
    /// The digest, its look and the list by which it is everybody's.
    fn for_all(&self, name: &Name) -> Option<(&Digest, &Look, &Offer)> {
        let offer = self.offers.iter().find(|offer| offer.public && offer.digests.contains(name))?;
        match self.digest(name) {
            (Some(digest), look) => Some((digest, look, offer)),
            (None, _) => None,
        }
    }

    fn answered(&self, asked: &Asked, answer: Result<Option<Response>, StoreError>) -> Response {
        match answer {
            Ok(Some(response)) => response,
            Ok(None) => self.trouble(StatusCode::NOT_FOUND, &Trouble::Missing, &asked.headers),
            Err(error) => {
                tracing::error!(request.id = asked.id, %error, "a page could not be made");
                let trouble = Trouble::Failed { id: asked.id.clone() };
                self.trouble(StatusCode::INTERNAL_SERVER_ERROR, &trouble, &asked.headers)
            }
        }
    }

    async fn listed(&self, asked: &Asked, before: Option<Instant>) -> Result<Option<Response>, StoreError> {
        let Some((digest, look, offer)) = asked.digest.as_ref().and_then(|name| self.for_all(name)) else {
            return Ok(None);
        };
        let mut past = self.store.past(&digest.name, before, PAGE + 1).await?;
        let more = past.len() > PAGE;
        past.truncate(PAGE);
        let older = past.last().filter(|_| more).map(|last| format!("?before={}", last.slot.format(SLOT)));
        let editions: Vec<_> = editions(digest, past).into_iter().map(|(edition, _)| edition).collect();
        let archive = Archive { digest, about: &offer.about, site: &self.title, editions: &editions, older };
        let page = render::archive_page(&archive, &look.theme);
        let mut response = cached(asked, page.into(), HTML, None, true);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, look.policy());
        Ok(Some(response))
    }

    async fn fed(&self, asked: &Asked) -> Result<Option<Response>, StoreError> {
        let Some((digest, ..)) = asked.digest.as_ref().and_then(|name| self.for_all(name)) else {
            return Ok(None);
        };
        let past = self.store.past(&digest.name, None, FED).await?;
        let ids: Vec<EditionId> = past.iter().map(|past| past.id).collect();
        let mut titles = self.store.titles(&ids).await?;
        let mut editions = editions(digest, past);
        for (edition, id) in &mut editions {
            edition.titles = titles.remove(id).unwrap_or_default();
        }
        let editions: Vec<PastEdition> = editions.into_iter().map(|(edition, _)| edition).collect();
        let url = format!("{}/{}/", self.public_url, digest.name);
        let feed = render::feed(&Feed { digest, site: &self.title, url: &url, editions: &editions });
        Ok(Some(cached(asked, feed.into(), ATOM, None, true)))
    }

    async fn copied(&self, asked: &Asked, at: &str) -> Result<Option<Response>, StoreError> {
        let (Some(name), Some(slot)) = (&asked.digest, slot(at)) else { return Ok(None) };
        let Some(id) = self.store.past_at(name, slot).await? else { return Ok(None) };
        let public = self.for_all(name).is_some();
        let (bytes, tag) = match self.copies.get((id, public)) {
            Some(kept) => kept,
            None => {
                let Some(message) = self.store.message(id).await? else { return Ok(None) };
                let further = self.store.left_out(id).await?;
                let further: Vec<_> = further.into_iter().map(|one| (one.title, one.url)).collect();
                let path = format!("/{name}/{}", slot.format(SLOT));
                let copy = WebCopy { message: &message, path: &path, further: &further, public };
                let page = Bytes::from(render::web_copy(&copy, &self.digest(name).1.theme));
                let made = (page.clone(), tag(&page));
                self.copies.keep((id, public), made.clone());
                made
            }
        };
        let mut response = cached(asked, bytes, HTML, Some(tag), public);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, COPY_POLICY);
        Ok(Some(response))
    }
}

/// Each edition with its row; of the waves of one hour of the clock, which are one edition to whoever looks from outside,
/// the first.
fn editions(digest: &Digest, past: Vec<Past>) -> Vec<(PastEdition, EditionId)> {
    let mut editions: Vec<(PastEdition, EditionId)> = Vec::with_capacity(past.len());
    for one in past {
        let zone = one.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(digest.zone);
        let wall = |slot: Instant, zone| slot.with_timezone(&zone).naive_local();
        let same = |(known, _): &(PastEdition, EditionId)| {
            one.zone.is_some() && wall(known.slot, known.zone) == wall(one.slot, zone)
        };
        let edition = PastEdition {
            subject: one.subject,
            href: one.slot.format(SLOT).to_string(),
            slot: one.slot,
            zone,
            released_at: one.released_at,
            titles: Vec::new(),
        };
        match editions.iter_mut().find(|known| same(known)) {
            Some(known) => *known = (edition, one.id),
            None => editions.push((edition, one.id)),
        }
    }
    editions
}

fn slot(text: &str) -> Option<Instant> {
    NaiveDateTime::parse_from_str(text, SLOT).ok().map(|at| at.and_utc())
}

/// A tag that stays as long as the bytes do. It is a weak one: packed or not, the page is the same to a reader.
fn tag(bytes: &[u8]) -> HeaderValue {
    let hash = digest(&SHA256, bytes);
    let tag = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    HeaderValue::try_from(format!("W/\"{tag}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// An answer that may be kept, and asked after (RFC 9110 §13.1.2).
fn cached(
    asked: &Asked,
    bytes: Bytes,
    kind: HeaderValue,
    known: Option<HeaderValue>,
    public: bool,
) -> Response {
    let tag = known.unwrap_or_else(|| tag(&bytes));
    let keep = if public { "public, max-age=300" } else { "private, no-cache" };
    let robots = if public { "all" } else { "noindex, nofollow" };
    let headers = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (ROBOTS, HeaderValue::from_static(robots)),
    ];
    let has = |value: &HeaderValue| value.as_bytes() == b"*" || lists(value, &tag);
    if asked.headers.get_all(header::IF_NONE_MATCH).iter().any(has) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, kind)], bytes).into_response()
}

/// Whether a list of tags has this one; weak or not is no matter.
fn lists(value: &HeaderValue, tag: &HeaderValue) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let (Ok(value), Ok(tag)) = (value.to_str(), tag.to_str()) else { return false };
    value.split(',').any(|one| bare(one) == bare(tag))
}
