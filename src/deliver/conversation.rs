//! The conversation about one letter after the other, over lettre's connection (RFC 5321 §3.3, RFC 2920).
//!
//! A letter goes in two halves. [`begin`](Conversation::begin) hands over everything but the final dot, with which
//! nobody has anything yet: whoever keeps the ledger may write down meanwhile that the letter goes.
//! [`finish`](Conversation::finish) is the dot, and where PIPELINING is offered the envelope of the next letter behind
//! it, so that a letter costs one round trip. A letter that was begun or announced and must not go after all costs the
//! connection, which is dropped inside DATA.
//!
//! lettre's `send()` closes the connection at the first refusal and hides at which step it came, so the commands
//! are given one by one through `command()`, or in one group where PIPELINING is offered (RFC 2920), and every
//! answer is read through `read_response()`. Only the letter's bytes go past lettre: its `message()` sends the dot too,
//! and adds an empty line.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use memchr::memmem;
use tokio::io::AsyncWriteExt as _;

use super::dialogue::{Offers, within};
use super::dsn;
use super::letter::Letter;
use super::reply::{heard, said, trouble};
use super::smtp::Timeouts;
use super::wire::Wire;
use crate::model::{DeliveryId, EmailAddress, Reply, Step};

/// The end of a letter, after its last line end.
const DOT: &[u8] = b".\r\n";

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// An open connection to a relay.
pub(super) struct Conversation {
    lettre: AsyncSmtpConnection,
    wire: Wire,
    offers: Offers,
    timeouts: Timeouts,
    /// True between letters; false during one, so that a letter that is not finished leaves it false, and once it broke.
    ready: bool,
    /// True once the relay is gone, silent or out of step.
    broken: bool,
    /// Whose envelope has gone ahead, its answers not yet read.
    announced: Option<DeliveryId>,
    /// True once the relay has refused a letter after its dot; shared by all its connections.
    resets: Arc<AtomicBool>,
    /// True if the announcement began with RSET.
    reset_ahead: bool,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation").field("wire", &self.wire).field("ready", &self.ready).finish()
    }
}

impl Conversation {
    pub(super) fn new(
        lettre: AsyncSmtpConnection,
        wire: Wire,
        offers: Offers,
        timeouts: Timeouts,
        resets: Arc<AtomicBool>,
    ) -> Self {
        Self {
            lettre,
            wire,
            offers,
            timeouts,
            ready: true,
            broken: false,
            announced: None,
            resets,
            reset_ahead: false,
        }
    }

    /// True if the connection takes this letter: it is whole, and no other one was announced.
    pub(super) fn takes(&self, letter: &Letter) -> bool {
        self.ready && self.announced.is_none_or(|announced| announced == letter.delivery)
    }

    pub(super) const fn usable(&self) -> bool {
        self.ready
    }

    pub(super) async fn close(mut self) {
        // Who waits for a letter's content would take a goodbye for it.
        if self.ready && self.announced.is_none() {
            // Whatever comes of it, the connection is dropped.
            let _goodbye = tokio::time::timeout(GOODBYE, self.lettre.quit()).await;
        }
    }

    /// Hands over a letter up to its final dot; `Err` is what was said instead of a go-ahead.
    pub(super) async fn begin(&mut self, letter: &Letter) -> Result<(), Reply> {
        if !self.takes(letter) {
            return Err(trouble(Step::Connect, "this connection broke earlier and is not used again"));
        }
        let agreed = if self.announced.take().is_some() {
            self.ready = false;
            self.answers_to_the_announcement().await
        } else if self.wire.has_unasked() {
            // One answer too many, and every later one would be taken for the next letter's.
            self.ready = false;
            return Err(trouble(Step::Sender, "the relay said something that nobody had asked for"));
        } else {
            let mail = self.mail(letter)?;
            self.ready = false;
            self.envelope(&mail, &self.rcpt(letter)).await
        };
        if let Err(reply) = agreed {
            self.reset().await;
            self.ready = !self.broken;
            return Err(reply);
        }
        self.write(&stuffed(&letter.bytes)).await.map_err(|(_, reply)| {
            self.broken = true;
            reply
        })
    }

