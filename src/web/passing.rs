//! Passing: the way of a letter's link through our pages to its article.
//!
//! It leads to the address that the store has for it and to nothing that stands in the request, so that nobody can borrow
//! our name for another place; and it goes on leading there when clicks are counted no more.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::Desk;
use super::clicks::by_hand;
use super::visit::{Visit, handler};
use crate::model::Passage;
use crate::store::StoreError;

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/to/{token}", get(follow).head(look))
}

handler!(follow, |desk, visit| led(&desk, &visit, by_hand(&visit.headers)));
handler!(look, |desk, visit| led(&desk, &visit, false));

async fn led(desk: &Desk, visit: &Visit, reads: bool) -> Result<Response, StoreError> {
    let token = visit.token.as_deref().filter(|token| token.len() == Passage::TOKEN);
    let Some(token) = token else { return Ok(desk.unknown(visit)) };
    let Some(passage) = desk.store.passage(token).await? else { return Ok(desk.unknown(visit)) };
    let place = HeaderValue::try_from(passage.url.as_str()).ok();
    let Some(place) = place.filter(|_| matches!(passage.url.scheme(), "http" | "https")) else {
        return Ok(desk.unknown(visit));
    };
    if let Some(clicks) = &desk.clicks {
        clicks.asked(visit.ip(desk.proxies), &passage, reads, (desk.now)());
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, place)]).into_response())
}
