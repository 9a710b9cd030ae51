//! A scripted mail relay on loopback: it answers by line, by recipient, and as badly as it is told to.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pressrun::deliver::{Login, Relay, Security, Timeouts};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

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
    /// Never reads a letter's bytes.
    pub(crate) deaf_in_data: bool,
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
}

/// A running relay; it ends with the test's runtime.
pub(crate) struct ScriptedRelay {
    port: u16,
    seen: Arc<Mutex<Seen>>,
    ca: tempfile::NamedTempFile,
}

/// The user and the password that the relay lets in.
pub(crate) const USER: (&str, &str) = ("press", "open sesame");
/// `\0press\0open sesame`, then the two alone.
const PLAIN: &str = "AHByZXNzAG9wZW4gc2VzYW1l";
const LOGIN: [&str; 2] = ["cHJlc3M=", "b3BlbiBzZXNhbWU="];

impl ScriptedRelay {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (acceptor, ca) = certificate();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().expect("not poisoned").connections += 1;
                let talk = Talk::new(script.clone(), Arc::clone(&shared));
                tokio::spawn(serve(talk, stream, acceptor.clone()));
            }
        });
        Self { port, seen, ca }
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

fn certificate() -> (TlsAcceptor, tempfile::NamedTempFile) {
    let names = ["127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let ca = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(ca.path(), made.cert.pem()).expect("written");
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server");
    (TlsAcceptor::from(Arc::new(config)), ca)
}

async fn serve(mut talk: Talk, mut stream: TcpStream, acceptor: TlsAcceptor) {
    if talk.script.implicit_tls {
        talk.encrypted = true;
        if let Ok(mut tls) = acceptor.accept(stream).await {
            talk.run(&mut tls, true).await;
        }
        return;
    }
    if talk.run(&mut stream, true).await == Ended::StartTls {
        talk.encrypted = true;
        talk.unread.clear();
        if let Ok(mut tls) = acceptor.accept(stream).await {
            talk.run(&mut tls, false).await;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    HungUp,
    StartTls,
}

/// One connection.
struct Talk {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    unread: Vec<u8>,
    encrypted: bool,
    letters: usize,
    mail: String,
    recipients: Vec<String>,
    data: bool,
    logging_in: usize,
}

impl Talk {
    fn new(script: Script, seen: Arc<Mutex<Seen>>) -> Self {
        let (mail, recipients, unread) = (String::new(), Vec::new(), Vec::new());
        Self {
            script,
            seen,
            unread,
            encrypted: false,
            letters: 0,
            mail,
            recipients,
            data: false,
            logging_in: 0,
        }
    }

    async fn run<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S, greets: bool) -> Ended {
        if greets {
            let greeting = self.script.greeting.clone().unwrap_or(Act::Say("220 relay.test ESMTP"));
            if !act(stream, &greeting).await {
                return Ended::HungUp;
            }
        }
        let mut chunk = vec![0; 65_536];
        loop {
            while let Some(next) = self.next() {
                let wanted = if self.data { self.letter(&next) } else { self.line(&next) };
                if !act(stream, &wanted).await {
                    return Ended::HungUp;
                }
                if !self.data
                    && next == b"STARTTLS"
                    && matches!(wanted, Act::Say(text) if text.starts_with("220"))
                {
                    return Ended::StartTls;
                }
                self.after(&wanted);
                if self.script.letters_per_connection.is_some_and(|n| self.letters >= n) {
                    return Ended::HungUp;
                }
            }
            if self.data && self.script.deaf_in_data {
                return std::future::pending().await;
            }
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return Ended::HungUp,
                Ok(some) => self.take(&chunk[..some]),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        if !self.data {
            let group = String::from_utf8_lossy(bytes).into_owned();
            self.seen.lock().expect("not poisoned").groups.push(group);
        }
        self.unread.extend_from_slice(bytes);
    }

    /// The next command, or in a letter all of it.
    fn next(&mut self) -> Option<Vec<u8>> {
        let end: &[u8] = if self.data { b"\r\n.\r\n" } else { b"\r\n" };
        // An empty letter is a dot alone.
        if self.data && self.unread.starts_with(b".\r\n") {
            self.unread.drain(..3);
            return Some(Vec::new());
        }
        let at = self.unread.windows(end.len()).position(|w| w == end)?;
        let mut next: Vec<u8> = self.unread.drain(..at + end.len()).collect();
        next.truncate(if self.data { at + 2 } else { at });
        Some(next)
    }

    fn line(&mut self, line: &[u8]) -> Act {
        let line = String::from_utf8_lossy(line).into_owned();
        let mut seen = self.seen.lock().expect("not poisoned");
        seen.lines.push(line.clone());
        seen.bare += bare(line.as_bytes());
        seen.encrypted += usize::from(self.encrypted);
        drop(seen);
        let fits = |start: &str| line.to_lowercase().starts_with(&start.to_lowercase());
        if let Some((_, act)) = self.script.acts.iter().find(|(start, _)| fits(start)) {
            return act.clone();
        }
        Act::Say(self.answer(&line))
    }

    fn answer(&mut self, line: &str) -> &'static str {
        if self.logging_in > 0 {
            self.logging_in -= 1;
            let right = line == LOGIN[1 - self.logging_in];
            return match (right, self.logging_in) {
                (true, 1) => "334 UGFzc3dvcmQ6",
                (true, _) => "235 2.7.0 welcome",
                (false, _) => "535 5.7.8 wrong",
            };
        }
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" if self.script.helo_only => "502 5.5.1 what?",
            "EHLO" => self.ehlo(),
            "HELO" => "250 relay.test",
            "STARTTLS" if self.script.injected.is_empty() => "220 go",
            "STARTTLS" => format!("220 go\r\n{}", self.script.injected).leak(),
            "AUTH" if line == "AUTH LOGIN" => {
                self.logging_in = 2;
                "334 VXNlcm5hbWU6"
            }
            "AUTH" if line == format!("AUTH PLAIN {PLAIN}") => "235 2.7.0 welcome",
            "AUTH" => "535 5.7.8 wrong",
            "MAIL" => {
                self.mail = line.to_owned();
                "250 2.1.0 Ok"
            }
            "RCPT" => {
                self.recipients.push(line["RCPT TO:<".len()..].trim_end_matches('>').to_owned());
                "250 2.1.5 Ok"
            }
            "DATA" if self.recipients.is_empty() => "503 5.5.1 nobody to send it to",
            "DATA" => "354 go on",
            "RSET" => "250 2.0.0 Ok",
            "QUIT" => "221 2.0.0 bye",
            _ => "500 5.5.2 what?",
        }
    }

    fn ehlo(&self) -> &'static str {
        let under_tls = self.script.offers_under_tls.as_ref().filter(|_| self.encrypted);
        let mut lines = vec!["relay.test"];
        lines.extend(under_tls.unwrap_or(&self.script.offers));
        let last = lines.len() - 1;
        let said: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(n, line)| format!("250{}{line}", if n == last { ' ' } else { '-' }))
            .collect();
        said.join("\r\n").leak()
    }

    /// A letter has come; it is kept if the answer is a yes.
    fn letter(&mut self, stuffed: &[u8]) -> Act {
        self.data = false;
        self.letters += 1;
        let keys: Vec<String> =
            self.recipients.iter().map(|r| format!(". {r}")).chain([".".to_owned()]).collect();
        let fits =
            |start: &str| keys.iter().any(|key| key == start || (start.len() > 1 && key.starts_with(start)));
        let scripted = self.script.acts.iter().find(|(start, _)| start.starts_with('.') && fits(start));
        let act = scripted.map_or(Act::Say("250 2.0.0 Ok: queued as 4F1"), |(_, act)| act.clone());
        let mut bytes = Vec::new();
        for line in stuffed.split_inclusive(|b| *b == b'\n') {
            bytes.extend_from_slice(if line.starts_with(b".") { &line[1..] } else { line });
        }
        let mut seen = self.seen.lock().expect("not poisoned");
        seen.bare += bare(&bytes);
        let lines = bytes.split(|b| *b == b'\n').map(|l| l.len().saturating_sub(1));
        seen.longest = seen.longest.max(lines.max().unwrap_or(0));
        let taken = matches!(act, Act::Say(text) | Act::SayAndHangUp(text) if text.starts_with('2'));
        let recipients = std::mem::take(&mut self.recipients);
        if taken && !recipients.is_empty() {
            seen.letters.push(Taken { mail: std::mem::take(&mut self.mail), recipients, bytes });
        }
        act
    }

    fn after(&mut self, said: &Act) {
        let last = self.seen.lock().expect("not poisoned").lines.last().cloned().unwrap_or_default();
        match (last.as_str(), said) {
            ("DATA", Act::Say(text)) if text.starts_with("354") => self.data = true,
            ("RSET", _) => self.recipients.clear(),
            _ => {}
        }
    }
}

/// Does what the script says; false if that ends the connection.
async fn act<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, act: &Act) -> bool {
    match act {
        Act::Say(text) => stream.write_all(format!("{text}\r\n").as_bytes()).await.is_ok(),
        Act::Bytes(bytes) => stream.write_all(bytes).await.is_ok(),
        Act::SayAndHangUp(text) => {
            let _gone = stream.write_all(format!("{text}\r\n").as_bytes()).await;
            let _gone = stream.shutdown().await;
            false
        }
        Act::HangUp => false,
        Act::Stall => std::future::pending().await,
    }
}

/// RFC 5321 §2.3.8: CR and LF stand only together, and there is no NUL.
fn bare(bytes: &[u8]) -> usize {
    let after_cr = |at: usize| at > 0 && bytes[at - 1] == b'\r';
    (0..bytes.len())
        .filter(|&at| match bytes[at] {
            b'\n' => !after_cr(at),
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            0 => true,
            _ => false,
        })
        .count()
}
