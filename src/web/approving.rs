//! Approving: the page on which somebody says whether an edition goes out.
//!
//! What is said is a wish in the store; the publishing stage fulfils it when it looks next. A wish that comes twice, or
//! too late, changes nothing, and is answered with what is the case.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Desk;
use super::visit::{Visit, handler};
use crate::model::{EditionId, EditionRecord, EditionState, Instant};
use crate::render::{self, Asked, Stand};
use crate::store::StoreError;

/// A frame that runs nothing, loads pictures and nothing else, and whose links open in windows of their own.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
);

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/approve/{token}", get(to_approve).post(approve))
        .route("/cancel/{token}", get(to_cancel).post(cancel))
        .route("/approve/{token}/edition", get(edition))
}

handler! {
    /// Shows the page, with yes foremost.
    to_approve, |desk, visit| desk.show(&visit, false)
}

handler! {
    /// Shows the page, with no foremost.
    to_cancel, |desk, visit| desk.show(&visit, true)
}

handler! {
    /// Says yes, and shows what is the case now.
    approve, |desk, visit| desk.act(&visit, true)
}

handler! {
    /// Says no, and shows what is the case now.
    cancel, |desk, visit| desk.act(&visit, false)
}

handler! {
    /// Shows the edition as its readers will see it, for the frame in the page.
    edition, |desk, visit| desk.framed(&visit)
}

impl Desk {
    async fn show(&self, visit: &Visit, to_cancel: bool) -> Result<Response, StoreError> {
        match self.found(visit).await? {
            Some((token, record)) => self.page(token, &record, to_cancel, (self.now)()).await,
            None => Ok(self.unknown(visit)),
        }
    }

    async fn act(&self, visit: &Visit, yes: bool) -> Result<Response, StoreError> {
        let Some((token, record)) = self.found(visit).await? else { return Ok(self.unknown(visit)) };
        let now = (self.now)();
        let may = match self.stand(&record, now) {
            Stand::Open => true,
            // Who has said yes may think better of it until it goes out; a yes that nobody would fulfil is none.
            Stand::Approved | Stand::NoDigest => !yes,
            Stand::Released(_) | Stand::Finished(_) | Stand::Cancelled | Stand::Over => false,
        };
        if may && self.decide(record.id, yes, now).await? {
            let client = visit.client(self.proxies);
            let what = if yes { "approved" } else { "cancelled" };
            tracing::info!(edition.id = record.id.0, request.id = visit.id, %client, "{what} on its page");
        }
        let record = self.store.edition(record.id).await?.unwrap_or(record);
        self.page(token, &record, false, now).await
    }

    async fn decide(&self, edition: EditionId, yes: bool, now: Instant) -> Result<bool, StoreError> {
        if yes { self.store.approve(edition, now).await } else { self.store.decline(edition).await }
    }

    async fn framed(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((_, record)) = self.found(visit).await? else { return Ok(self.unknown(visit)) };
        let Some(message) = self.store.message(record.id).await? else { return Ok(self.unknown(visit)) };
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, FRAME_POLICY),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        ];
        Ok((headers, render::framed(&message)).into_response())
    }

    /// The edition that a token opens, if it opens one.
    async fn found<'v>(&self, visit: &'v Visit) -> Result<Option<(&'v str, EditionRecord)>, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(None) };
        let Some(id) = self.store.edition_by_approval(token).await? else { return Ok(None) };
        Ok(self.store.edition(id).await?.map(|record| (token, record)))
    }

    async fn page(
        &self,
        token: &str,
        record: &EditionRecord,
        to_cancel: bool,
        now: Instant,
    ) -> Result<Response, StoreError> {
        let (Some(ask), Some(message)) = (record.ask, self.store.message(record.id).await?) else {
            // What a token opens was asked about, and has a message.
            return Err(StoreError::NoEdition(record.id));
        };
        let (digest, look) = self.digest(&record.digest);
        let readers = match (record.state, digest) {
            (EditionState::Draft, Some(digest)) => {
                Some(self.store.readers_of(record.id, &digest.lists, now).await?)
            }
            (EditionState::Released | EditionState::Finished, _) => {
                Some(record.totals.candidates.saturating_sub(record.totals.excluded))
            }
            (EditionState::Draft | EditionState::Cancelled, _) => None,
        };
        let asked = Asked {
            token,
            digest,
            name: record.digest.as_str(),
            subject: &record.subject,
            language: &message.language,
            slot: record.slot,
            readers,
            by: ask.by,
            otherwise: ask.otherwise,
            stand: self.stand(record, now),
            to_cancel,
        };
        Ok(look.page(StatusCode::OK, render::approval_page(&asked, &look.theme)))
    }

    fn stand(&self, record: &EditionRecord, now: Instant) -> Stand {
        let since = record.released_at.unwrap_or(record.slot);
        let sent_by_the_clock =
            self.digest(&record.digest).0.is_some_and(|digest| digest.timetable.is_some());
        match (record.state, record.ask) {
            (EditionState::Released, _) => Stand::Released(since),
            (EditionState::Finished, _) => Stand::Finished(since),
            (EditionState::Cancelled, _) => Stand::Cancelled,
            (EditionState::Draft, _) if !sent_by_the_clock => Stand::NoDigest,
            (EditionState::Draft, Some(ask)) if ask.approved_at.is_some() => Stand::Approved,
            (EditionState::Draft, Some(ask)) if now < ask.by => Stand::Open,
            (EditionState::Draft, _) => Stand::Over,
        }
    }
}
