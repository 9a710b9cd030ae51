//! A small HTTP server on loopback that can misbehave.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does after a request.
pub(crate) enum Answer {
    /// Sends this and closes.
    Whole(Vec<u8>),
    /// Sends the first, then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends this and then nothing, keeping the line open.
    Stalled(Vec<u8>),
}

/// A server on loopback that answers by path and remembers what it was asked.
pub(crate) struct Server {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
    /// The most requests that were being answered at the same time.
    pub(crate) most_at_once: Arc<AtomicUsize>,
}

/// What was asked; header names in lower case.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (open, most_at_once) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (answer, seen, most) = (Arc::new(answer), Arc::clone(&requests), Arc::clone(&most_at_once));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen, open, most) =
                    (Arc::clone(&answer), Arc::clone(&seen), Arc::clone(&open), Arc::clone(&most));
                tokio::spawn(async move {
                    let Some((request, stream)) = receive(stream).await else { return };
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let answer = answer(&request);
                    seen.lock().expect("is whole").push(request);
                    tokio::task::yield_now().await;
                    open.fetch_sub(1, Ordering::SeqCst);
                    give(stream, answer).await;
                });
            }
        });
        let url = Url::parse(&format!("http://{address}/feed")).expect("parses");
        Self { url, requests, most_at_once }
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("joins")
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.requests.lock().expect("is whole").clone()
    }
}

async fn receive(stream: TcpStream) -> Option<(Request, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Some((Request { path, headers }, reader.into_inner()))
}

async fn give(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::Whole(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Answer::Endless(first, again) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&again).await.is_ok() {}
        }
        Answer::Stalled(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending::<()>().await;
        }
    }
}

pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str("\r\n");
    Answer::Whole([bytes.as_bytes(), body].concat())
}

pub(crate) fn ok(body: &[u8]) -> Answer {
    answer("200 OK", &[("content-type", "application/rss+xml; charset=utf-8")], body)
}

pub(crate) fn redirect(status: &str, to: &str) -> Answer {
    answer(status, &[("location", to)], b"")
}
