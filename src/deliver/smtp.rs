//! The SMTP carrier: which relay, how to reach it, how long to wait, and who may log in.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_rustls::TlsConnector;

use super::conversation::Conversation;
use super::dialogue::{self, Opened, within};
use super::reply::{heard, trouble};
use super::tls;
use super::wire::Wire;
use crate::model::{Reply, Step};

/// A mail relay and how to speak to it.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Its name, which its certificate must bear, or its IP address.
    pub host: String,
    /// Its port: 587 for STARTTLS, 465 for implicit TLS as a rule.
    pub port: u16,
    /// How the connection is protected; there is no falling back.
    pub security: Security,
    /// Whom to log in as; none to send without.
    pub login: Option<Login>,
    /// How many connections may be open at once; 0 counts as 1.
    pub connections: usize,
    /// The name to say hello with; none for the address from which the call goes out.
    pub hello: Option<String>,
    /// PEM certificates to trust in place of the platform's.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for each step.
    pub timeouts: Timeouts,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, required (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// None.
    Plain,
}

/// A user of a relay; `Debug` does not show the password.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// How long to wait for each step; the defaults are those of RFC 5321 §4.5.3.2 where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening the connection: 1 minute.
    pub connect: Duration,
    /// The greeting, and the answer to EHLO: 5 minutes.
    pub greeting: Duration,
    /// STARTTLS, and the handshake: 2 minutes each.
    pub tls: Duration,
    /// AUTH: 2 minutes.
    pub auth: Duration,
    /// MAIL FROM, and RSET: 5 minutes.
    pub mail: Duration,
    /// RCPT TO: 5 minutes.
    pub rcpt: Duration,
    /// DATA: 2 minutes.
    pub data: Duration,
    /// Each write of the letter that gets some bytes away: 3 minutes.
    pub block: Duration,
    /// The answer to the final dot: 10 minutes.
    pub final_dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            connect: minutes(1),
            greeting: minutes(5),
            tls: minutes(2),
            auth: minutes(2),
            mail: minutes(5),
            rcpt: minutes(5),
            data: minutes(2),
            block: minutes(3),
            final_dot: minutes(10),
        }
    }
}

/// A relay, ready to be called.
#[derive(Clone)]
pub struct Smtp {
    relay: Arc<Relay>,
    tls: Arc<OnceLock<TlsConnector>>,
    /// True once the relay has refused a letter after its dot.
    resets: Arc<AtomicBool>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.relay.fmt(f)
    }
}

impl Smtp {
    pub(super) fn new(relay: Relay) -> Self {
        Self { relay: Arc::new(relay), tls: Arc::default(), resets: Arc::default() }
    }

    pub(super) fn connections(&self) -> usize {
        self.relay.connections.max(1)
    }

    /// Opens, encrypts and logs in; then lettre carries the connection.
    pub(super) async fn connect(&self) -> Result<Conversation, Reply> {
        let opened = dialogue::open(&self.relay, self.tls()?).await?;
        let login = self.login(&opened)?;
        let opening = opened.replay();
        let wire = Wire::new(opened.lines, opened.peer, &opening);
        let mut lettre = AsyncSmtpConnection::connect_with_transport(Box::new(wire.clone()), &opened.hello)
            .await
            .map_err(|error| heard(Step::Greeting, Err(error)))?;
        if let Some(credentials) = login {
            let auth = lettre.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            let reply = heard(Step::Auth, within(self.relay.timeouts.auth, Step::Auth, auth).await?);
            if !(200..300).contains(&reply.code) {
                return Err(reply);
            }
        }
        Ok(Conversation::new(lettre, wire, opened.offers, self.relay.timeouts, Arc::clone(&self.resets)))
    }

    /// Returns what shakes hands, made once; `None` where nothing is encrypted.
    fn tls(&self) -> Result<Option<&TlsConnector>, Reply> {
        if self.relay.security == Security::Plain {
            return Ok(None);
        }
        if let Some(connector) = self.tls.get() {
            return Ok(Some(connector));
        }
        let connector = tls::connector(self.relay.ca_file.as_deref())?;
        Ok(Some(self.tls.get_or_init(|| connector)))
    }

    /// Returns whom to log in as, or why that must not be tried here.
    fn login(&self, opened: &Opened) -> Result<Option<Credentials>, Reply> {
        let Some(login) = &self.relay.login else { return Ok(None) };
        // RFC 4954 §4: no password over a wire that others can read; a plain one on this machine is asked for.
        if !opened.encrypted && !opened.peer.ip().is_loopback() {
            return Err(trouble(
                Step::Auth,
                "a password goes over TLS only, and this relay is configured as plain",
            ));
        }
        if !opened.offers.auth.iter().any(|m| m == "PLAIN" || m == "LOGIN") {
            return Err(trouble(Step::Auth, "the relay offers neither AUTH PLAIN nor AUTH LOGIN"));
        }
        let password = login.password.expose_secret().to_owned();
        Ok(Some(Credentials::new(login.username.clone(), password)))
    }
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::extension::ClientId;

    use super::super::dialogue::Offers;
    use super::super::wire::Lines;
    use super::*;

    fn login_at(peer: &str, encrypted: bool) -> Result<bool, Reply> {
        let smtp = Smtp::new(Relay {
            host: "relay.example.org".to_owned(),
            port: 587,
            security: Security::Plain,
            login: Some(Login { username: "press".to_owned(), password: "tell nobody".to_owned().into() }),
            connections: 0,
            hello: None,
            ca_file: None,
            timeouts: Timeouts::default(),
        });
        assert_eq!(smtp.connections(), 1);
        let opened = Opened {
            lines: Lines::new(tokio::io::empty()).boxed(),
            offers: Offers { auth: vec!["PLAIN".to_owned()], ..Offers::default() },
            peer: peer.parse().expect("an address"),
            encrypted,
            hello: ClientId::default(),
        };
        smtp.login(&opened).map(|credentials| credentials.is_some())
    }

    #[test]
    fn a_password_goes_over_tls_or_to_this_machine_and_nowhere_else() {
        assert_eq!(login_at("192.0.2.1:587", true), Ok(true));
        assert_eq!(login_at("127.0.0.1:25", false), Ok(true));
        assert_eq!(login_at("[::1]:25", false), Ok(true));
        let reply = login_at("192.0.2.1:587", false).expect_err("refused");
        assert_eq!((reply.step, reply.code), (Step::Auth, 0));
    }
}
