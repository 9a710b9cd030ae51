//! The sample newsrooms, the inbox and, once there is an edition, the reader's pages; on loopback.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path as Segment, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use super::sources;
use crate::model::Instant;
use crate::press::Clock;

/// A running server; it ends with the program.
pub(super) struct Server {
    port: u16,
    /// Wherever the newsrooms and the inbox have nothing.
    site: Arc<OnceLock<Router>>,
}

impl Server {
    /// `http://127.0.0.1:PORT`
    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Opens the reader's pages; once.
    pub(super) fn open(&self, site: Router) {
        // A second time there is nothing to do.
        let _ = self.site.set(site);
    }
}

/// Starts on `port`, or on a free one if another program has it.
pub(super) async fn start(outbox: &Path, port: u16) -> anyhow::Result<Server> {
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await.context("no port of this machine is free")?,
    };
    let site = Arc::new(OnceLock::new());
    let server = Server { port: listener.local_addr()?.port(), site: Arc::clone(&site) };
    std::fs::create_dir_all(outbox).with_context(|| format!("{} cannot be made", outbox.display()))?;
    let newsrooms = Router::new()
        .route("/sources/{file}", get(feed))
        .route("/pictures/{file}", get(picture))
        .route("/read/{*article}", get(|| async { Html(sources::PAGE) }))
        .with_state((server.origin(), Clock::system().now()));
    let router = newsrooms.merge(crate::web::inbox_at(outbox.to_owned(), "", Some(super::PREVIEW), false));
    let router = router.fallback(async move |request: Request| match site.get() {
        Some(site) => TowerToHyperService::new(Router::clone(site)).call(request).await.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(server)
}

async fn feed(
    State((origin, started)): State<(String, Instant)>,
    Segment(file): Segment<String>,
) -> Response {
    match sources::ALL.iter().find(|source| source.file == file) {
        Some(source) => {
            let document = source.document(started, &origin);
            ([(header::CONTENT_TYPE, source.content_type)], document).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn picture(Segment(file): Segment<String>) -> Response {
    match sources::PICTURES.iter().find(|(name, _)| *name == file) {
        Some((_, bytes)) => ([(header::CONTENT_TYPE, "image/jpeg")], *bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
