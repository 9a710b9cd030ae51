//! The stream under lettre's connection: it hands over one well-formed reply line at a time.
//!
//! lettre stops at replies that real servers give: text that is not UTF-8, a code without a blank after it, a line
//! end without CR, a second digit over 5 (`571`), a line over 1,000 octets. Each would turn a plain refusal into "the
//! connection is broken", after the final dot even into an uncertain outcome. So [`Lines`] mends every line before
//! lettre sees it, and because it never hands over more than one, what is left behind it is known exactly: that is
//! what RFC 3207 §4.2 needs before a handshake.
//!
//! [`Wire`] is a handle; a clone of it writes the letter's bytes, since lettre's own `message()` takes two writes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// The longest line that is read; RFC 5321 §4.5.3.1.5 asks for 512.
const LINE: usize = 16_384;
/// The longest text of a line that is handed over; lettre takes 1,000 with code and line end.
const TEXT: usize = 900;
/// The lines of one reply.
const REPLY_LINES: usize = 100;

/// A stream of bytes, in the clear or not.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Socket for T {}

/// A socket whose replies are read line by line.
pub(super) struct Lines<S> {
    socket: S,
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Lines<S> {
    pub(super) const fn new(socket: S) -> Self {
        Self { socket, unread: Vec::new() }
    }

    /// Writes a command with its line end.
    pub(super) async fn write(&mut self, command: &str) -> io::Result<()> {
        self.socket.write_all(command.as_bytes()).await?;
        self.socket.flush().await
    }

    /// Reads a whole reply, of one line or many (RFC 5321 §4.2.1).
    pub(super) async fn reply(&mut self) -> io::Result<Response> {
        let mut text = String::new();
        for _ in 0..REPLY_LINES {
            let line = std::future::poll_fn(|cx| self.poll_line(cx)).await?;
            text.push_str(&line);
            if line.as_bytes().get(3) == Some(&b' ') {
                return text.parse().map_err(|_| no_reply());
            }
        }
        Err(no_reply())
    }

    /// Gives the socket back, and how many bytes came that nobody asked for.
    pub(super) fn into_socket(self) -> (S, usize) {
        (self.socket, self.unread.len())
    }

    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<String>> {
        loop {
            if let Some(end) = self.unread.iter().position(|b| *b == b'\n') {
                let line = mended(&self.unread[..end]);
                self.unread.drain(..=end);
                return Poll::Ready(line);
            }
            if self.unread.len() > LINE {
                return Poll::Ready(Err(no_reply()));
            }
            let mut chunk = [0; 2048];
            let mut buffer = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                let gone = io::Error::new(io::ErrorKind::UnexpectedEof, "the relay closed the connection");
                return Poll::Ready(Err(gone));
            }
            self.unread.extend_from_slice(buffer.filled());
        }
    }
}

impl<S: Socket + 'static> Lines<S> {
    /// Forgets what kind of socket it is.
    pub(super) fn boxed(self) -> Lines<Box<dyn Socket>> {
        Lines { socket: Box::new(self.socket), unread: self.unread }
    }
}

fn no_reply() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the relay answered with something that is no SMTP reply")
}

/// Makes a line what lettre's parser takes: `code`, blank or `-`, UTF-8 text without controls, CRLF.
fn mended(line: &[u8]) -> io::Result<String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (code, rest) = line.split_at_checked(3).ok_or_else(no_reply)?;
    if !matches!(code[0], b'2'..=b'5') || !code.iter().all(u8::is_ascii_digit) {
        return Err(no_reply());
    }
    let (more, text) = match rest.split_first() {
        None => (' ', &[][..]),
        Some((b'-', text)) => ('-', text),
        Some((b' ' | b'\t', text)) => (' ', text),
        Some(_) => return Err(no_reply()),
    };
    let text = String::from_utf8_lossy(text);
    let mut kept = String::with_capacity(text.len() + 6);
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if kept.len() + c.len_utf8() > TEXT {
            break;
        }
        kept.push(c);
    }
    let code = String::from_utf8_lossy(code);
    // RFC 5321 §4.2.1 knows second digits to 5; 571 and the like are refusals all the same.
    if code.as_bytes()[1] > b'5' {
        return Ok(format!("{}54{more}{kept} ({code})\r\n", &code[..1]));
    }
    Ok(format!("{code}{more}{kept}\r\n"))
}