    /// Says the final dot of the letter that was begun, announces the `next` one if that can be done, and returns the
    /// answer that decides.
    pub(super) async fn finish(&mut self, next: Option<&Letter>) -> Reply {
        // A relay that has hung up before the dot has no letter; after it, nobody would know.
        if let Some(gone) = self.wire.gone().await {
            self.broken = true;
            return trouble(Step::Content, gone);
        }
        let announcement = self.announcement(next);
        let mut wire = DOT.to_vec();
        if let Some((_, group)) = &announcement {
            wire.extend_from_slice(group.as_bytes());
        }
        if let Err((written, reply)) = self.write(&wire).await {
            self.broken = true;
            // While the dot has not got away, nobody can have the letter.
            let step = if written < DOT.len() { Step::Content } else { Step::FinalDot };
            return Reply { step, ..reply };
        }
        let reply = self.read(Step::FinalDot, self.timeouts.final_dot).await;
        // Neither a yes nor a no: the relay is out of step.
        self.broken |= !matches!(reply.code, 200..=299 | 400..=599);
        if !yes(&reply) && !self.broken {
            self.resets.store(true, Ordering::Release);
            match &announcement {
                // Its MAIL may have met a transaction that stood: what was answered to it is worth nothing.
                Some(_) => self.broken |= !self.reset_ahead,
                None => self.reset().await,
            }
        }
        self.announced = announcement.filter(|_| !self.broken).map(|(next, _)| next);
        self.ready = !self.broken;
        reply
    }

    /// The envelope of the next letter as one group, where the relay takes groups and that letter.
    ///
    /// RFC 2920 §3.1 has it begin with RSET. Postfix needs that where a policy refuses a letter after its dot: the
    /// transaction stands, MAIL gets a 503, and RCPT and DATA are taken for the sender before. So it does from the first
    /// such refusal on; that one costs the connection, and every letter before it has saved the relay a command.
    fn announcement(&mut self, next: Option<&Letter>) -> Option<(DeliveryId, String)> {
        let next = next.filter(|_| self.offers.pipelining)?;
        let mail = self.mail(next).ok()?;
        self.reset_ahead = self.resets.load(Ordering::Acquire);
        let reset = if self.reset_ahead { "RSET\r\n" } else { "" };
        Some((next.delivery, format!("{reset}{mail}{}DATA\r\n", self.rcpt(next))))
    }

    /// Returns the MAIL command, or the refusal that the relay need not be asked for.
    fn mail(&self, letter: &Letter) -> Result<String, Reply> {
        let headers = memmem::find(&letter.bytes, b"\r\n\r\n").unwrap_or(letter.bytes.len());
        let ascii = letter.bytes.is_ascii();
        let utf8 = [&letter.sender, &letter.recipient].into_iter().any(EmailAddress::needs_smtputf8)
            || !(ascii || letter.bytes[..headers].is_ascii());
        let mut mail = format!("MAIL FROM:<{}>", letter.sender);
        // RFC 6531 §3.2: asked for only where it is needed and offered.
        if utf8 && !self.offers.smtputf8 {
            let step = if letter.recipient.needs_smtputf8() { Step::Recipient } else { Step::Sender };
            return Err(said(step, 553, "5.6.7 the address needs SMTPUTF8, which the relay does not offer"));
        }
        if !ascii && !self.offers.eight_bit {
            let text = "5.6.3 the letter has 8-bit text, and the relay does not offer 8BITMIME";
            return Err(said(Step::Content, 554, text));
        }
        if let Some(limit) = self.offers.size {
            // RFC 1870 §6.1, §3
            if limit > 0 && letter.bytes.len() as u64 > limit {
                let text =
                    format!("5.3.4 the letter has {} bytes, the relay takes {limit}", letter.bytes.len());
                return Err(said(Step::Content, 552, &text));
            }
            mail.push_str(&format!(" SIZE={}", letter.bytes.len()));
        }
        if !ascii {
            mail.push_str(" BODY=8BITMIME");
        }
        if utf8 {
            mail.push_str(" SMTPUTF8");
        }
        if self.offers.dsn {
            mail.push_str(&dsn::of_the_letter(&letter.message_id));
        }
        mail.push_str("\r\n");
        Ok(mail)
    }

    /// Returns the RCPT command.
    fn rcpt(&self, letter: &Letter) -> String {
        let to = &letter.recipient;
        let wishes = if self.offers.dsn { dsn::of_the_recipient(to) } else { String::new() };
        format!("RCPT TO:<{to}>{wishes}\r\n")
    }

    /// MAIL, RCPT and DATA, up to the go-ahead.
    async fn envelope(&mut self, mail: &str, rcpt: &str) -> Result<(), Reply> {
        if self.offers.pipelining {
            let group = format!("{mail}{rcpt}DATA\r\n");
            let sender = self.ask(Step::Sender, self.timeouts.mail, &group).await;
            return self.answers(sender).await;
        }
        let t = self.timeouts;
        for (step, wait, command) in [(Step::Sender, t.mail, mail), (Step::Recipient, t.rcpt, rcpt)] {
            let reply = self.ask(step, wait, command).await;
            if !yes(&reply) {
                return Err(reply);
            }
        }
        let reply = self.ask(Step::Content, t.data, "DATA\r\n").await;
        self.go_ahead(reply)
    }

