//! The pages that browsers see: where they are served, and what stands before them.

use std::net::SocketAddr;

use ::config::Value;

use super::complaint::Trouble;
use super::keys::Keys;
use super::printer::Printer;
use super::reader::{Reader, Scalar, Shape};
use super::table::table;
use super::words::{Clicks, Pictures};

table! { complete
    /// The pages that browsers see.
    Web {
        /// Where they are served; `None` for not at all.
        listen: Option<Listen> = None,
        /// What the site is called; `None` for the host of its address.
        title: Option<String> = None,
        /// How many proxies stand before them.
        proxies: Hops = Hops(0),
        /// Where the pictures of letters come from.
        pictures: Pictures = Pictures::Link,
        /// Whether clicks on articles are counted.
        clicks: Clicks = Clicks::Off,
        /// The sites whose own forms and scripts may sign people up.
        origins: Vec<Origin> = Vec::new(),
        /// Sign-ups that one network may bring in an hour.
        signups_per_network: usize = 20,
        /// Sign-ups that may come in an hour in all.
        signups_per_hour: usize = 1_000,
        /// Mails that an address gets within 24 hours because of sign-ups.
        mails_per_address: usize = 3,
    }
}

/// Where pages are that belong to no digest.
const OWN_PAGES: [&str; 11] = [
    "address",
    "api",
    "approve",
    "cancel",
    "confirm",
    "images",
    "preferences",
    "push",
    "subscribe",
    "to",
    "unsubscribe",
];

/// Complains about digests whose archive would be where another page is, about copies that nobody makes or serves, and
/// about clicks that nobody could count.
pub(super) fn check(keys: &Keys, at: &mut Reader<'_>) {
    if keys.web.pictures == Pictures::Copy {
        let missing = [
            (keys.web.listen.is_none(), "is \"copy\", and web.listen says nowhere to serve the copies"),
            (
                !keys.collect.pictures,
                "is \"copy\", and with collect.pictures = false nobody makes the copies",
            ),
        ];
        for (_, says) in missing.iter().filter(|(missing, _)| *missing) {
            at.complain("web.pictures", Trouble::Clash((*says).to_owned()));
        }
    }
    if keys.web.clicks == Clicks::Count {
        let missing = [
            (
                keys.web.listen.is_none(),
                "is \"count\", and web.listen says nowhere to serve what letters lead through",
            ),
            (keys.public_url.is_none(), "is \"count\", and no public_url says where readers find our pages"),
        ];
        for (_, says) in missing.iter().filter(|(missing, _)| *missing) {
            at.complain("web.clicks", Trouble::Clash((*says).to_owned()));
        }
    }
    let taken =
        |name: &&str| keys.web.listen.is_some() && keys.digests.keys().any(|digest| digest.as_str() == *name);
    for name in OWN_PAGES.iter().filter(|name| taken(name)) {
        let says = format!("cannot be its name: its archive would be at /{name}/, where another page is");
        at.complain(&format!("digests.{name}"), Trouble::Clash(says));
    }
}

/// An address of this machine, with a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

impl Scalar for Listen {
    const EXPECTED: &'static str =
        "an address of this machine and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";
    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().map(Self).map_err(|_| String::new())
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A site as browsers name it: scheme, host, and a port that is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl Scalar for Origin {
    const EXPECTED: &'static str = "a site without a path, such as \"https://www.example.org\"";
    fn parse(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text.trim()).map_err(|_| String::new())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let fits = matches!(url.scheme(), "http" | "https") && bare && url.username().is_empty();
        if fits { Ok(Self(url.origin().ascii_serialization())) } else { Err(String::new()) }
    }
    fn text(&self) -> String {
        self.0.clone()
    }
}

/// How many machines a request passes on its way to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hops(pub usize);

impl Scalar for Hops {
    const EXPECTED: &'static str = "a whole number from 0 to 9, without quotes";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().ok().filter(|n| *n <= 9).map(Self).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
}
