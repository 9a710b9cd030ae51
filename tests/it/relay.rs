//! A scripted mail relay on loopback: it answers by line, by recipient, and as badly as it is told to.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pressrun::deliver::{Carrier, Connection, Letter, Login, Relay, Security, Timeouts, Tries, Verdict};
use pressrun::model::{DeliveryId, EmailAddress, Instant, Outcome, Reply};
use pressrun::press::Clock;
use tokio::net::TcpListener;

mod certificate;
mod gate;
mod talk;

use certificate::certificate;
pub(crate) use gate::Gate;
use talk::{Talk, serve};

/// What relays usually offer.
pub(crate) const USUAL: [&str; 4] = ["PIPELINING", "SIZE 10240000", "8BITMIME", "AUTH PLAIN LOGIN"];

/// What the relay does at a line.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers; the text is sent as it is, with a line end.
    Say(&'static str),
    /// Answers in bytes that need not be text.
    Bytes(&'static [u8]),
    /// Answers and hangs up.
    SayAndHangUp(&'static str),
    /// Hangs up without a word.
    HangUp,
    /// Says nothing, for ever.
    Stall,
    /// Answers in single bytes, each in a packet of its own.
    Slowly(&'static str),
    /// Says `250` once somebody opens the gate.
    Gated(Gate),
}

/// How the relay behaves; the default is a friendly one in clear text.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// The lines of its EHLO answer.
    pub(crate) offers: Vec<&'static str>,
    /// The lines of its EHLO answer under TLS, where they differ.
    pub(crate) offers_under_tls: Option<Vec<&'static str>>,
    /// Speaks TLS from the first byte.
    pub(crate) implicit_tls: bool,
    /// Knows HELO only.
    pub(crate) helo_only: bool,
    /// What it does in place of a greeting.
    pub(crate) greeting: Option<Act>,
    /// What it does at lines that begin with a text (any case); the first that fits. A letter's end is `.`, the end of a
    /// letter for somebody is `. name@`.
    pub(crate) acts: Vec<(&'static str, Act)>,
    /// Bytes that somebody slips in behind the go-ahead for TLS.
    pub(crate) injected: &'static str,
    /// Hangs up without a word after so many letters.
    pub(crate) letters_per_connection: Option<usize>,
    /// Sends whoever comes while so many are being served away with a 421.
    pub(crate) at_once: Option<usize>,
    /// Never reads a letter's bytes.
    pub(crate) deaf_in_data: bool,
    /// Hangs up when the first bytes of a letter have come.
    pub(crate) hangs_up_in_data: bool,
    /// Shows a certificate that is over.
    pub(crate) expired: bool,
    /// By which it notes when letters come.
    pub(crate) clock: Option<Clock>,
}

impl Script {
    pub(crate) fn offering(offers: &[&'static str]) -> Self {
        Self { offers: offers.to_vec(), ..Self::default() }
    }

    pub(crate) fn at(mut self, line: &'static str, act: Act) -> Self {
        self.acts.push((line, act));
        self
    }
}

/// A letter as the relay took it, dots unstuffed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) mail: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) bytes: Vec<u8>,
    /// When it came, by the script's clock.
    pub(crate) at: Option<Instant>,
}

/// What the relay saw.
#[derive(Default, Clone, Debug)]
pub(crate) struct Seen {
    /// Commands, in order, over all connections.
    pub(crate) lines: Vec<String>,
    /// The commands of each read: a group arrives as one.
    pub(crate) groups: Vec<String>,
    /// Letters that got a yes.
    pub(crate) letters: Vec<Taken>,
    /// Connections.
    pub(crate) connections: usize,
    /// Letters that got a yes, on each connection.
    pub(crate) by_connection: Vec<usize>,
    /// Letters to each domain that are between RCPT and their end, and the most that ever were.
    pub(crate) under_way: HashMap<String, (usize, usize)>,
    /// CR without LF and LF without CR, NUL too.
    pub(crate) bare: usize,
    /// The longest line, without its line end.
    pub(crate) longest: usize,
    /// Commands that came under TLS.
    pub(crate) encrypted: usize,
}

impl Seen {
    /// How many commands began with this.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(start)).count()
    }

    /// The readers whose letters got a yes, in order.
    pub(crate) fn readers(&self) -> Vec<&str> {
        self.letters.iter().flat_map(|letter| &letter.recipients).map(String::as_str).collect()
    }

    /// When the letters to a domain came.
    pub(crate) fn times(&self, domain: &str) -> Vec<Instant> {
        let to_it = |letter: &&Taken| letter.recipients.iter().any(|r| r.ends_with(&format!("@{domain}")));
        self.letters.iter().filter(to_it).filter_map(|letter| letter.at).collect()
    }

    /// The most letters to a domain that were under way at once.
    pub(crate) fn most_at_once(&self, domain: &str) -> usize {
        self.under_way.get(domain).map_or(0, |(_, most)| *most)
    }

    /// How many letters to a domain are under way.
    pub(crate) fn under_way(&self, domain: &str) -> usize {
        self.under_way.get(domain).map_or(0, |(now, _)| *now)
    }
}

/// A running relay; it ends with the test's runtime.
pub(crate) struct ScriptedRelay {
    port: u16,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Seen>>,
    ca: tempfile::NamedTempFile,
}

/// The user and the password that the relay lets in.
pub(crate) const USER: (&str, &str) = ("press", "open sesame");

impl ScriptedRelay {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (acceptor, ca) = certificate(script.expired);
        let script = Arc::new(Mutex::new(script));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared, book) = (Arc::clone(&seen), Arc::clone(&script));
        let served = Arc::new(());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _packets = stream.set_nodelay(true);
                shared.lock().expect("not poisoned").connections += 1;
                let mut script = book.lock().expect("not poisoned").clone();
                if script.at_once.is_some_and(|most| Arc::strong_count(&served) > most) {
                    script.greeting = Some(Act::SayAndHangUp("421 4.7.0 too many connections"));
                }
                let talk = Talk::new(script, Arc::clone(&shared));
                let (acceptor, guest) = (acceptor.clone(), Arc::clone(&served));
                tokio::spawn(async move {
                    serve(talk, stream, acceptor).await;
                    drop(guest);
                });
            }
        });
        Self { port, script, seen, ca }
    }

    /// Whoever connects from now on is served by another script.
    pub(crate) fn follow(&self, script: Script) {
        *self.script.lock().expect("not poisoned") = script;
    }

    /// Waits until what it saw is as wanted; panics if it never is.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let look = async {
            while !wanted(&self.seen()) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(30), look).await;
        assert!(came.is_ok(), "{what} did not come: {:?}", self.seen().lines);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// How to reach it, with the password it knows where the connection is not plain.
    pub(crate) fn relay(&self, security: Security) -> Relay {
        Relay {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security,
            login: None,
            connections: 1,
            hello: Some("press.example.org".to_owned()),
            ca_file: Some(self.ca_file()),
            timeouts: Timeouts::default(),
        }
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.ca.path().to_owned()
    }
}

