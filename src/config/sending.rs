//! The keys of sending: where letters go, through which relays and how fast.

use std::path::PathBuf;
use std::time::Duration;

use ::config::Value;
use secrecy::SecretString;

use super::measures::{Day, Growth, Rate, Share};
use super::printer::Printer;
use super::reader::{Reader, Shape};
use super::table::table;
use super::words::{Carrier, Domain, Host, ReturnPath, Security, Uncertain};

table! { complete
    /// Where letters go.
    Deliver {
        /// By which way.
        carrier: Carrier = Carrier::Outbox,
        /// The folder of the carrier `outbox`.
        outbox: PathBuf = PathBuf::from("outbox"),
        /// The sender of envelopes; `None` for the digest's sender.
        return_path: Option<ReturnPath> = None,
        /// How long after a first temporary refusal a letter is tried again.
        retry_after: Duration = Duration::from_secs(300),
        /// How long letters are tried; `None` for until the digest's next slot, at most three days.
        expire_after: Option<Duration> = None,
        /// What becomes of a letter that the relay may or may not have.
        uncertain: Uncertain = Uncertain::Retry,
        /// How long a process that says nothing keeps the letters it has taken.
        lease: Duration = Duration::from_secs(60),
        /// The share of refusals above which an edition is stopped.
        breaker: Share = Share(5.0),
        /// Fewer letters than this stop nothing.
        breaker_after: usize = 100,
    }
}

table! { complete
    /// A mail relay.
    Relay {
        /// Its name.
        host: Option<Host> = None,
        /// Its port; `None` for the usual one of its security.
        port: Option<u16> = None,
        /// How the connection is protected.
        security: Security = Security::StartTls,
        /// The login; `None` for a relay that asks for none.
        username: Option<String> = None,
        /// The password as the file or the environment gives it.
        password: Option<SecretString> = None,
        /// A file that holds the password.
        password_file: Option<PathBuf> = None,
        /// Connections at once.
        connections: usize = 8,
        /// Letters per second; `None` for no limit.
        per_second: Option<Rate> = None,
        /// Letters on one connection; `None` for no limit.
        letters_per_connection: Option<usize> = None,
        /// Letters on the first day of the warm-up; `None` for no warm-up.
        warm_up_start: Option<usize> = None,
        /// By how much each day of the warm-up takes more than the one before.
        warm_up_growth: Growth = Growth(1.5),
        /// The first day of the warm-up.
        warm_up_since: Option<Day> = None,
        /// Domains of senders whose letters go this way first.
        senders: Vec<Domain> = Vec::new(),
        /// A PEM file of the authorities to trust, instead of the system's.
        ca_file: Option<PathBuf> = None,
        /// What we say in EHLO; `None` for the name of this machine.
        hello: Option<Host> = None,
    }
}

table! {
    /// How fast letters go to the domains of one provider; what is not set is as it is built in.
    Pace {
        /// Its domains.
        domains: Vec<Domain>,
        /// Letters per second.
        per_second: Option<Rate> = None,
        /// Connections at once.
        connections: Option<usize> = None,
        /// Letters on one connection.
        letters_per_connection: Option<usize> = None,
    }
}
