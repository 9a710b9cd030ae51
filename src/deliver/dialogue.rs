//! The opening of a connection: greeting, EHLO or HELO, STARTTLS, EHLO again.
//!
//! It is spoken here and not by lettre, whose opening takes bytes that came before the handshake for replies after
//! it, has no HELO, no time-outs, and does not read PIPELINING and SIZE. When it is over, lettre takes the
//! connection with the [replay](Opened::replay) of greeting and EHLO.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::reply::{answered, trouble};
use super::smtp::{Relay, Security};
use super::tls;
use super::wire::{Lines, Socket};
use crate::model::{Reply, Step};

/// What a server offers (RFC 5321 §4.1.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// RFC 2920.
    pub(super) pipelining: bool,
    /// RFC 1870: the limit in octets, 0 for none.
    pub(super) size: Option<u64>,
    /// RFC 6531.
    pub(super) smtputf8: bool,
    /// RFC 6152.
    pub(super) eight_bit: bool,
    /// RFC 3461.
    pub(super) dsn: bool,
    /// RFC 3207.
    pub(super) starttls: bool,
    /// RFC 4954: the mechanisms, upper case.
    pub(super) auth: Vec<String>,
}

impl Offers {
    fn read(response: &Response) -> Self {
        let mut offers = Self::default();
        for line in response.message().skip(1) {
            // `AUTH=LOGIN` is how servers said it before RFC 4954.
            let line = line.trim().to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_whitespace();
            match words.next().unwrap_or_default() {
                "PIPELINING" => offers.pipelining = true,
                "SIZE" => offers.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
                "SMTPUTF8" => offers.smtputf8 = true,
                "8BITMIME" => offers.eight_bit = true,
                "DSN" => offers.dsn = true,
                "STARTTLS" => offers.starttls = true,
                "AUTH" => offers.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }
}

/// A connection whose opening is over.
pub(super) struct Opened {
    pub(super) lines: Lines<Box<dyn Socket>>,
    pub(super) offers: Offers,
    pub(super) peer: SocketAddr,
    pub(super) encrypted: bool,
    pub(super) hello: ClientId,
}

impl Opened {
    /// What lettre reads as greeting and EHLO: of the offers only AUTH, the one on which its code acts.
    pub(super) fn replay(&self) -> String {
        if self.offers.auth.is_empty() {
            return "220 relay\r\n250 relay\r\n".to_owned();
        }
        format!("220 relay\r\n250-relay\r\n250 AUTH {}\r\n", self.offers.auth.join(" "))
    }
}

/// Opens a connection to the relay, up to the point where it may be asked to log in.
pub(super) async fn open(relay: &Relay, connector: Option<&TlsConnector>) -> Result<Opened, Reply> {
    let (stream, peer) = connect(relay).await?;
    let hello = hello(relay, &stream);
    let handshake = |stream| async {
        let connector =
            connector.ok_or_else(|| trouble(Step::Tls, "there is nothing to shake hands with"))?;
        let hands = tls::handshake(connector, &relay.host, stream);
        within(relay.timeouts.tls, Step::Tls, hands).await?
    };
    let (lines, offers) = match relay.security {
        Security::Plain => {
            let mut lines = Lines::new(stream);
            greeting(relay, &mut lines).await?;
            let offers = ehlo(relay, &mut lines, &hello).await?;
            (lines.boxed(), offers)
        }
        Security::Implicit => {
            let mut lines = Lines::new(handshake(stream).await?);
            greeting(relay, &mut lines).await?;
            let offers = ehlo(relay, &mut lines, &hello).await?;
            (lines.boxed(), offers)
        }
        Security::StartTls => {
            let mut lines = Lines::new(stream);
            greeting(relay, &mut lines).await?;
            let before = ehlo(relay, &mut lines, &hello).await?;
            let mut lines = Lines::new(handshake(starttls(relay, lines, &before).await?).await?);
            // RFC 3207 §4.2: what was offered before the handshake is forgotten.
            let offers = ehlo(relay, &mut lines, &hello).await?;
            (lines.boxed(), offers)
        }
    };
    Ok(Opened { lines, offers, peer, encrypted: relay.security != Security::Plain, hello })
}

async fn connect(relay: &Relay) -> Result<(TcpStream, SocketAddr), Reply> {
    let host = relay.host.trim_matches(['[', ']']);
    let fault =
        |error: io::Error| trouble(Step::Connect, format_args!("{}:{}: {error}", relay.host, relay.port));
    let dial = TcpStream::connect((host, relay.port));
    let stream = within(relay.timeouts.connect, Step::Connect, dial).await?.map_err(fault)?;
    // Without it each letter waits 40 ms for a delayed acknowledgement.
    stream.set_nodelay(true).map_err(fault)?;
    let peer = stream.peer_addr().map_err(fault)?;
    Ok((stream, peer))
}

/// RFC 5321 §4.1.4: the configured name, or the address from which we call.
fn hello(relay: &Relay, stream: &TcpStream) -> ClientId {
    let name: String = relay.hello.iter().flat_map(|n| n.chars()).filter(char::is_ascii_graphic).collect();
    if !name.is_empty() {
        return ClientId::Domain(name);
    }
    match stream.local_addr() {
        Ok(SocketAddr::V4(v4)) => ClientId::Ipv4(*v4.ip()),
        Ok(SocketAddr::V6(v6)) => ClientId::Ipv6(*v6.ip()),
        Err(_) => ClientId::default(),
    }
}

async fn greeting<S: AsyncRead + AsyncWrite + Unpin>(
    relay: &Relay,
    lines: &mut Lines<S>,
) -> Result<(), Reply> {
    let response = hear(lines, relay.timeouts.greeting, Step::Greeting).await?;
    if response.has_code(220) { Ok(()) } else { Err(answered(Step::Greeting, &response)) }
}

/// RFC 5321 §3.2: HELO for servers that do not know EHLO.
async fn ehlo<S: AsyncRead + AsyncWrite + Unpin>(
    relay: &Relay,
    lines: &mut Lines<S>,
    hello: &ClientId,
) -> Result<Offers, Reply> {
    let wait = relay.timeouts.greeting;
    let response = ask(lines, wait, Step::Greeting, &format!("EHLO {hello}\r\n")).await?;
    if response.has_code(250) {
        return Ok(Offers::read(&response));
    }
    let code = u16::from(response.code());
    if !matches!(code, 500..=599) {
        return Err(answered(Step::Greeting, &response));
    }
    let response = ask(lines, wait, Step::Greeting, &format!("HELO {hello}\r\n")).await?;
    if response.has_code(250) { Ok(Offers::default()) } else { Err(answered(Step::Greeting, &response)) }
}

/// RFC 3207 §4: asks for TLS and gives the bare stream back, if not a byte came after the go-ahead.
async fn starttls(relay: &Relay, mut lines: Lines<TcpStream>, offers: &Offers) -> Result<TcpStream, Reply> {
    if !offers.starttls {
        let text = "the relay does not offer STARTTLS, and nothing is sent in clear text";
        return Err(trouble(Step::Tls, text));
    }
    let response = ask(&mut lines, relay.timeouts.tls, Step::Tls, "STARTTLS\r\n").await?;
    if !response.has_code(220) {
        return Err(answered(Step::Tls, &response));
    }
    match lines.into_socket() {
        (stream, 0) => Ok(stream),
        (_, injected) => Err(trouble(
            Step::Tls,
            format_args!(
                "{injected} bytes came in clear text after the go-ahead for TLS: somebody is in between"
            ),
        )),
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut Lines<S>,
    wait: Duration,
    step: Step,
    command: &str,
) -> Result<Response, Reply> {
    within(wait, step, lines.write(command)).await?.map_err(|error| trouble(step, error))?;
    hear(lines, wait, step).await
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut Lines<S>,
    wait: Duration,
    step: Step,
) -> Result<Response, Reply> {
    within(wait, step, lines.reply()).await?.map_err(|error| trouble(step, error))
}

/// Gives a step its time (RFC 5321 §4.5.3.2).
pub(super) async fn within<F: Future>(wait: Duration, step: Step, doing: F) -> Result<F::Output, Reply> {
    tokio::time::timeout(wait, doing)
        .await
        .map_err(|_| trouble(step, format_args!("the relay did not answer within {wait:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_in_any_case_and_in_the_old_form() {
        let text = "250-mx.example.org at your service\r\n250-pipelining\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n\
                    250-AUTH PLAIN LOGIN\r\n250-AUTH=PLAIN\r\n250-STARTTLS\r\n250-DSN\r\n250 SMTPUTF8\r\n";
        let offers = Offers::read(&text.parse().expect("a response"));
        assert!(offers.pipelining && offers.eight_bit && offers.starttls && offers.smtputf8 && offers.dsn);
        assert_eq!(offers.size, Some(35_882_577));
        assert_eq!(offers.auth, ["PLAIN", "LOGIN", "PLAIN"]);
        let none = Offers::read(&"250 PIPELINING.example.org\r\n".parse().expect("a response"));
        assert_eq!(none, Offers::default());
    }
}
