//! Leaving: one-click by a mail program, or the page of the link in a letter.
//!
//! A POST acts at once, whatever its body says and however it is written, without a cookie, a login or a redirect
//! (RFC 8058 §3.1, §3.2); whatever else comes changes nothing. A link works for ever: spent, it says what is the case.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

use super::Desk;
use super::answer::{Look, language};
use super::visit::{Visit, handler};
use crate::model::{LeavingReason, Name, SubscriptionState, Way};
use crate::render::{self, Leaving, Parting};
use crate::store::{OnList, Standing, StoreError};

/// Where the site begins, seen from the page of a link and from those below it.
const ABOVE: &str = "../";
const FAR_ABOVE: &str = "../../";

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/unsubscribe/{token}", get(page).post(leave))
        // Whoever comes back to what a button has answered finds the page.
        .route("/unsubscribe/{token}/all", get(page_above).post(leave_all))
        .route("/unsubscribe/{token}/undo", get(page_above).post(undo))
        .route("/unsubscribe/{token}/reason", get(page_above).post(reason))
}

handler! {
    /// Shows what is the case.
    page, |desk, visit| desk.parting(&visit, ABOVE)
}

handler! {
    /// The same, one step further down.
    page_above, |desk, visit| desk.parting(&visit, FAR_ABOVE)
}

handler! {
    /// Takes the reader off the list.
    leave, |desk, visit| desk.leave(&visit)
}

handler! {
    /// Takes the reader off all lists.
    leave_all, |desk, visit| desk.leave_all(&visit)
}

handler! {
    /// Takes that back.
    undo, |desk, visit| desk.undo(&visit)
}

handler! {
    /// Keeps why the reader left.
    reason, |desk, visit| desk.reason(&visit)
}

impl Desk {
    async fn parting(&self, visit: &Visit, root: &str) -> Result<Response, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(self.parted(visit, root, None)) };
        Ok(self.parted(visit, root, self.store.standing(token).await?))
    }

    async fn leave(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(self.parted(visit, ABOVE, None)) };
        let way = if one_click(&visit.body) { Way::OneClick } else { Way::Page };
        let standing = self.leaver.leave(token, way, (self.now)()).await?;
        tracing::debug!(
            request.id = visit.id,
            way = way.as_str(),
            known = standing.is_some(),
            "unsubscribed"
        );
        Ok(self.parted(visit, ABOVE, standing))
    }

    async fn leave_all(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(self.parted(visit, FAR_ABOVE, None)) };
        Ok(self.parted(visit, FAR_ABOVE, self.store.leave_all(token, (self.now)()).await?))
    }

    async fn undo(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(self.parted(visit, FAR_ABOVE, None)) };
        let standing = self.store.undo_leaving(token, (self.now)()).await?;
        Ok(self.told(visit, FAR_ABOVE, standing, true))
    }

    async fn reason(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(self.parted(visit, FAR_ABOVE, None)) };
        let standing = match answered(&visit.body) {
            Some(reason) => self.store.leaving_reason(token, reason).await?,
            // A button that was pressed without a choice.
            None => self.store.standing(token).await?,
        };
        Ok(self.parted(visit, FAR_ABOVE, standing))
    }

    fn parted(&self, visit: &Visit, root: &str, standing: Option<Standing>) -> Response {
        self.told(visit, root, standing, false)
    }

    /// The page that says what is the case; `back` if the reader has just asked to be on the list again.
    fn told(&self, visit: &Visit, root: &str, standing: Option<Standing>, back: bool) -> Response {
        let (on_list, parting) = match standing {
            Some(Standing::Known(on_list)) => {
                let parting = parting(&on_list, back);
                (Some(on_list), parting)
            }
            Some(Standing::Forgotten) => (None, Parting::Forgotten),
            None if visit.sample => (None, Parting::Sample),
            None => return self.unknown(visit),
        };
        let on_list = on_list.as_ref();
        let look = self.look_of(on_list.map(|on| &on.list));
        let own = on_list.and_then(|on| on.language.clone()).filter(|language| look.theme.speaks(language));
        let language = own.unwrap_or_else(|| language(&visit.headers, &look.theme));
        let leaving = Leaving {
            token: visit.token.as_deref().unwrap_or_default(),
            root,
            site: &self.title,
            list: on_list.map_or("", |on| &on.title),
            others: on_list.is_some_and(|on| on.others > 0),
            parting,
        };
        let page = render::leaving_page(&leaving, &look.theme, &language);
        let mut response = look.page(StatusCode::OK, page);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
        response
    }

    /// The look of the first digest that goes to the list: that of the letters.
    fn look_of(&self, list: Option<&Name>) -> &Look {
        let goes = |digest: &crate::model::Digest| list.is_some_and(|list| digest.lists.contains(list));
        self.digests.iter().find(|(digest, _)| goes(digest)).map_or(&self.house, |(_, look)| look)
    }
}

fn parting(on_list: &OnList, back: bool) -> Parting {
    match on_list.state {
        SubscriptionState::Pending | SubscriptionState::Confirmed if back => Parting::Back,
        SubscriptionState::Pending | SubscriptionState::Confirmed => Parting::Here,
        SubscriptionState::Unsubscribed => Parting::Left {
            all: on_list.left_by == Some(Way::All) && on_list.others == 0,
            undo: on_list.left_by.is_some(),
            told: on_list.reason.is_some(),
        },
    }
}

/// Whether a mail program asks, in either encoding of a form; nothing but the record depends on it.
fn one_click(body: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(body, word.as_bytes()).is_some();
    has("List-Unsubscribe") && has("One-Click")
}

/// The answer to the question why.
fn answered(body: &[u8]) -> Option<LeavingReason> {
    let mut fields = url::form_urlencoded::parse(body);
    fields.find(|(name, _)| name == "reason").and_then(|(_, word)| LeavingReason::parse(&word))
}
