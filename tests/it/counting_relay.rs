//! A relay that counts: it writes down whom it says yes to just before it says so, and can be torn down at any instant.
//!
//! Threads and blocking sockets: a letter costs it little, and tearing it down is closing what is open.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const OFFERS: &[u8] = b"250-relay.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n";

/// The relay; it has one port for good.
pub(crate) struct CountingRelay {
    port: u16,
    shared: Arc<Shared>,
    life: Option<Life>,
}

#[derive(Default)]
struct Shared {
    /// Message-IDs in the order in which a letter's end got its yes.
    acknowledged: Mutex<Vec<String>>,
    /// Connections that somebody still serves.
    serving: AtomicUsize,
    /// How long a letter takes, in milliseconds.
    pace: AtomicU64,
}

/// The time between a start and a kill.
struct Life {
    over: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    accepting: JoinHandle<()>,
}

impl CountingRelay {
    /// Starts a relay that takes so many milliseconds for each letter of a connection.
    pub(crate) fn start(pace: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { pace: AtomicU64::new(pace), ..Shared::default() });
        let life = Some(live(listener, &shared));
        Self { port, shared, life }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Sets how long a letter takes from now on.
    pub(crate) fn set_pace(&self, pace: u64) {
        self.shared.pace.store(pace, Ordering::Relaxed);
    }

    /// How many letters have got a yes, each time counted.
    pub(crate) fn taken(&self) -> usize {
        self.shared.acknowledged.lock().unwrap().len()
    }

    /// How often each delivery got a yes; a Message-ID begins with its delivery's number.
    pub(crate) fn by_delivery(&self) -> HashMap<i64, usize> {
        let mut times = HashMap::new();
        for id in self.shared.acknowledged.lock().unwrap().iter() {
            *times.entry(id.split('.').next().unwrap().parse().unwrap()).or_default() += 1;
        }
        times
    }

    /// True when nobody is being served: all that the dead have left on the wire is read.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shared.serving.load(Ordering::SeqCst) == 0
    }

    /// Ends listener and connections, wherever they stand; the port refuses from now on.
    pub(crate) fn kill(&mut self) {
        let life = self.life.take().expect("it lives");
        life.over.store(true, Ordering::SeqCst);
        for stream in life.streams.lock().unwrap().drain(..) {
            // One that its client has closed is not connected any more.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the one who waits for callers.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        life.accepting.join().unwrap();
    }

    /// Listens again.
    pub(crate) fn revive(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        self.life = Some(live(listener, &self.shared));
    }
}

impl Drop for CountingRelay {
    fn drop(&mut self) {
        if self.life.is_some() {
            self.kill();
        }
    }
}

fn live(listener: TcpListener, shared: &Arc<Shared>) -> Life {
    let (over, streams) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let (ended, open, shared) = (Arc::clone(&over), Arc::clone(&streams), Arc::clone(shared));
    let accepting = std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut open = open.lock().unwrap();
            // Under the lock, so that a kill misses nobody.
            if ended.load(Ordering::SeqCst) {
                return;
            }
            open.push(stream.try_clone().unwrap());
            drop(open);
            let shared = Arc::clone(&shared);
            shared.serving.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                // Clients die here; that is what these tests are about.
                let _ = serve(&shared, stream);
                shared.serving.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    Life { over, streams, accepting }
}

/// Answers when everything that has come is read, so that a group gets its answers as one.
fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    stream.write_all(b"220 relay.test\r\n")?;
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match &line.to_ascii_uppercase()[..4.min(line.len())] {
            b"EHLO" => answers.extend_from_slice(OFFERS),
            b"DATA" => {
                answers.extend_from_slice(b"354 go on\r\n");
                stream.write_all(&answers)?;
                answers.clear();
                let Some(message_id) = letter(&mut lines)? else { return Ok(()) };
                std::thread::sleep(Duration::from_millis(shared.pace.load(Ordering::Relaxed)));
                shared.acknowledged.lock().unwrap().push(message_id);
                stream.write_all(b"250 2.0.0 taken\r\n")?;
            }
            b"QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => answers.extend_from_slice(b"250 2.1.0 yes\r\n"),
        }
        if lines.buffer().is_empty() {
            stream.write_all(&answers)?;
            answers.clear();
        }
    }
}

/// Reads a letter to its final dot; `None` if it has none.
fn letter(lines: &mut impl BufRead) -> io::Result<Option<String>> {
    let (mut line, mut header, mut in_header) = (Vec::new(), Vec::new(), true);
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        match line.as_slice() {
            b".\r\n" => return Ok(Some(message_id(&String::from_utf8_lossy(&header)))),
            b"\r\n" => in_header = false,
            _ if in_header => header.extend_from_slice(&line),
            _ => {}
        }
    }
}

fn message_id(header: &str) -> String {
    let (_, rest) = header.split_once("Message-ID:").expect("every letter has one");
    rest.split_once('<').and_then(|(_, id)| id.split_once('>')).expect("in brackets").0.to_owned()
}
