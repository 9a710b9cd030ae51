//! A webhook on loopback: it keeps what it is told, and answers as it is told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

/// The status of its answers, and what has come.
type Book = (StatusCode, Vec<(HeaderMap, String)>);

/// A running webhook; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Hook {
    port: u16,
    state: Arc<Mutex<Book>>,
}

impl Hook {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hook = Self { port, state: Arc::new(Mutex::new((StatusCode::OK, Vec::new()))) };
        let router = Router::new()
            .route("/secret-path", post(take))
            .route("/elsewhere", post(take))
            .with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hook
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/secret-path", self.port)
    }

    /// Answers so from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.state.lock().unwrap().0 = StatusCode::from_u16(status).unwrap();
    }

    /// What has come: headers and body of each request.
    pub(crate) fn told(&self) -> Vec<(HeaderMap, String)> {
        self.state.lock().unwrap().1.clone()
    }
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: String) -> Response {
    let mut state = hook.state.lock().unwrap();
    state.1.push((headers, body));
    (state.0, [("Location", "/elsewhere")]).into_response()
}
