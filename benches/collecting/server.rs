//! A web server on loopback with feeds that never change, in a thread of its own.

use std::fmt::Write as _;
use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WORDS: [&str; 24] = [
    "harbour", "the", "of", "ships", "and", "a", "morning", "tide", "café", "in", "Größe", "captain", "to",
    "water", "which", "northern", "light", "was", "île", "rope", "mast", "while", "evening", "quay",
];

/// A server with so many feeds.
pub(crate) struct Server {
    port: u16,
    feeds: Arc<Vec<String>>,
    unchanged: Arc<AtomicUsize>,
}

impl Server {
    /// Serves for as long as the bench lives.
    pub(crate) fn start(feeds: usize) -> Self {
        let feeds = Arc::new((0..feeds).map(feed).collect::<Vec<_>>());
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("it may not block");
        let unchanged = Arc::new(AtomicUsize::new(0));
        let (served, count) = (Arc::clone(&feeds), Arc::clone(&unchanged));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("listens");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&served), Arc::clone(&count)));
                }
            });
        });
        Self { port, feeds, unchanged }
    }

    /// The address of a feed.
    pub(crate) fn url(&self, feed: usize) -> String {
        format!("http://127.0.0.1:{}/{feed}", self.port)
    }

    /// How often it has said that nothing has changed, since it was asked last.
    pub(crate) fn unchanged(&self) -> usize {
        self.unchanged.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn mean_bytes(&self) -> f64 {
        self.feeds.iter().map(String::len).sum::<usize>() as f64 / self.feeds.len() as f64
    }
}

/// Answers requests until the other side has enough.
async fn serve(mut stream: TcpStream, feeds: Arc<Vec<String>>, unchanged: Arc<AtomicUsize>) {
    // Like every server of feeds: an answer that waits for an acknowledgement is nobody's measure.
    stream.set_nodelay(true).expect("may be set");
    let mut read = Vec::with_capacity(2_048);
    while let Ok(1..) = stream.read_buf(&mut read).await {
        while let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            read.drain(..end + 4);
            let number = head.split([' ', '/']).nth(2).and_then(|n| n.parse::<usize>().ok());
            let (head_of_answer, feed) = answer(number.expect("a feed's number"), &head, &feeds);
            if feed.is_empty() {
                unchanged.fetch_add(1, Ordering::Relaxed);
            }
            if send(&mut stream, head_of_answer.as_bytes(), feed.as_bytes()).await.is_err()
                || head.contains("connection: close")
            {
                return;
            }
        }
    }
}

async fn send(stream: &mut TcpStream, head: &[u8], body: &[u8]) -> std::io::Result<()> {
    let sent = stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]).await?;
    stream.write_all(&head[sent.min(head.len())..]).await?;
    stream.write_all(&body[sent.saturating_sub(head.len())..]).await
}

/// Head and body: nothing is copied, since what this server takes is taken from whom it serves.
fn answer<'f>(number: usize, head: &str, feeds: &'f [String]) -> (String, &'f str) {
    let tag = format!("\"v1-{number}\"");
    if head.contains(&format!("if-none-match: {tag}")) {
        return (format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n"), "");
    }
    let feed = &feeds[number];
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nETag: {tag}\r\n\
         Content-Length: {}\r\n\r\n",
        feed.len()
    );
    (head, feed)
}

/// A feed as content systems write it: 20 entries, half of the texts in CDATA, half escaped.
fn feed(number: usize) -> String {
    let mut seed = u32::try_from(number).expect("few feeds") * 7_919 + 7;
    let host = format!("https://paper{number}.example");
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <channel>\n<title>Paper {number}</title>\n<link>{host}/</link>\n<language>en-GB</language>\n"
    );
    for entry in 0..20 {
        let html: String = (0..3).map(|_| paragraph(&mut seed, &host)).collect();
        let content = if entry % 2 == 0 { format!("<![CDATA[{html}]]>") } else { escaped(&html) };
        write!(
            feed,
            "<item>\n\t<title>{} &#8211; {entry}</title>\n\t<link>{host}/2026/{entry}/</link>\n\
             \t<guid isPermaLink=\"false\">{host}/?p={entry}</guid>\n\
             \t<pubDate>Thu, {:02} Oct 2026 08:{entry:02}:00 +0000</pubDate>\n\
             \t<dc:creator><![CDATA[Ann Quay]]></dc:creator>\n\t<category><![CDATA[Sea]]></category>\n\
             \t<description><![CDATA[<p>{}</p>]]></description>\n\
             \t<content:encoded>{content}</content:encoded>\n</item>\n",
            words(&mut seed, 8),
            entry + 1,
            words(&mut seed, 30),
        )
        .expect("fits");
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn paragraph(seed: &mut u32, host: &str) -> String {
    format!(
        "<p>{}, <a href=\"{host}/{}\">{}</a> <strong>{}</strong> &amp; {}.</p>\n\
         <figure><img src=\"/pictures/{}.jpg\" alt=\"{}\" width=\"640\" height=\"480\"></figure>\n",
        words(seed, 20),
        words(seed, 1),
        words(seed, 4),
        words(seed, 2),
        words(seed, 22),
        words(seed, 1),
        words(seed, 3),
    )
}

fn words(seed: &mut u32, count: usize) -> String {
    let next = |_| {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        WORDS[(*seed >> 16) as usize % WORDS.len()]
    };
    (0..count).map(next).collect::<Vec<_>>().join(" ")
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