/// A handle on the stream of one connection, for lettre and for us.
#[derive(Clone)]
pub(super) struct Wire {
    shared: Arc<Mutex<Shared>>,
    peer: SocketAddr,
}

struct Shared {
    lines: Lines<Box<dyn Socket>>,
    /// Bytes that lettre has yet to read.
    waiting: Vec<u8>,
    /// True until lettre has said its own EHLO, which was answered already.
    swallow: bool,
}

impl Wire {
    /// Wraps a stream on which greeting and EHLO are over: lettre reads `opening` in their place.
    pub(super) fn new(lines: Lines<Box<dyn Socket>>, peer: SocketAddr, opening: &str) -> Self {
        let waiting = opening.as_bytes().to_vec();
        Self { shared: Arc::new(Mutex::new(Shared { lines, waiting, swallow: true })), peer }
    }

    /// True if something was read that no command has asked for.
    pub(super) fn has_unasked(&self) -> bool {
        let shared = self.lock();
        !(shared.waiting.is_empty() && shared.lines.unread.is_empty())
    }

    /// Looks whether the other side has hung up already; what it has said instead is kept for who reads next.
    pub(super) async fn gone(&self) -> Option<io::Error> {
        std::future::poll_fn(|cx| {
            let mut shared = self.lock();
            if !shared.waiting.is_empty() {
                return Poll::Ready(None);
            }
            Poll::Ready(match shared.lines.poll_line(cx) {
                Poll::Ready(Ok(line)) => {
                    shared.waiting = line.into_bytes();
                    None
                }
                Poll::Ready(Err(error)) => Some(error),
                Poll::Pending => None,
            })
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        if shared.waiting.is_empty() {
            let line = ready!(shared.lines.poll_line(cx))?;
            shared.waiting = line.into_bytes();
        }
        let some = shared.waiting.len().min(buf.remaining());
        buf.put_slice(&shared.waiting[..some]);
        shared.waiting.drain(..some);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut shared = self.lock();
        if std::mem::take(&mut shared.swallow) {
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut shared.lines.socket).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().lines.socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().lines.socket).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wire({})", self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(line: &[u8]) -> Option<String> {
        mended(line).ok()
    }

    #[test]
    fn lines_as_real_servers_send_them_become_lines_that_lettre_reads() {
        for (line, expected) in [
            (&b"250 2.1.0 Ok\r"[..], "250 2.1.0 Ok\r\n"),
            (b"250", "250 \r\n"),
            (b"250-PIPELINING", "250-PIPELINING\r\n"),
            (b"550 Bo\xeete inconnue\r", "550 Bo\u{fffd}te inconnue\r\n"),
            (b"571 5.7.1 not here", "554 5.7.1 not here (571)\r\n"),
            (b"250 a\0b\x1bc", "250 a b c\r\n"),
        ] {
            let mended = mend(line).expect("is a reply line");
            assert_eq!(mended, expected);
            let response: Result<Response, _> = mended.replacen('-', " ", 1).parse();
            assert!(response.is_ok(), "{mended:?}");
        }
        assert!(mend(&[b"250 ".as_slice(), &[b'x'; 5000]].concat()).expect("a line").len() < 1000);
    }

    #[test]
    fn what_is_no_reply_is_not_taken_for_one() {
        for line in
            [&b""[..], b"25", b"2500 x", b"abc", b"150 x", b"650 x", b"HTTP/1.1 400 Bad Request", b"25x y"]
        {
            assert_eq!(mend(line), None, "{line:?}");
        }
    }
}
