//! Says to an open page that something is new, by server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::watch;

use super::viewer::Viewer;

/// So often something is sent, so that both sides notice when the other has gone.
const BREATH: Duration = Duration::from_secs(15);

/// Sends the number of each change as an event `change`, beginning with the last: a page that was away looks anew.
pub(super) async fn live(State(viewer): State<Arc<Viewer>>) -> Response {
    let mut changes = viewer.studio.changes();
    changes.mark_changed();
    let events = stream::unfold(changes, next);
    Sse::new(events).keep_alive(KeepAlive::new().interval(BREATH)).into_response()
}

async fn next(
    mut changes: watch::Receiver<u64>,
) -> Option<(Result<Event, Infallible>, watch::Receiver<u64>)> {
    changes.changed().await.ok()?;
    let number = *changes.borrow_and_update();
    Some((Ok(Event::default().event("change").data(number.to_string())), changes))
}