pub(crate) fn login(password: &str) -> Option<Login> {
    Some(Login { username: USER.0.to_owned(), password: password.to_owned().into() })
}

/// Time-outs of which none is short but those that the test sets.
pub(crate) fn patient() -> Timeouts {
    let long = Duration::from_secs(600);
    Timeouts {
        connect: long,
        greeting: long,
        tls: long,
        auth: long,
        mail: long,
        rcpt: long,
        data: long,
        block: long,
        final_dot: long,
    }
}

pub(crate) fn letter_of(to: &str, body: &str) -> Letter {
    let recipient = EmailAddress::parse(to).expect("an address");
    Letter {
        delivery: DeliveryId(7),
        sender: EmailAddress::parse("news@example.org").expect("an address"),
        message_id: "0a1b@example.org".to_owned(),
        bytes: format!("From: news@example.org\r\nTo: {recipient}\r\n\r\n{body}").into_bytes(),
        recipient,
    }
}

pub(crate) fn letter(to: &str) -> Letter {
    letter_of(to, "Good morning.\r\n")
}

pub(crate) async fn connect(relay: Relay) -> Connection {
    Carrier::smtp(relay).connect().await.expect("a connection")
}

pub(crate) async fn refused(relay: Relay) -> Reply {
    Carrier::smtp(relay).connect().await.expect_err("no connection")
}

pub(crate) fn judge(reply: &Reply) -> Verdict {
    let first_wait = chrono::TimeDelta::minutes(5);
    let tries = Tries { attempts: 0, delivery: DeliveryId(1), expires_at: Instant::MAX_UTC, first_wait };
    pressrun::deliver::judge(reply, &tries, Instant::UNIX_EPOCH).verdict
}

pub(crate) fn is_sent(reply: &Reply) -> bool {
    judge(reply) == Verdict::Delivery(Outcome::Sent)
}

pub(crate) fn is_deferred(reply: &Reply) -> bool {
    matches!(judge(reply), Verdict::Delivery(Outcome::Deferred { .. }))
}
