//! One connection of the scripted relay: reads lines and letters, and does what the script says.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Act, Script, Seen, Taken};

/// `\0press\0open sesame`, then the two alone.
const PLAIN: &str = "AHByZXNzAG9wZW4gc2VzYW1l";
const LOGIN: [&str; 2] = ["cHJlc3M=", "b3BlbiBzZXNhbWU="];

/// Serves one connection, from the greeting to its end.
pub(super) async fn serve(mut talk: Talk, mut stream: TcpStream, acceptor: TlsAcceptor) {
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
pub(super) struct Talk {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    /// Which connection it is.
    number: usize,
    unread: Vec<u8>,
    encrypted: bool,
    letters: usize,
    mail: String,
    recipients: Vec<String>,
    /// Domains of the letter that is under way.
    under_way: Vec<String>,
    data: bool,
    logging_in: usize,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.letter_is_over();
    }
}

impl Talk {
    pub(super) fn new(script: Script, seen: Arc<Mutex<Seen>>) -> Self {
        let (mail, recipients, unread, under_way) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let mut all = seen.lock().expect("not poisoned");
        let number = all.by_connection.len();
        all.by_connection.push(0);
        drop(all);
        Self {
            script,
            seen,
            number,
            unread,
            encrypted: false,
            letters: 0,
            mail,
            recipients,
            under_way,
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
                let whole = self.data;
                let wanted = if whole { self.letter(&next) } else { self.line(&next) };
                if !act(stream, &wanted).await {
                    return Ended::HungUp;
                }
                if whole {
                    self.letter_is_over();
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
                Ok(_) if self.data && self.script.hangs_up_in_data => return Ended::HungUp,
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
            let act = act.clone();
            if matches!(act, Act::Say(text) if text.starts_with("25")) {
                self.answer(&line);
            }
            return act;
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
                let path = line["RCPT TO:<".len()..].split('>').next().unwrap_or_default();
                self.recipients.push(path.to_owned());
                let domain = path.rsplit('@').next().unwrap_or_default().to_owned();
                let mut seen = self.seen.lock().expect("not poisoned");
                let (now, most) = seen.under_way.entry(domain.clone()).or_default();
                *now += 1;
                *most = (*most).max(*now);
                drop(seen);
                self.under_way.push(domain);
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
        let taken = match &act {
            Act::Say(text) | Act::SayAndHangUp(text) | Act::Slowly(text) => text.starts_with('2'),
            Act::Bytes(bytes) => bytes.starts_with(b"2"),
            Act::Gated(_) => true,
            Act::HangUp | Act::Stall => false,
        };
        let recipients = std::mem::take(&mut self.recipients);
        if taken && !recipients.is_empty() {
            let at = self.script.clock.as_ref().map(pressrun::press::Clock::now);
            seen.letters.push(Taken { mail: std::mem::take(&mut self.mail), recipients, bytes, at });
            seen.by_connection[self.number] += 1;
        }
        act
    }

    fn letter_is_over(&mut self) {
        let mut seen = self.seen.lock().expect("not poisoned");
        for domain in self.under_way.drain(..) {
            if let Some((now, _)) = seen.under_way.get_mut(&domain) {
                *now -= 1;
            }
        }
    }

    fn after(&mut self, said: &Act) {
        let last = self.seen.lock().expect("not poisoned").lines.last().cloned().unwrap_or_default();
        match (last.as_str(), said) {
            ("DATA", Act::Say(text) | Act::Slowly(text)) if text.starts_with("354") => self.data = true,
            ("RSET", _) => {
                self.recipients.clear();
                self.letter_is_over();
            }
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
        Act::Slowly(text) => {
            for byte in format!("{text}\r\n").bytes() {
                if stream.write_all(&[byte]).await.is_err() || stream.flush().await.is_err() {
                    return false;
                }
                tokio::task::yield_now().await;
            }
            true
        }
        Act::Gated(gate) => {
            gate.pass().await;
            stream.write_all(b"250 2.0.0 Ok: queued as 4F1\r\n").await.is_ok()
        }
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
