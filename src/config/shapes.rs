//! Shapes: how each type of value is read and written, and what is expected where it is not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ::config::Value;
use chrono_tz::Tz;
use secrecy::SecretString;
use url::Url;

use super::amounts;
use super::complaint::Trouble;
use super::printer::Printer;
use super::reader::{Reader, Scalar, Shape, masked, to_toml};
use crate::model::{EmailAddress, Language, Mailbox, Name};

impl<T: Scalar> Shape for Option<T> {
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        T::read(found, at).map(Some)
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        match self {
            Some(value) => value.print(key, to),
            None => to.unset(key),
        }
    }
}

impl<T: Scalar> Shape for Vec<T> {
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        let expected = format!("a list in brackets, each {}", T::EXPECTED);
        at.list(found, &expected, T::read)
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        let all: Vec<String> = self.iter().map(to_toml).collect();
        to.line(key, &format!("[{}]", all.join(", ")));
    }
}

impl<T: Scalar> super::reader::Required for Vec<T> {
    const EXPECTED: &'static str = "a list in brackets";
}

impl<T: Shape> Shape for BTreeMap<Name, T> {
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        let mut all = Some(Self::new());
        for (key, entry) in at.entries(found)? {
            let name =
                Name::parse(&key).map_err(|e| at.complain_below(&key, Trouble::Clash(e.to_string()))).ok();
            all = all.zip(name.zip(entry)).map(|(mut all, (name, entry))| {
                all.insert(name, entry);
                all
            });
        }
        all
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        to.named(key, self.iter().map(|(name, entry)| (name.as_str(), entry)));
    }
}

/// Returns an error without words of its own, for which `EXPECTED` stands.
pub(super) fn keep(yes: bool) -> Result<(), String> {
    if yes { Ok(()) } else { Err(String::new()) }
}

