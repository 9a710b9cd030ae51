//! A sink that only counts letters: a thread for each connection, and nothing done with what it reads.
//!
//! `smtp-sink` is one thread that looks at every line, and saturates before a good sender does.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use memchr::{memchr, memmem};

const BUFFER: usize = 1 << 18;
const OFFERS: &[u8] = b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n";
const END: &[u8] = b"\r\n.\r\n";

/// The sink; its threads end with the bench.
pub(crate) struct Counting {
    pub(crate) port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    letters: AtomicUsize,
    first: OnceLock<SystemTime>,
}

/// What a command asks for beyond its reply.
enum Then {
    Commands,
    Content,
    Goodbye,
}

impl Counting {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&shared);
                // A client that goes away ends its own thread and nothing else.
                std::thread::spawn(move || converse(stream, &seen).is_ok());
            }
        });
        Self { port, seen }
    }

    /// How many letters came since it was opened.
    pub(crate) fn letters(&self) -> usize {
        self.seen.letters.load(Ordering::Acquire)
    }

    /// When the first sender asked to send a letter.
    pub(crate) fn first_letter(&self) -> SystemTime {
        *self.seen.first.get().expect("a letter came")
    }
}

fn converse(mut stream: TcpStream, seen: &Seen) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink.example ESMTP\r\n")?;
    let end = memmem::Finder::new(END);
    let (mut buffer, mut replies, mut in_content) = (vec![0; BUFFER], Vec::new(), false);
    let (mut start, mut filled) = (0, 0);
    loop {
        let there = &buffer[start..filled];
        let complete = if in_content { end.find(there) } else { memchr(b'\n', there) };
        match complete {
            Some(at) if in_content => {
                in_content = false;
                start += at + END.len();
                seen.letters.fetch_add(1, Ordering::AcqRel);
                replies.extend_from_slice(b"250 2.0.0 counted\r\n");
            }
            Some(at) => match obey(&there[..at], seen, &mut replies) {
                Then::Commands => start += at + 1,
                Then::Content => {
                    // From the line's own CRLF on, which is the one before a dot that ends a letter without a line.
                    start += at - 1;
                    in_content = true;
                }
                Then::Goodbye => return stream.write_all(&replies),
            },
            None => {
                if in_content {
                    // The end may lie across the border of two reads; what is before it is not looked at again.
                    start = start.max(filled.saturating_sub(END.len() - 1));
                }
                buffer.copy_within(start..filled, 0);
                (start, filled) = (0, filled - start);
                stream.write_all(&replies)?;
                replies.clear();
                match stream.read(&mut buffer[filled..])? {
                    0 => return Ok(()),
                    n => filled += n,
                }
            }
        }
    }
}

fn obey(line: &[u8], seen: &Seen, replies: &mut Vec<u8>) -> Then {
    let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
    let (reply, then): (&[u8], _) = match verb.as_slice() {
        b"EHLO" => (OFFERS, Then::Commands),
        b"MAIL" => {
            seen.first.get_or_init(SystemTime::now);
            (b"250 2.1.0 ok\r\n", Then::Commands)
        }
        b"HELO" | b"RCPT" | b"RSET" | b"NOOP" => (b"250 2.0.0 ok\r\n", Then::Commands),
        b"DATA" => (b"354 go on\r\n", Then::Content),
        b"QUIT" => (b"221 2.0.0 bye\r\n", Then::Goodbye),
        _ => (b"502 5.5.1 not here\r\n", Then::Commands),
    };
    replies.extend_from_slice(reply);
    then
}