    async fn answers_to_the_announcement(&mut self) -> Result<(), Reply> {
        let mut sender = self.read(Step::Sender, self.timeouts.mail).await;
        if self.reset_ahead {
            sender = self.hear(Step::Sender, self.timeouts.mail, &sender).await;
        }
        self.answers(sender).await
    }

    /// RFC 2920 §3.1: one write, three answers, and the first no counts.
    async fn answers(&mut self, sender: Reply) -> Result<(), Reply> {
        let t = self.timeouts;
        let recipient = self.hear(Step::Recipient, t.rcpt, &sender).await;
        let content = self.hear(Step::Content, t.data, &recipient).await;
        let has_a_reader = yes(&recipient);
        let Some(refusal) = [sender, recipient].into_iter().find(|reply| !yes(reply)) else {
            return self.go_ahead(content);
        };
        if content.code == 354 && has_a_reader {
            // A dot would send the reader an empty letter; a lost connection sends nothing.
            self.broken = true;
        } else if content.code == 354 {
            // The server waits for a letter that has nobody to go to: an empty one ends it.
            self.ask(Step::Content, t.final_dot, ".\r\n").await;
        }
        Err(refusal)
    }

    fn go_ahead(&mut self, reply: Reply) -> Result<(), Reply> {
        match reply.code {
            354 => Ok(()),
            0 | 400..=599 => Err(reply),
            1..=399 | 600.. => {
                self.broken = true;
                Err(reply)
            }
        }
    }

    /// Writes all of it, or returns how much was written and why not more.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), (usize, Reply)> {
        let (wait, step) = (self.timeouts.block, Step::Content);
        let mut written = 0;
        while written < bytes.len() {
            let some = within(wait, step, self.wire.write(&bytes[written..])).await;
            match some.and_then(|some| some.map_err(|error| trouble(step, error))) {
                Ok(0) => return Err((written, trouble(step, "the relay closed the connection"))),
                Ok(some) => written += some,
                Err(reply) => return Err((written, reply)),
            }
        }
        let flushed = within(wait, step, self.wire.flush()).await;
        flushed.and_then(|done| done.map_err(|error| trouble(step, error))).map_err(|reply| (written, reply))
    }

    /// After a refusal: back to the beginning of a transaction, or away with the connection.
    async fn reset(&mut self) {
        if !self.broken {
            let reply = self.ask(Step::Sender, self.timeouts.mail, "RSET\r\n").await;
            self.broken |= !yes(&reply);
        }
    }

    async fn ask(&mut self, step: Step, wait: Duration, command: &str) -> Reply {
        let answer = within(wait, step, self.lettre.command(command)).await;
        self.noted(answer.map_or_else(|late| late, |result| heard(step, result)))
    }

    /// Reads the next answer of a group; there is none after the connection broke.
    async fn hear(&mut self, step: Step, wait: Duration, previous: &Reply) -> Reply {
        if self.broken {
            return Reply { step, ..previous.clone() };
        }
        self.read(step, wait).await
    }

    async fn read(&mut self, step: Step, wait: Duration) -> Reply {
        let answer = within(wait, step, self.lettre.read_response()).await;
        self.noted(answer.map_or_else(|late| late, |result| heard(step, result)))
    }

    /// RFC 5321 §3.8: after a 421, as after silence or a lost connection, there is nothing more to say.
    fn noted(&mut self, reply: Reply) -> Reply {
        self.broken |= matches!(reply.code, 0 | 421);
        reply
    }
}

fn yes(reply: &Reply) -> bool {
    (200..300).contains(&reply.code)
}

/// RFC 5321 §4.5.2: a second dot before each line that begins with one; a letter that has none goes as it is.
fn stuffed(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.ends_with(b"\r\n") && bytes.first() != Some(&b'.') && memmem::find(bytes, b"\n.").is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + 64);
    if bytes.first() == Some(&b'.') {
        out.push(b'.');
    }
    let mut from = 0;
    for at in memmem::find_iter(bytes, b"\n.") {
        out.extend_from_slice(&bytes[from..=at]);
        out.push(b'.');
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    if !bytes.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_begins_with_a_dot_gets_a_second_one() {
        for (letter, wire) in [
            ("a\r\n", "a\r\n"),
            ("", "\r\n"),
            ("no line end", "no line end\r\n"),
            (".\r\n", "..\r\n"),
            (".first\r\n..\r\n.\r\na.b\r\n", "..first\r\n...\r\n..\r\na.b\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(letter.as_bytes()).into_owned()).expect("UTF-8"), wire);
        }
    }
}
