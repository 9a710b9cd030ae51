//! Confirming: the page that the link in the mail opens. Its button says yes; opening it says nothing, for scanners
//! open all links.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

use super::Desk;
use super::posted::Posted;
use super::visit::{Visit, handler};
use crate::model::{Language, Signup};
use crate::render::{self, Outcome};
use crate::store::StoreError;

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/confirm/{token}", get(ask).post(confirm))
}

handler! {
    /// Shows what is to be confirmed.
    ask, |desk, visit| desk.ask(&visit)
}

handler! {
    /// Confirms it, and shows what is the case now.
    confirm, |desk, visit| desk.confirm(&visit)
}

impl Desk {
    async fn ask(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(signup) = self.signed_up(visit).await? else { return Ok(self.unknown(visit)) };
        let outcome = match signup.confirmed_at {
            Some(then) => Outcome::Before(then),
            None if (self.now)() < signup.asked.expires_at => Outcome::Question,
            None => Outcome::Expired(signup.asked.expires_at),
        };
        Ok(self.confirming(visit, &signup, &outcome))
    }

    async fn confirm(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(signup) = self.signed_up(visit).await? else { return Ok(self.unknown(visit)) };
        let (now, from) = ((self.now)(), visit.client(self.proxies));
        let welcoming = &self.signing.rules.welcoming;
        let outcome = if self.store.confirm(&signup, &from, welcoming, now).await? {
            tracing::info!(request.id = visit.id, client = from, "a sign-up was confirmed");
            Outcome::Confirmed
        } else {
            // It may have been confirmed since it was looked for.
            let signup = self.store.signup(&signup.token).await?;
            match signup.as_ref().and_then(|signup| signup.confirmed_at) {
                Some(then) => Outcome::Before(then),
                None => Outcome::Expired(signup.map_or(now, |signup| signup.asked.expires_at)),
            }
        };
        Ok(self.confirming(visit, &signup, &outcome))
    }

    async fn signed_up(&self, visit: &Visit) -> Result<Option<Signup>, StoreError> {
        match visit.token.as_deref() {
            Some(token) => self.store.signup(token).await,
            None => Ok(None),
        }
    }

    fn confirming(&self, visit: &Visit, signup: &Signup, outcome: &Outcome) -> Response {
        let asked = &signup.asked;
        let own = self.house.theme.spoken(&asked.language);
        let language: Language = if *own == asked.language {
            own.clone()
        } else {
            self.spoken(&Posted::default(), &visit.headers)
        };
        let spent = matches!(outcome, Outcome::Before(_) | Outcome::Expired(_));
        let lists: Vec<(&str, &Language)> =
            asked.lists.iter().filter(|_| !spent).map(|list| self.titled(list)).collect();
        let setting = self.setting(&language, false);
        let zone = self.zone_of(&asked.lists);
        let about = (asked.address.as_str(), lists.as_slice());
        let html = render::outcome_page(&setting, outcome, about, zone, &self.house.theme);
        let mut response = self.house.page(StatusCode::OK, html);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
        response
    }
}
