//! The server: carries requests to the pages, over HTTP/1.1, until stopped.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::PATIENCE;

/// So many are talked to at once; others wait for their turn.
const CONNECTIONS: usize = 4_096;
/// A longer head is refused.
const LONGEST_HEAD: usize = 32 * 1024;
/// So long a request in hand has to end after a stop.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when the system has no connection left to give.
const AFTER_TROUBLE: Duration = Duration::from_millis(200);

/// Serves the pages until `stop` comes: from then on nobody new is let in, and requests in hand are answered.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_within(PATIENCE, listener, router, stop).await;
}

/// The same, with a patience of its own for the head of a request, which counts from when it may come.
pub async fn serve_within(
    patience: Duration,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let gate = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer, permit) = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            (stream, peer, permit) = accepted(&listener, &gate) => (stream, peer, permit),
        };
        connections.spawn(talk(stream, peer, patience, router.clone(), stopping.subscribe(), permit));
    }
    drop(listener);
    // Nobody may be there to hear it.
    let _ = stopping.send(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What does not end by then is cut off with the set.
    let _ = tokio::time::timeout(GRACE, ended).await;
}

/// The next connection. Trouble with one, or with having too many files open, ends nothing.
async fn accepted(
    listener: &TcpListener,
    gate: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The gate is never closed.
    let permit = Arc::clone(gate).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) => {
                tracing::debug!(%error, "a connection could not be taken");
                tokio::time::sleep(AFTER_TROUBLE).await;
            }
        }
    }
}

/// Answers the requests of one connection, one after the other.
async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    patience: Duration,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    _permit: Option<OwnedSemaphorePermit>,
) {
    // Without it an answer may wait for the acknowledgement of its head.
    let _ = stream.set_nodelay(true);
    let pages = TowerToHyperService::new(router);
    let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        pages.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
