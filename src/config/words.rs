//! Words: texts with a rule of their own, and keys that take one word of a few.

use super::complaint::Instead;
use super::reader::Scalar;
use super::shapes::keep;
use crate::model::{self, EmailAddress};

/// Declares a type that holds a text with a rule of its own.
macro_rules! text {
    ($(#[$about:meta])* $name:ident, $expected:literal, $parse:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub String);

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Result<(), String> = $parse;
                parse(text).map(|()| Self(text.to_owned()))
            }
            fn text(&self) -> String {
                self.0.clone()
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
    };
}

text!(
    /// A text that may have several lines.
    Paragraph,
    "a text in quotes",
    |text| keep(!text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')))
);

text!(
    /// A subject line with the marks `{title}`, `{lead}` and `{date}`.
    Subject,
    "a text on one line, in which {title}, {lead} and {date} are filled in",
    |text| {
        keep(!text.trim().is_empty() && !text.chars().any(char::is_control))?;
        let marks = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(mark, _)| mark);
        let known = ["title", "lead", "date"];
        match marks.into_iter().find(|mark| !known.contains(mark)) {
            None => Ok(()),
            Some(other) => {
                let instead = Instead::among(known, other);
                Err(format!("only the marks {{title}}, {{lead}} and {{date}}, not {{{other}}}{instead}"))
            }
        }
    }
);

text!(
    /// The name or IP address of a machine.
    Host,
    "a host name such as \"smtp.example.org\", without https:// and without a port",
    |text| keep(url::Host::parse(text).is_ok() || text.parse::<std::net::IpAddr>().is_ok())
);

impl Host {
    /// Returns true for this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.0.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        self.0.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
    }
}

text!(
    /// A CSS selector of the links on a page.
    Select,
    "a CSS selector such as \"main h2 a\"",
    |text| model::Selector::parse(text).map(|_| ()).map_err(|error| error.to_string())
);

text!(
    /// The selector of a key (RFC 6376 §3.1).
    Selector,
    "letters, digits and - in parts joined by dots, such as \"press2026\"",
    |text| {
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        keep(text.split('.').all(label))
    }
);

/// As long as the longest token in a return path.
const TOKEN: &str = "0000000000000-00000000000000000000";

text!(
    /// The sender of envelopes, with `{token}` for what tells one letter from another.
    ReturnPath,
    "an address with {token} once before the @ and at most 30 other characters there, such as \
     \"bounces+{token}@news.example.org\"",
    |text| {
        let marks = text.matches("{token}").count() == 1 && text.matches(['{', '}']).count() == 2;
        let before_at = text.find("{token}") < text.rfind('@');
        let full = EmailAddress::parse(&text.replace("{token}", TOKEN));
        keep(marks && before_at && text.is_ascii() && full.is_ok())
    }
);

text!(
    /// The List-Id of a list (RFC 2919 §2).
    ListId,
    "letters, digits, -, _ and dots, such as \"news.example.org\", at most 253",
    |text| {
        let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        keep(text.len() <= ListId::LONGEST && text.contains('.') && text.split('.').all(label))
    }
);

impl ListId {
    /// RFC 2919 §2: 255 octets, of which its two brackets take two.
    pub const LONGEST: usize = 253;
}

/// The domain of an address, in lower case and with A-labels, as [`EmailAddress::domain`] has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(pub String);

impl Scalar for Domain {
    const EXPECTED: &'static str = "a domain such as \"example.org\"";
    fn parse(text: &str) -> Result<Self, String> {
        keep(!text.contains('@'))?;
        let address = EmailAddress::parse(&format!("news@{}", text.trim())).map_err(|_| String::new())?;
        Ok(Self(address.domain().to_owned()))
    }
    fn text(&self) -> String {
        self.0.clone()
    }
}

/// Declares an enum of which each variant is one word in the configuration.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident, $expected:literal { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(String::new()),
                }
            }
            fn text(&self) -> String {
                match self { $(Self::$variant => $word),+ }.to_owned()
            }
        }
    };
}

choice!(
    /// Where the pictures of letters come from.
    Pictures, "\"link\" or \"copy\"" {
        /// From where their sources have them.
        Link = "link",
        /// From the pages, which have small copies.
        Copy = "copy",
    }
);

choice!(
    /// Whether clicks on articles are counted.
    Clicks, "\"off\" or \"count\"" {
        /// Nothing is counted, and letters lead straight to articles.
        Off = "off",
        /// Letters lead to articles through our pages, which count per article and never per reader.
        Count = "count",
    }
);

choice!(
    /// Where letters go.
    Carrier, "\"outbox\" or \"smtp\"" {
        /// Into a folder, one `.eml` each; nothing leaves the machine.
        Outbox = "outbox",
        /// To the mail relay.
        Smtp = "smtp",
    }
);

choice!(
    /// What becomes of a letter that the relay may or may not have.
    Uncertain, "\"retry\" or \"hold\"" {
        /// It goes again: rather twice than never.
        Retry = "retry",
        /// It stays where it is until somebody decides: rather never than twice.
        Hold = "hold",
    }
);

choice!(
    /// Whether somebody must say yes before an edition goes out.
    Approve, "\"never\" or \"required\"" {
        /// It goes by itself.
        Never = "never",
        /// It waits for a yes.
        Required = "required",
    }
);

choice!(
    /// What becomes of an edition about which nobody said anything in time.
    Otherwise, "\"send\" or \"skip\"" {
        /// It goes out.
        Send = "send",
        /// It does not, and its articles go into the next.
        Skip = "skip",
    }
);

choice!(
    /// What is found at the address of a source.
    Kind, "\"feed\", \"page\" or \"sitemap\"" {
        /// A feed: its entries are the articles.
        Feed = "feed",
        /// A web page that leads to articles.
        Page = "page",
        /// A sitemap, or an index of sitemaps.
        Sitemap = "sitemap",
    }
);

choice!(
    /// How the connection to the relay is protected.
    Security, "\"starttls\", \"tls\" or \"plain\"" {
        /// TLS after STARTTLS, never without.
        StartTls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// No TLS.
        Plain = "plain",
    }
);

choice!(
    /// How much is logged.
    Level, "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"" {
        /// What could not be done.
        Error = "error",
        /// What is odd as well.
        Warn = "warn",
        /// What was done as well.
        Info = "info",
        /// How it was done as well.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
);