impl Scalar for String {
    const EXPECTED: &'static str = "a text in quotes, on one line";
    fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) { Err(String::new()) } else { Ok(text.to_owned()) }
    }
    fn text(&self) -> String {
        self.clone()
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "true or false, without quotes";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|_| String::new())
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for usize {
    const EXPECTED: &'static str = "a whole number from 1 to 1000000, without quotes";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().ok().filter(|n| (1..=1_000_000).contains(n)).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for u16 {
    const EXPECTED: &'static str = "a port from 1 to 65535, without quotes";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().ok().filter(|n| *n > 0).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for Duration {
    const EXPECTED: &'static str =
        "a length of time such as \"30s\", \"15m\", \"6h\" or \"7d\", from 1s to 3650d";
    fn parse(text: &str) -> Result<Self, String> {
        amounts::duration(text).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        amounts::duration_text(*self)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Scalar for Size {
    const EXPECTED: &'static str = "a size such as \"90 KB\" or \"10 MB\", from 1 KB to 1 GB";
    fn parse(text: &str) -> Result<Self, String> {
        amounts::size(text).map(Self).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        amounts::size_text(self.0)
    }
}

impl Scalar for PathBuf {
    const EXPECTED: &'static str = "a path in quotes";
    fn parse(text: &str) -> Result<Self, String> {
        keep(!text.is_empty() && !text.contains('\0')).map(|()| Self::from(text))
    }
    fn text(&self) -> String {
        self.to_string_lossy().into_owned()
    }
}

impl Scalar for SecretString {
    const EXPECTED: &'static str = "a text in quotes";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn text(&self) -> String {
        "***".to_owned()
    }
}

impl Scalar for Name {
    const EXPECTED: &'static str = "a name of a-z, 0-9 and -";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|_| String::new())
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for EmailAddress {
    const EXPECTED: &'static str = "an address such as \"news@example.org\"";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|e| format!("{}: {e}", <Self as Scalar>::EXPECTED))
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for Mailbox {
    const EXPECTED: &'static str = "a sender such as \"The Harbour <news@example.org>\"";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e| format!("{}: {e}", Self::EXPECTED))
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for Language {
    const EXPECTED: &'static str = "a language tag such as \"en\", \"de\" or \"pt-BR\"";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for Tz {
    const EXPECTED: &'static str = "a time zone such as \"Europe/Berlin\" or \"UTC\"";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{}{}", Self::EXPECTED, zones_like(text)))
    }
    fn text(&self) -> String {
        self.name().to_owned()
    }
}

/// Names the zones that are spelt like `found` or whose city is ("berlin", "Europe/Belrin").
fn zones_like(found: &str) -> String {
    let wanted = found.trim().to_lowercase().replace(' ', "_");
    let distance = |zone: &Tz| {
        let name = zone.name().to_lowercase();
        let city = name.rsplit('/').next().unwrap_or_default();
        strsim::damerau_levenshtein(&name, &wanted).min(strsim::damerau_levenshtein(city, &wanted))
    };
    let mut near: Vec<(usize, &str)> =
        chrono_tz::TZ_VARIANTS.iter().map(|z| (distance(z), z.name())).collect();
    near.sort_unstable();
    let enough = (wanted.chars().count() / 3).max(1);
    let best = near.first().map_or(0, |(d, _)| *d);
    let named = near
        .iter()
        .take_while(|(d, _)| *d == best && *d <= enough)
        .take(3)
        .map(|(_, name)| format!("`{name}`"));
    let named = named.collect::<Vec<_>>().join(" or ");
    if named.is_empty() { named } else { format!("; did you mean {named}?") }
}

impl Scalar for Url {
    const EXPECTED: &'static str = "an address that begins with https:// or http://";
    fn parse(text: &str) -> Result<Self, String> {
        let url =
            Self::parse(text.trim()).ok().filter(|u| matches!(u.scheme(), "https" | "http") && u.has_host());
        url.ok_or_else(String::new)
    }
    fn text(&self) -> String {
        masked(self.as_str())
    }
}

/// So many bytes of a public address leave room for page and token in what a letter carries.
const LONGEST_PUBLIC_URL: usize = 800;

/// The address of the public pages, without query or fragment, fit to stand in a header and an attribute of every
/// letter; `https` unless it is this very machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub Url);

impl Scalar for PublicUrl {
    const EXPECTED: &'static str = "an address such as \"https://news.example.org\" (https; http only on localhost, 127.0.0.1 or [::1]; at \
         most 800 letters, digits and marks that need no quoting)";
    fn parse(text: &str) -> Result<Self, String> {
        let url = <Url as Scalar>::parse(text)?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        // RFC 8058 §3.1: the address of the unsubscribe page is https.
        let fits = url.as_str().len() <= LONGEST_PUBLIC_URL
            && url.as_str().bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        keep(plain && fits && url.password().is_none() && (url.scheme() == "https" || here))
            .map(|()| Self(url))
    }
    fn text(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }
}

/// The address of a database; a password in it is masked.
#[derive(Clone)]
pub struct DatabaseUrl(pub SecretString);

impl Scalar for DatabaseUrl {
    const EXPECTED: &'static str = "\"sqlite:pressrun.db\" or \"postgres://user@host/database\"";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, String> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        keep(known.iter().any(|k| text.strip_prefix(k).is_some_and(|rest| !rest.is_empty())))?;
        Ok(Self(text.into()))
    }
    fn text(&self) -> String {
        masked(secrecy::ExposeSecret::expose_secret(&self.0))
    }
}

/// An address of the web that may be a secret itself: only its host is ever shown.
#[derive(Clone)]
pub struct SecretUrl(pub SecretString);

impl Scalar for SecretUrl {
    const EXPECTED: &'static str = "an address that begins with https:// or http://";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, String> {
        <Url as Scalar>::parse(text).map(|url| Self(String::from(url).into()))
    }
    fn text(&self) -> String {
        let url = Url::parse(secrecy::ExposeSecret::expose_secret(&self.0)).ok();
        let host = url.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?)));
        host.map_or_else(|| "***".to_owned(), |(scheme, host)| format!("{scheme}://{host}/***"))
    }
}
